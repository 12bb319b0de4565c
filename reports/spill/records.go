package spill

import (
	"bufio"
	"context"
	"io"
)

// Records are a sorter's records one after the other, for who walks them beside something
// else in the same order, or shares them out.
type Records struct {
	ctx   context.Context
	m     merging
	first bool // the first is still to come
	n     int
	err   error
}

// Records returns all records in order, once all writers are closed. Call
// [Records.Close] when done with them.
func (s *Sorter) Records(ctx context.Context) *Records {
	for len(s.runs) > fanIn {
		if err := s.join(ctx); err != nil {
			return &Records{err: err}
		}
	}
	return s.records(ctx, s.runs)
}

func (s *Sorter) records(ctx context.Context, runs []run) *Records {
	r := &Records{ctx: ctx, first: true}
	shared := len(sharedPrefix(runs))
	buffer := int(min(max(s.budget/int64(2*len(runs)+1), 4<<10), 256<<10))
	for i := range runs {
		run := &runs[i]
		src := &source{refs: run.block.refs, block: &run.block, head: wordAt(run.prefix, shared), shift: 8 * (len(run.prefix) - shared)}
		if run.to > 0 {
			section := io.NewSectionReader(s.file, run.from, run.to-run.from)
			src = &source{in: bufio.NewReaderSize(section, buffer), shared: shared}
		}
		if r.err = r.m.add(src); r.err != nil {
			return r
		}
	}
	return r
}

// sharedPrefix returns what all records of some runs begin with.
func sharedPrefix(runs []run) (prefix []byte) {
	for i := range runs {
		if i == 0 {
			prefix = runs[i].prefix
		}
		prefix = prefix[:sharedLength(prefix, runs[i].prefix)]
	}
	return prefix
}

// Next returns the next record, which is valid until the next call; false at the end, or
// where [Records.Err] says what went wrong.
func (r *Records) Next() ([]byte, bool) {
	if !r.advance() {
		return nil, false
	}
	return r.m.heap[0].rec, true
}

// advance makes the heap's first the next record.
func (r *Records) advance() bool {
	if r.err == nil && r.n%4096 == 0 {
		r.err = r.ctx.Err()
	}
	if r.err != nil || len(r.m.heap) == 0 {
		return false
	}
	if !r.first {
		if r.err = r.m.next(); r.err != nil {
			return false
		}
	}
	r.first = false
	r.n++
	return len(r.m.heap) > 0
}

func (r *Records) each(fn func(rec []byte) error) error {
	for rec, ok := r.Next(); ok; rec, ok = r.Next() {
		if err := fn(rec); err != nil {
			return err
		}
	}
	return r.err
}

// A Batch is some of the records, one after the other. Its memory is used again.
type Batch struct {
	Recs  [][]byte
	arena []byte // those that were read from the file
}

// Take fills a batch with the next records, at most so many. They are valid until it is
// filled again or the sorter is removed, whatever else is taken.
func (r *Records) Take(b *Batch, most int) error {
	b.Recs, b.arena = b.Recs[:0], b.arena[:0]
	for len(b.Recs) < most && r.advance() {
		first := r.m.heap[0]
		rec := first.rec
		if first.in != nil {
			at := len(b.arena)
			b.arena = append(b.arena, rec...)
			rec = b.arena[at:]
		}
		b.Recs = append(b.Recs, rec)
	}
	return r.err
}

// Err returns what ended the records, nil at their natural end.
func (r *Records) Err() error { return r.err }

// Close ends the walk, and returns what ended it. It may be called again.
func (r *Records) Close() error {
	r.m = merging{}
	return r.err
}
