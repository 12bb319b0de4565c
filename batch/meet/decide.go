package meet

import (
	"cmp"
	"slices"
	"strings"

	"daybook/aging/treat"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/queue"
)

// A deciding is what a worker decides about borrowers with: its memory is used again for the
// next.
type deciding struct {
	treat   treat.Decider
	queue   *queue.Writer
	exports *exports
	steps   map[*treat.Step]int
	// control is who is where, by the currency of each loan; rules is the same by reason.
	control, rules queue.Places

	person       treat.Person
	loans        []treat.Loan
	at           []*treat.Loan
	more         map[string]queue.Owed // of loans that are too many to be looked at
	empty        borrower.State
	none         borrower.Treatment
	reason       []queue.Reason
	cand         queue.Candidate
	ledger       Ledger          // nil where no promise is held to money
	names        map[string]bool // loans of the borrower at hand, where they are
	openPromised int64           // borrowers with a promise that can still change
}

// loansMax is how many loans of one borrower are looked at one by one. Of one who has more
// nothing is asked.
const loansMax = 10_000

// Steps returns the steps of the rules as tasks have them.
func Steps(r *treat.Rules) (list []queue.Step, at map[*treat.Step]int) {
	at = map[*treat.Step]int{}
	add := func(s *treat.Step, segment, arm string, from int32) {
		at[s] = len(list)
		list = append(list, queue.Step{Segment: segment, Arm: arm, From: from, Tone: s.Tone.String(), Template: s.Template, Education: s.Education})
	}
	add(&r.Hardship.Step, treat.HardshipSegment, "", -1)
	for i := range r.Reminders {
		add(&r.Reminders[i].Step, treat.ReminderSegment, "", -1)
	}
	for i := range r.Segments {
		s := &r.Segments[i]
		for k := range s.Ladder {
			add(&s.Ladder[k], s.Name, "", s.Ladder[k].From)
		}
	}
	for i := range r.Experiments {
		e := &r.Experiments[i]
		for k := range e.Arms {
			arm := &e.Arms[k]
			for n := range arm.Ladder {
				add(&arm.Ladder[n], e.Segment, arm.Name, arm.Ladder[n].From)
			}
		}
	}
	return list, at
}

// forget empties the loans of the borrower before.
func (w *worker) forget() {
	w.loans, w.person.TooMany = w.loans[:0], false
	if len(w.more) > 0 {
		clear(w.more)
	}
	if len(w.names) > 0 {
		clear(w.names)
	}
}

// learn adds a loan that something is to be decided of. They come in any order.
func (w *worker) learn(rest []byte) error {
	if _, named := isNamed(rest); named || len(rest) == 0 {
		return nil
	}
	if n := len(w.loans); n < cap(w.loans) {
		w.loans = w.loans[:n+1]
	} else {
		w.loans = append(w.loans, treat.Loan{})
	}
	err := w.o.Names.readLoan(rest, &w.loans[len(w.loans)-1])
	if err == nil && (w.person.TooMany || len(w.loans) > loansMax) {
		w.person.TooMany = true
		w.fold()
	}
	return err
}

// fold adds up all loans but the worst, which does not depend on the order in which they
// come.
func (w *worker) fold() {
	worst := 0
	for i := range w.loans {
		if treat.Worse(&w.loans[i], &w.loans[worst]) {
			worst = i
		}
	}
	if w.more == nil {
		w.more = map[string]queue.Owed{}
	}
	for i := range w.loans {
		if l := &w.loans[i]; i != worst && l.DaysPastDue > 0 {
			o := w.more[l.Currency]
			w.more[l.Currency] = queue.Owed{Loans: o.Loans + 1, PastDue: o.PastDue + l.PastDue}
		}
	}
	w.loans[0], w.loans[worst] = w.loans[worst], w.loans[0]
	w.loans = w.loans[:1]
}

// decide decides about the borrower whose loans are learnt, and says so to the queue.
func (w *worker) decide(id []byte, s *borrower.State, t *borrower.Treatment) error {
	w.at = w.at[:0]
	for i := range w.loans {
		w.at = append(w.at, &w.loans[i])
	}
	slices.SortFunc(w.at, func(a, b *treat.Loan) int { return cmp.Compare(a.ID, b.ID) })
	w.person = treat.Person{ID: id, State: s, Treatment: t, Loans: w.at, TooMany: w.person.TooMany}
	x := w.treat.Decide(&w.person)
	switch x.Place {
	case treat.Candidate:
		return w.candidate(id, t, x)
	case treat.Suppressed:
		return w.suppressed(id, s, x)
	case treat.NotDue:
		w.countDue(x, queue.PlaceNotDue, x.NotDueCode)
		silent := w.silent(id, x, x.Covered)
		silent.NotDue, silent.NextOn = x.NotDueCode, x.NextOn
		return w.queue.NotDue(&silent)
	}
	return nil
}

