package loan

import (
	"math/big"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Interest on the principal really outstanding (simple interest, actual days):
// principal × days is summed exactly over runs of days with one balance, and
// rounded once, cumulatively. An instalment is made on the day it falls due: its
// interest is what was earned and has not fallen due, its principal the level
// payment less that.

// countDaily adds the days since the last count to the sums.
func (r *Run) countDaily(day civil.Date) {
	if !r.product.DailyInterest || day <= r.loan.Daily.On {
		return
	}
	d := &r.loan.Daily
	if r.loan.Off.Kind != KindWriteOff {
		n := r.loan.Terms.DayCount.Fraction(d.On, day)
		balance := int64(r.loan.PrincipalOwed())
		if r.loan.Terms.DayCount == civil.ActAct {
			leap, other := civil.LeapDays(d.On, day)
			d.SumLeap += balance * leap
			d.Sum += balance * other
		} else {
			d.Sum += balance * n.Num
		}
	}
	d.On = day
}

// dailyEarned is the interest earned up to where it was counted.
func (l *Loan) dailyEarned() money.Amount {
	d, rate := &l.Daily, int64(l.Terms.Rate)
	switch l.Terms.DayCount {
	case civil.Act360, civil.Thirty360:
		return money.Amount(money.MulDiv(d.Sum, rate, int64(money.RateOne)*360))
	case civil.ActAct:
		x := new(big.Int).Mul(big.NewInt(d.SumLeap), big.NewInt(365))
		x.Add(x, new(big.Int).Mul(big.NewInt(d.Sum), big.NewInt(366)))
		return roundRat(new(big.Rat).SetFrac(x.Mul(x, big.NewInt(rate)), big.NewInt(int64(money.RateOne)*365*366)), HalfEven, 1)
	}
	return money.Amount(money.MulDiv(d.Sum, rate, int64(money.RateOne)*365))
}

// dailyDue returns the next due date, or civil.None after the last.
func (r *Run) dailyDue() civil.Date {
	if r.next.No > r.loan.Terms.Installments || r.loan.Off.Kind == KindWriteOff {
		return civil.None
	}
	return r.loan.Terms.DueOn(r.next.No)
}

// fallDue makes the instalment that falls due on a day.
func (r *Run) fallDue(day civil.Date) {
	l, t := r.loan, &r.loan.Terms
	i := Installment{No: r.next.No, From: r.next.From, DueOn: day}
	i.Due[Interest] = l.dailyEarned() - l.Daily.Fallen
	l.Daily.Fallen += i.Due[Interest]
	balance := min(r.next.Balance, r.unscheduled())
	c := Cursor{No: r.next.No, From: r.next.From, Balance: balance}
	i.Due[Principal] = t.principalPart(&c, i.Due[Interest])
	i.Due[Fee] = t.Fee
	r.next = Cursor{No: i.No + 1, From: day, Balance: balance - i.Due[Principal]}
	l.Open = r.next
	r.items = append(r.items, i)
	r.buffer = r.items
	l.Plan = append(l.Plan[:0], r.items...)
}

// unscheduled is the principal owed that has not fallen due.
func (r *Run) unscheduled() money.Amount {
	owed := r.loan.PrincipalOwed()
	for i := range r.items {
		owed -= r.items[i].Due[Principal] - r.items[i].Paid[Principal]
	}
	return max(owed, 0)
}

// prepayDaily meets principal that has not fallen due.
func (r *Run) prepayDaily(amount *money.Amount, met *Sums) {
	pay := min(*amount, r.unscheduled())
	r.loan.Paid[Principal] += pay
	r.next.Balance -= pay
	r.loan.Open = r.next
	met[Principal] += pay
	*amount -= pay
}

// meetDaily meets what a daily loan owes and has not fallen due: principal, or
// interest earned up to the last count, which then has fallen due.
func (r *Run) meetDaily(c Component, amount *money.Amount) {
	if !r.product.DailyInterest || *amount == 0 {
		return
	}
	switch c {
	case Principal:
		var met Sums
		r.prepayDaily(amount, &met)
	case Interest:
		d := &r.loan.Daily
		pay := min(*amount, max(r.loan.dailyEarned()-d.Fallen, 0))
		d.Fallen += pay
		r.loan.Paid[Interest] += pay
		*amount -= pay
	}
}

// dailyNext is what will fall due next if nothing is paid before.
func (r *Run) dailyNext() (civil.Date, money.Amount) {
	due := r.dailyDue()
	if due == civil.None {
		return civil.None, 0
	}
	l := *r.loan // the sums are counted ahead on a copy
	ahead := Run{loan: &l, product: r.product}
	ahead.countDaily(due)
	interest := l.dailyEarned() - l.Daily.Fallen
	c := Cursor{No: r.next.No, From: r.next.From, Balance: min(r.next.Balance, r.unscheduled())}
	amount := l.Terms.principalPart(&c, interest) + interest + l.Terms.Fee
	if amount == 0 {
		return civil.None, 0
	}
	return due, amount
}
