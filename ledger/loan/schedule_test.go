package loan

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// readCSV returns the rows of a file of testdata by column name.
func readCSV(t *testing.T, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, r := range rows[1:] {
		m := map[string]string{}
		for i, name := range rows[0] {
			m[name] = r[i]
		}
		out = append(out, m)
	}
	return out
}

func mustAmount(t *testing.T, s string) money.Amount {
	t.Helper()
	v, err := money.ParseDecimal(s, 2)
	if err != nil {
		t.Fatal(err)
	}
	return money.Amount(v)
}

func mustDate(t *testing.T, s string) civil.Date {
	t.Helper()
	d, err := civil.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// termsOf reads a row of loans.csv.
func termsOf(t *testing.T, r map[string]string, a *Annuities, rounding Rounding) Terms {
	t.Helper()
	n, _ := strconv.Atoi(r["installments"])
	rate, err := money.ParseDecimal(r["annual_rate"], 9)
	if err != nil {
		t.Fatal(err)
	}
	method, ok1 := ParseMethod(r["method"])
	count, err := civil.ParseDayCount(r["day_count"])
	frequency, ok2 := ParseFrequency(r["frequency"])
	if !ok1 || !ok2 || err != nil {
		t.Fatalf("terms of %v", r)
	}
	terms := Terms{
		Principal: mustAmount(t, r["principal"]), DisbursedOn: mustDate(t, r["disbursed_on"]),
		FirstDueOn: mustDate(t, r["first_due_on"]), Installments: int32(n), Rate: money.Rate(rate), Method: method,
		DayCount: count, Frequency: frequency, Fee: mustAmount(t, r["fee_per_installment"]),
	}
	terms.Level = a.Level(&terms, rounding)
	return terms
}

func TestSchedulesOfIndependentProgram(t *testing.T) {
	const dir = "../../testdata/loan-arithmetic/"
	want := map[string][]map[string]string{}
	for _, r := range readCSV(t, dir+"schedules.csv") {
		want[r["loan_id"]] = append(want[r["loan_id"]], r)
	}
	var annuities Annuities
	checked := 0
	for _, r := range readCSV(t, dir+"loans.csv") {
		terms := termsOf(t, r, &annuities, Rounding{})
		got := terms.Schedule(nil)
		for i, w := range want[r["loan_id"]] {
			checked++
			g := got[i]
			if g.DueOn.String() != w["due_on"] || g.Due[Principal].Text(2) != w["principal"] ||
				g.Due[Interest].Text(2) != w["interest"] || g.Due[Fee].Text(2) != w["fee"] {
				t.Errorf("%s %v: instalment %d is %s %s %s %s, want %v", r["loan_id"], r, g.No, g.DueOn,
					g.Due[Principal].Text(2), g.Due[Interest].Text(2), g.Due[Fee].Text(2), w)
				break
			}
		}
	}
	if checked != 2164 {
		t.Errorf("checked %d instalments, want 2164", checked)
	}
}
