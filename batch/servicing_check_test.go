package batch

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
)

// A caseCheck compares what a night published with what a case expects.
type caseCheck struct {
	l      *lender
	c      *servicingCase
	r      *lookup.Reader
	v      *lookup.LoanView
	night  string
	nights []string
	check  func(field, got, want string)
}

// read reads the loan as the last night left it.
func (x *caseCheck) read() {
	var err error
	if x.r, err = lookup.Open(openRead(x.l.t, x.l)); err != nil {
		x.l.t.Fatal(err)
	}
	if x.v, err = x.r.Loan("L"); err != nil {
		x.l.t.Fatal(err)
	}
}

// complete reports whether no event after the given one has come by this night.
func (x *caseCheck) complete(after int) bool {
	for _, e := range x.c.Events {
		if e.Index > after && e.Date <= x.night && e.Recorded <= x.night && e.Type != "daily_batch" {
			return false
		}
	}
	return true
}

// expect compares all that a case states after one of its events.
func (x *caseCheck) expect(prefix string, e *caseExpect, after int) {
	check := func(field, got, want string) { x.check(prefix+field, got, want) }
	x.totals(check, e)
	x.schedule(check, e)
	x.charges(check, e)
	x.delinquency(check, e)
	x.accruals(check, e)
	x.allocations(check, e, after)
	x.journal(check, e)
}

func (x *caseCheck) totals(check func(field, got, want string), e *caseExpect) {
	t := x.l.t
	tape := x.v.Tape
	var unpaid, principal, interest int64
	for _, s := range x.v.Schedule {
		unpaid += amountOf(t, s.Unpaid)
		principal += amountOf(t, s.Principal)
		interest += amountOf(t, s.Interest)
	}
	for _, c := range x.v.Charges {
		unpaid += amountOf(t, c.Amount) - amountOf(t, c.Paid)
	}
	if want := e.Outstanding["total"]; want != "" {
		check("outstanding", cents2(unpaid), want)
	}
	if want := e.Outstanding["overpaid"]; want != "" {
		check("overpaid", tape.Get("credit_balance"), want)
	}
	if e.Status != "" {
		want := map[string]string{"closed_obligations_met": "settled", "closed (obligations met)": "settled"}[e.Status]
		check("status", tape.Get("status"), cmp.Or(want, e.Status))
	}
	if e.AllMet {
		check("all_obligations_met", tape.Get("status"), "settled")
	}
	if e.ChargedOff != "" {
		check("charged_off_on", tape.Get("status"), "charged_off")
	}
	if want, ok := e.Totals["principal_due"]; ok {
		check("totals principal_due", cents2(principal), want)
		check("totals interest_due", cents2(interest), e.Totals["interest_due"])
		check("totals outstanding", cents2(unpaid), e.Totals["outstanding"])
		paid := int64(0)
		for _, name := range []string{"principal_paid", "interest_paid", "fees_paid", "penalties_paid"} {
			paid += amountOf(t, tape.Get(name))
		}
		check("totals paid", cents2(paid), e.Totals["paid"])
	}
}

// schedule compares the instalments in their order. A line that is only charges is
// compared as a charge, and one that new terms have emptied is none here.
func (x *caseCheck) schedule(check func(field, got, want string), e *caseExpect) {
	text := func(m map[string]any, name string) string { s, _ := m[name].(string); return s }
	lines, k := x.v.Schedule, 0
	for _, w := range e.Schedule {
		empty := text(w, "principal_due") == "0.00" && text(w, "interest_due") == "0.00"
		if empty && (k == len(lines) || lines[k].DueOn.String() != text(w, "due") || lines[k].Total != "0.00") {
			continue
		}
		k++
		field := fmt.Sprintf("schedule %d ", int(w["n"].(float64)))
		if k > len(lines) {
			check(field, "none", "a line")
			continue
		}
		s := lines[k-1]
		check(field+"due", s.DueOn.String(), text(w, "due"))
		if _, ok := w["principal_due"]; !ok {
			continue
		}
		check(field+"principal_due", s.Principal, text(w, "principal_due"))
		check(field+"interest_due", s.Interest, text(w, "interest_due"))
		if text(w, "fee_due") == "0.00" && text(w, "penalty_due") == "0.00" {
			check(field+"outstanding", s.Unpaid, text(w, "outstanding"))
		}
	}
	if e.Schedule != nil && e.Totals["total_due"] != "" { // the lines are all that there are
		check("schedule lines", fmt.Sprint(len(lines)), fmt.Sprint(k))
	}
}

func (x *caseCheck) charges(check func(field, got, want string), e *caseExpect) {
	for i, c := range e.Charges {
		if c["outstanding"] == "0.00" {
			continue // what is wholly paid is in the totals
		}
		got := "none"
		for _, o := range x.v.Charges {
			if o.DueOn.String() == c["due"] {
				got = o.Amount + " " + o.Paid
			}
		}
		check(fmt.Sprintf("charge %d", i), got, c["amount"]+" "+c["paid"])
	}
}

