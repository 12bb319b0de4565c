package workbook

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"

	"daybook/ledger/civil"
)

// contentTypes is the part that readers look for first.
const contentTypes = "[Content_Types].xml"

// parts are the parts of a workbook, compressed, in a file of the scratch folder. The
// library writes them in an order that differs from run to run; from here they are
// written in the order of their names.
type parts struct {
	file    *os.File
	date    civil.Date
	end     int64 // of what is written
	deflate *flate.Writer
	list    []*part
}

// A part is one file of the zip.
type part struct {
	parts *parts
	name  string
	at    int64 // in the file
	size  uint64
	crc   uint32
	taken int64 // compressed
}

func newParts(scratch string, date civil.Date) (*parts, error) {
	f, err := os.CreateTemp(scratch, "workbook-")
	if err != nil {
		return nil, err
	}
	p := &parts{file: f, date: date}
	if p.deflate, err = flate.NewWriter(nil, flate.DefaultCompression); err != nil {
		return nil, first(err, p.remove())
	}
	return p, nil
}

// remove removes the file.
func (p *parts) remove() error { return errors.Join(p.file.Close(), os.Remove(p.file.Name())) }

func (p *parts) has(name string) bool {
	return slices.ContainsFunc(p.list, func(x *part) bool { return x.name == name })
}

// create starts a part.
func (p *parts) create(name string) *part {
	x := &part{parts: p, name: name, at: p.end}
	p.list = append(p.list, x)
	p.deflate.Reset(counter{p})
	return x
}

// A counter writes to the file.
type counter struct{ p *parts }

func (c counter) Write(b []byte) (int, error) {
	n, err := c.p.file.Write(b)
	c.p.end += int64(n)
	return n, err
}

// Write compresses what the part has next.
func (x *part) Write(b []byte) (int, error) {
	x.size += uint64(len(b))
	x.crc = crc32.Update(x.crc, crc32.IEEETable, b)
	return x.parts.deflate.Write(b)
}

// close ends the part.
func (x *part) close() error {
	if err := x.parts.deflate.Close(); err != nil {
		return err
	}
	if x.size > math.MaxUint32 {
		return fmt.Errorf("%s has %d bytes, and a workbook holds 4 GiB of one sheet", x.name, x.size)
	}
	x.taken = x.parts.end - x.at
	return nil
}

// write writes the zip.
func (p *parts) write(out io.Writer) error {
	slices.SortFunc(p.list, func(a, b *part) int {
		switch {
		case a.name == contentTypes:
			return -1
		case b.name == contentTypes:
			return 1
		}
		return strings.Compare(a.name, b.name)
	})
	z := zip.NewWriter(out)
	for _, x := range p.list {
		h := &zip.FileHeader{Name: x.name, Method: zip.Deflate, CRC32: x.crc, CompressedSize64: uint64(x.taken), UncompressedSize64: x.size}
		//lint:ignore SA1019 a part that is compressed already has its day from here alone
		h.ModifiedDate = dosDate(p.date)
		to, err := z.CreateRaw(h)
		if err != nil {
			return err
		}
		if _, err := io.Copy(to, io.NewSectionReader(p.file, x.at, x.taken)); err != nil {
			return err
		}
	}
	return z.Close()
}

// dosDate is a day as zip has it: years from 1980 on, 127 of them.
func dosDate(d civil.Date) uint16 {
	d = min(max(d, civil.Of(1980, 1, 1)), civil.Of(2107, 12, 31))
	year, month, day := d.Split()
	return uint16(year-1980)<<9 | uint16(month)<<5 | uint16(day)
}

// A spool is the zip that the library believes to write: all its parts but those that are
// there already, or one part alone, under another name.
type spool struct {
	parts *parts
	only  string
	as    string
	open  *part
}

// Create starts a part. The one before it has ended.
func (s *spool) Create(name string) (io.Writer, error) {
	if err := s.Close(); err != nil {
		return nil, err
	}
	if s.only != "" {
		if name != s.only {
			return io.Discard, nil
		}
		name = s.as
	}
	if s.parts.has(name) {
		return io.Discard, nil
	}
	s.open = s.parts.create(name)
	return s.open, nil
}

// AddFS is asked for by the library's interface, and not used by it.
func (s *spool) AddFS(fs.FS) error { return errors.ErrUnsupported }

// Close ends the part that is being written.
func (s *spool) Close() error {
	if s.open == nil {
		return nil
	}
	x := s.open
	s.open = nil
	return x.close()
}