// countPlace adds the borrower and his loans to who is where.
func (w *worker) countPlace(x *treat.Decision, place queue.Place) {
	base := queue.PlaceSum{Jurisdiction: w.treat.Pack(), Currency: x.Worst.Currency, Place: place, Reminder: x.Class == treat.Reminded, Borrowers: 1}
	w.control.Add(base)
	base.Borrowers = 0
	for _, l := range x.Due {
		base.Place, base.Currency, base.Loans, base.PastDue = place, l.Currency, 1, l.PastDue
		if place != queue.PlaceSuppressed && slices.ContainsFunc(x.Withheld, func(h treat.Withheld) bool { return h.Loan == l }) {
			base.Place = queue.PlaceWithheld
		}
		w.control.Add(base)
	}
	base.Place = place
	for currency, o := range w.more { // in any order: they are added up
		base.Currency, base.Loans, base.PastDue = currency, int64(o.Loans), o.PastDue
		w.control.Add(base)
	}
}

func (w *worker) countDue(x *treat.Decision, place queue.Place, code string) {
	w.countPlace(x, place)
	for i := range x.Withheld {
		h := &x.Withheld[i]
		w.rules.Add(queue.PlaceSum{Jurisdiction: w.treat.Pack(), Currency: h.Loan.Currency, Place: queue.PlaceWithheld, Code: h.Code, Loans: 1, PastDue: h.Loan.PastDue})
	}
	owed := w.owed(x.Covered, x.Worst.Currency)
	w.rules.Add(queue.PlaceSum{
		Jurisdiction: w.treat.Pack(), Currency: x.Worst.Currency, Place: place, Code: code, Borrowers: 1, Loans: int64(owed.Loans), PastDue: owed.PastDue,
	})
}

// owed adds up loans: how many they are, in all currencies, and what is past due in one.
func (w *worker) owed(loans []*treat.Loan, currency string) queue.Owed {
	o := queue.Owed{Loans: int32(len(loans)), PastDue: treat.PastDue(loans, currency)}
	for of, more := range w.more { // in any order: they are added up
		if o.Loans += more.Loans; of == currency {
			o.PastDue += more.PastDue
		}
	}
	return o
}

// silent is a borrower who is not contacted, with the loans that his row is of.
func (w *worker) silent(id []byte, x *treat.Decision, loans []*treat.Loan) queue.Silent {
	return queue.Silent{
		Borrower: id, Days: x.Worst.DaysPastDue, Segment: x.Segment,
		Debt: queue.Debt{Worst: x.Worst.ID, Currency: x.Worst.Currency, Covered: w.owed(loans, x.Worst.Currency)},
	}
}

func (w *worker) suppressed(id []byte, s *borrower.State, x *treat.Decision) error {
	w.countPlace(x, queue.PlaceSuppressed)
	silent := w.silent(id, x, x.Due)
	if x.HasEarly {
		silent.HasEarliest, silent.Earliest, silent.EarliestOffset = true, x.EarliestAt, w.treat.Zones.Offset(w.treat.Home(), x.EarliestAt)
	}
	w.reason = w.reason[:0]
	for i := range x.Reasons {
		r := &x.Reasons[i]
		channel := ""
		if r.Channel != treat.NoChannel {
			channel = r.Channel.String()
		}
		w.reason = append(w.reason, queue.Reason{
			Code: r.Code, Rule: r.Rule, Citation: r.Citation, Facts: r.Facts, Scope: r.Scope.String(), Loan: r.Loan, Channel: channel, LiftsOn: r.LiftsOn,
		})
		sum := queue.PlaceSum{
			Jurisdiction: w.treat.Pack(), Currency: x.Worst.Currency, Place: queue.PlaceSuppressed, Channel: channel, Code: r.Code, Rule: r.Rule,
			Citation: r.Citation, Borrowers: 1, Loans: int64(silent.Covered.Loans), PastDue: silent.Covered.PastDue,
		}
		if at, is := slices.BinarySearchFunc(x.Due, r.Loan, func(l *treat.Loan, id string) int { return cmp.Compare(l.ID, id) }); is {
			sum.Currency, sum.Loans, sum.PastDue = x.Due[at].Currency, 1, x.Due[at].PastDue
		}
		w.rules.Add(sum)
	}
	return w.queue.Suppressed(&silent, w.reason)
}

