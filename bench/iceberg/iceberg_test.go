// Package witness has another library of Iceberg read and check what this program writes: the
// tables row for row, and what it asks of a REST catalogue.
package witness

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	"github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	other "github.com/apache/iceberg-go"
	icebergio "github.com/apache/iceberg-go/io"
	"github.com/apache/iceberg-go/table"

	"daybook/batch/catalog"
	"daybook/batch/objects"
	"daybook/ledger/civil"
	"daybook/reports/iceberg"
)

var columns = []iceberg.Column{
	{ID: 1, Name: "business_date", Required: true, Type: iceberg.Date},
	{ID: 2, Name: "loan_id", Required: true, Type: iceberg.String, Doc: "the loan's id"},
	{ID: 4, Name: "balance", Required: true, Type: iceberg.Decimal(18, 2)},
	{ID: 5, Name: "dpd", Type: iceberg.Int},
	{ID: 6, Name: "entries", Type: iceberg.Long},
	{ID: 7, Name: "written", Type: iceberg.Timestamptz},
	{ID: 9, Name: "closed", Type: iceberg.Boolean},
}

var withNote = append(slices.Clone(columns), iceberg.Column{ID: 8, Name: "note", Type: iceberg.String})

// book is a warehouse with one table, and the rows that each night of it should have.
type book struct {
	t       *testing.T
	dir     string
	catalog *catalog.Catalog
	rows    map[civil.Date][]string
	nights  map[civil.Date]catalog.Night
	newest  func() *table.Table
	lose    func() // what the catalogue knows of the table
}

