package intake

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"testing"

	"daybook/ledger/loan"

	"github.com/parquet-go/parquet-go"
)

// A col is a column of a test file: its type and the value of row i. A null
// Value in an optional column is a null.
type col struct {
	node parquet.Node
	at   func(i int) parquet.Value
}

func text(s string) parquet.Value { return parquet.ByteArrayValue([]byte(s)) }

func always(v parquet.Value) func(int) parquet.Value { return func(int) parquet.Value { return v } }

// base has the required columns of each kind.
func base(k Kind) map[string]col {
	cols := map[string]col{}
	for _, f := range contract[k] {
		if f.required {
			cols[f.name] = plainCol(f.form)
		}
	}
	switch k {
	case Contacts:
		cols["borrower_id"] = plainCol(word)
	case Flags:
		cols["loan_id"] = plainCol(word)
	}
	return cols
}

func plainCol(f form) col {
	switch f {
	case amount:
		return col{parquet.Decimal(2, 18, parquet.Int64Type), func(i int) parquet.Value { return parquet.Int64Value(int64(100 + i)) }}
	case rate:
		return col{parquet.Decimal(6, 9, parquet.Int32Type), always(parquet.Int32Value(240000))}
	case date:
		return col{parquet.Date(), func(i int) parquet.Value { return parquet.Int32Value(int32(20000 + i%50)) }}
	case instant:
		return col{parquet.Timestamp(parquet.Microsecond), func(i int) parquet.Value { return parquet.Int64Value(1.7e15 + int64(i)) }}
	case clock:
		return col{parquet.String(), always(text("09:30"))}
	case count:
		return col{parquet.Int(32), always(parquet.Int32Value(12))}
	}
	return col{parquet.String(), func(i int) parquet.Value { return text(fmt.Sprintf("T%05d", i)) }}
}

// encode returns a file with these columns.
func encode(t testing.TB, rows int, cols map[string]col, options ...parquet.WriterOption) []byte {
	t.Helper()
	g := parquet.Group{}
	var names []string
	for name, c := range cols {
		g[name] = c.node
		names = append(names, name)
	}
	sort.Strings(names)
	var out bytes.Buffer
	w := parquet.NewWriter(&out, append(options, parquet.NewSchema("schema", g))...)
	for i := range rows {
		var row parquet.Row
		for j, name := range names {
			v, def := cols[name].at(i), 0
			if cols[name].node.Optional() && !v.IsNull() {
				def = 1
			}
			row = append(row, v.Level(0, def, j))
		}
		if _, err := w.WriteRows([]parquet.Row{row}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// memoryFile opens a file that lies in memory.
func memoryFile(b []byte, k Kind, o Options) (*File, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	f := &File{Name: k.String() + ".parquet", Kind: k, Size: int64(len(b)), memory: bytes.NewReader(b), options: &o}
	if err := f.digest(context.Background(), f.memory); err != nil {
		return nil, err
	}
	w, err := f.begin()
	if err != nil {
		return nil, err
	}
	defer f.end(w)
	return f, f.open(w)
}

// folder writes files into a folder of their own.
func folder(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// columnOf decodes one column: each row's cell, or its fault's code.
func columnOf(t *testing.T, f *File, name string) []string {
	t.Helper()
	var r Reader
	var got []string
	for g := range f.Groups {
		err := r.ReadGroup(f, g, func(rows *Rows) error {
			for i := range rows.N {
				k := fieldIndex(f.Kind, name)
				switch {
				case rows.Fault[i] != loan.OK && int(rows.FaultColumn[i]) != k:
					t.Errorf("row %d: %s in column %d", i, rows.Fault[i].Code(), rows.FaultColumn[i])
				case rows.Fault[i] != loan.OK:
					got = append(got, rows.Fault[i].Code())
				default:
					got = append(got, cell(&rows.Columns[k], contract[f.Kind][k].form, i))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return got
}

func fieldIndex(k Kind, name string) int {
	for i, f := range contract[k] {
		if f.name == name {
			return i
		}
	}
	panic("no column " + name)
}
