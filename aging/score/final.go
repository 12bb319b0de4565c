package score

import (
	"encoding/binary"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Where a policy asks for what is known by borrower, scores are finished borrower by borrower: what
// a loan's own night knows of its score is told on, and what comes of it is kept by loan until the
// next close.

// ByBorrower reports whether scores are finished borrower by borrower, as features of cards and
// models ask for it, or points for promises.
func (p *Points) ByBorrower() bool {
	if p.Scoring == nil {
		return false
	}
	for f := range FeatureKinds {
		if f.OfBorrower() && p.Scoring.Uses.Has(f) {
			return true
		}
	}
	return p.Promises()
}

// Promises reports whether promises have points.
func (p *Points) Promises() bool {
	a := p.Adjustments
	return a != nil && (a[BrokenPromise].Points != 0 || a[PromiseKept].Points != 0)
}

// A Conduct is what is known of a borrower beyond a single loan.
type Conduct struct {
	Loans      int64 // on the book
	Broken     int64 // promises of the last 180 days
	Kept       int64 // of those decided in the last 180 days
	Decided    int64 // kept, partly kept or broken
	Unanswered int64 // attempts of the last 30 days since the last conversation
}

// Set sets the features that it tells.
func (c *Conduct) Set(x *Features) {
	x.Set(LoansOnBook, c.Loans)
	x.Set(BrokenPromises180d, c.Broken)
	x.Set(ContactsUnanswered30d, c.Unanswered)
	if c.Decided > 0 {
		x.Set(PromiseKeptShare, money.MulDiv(c.Kept, Million, c.Decided))
	}
}

// A Told is what a loan's own night knows of its score.
type Told struct {
	BookedOn      civil.Date
	Opening, Last int32 // scores: the opening one and that of the last close
	Features      Features
	Sum           int64    // whole points of events
	Moved         Moves    // of them since the last close
	Promised      [2]int32 // whole points of broken and kept promises at the last close
}

// Append writes it.
func (t *Told) Append(b []byte, uses FeatureSet) []byte {
	known := uint64(t.Features.known) & uint64(uses)
	for _, v := range [...]int64{int64(t.BookedOn), int64(t.Opening), int64(t.Last), t.Sum, int64(t.Promised[0]), int64(t.Promised[1])} {
		b = binary.AppendVarint(b, v)
	}
	moved := uint64(0)
	for k, m := range t.Moved {
		if m != 0 {
			moved |= 1 << k
		}
	}
	b = binary.AppendUvarint(binary.AppendUvarint(b, known), moved)
	for f := range FeatureKinds {
		if known>>f&1 != 0 {
			b = binary.AppendVarint(b, t.Features.values[f])
		}
	}
	for _, m := range t.Moved {
		if m != 0 {
			b = binary.AppendVarint(b, int64(m))
		}
	}
	return b
}

// Read reads what Append wrote; false where it is damaged.
func (t *Told) Read(b []byte) bool {
	*t = Told{}
	r := reader{b: b}
	t.BookedOn, t.Opening, t.Last, t.Sum = civil.Date(r.int()), int32(r.int()), int32(r.int()), r.int()
	t.Promised = [2]int32{int32(r.int()), int32(r.int())}
	known, moved := r.uint(), r.uint()
	for f := range FeatureKinds {
		if known>>f&1 != 0 {
			t.Features.Set(f, r.int())
		}
	}
	for k := range t.Moved {
		if moved>>k&1 != 0 {
			t.Moved[k] = int32(r.int())
		}
	}
	return !r.bad && len(r.b) == 0 && known < 1<<FeatureKinds && moved < 1<<Reasons
}

// A reader reads numbers.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	r.pass(n)
	return v
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	r.pass(n)
	return v
}

func (r *reader) pass(n int) {
	if n <= 0 {
		r.b, r.bad = nil, true
		return
	}
	r.b = r.b[n:]
}

// A Final is what is made of a loan's score once its borrower is known.
type Final struct {
	Score, Delta int32
	Reasons      [4]uint8 // as the book has them
	Promised     [2]int32 // whole points of broken and kept promises
	Conduct
}

// Append writes it as a book keeps it.
func (f *Final) Append(b []byte) []byte {
	for _, v := range f.numbers() {
		b = binary.AppendVarint(b, v)
	}
	return append(b, f.Reasons[:]...)
}

func (f *Final) numbers() [9]int64 {
	return [...]int64{
		int64(f.Score), int64(f.Delta), int64(f.Promised[0]), int64(f.Promised[1]), f.Loans, f.Broken, f.Kept, f.Decided, f.Unanswered,
	}
}

// Read reads what Append wrote; false where it is damaged.
func (f *Final) Read(b []byte) bool {
	r := reader{b: b}
	*f = Final{Score: int32(r.int()), Delta: int32(r.int()), Promised: [2]int32{int32(r.int()), int32(r.int())}}
	f.Conduct = Conduct{Loans: r.int(), Broken: r.int(), Kept: r.int(), Decided: r.int(), Unanswered: r.int()}
	if r.bad || len(r.b) != len(f.Reasons) {
		return false
	}
	copy(f.Reasons[:], r.b)
	return true
}

// Finish makes the score of a loan: promised are the whole points of broken and kept promises, codes
// the book's numbers of reasons.
func (p *Points) Finish(t *Told, c *Conduct, promised [2]int32, codes []uint8, s *Scratch) (f Final) {
	x := t.Features
	c.Set(&x)
	base, why, ok := p.Scoring.Base(&x, p, s)
	if !ok {
		base = t.Opening
	}
	f.Conduct, f.Promised = *c, promised
	f.Score = p.Within64(int64(base) + t.Sum + int64(promised[0]) + int64(promised[1]))
	if f.Delta = f.Score - t.Last; f.Delta == 0 {
		return f
	}
	moves := t.Moved
	moves[BrokenPromise] += promised[0] - t.Promised[0]
	moves[PromiseKept] += promised[1] - t.Promised[1]
	for i, r := range Then(moves.Reasons(), why) {
		f.Reasons[i] = codes[r]
	}
	return f
}

// Within64 returns a sum within the limits.
func (p *Points) Within64(sum int64) int32 {
	return int32(min(max(sum, int64(p.Floor)), int64(p.Ceiling)))
}
