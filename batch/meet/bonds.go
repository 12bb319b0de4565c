package meet

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"slices"

	"daybook/aging/classify"
	"daybook/aging/score"
	"daybook/batch/rows"
	"daybook/ledger/store"
)

// A Classing is how classes are decided that are another loan's doing; the zero value where
// none are.
type Classing struct {
	Binder func() *classify.Binder // one for each worker; nil where none are
	// Classified and Staged are the places among the late packs of those that fill the
	// columns classification and stage; below zero: none.
	Classified, Staged int
	Supervised         classify.Supervised
	Scale              []int64 // by currency: units of the tape's scale in one minor unit
}

// bondedMax is how many loans of one borrower are looked at together. Of one who has more,
// each stands for itself.
const bondedMax = 100_000

// A ClassMove is loans on the book whose class is another under a pack than posting has said.
type ClassMove struct {
	Pack     int // index in the policy
	Currency uint16
	From, To classify.Verdict
	// ColumnFrom and ColumnTo are the classes in the column classification.
	ColumnFrom, ColumnTo uint8
	Loans                int64
	Total, Suspended     int64 // outstanding, and what of it is interest in memo only, at the scale of the tape
	// Before and After are what is provided for them, at the scale of the tape.
	Before, After int64
	// How they stood at the base, and of those on the book then what was carried, provided and
	// paid since, at the scale of the tape.
	BaseState                             uint8
	BaseClass                             uint8
	BaseCarrying, BaseProvision, BasePaid int64
}

// A classMoveKey is what moves are added up by.
type classMoveKey struct {
	currency             uint16
	pack                 uint8
	from, to             classify.Verdict
	columnFrom, columnTo uint8
	baseState, baseClass uint8
}

func (m *ClassMove) key() classMoveKey {
	return classMoveKey{m.Currency, uint8(m.Pack), m.From, m.To, m.ColumnFrom, m.ColumnTo, m.BaseState, m.BaseClass}
}

// add adds up moves of one kind.
func (m *ClassMove) add(o *ClassMove) {
	m.Loans, m.Total, m.Suspended = m.Loans+o.Loans, m.Total+o.Total, m.Suspended+o.Suspended
	m.Before, m.After = m.Before+o.Before, m.After+o.After
	m.BaseCarrying, m.BaseProvision, m.BasePaid = m.BaseCarrying+o.BaseCarrying, m.BaseProvision+o.BaseProvision, m.BasePaid+o.BasePaid
}

func compareMoves(a, b ClassMove) int {
	return cmp.Or(cmp.Compare(a.Pack, b.Pack), cmp.Compare(a.Currency, b.Currency), cmp.Compare(a.From.Class, b.From.Class),
		cmp.Compare(a.From.Rule, b.From.Rule), cmp.Compare(a.To.Class, b.To.Class), cmp.Compare(a.To.Rule, b.To.Rule),
		cmp.Compare(a.ColumnFrom, b.ColumnFrom), cmp.Compare(a.ColumnTo, b.ColumnTo), cmp.Compare(a.BaseState, b.BaseState),
		cmp.Compare(a.BaseClass, b.BaseClass))
}

// A binding is a worker's memory for classes.
type binding struct {
	binder   *classify.Binder
	reports  []classify.Report
	reported []byte             // what they are read from, where facts do not stay
	bound    [][]classify.Bound // by late pack and loan; nil where each loan stands for itself
	nth      int                // of the borrower's loans that is being looked at
	moves    sums[classMoveKey, ClassMove]
	// supervised are the moves of the tables of supervisors.
	supervised sums[SupervisedMove, SupervisedMove]
	bond       classify.Bond
	same       []byte // verdicts of the borrower's first loan
	apart      bool   // his loans must be looked at together
	adds       func(f fact) error
	alike      func(f fact) error
}

func (w *worker) prepareBinding() {
	if w.o.Binder == nil {
		return
	}
	w.binder, w.moves, w.supervised = w.o.Binder(), newSums[classMoveKey, ClassMove](), newSums[SupervisedMove, SupervisedMove]()
	w.adds, w.alike = w.addReport, w.compareReport
}

