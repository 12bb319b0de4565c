package lookup

import (
	"bytes"
	"cmp"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/reports/statement"
)

// tell fills in the balances and the lines between them.
func (t *stater) tell(s *statement.Statement) {
	w := &lineWriter{stater: t, s: s, day: t.of.From - 1, events: t.standing(t.of.From - 1)}
	w.now = t.at(w.day, w.events)
	s.Opening = t.balances(&w.now)
	if t.of.Then {
		w.nights()
	} else {
		stated := t.at(w.day, t.knowledge(w.day, w.day))
		if b := t.balances(&stated); b != s.Opening && w.day >= t.loan.BookedOn {
			s.OpeningStated = &b
		}
		w.valueDates()
	}
	w.reach(t.of.To)
	closing := t.at(t.of.To, t.standing(t.of.To)) // apart from what the lines were made with
	s.Closing = t.balances(&closing)
	t.year(s, &closing)
}

// A lineWriter writes the lines of a statement one after another.
type lineWriter struct {
	*stater
	s      *statement.Statement
	day    civil.Date   // that it has come to
	now    moment       // at the close of it, with the events so far
	events []loan.Event // so far
}

// nights tells what each night of the period posted.
func (w *lineWriter) nights() {
	for i := range w.pages {
		p := &w.pages[i]
		if p.Date < w.of.From || p.Date > w.of.To {
			continue
		}
		order := slices.Clone(p.Events)
		slices.SortStableFunc(order, func(a, b loan.Event) int {
			return cmp.Or(boolOrder(b.Kind == loan.KindBooking, a.Kind == loan.KindBooking), a.Compare(&b))
		})
		for k := range order {
			e := &order[k]
			if e.Kind == loan.KindBooking {
				w.day = max(w.day, w.loan.Terms.DisbursedOn-1)
				w.book(e, p.Date)
			} else {
				w.reach(p.Date)
				w.event(e, p.Date, p.Date)
			}
		}
	}
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// valueDates tells what is known of the period, each event on its value date.
func (w *lineWriter) valueDates() {
	type known struct {
		event *loan.Event
		night civil.Date
	}
	var list []known
	for i := range w.pages {
		p := &w.pages[i]
		for k := range p.Events {
			e := &p.Events[k]
			switch day := w.valueDate(e); {
			case p.Date > w.known || e.Kind == loan.KindReversal || day < w.of.From || day > w.of.To:
			default:
				list = append(list, known{e, p.Date})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b known) int {
		return cmp.Or(boolOrder(b.event.Kind == loan.KindBooking, a.event.Kind == loan.KindBooking), a.event.Compare(b.event))
	})
	for _, x := range list {
		if x.event.Kind == loan.KindBooking {
			w.book(x.event, x.night)
			continue
		}
		w.reach(x.event.ValueDate)
		w.event(x.event, x.night, x.event.ValueDate)
	}
}

// valueDate is the day from which an event counts.
func (t *stater) valueDate(e *loan.Event) civil.Date {
	if e.Kind == loan.KindBooking {
		return t.loan.Terms.DisbursedOn
	}
	return e.ValueDate
}

// book tells the disbursement, of the day that it is of.
func (w *lineWriter) book(e *loan.Event, night civil.Date) {
	day := w.loan.Terms.DisbursedOn
	w.day, w.events = day, append(w.events, *e)
	next := w.at(day, w.events)
	line := w.line(e, night)
	line.ValueDate, line.Amount = day, w.money(next.owed[loan.Principal])
	w.add(line, &next)
}

// reach tells what time brings up to the close of a day, with a line at each due date.
func (w *lineWriter) reach(day civil.Date) {
	if len(w.events) == 0 { // before the loan
		w.day = max(w.day, day)
		return
	}
	for _, due := range append(w.dues(w.events, w.day, day), day) {
		if due <= w.day {
			continue
		}
		w.day = due
		next := w.at(due, w.events)
		w.time(&next)
	}
}

// time tells what came by itself: what accrued, and what of it the borrower's credit met.
func (w *lineWriter) time(next *moment) {
	var used loan.Sums
	if next.credit < w.now.credit {
		for c := range used {
			used[c] = next.paid[c] - w.now.paid[c]
		}
	}
	accrued := *next
	for c := range used {
		accrued.owed[c] += used[c]
	}
	if accrued.credit = w.now.credit; accrued.owed != w.now.owed {
		line := statement.Event{Kind: statement.Accrued}
		line.Amount = w.money(accrued.owed.Total() - w.now.owed.Total())
		w.byTime(line, &accrued)
	}
	if *next != w.now && (next.owed != w.now.owed || next.credit != w.now.credit) {
		line := statement.Event{Kind: statement.CreditUsed, Amount: w.money(w.now.credit - next.credit)}
		w.byTime(line, next)
	}
	w.now = *next
}

func (w *lineWriter) byTime(line statement.Event, next *moment) {
	line.ValueDate, line.PostedOn, line.ReversedOn, line.Until = w.day, civil.None, civil.None, civil.None
	w.add(line, next)
}

// event tells an event, and what it changes as of a day.
func (w *lineWriter) event(e *loan.Event, night, day civil.Date) {
	w.events = append(w.events, *e)
	next := w.at(day, w.events)
	if w.settles(e) {
		w.settled(e, night, &next)
	}
	w.add(w.line(e, night), &next)
}

// settles reports whether an event is a settlement, or the reversal of one.
func (w *lineWriter) settles(e *loan.Event) bool {
	return e.Kind == loan.KindSettle || e.Kind == loan.KindReversal && slices.ContainsFunc(w.events, func(of loan.Event) bool {
		return of.Kind == loan.KindSettle && bytes.Equal(of.ID, e.Target)
	})
}

// settled tells what a settlement charges before it is paid, each by itself: interest to the day where that is another than
// what accrual had of it, and the fee. A reversal takes both back.
func (w *lineWriter) settled(e *loan.Event, night civil.Date, next *moment) {
	charge := func(kind string, c loan.Component, amount money.Amount) {
		if amount == 0 {
			return
		}
		with := w.now
		with.owed[c] += amount
		with.charged[c] += amount
		line := w.line(e, night)
		line.Kind, line.ID, line.TargetID, line.Amount = kind, "", "", w.money(amount)
		w.add(line, &with)
	}
	fee := next.fees - w.now.fees
	charge(statement.Accrued, loan.Interest, next.charged[loan.Interest]-w.now.charged[loan.Interest])
	charge(statement.SettlementFee, loan.Fee, fee)
}

// line begins the line of an event.
func (w *lineWriter) line(e *loan.Event, night civil.Date) statement.Event {
	line := statement.Event{
		ValueDate: e.ValueDate, PostedOn: night, Kind: e.Kind.String(), ID: string(e.ID), TargetID: string(e.Target), Until: civil.None,
		ReversedOn: civil.None, Late: night > w.ownNight(w.valueDate(e)),
	}
	amount := money.Amount(0)
	if e.Kind.HasAmount() {
		amount = e.Amount
	}
	line.Amount = w.money(amount)
	if e.Kind == loan.KindWaiver {
		line.Component = e.Component.String()
	}
	if e.Kind.NeedsUntil() {
		line.Until = e.Until
	}
	if by, ok := w.reversed[line.ID]; ok && !e.Kind.Undoes() && e.Kind != loan.KindBooking {
		line.ReversedOn, line.ReversedBy = by.on, by.id
	}
	return line
}

// ownNight is the night whose close an event of a day belongs to.
func (t *stater) ownNight(day civil.Date) civil.Date {
	k, _ := slices.BinarySearch(t.nights, day)
	return t.nights[min(k, len(t.nights)-1)]
}

// add adds a line that brings the loan to what it is next.
func (w *lineWriter) add(line statement.Event, next *moment) {
	move := func(c loan.Component) statement.Money { return w.money(next.owed[c] - w.now.owed[c]) }
	line.Principal, line.Interest, line.Fees, line.Penalties = move(loan.Principal), move(loan.Interest), move(loan.Fee), move(loan.Penalty)
	line.Credit, line.Balance = w.money(next.credit-w.now.credit), w.money(next.owed.Total())
	w.s.Events = append(w.s.Events, line)
	w.now = *next
}
