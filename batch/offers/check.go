package offers

import "daybook/ledger/civil"

// check refuses offers that can't be booked together, or on the day on which they are
// taken.
func (n *night) check(o *Options) error {
	for i, x := range n.offers {
		if x.valueDate != n.offers[0].valueDate {
			return refused("", "offers %s and %s are of different nights", n.offers[0].id, x.id)
		}
		if err := x.checkDates(o); err != nil {
			return err
		}
		for _, y := range n.offers[:i] {
			if why := exclude(x, y); x.loan == y.loan && why != "" {
				return refused("take one of the two", "offers %s and %s of loan %s exclude each other: %s", y.id, x.id, x.loan, why)
			}
		}
	}
	return nil
}

// checkDates refuses an offer that is no longer valid, and a settlement that was not paid
// in time.
func (x *offer) checkDates(o *Options) error {
	switch {
	case x.kind == settlement && o.PaidOn == civil.None:
		return refused("say when it was paid with --paid-on", "offer %s is a settlement, which is booked when it is paid", x.id)
	case x.kind == settlement && o.PaidOn > x.payBy:
		return refused("the night's offers show what can still be taken", "offer %s was to be paid by %s, and was paid on %s", x.id, x.payBy, o.PaidOn)
	case x.kind == settlement && o.PaidOn <= x.valueDate:
		return refused("what was paid by then is part of its figures: name the day of the payment that settles it",
			"offer %s counts from %s on, and was paid on %s", x.id, x.valueDate, o.PaidOn)
	case x.kind != settlement && o.PaidOn != civil.None && o.PaidOn < x.valueDate:
		return refused("name the day on which it was taken, or leave --paid-on out: it is today then", "offer %s was made on %s, and taken on %s", x.id, x.valueDate, o.PaidOn)
	case x.kind != settlement && o.day() > x.validUntil: // a settlement is taken by paying it
		return refused("a later night makes new offers while the case is open", "offer %s was valid until %s, and it is %s", x.id, x.validUntil, o.day())
	}
	return nil
}

// day is the day on which the offers are taken.
func (o *Options) day() civil.Date {
	if o.PaidOn != civil.None {
		return o.PaidOn
	}
	return o.Today
}

// exclude says why two offers of one loan can't both be booked, or nothing.
func exclude(x, y *offer) string {
	either := func(is func(a, b *offer) bool) bool { return is(x, y) || is(y, x) }
	switch {
	case x.plan() && y.plan():
		return "each gives the loan new instalments"
	case x.kind == y.kind:
		return "they are the same"
	case x.kind == settlement || y.kind == settlement:
		return "a settlement is of all that is owed"
	case either(func(a, b *offer) bool { return a.plan() && b.kind == pause }):
		return "each moves what is to come"
	case either(func(a, b *offer) bool { return a.plan() && b.kind == interestWaiver }):
		return "the plan spreads the interest that the other waives"
	case either(func(a, b *offer) bool { return a.plan() && a.waived > 0 && b.kind == penaltyWaiver }):
		return "both waive penalties"
	}
	return ""
}
