package portfolio

import (
	"math"

	"daybook/ledger/civil"
)

// A lender is what all loans and nights follow from.
type lender struct {
	o         Options
	seed      uint64
	nights    []nightly
	borrowers int64
}

// nightly is one night: its date, and the loans there are when it ends. Loans
// are numbered from 0 in the order of their booking.
type nightly struct {
	date    civil.Date
	loans   int64 // booked up to and with this night
	before  int64 // booked before it
	earlier civil.Date
}

func newLender(o Options) *lender {
	l := &lender{o: o, seed: mix(o.Seed + 1), borrowers: max(int64(o.Loans)*5/8, 1)}
	n := nightly{date: o.FirstNight, loans: int64(o.Loans), earlier: civil.None}
	l.nights = append(l.nights, n)
	for i := 1; i < o.Nights; i++ {
		growth := int64(0)
		if o.Profile == Retail {
			// 0.2 to 0.5 % new loans a night.
			growth = max(n.loans*(20+l.draw(ofGrowth, int64(i), 0).below(31))/10_000, 1)
		}
		n = nightly{date: n.date + 1, before: n.loans, loans: n.loans + growth, earlier: n.date}
		l.nights = append(l.nights, n)
	}
	return l
}

// bookedOn returns the date of the night that brings loan i.
func (l *lender) bookedOn(i int64) civil.Date {
	lo, hi := 0, len(l.nights)-1
	for lo < hi {
		mid := (lo + hi) / 2
		if i < l.nights[mid].loans {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return l.nights[lo].date
}

// borrower returns the number of the borrower of loan i. Borrowers have loans
// by a power law: most have one or two, the first of 6 million about forty.
func (l *lender) borrower(i int64) int64 {
	// u^1.25 by square roots and products alone: they are exact in IEEE 754, so
	// every processor gets the same borrower.
	u := float64(uint64(l.draw(ofBorrower, i, 0))>>11) / (1 << 53)
	x := u * math.Sqrt(math.Sqrt(u))
	return min(int64(x*float64(l.borrowers)), l.borrowers-1)
}
