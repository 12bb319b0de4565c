package meet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"daybook/aging/classify"
	"daybook/aging/treat"
	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
	"daybook/reports/queue"
	"daybook/reports/spill"

	"golang.org/x/sync/errgroup"
)

// Options configures [Gathering.Run].
type Options struct {
	Workers int
	Book    *store.Book
	// Build takes what is known of borrowers after the night; nil where nothing of it
	// changes, as when a night is published again.
	Build *store.Build
	// Outcome counts what became of a row, once for each; nil where there are none. It is
	// called by several workers, each with its number.
	Outcome func(worker int, kind rows.Kind, file int, num int64, o borrower.Outcome)
	// Differs is told of a borrower of whom the book keeps another worst tier than his
	// loans have, as [borrower.State] keeps it; nil: nobody asks. Several workers call it.
	Differs func(id []byte, worst, kept uint8)
	// BondDiffers is told of a borrower of whom the book keeps another bond than his loans
	// have.
	BondDiffers func(id []byte)
	// Progress is told how many of the partitions are done; nil: nobody asks.
	Progress func(done, total int64)
	// Scoring is how scores are finished; nil where they are not, or were.
	Scoring *Scoring
	Treatment
	Classing
}

// A Treatment is what borrowers are treated by.
type Treatment struct {
	Date   civil.Date // of the night
	Form   *reports.Form
	Rules  *treat.Rules
	Names  Names
	Zones  func() *Zones // one for each worker
	Ledger func() Ledger // of earlier nights, one for each worker; nil where no money is looked up
	// OwnerOf returns whose a loan was when the night began, empty where there was none; nil
	// where nothing is looked up.
	OwnerOf func(loan string) (borrower string, err error)
	DNC     bool // the keys of tasks are asked for whose borrowers may not be called any more
}

// A Result is what the pass decided.
type Result struct {
	Digests []store.PartDigest // of what was built
	// OnBook is how many borrowers have a loan on the book, by currency and bucket.
	OnBook []int64
	// Control is who is where, of those who are not contacted, by the currency of each loan;
	// Places is the same by reason, and what was reported. Tape is what is past due.
	Control, Places queue.Places
	Tape            []queue.PlaceSum
	Promises        int64 // borrowers with a promise that can still change
	tasks           *queue.Collector
	late            []*spill.Sorter // by part of the tape
	treatments      divided         // what changes in them
	// Moves are loans whose class is another than posting has said, in order.
	Moves []ClassMove
	// Supervised are those that the tables of supervisors have otherwise, in any order: they add up.
	Supervised []SupervisedMove
	packs      int // whose classes may be another loan's doing
	columns    map[string]lateColumn
	keys       divided // of tasks
	finals     divided // scores of loans, where they are finished
}

// Queue returns the collection queue.
func (r *Result) Queue(o queue.Options) *queue.Queue { return r.tasks.Queue(o) }

// A Late gives what was decided of one column of the loans of one part of the tape.
type Late struct {
	records *spill.Records
	column  lateColumn
	packs   int // late ones
	decided decided
	err     error

	read []decided // where all were read before, what is left of them; records is nil then
}

// A lateColumn is what of a decision is the value of a late column, and of how many packs a decision
// must be read for that.
type lateColumn struct {
	packs int
	of    func(d *decided) (value int64, is bool)
}

// Late returns what was decided of a column of a part's loans. Call [Late.Close] when it is
// done with.
func (r *Result) Late(ctx context.Context, part int, column string) *Late {
	return &Late{records: r.late[part].Records(ctx), column: r.columns[column], packs: r.packs}
}

// Next returns the next decision in the order of the tape: the row, and the value.
func (l *Late) Next() (row, value int64, ok bool) {
	for len(l.read) > 0 {
		d := &l.read[0]
		l.read = l.read[1:]
		if value, is := l.column.of(d); is {
			return d.row, value, true
		}
	}
	if l.records == nil {
		return 0, 0, false
	}
	for {
		rec, ok := l.records.Next()
		if !ok {
			return 0, 0, false
		}
		if !l.decided.read(rec, l.packs, l.column.packs) {
			l.err = rows.ErrDamaged
			return 0, 0, false
		}
		if value, is := l.column.of(&l.decided); is {
			return l.decided.row, value, true
		}
	}
}

