package meet

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"slices"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports/spill"
)

// A fact is what the night says of a loan to the pass by borrower. There is one for each
// loan, so it is few bytes: hash of the borrower's id (8 bytes, big-endian), row of the
// loan in its part of the tape and the part (5 and 2, little-endian), index of its own
// tier, code of its currency, index of its bucket, bits, length of
// the borrower's id (1 each), length of the report (1), or where it is long those of the rest and of the report
// (2 and 4, little-endian), the id, what treatment is told of the loan, which is empty where nothing is to be decided
// of it, and the report of its classes, which is empty where they are its own. Where its score is
// to be finished there follows how long that is (2, little-endian), the loan's id and what its night knows of it.
type fact []byte

const (
	factRow      = 8
	factPart     = 13
	factClass    = 15
	factCurrency = 16
	factBucket   = 17
	factBits     = 18
	factID       = 19
	factShort    = 20
	factHead     = 21
	factRest     = 20
	factReport   = 22
	factLongHead = 26
)

// Bits of a fact.
const (
	isOnBook = 1 << iota
	isScored // its score is to be finished
	isLong
	isQuiet // it says nothing but what [kind] has
)

func (f fact) hash() uint64 { return binary.BigEndian.Uint64(f) }
func (f fact) row() int64   { return int64(binary.LittleEndian.Uint64(f[factRow:]) & (1<<40 - 1)) }
func (f fact) part() int    { return int(binary.LittleEndian.Uint16(f[factPart:])) }
func (f fact) class() uint8 { return f[factClass] }
func (f fact) onBook() bool { return f[factBits]&isOnBook != 0 }
func (f fact) id() []byte   { h := f.head(); return f[h : h+int(f[factID])] }

func (f fact) rest() []byte {
	if f[factBits]&isLong == 0 {
		return nil
	}
	return f[factLongHead+int(f[factID]) : f.told()-f.reported()]
}

// report is what posting says of the loan's classes.
func (f fact) report() []byte { return f[f.told()-f.reported() : f.told()] }

// scored is the loan's id, and what its night knows of its score; ok is false where there is nothing.
func (f fact) scored() (id, told []byte, ok bool) {
	if f[factBits]&isScored == 0 {
		return nil, nil, false
	}
	d := rows.BodyOf(f[f.told()+2 : f.size()])
	id = d.Text()
	return id, d.Rest(), !d.Bad
}

// head is how long the head is.
func (f fact) head() int {
	if f[factBits]&isLong != 0 {
		return factLongHead
	}
	return factHead
}

func (f fact) reported() int {
	if f[factBits]&isLong != 0 {
		return int(binary.LittleEndian.Uint32(f[factReport:]))
	}
	return int(f[factShort])
}

// size is how long the fact is.
func (f fact) size() int {
	n := f.told()
	if f[factBits]&isScored != 0 {
		n += 2 + int(binary.LittleEndian.Uint16(f[n:]))
	}
	return n
}

// whole reports whether a row is a fact and nothing more.
func (f fact) whole() bool {
	if len(f) < factHead || len(f) < f.head() {
		return false
	}
	n := f.told()
	if f[factBits]&isScored != 0 && len(f) < n+2 {
		return false
	}
	return len(f) == f.size()
}

// told is how long it is without the score.
func (f fact) told() int {
	if f[factBits]&isLong == 0 {
		return factHead + int(f[factID]) + int(f[factShort])
	}
	return factLongHead + int(f[factID]) + int(binary.LittleEndian.Uint16(f[factRest:])) + f.reported()
}

