package loan

import (
	"slices"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// InForce returns the terms that hold: the contract's, or those of the last restructuring.
func (l *Loan) InForce() *Terms {
	if l.Changed != nil {
		return l.Changed
	}
	return &l.Terms
}

// prepay pays what is due and then principal ahead of schedule, and re-computes
// the rest: the term gets shorter, or the instalments lower.
func (r *Run) prepay(e *Event) Reason {
	l := r.loan
	if !e.Choice.Of(KindPrepay) {
		return UnknownChoice
	}
	if l.Off.Kind != 0 && !r.forced {
		return NotAllowedInStatus
	}
	r.log.beginFor(e)
	r.log.post(ledger.CashClearing, e.Amount)
	if l.Off.Kind != 0 {
		r.recover(e)
		return OK
	}
	rest, met := e.Amount, Sums{}
	if r.product.SimpleInterest {
		r.meetEarned(e.ValueDate, &rest, &met)
	}
	due, rest := r.allocateDue(e.ValueDate, rest, e.Kind)
	for c := range met {
		met[c] += due[c]
	}
	if rest > 0 {
		if r.product.DailyInterest {
			r.prepayDaily(&rest, &met)
		} else {
			r.prepayPrincipal(e, e.Choice, &rest, &met)
		}
	}
	l.Credit += rest
	r.postMet(met)
	r.log.post(ledger.BorrowerCredit, -rest)
	return OK
}

// prepayPrincipal meets principal that is not yet due, as far as there is any,
// and re-computes the instalments to come.
func (r *Run) prepayPrincipal(e *Event, choice Choice, amount *money.Amount, met *Sums) {
	r.explicit()
	first := r.firstAfter(e.ValueDate)
	balance := money.Amount(0)
	for i := first; i < len(r.items); i++ {
		balance += r.items[i].Due[Principal] - r.items[i].Paid[Principal]
	}
	pay := min(*amount, balance)
	if pay <= 0 {
		return
	}
	r.note(TraceStep{Kind: TraceAhead, Amount: pay})
	*amount -= pay
	met[Principal] += pay
	r.loan.Paid[Principal] += pay
	r.loan.Met[Principal] += pay
	paid := Installment{From: e.ValueDate, DueOn: e.ValueDate}
	paid.Due[Principal], paid.Paid[Principal] = pay, pay
	r.insert(paid)
	r.respread(r.loan.InForce(), e.ValueDate, first+1, balance-pay, choice)
}

// firstAfter returns the index of the first instalment due after a day.
func (r *Run) firstAfter(day civil.Date) int {
	for i := range r.items {
		if r.items[i].DueOn > day {
			return i
		}
	}
	return len(r.items)
}

// respread computes the instalments from index first on again, for a balance of
// principal that is not yet due, seen from a day inside the first one's period. Terms that are
// new are the loan's from here on: what the period has earned, it has by those before.
func (r *Run) respread(t *Terms, day civil.Date, first int, balance money.Amount, choice Choice) {
	items := r.items[first:]
	level, whole, parts := r.levelAfter(t, items, balance, choice)
	counted := len(items) > 0 && r.byDayCount(first, day)
	graced, spread := t.gather(items), spreadOver(items)
	earned, due, unearned := r.dueBy(first, day)
	tranche := t != r.loan.InForce()
	if tranche {
		r.loan.Changed = t
	}
	var back Sums     // paid ahead of what the instalments now cost
	if balance == 0 { // nothing is left that would earn it
		back[Interest] = max(unearned-r.unpaidInterest(first), 0)
	}
	kept, capital := 0, money.Amount(0)
	for i := range items {
		it := &items[i]
		unpaid, onTop := balance, money.Amount(0)
		if spread { // no part of the level payment
			onTop = max(it.Extra[Interest]-it.Paid[Interest], 0)
		}
		if it.More = 0; i == 0 {
			// What the period has earned stays earned; the rest is earned from here on.
			r.loan.Before[Interest] += earned
			it.Extra[Interest] += due
			it.More = unearned - back[Interest]
		}
		own := r.interestAfter(t, first+i, day, balance+capital, counted)
		it.Due[Interest] = own + it.Extra[Interest]
		if t.Method == Capitalized {
			capital += own
		}
		it.From = max(it.From, day)
		if more := it.Paid[Interest] - it.Due[Interest]; more > 0 {
			it.Paid[Interest] -= more
			back[Interest] += more
		}
		interest := it.Due[Interest] - it.Paid[Interest] - onTop
		if i == 0 && t.Grace.Interest > 0 {
			interest -= graced + due - earned // interest of the grace comes on top
		}
		if i < len(items)-1 {
			unpaid = min(t.part(it.No, level, whole, parts, interest), balance)
		}
		it.Due[Principal] = it.Paid[Principal] + unpaid
		balance -= unpaid
		if balance == 0 && it.Unpaid() == 0 && it.Total() == 0 && it.More == 0 && !tranche {
			continue
		}
		kept = i + 1
		if balance == 0 && choice == ShorterTerm {
			break
		}
	}
	keepOwed(items, kept)
	for _, gone := range items[kept:] {
		back[Interest] += gone.Paid[Interest]
		back[Fee] += gone.Paid[Fee]
	}
	r.giveBack(Interest, back[Interest])
	r.giveBack(Fee, back[Fee])
	r.items = r.items[:first+kept]
	r.buffer = r.items
	t.put(r.items[first:], graced+due)
}

// levelAfter returns the level payment of instalments that are computed again, and the
// whole and number of equal parts of principal.
func (r *Run) levelAfter(t *Terms, items []Installment, balance money.Amount, choice Choice) (level, whole money.Amount, parts int32) {
	if choice == LowerInstallment {
		paying := items[t.inGrace(items):]
		return r.levelOf(t, paying, balance), balance, int32(len(paying))
	}
	whole, parts = t.parts()
	return t.Level, whole, parts
}

// spreadOver reports whether interest that is owed was spread over instalments, as an
// offered plan does: it is on top of the level payment.
func spreadOver(items []Installment) bool {
	return len(items) > 1 && slices.ContainsFunc(items[1:], func(i Installment) bool { return i.Extra[Interest] > 0 })
}

// keepOwed makes what is owed already fall due with the last of the instalments that are
// kept, where those it was spread over are no more.
func keepOwed(items []Installment, kept int) {
	for i := kept; i < len(items); i++ {
		it := &items[i]
		for _, c := range [...]Component{Interest, Fee} {
			if it.Extra[c] == 0 {
				continue
			}
			to, paid := &items[kept-1], min(it.Paid[c], it.Extra[c])
			to.owe(c, it.Extra[c])
			to.Paid[c] += paid
			it.Paid[c] -= paid
		}
	}
}

// part is the principal of an instalment that is not the last, beside its interest: of the
// level payment, or one of equal parts of a whole.
func (t *Terms) part(no int32, level, whole money.Amount, parts int32, interest money.Amount) money.Amount {
	switch {
	case t.Method == InterestOnly, t.Method == LumpSum, t.Method == Capitalized, t.Grace.of(no):
		return 0
	case t.Method == Annuity:
		return max(level-interest, 0)
	}
	return t.Rounding.equalPart(whole, parts, interest)
}

// giveBack makes credit of what was paid to a component ahead of being owed.
func (r *Run) giveBack(c Component, amount money.Amount) {
	if amount == 0 {
		return
	}
	l := r.loan
	r.note(TraceStep{Kind: TraceBack, Component: c, Amount: amount})
	l.Paid[c] -= amount
	l.Met[c] -= amount
	l.Credit += amount
	var back Sums
	back[c] = -amount
	r.postMet(back)
	r.log.post(ledger.BorrowerCredit, -amount)
}

// interestAfter is what item i, which is to come, still earns on a new balance: its period's
// interest, or that of the rest of the period that a day is in. Under 30/360 this is
// the rest of the contract's days.
func (r *Run) interestAfter(t *Terms, i int, day civil.Date, balance money.Amount, counted bool) money.Amount {
	it, base := &r.items[i], t.base(balance)
	if t.free(it.No) {
		return 0
	}
	m := r.moves(t)
	from := m.begins(t, it)
	whole := t.periodInterest(base, m.span(t, r.items, i, from))
	switch {
	case it.From >= day && it.From == from:
		return whole
	case counted:
		return max(whole-t.periodInterest(base, t.DayCount.Fraction(from, day)), 0)
	}
	return money.Amount(money.MulDiv(int64(whole), int64(it.DueOn-day), int64(it.DueOn-from)))
}

// levelOf is the level payment of a balance over given instalments.
func (r *Run) levelOf(t *Terms, items []Installment, balance money.Amount) money.Amount {
	if t.Method != Annuity || len(items) == 0 {
		return 0
	}
	u := *t
	u.Principal, u.Installments = balance, int32(len(items))
	return u.levelOver(items, r.product.Rounding, r.moves(t))
}

// settle ends a loan early: all that is due, the principal to come, interest to
// the value date and the policy's fee are paid out of credit, which that day's
// repayments have become.
func (r *Run) settle(e *Event) Reason {
	l := r.loan
	if l.Off.Kind != 0 {
		return NotAllowedInStatus // in a replay too: what was paid has become recovery
	}
	need, fee := r.settlement(e.ValueDate)
	if need > l.Credit {
		return InsufficientCredit
	}
	r.log.beginFor(e)
	if fee > 0 {
		r.log.post(ledger.FeeReceivable, fee)
		r.log.post(ledger.FeeIncome, -fee)
		l.Charged[Fee] += fee
		r.addCharge(Charge{Component: Fee, DueOn: e.ValueDate, Amount: fee, ID: e.ID})
	}
	r.explicit()
	r.pop(e.ValueDate)
	moved, unearned := r.lift(e.ValueDate, 0, r.payoffInterest)
	last := Installment{No: r.lastNo() + 1, From: e.ValueDate, DueOn: e.ValueDate}
	for c := range last.Due {
		last.Due[c] = moved[c]
		if Component(c) != Principal {
			last.Extra[c] = moved[c]
		}
	}
	r.insert(last)
	r.giveBack(Interest, unearned) // all that fell due before is met
	r.endDaily()
	r.spendCredit(e.ValueDate, e.Kind) // with what was paid ahead of being earned
	return OK
}

// aged reports whether a number of months have passed.
func aged(from, to civil.Date, months int32) bool {
	return to >= from.Later(int(months))
}

// lift takes everything unpaid out of the plan from index first on: principal,
// interest earned by the day, fees fallen due. Interest and fees to come are
// dropped with the instalments; what was paid of them goes back to credit. Interest that
// those before asked for and that is not earned yet offsets what is owed of it; what is
// beyond is unearned, and no more earned by any instalment.
func (r *Run) lift(day civil.Date, first int, earnedOf func(i int, day civil.Date) money.Amount) (moved [Fee + 1]money.Amount, unearned money.Amount) {
	l := r.loan
	if r.product.DailyInterest {
		return r.liftDaily(day), 0
	}
	r.explicit()
	deferred := r.deferred(first)
	for i := first; i < len(r.items); i++ {
		it := &r.items[i]
		moved[Principal] += it.Due[Principal] - it.Paid[Principal]
		earned := earnedOf(i, day)
		l.Before[Interest] += earned
		moved[Interest] += earned + it.Extra[Interest] - it.Paid[Interest]
		fee := it.Extra[Fee]
		if it.DueOn <= day {
			fee = it.Due[Fee]
			l.Before[Fee] += it.Due[Fee] - it.Extra[Fee]
		}
		moved[Fee] += fee - it.Paid[Fee]
	}
	if offset := -max(moved[Interest], 0); deferred < offset {
		deferred, unearned = offset, offset-deferred
	}
	moved[Interest] += deferred
	for _, c := range [...]Component{Interest, Fee} {
		if moved[c] < 0 { // paid ahead of being earned
			r.giveBack(c, -moved[c])
			moved[c] = 0
		}
	}
	r.items = r.items[:first]
	r.buffer = r.items
	return moved, unearned
}

// liftDaily is lift for a loan that earns on its real balance.
func (r *Run) liftDaily(day civil.Date) (moved [Fee + 1]money.Amount) {
	l := r.loan
	moved[Principal] = l.PrincipalOwed()
	moved[Interest] = l.dailyEarned() + l.Added[Interest] - l.Paid[Interest] - l.Waived[Interest]
	for i := range r.items {
		moved[Fee] += r.items[i].Due[Fee] - r.items[i].Paid[Fee]
		l.Before[Fee] += r.items[i].Due[Fee] - r.items[i].Extra[Fee]
	}
	r.items = r.items[:0]
	r.buffer = r.items
	return moved
}

// endDaily keeps a settled daily loan from making further instalments.
func (r *Run) endDaily() {
	if r.product.DailyInterest {
		r.next.No = r.loan.Terms.Installments + 1
		r.loan.Open = r.next
		r.loan.Daily.Fallen = r.loan.dailyEarned()
	}
}