func newBook(t *testing.T, config catalog.Config) *book {
	t.Helper()
	dir := t.TempDir()
	store, err := objects.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	clock := time.Date(2026, 11, 24, 2, 0, 0, 0, time.UTC)
	config.Now = func() time.Time { clock = clock.Add(time.Second); return clock }
	c, err := catalog.Open(t.Context(), config, store)
	if err != nil {
		t.Fatal(err)
	}
	b := &book{t: t, dir: dir, catalog: c, rows: map[civil.Date][]string{}, nights: map[civil.Date]catalog.Night{}}
	b.newest = b.inRoot
	b.lose = func() {
		if err := os.RemoveAll(filepath.Join(dir, "iceberg")); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// night is the rows of a night: different ones each time that it is written.
func (b *book) night(d civil.Date, cols []iceberg.Column, n, version int) catalog.Night {
	b.t.Helper()
	rows := rowsOf(d, cols, n, version)
	body := parquetOf(b.t, rows)
	name := fmt.Sprintf("loans/business_date=%s/part-0000-%08x.parquet", d, version)
	path := filepath.Join(b.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, body, 0o666); err != nil {
		b.t.Fatal(err)
	}
	b.rows[d] = texts(rows, len(withNote))
	f := footer(b.t, body, cols)
	f.Path, f.Date = "file://"+path, d
	b.nights[d] = catalog.Night{
		Table: "loans", Date: d, Schema: iceberg.Schema{Columns: cols}, SortBy: "loan_id", Files: []iceberg.DataFile{f},
		Properties: map[string]string{"daybook.book-digest": strings.Repeat("ab", 32)},
	}
	return b.nights[d]
}

func rowsOf(d civil.Date, cols []iceberg.Column, n, version int) arrow.RecordBatch {
	var fields []arrow.Field
	for _, c := range cols {
		var dt arrow.DataType
		switch c.Type {
		case iceberg.Date:
			dt = arrow.FixedWidthTypes.Date32
		case iceberg.String:
			dt = arrow.BinaryTypes.String
		case iceberg.Int:
			dt = arrow.PrimitiveTypes.Int32
		case iceberg.Long:
			dt = arrow.PrimitiveTypes.Int64
		case iceberg.Boolean:
			dt = arrow.FixedWidthTypes.Boolean
		case iceberg.Timestamptz:
			dt = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
		default:
			dt = &arrow.Decimal128Type{Precision: 18, Scale: 2}
		}
		id := arrow.NewMetadata([]string{"PARQUET:field_id"}, []string{fmt.Sprint(c.ID)})
		fields = append(fields, arrow.Field{Name: c.Name, Type: dt, Nullable: !c.Required, Metadata: id})
	}
	r := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema(fields, nil))
	for i := range n {
		for j, c := range cols {
			if !c.Required && (i+j)%5 == 0 {
				r.Field(j).AppendNull()
				continue
			}
			if err := r.Field(j).AppendValueFromString(value(c, d, i, version)); err != nil {
				panic(err)
			}
		}
	}
	return r.NewRecordBatch()
}

func value(c iceberg.Column, d civil.Date, i, version int) string {
	switch c.Name {
	case "business_date":
		return d.String()
	case "loan_id":
		return fmt.Sprintf("L%06d", i)
	case "balance":
		return fmt.Sprintf("%d.%02d", (i-3)*1000*version, i%100)
	case "dpd":
		return fmt.Sprint(i*7 - 20)
	case "entries":
		return fmt.Sprint(int64(i-5) << 33)
	case "written":
		return fmt.Sprintf("2026-11-24T02:00:%02d.%06dZ", i%60, i)
	case "closed":
		return fmt.Sprint(i%3 == 0)
	}
	return fmt.Sprintf("note %d of %s", i, d)
}

func parquetOf(t *testing.T, rows arrow.RecordBatch) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := pqarrow.NewFileWriter(rows.Schema(), &out, parquet.NewWriterProperties(parquet.WithStoreDecimalAsInteger(true), parquet.WithStats(true)),
		pqarrow.NewArrowWriterProperties())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// footer is what a Parquet footer says of a file of one row group.
func footer(t *testing.T, body []byte, cols []iceberg.Column) iceberg.DataFile {
	t.Helper()
	r, err := file.NewParquetReader(bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	f := iceberg.DataFile{Rows: r.NumRows(), Bytes: int64(len(body)), SplitOffsets: []int64{4}}
	if r.NumRowGroups() == 0 {
		f.SplitOffsets = nil
		return f
	}
	group := r.MetaData().RowGroup(0)
	for i, c := range cols {
		chunk, err := group.ColumnChunk(i)
		if err != nil {
			t.Fatal(err)
		}
		s := iceberg.ColumnStats{ID: c.ID, Bytes: chunk.TotalCompressedSize(), Values: chunk.NumValues(), Nulls: -1}
		stats, err := chunk.Statistics()
		if err != nil {
			t.Fatal(err)
		}
		if stats != nil && stats.HasNullCount() {
			s.Nulls = stats.NullCount()
		}
		if stats != nil && stats.HasMinMax() {
			if s.Lower, err = iceberg.Bound(c.Type, stats.EncodeMin()); err != nil {
				t.Fatal(err)
			}
			if s.Upper, err = iceberg.Bound(c.Type, stats.EncodeMax()); err != nil {
				t.Fatal(err)
			}
		}
		f.Columns = append(f.Columns, s)
	}
	return f
}

// texts are rows as lines; columns up to so many that are not there are null.
func texts(r arrow.RecordBatch, width int) (lines []string) {
	for i := range int(r.NumRows()) {
		var line []string
		for j := range width {
			text := array.NullValueStr
			if j < int(r.NumCols()) {
				text = r.Column(j).ValueStr(i)
			}
			line = append(line, text)
		}
		lines = append(lines, strings.Join(line, "|"))
	}
	return lines
}

func (b *book) commit(nights ...catalog.Night) {
	b.t.Helper()
	changed, err := b.catalog.Commit(b.t.Context(), nights)
	if err != nil || !slices.Equal(changed, []string{"loans"}) {
		b.t.Fatalf("commit changed %q, %v", changed, err)
	}
	if changed, err := b.catalog.Commit(b.t.Context(), nights[len(nights)-1:]); err != nil || changed != nil {
		b.t.Fatalf("commit again changed %q, %v", changed, err)
	}
}

// inRoot is the table that the hint of the root leads to.
func (b *book) inRoot() *table.Table {
	b.t.Helper()
	meta := filepath.Join(b.dir, "iceberg/daybook/loans/metadata")
	hint, err := os.ReadFile(filepath.Join(meta, "version-hint.text"))
	if err != nil {
		b.t.Fatal(err)
	}
	at := "file://" + filepath.Join(meta, "v"+string(hint)+".metadata.json")
	tbl, err := table.NewFromLocation(b.t.Context(), table.Identifier{"daybook", "loans"}, at, icebergio.LoadFSFunc(nil, at), nil)
	if err != nil {
		b.t.Fatal(err)
	}
	return tbl
}

// scan reads a table with the other library.
func scan(t *testing.T, tbl *table.Table, width int, o ...table.ScanOption) (lines []string) {
	t.Helper()
	_, batches, err := tbl.Scan(o...).ToArrowRecords(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for r, err := range batches {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, texts(r, width)...)
	}
	slices.Sort(lines)
	return lines
}

// check compares the table as the other library reads it, whole and night by night, with
// the rows that were written.
func (b *book) check(step string) {
	b.t.Helper()
	tbl := b.newest()
	var want []string
	for d, rows := range b.rows {
		want = append(want, rows...)
		is := other.EqualTo(other.Reference("business_date"), other.Date(d))
		got := scan(b.t, tbl, len(withNote), table.WithRowFilter(is))
		night := slices.Sorted(slices.Values(rows))
		if !slices.Equal(got, night) {
			b.t.Errorf("%s: night %s has\n%s\nwant\n%s", step, d, strings.Join(got, "\n"), strings.Join(night, "\n"))
		}
		few := scan(b.t, tbl, len(withNote), table.WithRowFilter(other.NewAnd(is, other.EqualTo(other.Reference("loan_id"), "L000004"))))
		wantFew := slices.DeleteFunc(slices.Clone(night), func(s string) bool { return !strings.Contains(s, "|L000004|") })
		if !slices.Equal(few, wantFew) {
			b.t.Errorf("%s: loan L000004 of %s is %q, want %q", step, d, few, wantFew)
		}
	}
	slices.Sort(want)
	if got := scan(b.t, tbl, len(withNote)); !slices.Equal(got, want) {
		b.t.Errorf("%s: got\n%s\nwant\n%s", step, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if len(want) == 0 {
		b.t.Errorf("%s: no row was looked at", step)
	}
}

// Another library reads what ours wrote, row for row, after each thing that can happen.
func TestAnotherLibraryReadsTheTables(t *testing.T) {
	everything(t, newBook(t, catalog.Config{}))
}

func everything(t *testing.T, b *book) {
	t.Helper()
	d := civil.Of(2026, 11, 23)
	b.commit(b.night(d, columns, 10, 1), b.night(d+1, columns, 12, 2), b.night(d+2, columns, 9, 3))
	b.check("three nights")
	before := *b.newest().CurrentSnapshot()
	old := scan(t, b.newest(), len(columns))

	b.commit(b.night(d+1, columns, 13, 4))
	b.check("a night replaced")
	b.commit(b.night(d+3, withNote, 8, 5))
	b.check("a column added")
	b.commit(b.night(d+4, columns, 0, 6))
	b.check("a night of no rows, by an older program")
	b.commit(b.night(d-1, columns, 5, 7))
	b.check("a late night")
	if changed, err := b.catalog.Drop(t.Context(), "loans", d+2, d+9); err != nil || !changed {
		t.Fatalf("drop: %v, %v", changed, err)
	}
	delete(b.rows, d+2)
	delete(b.nights, d+2)
	b.check("a night dropped")

	if got := scan(t, b.newest(), len(columns), table.WithSnapshotID(before.SnapshotID)); !slices.Equal(got, old) {
		t.Errorf("as of the third night: got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(old, "\n"))
	}
	dropped, err := b.catalog.Expire(t.Context(), "loans", time.Date(2026, 12, 31, 0, 0, 0, 0, time.UTC))
	if err != nil || dropped != 2 {
		t.Fatalf("expire dropped %d snapshots, %v, want 2", dropped, err)
	}
	b.check("snapshots expired")
	b.commit(b.night(d+5, withNote, 6, 8))
	b.check("after that")

	b.lose()
	var nights []catalog.Night
	for _, d := range slices.Sorted(maps.Keys(b.nights)) {
		nights = append(nights, b.nights[d])
	}
	if changed, err := b.catalog.Rebuild(t.Context(), nights); err != nil || !slices.Equal(changed, []string{"loans"}) {
		t.Fatalf("rebuild wrote %q, %v", changed, err)
	}
	b.check("metadata lost and rebuilt")
	b.commit(b.night(d+6, withNote, 7, 9))
	b.check("after that")
}
