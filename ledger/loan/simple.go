package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Simple interest, as US lenders of auto, personal and student loans have it: money
// meets first all interest earned up to its own value date, due or not, then fees and
// principal in the order of the rule, and at last principal that is not due. Early
// payments so save interest, and late ones cost. An instalment is an amount, whatever
// it consists of: the later it is paid, the more of it is interest.

// meetEarned meets the interest earned up to a day, which was counted.
func (r *Run) meetEarned(day civil.Date, amount *money.Amount, met *Sums) {
	r.reach(day)
	for j := range r.items {
		it := &r.items[j]
		if it.DueOn > day || *amount == 0 {
			break
		}
		pay := min(*amount, it.Due[Interest]-it.Paid[Interest])
		if it.No > 0 {
			moved := r.asInterest(r.items[:j], day, pay)
			it.Due[Interest] -= moved
			it.Due[Principal] += moved
			r.paidEarned(moved, amount, met)
			if pay -= moved; moved > 0 {
				r.note(TraceStep{Kind: TraceInstallment, Day: day, No: it.No, DueOn: it.DueOn, Component: Interest, Amount: moved})
			}
		}
		*amount -= pay
		r.payItem(it, Interest, day, &pay, met)
	}
	pay := min(*amount, r.loan.dailyOpen())
	if pay == 0 {
		return
	}
	r.note(TraceStep{Kind: TraceEarned, Day: day, Component: Interest, Amount: pay})
	r.loan.Daily.Fallen += pay
	r.paidEarned(pay, amount, met)
	if r.next.No <= r.loan.Terms.Installments { // after the last one it is owed besides
		moved := r.asInterest(r.items, day, pay)
		r.next.Balance += moved
		r.loan.Open = r.next
		r.loan.Daily.Ahead[Interest] += pay - moved
	}
}

// paidEarned counts interest as paid that no instalment's own line has.
func (r *Run) paidEarned(pay money.Amount, amount *money.Amount, met *Sums) {
	r.loan.Paid[Interest] += pay
	met[Interest] += pay
	*amount -= pay
}

// asInterest makes interest that is being paid part of the oldest instalments due, in
// the place of principal of theirs that is not paid: what they come to stays. It
// returns how much found room.
func (r *Run) asInterest(items []Installment, day civil.Date, interest money.Amount) (moved money.Amount) {
	for k := range items {
		it := &items[k]
		part := min(interest-moved, it.Due[Principal]-it.Paid[Principal])
		if it.No == 0 || it.DueOn > day || part <= 0 {
			continue
		}
		it.Due[Principal] -= part
		it.Due[Interest] += part
		it.Paid[Interest] += part
		r.loan.Met[Interest] += part
		if moved += part; it.Unpaid() == 0 {
			r.metOn(it.DueOn, day)
		}
	}
	return moved
}

// payAhead meets principal that is not due with what is left of a payment; it counts
// for the instalment that falls due next. The fee of that one is kept as credit, unless
// nothing more falls due.
func (r *Run) payAhead(amount *money.Amount, met *Sums) {
	l := r.loan
	kept := money.Amount(0)
	if r.next.No <= l.Terms.Installments && *amount < r.unscheduled() {
		kept = min(*amount, max(l.Terms.Fee-l.Credit, 0))
	}
	left := *amount - kept
	before := l.Paid[Principal]
	r.prepayDaily(&left, met)
	if r.next.No <= l.Terms.Installments {
		l.Daily.Ahead[Principal] += l.Paid[Principal] - before
	}
	*amount = left + kept
}

// lastInterest makes the interest due that a daily loan has earned after its last due
// date: no instalment comes that could ask for it.
func (r *Run) lastInterest(day civil.Date) {
	l := r.loan
	if !r.product.DailyInterest || r.product.SimpleInterest || r.next.No <= l.Terms.Installments || l.Off.Kind != 0 || l.dailyOpen() == 0 {
		return
	}
	i := Installment{From: r.next.From, DueOn: day}
	i.Due[Interest] = l.dailyOpen()
	l.Daily.Fallen += i.Due[Interest]
	r.insert(i)
}
