package classify

import (
	"encoding/binary"

	"daybook/ledger/civil"
)

// A Report is what posting tells the pass by borrower of one loan whose class may be another
// loan's doing.
type Report struct {
	Loan      uint64 // hash of its id
	Counts    bool   // active, quarantined or charged off
	OnBook    bool
	Resting   bool // at rest: what its product tells is all
	Asks      bool // a borrower-wide hold was entered by it since the last close
	Product   uint16
	Currency  uint16
	Total     int64 // outstanding, at the scale of the tape
	Carrying  int64 // in minor units
	Principal int64 // outstanding, in minor units
	Score     int32
	Bucket    uint8
	Band      uint8 // place in finrep_f18 but for the class
	Disbursed civil.Date
	Own       []Posted // by late pack, in their order
	Base      Base     // how it stood at the last close of an earlier month
	Told      []byte   // what [Machine.AppendTold] wrote; empty of one at rest
}

// A Base is how a loan stood at the last close of an earlier month, as far as moves of
// classes ask for it; the zero value is of a loan that was not in the book, or of a night
// without such a close.
type Base struct {
	State    uint8 // as aging numbers it: 0 not in the book, BaseOn, or off it
	Carrying int64 // in minor units
	Paid     int64 // since then, in minor units
}

// A Posted is what posting says of a loan under a pack.
type Posted struct {
	Verdict
	Since     civil.Date // the hold non_performing was entered; civil.None outside it
	Provision int64      // in minor units
	ByClass   []int64    // of an expected loss: the provision that each class would have
	// At the base, where the loan was on the book then: the class, NoClass where it is none of
	// tonight's, and the provision in minor units.
	BaseClass     uint8
	BaseProvision int64
}

// BaseOn is the state at the base of a loan that was on the book.
const BaseOn = 1

// NoClass is a class that a pack has not.
const NoClass = 0xFF

// asksBit is the bit of a report's head of a loan that asks.
const asksBit = 1 << 5

// reportHead is the size of the part of a report that is of one size: hash and bits.
const reportHead = 8 + 1

// AppendReport writes a report.
func AppendReport(b []byte, r *Report) []byte {
	b = binary.LittleEndian.AppendUint64(b, r.Loan)
	b = append(b, bit(r.Counts, 1)|bit(r.OnBook, 2)|bit(r.Resting, 4)|r.Base.State<<3|bit(r.Asks, asksBit))
	for _, p := range r.Own {
		b = append(b, p.Class, p.Rule)
	}
	for _, n := range [...]int64{int64(r.Product), int64(r.Currency), r.Total, r.Carrying, r.Principal, int64(r.Score), int64(r.Bucket), int64(r.Band), int64(r.Disbursed)} {
		b = binary.AppendVarint(b, n)
	}
	for _, p := range r.Own {
		b = binary.AppendVarint(binary.AppendVarint(b, int64(p.Since)), p.Provision)
		b = binary.AppendUvarint(b, uint64(len(p.ByClass)))
		for _, n := range p.ByClass {
			b = binary.AppendVarint(b, n)
		}
	}
	if r.Base.State == BaseOn {
		b = binary.AppendVarint(binary.AppendVarint(b, r.Carrying-r.Base.Carrying), r.Base.Paid)
		for _, p := range r.Own {
			b = binary.AppendVarint(append(b, p.BaseClass), p.Provision-p.BaseProvision)
		}
	}
	return append(b, r.Told...)
}

// RoomOf returns the memory that the amounts by class of the k-th pack had in a report before,
// empty, to be used again.
func (r *Report) RoomOf(k int) []int64 {
	if k >= cap(r.Own) {
		return nil
	}
	return r.Own[:k+1][k].ByClass[:0]
}

// Glance reports whether a loan's report asks anything of its borrower, and returns its own
// verdicts as they are written: class and rule under each of so many packs.
func Glance(b []byte, packs int) (verdicts []byte, asks, ok bool) {
	if len(b) < reportHead+2*packs {
		return nil, false, false
	}
	return b[reportHead : reportHead+2*packs], b[8]&asksBit != 0, true
}

