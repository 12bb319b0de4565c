package night

import (
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
	p.stoodBefore, p.lateBeforeSince = 0, civil.None
	if in.Booked || p.rules.Previous == civil.None || aging.LoanStatus(l.LastStatus).PaidInFull() {
		return
	}
	if l.Off.Kind != 0 {
		p.stoodBefore = WasOff
		return
	}
	p.run.Start(l, &p.rules.Products[l.Product], &p.log)
	k := loan.Mark{Day: p.rules.Previous, Oldest: p.run.OldestAt(p.rules.Previous), Pauses: l.Pauses, Regulated: l.Regulated}
	if p.stoodBefore, _ = k.DaysPastDue(p.rules.Previous); p.stoodBefore >= delinquentDays && p.rules.Classes != nil {
		p.takeStanding(l)
		p.lateBeforeSince = p.machine.Standing.DelinquentSince
	}
}

// Account returns what bureaus are told of the loan that was processed last. past reads what
// earlier nights did to it, and is asked only where that is needed.
func (p *Processor) Account(in *Input, past func() (*loan.History, error)) (a Account, err error) {
	l := in.Loan
	p.run.Start(l, &p.rules.Products[l.Product], &p.log)
	a = Account{
		Before: p.stoodBefore, Arrears: p.run.UnpaidBy(p.rules.Date - arrearsDays), LastDue: p.run.LastDue(), MetOn: civil.None,
		FirstDelinquency: civil.None,
	}
	if !p.resting {
		a.FirstDelinquency = p.machine.Standing.DelinquentSince
	}
	if a.FirstDelinquency == civil.None && l.Off.Kind == 0 {
		a.FirstDelinquency = p.lateBeforeSince // of a loan that was late by the close before, and is met
	}
	settled, lives := p.metBy(l, &a)
	if !lives && l.Last.Date < monthStart(p.rules.Date) {
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
	whole := *in // with a past, which the night itself may not have needed
	whole.History = h
	p.indexPast(&whole)
	p.indexTonight(&whole)
	p.merge(&whole, h, true)
	a.Paid = p.paidSince(monthStart(p.rules.Date))
	if lives {
		m := p.milestones(l, plan)
		switch {
		case settled:
			a.MetOn = m.met
		case l.Off.Kind != 0:
			if a.MetOn = m.recovered; m.delinquent != civil.None {
				a.FirstDelinquency = m.delinquent
			}
		}
	}
	return a, nil
}

// metBy finds out when a loan was met that is settled, where the last payment tells it, and
// reports whether its life is to be run for that, or for the day of first delinquency of one
// that is off the book.
func (p *Processor) metBy(l *loan.Loan, a *Account) (settled, lives bool) {
	if l.Off.Kind != 0 {
		// A run of late days that began before the loan left the book is the one in which it did.
		return false, l.Off.IsRecovered() || a.FirstDelinquency == civil.None || a.FirstDelinquency >= l.Off.On
	}
	if !p.result.Figures.Settled {
		return false, false
	}
	// Nearly always the last payment met it: no credit was left to meet what fell due later.
	a.MetOn = l.LastPaidOn
	return true, l.Last.Date != l.LastPaidOn || l.Credit != 0 || a.LastDue > l.LastPaidOn && a.LastDue <= l.LastEntryOn
}

// paidSince adds up the money of the merged events with value dates from a day on, less what
// was charged back.
func (p *Processor) paidSince(from civil.Date) (sum money.Amount) {
	for _, m := range p.merged {
		switch e := m.event; {
		case e.ValueDate < from || e.ValueDate > p.rules.Date:
		case e.Kind == loan.KindChargeback:
			sum -= e.Amount
		case e.Kind.MayGoBack():
			sum += e.Amount
		}
	}
	return sum
}

// milestones are days of a life, civil.None where there is none.
type milestones struct {
	met        civil.Date // the first of the days, up to the night's close, on which nothing was owed
	delinquent civil.Date // that of the run of days 30 or more past due in which it was taken off the book
	recovered  civil.Date // all that was charged off was recovered
}

// milestones runs the life of the merged events once more.
func (p *Processor) milestones(l *loan.Loan, plan []loan.Installment) milestones {
	day := milestones{civil.None, civil.None, civil.None}
	p.marks.Begin(l.Terms.DisbursedOn, true)
	x := p.takeLife(l, &p.rules.Products[l.Product], plan, &p.marks)
	watch := loan.Watch{Tell: func(d *loan.Day) {
		switch {
		case x.Off.Kind != 0 && !x.Off.IsRecovered():
			day.recovered = civil.None
		case x.Off.Kind != 0:
			if day.recovered == civil.None {
				day.recovered = d.On
			}
		case d.DaysPastDue < delinquentDays:
			day.delinquent = civil.None
		case day.delinquent == civil.None:
			day.delinquent = d.On
		}
	}}
	watch.Begin(l.Terms.DisbursedOn - 1)
	p.second.Watch = &watch
	p.liveOn()
	if x.Off.Kind != 0 && x.Off.IsRecovered() && day.recovered == civil.None {
		day.recovered = p.rules.Date // which is not told
	}
	p.second.NoteClose(p.rules.Date, true)
	before := l.Terms.DisbursedOn - 1
	for i := range p.marks.List {
		k := &p.marks.List[i]
		switch {
		case !k.Settled:
			day.met = civil.None
		case day.met == civil.None:
			day.met = before + 1 // what changed it came on the day behind the last mark
		}
		before = k.Day
	}
	p.second.Marks = nil
	return day
}

// delinquentDays is how many days past due a delinquency begins with.
const delinquentDays = 30