// Close ends it. An error is what went wrong on the way.
func (l *Late) Close() error {
	if l.records == nil {
		return l.err
	}
	return errors.Join(l.err, l.records.Close())
}

// lateMax is of how many decisions of a part all columns are read at once: some 12 MB.
const lateMax = 1 << 16

// readLate reads what was decided of a part's loans for all columns; nil where it is too much.
func (r *Result) readLate(ctx context.Context, part int) ([]decided, error) {
	n := r.late[part].Len()
	if n == 0 || n > lateMax {
		return nil, nil
	}
	list, packs := make([]decided, 0, n), make([]decidedPack, 0, int(n)*r.packs)
	err := r.late[part].Each(ctx, func(rec []byte) error {
		d := decided{packs: packs[len(packs):]}
		if !d.read(rec, r.packs, r.packs) {
			return rows.ErrDamaged
		}
		packs = packs[:len(packs)+len(d.packs)]
		list = append(list, d)
		return nil
	})
	return list, err
}

// columnsOf says what of a decision is the value of each late column.
func columnsOf(c *Classing, packs []*classify.Pack) map[string]lateColumn {
	columns := map[string]lateColumn{
		"borrower_classification": {of: func(d *decided) (int64, bool) { return int64(d.worst), d.differs }},
	}
	of := func(k int, value func(p *decidedPack) int64) lateColumn {
		return lateColumn{packs: k + 1, of: func(d *decided) (int64, bool) {
			if k >= len(d.packs) || !d.packs[k].is {
				return 0, false
			}
			return value(&d.packs[k]), true
		}}
	}
	finalColumns(columns)
	class := func(p *decidedPack) int64 { return int64(p.class) }
	for k, p := range packs {
		columns[p.Name+"_class"] = of(k, class)
		columns[p.Name+"_rule"] = of(k, func(p *decidedPack) int64 { return int64(p.rule) })
		columns[p.Name+"_non_performing_since"] = of(k, func(p *decidedPack) int64 { return p.since })
		columns[p.Name+"_provision"] = of(k, func(p *decidedPack) int64 { return p.provision })
		if k == c.Classified {
			columns["classification"] = of(k, class)
		}
		if k == c.Staged {
			columns["stage"] = of(k, class)
		}
	}
	return columns
}

// fewShares is how many shares the borrowers are worked in, or as many as the tape has
// parts where these are more. It decides how many tables the book gets, not what is in
// them.
const fewShares = 16

// Run works all borrowers, those that tonight's rows name and those that the book knows.
func (g *Gathering) Run(ctx context.Context, o Options) (*Result, error) {
	r := &Result{
		OnBook: make([]int64, len(o.Names.Buckets)*len(o.Names.Currencies)), tasks: g.tasks, late: g.late,
		treatments: g.divided("treatments", tasksShare), keys: g.divided("task-keys", idsShare),
	}
	if o.Scoring != nil {
		r.finals = g.divided("final-scores", idsShare)
	}
	r.learnColumns(&o.Classing)
	x := &pass{g: g, o: o, r: r, budget: g.budget(o.Workers)}
	if err := x.settleKeys(ctx); err != nil {
		return nil, err
	}
	if err := x.settleIDs(ctx); err != nil {
		return nil, err
	}
	if err := x.each(ctx, (*worker).work); err != nil {
		return nil, err
	}
	r.Tape = g.tape.sums(o.Names.Currencies)
	r.Control.Sort()
	r.Places.Sort()
	if o.Build == nil {
		return r, nil
	}
	return r, x.writeIDs(ctx)
}

// learnColumns says what the late columns are.
func (r *Result) learnColumns(c *Classing) {
	var late []*classify.Pack
	if c.Binder != nil {
		b := c.Binder()
		for _, i := range b.Late {
			late = append(late, b.Set.Packs[i])
		}
	}
	r.packs, r.columns = len(late), columnsOf(c, late)
}

// A pass is one run over all borrowers.
type pass struct {
	g      *Gathering
	o      Options
	r      *Result
	mu     sync.Mutex    // of the result
	done   atomic.Int64  // partitions
	budget int64         // bytes of rows that one worker may sort at once
	trials *spill.Sorter // rows that would be accepted, of ids that several borrowers ask for
	taken  *spill.Sorter // changes of who has which id
}

