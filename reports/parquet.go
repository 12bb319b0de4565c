package reports

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"slices"

	"daybook/ledger/direct"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const (
	// groupRows is when a row group is cut, at the end of a batch. Readers work
	// row groups in parallel and skip them by their statistics.
	groupRows = 50_000
	// pageRows is when gathered rows become a page. A batch as large is encoded
	// where it lies, without a copy.
	pageRows = 8_192
	// pageRowsMax bounds a page: 64 Ki texts of 64 bytes are 4 MiB.
	pageRowsMax = 65_536
	// groupsMax is the format's limit, less a margin for the last one.
	groupsMax = 32_000
)

// An Output is a file that was written, as the manifest lists it.
type Output struct {
	Path   string  `json:"path"` // relative to the night's folder, once the caller has made it so
	Rows   int64   `json:"rows"`
	Bytes  int64   `json:"bytes"`
	SHA256 string  `json:"sha256"`
	Totals []Total `json:"-"`
}

// A Total is the sum of a 64-bit column, modulo 2^64, as read back from the
// bytes of the file: what the caller ties to its control totals.
type Total struct {
	Column string
	Sum    int64
}

// Total returns the sum of a column, and whether the file has it.
func (o *Output) Total(column string) (int64, bool) {
	for _, t := range o.Totals {
		if t.Column == column {
			return t.Sum, true
		}
	}
	return 0, false
}

// A ParquetWriter writes one file, row group by row group. Encodings: amounts,
// dates and counts DELTA_BINARY_PACKED, codes RLE_DICTIONARY, ids
// DELTA_LENGTH_BYTE_ARRAY or DELTA_BYTE_ARRAY; the form says whether pages are compressed. It belongs to one
// goroutine.
//
// Where a row group is cut depends on the rows given and on the batches that
// they came in, so the same batches make the same bytes.
//
// The chunks of late columns lie behind all row groups, column by column.
type ParquetWriter struct {
	file   *os.File
	out    *direct.Writer
	hash   hash.Hash
	offset int64

	chunks []*chunk // nil once the rows have ended
	most   int      // bytes of pages at which a row group is cut, too; 0: none
	held   int      // rows gathered for a page
	group  int      // rows in pages of the row group
	rows   int64

	ids    []int32 // field ids by column; nil: the layout has none
	sorted []format.SortingColumn
	late   []*chunk            // that are still to be appended, once the rows have ended
	meta   format.FileMetaData // until the footer is written
	totals []Total
	err    error
}

// CreateParquet starts a file that belongs to no night, as those of an inbox: see
// [Form.CreateParquet].
func CreateParquet(path string, columns []Column) (*ParquetWriter, error) {
	return FirstForm().CreateParquet(path, "", columns)
}

