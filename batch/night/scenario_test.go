package night

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"daybook/batch/policy"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"

	"github.com/cockroachdb/datadriven"
)

// TestScenarios runs the rules of testdata, one file a rule. The commands:
//
//	policy             a policy in YAML; its default product is the loan's
//	loan key=value …   a new loan; prints its schedule
//	night DATE         closes a night with events, one a line: kind id value_date [amount] [key=value …];
//	                   prints what was posted and how the loan stands
//	schedule           prints the instalments that are not wholly met and in the past
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		s := &scenario{t: t}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			s.t = t
			switch d.Cmd {
			case "policy":
				return s.policy(d.Input)
			case "loan":
				return s.loan(d)
			case "night":
				return s.night(d)
			case "schedule":
				return s.schedule()
			}
			d.Fatalf(t, "unknown command %s", d.Cmd)
			return ""
		})
	})
}

// A scenario is one loan's life in a file.
type scenario struct {
	t       *testing.T
	product loan.Product
	terms   loan.Terms
	book    *tinyBook
	now     loan.Loan // as the last night left it
	out     strings.Builder
}

func (s *scenario) policy(text string) string {
	p, err := policy.Parse([]byte(text), "policy.yaml")
	if err != nil {
		return err.Error()
	}
	i, ok := p.Product("default")
	if !ok {
		return "no default product"
	}
	s.product = p.Products[i]
	return "ok"
}

// loan makes a loan; it comes into the book with the first night.
func (s *scenario) loan(d *datadriven.TestData) string {
	t := loan.Terms{Frequency: s.product.Frequency, Method: s.product.Method, DayCount: s.product.DayCount, Grace: s.product.Grace}
	for _, a := range d.CmdArgs {
		v := a.Vals[0]
		switch a.Key {
		case "principal":
			t.Principal = s.amount(v)
		case "fee":
			t.Fee = s.amount(v)
		case "rate":
			t.Rate = s.rate(v)
		case "disbursed":
			t.DisbursedOn = s.date(v)
		case "first_due":
			t.FirstDueOn = s.date(v)
		case "installments":
			fmt.Sscan(v, &t.Installments)
		case "method":
			t.Method, _ = loan.ParseMethod(v)
		case "day_count":
			t.DayCount, _ = civil.ParseDayCount(v)
		case "frequency":
			t.Frequency, _ = loan.ParseFrequency(v)
		default:
			d.Fatalf(s.t, "unknown key %s", a.Key)
		}
	}
	if reason := t.Check(t.DisbursedOn, 1); reason != loan.OK {
		return "rejected: " + reason.Code()
	}
	t.RoundedBy(new(loan.Annuities), s.product.Rounding)
	s.terms = t
	s.now = loan.Loan{Terms: t}
	plan := s.product.Plan(&t)
	s.now.Begin(plan)
	s.book = &tinyBook{t: s.t, product: s.product, plan: plan, journal: map[civil.Date][]byte{}, last: civil.None, seen: s.seen}
	return s.schedule()
}

// schedule prints the instalments that are open or to come.
func (s *scenario) schedule() string {
	s.out.Reset()
	l, log := s.now, loan.Log{}
	var run loan.Run
	run.Start(&l, &s.product, &log)
	run.Oldest(civil.Max) // makes all of them
	for _, it := range run.Items() {
		fmt.Fprintf(&s.out, "%d %s", it.No, it.DueOn)
		for c := range it.Due {
			if it.Due[c] != 0 {
				fmt.Fprintf(&s.out, " %s %s", loan.Component(c), text(it.Due[c]))
			}
		}
		if unpaid := it.Unpaid(); unpaid != it.Total() {
			fmt.Fprintf(&s.out, "; unpaid %s", text(unpaid))
		}
		s.out.WriteByte('\n')
	}
	return s.out.String()
}

func (s *scenario) night(d *datadriven.TestData) string {
	s.out.Reset()
	var events []loan.Event
	for line := range strings.Lines(d.Input) {
		events = append(events, s.event(d, line))
	}
	s.book.t = s.t
	reasons := s.book.close(s.date(d.CmdArgs[0].Key), &s.terms, events)
	for i, reason := range reasons {
		if reason != loan.OK {
			fmt.Fprintf(&s.out, "%s is rejected: %s\n", events[i].ID, reason.Code())
		}
	}
	return s.out.String()
}

