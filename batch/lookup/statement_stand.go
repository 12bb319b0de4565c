package lookup

import (
	"bytes"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/reports/statement"
)

// year fills in the totals of the year that a statement ends in.
func (t *stater) year(s *statement.Statement, closing *moment) {
	year, _, _ := t.of.To.Split()
	first := civil.Of(year, 1, 1)
	events := t.standing(first - 1)
	before := t.at(first-1, events)
	paid := func(c loan.Component) statement.Money { return t.money(closing.paid[c] - before.paid[c]) }
	charged := func(c loan.Component) statement.Money { return t.money(closing.charged[c] - before.charged[c]) }
	s.Year = statement.Year{
		Year: year, From: max(first, t.loan.Terms.DisbursedOn), To: t.of.To,
		PrincipalPaid: paid(loan.Principal), InterestPaid: paid(loan.Interest), FeesPaid: paid(loan.Fee), PenaltiesPaid: paid(loan.Penalty),
		Paid:            t.money(closing.paid.Total() - before.paid.Total() + t.paidOff(closing, t.standing(t.of.To)) - t.paidOff(&before, events)),
		InterestCharged: charged(loan.Interest), FeesCharged: charged(loan.Fee), PenaltiesCharged: charged(loan.Penalty),
	}
}

// paidOff is what was paid up to a moment, to which some events have led, after the loan was written off: it meets nothing
// that is owed, and stands in no component.
func (t *stater) paidOff(m *moment, events []loan.Event) money.Amount {
	if m.off.Kind != loan.KindWriteOff {
		return 0
	}
	then := t.at(m.off.On, upToWriteOff(events))
	return m.off.Recovered - then.off.Recovered
}

// upToWriteOff returns the events without the write-off that stands and what follows it.
func upToWriteOff(events []loan.Event) []loan.Event {
	stands := func(e *loan.Event) bool {
		return !slices.ContainsFunc(events, func(r loan.Event) bool { return r.Kind == loan.KindReversal && bytes.Equal(r.Target, e.ID) })
	}
	var first *loan.Event
	for i := range events {
		if e := &events[i]; e.Kind == loan.KindWriteOff && stands(e) && (first == nil || e.Compare(first) < 0) {
			first = e
		}
	}
	var list []loan.Event
	for i := range events {
		if e := &events[i]; e.Kind == loan.KindBooking || e.Kind == loan.KindReversal || e.Compare(first) < 0 {
			list = append(list, *e)
		}
	}
	return list
}

// stand fills in how the loan stands on the day that the statement is as of, and its terms.
func (t *stater) stand(s *statement.Statement) {
	day := t.of.AsOf
	events := t.standing(day)
	m := t.at(day, events)
	l, f := &t.life.Loan, &m.figures
	s.PastDue = statement.PastDue{Amount: t.money(f.PastDue), Since: f.Oldest, Days: f.DaysPastDue, Installments: f.Missed}
	if f.PastDue == 0 {
		s.PastDue.Since, s.PastDue.Days, s.PastDue.Installments = civil.None, 0, 0
	}
	switch {
	case l.Off.Kind == loan.KindWriteOff:
		s.Status = "written_off"
	case l.Off.Kind == loan.KindChargeOff:
		s.Status, s.Recovered = "charged_off", l.Off.IsRecovered()
	case f.Settled && l.Credit > 0:
		s.Status = "overpaid"
	case f.Settled:
		s.Status = "settled"
	default:
		s.Status = "active"
	}
	s.Terms = t.terms(&t.loan.Terms)
	if changed := l.Changed; changed != nil {
		terms := t.terms(changed)
		s.InForce = &terms
	}
	last := civil.None
	asked := l.Off.Kind != loan.KindWriteOff && !s.Recovered
	if asked {
		t.chargedOn(s, day)
	}
	for _, item := range t.life.Items() {
		unpaid := item.Unpaid()
		if last == civil.None || item.DueOn > last {
			last = item.DueOn
		}
		if item.DueOn < day || unpaid <= 0 || len(s.NextDues) == nextDues || !asked {
			continue // what was due before the day is past due
		}
		left := func(c loan.Component) statement.Money { return t.money(item.Due[c] - item.Paid[c]) }
		s.NextDues = append(s.NextDues, statement.Due{
			Number: item.No, DueOn: item.DueOn, Principal: left(loan.Principal), Interest: left(loan.Interest), Fees: left(loan.Fee), Amount: t.money(unpaid),
		})
	}
	if s.InForce != nil && last != civil.None {
		s.InForce.LastDueOn = last
	}
	t.payoff(s, day, events)
}

// chargedOn adds what was charged on the day itself and is not paid: it is due, and not past due before the next day.
func (t *stater) chargedOn(s *statement.Statement, day civil.Date) {
	unpaid := money.Amount(0)
	for _, c := range t.life.Loan.Charges {
		if c.DueOn == day {
			unpaid += c.Amount - c.Paid
		}
	}
	if unpaid > 0 {
		s.NextDues = append(s.NextDues, statement.Due{
			DueOn: day, Principal: t.money(0), Interest: t.money(0), Fees: t.money(unpaid), Amount: t.money(unpaid),
		})
	}
}

func (t *stater) terms(x *loan.Terms) statement.Terms {
	return statement.Terms{
		Product: t.Names.Products[t.loan.Product], Method: x.Method.String(), DayCount: x.DayCount.String(), Principal: t.money(x.Principal),
		AnnualRate: x.Rate.String(), Installments: x.Installments, Frequency: x.Frequency.String(), Fee: t.money(x.Fee), Level: t.money(x.Level),
		DisbursedOn: x.DisbursedOn, FirstDueOn: x.FirstDueOn, LastDueOn: x.DueOn(x.Installments),
	}
}

// payoff fills in what ends the loan on a day, and on those after it. Nothing ends one that
// is out of the books: it says what is owed, and no amount.
func (t *stater) payoff(s *statement.Statement, day civil.Date, events []loan.Event) {
	on := func(day civil.Date) loan.Payoff {
		return loan.PayoffOn(day, func() *loan.Run {
			t.replay(day, events)
			return &t.life.Run
		})
	}
	p, later := on(day), followingDays
	if p.Off.Kind != 0 {
		later = 0
	}
	s.Payoff = statement.Payoff{
		On: day, Principal: t.money(p.Owed[loan.Principal]), Interest: t.money(p.Owed[loan.Interest]), Fees: t.money(p.Owed[loan.Fee]),
		Penalties: t.money(p.Owed[loan.Penalty]), SettlementFee: t.money(p.Fee), Credit: t.money(p.Credit), Amount: t.money(p.Amount),
		Following: []statement.PayoffDay{},
	}
	for d := day + 1; d <= min(day+civil.Date(later), civil.Max); d++ {
		s.Payoff.Following = append(s.Payoff.Following, statement.PayoffDay{On: d, Amount: t.money(max(on(d).Amount, money.Amount(0)))})
	}
}
