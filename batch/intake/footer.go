package intake

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/encoding/thrift"
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
	values     int64 // nulls too
}

const magic = "PAR1"

// open reads the footer, and checks the schema against the contract.
func (f *File) open() (err error) {
	defer f.recovered(&err)
	meta, err := f.footer()
	if err != nil {
		return &FileError{File: f.Name, Want: "a Parquet file", Err: err,
			Hint: "write the file again; it is cut short, damaged or of another format"}
	}
	if f.leaves, err = schemaLeaves(meta.Schema); err == nil {
		err = f.layOut(meta)
	}
	if err != nil {
		return &FileError{File: f.Name, Err: fmt.Errorf("footer: %w", err), Hint: "write the file again"}
	}
	return f.bind()
}

// recovered turns a panic of decoding into a FileError: the bytes are not
// trusted, and one bad file must not end the process.
func (f *File) recovered(err *error) {
	if p := recover(); p != nil {
		*err = &FileError{File: f.Name, Err: fmt.Errorf("damaged: %v", p), Hint: "write the file again"}
	}
}

func (f *File) footer() (*format.FileMetaData, error) {
	if f.Size < int64(2*len(magic)+4) {
		return nil, fmt.Errorf("%d bytes", f.Size)
	}
	var head [4]byte
	var tail [8]byte
	if err := readFull(f.source, head[:], 0); err != nil {
		return nil, err
	}
	if err := readFull(f.source, tail[:], f.Size-8); err != nil {
		return nil, err
	}
	if string(head[:]) == "PARE" || string(tail[4:]) == "PARE" {
		return nil, errors.New("the footer is encrypted; write the file without encryption")
	}
	if string(head[:]) != magic || string(tail[4:]) != magic {
		return nil, fmt.Errorf("it begins with %q and ends with %q, not %s", head[:], tail[4:], magic)
	}
	size := int64(binary.LittleEndian.Uint32(tail[:4]))
	if size > f.Size-12 || size > f.options.Memory/8 {
		return nil, fmt.Errorf("the footer claims %d bytes", size)
	}
	b := make([]byte, size)
	if err := readFull(f.source, b, f.Size-8-size); err != nil {
		return nil, err
	}
	w := walk{b: b, budget: f.options.Memory}
	if err := w.structure(0); err != nil {
		return nil, fmt.Errorf("footer: %w", err)
	}
	meta := new(format.FileMetaData)
	if err := thrift.NewDecoder(new(thrift.CompactProtocol).NewReaderFromBytes(b)).Decode(meta); err != nil {
		return nil, fmt.Errorf("footer: %w", err)
	}
	return meta, nil
}

// layOut keeps what decoding needs of the row groups, and proves that every
// chunk lies inside the file and that the rows add up.
func (f *File) layOut(meta *format.FileMetaData) error {
	f.groups = make([]group, 0, len(meta.RowGroups))
	var rows int64
	for i := range meta.RowGroups {
		rg := &meta.RowGroups[i]
		if rg.NumRows < 0 || rows+rg.NumRows < rows {
			return fmt.Errorf("row group %d claims %d rows", i, rg.NumRows)
		}
		if len(rg.Columns) != len(f.leaves) {
			return fmt.Errorf("row group %d has %d columns, the schema %d", i, len(rg.Columns), len(f.leaves))
		}
		g := group{first: rows, rows: rg.NumRows, chunks: make([]chunk, len(f.leaves))}
		for j := range rg.Columns {
			c, err := f.chunk(&rg.Columns[j], &f.leaves[j], rg.NumRows)
			if err != nil {
				return fmt.Errorf("row group %d, column %s: %w", i, f.leaves[j].name, err)
			}
			g.chunks[j] = c
		}
		f.groups = append(f.groups, g)
		rows += rg.NumRows
	}
	if rows != meta.NumRows {
		return fmt.Errorf("it claims %d rows, its row groups have %d", meta.NumRows, rows)
	}
	f.Rows, f.Groups = rows, len(f.groups)
	return nil
}

func (f *File) chunk(c *format.ColumnChunk, l *leaf, rows int64) (chunk, error) {
	m := &c.MetaData
	if c.FilePath != "" {
		return chunk{}, fmt.Errorf("its data lie in another file, %q", c.FilePath)
	}
	if c.CryptoMetadata.Value != nil || len(c.EncryptedColumnMetadata) > 0 {
		return chunk{}, errors.New("it is encrypted")
	}
	if m.Type != l.physical {
		return chunk{}, fmt.Errorf("it is %v, in the schema %v", m.Type, l.physical)
	}
	if l.maxRep == 0 && m.NumValues != rows {
		return chunk{}, fmt.Errorf("it claims %d values for %d rows", m.NumValues, rows)
	}
	start := m.DataPageOffset
	if m.DictionaryPageOffset > 0 && m.DictionaryPageOffset < start {
		start = m.DictionaryPageOffset
	}
	end := start + m.TotalCompressedSize
	if rows > 0 && (start < int64(len(magic)) || m.TotalCompressedSize < 0 || end < start || end > f.Size-8) {
		return chunk{}, fmt.Errorf("its bytes %d to %d lie outside the file", start, end)
	}
	return chunk{codec: m.Codec, start: start, end: end, values: m.NumValues}, nil
}

func readFull(r interface {
	ReadAt([]byte, int64) (int, error)
}, b []byte, off int64) error {
	if n, err := r.ReadAt(b, off); n < len(b) {
		return fmt.Errorf("reading %d bytes at %d: %w", len(b), off, err)
	}
	return nil
}
