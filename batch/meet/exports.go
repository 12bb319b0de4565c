package meet

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"

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

// What was done about borrowers is a generation of its own in the book: who gets a task is
// known only when all are ranked, which is after what is known of each is written. Changes
// are gathered on the way, in the order of the book, and merged with what lies there; so
// are the keys of tasks, by which results come back.

// exportShares is how many shares of the hashes are written side by side.
const exportShares = 4

// A divided is changes by their share of the hashes, which they begin with.
type divided [exportShares]*spill.Sorter

func (g *Gathering) divided(name string, share int64) (d divided) {
	for i := range d {
		d[i] = g.sorter(fmt.Sprintf("%s-%d", name, i), share*exportShares)
	}
	return d
}

// writer returns a way in for one of a number of workers.
func (d *divided) writer(workers int) (w dividedWriter) {
	for i := range d {
		w[i] = d[i].Writer(workers)
	}
	return w
}

// A dividedWriter is one worker's way into changes.
type dividedWriter [exportShares]*spill.Writer

func (w *dividedWriter) add(rec []byte) error { return w[int(rec[0])*exportShares>>8].Add(rec) }

func (w *dividedWriter) close() (err error) {
	for i := range w {
		err = errors.Join(err, w[i].Close())
	}
	return err
}

// exports gathers what changes in treatments, and whose tasks' keys come and go.
type exports struct {
	treatments, keys dividedWriter
	night            civil.Date
	rec              []byte
}

// Kinds of change of a treatment, in the order in which they are applied.
const (
	changeBase  = iota // as the borrower's night leaves it, before any task
	changeTask         // a task
	changeBelow        // below capacity
)

func appendTreatmentKey(b, id []byte) []byte {
	return spill.AppendText(binary.BigEndian.AppendUint64(b, store.Hash(id)), id)
}

// base notes a treatment that differs from what the book has.
func (e *exports) base(id []byte, t *borrower.Treatment) error {
	e.rec = append(appendTreatmentKey(e.rec[:0], id), changeBase)
	if t.Says() {
		e.rec = record.AppendTreatment(e.rec, t)
	}
	return e.treatments.add(e.rec)
}

// forgetKey notes that a task's key is erased.
func (e *exports) forgetKey(key string) error {
	e.rec = append(appendIDKey(e.rec[:0], []byte(key)), 0)
	return e.keys.add(e.rec)
}

// Task notes a task that was exported, and its key.
func (e *exports) Task(id []byte, key string, way borrower.Channel, attempts int32, covered [][]byte) error {
	b := append(appendTreatmentKey(e.rec[:0], id), changeTask, byte(way))
	b = rows.AppendText(binary.AppendVarint(b, int64(attempts)), []byte(key))
	b = binary.AppendUvarint(b, uint64(len(covered)))
	for _, loan := range covered {
		b = rows.AppendText(b, loan)
	}
	e.rec = b
	if err := e.treatments.add(e.rec); err != nil {
		return err
	}
	e.rec = append(append(appendIDKey(e.rec[:0], []byte(key)), 1), id...)
	return e.keys.add(e.rec)
}

// Below notes a borrower for whom no channel had capacity left.
func (e *exports) Below(id []byte) error {
	e.rec = append(appendTreatmentKey(e.rec[:0], id), changeBelow)
	return e.treatments.add(e.rec)
}

// Close hands over what was noted.
func (e *exports) Close() error { return errors.Join(e.treatments.close(), e.keys.close()) }

// apply applies a change to a treatment that the rewriting has read.
func (m *rewriting) apply(t *borrower.Treatment, change []byte, night civil.Date) error {
	if len(change) == 0 {
		return rows.ErrDamaged
	}
	switch d := rows.BodyOf(change[1:]); change[0] {
	case changeBase:
		*t = borrower.NoTreatment()
		if len(change) == 1 {
			return nil
		}
		var err error
		*t, err = m.reader.Read(change[1:])
		return err
	case changeTask:
		task := borrower.Task{On: night + 1, Channel: borrower.Channel(d.Byte()), Attempts: int(d.Int()), Key: string(d.Text()), RecalledOn: civil.None}
		for range d.Uint() {
			task.Loans = append(task.Loans, string(d.Text()))
		}
		if !d.Done() {
			return rows.ErrDamaged
		}
		t.Tasks, t.Below, t.BelowOn = append(t.Tasks, task), 0, civil.None
		return nil
	case changeBelow:
		t.BelowOn = night
		return nil
	}
	return rows.ErrDamaged
}

// Export writes what was done about borrowers, with the tasks that the queue made, and the
// keys of tasks.
func (r *Result) Export(ctx context.Context, o *Options) error {
	if o.Build == nil {
		return nil
	}
	var digests [3 * exportShares]store.PartDigest
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(o.Workers, 1))
	for share := range exportShares {
		g.Go(reports.Guarded(func() (err error) {
			digests[3*share], err = r.writeTreatments(ctx, o, share)
			return err
		}))
		g.Go(reports.Guarded(func() (err error) {
			digests[3*share+1], err = r.writeKeys(ctx, o, share)
			return err
		}))
		if o.Scoring == nil {
			continue
		}
		g.Go(reports.Guarded(func() (err error) {
			digests[3*share+2], err = r.writeFinals(ctx, o, share)
			return err
		}))
	}
	err := g.Wait()
	r.Digests = append(r.Digests, digests[:]...)
	return err
}

