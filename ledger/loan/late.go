package loan

import (
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// any reports whether lateness costs anything.
func (c *LateCharges) any() bool {
	return c.FixedFee.Amount > 0 || c.Share.Rate > 0 || c.PenaltyInterest.Multiplier > 0 || c.PenaltyInterest.Rate > 0
}

// The ids of the policy's own charges, in their order on one date.
var lateIDs = [Components][]byte{Fee: []byte("late-fee"), Penalty: []byte("late-penalty")}

// countLate counts the lateness of overdue instalments up to a day and charges
// what the policy says by difference, so that one night after a gap charges what
// nightly runs would have.
func (r *Run) countLate(day civil.Date) {
	rules := &r.product.LateCharges
	late := &r.loan.Late
	if !rules.any() || day <= late.On {
		return
	}
	r.reach(day)
	if r.loan.Off.Kind == KindWriteOff {
		late.On = day
		return
	}
	r.countItems(rules, day)
}

// count counts interest on the real balance and lateness up to a day. Where the
// policy limits charges it goes day by day: what a limit leaves is a matter of when.
func (r *Run) count(day civil.Date) {
	if r.product.LateCharges.any() && r.capped() {
		r.reach(day)
		if first := r.firstLate(day); first != civil.None {
			for d := max(r.loan.Late.On, first) + 1; d < day; d++ {
				r.countDaily(d)
				r.countLate(d)
			}
		}
	}
	r.countDaily(day)
	r.countLate(day)
}

// firstLate returns the due date of the first instalment that is overdue on a day.
func (r *Run) firstLate(day civil.Date) civil.Date {
	for i := range r.items {
		if it := &r.items[i]; it.DueOn < day && it.Unpaid() > 0 {
			return it.DueOn
		}
	}
	return civil.None
}

// capped reports whether a limit of all late charges may cut one.
func (r *Run) capped() bool {
	rules := &r.product.LateCharges
	return rules.CapAmount > 0 || rules.CapShare > 0 || r.product.Ceiling > 0
}

// countItems counts the lateness of each overdue instalment up to a day.
func (r *Run) countItems(rules *LateCharges, day civil.Date) {
	short := money.Amount(0) // of all instalments up to this one
	for i := range r.items {
		it := &r.items[i]
		if it.DueOn >= day {
			break
		}
		if it.Unpaid() == 0 {
			continue
		}
		if short += it.Unpaid(); short <= r.loan.Late.Taken {
			r.spare(it, rules, day)
			continue
		}
		r.countItem(it, rules, day)
	}
	r.loan.Late.On = day
}

// Money that is full and in time may meet a late charge first, and the instalment then
// lacks as much. It is not late for another late charge: no fee is charged on a fee
// (16 CFR 444.4; of mortgages 12 CFR 1026.36(c)(2)). Loans of all jurisdictions are
// treated so.

// trimTaken keeps of what late charges took as much as instalments due still lack: what
// was made up for is no reason any more.
func (r *Run) trimTaken(day civil.Date) {
	l := r.loan
	if l.Late.Taken == 0 {
		return
	}
	short := money.Amount(0)
	for i := range r.items {
		if it := &r.items[i]; it.DueOn <= day {
			short += it.Unpaid()
		}
	}
	l.Late.Taken = min(l.Late.Taken, short)
}

// spare notes, on the day of the charge, that none is made for an instalment.
func (r *Run) spare(it *Installment, rules *LateCharges, day civil.Date) {
	if r.Trace == nil {
		return
	}
	wait := rules.FixedFee.WaitDays
	if rules.FixedFee.Amount == 0 {
		wait = rules.Share.WaitDays
	}
	if on := it.DueOn + civil.Date(wait) + 1; on > r.loan.Late.On && on <= day && (rules.FixedFee.Amount > 0 || rules.Share.Rate > 0) {
		r.note(TraceStep{Kind: TraceSpared, Day: on, No: it.No, DueOn: it.DueOn, Amount: it.Unpaid()})
	}
}

// lateItem returns the lateness kept for an instalment.
func (l *Late) lateItem(it *Installment) *LateItem {
	for i := range l.Items {
		if l.Items[i].of(it) {
			return &l.Items[i]
		}
	}
	l.Items = append(l.Items, LateItem{No: it.No, DueOn: it.DueOn})
	return &l.Items[len(l.Items)-1]
}

// of reports whether it is the lateness of an instalment. A number alone may be
// used again, by new terms or by debt that came back.
func (x *LateItem) of(it *Installment) bool { return x.No == it.No && x.DueOn == it.DueOn }

// countItem counts one overdue instalment's lateness from where it was last
// counted up to a day.
func (r *Run) countItem(it *Installment, rules *LateCharges, day civil.Date) {
	x := r.loan.Late.lateItem(it)
	p := &rules.PenaltyInterest
	if rate := r.penaltyRate(p); rate > 0 {
		from := max(it.DueOn+civil.Date(p.GraceDays), r.loan.Late.On)
		base := money.Amount(0)
		for c := range it.Due {
			if p.On[c] {
				base += it.Due[c] - it.Paid[c]
			}
		}
		if day > from {
			x.Sum += int64(base) * int64(day-from)
		}
		if int32(day-it.DueOn) > p.WaitDays {
			den := civil.Fraction{Num: 1, Den: 365}
			if p.DayCount == civil.Act360 || p.DayCount == civil.Thirty360 {
				den.Den = 360
			}
			due := money.Amount(money.MulDiv(x.Sum, int64(rate), int64(money.RateOne)*den.Den))
			if more := r.withinCaps(due-x.Charged, day); more > 0 {
				x.Charged += more
				r.chargeLate(it, Penalty, more)
			}
		}
	}
	r.chargeOnce(it, x, rules, day)
}

// chargeOnce charges what an instalment that is more days past due than a wait costs
// once.
func (r *Run) chargeOnce(it *Installment, x *LateItem, rules *LateCharges, day civil.Date) {
	f := &rules.FixedFee
	if f.Amount > 0 && !x.FeeDone && int32(day-it.DueOn) > f.WaitDays {
		amount := f.Amount
		if f.Max > 0 {
			amount = min(amount, max(f.Max-r.loan.Late.Fixed, 0))
		}
		x.FeeDone = true
		if more := r.withinCaps(amount, day); more > 0 {
			r.loan.Late.Fixed += more
			r.chargeLate(it, f.Component, more)
		}
	}
	if s := &rules.Share; s.Rate > 0 && !x.Shared && int32(day-it.DueOn) > s.WaitDays {
		x.Shared = true
		if more := r.withinCaps(s.of(it), day); more > 0 {
			r.chargeLate(it, s.Component, more)
		}
	}
}

// penaltyRate is the rate of penalty interest a year.
func (r *Run) penaltyRate(p *PenaltyInterest) money.Rate {
	if p.Rate > 0 || p.Multiplier == 0 {
		return p.Rate
	}
	return money.Rate(money.MulDiv(int64(r.loan.Terms.Rate), int64(p.Multiplier), int64(money.RateOne)))
}

// withinCaps cuts a late charge to what the policy's caps, and its ceiling on
// all charges of a loan, leave.
func (r *Run) withinCaps(amount money.Amount, day civil.Date) money.Amount {
	rules, l := &r.product.LateCharges, r.loan
	charged := l.Late.Fees + l.Late.Penalties
	if rules.CapAmount > 0 {
		amount = min(amount, rules.CapAmount-charged)
	}
	if rules.CapShare > 0 {
		limit := money.MulDiv(int64(l.Disbursed()), int64(rules.CapShare), int64(money.RateOne))
		amount = min(amount, money.Amount(limit)-charged)
	}
	if left, ok := r.underCeiling(day); ok {
		amount = min(amount, left)
	}
	return max(amount, 0)
}

// underCeiling returns what the policy's ceiling leaves for more charges by a
// day: all interest earned, fees and penalties of a loan stay within the
// ceiling's rate on its principal for the time since it was disbursed.
func (r *Run) underCeiling(day civil.Date) (left money.Amount, ok bool) {
	if r.product.Ceiling == 0 {
		return 0, false
	}
	l := r.loan
	limit := money.MulMulDiv(int64(l.Terms.Principal), int64(r.product.Ceiling), int64(day-l.Terms.DisbursedOn),
		int64(money.RateOne)*365)
	for _, x := range l.Later {
		limit += money.MulMulDiv(int64(x.Amount), int64(r.product.Ceiling), int64(max(day-x.On, 0)), int64(money.RateOne)*365)
	}
	used := r.earned(day) + r.fallen(day) + l.Charged[Fee] + l.Charged[Penalty] + l.Late.Fees + l.Late.Penalties
	return money.Amount(limit) - used, true
}

// chargeLate adds a late charge to what is owed with its instalment: due on the
// instalment's date, so that it is paid with it. One charge an instalment and
// component grows.
func (r *Run) chargeLate(it *Installment, c Component, amount money.Amount) {
	l := r.loan
	r.note(TraceStep{Kind: TraceLate, Day: r.loan.Late.On, No: it.No, DueOn: it.DueOn, Component: c, Amount: amount})
	if c == Fee {
		l.Late.Fees += amount
	} else {
		l.Late.Penalties += amount
	}
	for i := range l.Charges {
		if x := &l.Charges[i]; x.DueOn == it.DueOn && x.Component == c && string(x.ID) == string(lateIDs[c]) {
			x.Amount += amount
			return
		}
	}
	r.addCharge(Charge{Component: c, DueOn: it.DueOn, Amount: amount, ID: lateIDs[c]})
}

// dropLate forgets the lateness of instalments that are wholly met.
func (r *Run) dropLate() {
	kept := r.loan.Late.Items[:0]
	for _, x := range r.loan.Late.Items {
		for i := range r.items {
			if x.of(&r.items[i]) && r.items[i].Unpaid() > 0 {
				kept = append(kept, x)
				break
			}
		}
	}
	r.loan.Late.Items = kept
}
