package rows

import (
	"bufio"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"daybook/ledger/store"
)

// A Scatter spreads the night's rows over the book's partitions, by the hash of
// the loan's id. Rows stay in memory up to a budget; past it every partition's
// rows are appended to a file of its own. A partition is read back whole, or, if
// it is larger than its share, in ranges of its hashes.
//
// A row is its length (4 bytes) and its bytes; the first 8 bytes are the hash.
// The order of rows within a partition is that of arrival and means nothing:
// rows carry their file and number, and are sorted by them.
type Scatter struct {
	dir    string
	budget int64
	copied bool // rows are copied when they are taken out, also those in memory

	mu    sync.Mutex
	held  int64 // bytes in memory
	parts [store.Partitions]scatterPart
}

type scatterPart struct {
	chunks  [][]byte
	size    int64 // in memory and on disk
	rows    int64 // likewise
	onDisk  int64
	maximum int // longest row
}

// chunkSize is what a worker gathers for a partition before it hands it over:
// 256 of them are 1 MiB a worker. With 16 KiB a night of two thousand loans took 4 MiB more and a
// thirtieth more processor time, as all of it is memory that is touched for the first time; a night of a million took as long.
const chunkSize = 4 << 10

// NewScatter returns a scatter that spills into a folder, which it makes when it
// has to.
func NewScatter(dir string, budget int64) *Scatter { return &Scatter{dir: dir, budget: budget} }

// NewCopied returns a scatter whose user copies the rows that it takes out, and sorts them
// by [Key].
func NewCopied(dir string, budget int64) *Scatter {
	return &Scatter{dir: dir, budget: budget, copied: true}
}

// Lend raises the budget, and [Scatter.Unused] says what is left of it.
func (s *Scatter) Lend(bytes int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.budget += max(bytes, 0)
}

// Unused returns how much of the budget no row takes.
func (s *Scatter) Unused() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return max(s.budget-s.held, 0)
}

// A Writer is one worker's way into a scatter.
type Writer struct {
	s      *Scatter
	chunk  int
	open   [store.Partitions][]byte
	longer [store.Partitions]int
	rows   [store.Partitions]int64 // in open
}

// Writer returns a way in for one worker. A small budget makes for small chunks.
func (s *Scatter) Writer(workers int) *Writer {
	chunk := min(int64(chunkSize), max(s.budget/int64(store.Partitions*workers*2), 512))
	return &Writer{s: s, chunk: int(chunk)}
}

// Add adds a row, whose first 8 bytes are the hash; the row is copied.
func (w *Writer) Add(hash uint64, row []byte) error {
	room, err := w.Room(hash, len(row))
	copy(room, row)
	return err
}

// Room adds a row of so many bytes, and returns it to be written before anything else is added: its first 8 bytes are the hash.
func (w *Writer) Room(hash uint64, size int) ([]byte, error) {
	p := store.Partition(hash)
	b := w.open[p]
	if from, to := len(b)+4, len(b)+4+size; to <= cap(b) {
		b = b[:to]
		binary.LittleEndian.PutUint32(b[from-4:], uint32(size))
		w.open[p] = b
		w.longer[p] = max(w.longer[p], size)
		w.rows[p]++
		return b[from:], nil
	}
	if b != nil {
		if err := w.take(p, b); err != nil {
			return nil, err
		}
	}
	w.open[p] = make([]byte, 0, max(w.chunk, 4+size))
	return w.Room(hash, size)
}

func (w *Writer) take(p int, b []byte) error {
	rows := w.rows[p]
	w.rows[p] = 0
	return w.s.take(p, b, rows, w.longer[p])
}

// Flush hands over what is left.
func (w *Writer) Flush() error {
	for p, b := range w.open {
		if len(b) > 0 {
			if err := w.take(p, b); err != nil {
				return err
			}
		}
		w.open[p] = nil
	}
	return nil
}

// take takes over a chunk of a partition.
func (s *Scatter) take(p int, b []byte, rows int64, longest int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	part := &s.parts[p]
	part.chunks = append(part.chunks, b)
	part.size += int64(len(b))
	part.rows += rows
	part.maximum = max(part.maximum, longest)
	s.held += int64(cap(b))
	if s.held <= s.budget {
		return nil
	}
	return s.spill()
}

// spill appends every partition's rows in memory to its file.
func (s *Scatter) spill() error {
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fmt.Errorf("spill: %w", err)
	}
	for p := range s.parts {
		if err := s.spillPart(p); err != nil {
			return fmt.Errorf("spill: %w", err)
		}
	}
	s.held = 0
	return nil
}

func (s *Scatter) spillPart(p int) (err error) {
	part := &s.parts[p]
	if len(part.chunks) == 0 {
		return nil
	}
	f, err := os.OpenFile(s.path(p), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
	}()
	for _, c := range part.chunks {
		if _, err := f.Write(c); err != nil {
			return err
		}
		part.onDisk += int64(len(c))
	}
	part.chunks = nil
	return nil
}

func (s *Scatter) path(p int) string { return filepath.Join(s.dir, fmt.Sprintf("rows-%02x", p)) }

// Each calls fn with every row of a partition, from memory and from disk. The
// row is valid until fn returns when it comes from disk: keep says whether it
// may be kept.
func (s *Scatter) Each(ctx context.Context, p int, fn func(row []byte, keep bool) error) error {
	part := &s.parts[p]
	for _, c := range part.chunks {
		if err := ctx.Err(); err != nil {
			return err
		}
		for len(c) > 0 {
			n := 4 + int(binary.LittleEndian.Uint32(c))
			if err := fn(c[4:n:n], true); err != nil {
				return err
			}
			c = c[n:]
		}
	}
	if part.onDisk == 0 {
		return nil
	}
	f, err := os.Open(s.path(p))
	if err != nil {
		return fmt.Errorf("read spilled rows: %w", err)
	}
	defer f.Close()
	return eachRow(ctx, bufio.NewReaderSize(f, 1<<18), part.maximum, fn)
}

// eachRow reads rows from a spill file.
func eachRow(ctx context.Context, r *bufio.Reader, longest int, fn func(row []byte, keep bool) error) error {
	row := make([]byte, longest)
	var head [4]byte
	for count := 0; ; count++ {
		if count%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if _, err := io.ReadFull(r, head[:]); err == io.EOF {
			return nil
		} else if err != nil {
			return fmt.Errorf("read spilled rows: %w", err)
		}
		n := int(binary.LittleEndian.Uint32(head[:]))
		if n > longest {
			return fmt.Errorf("read spilled rows: a row of %d bytes, none was longer than %d", n, longest)
		}
		if _, err := io.ReadFull(r, row[:n]); err != nil {
			return fmt.Errorf("read spilled rows: %w", err)
		}
		if err := fn(row[:n:n], false); err != nil {
			return err
		}
	}
}

// Drop frees a partition.
func (s *Scatter) Drop(p int) error {
	part := &s.parts[p]
	part.chunks = nil
	if part.onDisk == 0 {
		return nil
	}
	return os.Remove(s.path(p))
}

// Remove removes the spill files.
func (s *Scatter) Remove() error { return os.RemoveAll(s.dir) }
