package batch

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"testing"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
)

// A servicingCase is one scenario of another system, see testdata/servicing.
type servicingCase struct {
	ID      string
	Product caseProduct
	Events  []caseEvent
	AsOf    string `json:"as_of"`
	Expect  caseExpect
	Checks  []struct {
		AsOf   string `json:"as_of"`
		After  int    `json:"after_event"`
		Expect caseExpect
	} `json:"checkpoints"`
}

type caseProduct struct {
	Principal string
	Number    int `json:"number_of_installments"`
	Period    struct {
		Every int
		Unit  string
	}
	Interest struct {
		Annual   string `json:"annual_rate_percent"`
		Monthly  string `json:"rate_percent_per_month"`
		Method   string
		DayCount string                 `json:"day_count"`
		Period   string                 `json:"calculation_period"`
		Recalc   struct{ Enabled bool } `json:"recalculation"`
	}
	Order    []string `json:"allocation_order"`
	Mode     string   `json:"allocation_processing"`
	Multiple string   `json:"installment_amount_multiple_of"`
	Down     *struct {
		Percent int64 `json:"percent_of_disbursement"`
	} `json:"down_payment"`
	Future   map[string]string `json:"future_installment_rule"`
	Grace    int               `json:"delinquency_grace_days"`
	Disburse string            `json:"expected_disbursement"`
	Overdue  *struct {
		Percent string
		Wait    int `json:"wait_days"`
	} `json:"overdue_penalty"`
}

type caseEvent struct {
	Index    int
	Type     string
	Date     string
	Recorded string `json:"recorded_on"`
	Amount   string
	Of       *int   `json:"of_event"`
	Kind     string // of a charge
	Due      string `json:"due_date"`
	Percent  string `json:"percent_of_principal_plus_interest"`
	Payoff   bool   `json:"full_payoff"`
}

type caseExpect struct {
	Status      string
	Outstanding map[string]string
	Schedule    []map[string]any
	Totals      map[string]string   `json:"schedule_totals"`
	Allocations []map[string]any    `json:"allocations"`
	Legs        []caseEntry         `json:"journal_legs"`
	Delinquent  any                 `json:"delinquency_range"`
	Charges     []map[string]string `json:"charges"`
	Reversed    []int               `json:"reversed_events"`
	AllMet      bool                `json:"all_obligations_met"`
	ChargedOff  string              `json:"charged_off_on"`
	ByItem      any                 `json:"installment_delinquency"`
	Accruals    any                 `json:"accruals"`
}

type caseEntry struct {
	Event int `json:"event_index"`
	Legs  []struct{ Account, Debit, Credit string }
}

// policyOf turns a case's product into a policy, as its user would write it. What
// the source calls goodwill or a merchant's refund is goodwill here: the rule is that
// of the one which the case has.
func policyOf(c *servicingCase) string {
	p := &c.Product
	var b strings.Builder
	fmt.Fprintf(&b, "format_version: 1\nname: case\ncurrencies: [EUR]\ntime_zone: Europe/Berlin\naging: {grace_days: %d}\n", p.Grace)
	b.WriteString("products:\n  default:\n")
	if p.Multiple != "" {
		fmt.Fprintf(&b, "    installment_rounding: {mode: half_even, multiple_of: %s.00}\n", p.Multiple)
	}
	var order []string
	for _, o := range p.Order {
		// Where the source knows only due and in advance, due is what is past due too.
		if c, ok := strings.CutPrefix(o, "due:"); ok && !slices.Contains(p.Order, "past_due:"+c) {
			order = append(order, "past_due:"+c)
		}
	}
	order = append(order, p.Order...)
	if len(order) == 0 {
		order = []string{"penalty", "fee", "interest", "principal"}
	}
	for i := range order {
		order[i] = strconv.Quote(order[i])
	}
	mode, inAdvance := "horizontal", "next_installment"
	if p.Mode != "" {
		mode = p.Mode
	}
	rules := map[string]string{"next_installment": "next_installment", "last_installment": "last_installment", "reamortization": "spread"}
	if rule := rules[p.Future["default"]]; rule != "" {
		inAdvance = rule
	}
	if o := p.Overdue; o != nil { // of the principal that is overdue
		fmt.Fprintf(&b, "    late_charges: {share: {of: overdue, on: [principal], rate: %s, wait_days: %d}}\n", hundredth(o.Percent), o.Wait)
	}
	overdue := !slices.ContainsFunc(c.Events, func(e caseEvent) bool { return e.Type == "repayment" })
	if p.Interest.Recalc.Enabled && overdue { // paid on time it comes to the schedule's figures
		b.WriteString("    interest: daily\n")
		inAdvance, rules = "prepay_principal", nil
		order = slices.DeleteFunc(order, func(o string) bool { return strings.Contains(o, "in_advance:") })
	}
	b.WriteString("    allocation:\n")
	rule := func(when, inAdvance string) {
		fmt.Fprintf(&b, "      - {%sorder: [%s], mode: %s, in_advance: %s}\n", when, strings.Join(order, ", "), mode, inAdvance)
	}
	goodwill := p.Future["goodwill_credit"]
	for _, e := range c.Events {
		if e.Type == "merchant_issued_refund" {
			goodwill = p.Future[e.Type]
		}
	}
	if r := rules[goodwill]; r != "" {
		rule("when: {kind: goodwill}, ", r)
	}
	rule("", inAdvance)
	return b.String()
}

// hundredth writes a per cent as a fraction.
func hundredth(percent string) string {
	whole, part, _ := strings.Cut(percent, ".")
	return fmt.Sprintf("0.%02s%s", whole, part)
}

