package reports

import (
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

// AppendLate appends the next late column, in the order of the columns, after the last
// row: read appends the values of the next rows, in turn and as many as it is told of, to a
// column without rows. Each row group gets its chunk at the end of the file. Codes are those of
// the column's dictionary.
func (w *ParquetWriter) AppendLate(read func(to *Column, rows int) error) error {
	if err := w.Finish(); err != nil {
		return err
	}
	if len(w.late) == 0 {
		panic("reports: internal error: no late column is missing")
	}
	c := w.late[0]
	c.scratch = takePageMemory()
	for i := range w.meta.RowGroups {
		if w.fail(w.appendLate(c, &w.meta.RowGroups[i], read)) != nil {
			return w.err
		}
	}
	c.scratch.leave(c)
	w.late = w.late[1:]
	w.settle()
	return w.err
}

// appendLate appends the chunk of one row group, in pages as large as may be.
func (w *ParquetWriter) appendLate(c *chunk, g *format.RowGroup, read func(to *Column, rows int) error) error {
	for left := int(g.NumRows); left > 0; {
		n := min(left, pageRowsMax)
		held := &c.scratch.late
		held.Kind = c.spec.Kind
		held.Reset()
		held.Grow(n)
		if err := read(held, n); err != nil {
			return err
		}
		if err := c.page(held, 0, n); err != nil {
			return err
		}
		left -= n
	}
	m, err := w.writeChunk(c)
	if err != nil {
		return err
	}
	c.next()
	c.scratch.empty()
	g.Columns = append(g.Columns, format.ColumnChunk{})
	copy(g.Columns[c.place+1:], g.Columns[c.place:])
	g.Columns[c.place] = format.ColumnChunk{MetaData: m}
	g.TotalByteSize += m.TotalUncompressedSize
	g.TotalCompressedSize += m.TotalCompressedSize
	return nil
}

// park gives the metadata up to the caller, who brings it back with unpark before a late
// column is appended: tens of KiB for each row group.
func (w *ParquetWriter) park() ([]byte, error) {
	b, err := encodeMetadata(&w.meta)
	w.meta = format.FileMetaData{}
	return b, w.fail(err)
}

func (w *ParquetWriter) unpark(b []byte) error {
	return w.fail(thrift.Unmarshal(new(thrift.CompactProtocol), b, &w.meta))
}
