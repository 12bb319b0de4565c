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
	rec   []byte
	block *block // in memory
	i     int
	in    *bufio.Reader // or from the file
	buf   []byte
}

// next reads the run's next record; false at its end.
func (s *source) next() (bool, error) {
	if s.in == nil {
		if s.i == s.block.len() {
			return false, nil
		}
		s.rec = s.block.rec(s.i)
		s.i++
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
	s.rec = s.buf
	return true, nil
}

// A merging is sources as a heap by their next records.
type merging struct{ heap []*source }

func (m *merging) less(i, j int) bool { return bytes.Compare(m.heap[i].rec, m.heap[j].rec) < 0 }

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
