package spill

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// A source is a run as it is read.
type source struct {
	rec  []byte
	word uint64 // of the record, after what the records of all sources begin with

	refs  []ref // that are still to come, of a run in memory
	block *block
	head  uint64 // what its word has of what all its records begin with
	shift int    // of its key, in the word

	touched byte // what was touched, so that it is

	in     *bufio.Reader // of a run in the file
	buf    []byte
	shared int // where the word begins
}

// next reads the run's next record; false at its end.
func (s *source) next() (bool, error) {
	if s.in == nil {
		if len(s.refs) == 0 {
			return false, nil
		}
		// The record itself is far away in memory: it is not looked at.
		s.rec, s.word = s.block.of(s.refs[0]), s.head|s.refs[0].key>>s.shift
		if s.refs = s.refs[1:]; len(s.refs)%ahead == 0 {
			s.touch()
		}
		return true, nil
	}
	n, err := binary.ReadUvarint(s.in)
	if err == io.EOF {
		return false, nil
	}
	if err == nil && n > blockMax {
		err = fmt.Errorf("a record of %d bytes", n)
	}
	if err == nil {
		if uint64(cap(s.buf)) < n {
			s.buf = make([]byte, n, 2*n)
		}
		s.buf = s.buf[:n]
		_, err = io.ReadFull(s.in, s.buf)
	}
	if err != nil {
		return false, fmt.Errorf("read spilled records: %w", err)
	}
	s.rec, s.word = s.buf, wordAt(s.buf, s.shared)
	return true, nil
}

// ahead is how many records are fetched from memory at once, and touchMax how much of each: most are shorter.
const (
	ahead    = 32
	touchMax = 512
)

// touch reads a byte of each cache line of the next records: they lie in the order in which they came, all
// over megabytes, and to wait for one after the other is most of what it takes to walk them. Those of several are fetched at once.
func (s *source) touch() {
	for _, r := range s.refs[:min(ahead, len(s.refs))] {
		rec := s.block.of(r)
		for i := 0; i < min(len(rec), touchMax); i += 64 {
			s.touched += rec[i]
		}
	}
}

// A merging is sources as a heap by their next records.
type merging struct{ heap []*source }

func (m *merging) less(i, j int) bool {
	a, b := m.heap[i], m.heap[j]
	if a.word != b.word {
		return a.word < b.word
	}
	return bytes.Compare(a.rec, b.rec) < 0
}

func (m *merging) add(s *source) error {
	ok, err := s.next()
	if err != nil || !ok {
		return err
	}
	m.heap = append(m.heap, s)
	for i := len(m.heap) - 1; i > 0 && m.less(i, (i-1)/2); i = (i - 1) / 2 {
		m.heap[i], m.heap[(i-1)/2] = m.heap[(i-1)/2], m.heap[i]
	}
	return nil
}

// next moves the first source on.
func (m *merging) next() error {
	ok, err := m.heap[0].next()
	if err != nil {
		return err
	}
	if !ok {
		last := len(m.heap) - 1
		m.heap[0] = m.heap[last]
		m.heap = m.heap[:last]
	}
	for i := 0; ; {
		least := i
		for c := 2*i + 1; c <= 2*i+2 && c < len(m.heap); c++ {
			if m.less(c, least) {
				least = c
			}
		}
		if least == i {
			return nil
		}
		m.heap[i], m.heap[least] = m.heap[least], m.heap[i]
		i = least
	}
}