// event reads one line of a night.
func (s *scenario) event(d *datadriven.TestData, line string) loan.Event {
	f := strings.Fields(line)
	e := loan.Event{ID: []byte(f[1]), ValueDate: s.date(f[2]), Rate: -1}
	ok := true
	if f[0] == "repayment" {
		e.Kind = loan.KindRepayment
	} else {
		e.Kind, ok = loan.ParseKind([]byte(f[0]))
	}
	for _, x := range f[3:] {
		key, v, pair := strings.Cut(x, "=")
		if !pair {
			e.Amount = s.amount(x)
			continue
		}
		known := true
		switch key {
		case "component":
			e.Component, known = loan.ParseComponent(v)
		case "choice":
			e.Choice, known = loan.ParseChoice(v)
		case "target":
			e.Target = []byte(v)
		case "until":
			e.Until = s.date(v)
		case "first_due":
			e.FirstDueOn = s.date(v)
		case "installments":
			fmt.Sscan(v, &e.Installments)
		case "rate":
			e.Rate = s.rate(v)
		default:
			known = false
		}
		ok = ok && known
	}
	if !ok {
		d.Fatalf(s.t, "cannot read %q", line)
	}
	return e
}

// seen prints what a night posted and how it left the loan.
func (s *scenario) seen(p *Processor, l *loan.Loan, r *Result) {
	for i := range r.Log.Len() {
		e := r.Log.Entry(i)
		s.out.WriteString(strings.TrimSpace(fmt.Sprintf("%s %s %s", e.Kind, e.ValueDate, e.Source)) + "\n")
		for _, x := range e.Postings {
			s.posting(x.Role, x.Amount)
		}
	}
	for k, sums := range &p.Summary[0][0] {
		if sums != [ledger.Roles]money.Amount{} {
			fmt.Fprintf(&s.out, "%s in the night's totals\n", SummaryKinds[k])
		}
		for role, a := range sums {
			s.posting(ledger.Role(role), a)
		}
	}
	f := &r.Figures
	s.out.WriteString("owed")
	for c, a := range f.Outstanding {
		if a != 0 {
			fmt.Fprintf(&s.out, " %s %s", loan.Component(c), text(a))
		}
	}
	if f.Outstanding.Total() == 0 {
		s.out.WriteString(" nothing")
	}
	if l.Credit != 0 {
		fmt.Fprintf(&s.out, "; credit %s", text(l.Credit))
	}
	if l.Suspended != 0 {
		fmt.Fprintf(&s.out, "; suspended %s", text(l.Suspended))
	}
	if f.PastDue != 0 || f.DaysPastDue != 0 {
		fmt.Fprintf(&s.out, "; past due %s for %d days", text(f.PastDue), f.DaysPastDue)
	}
	if f.PausedDays != 0 {
		fmt.Fprintf(&s.out, ", %d of them paused", f.PausedDays)
	}
	if f.RegulatedDays != 0 {
		fmt.Fprintf(&s.out, ", %d left out", f.RegulatedDays)
	}
	if l.Off.Kind != 0 {
		fmt.Fprintf(&s.out, "; charged off %s, recovered %s", text(l.Off.Amount), text(l.Off.Recovered))
	}
	fmt.Fprintf(&s.out, "; %s\n", r.Status)
	s.now = *l
	s.now.Plan = append([]loan.Installment(nil), l.Plan...)
	if l.Plan == nil {
		s.now.Plan = nil
	}
	s.now.ID = bytes.Clone(l.ID)
}

func (s *scenario) posting(role ledger.Role, a money.Amount) {
	switch {
	case a > 0:
		fmt.Fprintf(&s.out, "  dr %s %s\n", role2(role), text(a))
	case a < 0:
		fmt.Fprintf(&s.out, "  cr %s %s\n", role2(role), text(-a))
	}
}

func text(a money.Amount) string { return a.Text(2) }

func (s *scenario) amount(v string) money.Amount {
	a, err := money.ParseDecimal(v, 2)
	if err != nil {
		s.t.Fatal(err)
	}
	return money.Amount(a)
}

func (s *scenario) rate(v string) money.Rate {
	a, err := money.ParseDecimal(v, 9)
	if err != nil {
		s.t.Fatal(err)
	}
	return money.Rate(a)
}

func (s *scenario) date(v string) civil.Date {
	d, err := civil.Parse(v)
	if err != nil {
		s.t.Fatal(err)
	}
	return d
}
