package record

import (
	"errors"

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
}

// A PackBase is what a pack said.
type PackBase struct {
	Class     uint8
	Provision money.Amount
}

// Says reports whether the base says more of a loan than that it was off the book.
func (x *Base) Says() bool { return x.OnBook || x.ChargedOff != 0 || x.Recovered != 0 }

const baseVersion = 1

// The bits of a base.
const (
	baseOnBook = 1 << iota
	baseSuspended
	baseOff
)

var errBase = errors.New("month base is damaged")

// AppendBase appends the record of a base: of some 20 bytes where there are three packs. Of
// a loan that was off the book it has what was charged off and recovered alone.
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
	e := encoder{append(b, baseVersion, bits)}
	if x.OnBook {
		e.b = append(e.b, x.Bucket)
		e.amount(x.Total)
		if x.Suspended != 0 {
			e.amount(x.Suspended)
		}
		e.amount(x.Paid)
		for _, p := range x.Packs {
			e.b = append(e.b, p.Class)
			e.amount(p.Provision)
		}
	}
	if bits&baseOff != 0 {
		e.amount(x.ChargedOff)
		e.amount(x.Recovered)
	}
	return e.b
}

// Read reads what [AppendBase] wrote under a number of packs.
func (x *Base) Read(rec []byte, packs int) error {
	list := x.Packs[:0]
	*x = Base{}
	if len(rec) < 2 || rec[0] != baseVersion || rec[1] >= baseOff<<1 {
		return errBase
	}
	bits := rec[1]
	d := decoder{b: rec[2:]}
	if x.OnBook = bits&baseOnBook != 0; x.OnBook {
		x.Bucket = d.byte()
		x.Total = d.amount()
		if bits&baseSuspended != 0 {
			x.Suspended = d.amount()
		}
		x.Paid = d.amount()
		for range packs {
			list = append(list, PackBase{Class: d.byte(), Provision: d.amount()})
		}
	}
	if bits&baseOff != 0 {
		x.ChargedOff, x.Recovered = d.amount(), d.amount()
	}
	x.Packs = list
	if d.bad || len(d.b) != 0 || !x.Says() {
		return errBase
	}
	return nil
}