// AddFacts adds a batch of loans: rows first and on of a part of the tape. flags are those
// of loans that have any, by row.
func (w *Writer) AddFacts(part int, first int64, f *aging.Facts, flags map[int][]borrower.Flag) error {
	for i := range f.Rows {
		id := f.Borrower.Row(i)
		if len(id) == 0 {
			id = f.LoanID.Row(i) // who is not known is known by the loan
		}
		told, due, tells := w.g.tell(f, i, flags[i])
		if due {
			w.tape.add(f.Codes[aging.Currency][i], f.Amounts[aging.PastDueAmount][i])
		}
		var report []byte
		if i < len(f.Told.Offsets)-1 {
			report = f.Told.Row(i)
		}
		scored, bits := i < len(f.Scored.Offsets)-1, uint32(0)
		plain := !tells && !scored
		if plain && (len(report) == 0 || classify.Quiet(report)) {
			bits = isQuiet
		}
		hash, place := store.Hash(id), uint64(first+int64(i))|uint64(part)<<40
		named := w.g.names || w.g.booked != civil.None && f.Days[aging.BookedOn][i] == w.g.booked
		if plain && !named && len(report) <= math.MaxUint8 { // as nearly all are: written where it is to lie
			row, err := w.facts.Room(hash, factHead+len(id)+len(report))
			if err != nil {
				return err
			}
			putFact(row, hash, place, f, i, bits)
			row[factID], row[factShort] = uint8(len(id)), uint8(len(report))
			copy(row[factHead+copy(row[factHead:], id):], report)
			continue
		}
		w.startFact(hash, place, f, i, bits, tells || named || len(report) > math.MaxUint8)
		w.row[factID] = uint8(len(id))
		w.row = append(w.row, id...)
		switch {
		case tells:
			w.row = appendLoan(w.row, f, i, due, told)
		case named:
			w.row = appendName(w.row, f, i)
		}
		w.appendReport(report, factLongHead+len(id))
		if scored {
			w.appendScored(f.LoanID.Row(i), f.Scored.Row(i))
		}
		if err := w.facts.Add(hash, w.row); err != nil {
			return err
		}
	}
	return nil
}

// startFact makes the head of the fact of a loan, at a place in the tape.
func (w *Writer) startFact(hash, place uint64, f *aging.Facts, i int, bits uint32, long bool) {
	head := factHead
	if long {
		head, bits = factLongHead, bits|isLong
	}
	w.row = slices.Grow(w.row[:0], factLongHead)[:head]
	putFact(w.row, hash, place, f, i, bits)
}

// putFact writes what all facts begin with, and bits.
func putFact(row []byte, hash, place uint64, f *aging.Facts, i int, bits uint32) {
	if aging.LoanStatus(f.Codes[aging.Status][i]).OnBook() {
		bits |= isOnBook
	}
	row = row[:factHead]
	binary.BigEndian.PutUint64(row, hash)
	binary.LittleEndian.PutUint64(row[factRow:], place)
	binary.LittleEndian.PutUint32(row[factClass:], uint32(uint8(f.Codes[aging.Classification][i]))|
		uint32(uint8(f.Codes[aging.Currency][i]))<<8|uint32(uint8(f.Codes[aging.Bucket][i]))<<16|bits<<24)
}

// appendReport adds the report of a loan's classes; the rest begins at a place where the fact is long.
func (w *Writer) appendReport(report []byte, rest int) {
	if w.row[factBits]&isLong == 0 {
		w.row[factShort] = uint8(len(report))
	} else {
		binary.LittleEndian.PutUint16(w.row[factRest:], uint16(len(w.row)-rest))
		binary.LittleEndian.PutUint32(w.row[factReport:], uint32(len(report)))
	}
	w.row = append(w.row, report...)
}

// appendScored adds what a loan's night knows of its score.
func (w *Writer) appendScored(id, told []byte) {
	w.row[factBits] |= isScored
	from := len(w.row)
	w.row = append(rows.AppendText(append(w.row, 0, 0), id), told...)
	binary.LittleEndian.PutUint16(w.row[from:], uint16(len(w.row)-from-2))
}

// tell reports whether a loan is past due and to be collected, and whether treatment is told of
// it, and of which of its flags.
func (a *asking) tell(f *aging.Facts, i int, flags []borrower.Flag) (told []borrower.Flag, due, tells bool) {
	status := aging.LoanStatus(f.Codes[aging.Status][i])
	due = f.Counts[aging.DaysPastDue][i] > 0 && status.Collectable()
	if len(flags) > 0 {
		told = telling(flags, a.contactOn)
	}
	return told, due, due || len(told) > 0 || a.reminded(f, i, status)
}

// reminded reports whether a reminder may be of a loan.
func (a *asking) reminded(f *aging.Facts, i int, status aging.LoanStatus) bool {
	on := f.Days[aging.NextDueOn][i]
	if on == civil.None || status != aging.LoanActive || f.Counts[aging.DaysPastDue][i] > 0 {
		return false
	}
	for _, days := range a.reminders {
		if int32(on-a.contactOn) == days {
			return true
		}
	}
	return false
}

// facts are those of a range of hashes, in the order of the borrowers' hashes and ids. Where a key says its fact lies,
// it says too of which kind the fact is, and once they are sorted, whether its borrower is that of the key before: facts
// lie all over megabytes, so they are looked at once for that.
type facts struct {
	keys, spare []rows.Key
	arena       []byte   // the facts
	hot         overflow // of borrowers with very many loans
	kinds
}

// isNext is in a key's place that its borrower is that of the key before.
const isNext = 1 << (kindShift - 1)

