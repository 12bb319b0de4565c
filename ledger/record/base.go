package record

import (
	"errors"
	"math"

	"daybook/ledger/money"
)

// A Base is what the last close of an earlier calendar month said of a loan, in minor units
// and by the codes of that close's policy.
type Base struct {
	OnBook     bool
	Bucket     uint8        // index in its buckets, or loan.NoBucket
	Total      money.Amount // outstanding
	Suspended  money.Amount // of it, interest that is kept in memo only: the rest is carried
	Paid       money.Amount // to instalments and charges, so far
	ChargedOff money.Amount
	Recovered  money.Amount
	Packs      []PackBase // by pack of its policy
	// Months are, where the lender reports to credit bureaus, what the last 25 closes of months
	// were, two to a byte; all zero where he does not.
	Months [13]byte
	// HasMonths says that they are kept.
	HasMonths bool
	Watched
}

// Watched is, where the lender watches scores, how the loan scored at the base and at those of
// the twelve months before it, newest first, and in which of the months it was bad: 90 days
// past due, or out of the books, at some close. The lowest bit is the base's month.
type Watched struct {
	Scores [WatchedMonths]int32 // NoScore where it was not on the book, or no night was closed
	Bad    uint16
	IsKept bool // all zero where it is not
}

// WatchedMonths is how many months scores are kept of.
const WatchedMonths = 13

// NoScore stands for a score that there is not.
const NoScore = math.MinInt32

// A PackBase is what a pack said.
type PackBase struct {
	Class     uint8
	Provision money.Amount
}

// Says reports whether the base says more of a loan than that it was off the book.
func (x *Base) Says() bool {
	return x.OnBook || x.ChargedOff != 0 || x.Recovered != 0 || x.HasMonths || x.Watched.IsKept
}

// plain reports whether a loan on the book was as most are.
func (x *Base) plain() bool {
	if !x.OnBook || x.Bucket != 0 {
		return false
	}
	for i := range x.Packs {
		if x.Packs[i].Class != 0 {
			return false
		}
	}
	return true
}

const baseVersion = 1

// The bits of a base.
const (
	baseOnBook = 1 << iota
	baseSuspended
	baseOff
	basePlain // in the first bucket, and the first class of each pack
	baseMonths
	baseWatched
	baseBits = iota
)

var errBase = errors.New("month base is damaged")

// AppendBase appends the record of a base: of some 16 bytes where there are three packs. Of
// a loan that was off the book it has what was charged off and recovered, and its months, alone.
func AppendBase(b []byte, x *Base) []byte {
	bits := byte(0)
	if x.OnBook {
		bits |= baseOnBook
	}
	if x.Suspended != 0 {
		bits |= baseSuspended
	}
	if x.ChargedOff != 0 || x.Recovered != 0 {
		bits |= baseOff
	}
	if x.HasMonths {
		bits |= baseMonths
	}
	if x.Watched.IsKept {
		bits |= baseWatched
	}
	plain := x.plain()
	if plain {
		bits |= basePlain
	}
	e := encoder{append(b, baseVersion, bits)}
	if x.OnBook {
		if !plain {
			e.b = append(e.b, x.Bucket)
		}
		e.amount(x.Total)
		if x.Suspended != 0 {
			e.amount(x.Suspended)
		}
		e.amount(x.Paid)
		for _, p := range x.Packs {
			if !plain {
				e.b = append(e.b, p.Class)
			}
			e.amount(p.Provision)
		}
	}
	if bits&baseOff != 0 {
		e.amount(x.ChargedOff)
		e.amount(x.Recovered)
	}
	if x.HasMonths {
		e.b = append(e.b, x.Months[:]...)
	}
	if x.Watched.IsKept {
		for _, n := range x.Scores {
			e.int(int64(n))
		}
		e.uint(uint64(x.Bad))
	}
	return e.b
}

// Read reads what [AppendBase] wrote under a number of packs.
func (x *Base) Read(rec []byte, packs int) error {
	list := x.Packs[:0]
	*x = Base{}
	if len(rec) < 2 || rec[0] != baseVersion || rec[1] >= 1<<baseBits {
		return errBase
	}
	bits := rec[1]
	d := decoder{b: rec[2:]}
	if x.OnBook = bits&baseOnBook != 0; x.OnBook {
		plain := bits&basePlain != 0
		if !plain {
			x.Bucket = d.byte()
		}
		x.Total = d.amount()
		if bits&baseSuspended != 0 {
			x.Suspended = d.amount()
		}
		x.Paid = d.amount()
		for range packs {
			p := PackBase{}
			if !plain {
				p.Class = d.byte()
			}
			p.Provision = d.amount()
			list = append(list, p)
		}
	}
	if bits&baseOff != 0 {
		x.ChargedOff, x.Recovered = d.amount(), d.amount()
	}
	if x.HasMonths = bits&baseMonths != 0; x.HasMonths {
		for i := range x.Months {
			x.Months[i] = d.byte()
		}
	}
	if x.Watched.IsKept = bits&baseWatched != 0; x.Watched.IsKept {
		for i := range x.Scores {
			x.Scores[i] = int32(d.int())
		}
		x.Bad = uint16(d.uint())
	}
	x.Packs = list
	if d.bad || len(d.b) != 0 || !x.Says() || x.plain() != (bits&basePlain != 0) {
		return errBase
	}
	return nil
}
