package reports

import (
	"bytes"
	"slices"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
)

func TestArrowStreamHasExactDecimals(t *testing.T) {
	f, d := smallFacts()
	var b bytes.Buffer
	columns := tapeColumns(f, d, 2)
	w := NewArrowWriter(&b, columns)
	for range 2 {
		if err := w.Write(columns); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := ipc.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for r.Next() {
		rec := r.Record()
		rows += int(rec.NumRows())
		total := rec.Column(slices.IndexFunc(columns, func(c Column) bool { return c.Name == "total_outstanding" })).(*array.Decimal128)
		if got := total.Value(3).ToString(2); got != "310.01" {
			t.Errorf("total outstanding %s, want 310.01", got)
		}
		reason := rec.Column(slices.IndexFunc(columns, func(c Column) bool { return c.Name == "reason_1" })).(*array.Dictionary)
		if !reason.IsNull(0) || reason.ValueStr(1) != "reason_01" {
			t.Errorf("reasons %s and %s", reason.ValueStr(0), reason.ValueStr(1))
		}
	}
	if r.Err() != nil || rows != 2*f.Rows {
		t.Errorf("%d rows, %v", rows, r.Err())
	}
}
