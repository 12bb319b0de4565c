package loan

import (
	"math/big"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Interest on the principal really outstanding: principal × days is summed exactly
// over runs of days with one balance, and rounded once, cumulatively. An instalment is
// made on the day it falls due: its interest is what was earned and has not fallen due,
// its principal the level payment less that.

// countDaily adds the days since the last count to the sums.
func (r *Run) countDaily(day civil.Date) {
	if !r.product.DailyInterest || day <= r.loan.Daily.On {
		return
	}
	d, balance := &r.loan.Daily, r.loan.PrincipalOwed()
	if g := r.loan.Terms.Grace.Free; g > 0 {
		if d.On = min(day, max(d.On, r.dueOn(g))); d.On == day {
			return
		}
	}
	switch {
	case r.loan.Terms.DayCount == civil.Thirty360:
		if r.loan.Off.Kind == KindWriteOff {
			balance = 0
		}
		if balance != d.Base {
			d.Sum += d.openRun()
			d.Run, d.Base = d.On, balance
			if balance == 0 {
				d.Run = 0
			}
		}
	case r.loan.Off.Kind == KindWriteOff:
	case r.loan.Terms.DayCount == civil.ActAct:
		leap, other := civil.LeapDays(d.On, day)
		d.SumLeap += int64(balance) * leap
		d.Sum += int64(balance) * other
	default:
		d.Sum += int64(balance) * int64(day-d.On)
	}
	d.On = day
}

// openRun is principal × days of the run under 30/360 that is not over.
func (d *Daily) openRun() int64 {
	if d.Base == 0 {
		return 0
	}
	return int64(d.Base) * civil.Thirty360.Fraction(d.Run, d.On).Num
}

// dailyEarned is the interest earned up to where it was counted.
func (l *Loan) dailyEarned() money.Amount {
	d, rate := &l.Daily, int64(l.Terms.Rate)
	switch l.Terms.DayCount {
	case civil.Act360, civil.Thirty360:
		return money.Amount(money.MulDiv(d.Sum+d.openRun(), rate, int64(money.RateOne)*360))
	case civil.ActAct:
		x := new(big.Int).Mul(big.NewInt(d.SumLeap), big.NewInt(365))
		x.Add(x, new(big.Int).Mul(big.NewInt(d.Sum), big.NewInt(366)))
		return roundRat(new(big.Rat).SetFrac(x.Mul(x, big.NewInt(rate)), big.NewInt(int64(money.RateOne)*365*366)), HalfEven, 1)
	}
	return money.Amount(money.MulDiv(d.Sum, rate, int64(money.RateOne)*365))
}

// dailyOpen is the interest earned up to where it was counted that has neither fallen
// due nor been met.
func (l *Loan) dailyOpen() money.Amount { return max(l.dailyEarned()-l.Daily.Fallen, 0) }

// dailyDue returns the next due date, or civil.None after the last.
func (r *Run) dailyDue() civil.Date {
	if r.next.No > r.loan.Terms.Installments || r.loan.Off.Kind == KindWriteOff {
		return civil.None
	}
	return r.dueOn(r.next.No)
}

// dailyInstallment is the instalment that falls due on a day, up to which interest was
// counted, and the principal that falls due with later ones.
func (r *Run) dailyInstallment(day civil.Date) (i Installment, left money.Amount) {
	l, t := r.loan, r.loan.InForce()
	i = Installment{No: r.next.No, From: r.next.From, DueOn: day}
	open := l.dailyEarned() - l.Daily.Fallen
	c := Cursor{No: r.next.No, From: r.next.From, Balance: min(r.next.Balance, r.unscheduled())}
	if c.Balance > 0 || open > 0 || l.Daily.Ahead[Principal] > 0 {
		i.Due[Fee] = t.Fee // else all is paid, and nothing falls due any more
	}
	if !r.product.SimpleInterest {
		i.Due[Interest] = open
		i.Due[Principal] = t.principalPart(&c, open)
		return i, c.Balance - i.Due[Principal]
	}
	// What was paid since the last due date is part of it: who pays early pays less
	// interest and more principal, and not the instalment twice. The interest of the
	// days between is then met by the next payment.
	a := l.Daily.Ahead
	before := c
	before.Balance += a[Principal]
	if t.Method == Annuity && c.No < t.Installments {
		open = min(open, max(t.Level-a[Interest], 0)) // never more than the level payment
	}
	principal := t.principalPart(&before, a[Interest]+open)
	i.Paid[Principal], i.Paid[Interest] = min(a[Principal], max(principal+open, 0)), a[Interest]
	due := principal + open - i.Paid[Principal] // besides what is met
	more := min(open, due)
	if c.No == t.Installments {
		more = open // after the last nothing falls due
		due = more + c.Balance
	}
	i.Due[Interest] = i.Paid[Interest] + more
	i.Due[Principal] = i.Paid[Principal] + min(due-more, c.Balance)
	return i, c.Balance - (i.Due[Principal] - i.Paid[Principal])
}

// makeDaily is dailyInstallment, and what falls due next lies behind it. Money ahead of
// more than one instalment is principal ahead of schedule, unless the rule for a
// repayment puts it into the instalments to come.
func (r *Run) makeDaily(day civil.Date) Installment {
	d := &r.loan.Daily
	i, left := r.dailyInstallment(day)
	d.Fallen += i.Due[Interest] - i.Paid[Interest]
	more := d.Ahead[Principal] - i.Paid[Principal]
	d.Ahead = [Interest + 1]money.Amount{}
	if more > 0 && r.product.rule(0, KindRepayment).InAdvance == NextInstallment {
		d.Ahead[Principal] = more
	}
	r.next = Cursor{No: i.No + 1, From: day, Balance: left}
	return i
}

// fallDue makes the instalment that falls due on a day.
func (r *Run) fallDue(day civil.Date) {
	if r.Marks != nil { // what was paid ahead may meet it
		r.advanceCredit(day - 1)
		r.touch(day)
	}
	l := r.loan
	i := r.makeDaily(day)
	for c := range i.Paid {
		l.Met[c] += i.Paid[c]
	}
	if i.Unpaid() == 0 && i.Paid != [Fee + 1]money.Amount{} {
		r.metOn(day, day)
	}
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
	if pay > 0 {
		r.note(TraceStep{Kind: TraceAhead, Amount: pay})
	}
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
		pay := min(*amount, r.loan.dailyOpen())
		if pay > 0 {
			r.note(TraceStep{Kind: TraceEarned, Day: r.loan.Daily.On, Component: Interest, Amount: pay})
		}
		r.loan.Daily.Fallen += pay
		r.loan.Paid[Interest] += pay
		*amount -= pay
	}
}