// loanOf is the case's loan, with explicit instalments where it has a down payment.
func loanOf(t *testing.T, p *caseProduct, on string) (loanFile, []scheduleFile) {
	f := loanFile{LoanID: "L", BorrowerID: "B", Product: "default", Currency: "EUR", Principal: amountOf(t, p.Principal),
		DisbursedOn: int32(day(t, on)), Installments: int32(p.Number), Method: ptr("annuity"), DayCount: ptr("30/360")}
	disbursed := civil.Date(f.DisbursedOn)
	due := func(k int) int32 {
		if p.Period.Unit == "days" {
			return int32(disbursed) + int32(k*p.Period.Every)
		}
		_, _, d := disbursed.Split()
		return int32(disbursed.AddMonths(k*p.Period.Every, d))
	}
	f.FirstDueOn = due(1)
	unit := "M"
	if p.Period.Unit == "days" {
		unit = "D"
	}
	f.Frequency = ptr(fmt.Sprint(p.Period.Every, unit))
	if p.Interest.Annual != "" {
		f.AnnualRate = amountOf(t, p.Interest.Annual) * 100_000
	}
	if p.Interest.Monthly != "" {
		f.AnnualRate = amountOf(t, p.Interest.Monthly) * 12 * 100_000
	}
	if p.Interest.Method == "flat" && f.AnnualRate != 0 {
		f.Method = ptr("flat")
	}
	if p.Interest.Period == "daily" && p.Interest.DayCount == "actual/actual" {
		f.DayCount = ptr("ACT/ACT")
	}
	if p.Down == nil {
		return f, nil
	}
	down := f.Principal * p.Down.Percent / 100
	rows := []scheduleFile{{"L", 1, f.DisbursedOn, down, 0}}
	rest := f.Principal - down
	for k := 1; k <= p.Number; k++ {
		part := rest / int64(p.Number-k+1)
		rows = append(rows, scheduleFile{"L", int32(k + 1), due(k), part, 0})
		rest -= part
	}
	f.Installments++
	return f, rows
}

// deliver puts a case's events into the files of their nights, and returns the
// nights in order.
func deliver(t *testing.T, l *lender, c *servicingCase) []string {
	nights := map[string]bool{c.AsOf: true}
	start := c.AsOf
	if c.Product.Disburse != "" {
		start = c.Product.Disburse
	}
	repayments, adjustments := map[string][]repaymentFile{}, map[string][]adjustmentFile{}
	for _, e := range c.Events {
		night := e.Date
		if e.Recorded != "" {
			night = e.Recorded
		}
		on := e.Date
		if e.Due > on {
			night, on = e.Due, e.Due // a charge comes on the day on which it falls due
		}
		id := fmt.Sprint("e", e.Index)
		a := adjusts(t, id, "L", "", on)
		if e.Amount != "" {
			a.Amount = ptr(amountOf(t, e.Amount))
		}
		if e.Of != nil {
			a.TargetID = ptr(fmt.Sprint("e", *e.Of))
		}
		switch e.Type {
		case "disbursement":
			start = e.Date
			continue
		case "daily_batch":
			nights[e.Date] = true
			continue
		case "repayment", "down_payment", "payout_refund":
			if e.Payoff {
				// What it takes is for the system to say.
				e.Amount = payoff(t, c, &e)
				settle := adjusts(t, id+"-settle", "L", "settle", on)
				adjustments[night] = append(adjustments[night], settle)
			}
			repayments[night] = append(repayments[night], repaymentFile{id, "L", int32(day(t, on)), amountOf(t, e.Amount), "EUR"})
			nights[night] = true
			continue
		case "charge_added":
			a.Kind = e.Kind
			if e.Percent != "" {
				a.Amount = ptr(amountOf(t, c.Product.Principal) * amountOf(t, e.Percent) / 10000)
			}
		case "goodwill_credit", "merchant_issued_refund":
			a.Kind = "goodwill"
		case "credit_balance_refund":
			a.Kind = "refund"
		default:
			a.Kind = e.Type
		}
		if night > c.AsOf {
			t.Logf("%s: event %d lies after the case's end", c.ID, e.Index)
			continue
		}
		adjustments[night] = append(adjustments[night], a)
		nights[night] = true
	}
	nights[start] = true
	f, plan := loanOf(t, &c.Product, start)
	write(t, l.in(start), "loans-1", []loanFile{f})
	if plan != nil {
		write(t, l.in(start), "schedules-1", plan)
	}
	for night, rows := range repayments {
		write(t, l.in(night), "repayments-1", rows)
	}
	for night, rows := range adjustments {
		write(t, l.in(night), "adjustments-1", rows)
	}
	var list []string
	for night := range nights {
		list = append(list, night)
	}
	sort.Strings(list)
	return list
}

// payoff is what pays the loan off on the day of an event, as a book says that closes
// the nights before it.
func payoff(t *testing.T, c *servicingCase, e *caseEvent) string {
	before := *c
	before.AsOf, before.Events = e.Date, nil
	for _, o := range c.Events {
		if o.Index < e.Index {
			before.Events = append(before.Events, o)
		}
	}
	l := newLender(t)
	l.policy(policyOf(c))
	for _, night := range deliver(t, l, &before) {
		l.close(night)
	}
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	p, err := r.Payoff("L", day(t, e.Date))
	if err != nil {
		t.Fatal(err)
	}
	return p.Amount
}

func readCases(t *testing.T) []servicingCase {
	paths := []string{"../testdata/servicing/cases.json", "../testdata/servicing/terms.json"}
	if p := os.Getenv("SERVICING_CASES"); p != "" {
		paths = []string{p}
	}
	var all []servicingCase
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var cases []servicingCase
		if err := json.Unmarshal(b, &cases); err != nil {
			t.Fatal(err)
		}
		all = append(all, cases...)
	}
	return all
}
