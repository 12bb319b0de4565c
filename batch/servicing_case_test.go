package batch

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A servicingCase is one scenario of another system, see testdata/servicing.
type servicingCase struct {
	ID      string
	Product caseProduct
	Events  []caseEvent
	AsOf    string `json:"as_of"`
	Expect  caseExpect
	Checks  []caseCheckpoint `json:"checkpoints"`
	// Alternate are figures of the same scenario in another commit of its source.
	Alternate struct{ Differences []caseCheckpoint } `json:"alternate_source"`
}

// A caseCheckpoint is what a case expects after one of its events.
type caseCheckpoint struct {
	AsOf   string `json:"as_of"`
	After  int    `json:"after_event"`
	Expect caseExpect
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
		Grace    *struct {
			Principal int `json:"principal_periods"`
			Interest  int `json:"interest_payment_periods"`
			Free      int `json:"interest_free_periods"`
		}
	}
	Order    []string `json:"allocation_order"`
	Mode     string   `json:"allocation_processing"`
	Multiple string   `json:"installment_amount_multiple_of"`
	Down     *struct {
		Percent int64 `json:"percent_of_disbursement"`
	} `json:"down_payment"`
	Future   map[string]string `json:"future_installment_rule"`
	Grace    int               `json:"delinquency_grace_days"`
	Ranges   [][2]*int         `json:"delinquency_ranges"`
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
	caseTerms
	Start, End string // of a pause
}

// caseTerms are the new terms of a reage.
type caseTerms struct {
	FirstDue string `json:"first_due"`
	Number   int32  `json:"installments"`
	Every    int
	Unit     string
}

type caseExpect struct {
	Status      string
	Outstanding map[string]string
	Schedule    []map[string]any
	Totals      map[string]string   `json:"schedule_totals"`
	Allocations []map[string]any    `json:"allocations"`
	Legs        []caseEntry         `json:"journal_legs"`
	Delinquent  json.RawMessage     `json:"delinquency_range"`
	Since       json.RawMessage     `json:"delinquent_since"`
	PastDue     string              `json:"delinquent_amount"`
	Days        json.Number         `json:"delinquent_days"`
	DPD         json.Number         `json:"days_past_due"`
	Charges     []map[string]string `json:"charges"`
	Reversed    []int               `json:"reversed_events"`
	AllMet      bool                `json:"all_obligations_met"`
	ChargedOff  string              `json:"charged_off_on"`
	ByItem      any                 `json:"installment_delinquency"`
	Accruals    []map[string]string `json:"accruals"`
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
	fmt.Fprintf(&b, "format_version: 1\nname: case\ncurrencies: [EUR]\ntime_zone: Europe/Berlin\naging:\n  grace_days: %d\n", p.Grace)
	b.WriteString("  buckets: [{name: none, from: 0}")
	for _, r := range p.Ranges {
		fmt.Fprintf(&b, ", {name: %q, from: %d}", rangeName(r), *r[0])
	}
	b.WriteString("]\n")
	b.WriteString("products:\n  default:\n")
	if p.Multiple != "" {
		fmt.Fprintf(&b, "    installment_rounding: {mode: half_even, multiple_of: %s.00}\n", p.Multiple)
	}
	if g := p.Interest.Grace; g != nil {
		fmt.Fprintf(&b, "    grace: {principal: %d, interest: %d, interest_free: %d}\n", g.Principal, g.Interest, g.Free)
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

// rangeName is the bucket of a range of days, which has no end where it is the last.
func rangeName(r [2]*int) string {
	if r[1] == nil {
		return fmt.Sprint(*r[0], "+")
	}
	return fmt.Sprint(*r[0], "-", *r[1])
}

// hundredth writes a per cent as a fraction.
func hundredth(percent string) string {
	whole, part, _ := strings.Cut(percent, ".")
	return fmt.Sprintf("0.%02s%s", whole, part)
}

// until is a case that ends on a day, after one of its events.
func (c *servicingCase) until(event int, asOf string) *servicingCase {
	short := *c
	short.AsOf, short.Events, short.Checks = asOf, c.Events[:event+1], nil
	return &short
}

// disbursed reports whether a case's loan is disbursed by an event.
func (c *servicingCase) disbursed() bool {
	return slices.ContainsFunc(c.Events, func(e caseEvent) bool { return e.Type == "disbursement" })
}

// alternates are cases of which the figures of another commit are taken where they
// differ, and why.
var alternates = map[string]string{
	"fineract-loandelinquency-608": "its source ran no batch for eleven days and then classified nothing inside the pause: a book closes every night",
}

// takeAlternate puts a case's alternate figures in the place of those that they differ
// from.
func (c *servicingCase) takeAlternate() {
	for _, d := range c.Alternate.Differences {
		expect := &c.Expect
		for i := range c.Checks {
			if k := &c.Checks[i]; k.AsOf == d.AsOf && k.After == d.After {
				expect = &k.Expect
			}
		}
		expect.Delinquent, expect.ByItem = d.Expect.Delinquent, d.Expect.ByItem
	}
}

func readCases(t *testing.T) []servicingCase {
	paths := []string{"../testdata/servicing/cases.json", "../testdata/servicing/cases-2.json"}
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
		for i := range cases {
			c := &cases[i]
			if alternates[c.ID] != "" {
				c.takeAlternate()
			}
			all = append(all, *c)
		}
	}
	return all
}
