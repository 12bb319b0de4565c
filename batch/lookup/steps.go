package lookup

import (
	"fmt"

	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A Step is one thing that the last night did to a loan, in the order in which it
// counted.
type Step struct {
	On     civil.Date `json:"on"` // the day it concerns
	Did    string     `json:"did"`
	Source string     `json:"source,omitempty"` // id of the event behind it
	Rule   string     `json:"rule,omitempty"`   // the policy's key that decided it
	Amount string     `json:"amount,omitempty"`
	Lines  []string   `json:"lines,omitempty"` // what became of the amount
}

// steps tells the loan's last night: its life is run again with a trace, of which
// what earlier nights had done already is left out.
func (r *Reader) steps(l *loan.Loan, pages []book.Page) ([]Step, error) {
	trace := &loan.Trace{}
	v := book.Replay(&r.Rules, l, pages, r.Last(), trace)
	t := &teller{r: r, l: l, product: &r.Rules.Products[l.Product]}
	for i := range trace.Steps {
		t.step(&trace.Steps[i])
	}
	for i := range pages {
		if pages[i].Date == r.Last() {
			t.reversals(pages[i].Events)
		}
	}
	if err := t.earned(v); err != nil {
		return nil, err
	}
	return t.list, nil
}

// A teller puts a trace into words.
type teller struct {
	r       *Reader
	l       *loan.Loan
	product *loan.Product
	list    []Step
	current *Step
	quiet   bool // the steps are of an event that an earlier night applied
}

func (t *teller) text(a money.Amount) string { return t.r.Text(t.l.Currency, a) }

func (t *teller) begin(s Step) {
	t.list = append(t.list, s)
	t.current = &t.list[len(t.list)-1]
	t.quiet = false
}

func (t *teller) line(format string, args ...any) {
	if !t.quiet && t.current != nil {
		t.current.Lines = append(t.current.Lines, fmt.Sprintf(format, args...))
	}
}

// before reports whether the close of a day lay before the last night's.
func (t *teller) before(d civil.Date) bool {
	return t.r.Night.Previous != civil.None && d <= t.r.Night.Previous && t.l.BookedOn != t.r.Last()
}

func (t *teller) step(s *loan.TraceStep) {
	switch s.Kind {
	case loan.TraceEvent:
		e := s.Event
		if t.quiet = e.ArrivedOn != t.r.Last(); t.quiet {
			return
		}
		t.begin(Step{On: e.ValueDate, Did: e.Kind.String(), Source: string(e.ID), Amount: t.text(e.Amount)})
		if e.ValueDate < t.r.Last() {
			t.line("it arrived on %s and counts from %s", e.ArrivedOn, e.ValueDate)
		}
	case loan.TraceCreditUsed:
		if t.quiet = t.before(s.Day); !t.quiet {
			t.begin(Step{On: s.Day, Did: "credit_applied", Amount: t.text(s.Amount)})
		}
	case loan.TraceLate:
		if t.quiet = t.before(s.Day); !t.quiet {
			t.begin(Step{On: s.Day, Did: "late_charge", Amount: t.text(s.Amount), Rule: t.key("late_charges")})
			t.line("%s for instalment %d, due on %s", s.Component, s.No, s.DueOn)
			t.quiet = true
		}
	case loan.TraceSpared:
		if t.quiet = t.before(s.Day); !t.quiet {
			t.begin(Step{On: s.Day, Did: "no_late_charge", Rule: t.key("late_charges")})
			t.line("instalment %d, due on %s, lacks %s, which late charges took of its payment%s", s.No, s.DueOn, t.text(s.Amount),
				t.citing("us", "16 CFR 444.4"))
			t.quiet = true
		}
	case loan.TraceRule:
		if !t.quiet && t.current != nil {
			t.current.Rule = t.key(fmt.Sprintf("allocation[%d]", s.Rule))
			t.line("%s past due: %s", days(s.DaysPastDue), orderOf(&t.product.Allocation[s.Rule]))
		}
	case loan.TraceInstallment:
		if s.No == 0 {
			t.line("%s to the %s that is due on %s beside the instalments", t.text(s.Amount), s.Component, s.DueOn)
			return
		}
		t.line("%s to the %s of instalment %d, due on %s", t.text(s.Amount), s.Component, s.No, s.DueOn)
	case loan.TraceCharge:
		t.line("%s to the %s %s of %s", t.text(s.Amount), s.Component, s.Source, s.DueOn)
	case loan.TraceEarned:
		t.line("%s to the interest earned by %s and not due", t.text(s.Amount), s.Day)
	case loan.TraceAhead:
		t.line("%s to principal that is not due yet", t.text(s.Amount))
	case loan.TraceBack:
		t.line("%s of %s that was paid ahead of being owed is given back, as credit", t.text(s.Amount), s.Component)
	case loan.TraceCredit:
		t.line("%s is over and is held as credit", t.text(s.Amount))
	}
}

// citing names a source to a lender whom it binds.
func (t *teller) citing(jurisdiction, source string) string {
	if t.r.Policy.Jurisdiction != jurisdiction {
		return ""
	}
	return " (" + source + ")"
}

func (t *teller) key(name string) string { return "products." + t.product.Name + "." + name }

// reversals tells of the night's reversals, which leave no other step.
func (t *teller) reversals(events []loan.Event) {
	for i := range events {
		if e := &events[i]; e.Kind == loan.KindReversal {
			t.begin(Step{On: e.ValueDate, Did: "reversal", Source: string(e.ID)})
			t.line("%s counts as never made; what came after it was applied again", e.Target)
		}
	}
}

// earned tells what interest the night earned and how.
func (t *teller) earned(v *book.Life) error {
	last, from := t.r.Last(), t.r.Night.Previous
	if from == civil.None || t.l.BookedOn == last {
		from = t.l.Terms.DisbursedOn
	}
	if t.product.DailyInterest {
		accrued, err := t.r.accrued(t.l)
		if err != nil {
			return err
		}
		word := ": daily"
		if t.product.SimpleInterest {
			word = ": simple"
		}
		t.begin(Step{On: last, Did: "accrual", Rule: t.key("interest") + word, Amount: t.text(accrued)})
		t.line("of %s earned from the beginning, on the principal really outstanding, %s", t.text(v.Run.Close(last).Earned), t.l.Terms.DayCount)
		return nil
	}
	begun := false
	for _, i := range v.Items() {
		interest := i.Due[loan.Interest] - i.Extra[loan.Interest] + i.More
		if i.DueOn <= from || i.From >= last || interest == 0 {
			continue
		}
		if !begun {
			t.begin(Step{On: last, Did: "accrual", Rule: t.key("interest") + ": scheduled"})
			begun = true
		}
		earned := i.Earned(last) - i.Earned(from)
		t.line("%s of the %s interest of instalment %d, earned evenly over the %d days from %s to %s: %d of them by %s",
			t.text(earned), t.text(interest), i.No, i.DueOn-i.From, i.From, i.DueOn,
			min(last, i.DueOn)-i.From, min(last, i.DueOn))
	}
	return nil
}
