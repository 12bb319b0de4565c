package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"daybook/reports"
)

const eurPolicy = `
name: one currency
jurisdiction: none
time_zone: UTC
currencies: [EUR]
products: {default: {}, car: {}, home: {}}
intake: {allow_empty: true, reject_threshold: {rows: 1, amount: 1}, gap_days_max: 400}
`

// Of the rows of an id that no loan has, those whose money is held say so and no others; and what a close counts as
// rejected is not also what it counts as held.
func TestWhatIsHeldSaysSo(t *testing.T) {
	l := newLenderOf(t, 1, eurPolicy)
	on := lockDay("2026-03-02")
	rows := []lockRow{{id: "R1", loan: "NOPE", currency: "EUR", value: on, amount: 5000}}
	held := map[string]bool{"R1": true, "recovery": true, "prepay": true}
	for _, kind := range []string{"fee", "goodwill", "refund", "chargeback", "disburse", "recovery", "prepay", "charge_off"} {
		x := lockRow{id: kind, loan: "NOPE", kind: kind, value: on, amount: 5000}
		switch kind {
		case "charge_off":
			x.amount = 0
		case "prepay":
			x.choice = "shorter_term"
		}
		rows = append(rows, x)
	}
	in := l.inbox("2026-03-02", []lockLoan{{"L001", "EUR", on - 40}}, rows)
	out, _ := l.must(statusDone, "close", "--book", l.book, "--in", in, "--out", l.out, "--date", "2026-03-02", "-q")
	table, err := reports.ReadParquet(filepath.Join(l.out, "2026-03-02", "rejects.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	columns := map[string]*reports.Column{}
	for i := range table.Columns {
		columns[table.Columns[i].Name] = &table.Columns[i]
	}
	for row := range table.Rows() {
		get := func(name string) string { return string(columns[name].AppendValue(nil, row)) }
		var id string
		for _, x := range rows {
			if strings.Contains(get("values"), fmt.Sprintf("%q", x.id)) {
				id = x.id
			}
		}
		want := "no loan with this id is booked"
		if held[id] {
			want += "; the money is held in suspense"
		}
		if get("reason_code") != "unknown_loan" || get("reason") != want {
			t.Errorf("%s is refused with %s, %q, want %q", id, get("reason_code"), get("reason"), want)
		}
	}
	if table.Rows() != len(rows) {
		t.Errorf("%d rows are refused, want %d", table.Rows(), len(rows))
	}
	for _, want := range []string{fmt.Sprintf("; %d rows rejected;", len(rows)-len(held)), fmt.Sprintf(" %d held, %d rejected,", len(held), len(rows)-len(held))} {
		if !strings.Contains(out, want) {
			t.Errorf("the close does not say %q:\n%s", want, out)
		}
	}
}

// Credit is owed to the borrower of a loan that is off the books, too: a warehouse that has it is whole.
func TestCreditOfALoanOffTheBooks(t *testing.T) {
	l := newLenderOf(t, 1, eurPolicy)
	on := lockDay("2026-03-02")
	l.close("2026-03-02", []lockLoan{{"L001", "EUR", on - 40}, {"L002", "EUR", on - 40}}, nil)
	l.close("2026-03-03", nil, []lockRow{
		{id: "A1", loan: "L001", kind: "charge_off", value: on + 1}, {id: "A2", loan: "L001", kind: "recovery", value: on + 1, amount: 1_500_000},
		{id: "A3", loan: "L002", kind: "write_off", value: on + 1},
	})
	root := filepath.Join(l.dir, "warehouse")
	l.must(statusDone, "warehouse", "publish", "--book", l.book, "--out", l.out, "--root", root)
	out, _ := l.must(statusDone, "warehouse", "verify", "--root", root, "--book", l.book)
	table, err := reports.ReadParquet(filepath.Join(l.out, "2026-03-03", "loans", "part-0000.parquet"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range table.Columns {
		if c := &table.Columns[i]; c.Name == "credit_balance" && c.Ints[0]+c.Ints[len(c.Ints)-1] == 0 {
			t.Errorf("no loan has credit: %s", out)
		}
	}
}

// A borrower is not contacted once, for however many reasons.
func TestNotContactedAreBorrowers(t *testing.T) {
	m := &reports.Manifest{Outputs: []reports.Output{{Path: "queue/suppressed.parquet", Rows: 30}, {Path: "queue/below_capacity.parquet", Rows: 4}}}
	if got := notContacted(m); got != 34 {
		t.Errorf("without control totals of the queue %d are not contacted, want 34", got)
	}
	for _, currency := range []string{"EUR", "USD"} {
		c := reports.QueueControl{Currency: currency}
		for place, n := range map[string]int64{"task": 100, "suppressed": 7, "withheld": 50, "below_capacity": 2, "not_due": 60} {
			c.Places = append(c.Places, reports.QueuePlace{Currency: currency, Place: place, QueueSum: reports.QueueSum{Borrowers: n}})
		}
		m.ControlTotals.Queue = append(m.ControlTotals.Queue, c)
	}
	if got := notContacted(m); got != 18 {
		t.Errorf("%d borrowers are not contacted, want 18", got)
	}
}