// bind decides the classes of a borrower's loans together, where they may not stand for
// themselves; before is what the book keeps of him.
func (w *worker) bind(ctx context.Context, id []byte, keys []rows.Key, before *classify.Bond) error {
	w.unbind()
	if w.binder == nil || len(keys) == 0 {
		return nil
	}
	w.apart, w.nth = w.binds(before), 0
	if err := w.eachFact(ctx, id, keys, w.alike); err != nil {
		return err
	}
	w.apart = w.apart || w.binder.Spreads(w.same)
	if !w.apart || w.nth > bondedMax {
		return nil
	}
	w.reports, w.reported = w.reports[:0], w.reported[:0]
	if err := w.eachFact(ctx, id, keys, w.adds); err != nil {
		return err
	}
	bound, holds, err := w.binder.Bind(w.reports, before)
	if err != nil {
		return err
	}
	w.bound, w.bond.Holds = bound, holds
	w.override()
	return nil
}

// unbind forgets what the loans of the borrower before made of each other.
func (w *worker) unbind() {
	w.bound, w.bond.Holds = nil, nil // the binder's
	w.bond.Overrides = w.bond.Overrides[:0]
}

// binds reports whether what the book keeps of a borrower asks that his loans be looked at together.
func (w *worker) binds(before *classify.Bond) bool {
	return w.binder != nil && (len(before.Holds) > 0 || w.binder.Keeps && len(before.Overrides) > 0)
}

// compareReport finds out whether a borrower's loans are all of the same classes, and ask
// nothing of him.
func (w *worker) compareReport(f fact) error {
	verdicts, asks, ok := w.binder.Glance(f.report())
	if !ok {
		return rows.ErrDamaged
	}
	if w.nth++; w.nth == 1 {
		w.same = append(w.same[:0], verdicts...)
	}
	w.apart = w.apart || asks || !classify.SameClasses(w.same, verdicts)
	return nil
}

func (w *worker) addReport(f fact) error {
	n := len(w.reports)
	if n < cap(w.reports) {
		w.reports = w.reports[:n+1]
	} else {
		w.reports = append(w.reports, classify.Report{})
	}
	r, rec := &w.reports[n], f.report()
	if len(w.facts.hot.ids) > 0 { // then it may be gone with the next
		from := len(w.reported)
		w.reported = append(w.reported, rec...)
		rec = w.reported[from:]
	}
	r.Currency, r.Bucket = uint16(f[factCurrency]), f[factBucket]
	err := w.binder.ReadReport(rec[:len(rec):len(rec)], r)
	if err == nil && int(r.Currency) >= len(w.o.Scale) {
		return rows.ErrDamaged
	}
	return err
}

// override notes of which loans the class is another than posting has said.
func (w *worker) override() {
	for k, list := range w.bound {
		for i := range list {
			b, l := &list[i], &w.reports[i]
			own := &l.Own[k]
			if b.Verdict == own.Verdict && b.Since == own.Since && b.Provision == own.Provision {
				continue
			}
			o := classify.Override{Loan: l.Loan, Pack: uint8(w.binder.Late[k]), Verdict: b.Verdict, Since: b.Since, Provision: b.Provision}
			if b.Source >= 0 {
				o.Source = w.reports[b.Source].Loan
			}
			w.bond.Overrides = append(w.bond.Overrides, o)
		}
	}
	slices.SortFunc(w.bond.Overrides, func(a, b classify.Override) int {
		return cmp.Or(cmp.Compare(a.Loan, b.Loan), cmp.Compare(a.Pack, b.Pack))
	})
	for i := range w.reports {
		if w.reports[i].OnBook && w.overridden(i) {
			w.moveLoan(i)
			w.supervise(i)
		}
	}
}

// overridden reports whether any pack gives a loan another class than posting has said.
func (w *worker) overridden(i int) bool {
	for k := range w.bound {
		b, own := &w.bound[k][i], &w.reports[i].Own[k]
		if b.Verdict != own.Verdict || b.Since != own.Since || b.Provision != own.Provision {
			return true
		}
	}
	return false
}

// moveLoan adds a loan to the moves of each late pack.
func (w *worker) moveLoan(i int) {
	l := &w.reports[i]
	scale := w.o.Scale[l.Currency]
	var from, to uint8
	if k := w.o.Classified; k >= 0 {
		from, to = l.Own[k].Class, w.bound[k][i].Class
	}
	for k := range w.bound {
		b, own := &w.bound[k][i], &l.Own[k]
		if b.Verdict == own.Verdict && b.Provision == own.Provision && from == to {
			continue // it stays where it is
		}
		w.move(&ClassMove{
			Pack: w.binder.Late[k], Currency: l.Currency, From: own.Verdict, To: b.Verdict, ColumnFrom: from, ColumnTo: to, Loans: 1,
			Total: l.Total * scale, Suspended: (l.Total - l.Carrying) * scale, Before: own.Provision * scale, After: b.Provision * scale,
			BaseState: l.Base.State, BaseClass: own.BaseClass, BaseCarrying: l.Base.Carrying * scale, BaseProvision: own.BaseProvision * scale,
			BasePaid: l.Base.Paid * scale,
		})
	}
}