// dailyNext is the next instalment with something to pay if nothing is paid before.
func (r *Run) dailyNext() (civil.Date, money.Amount) {
	l := *r.loan // the sums are counted ahead on a copy
	ahead := Run{loan: &l, latest: r.latest, product: r.product, items: r.items, next: r.next}
	for {
		due := ahead.dailyDue()
		if due == civil.None {
			return civil.None, 0
		}
		ahead.countDaily(due)
		if i := ahead.makeDaily(due); i.Unpaid() > 0 {
			return due, i.Unpaid()
		}
	}
}

// ToCome returns the instalments to come of a loan that earns on its real balance, as
// they are if all that is due is paid on the day that the run has come to, and each of
// them on its own; nil of any other loan.
func (r *Run) ToCome() (list []Installment) {
	if !r.product.DailyInterest || r.loan.Off.Kind != 0 {
		return nil
	}
	l := *r.loan
	ahead := Run{loan: &l, latest: r.latest, product: r.product, next: r.next}
	for i := range r.items {
		l.Paid[Principal] += r.items[i].Due[Principal] - r.items[i].Paid[Principal]
	}
	for {
		due := ahead.dailyDue()
		if due == civil.None {
			return list
		}
		ahead.countDaily(due)
		i := ahead.makeDaily(due)
		l.Paid[Principal] += i.Due[Principal] - i.Paid[Principal]
		if i.Total() > 0 {
			list = append(list, i)
		}
	}
}
