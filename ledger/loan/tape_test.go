package loan

import (
	"slices"
	"strconv"
	"testing"

	"daybook/ledger/civil"
)

// TestTapeOfIndependentProgram applies each loan's events in their order and
// compares the figures at the close of four nights.
func TestTapeOfIndependentProgram(t *testing.T) {
	const dir = "../../testdata/loan-arithmetic/"
	loans := map[string]map[string]string{}
	for _, r := range readCSV(t, dir+"loans.csv") {
		loans[r["loan_id"]] = r
	}
	events := map[string][]map[string]string{}
	for _, r := range readCSV(t, dir+"events.csv") {
		events[r["loan_id"]] = append(events[r["loan_id"]], r)
	}
	var annuities Annuities
	product := &Product{Name: "default", Allocation: DefaultAllocation()}
	rows := 0
	for _, want := range readCSV(t, dir+"tape.csv") {
		day := mustDate(t, want["business_date"])
		l := &Loan{ID: []byte(want["loan_id"]), Terms: termsOf(t, loans[want["loan_id"]], &annuities, Rounding{})}
		l.Begin(nil)
		var r Run
		var log Log
		r.Start(l, product, &log)
		for _, e := range standing(t, events[want["loan_id"]], day) {
			if reason := r.Apply(&e); reason != OK {
				t.Fatalf("%s: %s", e.ID, reason.Code())
			}
		}
		r.Advance(day)
		f := r.Close(day)
		status := "active"
		if f.Settled {
			status = "settled"
			if l.Credit > 0 {
				status = "overpaid"
			}
		}
		paid := l.LastPaidAmount.Text(2)
		if l.LastPaidOn == civil.None {
			paid = ""
		}
		next := f.NextDueAmount.Text(2)
		if f.NextDueOn == civil.None {
			next = ""
		}
		total := f.Outstanding.Total()
		got := map[string]string{
			"principal_outstanding": f.Outstanding[Principal].Text(2), "interest_outstanding": f.Outstanding[Interest].Text(2),
			"fees_outstanding": f.Outstanding[Fee].Text(2), "penalties_outstanding": f.Outstanding[Penalty].Text(2),
			"total_outstanding": total.Text(2), "past_due_amount": f.PastDue.Text(2), "credit_balance": l.Credit.Text(2),
			"principal_paid": l.Paid[Principal].Text(2), "interest_paid": l.Paid[Interest].Text(2),
			"fees_paid": l.Paid[Fee].Text(2), "penalties_paid": l.Paid[Penalty].Text(2),
			"oldest_unpaid_due_on": f.Oldest.String(), "days_past_due": strconv.Itoa(int(f.DaysPastDue)),
			"installments_missed": strconv.Itoa(int(f.Missed)), "next_due_on": f.NextDueOn.String(), "next_due_amount": next,
			"last_paid_on": l.LastPaidOn.String(), "last_paid_amount": paid, "status": status,
		}
		rows++
		for name, w := range want {
			if g, ok := got[name]; ok && g != w {
				t.Errorf("%s %s: %s is %s, want %s (%v)", want["business_date"], want["loan_id"], name, g, w, loans[want["loan_id"]])
			}
		}
	}
	if rows != 504 {
		t.Errorf("compared %d rows, want 504", rows)
	}
}

// standing returns the events that arrived by a day and are not reversed, in
// the order of the loan's life.
func standing(t *testing.T, rows []map[string]string, day civil.Date) []Event {
	reversed := map[string]bool{}
	var out []Event
	for _, r := range rows {
		if mustDate(t, r["arrives_on"]) <= day && r["kind"] == "reversal" {
			reversed[r["target_id"]] = true
		}
	}
	for _, r := range rows {
		if mustDate(t, r["arrives_on"]) > day || r["kind"] == "reversal" || reversed[r["id"]] {
			continue
		}
		kind := KindRepayment
		if r["kind"] != "repayment" {
			k, ok := ParseKind([]byte(r["kind"]))
			if !ok {
				t.Fatalf("kind of %v", r)
			}
			kind = k
		}
		out = append(out, Event{Kind: kind, ID: []byte(r["id"]), ValueDate: mustDate(t, r["value_date"]), Amount: mustAmount(t, r["amount"])})
	}
	slices.SortFunc(out, func(a, b Event) int { return a.Compare(&b) })
	return out
}