func (w *worker) move(m *ClassMove) {
	sum, known := w.moves.of(m.key())
	if !known {
		*sum = *m
		return
	}
	sum.add(m)
}

// classOf is a loan's class in the column classification, with what the borrower's other
// loans make of it.
func (w *worker) classOf(f fact) uint8 {
	if w.bound == nil || w.o.Classified < 0 {
		return f.class()
	}
	return w.bound[w.o.Classified][w.nth].Class
}

// What is decided of a loan: row of the part (8 bytes, big-endian), whether the borrower's
// worst class is another than its own and that class, and under each late pack whether it is
// another than it would be by itself, and what it is.
func (w *worker) appendDecision(f fact, worst uint8, differs bool) (rec []byte, any bool) {
	rec = binary.BigEndian.AppendUint64(w.decision[:0], uint64(f.row()))
	if any = differs; differs {
		rec = append(rec, 1, worst)
	} else {
		rec = append(rec, 0, 0)
	}
	if w.bound == nil {
		return rec, any
	}
	for k := range w.bound {
		b, own := &w.bound[k][w.nth], &w.reports[w.nth].Own[k]
		if b.Verdict == own.Verdict && b.Since == own.Since && b.Provision == own.Provision {
			rec = append(rec, 0)
			continue
		}
		any = true
		rec = append(rec, 1, b.Class, b.Rule)
		rec = binary.AppendVarint(rec, int64(b.Since))
		rec = binary.AppendVarint(rec, b.Provision*w.o.Scale[w.reports[w.nth].Currency])
	}
	return rec, any
}

// decisionHead is how long a decision is that says nothing of packs, decisionSize room for
// one of most loans.
const (
	decisionHead = 10
	decisionSize = 64
)

// A decided is what appendDecision wrote, of one loan.
type decided struct {
	row     int64
	differs bool
	worst   uint8
	packs   []decidedPack
	isFinal bool // of its score, and nothing else
	final   score.Final
}

type decidedPack struct {
	is          bool
	class, rule uint8
	since       int64
	provision   int64
}

// read reads what appendDecision wrote under so many late packs, up to one of them: what follows it
// is not looked at.
func (d *decided) read(rec []byte, packs, upTo int) bool {
	if len(rec) < decisionHead {
		return false
	}
	d.row, d.differs, d.worst = int64(binary.BigEndian.Uint64(rec)), rec[8] != 0, rec[9]
	d.packs, d.isFinal = d.packs[:0], rec[8] == isFinal
	if d.isFinal {
		d.differs = false
		return d.readFinal(rec[9:])
	}
	if len(rec) == decisionHead {
		return true // none of them is another
	}
	r := rows.BodyOf(rec[decisionHead:])
	for range upTo {
		p := decidedPack{is: r.Byte() != 0}
		if p.is {
			p.class, p.rule, p.since, p.provision = r.Byte(), r.Byte(), r.Int(), r.Int()
		}
		d.packs = append(d.packs, p)
	}
	if upTo < packs {
		return !r.Bad
	}
	return r.Done()
}

// keepBond writes what a borrower's loans make of each other, if anything.
func (w *worker) keepBond(hash uint64, id []byte) error {
	if w.part == nil || !w.bond.Says() {
		return nil
	}
	w.rec = classify.AppendBond(w.rec[:0], &w.bond)
	return w.part.Add(store.Bonds, hash, id, nil, w.rec)
}

// noBond is that of a borrower of whom the book keeps none.
var noBond classify.Bond

// stirs reports whether a borrower's only loan asks something of him, so that his holds may change, or has another
// class with contagion.
func (w *worker) stirs(f fact) bool {
	if w.binder == nil {
		return false
	}
	verdicts, asks, ok := w.binder.Glance(f.report())
	return !ok || asks || w.binder.Spreads(verdicts)
}

// sameBond reports whether what a borrower's loans make of each other is what the book keeps.
func (w *worker) sameBond(kept *classify.Bond) bool {
	return bytes.Equal(classify.AppendBond(nil, &w.bond), classify.AppendBond(nil, kept))
}
