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
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"products", p.Products, []loan.Product{want}},
		{"aging", p.Aging, aging.China()},
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
