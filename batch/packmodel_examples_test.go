package batch

import (
	"fmt"
	"math/big"
	"strings"
	"testing"
)

// pmRatesPack is a pack of nothing but rates.
func pmRatesPack(rates []any) *pmPack {
	return &pmPack{name: "x", bad: map[string]bool{}, file: map[string]any{"provision": map[string]any{"method": "rates", "base": "carrying", "rates": rates}}}
}

// TestPackModelProvisionMatrix: provision matrices that others published are rows of rates.
func TestPackModelProvisionMatrix(t *testing.T) {
	days := map[string]string{ // and the days of a loan there
		"not overdue": "= 0", "1-30": "1..30", "31-60": "31..60", "61-90": "61..90", "91+": ">= 91",
		"current": "< 30", "30": "30..59", "60": "60..89", "90": "90..119", "120": ">= 120",
	}
	late := map[string]int32{"1-30": 30, "31-60": 31, "61-90": 90, "91+": 400, "30": 59, "60": 60, "90": 119, "120": 120}
	for _, x := range []struct {
		example    string
		one, digit int64 // cents of one unit of the example, and of what it rounds to
	}{{"ifrscommunity-provision-matrix", 100, 100}, {"occ-appG-step3 (USD m; Dec-31-00)", 100_000_000, 10_000_000}} {
		var rates []any
		var rows []map[string]string
		cents := func(text string) int64 { return pmRound(new(big.Rat).Mul(pmRat(text), big.NewRat(x.one, 1))).Int64() }
		sum, want := int64(0), int64(-1)
		for _, row := range csvRows(t, "../testdata/worked-examples/ecl_rollrate_examples.csv") {
			switch {
			case row["example"] != x.example:
			case row["bucket"] == "TOTAL":
				want = cents(row["expected"])
			default:
				rows = append(rows, row)
				rate := new(big.Rat).Quo(pmRat(row["rate_pct"]), big.NewRat(100, 1))
				rates = append(rates, map[string]any{"when": map[string]any{"days_past_due": days[row["bucket"]]}, "rate": rate.FloatString(6), "cite": "x"})
			}
		}
		for _, row := range rows {
			l := &pmLife{days: []pmDay{{dpd: late[row["bucket"]], total: cents(row["gross"])}}}
			v := &pmView{policy: &pmPolicy{}, pack: pmRatesPack(rates), life: l}
			got := pmDiv(v.provision(), big.NewInt(x.digit)).Int64() * x.digit
			if got != cents(row["expected"]) {
				t.Errorf("%s, %s: %d, want %d", x.example, row["bucket"], got, cents(row["expected"]))
			}
			sum += got
		}
		if sum != want || len(rows) != 5 {
			t.Errorf("%s: %d in %d rows, want %d", x.example, sum, len(rows), want)
		}
	}
}

// TestPackModelLossRates: the rates of the matrix are products of roll rates, which the
// model finds in two tapes of which so much is still there one bucket on.
func TestPackModelLossRates(t *testing.T) {
	var outstanding []int64
	for _, row := range csvRows(t, "../testdata/worked-examples/ifrscommunity_loss_rates.csv") {
		if row["next_outstanding"] != "" {
			outstanding = append(outstanding, pmInt(row["next_outstanding"]))
		}
	}
	x := &pmTapes{policy: &pmPolicy{currencies: []string{"CNY"}}, b: pmYMD(2026, 2, 28), base: pmYMD(2026, 1, 31)}
	loan := func(units int64, bucket, next string) {
		for tape, in := range map[*[]pmRow]string{&x.then: bucket, &x.now: next} {
			*tape = append(*tape, pmRow{"loan_id": fmt.Sprint(len(*tape)), "currency": "CNY", "status": "active", "bucket": in, "total_outstanding": naiveMoney(units * 100)})
		}
	}
	for k, bucket := range pmBuckets[:len(pmBuckets)-1] {
		rolled := int64(1) // all of what is later than the example goes
		if k < len(outstanding)-1 {
			rolled = outstanding[k+1]
			loan(outstanding[k]-rolled, bucket, bucket)
		}
		loan(rolled, bucket, pmBuckets[k+1])
	}
	last := pmBuckets[len(pmBuckets)-1]
	loan(1, last, last)
	x.now[len(x.now)-1]["status"] = "written_off"
	var got []string
	for _, row := range x.rollRates()[:4] {
		got = append(got, pmPercent(pmRat(fmt.Sprint(row["flow_to_loss"]))))
	}
	if want := "2.0% 4.0% 8.7% 25.0%"; strings.Join(got, " ") != want {
		t.Errorf("flow to loss %s, want %s", got, want)
	}
}

func pmPercent(x *big.Rat) string {
	n := pmRound(new(big.Rat).Mul(x, big.NewRat(1000, 1))).Int64()
	return fmt.Sprintf("%d.%d%%", n/10, n%10)
}