// SameClasses reports whether verdicts of two loans, as [Glance] returns them, have the same
// classes.
func SameClasses(a, b []byte) bool {
	for i := 0; i < len(a); i += 2 {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// Spreads reports whether loans that all have the classes of these verdicts may change each
// other's: where so much is non-performing that it draws the rest up to a class.
func (b *Binder) Spreads(verdicts []byte) bool {
	for k, pack := range b.Late {
		if p := b.Set.Packs[pack]; p.Contagion.Over > 0 && p.Classes[verdicts[2*k]].NonPerforming {
			return true
		}
	}
	return false
}

// ReadReport reads a report of so many packs. What was told stays the record's.
func ReadReport(b []byte, packs int, to *Report) error {
	if len(b) < reportHead+2*packs {
		return errStanding
	}
	to.Loan = binary.LittleEndian.Uint64(b)
	to.Counts, to.OnBook, to.Resting, to.Asks = b[8]&1 != 0, b[8]&2 != 0, b[8]&4 != 0, b[8]&asksBit != 0
	to.Base = Base{State: b[8] >> 3 & 3}
	to.Own = to.Own[:0]
	for i := range packs {
		to.Own = append(to.Own, Posted{Verdict: Verdict{b[reportHead+2*i], b[reportHead+2*i+1]}, ByClass: to.RoomOf(i)})
	}
	r := reader{b: b[reportHead+2*packs:]}
	to.Product, to.Currency = uint16(r.int()), uint16(r.int())
	to.Total, to.Carrying, to.Principal = r.int(), r.int(), r.int()
	to.Score, to.Bucket, to.Band, to.Disbursed = int32(r.int()), uint8(r.int()), uint8(r.int()), civil.Date(r.int())
	for i := range to.Own {
		to.Own[i].Since, to.Own[i].Provision = civil.Date(r.int()), r.int()
		for range min(r.uint(), ClassesMax) {
			to.Own[i].ByClass = append(to.Own[i].ByClass, r.int())
		}
	}
	if to.Base.State == BaseOn {
		to.Base.Carrying, to.Base.Paid = to.Carrying-r.int(), r.int()
		for i := range to.Own {
			to.Own[i].BaseClass, to.Own[i].BaseProvision = r.byte(), to.Own[i].Provision-r.int()
		}
	}
	to.Told = r.b
	if r.bad {
		return errStanding
	}
	return nil
}

func (r *reader) int() int64 {
	x, n := binary.Varint(r.b)
	if n <= 0 {
		r.bad, r.b = true, nil
		return 0
	}
	r.b = r.b[n:]
	return x
}

// A BorrowerHold is the state of a hold that is a borrower's.
type BorrowerHold struct {
	Code uint16 // the book's, of its name
	State
}

// An Override is what a borrower's loans make of one of them under a pack, otherwise than it
// would be by itself.
type Override struct {
	Loan uint64 // hash of its id
	Pack uint8  // index in the policy
	Verdict
	Since     civil.Date
	Provision int64  // in minor units
	Source    uint64 // hash of the loan that contagion comes from; 0: none
}

// A Bond is what is kept of a borrower for his loans' classes: his holds, and what they make of
// single loans.
type Bond struct {
	Holds     []BorrowerHold
	Overrides []Override
}

// Says reports whether there is anything to keep.
func (b *Bond) Says() bool { return len(b.Holds) > 0 || len(b.Overrides) > 0 }

const bondVersion = 1

// AppendBond writes a bond.
func AppendBond(to []byte, b *Bond) []byte {
	to = binary.AppendUvarint(append(to, bondVersion), uint64(len(b.Holds)))
	for i := range b.Holds {
		h := &b.Holds[i]
		to = binary.AppendUvarint(to, uint64(h.Code)<<1|uint64(bit(h.Active, 1)))
		to = binary.AppendVarint(binary.AppendVarint(binary.AppendVarint(to, int64(h.Entered)), int64(h.Last)), int64(h.Left))
	}
	to = binary.AppendUvarint(to, uint64(len(b.Overrides)))
	for i := range b.Overrides {
		o := &b.Overrides[i]
		to = binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(to, o.Loan), o.Source)
		to = append(to, o.Pack, o.Class, o.Rule)
		to = binary.AppendVarint(binary.AppendVarint(to, int64(o.Since)), o.Provision)
	}
	return to
}

// ReadBond reads a bond.
func ReadBond(rec []byte) (b Bond, err error) {
	if len(rec) == 0 || rec[0] != bondVersion {
		return b, errStanding
	}
	r := reader{b: rec[1:]}
	for range r.uint() {
		head := r.uint()
		h := BorrowerHold{Code: uint16(head >> 1), State: State{Active: head&1 != 0}}
		h.Entered, h.Last, h.Left = civil.Date(r.int()), civil.Date(r.int()), civil.Date(r.int())
		if r.bad {
			return b, errStanding
		}
		b.Holds = append(b.Holds, h)
	}
	for n := r.uint(); n > 0 && !r.bad; n-- {
		var o Override
		if len(r.b) < 19 {
			return b, errStanding
		}
		o.Loan, o.Source = binary.LittleEndian.Uint64(r.b), binary.LittleEndian.Uint64(r.b[8:])
		o.Pack, o.Class, o.Rule = r.b[16], r.b[17], r.b[18]
		r.b = r.b[19:]
		o.Since, o.Provision = civil.Date(r.int()), r.int()
		b.Overrides = append(b.Overrides, o)
	}
	if r.bad || len(r.b) != 0 {
		return b, errStanding
	}
	return b, nil
}
