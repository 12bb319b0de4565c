package classify

import (
	"encoding/binary"
	"slices"

	"daybook/ledger/civil"
)

// A Report is what posting tells the pass by borrower of one loan whose class may be another
// loan's doing.
type Report struct {
	Loan    uint64 // hash of its id
	Counts  bool   // active, quarantined or charged off
	OnBook  bool
	Resting bool // at rest: what its product tells is all
	// Derived says that classes and provisions are those of its product at rest, so that they
	// need not be written.
	Derived   bool
	Asks      bool // a borrower-wide hold was entered by it since the last close
	Product   uint16
	Currency  uint16 // not written
	Total     int64  // outstanding, in minor units
	Carrying  int64  // in minor units
	Principal int64  // outstanding, in minor units
	Score     int32
	Bucket    uint8 // not written
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

// Bits of the head of a report.
const (
	countsBit = 1 << iota
	onBookBit
	restingBit
	_ // two of the state at the base
	_
	asksBit
	derivedBit
	narrowBit // see [roomy.sums]

	baseShift = 3
)

// The head of a report, which is of one size: bits and band (1 byte each), product (2) and hash of the loan's id (8), all
// little-endian.
const (
	headBits    = 0
	headBand    = 1
	headProduct = 2
	headLoan    = 4
	reportHead  = 12
)

// AppendReport writes a report, but for bucket and currency, which whoever keeps it knows: the head, the verdicts where
// they are not derived, and what differs in length.
func AppendReport(b []byte, r *Report) []byte {
	head := len(b)
	b = appendHead(b, bit(r.Counts, countsBit)|bit(r.OnBook, onBookBit)|bit(r.Resting, restingBit)|r.Base.State<<baseShift|
		bit(r.Asks, asksBit)|bit(r.Derived, derivedBit), r.Band, r.Product, r.Loan)
	if !r.Derived {
		for i := range r.Own {
			b = append(b, r.Own[i].Class, r.Own[i].Rule)
		}
	}
	w := roomy{b: b}
	w.sums(head, r.Disbursed, r.Score, r.Carrying, r.Principal, r.Total)
	based := r.Base.State == BaseOn
	if based || !r.Derived {
		for i := range r.Own {
			w.posted(&r.Own[i], based, r.Derived)
		}
	}
	if based {
		w.room(2)
		w.int(r.Carrying - r.Base.Carrying)
		w.int(r.Base.Paid)
	}
	return append(w.b, r.Told...)
}

// AppendDerived is [AppendReport] of a loan on the book of which its product says all, and of which nothing is told of
// how it stood at the last close of an earlier month but that it was not on the book then: as most are.
func AppendDerived(b []byte, loan uint64, product uint16, base uint8, disbursed civil.Date, score int32, carrying, principal, total int64) []byte {
	head := len(b)
	w := roomy{b: appendHead(b, countsBit|onBookBit|restingBit|derivedBit|base<<baseShift, 0, product, loan)}
	w.sums(head, disbursed, score, carrying, principal, total)
	return w.b
}

func appendHead(b []byte, bits, band uint8, product uint16, loan uint64) []byte {
	at := len(b)
	b = slices.Grow(b, reportHead)[:at+reportHead]
	head := b[at : at+reportHead]
	head[headBits], head[headBand] = bits, band
	binary.LittleEndian.PutUint16(head[headProduct:], product)
	binary.LittleEndian.PutUint64(head[headLoan:], loan)
	return b
}

// Where all of a loan's interest counts and its numbers fit, as nearly always, they are written without a branch: day
// and score (2 bytes each), what is carried, and what of it is no principal (4 each), all little-endian.
const narrowSize = 12

// sums writes the numbers that every report has, behind its head or its verdicts; head is where that begins.
func (w *roomy) sums(head int, disbursed civil.Date, score int32, carrying, principal, total int64) {
	interest := carrying - principal
	if total == carrying && uint32(disbursed)>>16|uint32(score)>>16 == 0 && (uint64(carrying)|uint64(interest))>>32 == 0 {
		w.b[head+headBits] |= narrowBit
		at := len(w.b)
		w.b = slices.Grow(w.b, narrowSize)[:at+narrowSize]
		to := w.b[at : at+narrowSize]
		binary.LittleEndian.PutUint32(to, uint32(disbursed)|uint32(score)<<16)
		binary.LittleEndian.PutUint64(to[4:], uint64(carrying)|uint64(interest)<<32)
		return
	}
	w.room(5)
	w.int(int64(disbursed))
	w.int(int64(score))
	w.int(carrying)
	w.int(interest)
	w.int(total - carrying)
}

// sums reads them.
func (r *reader) sums(to *Report, narrow bool) {
	if !narrow {
		to.Disbursed, to.Score = civil.Date(r.int()), int32(r.int())
		to.Carrying = r.int()
		to.Principal = to.Carrying - r.int()
		to.Total = to.Carrying + r.int()
		return
	}
	if len(r.b) < narrowSize {
		r.bad, r.b = true, nil
		return
	}
	day, amounts := binary.LittleEndian.Uint32(r.b), binary.LittleEndian.Uint64(r.b[4:])
	to.Disbursed, to.Score = civil.Date(day&0xFFFF), int32(day>>16)
	to.Carrying = int64(amounts & 0xFFFFFFFF)
	to.Principal, to.Total = to.Carrying-int64(amounts>>32), to.Carrying
	r.b = r.b[narrowSize:]
}

// Quiet reports whether nothing but the product of a loan decides its classes, as far as the loan itself goes, and
// nothing is asked of its borrower, by its report.
func Quiet(rec []byte) bool {
	return len(rec) >= reportHead && rec[headBits]&(derivedBit|asksBit) == derivedBit
}

// ProductOf returns the product of a report that is [Quiet], by the book's code.
func ProductOf(rec []byte) uint16 { return binary.LittleEndian.Uint16(rec[headProduct:]) }

// What the head of a pack in a report says follows it; nearly always little does.
const (
	postedSince = 1 << iota
	postedProvision
	postedByClass
	postedBaseClass     // another than its own
	postedBaseProvision // another than its own
)

// posted writes what posting says under a pack where it is not derived, and how that was at the base where the loan was on
// the book then.
func (w *roomy) posted(p *Posted, based, derived bool) {
	head := uint8(0)
	if !derived {
		head = bit(p.Since != civil.None, postedSince) | bit(p.Provision != 0, postedProvision) | bit(len(p.ByClass) > 0, postedByClass)
	}
	if based {
		head |= bit(p.BaseClass != p.Class, postedBaseClass) | bit(p.BaseProvision != p.Provision, postedBaseProvision)
	}
	w.room(5 + len(p.ByClass))
	w.byte(head)
	if head&postedSince != 0 {
		w.int(int64(p.Since))
	}
	if head&postedProvision != 0 {
		w.int(p.Provision)
	}
	if head&postedByClass != 0 {
		w.uint(uint64(len(p.ByClass)))
		for _, n := range p.ByClass {
			w.int(n)
		}
	}
	if head&postedBaseClass != 0 {
		w.byte(p.BaseClass)
	}
	if head&postedBaseProvision != 0 {
		w.int(p.Provision - p.BaseProvision)
	}
}

// posted reads what [roomy.posted] wrote, behind the verdict; of what is derived the provision is known.
func (r *reader) posted(p *Posted, based bool) {
	head := r.byte()
	if head&postedSince != 0 {
		p.Since = civil.Date(r.int())
	}
	if head&postedProvision != 0 {
		p.Provision = r.int()
	}
	if head&postedByClass != 0 {
		for range min(r.uint(), ClassesMax) {
			p.ByClass = append(p.ByClass, r.int())
		}
	}
	if !based {
		return
	}
	p.BaseClass, p.BaseProvision = p.Class, p.Provision
	if head&postedBaseClass != 0 {
		p.BaseClass = r.byte()
	}
	if head&postedBaseProvision != 0 {
		p.BaseProvision -= r.int()
	}
}

// A roomy writes numbers as encoding/binary does, into room that was made for some of them at once.
type roomy struct{ b []byte }

// room makes room for so many numbers.
func (w *roomy) room(numbers int) { w.b = slices.Grow(w.b, numbers*binary.MaxVarintLen64) }

func (w *roomy) int(v int64) { w.uint(uint64(v)<<1 ^ uint64(v>>63)) }

func (w *roomy) uint(v uint64) {
	at := len(w.b)
	to := w.b[at : at+binary.MaxVarintLen64]
	n := 0
	for ; v >= 0x80; n++ {
		to[n] = byte(v) | 0x80
		v >>= 7
	}
	to[n] = byte(v)
	w.b = w.b[:at+n+1]
}

func (w *roomy) byte(v byte) { w.b = append(w.b, v) }

// Next adds what posting says under one more pack. Memory for amounts by class is that of a report
// before, empty.
func (r *Report) Next() *Posted {
	n := len(r.Own)
	if n < cap(r.Own) {
		r.Own = r.Own[:n+1]
	} else {
		r.Own = append(r.Own, Posted{})
	}
	p := &r.Own[n]
	*p = Posted{ByClass: p.ByClass[:0]}
	return p
}

// Glance reports whether a loan's report asks anything of its borrower, and returns its own
// verdicts as they are written: class and rule under each late pack, until the next call.
func (b *Binder) Glance(rec []byte) (verdicts []byte, asks, ok bool) {
	if len(rec) < reportHead || int(binary.LittleEndian.Uint16(rec[headProduct:])) >= len(b.Subjects) {
		return nil, false, false
	}
	bits := rec[headBits]
	if bits&derivedBit == 0 {
		n := reportHead + 2*len(b.Late)
		if len(rec) < n {
			return nil, false, false
		}
		return rec[reportHead:n], bits&asksBit != 0, true
	}
	return b.atRest(binary.LittleEndian.Uint16(rec[headProduct:])).verdicts, bits&asksBit != 0, true
}

// atRest is what packs say of the loans of a product at rest.
func (b *Binder) atRest(product uint16) *AtRest {
	if b.resting.Set == nil {
		b.resting = Resting{Set: b.Set, On: b.On, Subjects: b.Subjects}
	}
	x := b.resting.Of(product)
	if x.verdicts == nil {
		for _, pack := range b.Late {
			x.verdicts = append(x.verdicts, x.Verdicts[pack].Class, x.Verdicts[pack].Rule)
			x.classRates = append(x.classRates, b.resting.ratesOf(b.Set.Packs[pack], product))
		}
	}
	return x
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

// Spreads reports whether a borrower's loans that all have the classes of these verdicts, or his only one, have
// another with contagion: where what is non-performing is more than its share, and draws them up to a class.
func (b *Binder) Spreads(verdicts []byte) bool {
	for k, pack := range b.Late {
		p := b.Set.Packs[pack]
		if class := int(verdicts[2*k]); p.Contagion.Over > 0 && class < p.Contagion.AtLeast && p.Classes[class].NonPerforming {
			return true
		}
	}
	return false
}

// ReadReport reads a report; bucket and currency stay as they are. What was told stays the record's.
func (b *Binder) ReadReport(rec []byte, to *Report) error {
	verdicts, asks, ok := b.Glance(rec)
	if !ok {
		return errStanding
	}
	bits := rec[headBits]
	to.Counts, to.OnBook, to.Resting = bits&countsBit != 0, bits&onBookBit != 0, bits&restingBit != 0
	to.Asks, to.Derived = asks, bits&derivedBit != 0
	to.Base = Base{State: bits >> baseShift & 3}
	to.Band, to.Product, to.Loan = rec[headBand], binary.LittleEndian.Uint16(rec[headProduct:]), binary.LittleEndian.Uint64(rec[headLoan:])
	r := reader{b: rec[reportHead:]}
	if !to.Derived {
		r.b = r.b[len(verdicts):]
	}
	r.sums(to, bits&narrowBit != 0)
	to.Own = to.Own[:0]
	based := to.Base.State == BaseOn
	for i, pack := range b.Late {
		own := to.Next()
		own.Verdict, own.Since = Verdict{verdicts[2*i], verdicts[2*i+1]}, civil.None
		if to.Derived {
			own.Provision = b.derived(to, pack)
		}
		if based || !to.Derived {
			r.posted(own, based)
		}
	}
	if based {
		to.Base.Carrying, to.Base.Paid = to.Carrying-r.int(), r.int()
	}
	to.Told = r.b
	if r.bad {
		return errStanding
	}
	return nil
}

// derived returns what is provided for a loan at rest under a pack that provides by rates or not at all.
func (b *Binder) derived(l *Report, pack int) int64 {
	p := b.Set.Packs[pack]
	if p.Provision.Method != Rates || !l.OnBook {
		return 0
	}
	return p.Provision.atRate(l, b.atRest(l.Product).Rates[pack])
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
	err = b.Read(rec)
	return b, err
}

// Read is [ReadBond] into the memory of a bond before.
func (b *Bond) Read(rec []byte) error {
	b.Forget()
	if len(rec) == 0 || rec[0] != bondVersion {
		return errStanding
	}
	r := reader{b: rec[1:]}
	for range r.uint() {
		head := r.uint()
		h := BorrowerHold{Code: uint16(head >> 1), State: State{Active: head&1 != 0}}
		h.Entered, h.Last, h.Left = civil.Date(r.int()), civil.Date(r.int()), civil.Date(r.int())
		if r.bad {
			return errStanding
		}
		b.Holds = append(b.Holds, h)
	}
	for n := r.uint(); n > 0 && !r.bad; n-- {
		if len(r.b) < 19 {
			return errStanding
		}
		o := Override{Loan: binary.LittleEndian.Uint64(r.b), Source: binary.LittleEndian.Uint64(r.b[8:]), Pack: r.b[16], Verdict: Verdict{r.b[17], r.b[18]}}
		r.b = r.b[19:]
		o.Since, o.Provision = civil.Date(r.int()), r.int()
		b.Overrides = append(b.Overrides, o)
	}
	if r.bad || len(r.b) != 0 {
		return errStanding
	}
	return nil
}

// Forget empties a bond and keeps its memory.
func (b *Bond) Forget() { b.Holds, b.Overrides = b.Holds[:0], b.Overrides[:0] }
