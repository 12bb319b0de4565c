package meet

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"

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

// exports gathers what changes in treatments, and whose tasks' keys come and go.
type exports struct {
	treatments, keys *spill.Writer
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
	return e.treatments.Add(e.rec)
}

// forgetKey notes that a task's key is erased.
func (e *exports) forgetKey(key string) error {
	e.rec = append(appendIDKey(e.rec[:0], []byte(key)), 0)
	return e.keys.Add(e.rec)
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
	if err := e.treatments.Add(e.rec); err != nil {
		return err
	}
	e.rec = append(append(appendIDKey(e.rec[:0], []byte(key)), 1), id...)
	return e.keys.Add(e.rec)
}

// Below notes a borrower for whom no channel had capacity left.
func (e *exports) Below(id []byte) error {
	e.rec = append(appendTreatmentKey(e.rec[:0], id), changeBelow)
	return e.treatments.Add(e.rec)
}

// Close hands over what was noted.
func (e *exports) Close() error { return errors.Join(e.treatments.Close(), e.keys.Close()) }

// apply applies a change to a treatment.
func applyChange(t *borrower.Treatment, change []byte, night civil.Date) error {
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
		*t, err = record.ReadTreatment(change[1:])
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
	var digests [2]store.PartDigest
	g, ctx := errgroup.WithContext(ctx)
	g.Go(reports.Guarded(func() (err error) {
		digests[0], err = r.writeTreatments(ctx, o)
		return err
	}))
	g.Go(reports.Guarded(func() (err error) {
		digests[1], err = r.writeKeys(ctx, o)
		return err
	}))
	err := g.Wait()
	r.Digests = append(r.Digests, digests[:]...)
	return err
}

func (r *Result) writeTreatments(ctx context.Context, o *Options) (digest store.PartDigest, err error) {
	part, err := o.Build.Part(0, store.Partitions, store.Treatments)
	if err != nil {
		return digest, err
	}
	known, err := o.Book.Scan(store.Treatments, civil.None, 0, store.Partitions)
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
	err = r.treatments.Each(ctx, func(change []byte) error {
		h, id, rest, err := splitKey(change)
		if err != nil {
			return err
		}
		if at == nil || h != hash || !bytes.Equal(id, at) {
			if err := put(); err != nil {
				return err
			}
			hash, at = h, append(at[:0], id...)
			if t, err = m.treatment(hash, at); err != nil {
				return err
			}
		}
		return applyChange(&t, rest, o.Date)
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

// treatment returns what the book has of a borrower, and leaves it behind.
func (m *rewriting) treatment(hash uint64, id []byte) (t borrower.Treatment, err error) {
	if err := m.before(hash, id); err != nil {
		return t, err
	}
	if !m.more || !bytes.Equal(m.known.ID(), id) {
		return borrower.NoTreatment(), m.known.Err()
	}
	t, err = record.ReadTreatment(m.known.Record())
	m.more = m.known.Next()
	return t, err
}

func (r *Result) writeKeys(ctx context.Context, o *Options) (digest store.PartDigest, err error) {
	part, err := o.Build.Part(0, store.Partitions, store.TaskKeys)
	if err != nil {
		return digest, err
	}
	known, err := o.Book.Scan(store.TaskKeys, civil.None, 0, store.Partitions)
	if err != nil {
		return digest, err
	}
	defer known.Close()
	m := &rewriting{part: part, known: known, more: known.Next(), space: store.TaskKeys, ctx: ctx}
	var rec []byte
	err = r.keys.Each(ctx, func(change []byte) error {
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
	return &exports{treatments: r.treatments.Writer(workers), keys: r.keys.Writer(workers), night: night}
}
