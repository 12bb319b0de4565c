package reports

import (
	"io"
	"slices"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"daybook/aging"
	"daybook/ledger/civil"
)

// arrowColumn wraps a column without a copy.
func arrowColumn(c *Column) (arrow.Field, arrow.Array) {
	f := arrow.Field{Name: c.Name, Nullable: c.Optional}
	switch c.Kind {
	case Text:
		f.Type = arrow.BinaryTypes.String
		return f, stringArray(c.Texts, c.Optional)
	case Coded:
		var valid *memory.Buffer
		nulls := 0
		if bitsOf(c.Codes) == aging.NoCode { // else no code can be null
			valid, nulls = validity(c.Codes, aging.NoCode)
		}
		t := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Uint16, ValueType: arrow.BinaryTypes.String}
		f.Type = t
		data := array.NewDataWithDictionary(t, len(c.Codes), []*memory.Buffer{valid, buffer(c.Codes)}, nulls, 0,
			names(c.Names).Data().(*array.Data))
		return f, array.NewDictionaryData(data)
	case Date:
		valid, nulls := validity(c.Days, civil.None)
		f.Type = arrow.FixedWidthTypes.Date32
		return f, array.NewDate32Data(array.NewData(f.Type, len(c.Days), []*memory.Buffer{valid, buffer(c.Days)}, nil, nulls, 0))
	case Bool:
		b := array.NewBooleanBuilder(memory.DefaultAllocator)
		for _, v := range c.Counts {
			b.Append(v != 0)
		}
		f.Type = arrow.FixedWidthTypes.Boolean
		return f, b.NewArray()
	case Count:
		f.Type = arrow.PrimitiveTypes.Int32
		return f, array.NewInt32Data(array.NewData(f.Type, len(c.Counts), []*memory.Buffer{nil, buffer(c.Counts)}, nil, 0, 0))
	}
	var valid *memory.Buffer
	nulls := 0
	if c.Optional {
		valid, nulls = validity(c.Ints, Null)
	}
	if c.Kind == Instant {
		f.Type = arrow.FixedWidthTypes.Timestamp_us
		return f, array.NewTimestampData(array.NewData(f.Type, len(c.Ints), []*memory.Buffer{valid, buffer(c.Ints)}, nil, nulls, 0))
	}
	f.Type = arrow.PrimitiveTypes.Int64
	return f, array.NewInt64Data(array.NewData(f.Type, len(c.Ints), []*memory.Buffer{valid, buffer(c.Ints)}, nil, nulls, 0))
}

func stringArray(t aging.Text, optional bool) arrow.Array {
	offsets := t.Offsets
	if len(offsets) == 0 {
		offsets = []int32{0}
	}
	rows := len(offsets) - 1
	var valid *memory.Buffer
	nulls := 0
	if optional {
		empty := false
		for i := range rows {
			empty = empty || offsets[i+1] == offsets[i]
		}
		if empty {
			lengths := make([]int32, rows)
			for i := range lengths {
				lengths[i] = offsets[i+1] - offsets[i]
			}
			valid, nulls = validity(lengths, 0)
		}
	}
	return array.NewStringData(array.NewData(arrow.BinaryTypes.String, rows,
		[]*memory.Buffer{valid, buffer(offsets), memory.NewBufferBytes(t.Data)}, nil, nulls, 0))
}

func names(d aging.Dictionary) arrow.Array {
	var t aging.Text
	t.Offsets = append(t.Offsets, 0)
	for _, name := range d {
		t.Append([]byte(name))
	}
	return stringArray(t, false)
}

// validity returns the bitmap of the values that are not null, nil where all are there.
func validity[T comparable](values []T, null T) (*memory.Buffer, int) {
	if !slices.Contains(values, null) {
		return nil, 0
	}
	bits := make([]byte, (len(values)+7)/8)
	return memory.NewBufferBytes(bits), mask(bits, values, null)
}

func buffer[T any](s []T) *memory.Buffer {
	var t T
	return memory.NewBufferBytes(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(t))))
}

// An ArrowWriter writes columns as an Arrow IPC stream, or file, for other programs:
// amounts and rates are decimal128, codes stay dictionaries, dates are date32.
type ArrowWriter struct {
	w interface {
		Write(arrow.Record) error
		Close() error
	}
	schema *arrow.Schema
}

// NewArrowWriter starts a stream of batches with these columns.
func NewArrowWriter(out io.Writer, columns []Column) *ArrowWriter {
	schema := arrowSchema(columns)
	return &ArrowWriter{ipc.NewWriter(out, ipc.WithSchema(schema)), schema}
}

// NewArrowFile is [NewArrowWriter] of a file, whose batches a reader finds without reading all
// of it.
func NewArrowFile(out io.WriteSeeker, columns []Column) (*ArrowWriter, error) {
	schema := arrowSchema(columns)
	w, err := ipc.NewFileWriter(out, ipc.WithSchema(schema))
	return &ArrowWriter{w, schema}, err
}

func arrowSchema(columns []Column) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i := range columns {
		c := columns[i]
		c.Reset()
		fields[i], _ = exportColumn(&c)
	}
	return arrow.NewSchema(fields, nil)
}

// Write adds one batch.
func (a *ArrowWriter) Write(columns []Column) error {
	arrays := make([]arrow.Array, len(columns))
	for i := range columns {
		_, arrays[i] = exportColumn(&columns[i])
	}
	return a.w.Write(array.NewRecord(a.schema, arrays, int64(columns[0].Len())))
}

// Close ends the stream.
func (a *ArrowWriter) Close() error { return a.w.Close() }

// exportColumn is arrowColumn with decimals for int64 amounts: a reader must not take
// cents for whole units. Amounts are
// never printed through Arrow, which formats decimals as floats.
func exportColumn(c *Column) (arrow.Field, arrow.Array) {
	f, a := arrowColumn(c)
	if c.Kind != Amount && c.Kind != Rate {
		return f, a
	}
	f.Type = &arrow.Decimal128Type{Precision: 18, Scale: int32(c.Digits)}
	wide := make([]decimal128.Num, len(c.Ints))
	for i, v := range c.Ints {
		wide[i] = decimal128.FromI64(v)
	}
	data := array.NewData(f.Type, len(wide), []*memory.Buffer{a.Data().Buffers()[0], buffer(wide)}, nil, a.NullN(), 0)
	return f, array.NewDecimal128Data(data)
}
