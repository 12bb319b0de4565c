package batch

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"daybook/ledger/store"
)

// A scatter spreads the night's rows over the book's partitions, by the hash of
// the loan's id. Rows stay in memory up to a budget; past it every partition's
// rows are appended to a file of its own. A partition is read back whole, or, if
// it is larger than its share, in slices of its hash range.
//
// A row is its length (4 bytes) and its bytes; the first 8 bytes are the hash.
// The order of rows within a partition is that of arrival and means nothing:
// rows carry their file and number, and are sorted by them.
type scatter struct {
	dir    string
	budget int64

	mu    sync.Mutex
	held  int64 // bytes in memory
	parts [store.Partitions]scatterPart
}

type scatterPart struct {
	chunks  [][]byte
	size    int64 // in memory and on disk
	onDisk  int64
	maximum int // longest row
}

// chunkSize is what a worker gathers for a partition before it hands it over:
// 256 of them are 4 MiB a worker.
const chunkSize = 16 << 10

// newScatter returns a scatter that spills into a folder, which it makes when it
// has to.
func newScatter(dir string, budget int64) *scatter { return &scatter{dir: dir, budget: budget} }

// A scatterer is one worker's way into a scatter.
type scatterer struct {
	s      *scatter
	chunk  int
	open   [store.Partitions][]byte
	longer [store.Partitions]int
}

// writer returns a way in for one worker. A small budget makes for small chunks.
func (s *scatter) writer(workers int) *scatterer {
	chunk := min(int64(chunkSize), max(s.budget/int64(store.Partitions*workers*2), 512))
	return &scatterer{s: s, chunk: int(chunk)}
}

// add adds a row, whose first 8 bytes are the hash; the row is copied.
func (w *scatterer) add(hash uint64, row []byte) error {
	p := store.Partition(hash)
	b := w.open[p]
	if b == nil {
		b = make([]byte, 0, w.chunk+256)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(row)))
	b = append(b, row...)
	w.open[p] = b
	w.longer[p] = max(w.longer[p], len(row))
	if len(b) < w.chunk {
		return nil
	}
	w.open[p] = nil
	return w.s.take(p, b, w.longer[p])
}

// flush hands over what is left.
func (w *scatterer) flush() error {
	for p, b := range w.open {
		if len(b) > 0 {
			if err := w.s.take(p, b, w.longer[p]); err != nil {
				return err
			}
		}
		w.open[p] = nil
	}
	return nil
}

// take takes over a chunk of a partition.
func (s *scatter) take(p int, b []byte, longest int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	part := &s.parts[p]
	part.chunks = append(part.chunks, b)
	part.size += int64(len(b))
	part.maximum = max(part.maximum, longest)
	s.held += int64(cap(b))
	if s.held <= s.budget {
		return nil
	}
	return s.spill()
}

// spill appends every partition's rows in memory to its file.
func (s *scatter) spill() error {
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

func (s *scatter) spillPart(p int) (err error) {
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

func (s *scatter) path(p int) string { return filepath.Join(s.dir, fmt.Sprintf("rows-%02x", p)) }

// each calls fn with every row of a partition, from memory and from disk. The
// row is valid until fn returns when it comes from disk: keep says whether it
// may be kept.
func (s *scatter) each(p int, fn func(row []byte, keep bool) error) error {
	part := &s.parts[p]
	for _, c := range part.chunks {
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
	return eachRow(bufio.NewReaderSize(f, 1<<18), part.maximum, fn)
}

// eachRow reads rows from a spill file.
func eachRow(r *bufio.Reader, longest int, fn func(row []byte, keep bool) error) error {
	row := make([]byte, longest)
	var head [4]byte
	for {
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

// drop frees a partition.
func (s *scatter) drop(p int) error {
	part := &s.parts[p]
	part.chunks = nil
	if part.onDisk == 0 {
		return nil
	}
	return os.Remove(s.path(p))
}

// A sortedRows is a set of rows in the order of hash and row key.
type sortedRows struct {
	refs  []rowRef
	spare []rowRef
	arena []byte
}

type rowRef struct {
	hash uint64
	row  []byte
}

// load reads one slice of a partition, to be sorted: of 1<<bits slices of the hash
// range below the partition's byte, number slice.
func (s *scatter) load(p, slice, bits int, rows *sortedRows) error {
	rows.refs, rows.arena = rows.refs[:0], rows.arena[:0]
	return s.each(p, func(row []byte, keep bool) error {
		h := binary.BigEndian.Uint64(row)
		if bits > 0 && int(h<<8>>(64-bits)) != slice {
			return nil
		}
		if !keep {
			if cap(rows.arena)-len(rows.arena) < len(row) {
				rows.arena = make([]byte, 0, max(1<<20, len(row)))
			}
			from := len(rows.arena)
			rows.arena = append(rows.arena, row...)
			row = rows.arena[from:len(rows.arena):len(rows.arena)]
		}
		rows.refs = append(rows.refs, rowRef{h, row})
		return nil
	})
}

// slices returns how many bits of the hash to cut a partition by so that one
// slice fits a budget.
func (s *scatter) slices(p int, budget int64) (bits int) {
	for size := s.parts[p].size; size > budget && bits < 10; size /= 2 {
		bits++
	}
	if s.parts[p].onDisk == 0 {
		return 0 // it is in memory already
	}
	return bits
}

// remove removes the spill files.
func (s *scatter) remove() error { return os.RemoveAll(s.dir) }
