package loan

import "daybook/ledger/money"

// Plan returns the instalments of a contract where they don't follow from one another as
// the terms say: because due dates are moved, interest falls due after its own period, or it
// is added to principal.
// Of any other, and where instalments are made as they fall due, it is nil. The Level must
// have been set.
func (p *Product) Plan(t *Terms) []Installment {
	rules := p.at(t.DisbursedOn)
	if rules.DailyInterest || t.Grace.Interest == 0 && t.Method != Capitalized && rules.DueDates.Roll == Unmoved {
		return nil
	}
	return rules.plan(t)
}

// plan is the schedule of the terms under the rules.
func (p *Product) plan(t *Terms) []Installment {
	items := t.Schedule(nil)
	p.DueDates.moveAll(t, items)
	t.put(items, 0)
	for i := range items[:len(items)-1] {
		if t.Method == Capitalized { // it is no principal yet
			items[len(items)-1].Due[Principal] -= items[i].More
		}
	}
	return items
}

// moveAll moves the due dates of a whole schedule. Periods that get longer or shorter so
// bear interest for it where the rules say so; the level payment stays.
func (m *DueDates) moveAll(t *Terms, items []Installment) {
	if m.Roll == Unmoved {
		return
	}
	c := t.start()
	for i := range items {
		it := &items[i]
		it.From, it.DueOn = c.From, m.move(it.DueOn, t.DisbursedOn)
		if m.Interest {
			if it.Due[Interest] = 0; !t.free(it.No) {
				it.Due[Interest] = t.periodInterest(t.base(c.Balance), m.span(t, items, i, it.From))
			}
			it.Due[Principal] = t.principalPart(&c, it.Due[Interest])
		}
		c.pass(t, it.DueOn, it.Due[Principal], it.Due[Interest])
	}
}

// gather makes interest that was earned before, and that put let fall due with an instalment
// to come, fall due with the first of items, and returns it. What a plan spread over its
// instalments stays where it is.
func (t *Terms) gather(items []Installment) (interest money.Amount) {
	if t.Grace.Interest == 0 && t.Method != Capitalized {
		return 0
	}
	for i := 1; i < len(items); i++ {
		it, to := &items[i], &items[0]
		x := it.Extra[Interest]
		if x == 0 {
			continue
		}
		paid := min(it.Paid[Interest], x)
		it.Due[Interest], it.Extra[Interest], it.Paid[Interest] = it.Due[Interest]-x, 0, it.Paid[Interest]-paid
		to.Due[Interest], to.Extra[Interest], to.Paid[Interest] = to.Due[Interest]+x, to.Extra[Interest]+x, to.Paid[Interest]+paid
		interest += x
	}
	return interest
}

// put lets the interest of the first instalments, as far as they are among given ones, fall
// due with the first after them, or the last there is. Of the first item's interest so much
// was earned already, and is not again. Of interest that is added to principal it is the
// last, see [Run.capitalize].
func (t *Terms) put(items []Installment, earned money.Amount) {
	at := 0
	for at < len(items)-1 && (t.Method == Capitalized || items[at].No > 0 && items[at].No <= t.Grace.Interest) {
		at++
	}
	for i := range items[:at] {
		it, to := &items[i], &items[at]
		own := it.own()
		it.Due[Interest] -= own + earned
		it.Extra[Interest] -= earned
		it.More += own
		to.Due[Interest] += own + earned
		to.Extra[Interest] += earned
		to.More -= own
		if paid := it.Paid[Interest] - it.Due[Interest]; paid > 0 {
			it.Paid[Interest] -= paid
			to.Paid[Interest] += paid
		}
		earned = 0
	}
}