// candidate hands a borrower who may be contacted to the queue.
func (w *worker) candidate(id []byte, t *borrower.Treatment, x *treat.Decision) error {
	c, worst := &w.cand, x.Worst
	withheld := queue.Owed{}
	for i := range x.Withheld {
		if withheld.Loans++; x.Withheld[i].Loan.Currency == worst.Currency {
			withheld.PastDue += x.Withheld[i].Loan.PastDue
		}
	}
	*c = queue.Candidate{
		Borrower: id, Class: uint8(x.Class), Value: x.Value, Days: worst.DaysPastDue, Step: w.steps[x.Step], Champion: x.Arm == treat.Champion,
		Below: t.TimesBelow(w.o.Date), Ways: c.Ways[:0], Loans: c.Loans[:0], Offers: c.Offers[:0], NextDueOn: civil.None, NextDue: reports.Null,
		Debt: queue.Debt{
			Worst: worst.ID, Currency: worst.Currency, Bucket: worst.Bucket, Other: w.other(x.Covered, worst.Currency),
			Covered: w.owed(x.Covered, worst.Currency), Withheld: withheld,
		},
		Person: queue.Person{Jurisdiction: w.treat.Pack(), Zone: w.treat.Home()},
	}
	if x.Class == treat.Reminded {
		c.Below = 0 // nothing is past due
	}
	if r := w.person.State.Record; r != nil {
		c.Language = r.Language
	}
	for _, l := range x.Covered {
		if l.Currency == worst.Currency {
			c.Total += l.Total
		}
	}
	if x.Class == treat.Reminded {
		c.NextDueOn, c.NextDue = worst.NextDueOn, 0
		for _, l := range x.Covered {
			if l.Currency == worst.Currency {
				c.NextDue += l.NextDue
			}
		}
	}
	w.addWays(c, x)
	w.addLoans(c, x)
	w.addOffers(c, x)
	return w.queue.Candidate(c)
}

// other lists what is past due in other currencies.
func (w *worker) other(loans []*treat.Loan, currency string) string {
	var sums map[string]int64
	for _, l := range loans {
		if l.Currency != currency {
			if sums == nil {
				sums = map[string]int64{}
			}
			sums[l.Currency] += l.PastDue
		}
	}
	if sums == nil {
		return ""
	}
	return queue.Amounts(w.o.Form, w.o.Rules.Scale, sums)
}

func (w *worker) addWays(c *queue.Candidate, x *treat.Decision) {
	for i := range x.Ways {
		v := &x.Ways[i]
		way := queue.Way{Channel: v.Channel, Open: v.Open(), Timed: treat.Timed.Has(v.Channel)}
		if !way.Open {
			way.Blocked = strings.Join(v.Blocked, "+")
		} else {
			way.Notices, way.Attempts = w.treat.Notices(v.Channel), int32(v.Attempts)
			if way.Timed {
				home := w.treat.Home()
				way.Earliest, way.Latest = v.Window.Earliest, v.Window.Latest
				way.EarliestOffset, way.LatestOffset = w.treat.Offset(home, way.Earliest), w.treat.Offset(home, way.Latest)
			}
		}
		c.Ways = append(c.Ways, way)
	}
}

func (w *worker) addLoans(c *queue.Candidate, x *treat.Decision) {
	for _, l := range x.Due {
		row := queue.LoanRow{ID: l.ID, Currency: l.Currency, Days: l.DaysPastDue, PastDue: l.PastDue}
		if i := slices.IndexFunc(x.Withheld, func(h treat.Withheld) bool { return h.Loan == l }); i >= 0 {
			row.Reason = x.Withheld[i].Code
		}
		c.Loans = append(c.Loans, row)
	}
}

func (w *worker) addOffers(c *queue.Candidate, x *treat.Decision) {
	for i := range x.Offers {
		o := &x.Offers[i]
		row := queue.OfferRow{
			Loan: o.Loan.ID, Currency: o.Loan.Currency, Kind: o.Kind.String(), Reason: w.treat.HardshipReason(), Rank: int32(o.Rank),
			Days: [5]civil.Date{w.o.Date, w.o.Date + civil.Date(w.o.Rules.Hardship.ValidDays), o.FirstDueOn, o.Until, o.PayBy}, Months: reports.Null, Rate: reports.Null,
		}
		if o.Months > 0 {
			row.Months = int64(o.Months)
		}
		if o.HasRate {
			row.Rate = int64(o.Rate)
		}
		for k, v := range offerAmounts(o) {
			row.Amounts[k] = v
		}
		for k := range o.Lines {
			l := &o.Lines[k]
			row.Lines = append(row.Lines, queue.OfferLine{
				Number: int32(l.Number), DueOn: l.DueOn, Amounts: [5]int64{l.Principal, l.Interest, l.OwedInterest, l.OwedFee, l.Total()},
			})
		}
		c.Offers = append(c.Offers, row)
	}
}

// offerAmounts are the amounts of an offer in the order of the table; what it has none of
// is null.
func offerAmounts(o *treat.Offer) []int64 {
	list := []int64{reports.Null, reports.Null, o.NewInterest, o.Waived, o.Forgiven, reports.Null, reports.Null, o.ExtraCost}
	if len(o.Lines) > 0 {
		list[queue.OfferInstallment], list[queue.OfferLast] = o.Installment, o.Last
	}
	if o.PayBy != civil.None {
		list[queue.OfferPay] = o.Pay
	}
	if o.HasTotal {
		list[queue.OfferTotal] = o.TotalToPay
	}
	return list
}
