package policy

import (
	"reflect"
	"testing"

	"daybook/aging"
	"daybook/aging/score"
	"daybook/ledger"
	"daybook/ledger/loan"
)

// The built-in policy and the defaults in Go are two writings of one thing.
func TestBuiltinIsTheDefaults(t *testing.T) {
	p, err := Builtin("cn")
	if err != nil {
		t.Fatal(err)
	}
	want := loan.Product{
		Name: "default", Frequency: loan.Monthly, Rounding: loan.Rounding{Multiple: 1},
		Allocation: loan.DefaultAllocation(), NonAccrualFromDays: 91, CountsAsFull: 1e9,
		Settle: loan.SettleFee{FreeAfterMonths: -1},
	}
	// Overdue over 90, 270 and 360 days, buckets of 30 days, stages by the
	// presumptions of IFRS 9.
	china := aging.Rules{
		Buckets: aging.Bands{
			{Name: "C"}, {Name: "M1", From: 1}, {Name: "M2", From: 31}, {Name: "M3", From: 61}, {Name: "M4", From: 91},
			{Name: "M5", From: 121}, {Name: "M6", From: 151}, {Name: "M7", From: 181},
		},
		Tiers: aging.Bands{
			{Name: "pass"}, {Name: "special_mention", From: 1}, {Name: "substandard", From: 91}, {Name: "doubtful", From: 271},
			{Name: "loss", From: 361},
		},
		NonPerforming: 2,
		Stages:        aging.Bands{{Name: "1"}, {Name: "2", From: 31}, {Name: "3", From: 90}},
		TiersSource:   "商业银行金融资产风险分类办法 (CBIRC and PBOC order 2023 no. 1)",
		StagesSource:  "IFRS 9 5.5.11, B5.5.37",
	}
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"products", p.Products, []loan.Product{want}},
		{"aging", p.Aging, china},
		{"score", p.Score, score.Default()},
		{"chart", p.Chart, ledger.DefaultChart()},
		{"thresholds", [2]int64{p.RejectRows, p.RejectAmount}, [2]int64{1000, 1000}},
		{"currencies", p.Currencies, []string{"CNY"}},
		{"scale", p.Scale, 2},
		{"zone", p.Location.String(), "Asia/Shanghai"},
	} {
		if !reflect.DeepEqual(c.got, c.want) {
			t.Errorf("%s: got %+v, want %+v", c.what, c.got, c.want)
		}
	}
}