// delinquency compares the bucket and what leads to it. The source counts from the due
// date and the grace, and has null where a loan is in no range.
func (x *caseCheck) delinquency(check func(field, got, want string), e *caseExpect) {
	t, tape := x.l.t, x.v.Tape
	if e.Delinquent != nil {
		want, r := "none", [2]*int{}
		if err := json.Unmarshal(e.Delinquent, &r); err != nil {
			t.Fatal(err)
		}
		if r[0] != nil {
			want = rangeName(r)
		}
		check("delinquency_range", tape.Get("bucket"), want)
	}
	if e.Since != nil {
		var want string // empty for null
		if err := json.Unmarshal(e.Since, &want); err != nil {
			t.Fatal(err)
		}
		got := tape.Get("oldest_unpaid_due_on")
		if got != "" {
			got = (day(t, got) + civil.Date(x.c.Product.Grace)).String()
		}
		check("delinquent_since", got, want)
	}
	for column, want := range map[string]string{
		"past_due_amount": e.PastDue, "delinquent_days": e.Days.String(), "days_past_due": e.DPD.String(),
	} {
		if want != "" {
			check(column, tape.Get(column), want)
		}
	}
	if e.ByItem != nil {
		check("installment_delinquency", "not reported", fmt.Sprint(e.ByItem))
	}
}

// accruals compares the interest accrued by the day of the last accrual, where no payment
// has met any: here it accrues each day.
func (x *caseCheck) accruals(check func(field, got, want string), e *caseExpect) {
	if len(e.Accruals) == 0 || x.v.Tape.Get("interest_paid") != "0.00" {
		return
	}
	want, last := int64(0), ""
	for _, a := range e.Accruals {
		if a["interest"] == "" {
			return // of charges, which are events
		}
		want += amountOf(x.l.t, a["interest"])
		last = a["date"]
	}
	b, err := x.r.AsOf("L", day(x.l.t, last), false)
	if err != nil {
		x.l.t.Fatal(err)
	}
	check("interest accrued by "+last, b.Interest, cents2(want))
}

// accountsOf has this project's accounts of the source's.
var accountsOf = map[string][]string{
	"loan_principal_receivable": {"1301"}, "cash_clearing": {"1001"}, "borrower_overpayment_liability": {"2201"},
	"goodwill_expense": {"6702"}, "recovery_income": {"6004"}, "charge_off_expense": {"1309"},
	"interest_fee_penalty_receivable": {"1302", "1303", "1304"}, "charged_off_fee_penalty_contra_income": {"6002", "6003"},
	"asset": {"1001", "1301", "1302"},
}

// posted is what was posted for events over all nights, by source and account.
func (x *caseCheck) posted() map[[2]string]int64 {
	t := x.l.t
	posted := map[[2]string]int64{}
	for _, night := range x.nights {
		for _, r := range x.l.table(night, "journal/part-*.parquet") {
			id := strings.TrimSuffix(r["source_id"], "-settle") // part of a payoff
			posted[[2]string{id, r["account"]}] += amountOf(t, r["debit"]) - amountOf(t, r["credit"])
		}
	}
	return posted
}

// source is what the journal names an event by.
func (x *caseCheck) source(event int) string {
	if x.c.Events[event].Type == "disbursement" {
		return "L"
	}
	return x.c.Events[event].id()
}

// reversed reports whether an event is reversed by one that has come after it.
func (x *caseCheck) reversed(event, after int) bool {
	for i := range x.c.Events[:after+1] {
		e := &x.c.Events[i]
		if strings.HasSuffix(e.Type, "reversal") && *e.Of == event {
			return true
		}
	}
	return false
}

// allocations compares what was posted for each event by component.
func (x *caseCheck) allocations(check func(field, got, want string), e *caseExpect, after int) {
	posted := x.posted()
	accounts := map[string]string{"principal": "1301", "interest": "1302", "fee": "1303", "penalty": "1304", "overpaid": "2201"}
	for _, a := range e.Allocations {
		index, ok := a["event_index"].(float64)
		if !ok {
			continue
		}
		event, sign := int(index), int64(-1)
		if a["type"] == "chargeback" || a["type"] == "credit_balance_refund" {
			sign = 1
		}
		// New terms move what is owed to other instalments, and post nothing.
		none := x.reversed(event, after) || a["type"] == "reage" || a["type"] == "reamortize"
		for name, account := range accounts {
			want, ok := a[name].(string)
			if !ok {
				continue
			}
			if none {
				want = "0.00"
			}
			check(fmt.Sprintf("allocation of event %d, %s", event, name), cents2(sign*posted[[2]string{x.source(event), account}]), want)
		}
	}
	for _, event := range e.Reversed {
		left := 0
		for key, amount := range posted {
			if key[0] == x.source(event) && amount != 0 {
				left++
			}
		}
		check(fmt.Sprintf("accounts left of event %d", event), fmt.Sprint(left), "0")
	}
}

// journal compares what was posted for each event by account.
func (x *caseCheck) journal(check func(field, got, want string), e *caseExpect) {
	posted := x.posted()
	for _, entry := range e.Legs {
		want := map[string]int64{}
		for _, leg := range entry.Legs {
			accounts := accountsOf[leg.Account]
			if accounts == nil {
				check(fmt.Sprintf("journal of event %d", entry.Event), "no such account", leg.Account)
				continue
			}
			key := strings.Join(accounts, "+")
			if leg.Debit != "" {
				want[key] += amountOf(x.l.t, leg.Debit)
			}
			if leg.Credit != "" {
				want[key] -= amountOf(x.l.t, leg.Credit)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(want)) {
			got := int64(0)
			for _, account := range strings.Split(key, "+") {
				got += posted[[2]string{x.source(entry.Event), account}]
			}
			check(fmt.Sprintf("journal of event %d, account %s", entry.Event, key), cents2(got), cents2(want[key]))
		}
	}
}

func cents2(a int64) string {
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	return fmt.Sprintf("%s%d.%02d", sign, a/100, a%100)
}
