package bank

import (
	"bytes"
	"io"
	"io/fs"
)

// A source is a file's bytes, of which a window is in memory: buf[from:to] are read and
// not yet used. Whoever uses bytes moves from; a call of more may move them all.
type source struct {
	r     io.Reader
	buf   []byte
	from  int
	to    int
	left  int64 // bytes that the file may still have
	size  int64 // of the file; 0: not known
	read  int64 // bytes of it
	err   error // of r
	eof   bool
	spent bool // the file has more bytes than it may
	first int  // size of a new window; 0 means firstWindow
	lines int  // line ends before buf[seen]
	seen  int
}

const (
	firstWindow = 1 << 18
	readMin     = 1 << 12 // a window that does not hold a token is searched once for so many new bytes
)

// line returns the line that the next unused byte is on.
func (s *source) line() int {
	s.lines += bytes.Count(s.buf[s.seen:s.from], []byte("\n"))
	s.seen = s.from
	return s.lines + 1
}

// more reads on, where the window has less than max bytes that are not used. It reports
// whether there are more now.
func (s *source) more(max int) bool {
	if s.eof || s.to-s.from >= max {
		return false
	}
	s.line()
	if s.from > 0 {
		s.to = copy(s.buf, s.buf[s.from:s.to])
		s.from, s.seen = 0, 0
	}
	if s.to == len(s.buf) {
		size := 2 * len(s.buf)
		if size == 0 {
			if size = s.first; size == 0 {
				size = firstWindow
			}
		}
		s.buf = append(make([]byte, 0, size), s.buf...)[:size]
	}
	want := min(len(s.buf)-s.to, readMin)
	n := 0
	for empty := 0; n < want && !s.eof; {
		got, err := s.r.Read(s.buf[s.to+n:])
		if n += got; got == 0 && err == nil {
			if empty++; empty == 100 {
				err = io.ErrNoProgress
			}
		}
		if err != nil {
			s.eof = true
			if err != io.EOF {
				s.err = err
			}
		}
	}
	if s.left -= int64(n); s.left < 0 {
		n += int(s.left)
		s.eof, s.spent = true, true
	}
	s.to += n
	s.read += int64(n)
	return n > 0
}

// sizeOf returns what a reader says of its size, if it does.
func sizeOf(r io.Reader) int64 {
	switch r := r.(type) {
	case interface{ Size() int64 }:
		return r.Size()
	case interface{ Stat() (fs.FileInfo, error) }:
		if info, err := r.Stat(); err == nil {
			return info.Size()
		}
	}
	return 0
}

// A lineReader gives a source's lines, whichever way they end: LF, CRLF or CR.
type lineReader struct {
	*source
	max    int // bytes of a line
	number int // of the line given last, from 1
	afterR bool
}

// next returns the next line, without its end. It is valid until the next call. There is
// none at the end, and where one is too long.
func (l *lineReader) next() (line []byte, ok bool) {
	for seen := 0; ; {
		if l.afterR && l.from < l.to {
			if l.buf[l.from] == '\n' {
				l.from++
			}
			l.afterR = false
		}
		window := l.buf[l.from:l.to]
		for i := seen; i < len(window); i++ {
			if c := window[i]; c == '\n' || c == '\r' {
				l.from += i + 1
				l.afterR = c == '\r'
				l.number++
				return window[:i], true
			}
		}
		seen = len(window)
		if !l.more(l.max) {
			if !l.eof || seen == 0 || l.err != nil || l.spent {
				return nil, false
			}
			l.number++
			l.from = l.to
			return l.buf[l.to-seen : l.to], true
		}
	}
}

// tooLong reports whether next gave no line because there is one longer than max.
func (l *lineReader) tooLong() bool { return !l.eof }
