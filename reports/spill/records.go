package spill

import (
	"context"
	"errors"
	"iter"
)

// Records are a sorter's records one at a time, to walk them beside something else in the
// same order.
type Records struct {
	next func() ([]byte, bool)
	stop func()
	err  error
}

// Records returns all records in order, once all writers are closed. Call
// [Records.Close] when done with them.
func (s *Sorter) Records(ctx context.Context) *Records {
	r := &Records{}
	enough := errors.New("enough")
	r.next, r.stop = iter.Pull(func(yield func([]byte) bool) {
		err := s.Each(ctx, func(rec []byte) error {
			if !yield(rec) {
				return enough
			}
			return nil
		})
		if err != enough {
			r.err = err
		}
	})
	return r
}

// Next returns the next record, which is valid until the next call; false at the end, or
// where [Records.Err] says what went wrong.
func (r *Records) Next() ([]byte, bool) { return r.next() }

// Err returns what ended the records, nil at their natural end.
func (r *Records) Err() error { return r.err }

// Close ends the walk, and returns what ended it. It may be called again.
func (r *Records) Close() error {
	r.stop()
	return r.err
}