// A worker works partitions of borrowers, one after the other.
type worker struct {
	*pass
	number int
	night  borrower.Night
	part   *store.Part
	beside
	sorted rows.Sorted
	facts  facts
	late   []*spill.Writer // by part of the tape
	trials *spill.Writer
	taken  *spill.Writer
	trying bool // nothing that is decided is kept
	rec    []byte
	deciding
	counted
	verdict
	binding

	decision  [decisionSize]byte
	adding    func(f fact) error // addFact
	differing func(f fact) error // decideFact

	someone person
}

// A beside is what the book knows of the borrowers of a partition.
type beside struct {
	known   *store.Scan
	treated *store.Scan
	bonded  *store.Scan
}

// A counted is the borrowers on the book by currency and bucket, each once.
type counted struct {
	onBook []int64
	seen   []bool // of the borrower at hand
	seenAt []int  // those that are set
}

// A verdict is what the loans of the borrower at hand decide together: the worst tier of
// those on the book, if any is, and that plus one where they differ; and their scores.
type verdict struct {
	scored
	worst    uint8
	isOnBook bool
	differ   uint8
}

// each has workers do all parts.
func (x *pass) each(ctx context.Context, do func(w *worker, ctx context.Context, from, to int) error) error {
	count := max(fewShares, len(x.g.late))
	width := store.Partitions / count
	g, working := errgroup.WithContext(ctx)
	var next atomic.Int64
	workers := make([]*worker, min(max(x.o.Workers, 1), count))
	for i := range workers {
		w := x.newWorker(i, len(workers))
		workers[i] = w
		g.Go(reports.Guarded(func() (err error) {
			defer func() { err = errors.Join(err, w.release()) }()
			for k := int(next.Add(1)) - 1; k < count; k = int(next.Add(1)) - 1 {
				if err := do(w, working, k*width, (k+1)*width); err != nil {
					return err
				}
			}
			return w.close()
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	var moves []ClassMove
	for _, w := range workers {
		for i, n := range w.onBook {
			x.r.OnBook[i] += n
		}
		x.r.Control.Merge(w.control)
		x.r.Places.Merge(w.rules)
		x.r.Promises += w.openPromised
		for _, m := range w.moves.all {
			moves = append(moves, *m)
		}
		for _, m := range w.supervised.all {
			x.r.Supervised = append(x.r.Supervised, *m)
		}
	}
	x.r.Moves = joinMoves(moves)
	return nil
}

func (x *pass) newWorker(number, workers int) *worker {
	w := &worker{
		pass: x, number: number,
		counted: counted{onBook: make([]int64, len(x.r.OnBook)), seen: make([]bool, len(x.r.OnBook))},
	}
	for _, late := range x.g.late {
		w.late = append(w.late, late.Writer(workers))
	}
	w.adding, w.differing = w.addFact, w.decideFact
	w.prepareBinding()
	w.facts.learn = w.learnKind
	w.prepareScoring(workers)
	w.prepare(workers)
	w.facts.hot = overflow{dir: x.g.dir, name: fmt.Sprintf("facts-%d", number), budget: x.budget}
	if x.trials != nil {
		w.trials = x.trials.Writer(workers)
	}
	if x.taken != nil {
		w.taken = x.taken.Writer(workers)
	}
	return w
}

// release gives up what the worker reads the book with, however its work ends: a book that is read from can't be closed, and
// would say so in the place of what went wrong.
func (w *worker) release() error {
	if w.ledger == nil {
		return nil
	}
	return w.ledger.Close()
}

// close hands over what the worker has, which is sorted first.
func (w *worker) close() error {
	errs := []error{w.queue.Close(), w.exports.Close()}
	if w.o.Scoring != nil {
		errs = append(errs, w.finals.close())
	}
	for _, s := range append(w.late, w.trials, w.taken) {
		if s != nil {
			errs = append(errs, s.Close())
		}
	}
	return errors.Join(errs...)
}

// work does the borrowers of some partitions, and writes what is known of them now.
func (w *worker) work(ctx context.Context, from, to int) (err error) {
	if w.o.Build != nil {
		if w.part, err = w.o.Build.Part(from, to, store.Borrowers, store.Bonds); err != nil {
			return err
		}
	}
	for q := from; q < to; q++ {
		if err := w.partition(ctx, q, (*worker).settle); err != nil {
			return fmt.Errorf("borrowers, partition %02x: %w", q, err)
		}
		if err := errors.Join(w.g.rows.Drop(q), w.g.facts.Drop(q)); err != nil {
			return err
		}
		if done := w.done.Add(1); w.o.Progress != nil {
			w.o.Progress(done, store.Partitions)
		}
	}
	if w.part == nil {
		return nil
	}
	d, err := w.part.Finish()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.r.Digests = append(w.r.Digests, d)
	return err
}

// partition brings the rows and facts of a partition together with what the book knows,
// and calls do for each borrower; in a trial, only where there are rows of his.
func (w *worker) partition(ctx context.Context, q int, do func(w *worker, ctx context.Context, hash uint64) error) (err error) {
	if w.known, err = w.o.Book.Scan(store.Borrowers, civil.None, q, q+1); err != nil {
		return err
	}
	if w.treated, err = w.o.Book.Scan(store.Treatments, civil.None, q, q+1); err != nil {
		return errors.Join(err, w.known.Close())
	}
	if w.bonded, err = w.o.Book.Scan(store.Bonds, civil.None, q, q+1); err != nil {
		return errors.Join(err, w.known.Close(), w.treated.Close())
	}
	defer func() { err = errors.Join(err, w.facts.remove(), w.known.Close(), w.treated.Close(), w.bonded.Close()) }()
	ranges, err := rows.Ranges(ctx, q, w.budget, w.g.rows, w.g.facts)
	if err != nil {
		return err
	}
	more, moreTreated, moreBonded := w.known.Next(), w.treated.Next(), w.bonded.Next()
	for i, r := range ranges {
		if err := w.g.rows.Load(ctx, q, r, w.budget, &w.sorted, w.beyond); err != nil {
			return err
		}
		w.sorted.Sort()
		w.sorted.Prune(w.beyond)
		if err := w.facts.load(ctx, w.g.facts, q, r, w.budget); err != nil {
			return err
		}
		m := merging{worker: w, refs: w.sorted.Refs, keys: w.facts.keys, last: r.Last, end: i == len(ranges)-1, more: more, moreTreated: moreTreated, moreBonded: moreBonded}
		if err := m.run(ctx, do); err != nil {
			return err
		}
		more, moreTreated, moreBonded = m.more, m.moreTreated, m.moreBonded
		if err := w.facts.remove(); err != nil {
			return err
		}
	}
	return errors.Join(w.known.Err(), w.treated.Err(), w.bonded.Err())
}

// A merging walks the rows and facts of a range and the borrowers that the book knows, in
// the order of their hashes and ids.
type merging struct {
	*worker
	refs        []rows.Ref
	keys        []rows.Key // of facts
	last        uint64     // hash of the range
	end         bool       // it is the partition's last range
	more        bool       // the scan stands on a borrower
	moreTreated bool       // and that of treatments
	moreBonded  bool       // and that of bonds
}

func (m *merging) run(ctx context.Context, do func(w *worker, ctx context.Context, hash uint64) error) error {
	for count := 0; ; count++ {
		if count%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		hash, id, ok := m.next()
		for n := 0; len(m.keys) > 0 && (!ok || m.keys[0].Hash < hash); n++ { // as nearly all are
			if n%256 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			own := m.group()
			if err := m.loansOnly(ctx, own); err != nil {
				return err // without his id: what a night says has none
			}
		}
		if !ok {
			return nil
		}
		if err := m.one(ctx, hash, id, do); err != nil {
			return err
		}
	}
}

// next returns the next borrower of whom there are rows, or whom the book knows.
func (m *merging) next() (hash uint64, id []byte, ok bool) {
	if len(m.refs) > 0 {
		hash, id, ok = m.refs[0].Hash, rows.IDOf(m.refs[0].Row), true
	}
	if m.more && (m.end || m.known.Hash() <= m.last) && (!ok || m.known.Before(hash, id)) {
		hash, id, ok = m.known.Hash(), m.known.ID(), true
	}
	if m.moreTreated && (m.end || m.treated.Hash() <= m.last) && (!ok || m.treated.Before(hash, id)) {
		hash, id, ok = m.treated.Hash(), m.treated.ID(), true
	}
	if m.moreBonded && (m.end || m.bonded.Hash() <= m.last) && (!ok || m.bonded.Before(hash, id)) {
		hash, id, ok = m.bonded.Hash(), m.bonded.ID(), true
	}
	return hash, id, ok
}

// group takes the facts of the next borrower who has any.
func (m *merging) group() (keys []rows.Key) {
	n := group(m.keys)
	keys, m.keys = m.keys[:n], m.keys[n:]
	return keys
}

// one does the borrower that next has returned; facts of others with his hash go first.
func (m *merging) one(ctx context.Context, hash uint64, id []byte, do func(w *worker, ctx context.Context, hash uint64) error) error {
	var own []rows.Key
	for own == nil && len(m.keys) > 0 && m.keys[0].Hash == hash {
		order := bytes.Compare(m.facts.at(m.keys[0]).id(), id)
		if order > 0 {
			break
		}
		if some := m.group(); order == 0 {
			own = some
		} else if err := m.loansOnly(ctx, some); err != nil {
			return err
		}
	}
	n := 0
	for n < len(m.refs) && m.refs[n].Hash == hash && bytes.Equal(rows.IDOf(m.refs[n].Row), id) {
		n++
	}
	p := &m.someone
	p.begin(id, own, m.refs[:n])
	m.refs = m.refs[n:]
	isKnown := m.more && bytes.Equal(m.known.ID(), id)
	if isKnown {
		state, err := record.ReadBorrower(m.known.Record())
		if err != nil {
			return err
		}
		p.state = state
	}
	isTreated := m.moreTreated && bytes.Equal(m.treated.ID(), id)
	if isTreated {
		t, err := p.reader.Read(m.treated.Record())
		if err != nil {
			return err
		}
		p.treatment = t
	}
	isBonded := m.moreBonded && bytes.Equal(m.bonded.ID(), id)
	if isBonded {
		if err := p.bond.Read(m.bonded.Record()); err != nil {
			return err
		}
	}
	if err := do(m.worker, ctx, hash); err != nil {
		return err
	}
	if isKnown {
		m.more = m.known.Next()
	}
	if isTreated {
		m.moreTreated = m.treated.Next()
	}
	if isBonded {
		m.moreBonded = m.bonded.Next()
	}
	return nil
}

// beyond counts a row of a borrower who has more than a night looks at.
func (w *worker) beyond(row []byte) {
	h := rows.ParseHead(row)
	w.count(h.Kind, int(h.File), h.Num, borrower.TooMany)
}

func (w *worker) count(kind rows.Kind, file int, num int64, o borrower.Outcome) {
	if w.o.Outcome != nil && !w.trying {
		w.o.Outcome(w.number, kind, file, num, o)
	}
}

// CloseTapes appends the late column to the parts of the tape and closes them, several
// at once. A form without late columns takes nothing of it.
func (r *Result) CloseTapes(ctx context.Context, workers int, tapes []*reports.Tape, done func(part int, out reports.Output)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(workers, 1))
	outputs := make([]reports.Output, len(tapes))
	for part, tape := range tapes {
		g.Go(reports.Guarded(func() (err error) {
			if !tape.IsLate() {
				outputs[part], err = tape.Close(nil)
				return err
			}
			outputs[part], err = r.closeTape(ctx, part, tape)
			return err
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for part := range outputs {
		done(part, outputs[part])
	}
	return nil
}

// closeTape appends the late columns to a part of the tape, one after the other.
func (r *Result) closeTape(ctx context.Context, part int, tape *reports.Tape) (out reports.Output, err error) {
	read, err := r.readLate(ctx, part)
	if err != nil {
		return out, err
	}
	var open []*Late
	out, err = tape.Close(func(column string) reports.Next {
		late := &Late{column: r.columns[column], read: read}
		if read == nil {
			late = r.Late(ctx, part, column)
		}
		open = append(open, late)
		return late.Next
	})
	for _, late := range open {
		err = errors.Join(err, late.Close())
	}
	return out, err
}

// joinMoves adds up moves of one kind, and sorts them.
func joinMoves(all []ClassMove) (list []ClassMove) {
	slices.SortFunc(all, compareMoves)
	for _, m := range all {
		if n := len(list); n > 0 && compareMoves(list[n-1], m) == 0 {
			list[n-1].add(&m)
			continue
		}
		list = append(list, m)
	}
	return list
}
