package intake

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/format"
)

// A group is one row group: where each leaf's chunk lies.
type group struct {
	first  int64 // row number in the file of its first row
	rows   int64
	chunks []chunk // one a leaf
}

// A chunk is one leaf's pages in one row group.
type chunk struct {
	codec      format.CompressionCodec
	start, end int64 // in the file
}

const magic = "PAR1"

// open reads the footer, and checks the schema against the contract.
func (f *File) open(w *workspace) (err error) {
	defer f.recovered(&err)
	if err := f.footer(&w.source); err != nil {
		return f.orChanged(err, &FileError{File: f.Name, Want: "a Parquet file", Err: err,
			Hint: "write the file again; it is cut short, damaged or of another format"})
	}
	return f.bind(w)
}

// recovered turns a panic of decoding into a FileError: the bytes are not
// trusted, and one bad file must not end the process.
func (f *File) recovered(err *error) {
	if p := recover(); p != nil {
		*err = &FileError{File: f.Name, Err: fmt.Errorf("damaged: %v", p), Hint: "write the file again"}
	}
}

func (f *File) footer(s *source) error {
	if f.Size < int64(2*len(magic)+4) {
		return fmt.Errorf("%d bytes", f.Size)
	}
	var head [4]byte
	var tail [8]byte
	if err := readFull(s, head[:], 0); err != nil {
		return err
	}
	if err := readFull(s, tail[:], f.Size-8); err != nil {
		return err
	}
	if string(head[:]) == "PARE" || string(tail[4:]) == "PARE" {
		return errors.New("the footer is encrypted; write the file without encryption")
	}
	if string(head[:]) != magic || string(tail[4:]) != magic {
		return fmt.Errorf("it begins with %q and ends with %q, not %s", head[:], tail[4:], magic)
	}
	size := int64(binary.LittleEndian.Uint32(tail[:4]))
	if size > f.Size-12 {
		return fmt.Errorf("the footer claims %d bytes", size)
	}
	if size > footerMax {
		return fmt.Errorf("a footer of %d bytes, at most %d are read: write larger row groups", size, int64(footerMax))
	}
	b := make([]byte, size)
	if err := readFull(s, b, f.Size-8-size); err != nil {
		return err
	}
	m, err := readMeta(b)
	if err == nil {
		if f.leaves, err = schemaLeaves(m); err == nil {
			err = f.layOut(m)
		}
	}
	if err != nil {
		return fmt.Errorf("footer: %w", err)
	}
	return nil
}

// layOut keeps what decoding needs of the row groups, and proves that every
// chunk lies inside the file and that the rows add up.
func (f *File) layOut(m *meta) error {
	var rows int64
	f.groups = nil
	for i := range m.nGroups {
		n, columns, err := m.groups.rowGroup(f.leaves)
		if err != nil {
			return fmt.Errorf("row group %d: %w", i, err)
		}
		if n < 0 || rows+n < rows {
			return fmt.Errorf("row group %d claims %d rows", i, n)
		}
		g := group{first: rows, rows: n, chunks: make([]chunk, len(f.leaves))}
		for j := range columns {
			if g.chunks[j], err = f.chunk(&columns[j], &f.leaves[j], n); err != nil {
				return fmt.Errorf("row group %d, column %s: %w", i, f.leaves[j].name, err)
			}
		}
		f.groups = append(f.groups, g)
		rows += n
	}
	if rows != m.rows {
		return fmt.Errorf("it claims %d rows, its row groups have %d", m.rows, rows)
	}
	f.Rows, f.Groups = rows, len(f.groups)
	return nil
}

func (f *File) chunk(c *column, l *leaf, rows int64) (chunk, error) {
	switch {
	case c.elsewhere:
		return chunk{}, errors.New("its data lie in another file")
	case c.secrets:
		return chunk{}, errors.New("it is encrypted")
	case !c.hasMeta:
		return chunk{}, errors.New("nothing says where it lies")
	case c.physical != int64(l.physical):
		return chunk{}, fmt.Errorf("it is %v, in the schema %v", format.Type(c.physical), l.physical)
	case l.maxRep == 0 && c.values != rows:
		return chunk{}, fmt.Errorf("it claims %d values for %d rows", c.values, rows)
	}
	if rows == 0 {
		return chunk{}, nil // some writers leave its place out
	}
	start := c.data
	if c.dictionary > 0 && c.dictionary < start {
		start = c.dictionary
	}
	end := start + c.packed
	if start < int64(len(magic)) || c.packed < 0 || end < start || end > f.Size-8 {
		return chunk{}, fmt.Errorf("its bytes %d to %d lie outside the file", start, end)
	}
	return chunk{codec: format.CompressionCodec(c.codec), start: start, end: end}, nil
}

func readFull(r io.ReaderAt, b []byte, off int64) error {
	if n, err := r.ReadAt(b, off); n < len(b) {
		return fmt.Errorf("reading %d bytes at %d: %w", len(b), off, err)
	}
	return nil
}