// at returns the fact of a key.
func (s *facts) at(k rows.Key) fact { return s.arena[k.At&(isNext-1):] }

// load reads a range of a partition. Of one borrower who has more loans than a night
// looks at, some go to the disk where all together come to more than the budget.
func (s *facts) load(ctx context.Context, from *rows.Scatter, q int, r rows.Range, budget int64) error {
	s.keys, s.arena = s.keys[:0], s.arena[:0]
	limit := 2 * budget
	err := from.Each(ctx, q, func(row []byte, _ bool) error {
		if !fact(row).whole() {
			return rows.ErrDamaged
		}
		hash := fact(row).hash()
		if !r.Has(hash) {
			return nil
		}
		s.add(hash, row)
		if s.size() > limit {
			s.prune()
			limit = max(2*budget, 2*s.size())
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.sort()
	return s.hot.close()
}

func (s *facts) add(hash uint64, row []byte) {
	s.keys = append(s.keys, rows.Key{Hash: hash, At: uint64(len(s.arena)) | s.kindOf(row)<<kindShift})
	s.arena = append(s.arena, row...)
}

func (s *facts) size() int64 { return int64(len(s.keys)*rows.KeySize + len(s.arena)) }

func (s *facts) sort() {
	s.keys, s.spare = rows.SortKeys(s.keys, s.spare)
	rows.EachRun(s.keys, func(run []rows.Key) {
		if s.mark(run) == 1 {
			return
		}
		slices.SortFunc(run, func(a, b rows.Key) int {
			return cmp.Or(cmp.Compare(a.Hash, b.Hash), bytes.Compare(s.at(a).id(), s.at(b).id()))
		})
		s.mark(run)
	})
}

// mark notes in keys which are of the borrower of the key before, and returns how many times it changes, the first
// included.
func (s *facts) mark(run []rows.Key) int {
	changes := 1
	run[0].At &^= isNext
	for i := 1; i < len(run); i++ {
		a, b := &run[i-1], &run[i]
		if b.At &^= isNext; a.Hash == b.Hash && bytes.Equal(s.at(*a).id(), s.at(*b).id()) {
			b.At |= isNext
		} else {
			changes++
		}
	}
	return changes
}

// prune sorts, and takes the facts that one borrower has beyond so many to the disk.
func (s *facts) prune() {
	s.sort()
	old := facts{keys: s.keys, arena: s.arena}
	s.keys, s.arena, s.spare = make([]rows.Key, 0, len(old.keys)), nil, nil
	for left := old.keys; len(left) > 0; {
		n := group(left)
		for i, k := range left[:n] {
			f := old.at(k)
			if f = f[:f.size()]; i < rows.PerIDMax {
				s.add(k.Hash, f)
			} else {
				s.hot.add(f)
			}
		}
		left = left[n:]
	}
}

// group returns how many of some sorted keys are of the borrower of the first.
func group(keys []rows.Key) int {
	n := 1
	for n < len(keys) && keys[n].At&isNext != 0 {
		n++
	}
	return n
}

// remove forgets the facts of the range.
func (s *facts) remove() error {
	s.keys, s.arena = s.keys[:0], s.arena[:0]
	return s.hot.remove()
}

// An overflow is facts that there is no room for in memory: those of borrowers with very
// many loans, as where all loans of a portfolio have one id. What goes wrong is kept for
// close.
type overflow struct {
	dir, name string
	budget    int64
	facts     *spill.Sorter // nil where there is none, as nearly always
	w         *spill.Writer
	ids       map[string]bool // of whom there are some
	err       error
}

func (o *overflow) add(f fact) {
	if o.facts == nil {
		o.facts = spill.New(o.dir, o.name, o.budget)
		o.w = o.facts.Writer(1)
		o.ids = map[string]bool{}
	}
	if !o.ids[string(f.id())] {
		o.ids[string(f.id())] = true
	}
	if err := o.w.Add(f); o.err == nil {
		o.err = err
	}
}

func (o *overflow) close() error {
	if o.facts == nil {
		return nil
	}
	return errors.Join(o.err, o.w.Close())
}

func (o *overflow) remove() error {
	if o.facts == nil {
		return nil
	}
	err := o.facts.Remove()
	o.facts, o.w, o.ids, o.err = nil, nil, nil, nil
	return err
}

// each calls fn with the facts of a borrower.
func (o *overflow) each(ctx context.Context, id []byte, fn func(f fact) error) error {
	if !o.ids[string(id)] {
		return nil
	}
	return o.facts.Each(ctx, func(row []byte) error {
		if !bytes.Equal(fact(row).id(), id) {
			return nil
		}
		return fn(row)
	})
}
