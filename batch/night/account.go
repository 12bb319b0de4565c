package night

import (
	"slices"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// An Account is what credit bureaus are told of a loan beside its figures.
// Source: regulatory.md, section 8, Metro 2.
type Account struct {
	// Before is how many days it was past due at the last close, as that one knew it; below
	// zero: it was charged off or written off.
	Before  int32
	Arrears money.Amount // unpaid of what fell due 30 days ago or earlier
	LastDue civil.Date
	// Paid is the money with a value date in the night's month that stands.
	Paid money.Amount
	// MetOn is the first day from which on nothing was owed any more, of a loan that is
	// settled; of one whose charge-off is recovered in full the day of the last payment.
	MetOn civil.Date
	// FirstDelinquency is the first day of the run of days that are 30 or more past due; of a
	// loan off the book that of the run in which it was taken off.
	FirstDelinquency civil.Date
}

// arrearsDays is how long ago what is reported as past due fell due, at least.
const arrearsDays = 30

// WasOff is [Account.Before] of a loan that was out of the books.
const WasOff = -1

// standAt notes how the loan stands before the night, for [Processor.Account].
func (p *Processor) standAt(in *Input) {
	l := in.Loan
	p.stoodBefore = 0
	if in.Booked || p.rules.Previous == civil.None || aging.LoanStatus(l.LastStatus).PaidInFull() {
		return
	}
	if l.Off.Kind != 0 {
		p.stoodBefore = WasOff
		return
	}
	p.run.Start(l, &p.rules.Products[l.Product], &p.log)
	k := loan.Mark{Day: p.rules.Previous, Oldest: p.run.OldestAt(p.rules.Previous), Pauses: l.Pauses, Regulated: l.Regulated}
	p.stoodBefore, _ = k.DaysPastDue(p.rules.Previous)
}

// Account returns what bureaus are told of the loan that was processed last. past reads what
// earlier nights did to it, and is asked only where that is needed.
func (p *Processor) Account(in *Input, applied []*loan.Event, past func() (*loan.History, error)) (a Account, err error) {
	l, f := in.Loan, &p.result.Figures
	p.run.Start(l, &p.rules.Products[l.Product], &p.log)
	a = Account{
		Before: p.stoodBefore, Arrears: p.run.UnpaidBy(p.rules.Date - arrearsDays), LastDue: p.run.LastDue(), MetOn: civil.None,
		FirstDelinquency: p.machine.Standing.DelinquentSince,
	}
	if p.resting {
		a.FirstDelinquency = civil.None
	}
	paid := l.LastPaidOn >= monthStart(p.rules.Date)
	settled := f.Settled && l.Off.Kind == 0
	if l.Off.Kind != 0 && l.Off.Recovered >= l.Off.Amount {
		a.MetOn = l.LastPaidOn
	}
	lives := l.Off.Kind != 0 && a.FirstDelinquency == civil.None
	if settled {
		// Nearly always the last payment met it: no credit was left to meet what fell due later.
		if a.MetOn = l.LastPaidOn; l.Last.Date != l.LastPaidOn || l.Credit != 0 || a.LastDue > l.LastPaidOn && a.LastDue <= l.LastEntryOn {
			lives = true
		}
	}
	if !paid && !lives {
		return a, nil
	}
	h := &p.none
	h.Reset()
	if !in.Booked {
		if h, err = past(); err != nil {
			return a, err
		}
	}
	plan := in.Plan
	if !in.Booked {
		plan = h.Booking.Plan
	}
	p.standing(h, applied)
	for _, m := range p.merged {
		if e := m.event; e.Kind.BringsMoney() && e.ValueDate >= monthStart(p.rules.Date) && e.ValueDate <= p.rules.Date {
			a.Paid += e.Amount
		}
	}
	if lives {
		met, delinquent := p.milestones(l, plan)
		if settled {
			a.MetOn = met
		}
		if l.Off.Kind != 0 {
			a.FirstDelinquency = delinquent
		}
	}
	return a, nil
}

// standing merges the events of a loan's life that stand, of earlier nights and those applied
// tonight.
func (p *Processor) standing(h *loan.History, applied []*loan.Event) {
	undone := map[string]bool{}
	list := make([]*loan.Event, 0, len(h.Events)+len(applied))
	for i := range h.Events {
		list = append(list, &h.Events[i])
	}
	list = append(list, applied...)
	for _, e := range list {
		if e.Kind.Undoes() {
			undone[string(e.Target)] = true
		}
	}
	p.merged = p.merged[:0]
	for _, e := range list {
		if !e.Kind.Undoes() && !undone[string(e.ID)] {
			p.merged = append(p.merged, placed{e, earlier})
		}
	}
	slices.SortFunc(p.merged, func(a, b placed) int { return a.event.Compare(b.event) })
}

// milestones runs the life of the merged events once more. It returns the first day of the
// run of days, up to the night's close, on which nothing was owed, and that of the run of
// days that were 30 or more past due, up to the day before the loan was taken off the book;
// civil.None where there is none.
func (p *Processor) milestones(l *loan.Loan, plan []loan.Installment) (met, delinquent civil.Date) {
	met, delinquent = civil.None, civil.None
	p.marks.Begin(l.Terms.DisbursedOn, true)
	p.takeLife(l, &p.rules.Products[l.Product], plan, &p.marks)
	watch := loan.Watch{Tell: func(d *loan.Day) {
		switch {
		case l.Off.Kind != 0 && d.On >= l.Off.On:
		case d.DaysPastDue < delinquentDays:
			delinquent = civil.None
		case delinquent == civil.None:
			delinquent = d.On
		}
	}}
	watch.Begin(l.Terms.DisbursedOn - 1)
	p.second.Watch = &watch
	p.liveOn()
	p.second.NoteClose(p.rules.Date, true)
	before := l.Terms.DisbursedOn - 1
	for i := range p.marks.List {
		k := &p.marks.List[i]
		switch {
		case !k.Settled:
			met = civil.None
		case met == civil.None:
			met = before + 1 // what changed it came on the day behind the last mark
		}
		before = k.Day
	}
	p.second.Marks = nil
	return met, delinquent
}

// delinquentDays is how many days past due a delinquency begins with.
const delinquentDays = 30
