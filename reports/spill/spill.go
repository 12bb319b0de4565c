// Package spill sorts records that may not fit into memory: each worker gathers
// and sorts its own, what is above the budget goes to one file as sorted runs, and
// all runs are merged when the records are asked for. A record is bytes, and its
// order is theirs: [AppendText] and [AppendInt] write keys whose bytes order as
// their values do.
//
// What comes out depends on the records alone, never on who added them, in which
// order, or what went to the disk.
package spill

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// fanIn is the most runs that are merged at once: more are merged in several
// passes, so that the buffers stay within the budget.
const fanIn = 64

// A Sorter sorts the records of one kind.
type Sorter struct {
	path   string
	budget int64 // bytes of records in memory, of writers at work and of those done

	spare *Spare // nil: there is none

	mu    sync.Mutex
	file  *os.File // made with the first run that does not fit
	size  int64    // of the file
	held  int64    // bytes of runs in memory
	more  int64    // bytes from the spare, of writers that are done
	runs  []run
	count int64
}

// A run is sorted records: in memory, or a stretch of the file.
type run struct {
	prefix   []byte // what all begin with
	block    block
	from, to int64
}

// New returns a sorter that goes to a file of a folder, which it makes when it has
// to, past a budget of bytes.
func New(dir, name string, budget int64) *Sorter {
	return &Sorter{path: filepath.Join(dir, name), budget: max(budget, 1<<10)}
}

// Len returns how many records the closed writers have added.
func (s *Sorter) Len() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

// Spilled reports whether anything went to the disk.
func (s *Sorter) Spilled() bool { return s.size > 0 }

// A Writer is one worker's way into a sorter.
type Writer struct {
	s        *Sorter
	share    int64
	borrowed int64 // of the share, from the spare
	block    block
	count    int64
}

// Writer returns a way in for one of a number of workers.
func (s *Sorter) Writer(workers int) *Writer {
	return &Writer{s: s, share: min(max(s.budget/int64(max(workers, 1)), 512), blockMax)}
}

// Add adds a record, which is copied.
func (w *Writer) Add(rec []byte) error {
	if need := w.block.size() + int64(len(rec)) + refSize; need > w.share && w.block.len() > 0 && !w.reach(need) {
		if err := w.s.write(&w.block); err != nil {
			return err
		}
	}
	w.block.add(rec)
	w.count++
	return nil
}

// Close hands over what the writer has; it may be used again after it.
func (w *Writer) Close() error {
	s := w.s
	s.mu.Lock()
	s.count += w.count
	w.count = 0
	keep := w.block.len() > 0 && s.held+w.block.size() <= s.budget+s.more+w.borrowed && len(s.runs) < fanIn
	if keep {
		s.held += w.block.size()
		s.more += w.borrowed
	} else {
		s.spare.give(w.borrowed)
	}
	w.share, w.borrowed = w.share-w.borrowed, 0
	s.mu.Unlock()
	if w.block.len() == 0 {
		return nil
	}
	if !keep {
		err := s.write(&w.block)
		w.block = block{}
		return err
	}
	prefix := w.block.sort()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.runs = append(s.runs, run{prefix: prefix, block: w.block})
	w.block = block{}
	return nil
}

// write sorts a block and appends it to the file as a run.
func (s *Sorter) write(b *block) error {
	prefix := b.sort()
	s.mu.Lock()
	defer s.mu.Unlock()
	out, err := s.begin(prefix)
	if err != nil {
		return err
	}
	for i := range b.refs {
		if err := out.put(b.rec(i)); err != nil {
			return err
		}
	}
	b.reset()
	return out.end()
}

// A runWriter appends one run to the file.
type runWriter struct {
	s      *Sorter
	out    *bufio.Writer
	prefix []byte // what its records begin with
	from   int64
	head   []byte
}

func (s *Sorter) begin(prefix []byte) (*runWriter, error) {
	if s.file == nil {
		if err := os.MkdirAll(filepath.Dir(s.path), 0o700); err != nil {
			return nil, fmt.Errorf("spill: %w", err)
		}
		f, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return nil, fmt.Errorf("spill: %w", err)
		}
		s.file = f
	}
	at := &offsetWriter{s.file, s.size}
	out := bufio.NewWriterSize(at, int(min(max(s.budget/8, 4<<10), 256<<10)))
	return &runWriter{s: s, out: out, prefix: prefix, from: s.size}, nil
}

type offsetWriter struct {
	f  *os.File
	at int64
}

func (w *offsetWriter) Write(b []byte) (int, error) {
	n, err := w.f.WriteAt(b, w.at)
	w.at += int64(n)
	return n, err
}

func (w *runWriter) put(rec []byte) error {
	w.head = binary.AppendUvarint(w.head[:0], uint64(len(rec)))
	_, err := w.out.Write(w.head)
	if err == nil {
		_, err = w.out.Write(rec)
	}
	if err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	w.s.size += int64(len(w.head) + len(rec))
	return nil
}

func (w *runWriter) end() error {
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	w.s.runs = append(w.s.runs, run{prefix: w.prefix, from: w.from, to: w.s.size})
	return nil
}

// Each calls fn with every record in order, once all writers are closed. The record
// is valid until fn returns.
func (s *Sorter) Each(ctx context.Context, fn func(rec []byte) error) error {
	return s.Records(ctx).each(fn)
}

// join merges the oldest runs into one, the youngest: each record is so copied once
// a pass.
func (s *Sorter) join(ctx context.Context) error {
	some := s.runs[:min(len(s.runs), fanIn)]
	out, err := s.begin(sharedPrefix(some))
	if err != nil {
		return err
	}
	if err := s.records(ctx, some).each(out.put); err != nil {
		return err
	}
	s.runs = s.runs[len(some):]
	return out.end()
}

// Remove frees the memory and removes the file.
func (s *Sorter) Remove() error {
	s.spare.give(s.more)
	s.runs, s.held, s.more = nil, 0, 0
	if s.file == nil {
		return nil
	}
	err := errors.Join(s.file.Close(), os.Remove(s.path))
	s.file = nil
	return err
}

// RemoveAll removes what each of some has, whatever becomes of the others.
func RemoveAll[T interface{ Remove() error }](list []T) error {
	var errs []error
	for _, x := range list {
		errs = append(errs, x.Remove())
	}
	return errors.Join(errs...)
}
