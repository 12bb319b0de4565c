package treat

import (
	"cmp"
	"math/big"
	"slices"
	"sort"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// promiseDays is how long after its deadline late money or a reversal changes what has
// come of a promise, and how long a broken one counts.
const promiseDays = 180

// A promise is one that was made, with the money that it has taken.
type promise struct {
	row      *borrower.Contact
	currency string
	amount   money.Amount // in minor units, as need and taken are
	madeOn   civil.Date
	deadline civil.Date
	need     money.Amount
	taken    money.Amount
	reached  civil.Date         // value date of the payment that reached need; [civil.None]
	frozen   *borrower.Promised // what stands, once nothing can change it
}

// standing returns what has come of the promise by the close of a day, with the money that
// is known tonight, and when that was decided.
func (p *promise) standing(on civil.Date) (s borrower.Standing, decided civil.Date) {
	switch {
	case p.frozen != nil:
		return p.frozen.Standing, p.frozen.DecidedOn
	case p.taken >= p.need:
		return borrower.Kept, p.reached
	case on < p.deadline:
		return borrower.Open, civil.None
	case p.taken > 0:
		return borrower.PartlyKept, p.deadline
	}
	return borrower.Broken, p.deadline
}

// learnPromises finds what has come of the promises: each takes from the repayments of its
// loan, or of all loans in its currency, whose value dates are between the day on which it
// was made and its deadline. Each unit counts once: promises take in the order of the dates
// that they name, from repayments in the order of theirs.
func (d *Decider) learnPromises(p *Person) {
	k := &d.k
	for _, c := range k.rows {
		if c.Meaning() == borrower.Promise {
			k.promises = append(k.promises, d.promise(p, c))
		}
	}
	if len(k.promises) == 0 {
		return
	}
	slices.SortFunc(k.promises, func(a, b promise) int {
		return cmp.Or(cmp.Compare(a.row.PromisedOn, b.row.PromisedOn), cmp.Compare(a.madeOn, b.madeOn), cmp.Compare(a.row.ID, b.row.ID))
	})
	left := make([]money.Amount, len(p.Treatment.Payments))
	for i := range left {
		left[i] = p.Treatment.Payments[i].Amount
	}
	for i := range k.promises {
		k.promises[i].take(p.Treatment.Payments, left)
	}
	k.broken = d.brokenBy(d.night)
}

func (d *Decider) promise(p *Person, c *borrower.Contact) promise {
	x := promise{row: c, currency: d.currencyOf(c), madeOn: d.localDate(c.At), deadline: c.PromisedOn + civil.Date(d.Rules.Promises.GraceDays), reached: civil.None}
	x.amount = d.minorOf(c, x.currency)
	x.need = max(1, ceilShare(x.amount, d.Rules.Promises.KeptShare)-money.Amount(d.Rules.Promises.Tolerance/d.unit(x.currency)))
	if d.night-x.deadline > promiseDays {
		at, ok := slices.BinarySearchFunc(p.Treatment.Promised, c.ID, func(s borrower.Promised, id string) int { return cmp.Compare(s.ID, id) })
		if ok {
			x.frozen = &p.Treatment.Promised[at]
		}
	}
	return x
}

// currencyOf returns the currency of a promise: where the row names none that of its loan.
func (d *Decider) currencyOf(c *borrower.Contact) string {
	switch {
	case c.Currency != "":
		return c.Currency
	case c.LoanIn != "":
		return c.LoanIn
	}
	return d.Currencies[0]
}

// minorOf returns a promise's amount in minor units of a currency.
func (d *Decider) minorOf(c *borrower.Contact, currency string) money.Amount {
	if c.Digits == borrower.MinorUnits {
		return c.Amount
	}
	digits := 0
	for u := d.unit(currency); u < money.Pow10(d.Rules.Scale); u *= 10 {
		digits++
	}
	if digits >= int(c.Digits) {
		return c.Amount * money.Amount(money.Pow10(digits-int(c.Digits)))
	}
	// finer than the minor unit: what is promised is at least that
	unit := money.Amount(money.Pow10(int(c.Digits) - digits))
	return (c.Amount + unit - 1) / unit
}

// unit returns the minor unit of a currency in units of the night's amounts.
func (d *Decider) unit(currency string) int64 {
	if i := slices.Index(d.Currencies, currency); i >= 0 {
		return d.Units[i]
	}
	return 1
}

func ceilShare(a money.Amount, share money.Rate) money.Amount {
	n := new(big.Int).Mul(big.NewInt(int64(a)), big.NewInt(int64(share)))
	q, r := n.QuoRem(n, big.NewInt(int64(money.RateOne)), new(big.Int))
	if r.Sign() > 0 {
		q.Add(q, big.NewInt(1))
	}
	return money.Amount(q.Int64())
}

// take takes money from what is left of payments, which are in order.
func (x *promise) take(payments []borrower.Payment, left []money.Amount) {
	first := sort.Search(len(payments), func(i int) bool { return payments[i].ValueDate >= x.madeOn })
	for i := first; i < len(payments) && payments[i].ValueDate <= x.deadline; i++ {
		pay := &payments[i]
		switch {
		case left[i] <= 0:
		case x.row.Loan != "" && pay.Loan != x.row.Loan, x.row.Loan == "" && pay.Currency != x.currency:
		default:
			some := min(left[i], x.amount-x.taken)
			left[i] -= some
			x.taken += some
			if x.reached == civil.None && x.taken >= x.need {
				x.reached = pay.ValueDate
			}
		}
	}
}

// brokenBy counts the promises of the last 180 days that are broken at the close of a day.
func (d *Decider) brokenBy(day civil.Date) (n int64) {
	for i := range d.k.promises {
		x := &d.k.promises[i]
		if s, _ := x.standing(day); s == borrower.Broken && x.row.PromisedOn >= day-promiseDays && x.row.PromisedOn <= day {
			n++
		}
	}
	return n
}

// promiseHolds reports whether an open promise keeps the lender silent on a contact day: with
// what is known tonight, of the money and of how many promises are broken.
func (d *Decider) promiseHolds(x *promise, on civil.Date) bool {
	s, _ := x.standing(on - 1)
	return s == borrower.Open && d.k.broken < int64(d.Rules.Promises.BrokenMax)
}