// CreateParquet starts a file of a table as a form's layout has it. The columns give names,
// kinds and dictionaries. It fails if the file exists.
func (f *Form) CreateParquet(path, table string, columns []Column) (*ParquetWriter, error) {
	if !slices.ContainsFunc(columns, func(c Column) bool { return !c.Late }) {
		return nil, errors.New("a Parquet file needs a column")
	}
	if i := slices.IndexFunc(columns, func(c Column) bool {
		return c.Late && c.Kind != Coded && c.Kind != Date && c.Kind != Amount && c.Kind != Count
	}); i >= 0 {
		return nil, fmt.Errorf("column %s: late, but of no codes, dates, counts or amounts", columns[i].Name)
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	w := &ParquetWriter{file: file, out: direct.NewWriter(file), hash: sha256.New()}
	memory := takePageMemory()
	w.meta.CreatedBy = f.CreatedBy
	if f.Layout >= fieldLayout {
		w.name(table, columns)
	}
	for i, c := range columns {
		w.chunks = append(w.chunks, newChunk(c, f.Layout > firstLayout, f.Codec, i, memory))
	}
	w.write([]byte("PAR1"))
	return w, nil
}

// Write adds rows: columns in the order of [CreateParquet], all of one length.
// It keeps nothing of them, and does not look at the codes of late columns. A
// dictionary may grow from batch to batch at its end; a code once given keeps its name.
func (w *ParquetWriter) Write(columns []Column) error {
	if w.err != nil {
		return w.err
	}
	if w.chunks == nil {
		panic("reports: internal error: rows after the last")
	}
	if len(columns) != len(w.chunks) {
		return w.fail(fmt.Errorf("%d columns for a file of %d", len(columns), len(w.chunks)))
	}
	n := columns[0].Len()
	for i := range columns {
		if columns[i].Kind != w.chunks[i].spec.Kind || columns[i].Len() != n {
			return w.fail(fmt.Errorf("column %s: %d rows of kind %d for %d of kind %d", columns[i].Name,
				columns[i].Len(), columns[i].Kind, n, w.chunks[i].spec.Kind))
		}
	}
	for i, c := range w.chunks {
		if len(columns[i].Names) > len(c.spec.Names) {
			c.spec.Names, c.constant.rows = slices.Clone(columns[i].Names), 0 // codes may be wider now
		}
	}
	w.rows += int64(n)
	if w.held == 0 && n >= pageRows && n <= pageRowsMax {
		w.pages(columns, n)
	} else {
		w.gather(columns, n)
	}
	if w.err == nil && (w.group+w.held >= groupRows || w.most > 0 && w.bytes() >= w.most) {
		w.cut()
	}
	return w.err
}

// bytes returns the size of the row group so far.
func (w *ParquetWriter) bytes() (n int) {
	for _, c := range w.chunks {
		n += c.bytes + len(c.held.Texts.Data)
	}
	return n
}

// pages encodes rows where they lie, a page of each column.
func (w *ParquetWriter) pages(columns []Column, n int) {
	for i, c := range w.chunks {
		if !c.spec.Late && w.err == nil {
			w.fail(c.page(&columns[i], 0, n))
		}
	}
	w.group += n
}

// gather copies rows until there are enough for a page.
func (w *ParquetWriter) gather(columns []Column, n int) {
	for i, c := range w.chunks {
		if !c.spec.Late {
			c.held.appendRows(&columns[i], 0, n)
		}
	}
	if w.held += n; w.held >= pageRows {
		w.flush()
	}
}

func (w *ParquetWriter) flush() {
	if w.held == 0 {
		return
	}
	for _, c := range w.chunks {
		for from := 0; from < w.held && !c.spec.Late && w.err == nil; from += pageRowsMax {
			w.fail(c.page(&c.held, from, min(from+pageRowsMax, w.held)))
		}
		c.held.Reset()
	}
	w.group += w.held
	w.held = 0
}

// cut ends the row group: its chunks go to the file one after the other.
func (w *ParquetWriter) cut() {
	w.flush()
	if w.group == 0 || w.err != nil {
		return
	}
	if len(w.meta.RowGroups) == groupsMax {
		w.fail(fmt.Errorf("%d row groups: begin another file", groupsMax))
		return
	}
	g := format.RowGroup{NumRows: int64(w.group), FileOffset: w.offset, Ordinal: int16(len(w.meta.RowGroups)), SortingColumns: w.sorted}
	for _, c := range w.chunks {
		if c.spec.Late {
			continue
		}
		m, err := w.writeChunk(c)
		if w.fail(err) != nil {
			return
		}
		g.Columns = append(g.Columns, format.ColumnChunk{MetaData: m})
		g.TotalByteSize += m.TotalUncompressedSize
		g.TotalCompressedSize += m.TotalCompressedSize
		c.next()
	}
	w.meta.RowGroups = append(w.meta.RowGroups, g)
	w.group = 0
	w.chunks[0].scratch.empty()
}

func (w *ParquetWriter) writeChunk(c *chunk) (format.ColumnMetaData, error) {
	m := format.ColumnMetaData{
		Type:         physical(c.spec.Kind),
		PathInSchema: thrift.Slice[string]{c.spec.Name},
		NumValues:    c.values,
		Statistics:   c.statistics(),
	}
	dictionary, err := c.dictionary()
	if err != nil {
		return m, err
	}
	if dictionary != nil {
		m.DictionaryPageOffset = w.offset
		m.Encoding = append(m.Encoding, format.Plain)
		w.write(dictionary)
	}
	if c.spec.Optional {
		m.Encoding = append(m.Encoding, format.RLE)
	}
	m.Encoding = append(m.Encoding, c.encodings...)
	m.DataPageOffset = w.offset
	for _, b := range c.pages {
		w.write(b)
	}
	m.TotalCompressedSize = int64(len(dictionary) + c.bytes)
	m.TotalUncompressedSize = m.TotalCompressedSize + c.saved
	if c.codec == Zstd {
		m.Codec = format.Zstd
	}
	return m, w.err
}

func (c *chunk) statistics() format.Statistics {
	s := format.Statistics{NullCount: c.nulls}
	if c.bounds != nil {
		s.MinValue, s.MaxValue = c.bounds.of(c)
		return s
	}
	if !c.seen {
		return s
	}
	bound := func(v int64) []byte {
		b := binary.LittleEndian.AppendUint64(nil, uint64(v))
		if physical(c.spec.Kind) == format.Int32 {
			b = b[:4]
		}
		return b
	}
	s.MinValue, s.MaxValue = bound(c.min), bound(c.max)
	return s
}

// Finish ends the rows. What was gathered goes to the file, and its memory is given up,
// but for the row groups' metadata until every late column is appended.
func (w *ParquetWriter) Finish() error {
	if w.chunks == nil {
		return w.err
	}
	w.cut()
	w.meta.Version, w.meta.NumRows, w.meta.Schema = 2, w.rows, schema(w.chunks, w.ids)
	for _, c := range w.chunks {
		w.meta.ColumnOrders = append(w.meta.ColumnOrders, format.ColumnOrder{Value: new(format.TypeDefinedOrder)})
		switch c.spec.Kind {
		case Amount, Rate, Number:
			w.totals = append(w.totals, Total{c.spec.Name, c.total})
		}
		if c.spec.Late {
			w.late = append(w.late, c)
		}
	}
	w.chunks[0].scratch.leave(w.chunks...)
	w.chunks = nil
	w.settle()
	return w.err
}

// settle ends the file where no late column is missing, and leaves nothing to be
// written.
func (w *ParquetWriter) settle() {
	if w.err == nil && len(w.late) == 0 {
		w.footer()
	}
	if w.err == nil {
		w.fail(w.out.Flush())
	}
}

// Close ends the file, syncs it, and reads its footer again: the rows must be
// those that were given. After an error the file is of no use; it is removed.
func (w *ParquetWriter) Close() (Output, error) {
	w.Finish()
	if w.err == nil && len(w.late) > 0 {
		w.fail(fmt.Errorf("column %s: its values are missing", w.late[0].spec.Name))
	}
	if w.err == nil {
		w.fail(w.check())
	}
	if w.err == nil {
		w.fail(w.out.Sync())
	}
	if w.err != nil {
		w.Abort()
		return Output{}, fmt.Errorf("write %s: %w", w.file.Name(), w.err)
	}
	o := Output{Path: w.file.Name(), Rows: w.rows, Bytes: w.offset, SHA256: hex.EncodeToString(w.hash.Sum(nil)), Totals: w.totals}
	return o, w.file.Close()
}

// Abort gives the file up and removes it.
func (w *ParquetWriter) Abort() {
	w.fail(os.ErrClosed)
	w.out.Flush()
	w.file.Close()
	os.Remove(w.file.Name())
}

// footer writes the metadata, which is given up then.
func (w *ParquetWriter) footer() {
	b, err := encodeMetadata(&w.meta)
	if w.fail(err) != nil {
		return
	}
	w.meta = format.FileMetaData{}
	n := len(b)
	w.write(append(binary.LittleEndian.AppendUint32(b, uint32(n)), "PAR1"...))
}

func encodeMetadata(m *format.FileMetaData) ([]byte, error) {
	var b bytes.Buffer
	err := thrift.NewEncoder(new(thrift.CompactProtocol).NewWriter(&b)).Encode(m)
	return b.Bytes(), err
}

// check opens the file as a reader would. Amounts were compared page by page.
func (w *ParquetWriter) check() error {
	f, err := parquet.OpenFile(w.file, w.offset, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	rows := int64(0)
	for _, g := range f.RowGroups() {
		rows += g.NumRows()
	}
	if rows != w.rows || f.NumRows() != w.rows {
		return fmt.Errorf("read back %d rows and %d in row groups, wrote %d", f.NumRows(), rows, w.rows)
	}
	return nil
}

func (w *ParquetWriter) write(b []byte) {
	if w.err == nil {
		w.hash.Write(b)
		_, err := w.out.Write(b)
		w.fail(err)
		w.offset += int64(len(b))
	}
}

// fail keeps the first error and returns it.
func (w *ParquetWriter) fail(err error) error {
	if w.err == nil {
		w.err = err
	}
	return w.err
}

// physical returns how a kind is stored.
func physical(k Kind) format.Type {
	switch k {
	case Text, Coded:
		return format.ByteArray
	case Date, Count:
		return format.Int32
	case Bool:
		return format.Boolean
	}
	return format.Int64
}

func schema(chunks []*chunk, ids []int32) []format.SchemaElement {
	root := format.SchemaElement{Name: "schema"}
	root.NumChildren.Set(int32(len(chunks)))
	elements := []format.SchemaElement{root}
	for i, c := range chunks {
		e := format.SchemaElement{Name: c.spec.Name}
		if ids != nil {
			e.FieldID = ids[i]
		}
		e.Type.Set(physical(c.spec.Kind))
		e.RepetitionType.Set(format.Required)
		if c.spec.Optional {
			e.RepetitionType.Set(format.Optional)
		}
		switch c.spec.Kind {
		case Text, Coded:
			e.ConvertedType.Set(deprecated.UTF8)
			e.LogicalType.Value = new(format.StringType)
		case Date:
			e.ConvertedType.Set(deprecated.Date)
			e.LogicalType.Value = new(format.DateType)
		case Amount, Rate:
			e.ConvertedType.Set(deprecated.Decimal)
			e.Scale.Set(int32(c.spec.Digits))
			e.Precision.Set(18)
			e.LogicalType.Value = &format.DecimalType{Scale: int32(c.spec.Digits), Precision: 18}
		case Instant:
			e.ConvertedType.Set(deprecated.TimestampMicros)
			e.LogicalType.Value = &format.TimestampType{IsAdjustedToUTC: true, Unit: format.TimeUnit{Value: new(format.MicroSeconds)}}
		}
		elements = append(elements, e)
	}
	return slices.Clip(elements)
}

// WriteParquet writes a whole table to a new, synced file that belongs to no night.
func WriteParquet(path string, t *Table) (Output, error) { return FirstForm().WriteParquet(path, t) }

// WriteParquet writes a whole table to a new, synced file as the form's layout has it.
func (f *Form) WriteParquet(path string, t *Table) (Output, error) {
	w, err := f.CreateParquet(path, t.Name, t.Columns)
	if err != nil {
		return Output{}, err
	}
	if err := w.Write(t.Columns); err != nil {
		w.Abort()
		return Output{}, fmt.Errorf("write %s: %w", path, err)
	}
	return w.Close()
}