// partitionsOf returns the partitions of a share.
func partitionsOf(share int) (from, to int) {
	const width = store.Partitions / exportShares
	return share * width, (share + 1) * width
}

func (r *Result) writeTreatments(ctx context.Context, o *Options, share int) (digest store.PartDigest, err error) {
	from, to := partitionsOf(share)
	part, err := o.Build.Part(from, to, store.Treatments)
	if err != nil {
		return digest, err
	}
	known, err := o.Book.Scan(store.Treatments, civil.None, from, to)
	if err != nil {
		return digest, err
	}
	defer known.Close()
	m := &rewriting{part: part, known: known, more: known.Next(), space: store.Treatments, ctx: ctx}
	var at []byte // whose treatment is at hand
	var hash uint64
	var t borrower.Treatment
	var rec []byte
	put := func() error {
		if at == nil || !t.Says() {
			return nil
		}
		rec = record.AppendTreatment(rec[:0], &t)
		return part.Add(store.Treatments, hash, at, nil, rec)
	}
	err = r.treatments[share].Each(ctx, func(change []byte) error {
		h, id, rest, err := splitKey(change)
		if err != nil {
			return err
		}
		if at == nil || h != hash || !bytes.Equal(id, at) {
			if err := put(); err != nil {
				return err
			}
			hash, at = h, append(at[:0], id...)
			if t, err = m.treatment(hash, at, rest); err != nil {
				return err
			}
		}
		return m.apply(&t, rest, o.Date)
	})
	if err == nil {
		err = put()
	}
	if err == nil {
		err = m.rest()
	}
	if err != nil {
		return digest, err
	}
	return part.Finish()
}

// splitKey reads the key of a change, and returns what follows it.
func splitKey(rec []byte) (hash uint64, id, rest []byte, err error) {
	if len(rec) < 8 {
		return 0, nil, nil, rows.ErrDamaged
	}
	d := spill.Record{B: rec[8:]}
	id = d.Text()
	if d.Bad || len(d.B) == 0 {
		return 0, nil, nil, rows.ErrDamaged
	}
	return binary.BigEndian.Uint64(rec), id, d.B, nil
}

// A rewriting copies records of a space that do not change.
type rewriting struct {
	part  *store.Part
	known *store.Scan
	more  bool
	space store.Space
	ctx   context.Context

	reader record.TreatmentReader
}

// before copies what comes before a key.
func (m *rewriting) before(hash uint64, id []byte) error {
	for m.more && m.known.Before(hash, id) {
		if err := m.copy(); err != nil {
			return err
		}
	}
	return m.ctx.Err()
}

func (m *rewriting) copy() error {
	err := m.part.Add(m.space, m.known.Hash(), m.known.ID(), nil, m.known.Record())
	m.more = m.known.Next()
	return err
}

// rest copies all that is left.
func (m *rewriting) rest() error {
	for n := 0; m.more; n++ {
		if err := m.copy(); err != nil {
			return err
		}
		if n%1024 == 0 && m.ctx.Err() != nil {
			return m.ctx.Err()
		}
	}
	return m.known.Err()
}

// treatment returns what the book has of a borrower, and leaves it behind. It is not read where the
// first change takes its place.
func (m *rewriting) treatment(hash uint64, id, change []byte) (t borrower.Treatment, err error) {
	if err := m.before(hash, id); err != nil {
		return t, err
	}
	if !m.more || !bytes.Equal(m.known.ID(), id) {
		return borrower.NoTreatment(), m.known.Err()
	}
	if t = borrower.NoTreatment(); change[0] != changeBase {
		t, err = m.reader.Read(m.known.Record())
	}
	m.more = m.known.Next()
	return t, err
}

func (r *Result) writeKeys(ctx context.Context, o *Options, share int) (digest store.PartDigest, err error) {
	from, to := partitionsOf(share)
	part, err := o.Build.Part(from, to, store.TaskKeys)
	if err != nil {
		return digest, err
	}
	known, err := o.Book.Scan(store.TaskKeys, civil.None, from, to)
	if err != nil {
		return digest, err
	}
	defer known.Close()
	m := &rewriting{part: part, known: known, more: known.Next(), space: store.TaskKeys, ctx: ctx}
	var rec []byte
	err = r.keys[share].Each(ctx, func(change []byte) error {
		hash, id, rest, err := splitKey(change)
		if err != nil {
			return err
		}
		if err := m.before(hash, id); err != nil {
			return err
		}
		if m.more && bytes.Equal(m.known.ID(), id) {
			m.more = m.known.Next()
		}
		if rest[0] == 0 {
			return nil
		}
		rec = record.AppendContactID(rec[:0], rest[1:])
		return part.Add(store.TaskKeys, hash, id, nil, rec)
	})
	if err == nil {
		err = m.rest()
	}
	if err != nil {
		return digest, err
	}
	return part.Finish()
}

// Sink returns who notes what becomes of the candidates, for one of a number of workers;
// nil where nothing is kept of it.
func (r *Result) Sink(workers int, night civil.Date) queue.Sink {
	return &exports{treatments: r.treatments.writer(workers), keys: r.keys.writer(workers), night: night}
}
