package portfolio

import (
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A walker finds what happens on one night about one loan after another. It
// belongs to one worker and keeps its memory.
type walker struct {
	l         *lender
	night     nightly
	annuities loan.Annuities
	schedule  []loan.Installment
	events    []event
}

// A movement is one event of one loan with its amount.
type movement struct {
	event
	installment int32
	amount      money.Amount
}

// walk calls emit for each event about a loan that this night's files bring, by
// instalment.
func (w *walker) walk(c *contract, emit func(m movement) error) error {
	from := civil.Date(0)
	if w.night.earlier != civil.None {
		from = w.night.earlier - latestAfter
	}
	w.schedule = w.schedule[:0]
	for k := firstDueFrom(&c.terms, from); k <= c.terms.Installments; k++ {
		due := c.terms.DueOn(k)
		if due > w.night.date+w.l.reach() {
			break
		}
		w.events = w.l.eventsOf(w.events[:0], c, k, due)
		for _, e := range w.events {
			if e.on <= w.night.earlier || e.on > w.night.date {
				continue
			}
			if err := emit(movement{e, k, w.amount(c, k, e)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// eventsOf returns all events about one instalment.
func (l *lender) eventsOf(dst []event, c *contract, k int32, due civil.Date) []event {
	if l.o.Profile == Retail {
		return l.payments(dst, c, k, due)
	}
	return l.benchPayments(dst, c, k, due)
}

// reach is how many days before its due date an instalment may be paid.
func (l *lender) reach() civil.Date {
	if l.o.Profile == Everyone {
		return 62
	}
	return earliestBefore
}

// amount returns an event's amount. The payer knows the schedule to the cent.
func (w *walker) amount(c *contract, k int32, e event) money.Amount {
	switch e.kind {
	case loan.KindReversal:
		return 0
	case loan.KindFee:
		return serviceFee
	}
	if len(w.schedule) == 0 {
		c.terms.Level = w.annuities.Level(&c.terms, loan.Rounding{})
		w.schedule = c.terms.Schedule(w.schedule)
	}
	total := w.schedule[k-1].Total()
	if e.kind == loan.KindPenalty {
		return penalty(total)
	}
	upTo := func(hundredths uint8) money.Amount { return total * money.Amount(hundredths) / 100 }
	amount := upTo(e.pieces.to) - upTo(e.pieces.from)
	if e.charges > 0 {
		for _, other := range w.events {
			switch other.kind {
			case loan.KindFee:
				amount += serviceFee
			case loan.KindPenalty:
				amount += penalty(total)
			}
		}
	}
	return amount
}

// serviceFee is what a service charged by the way costs.
const serviceFee money.Amount = 10_00

// penalty is 1 % of the instalment, and 1.00 at least.
func penalty(total money.Amount) money.Amount { return max(total/100, 1_00) }

// firstDueFrom returns the first instalment due on or after a date; one past
// the last where there is none.
func firstDueFrom(t *loan.Terms, date civil.Date) int32 {
	if date <= t.FirstDueOn {
		return 1
	}
	k := int32(1)
	if t.Frequency < 0 {
		k += int32(date-t.FirstDueOn) / int32(-t.Frequency)
	} else {
		// No month has more than 31 days, so this is never too far.
		k += int32(date-t.FirstDueOn) / 31 / int32(t.Frequency)
	}
	for k <= t.Installments && t.DueOn(k) < date {
		k++
	}
	return k
}
