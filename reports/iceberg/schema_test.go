package iceberg

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func TestSchemaJSON(t *testing.T) {
	s := Schema{ID: 3, Columns: []Column{
		{1, "business_date", true, Date, ""},
		{2, "loan_id", true, String, `the loan's "id"`},
		{4, "balance", false, Decimal(18, 2), ""},
		{5, "closed", false, Boolean, ""}, {6, "dpd", false, Int, ""}, {7, "entries", false, Long, ""}, {8, "written", false, Timestamptz, ""},
	}}
	want := `{"type":"struct","schema-id":3,"fields":[` +
		`{"id":1,"name":"business_date","required":true,"type":"date"},` +
		`{"id":2,"name":"loan_id","required":true,"type":"string","doc":"the loan's \"id\""},` +
		`{"id":4,"name":"balance","required":false,"type":"decimal(18, 2)"},` +
		`{"id":5,"name":"closed","required":false,"type":"boolean"},` +
		`{"id":6,"name":"dpd","required":false,"type":"int"},` +
		`{"id":7,"name":"entries","required":false,"type":"long"},` +
		`{"id":8,"name":"written","required":false,"type":"timestamptz"}]}`
	got, err := json.Marshal(s)
	if err != nil || string(got) != want {
		t.Errorf("got  %s, %v\nwant %s", got, err, want)
	}
	var back Schema
	if err := json.Unmarshal(got, &back); err != nil || !reflect.DeepEqual(back, s) {
		t.Errorf("read back %+v, %v, want %+v", back, err, s)
	}
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

// Columns of other writers are kept, nested ones too.
func TestSchemaOfAnotherWriter(t *testing.T) {
	const in = `{"type":"struct","schema-id":1,"identifier-field-ids":[1],"fields":[{"id":1,"name":"a","required":true,"type":"double"},` +
		`{"id":2,"name":"b","required":false,"type":{"type":"list","element-id":3,"element-required":false,"element":"string"}}]}`
	var s Schema
	if err := json.Unmarshal([]byte(in), &s); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(s); err != nil || string(got) != in {
		t.Errorf("got  %s, %v\nwant %s", got, err, in)
	}
}

func TestCheckSchema(t *testing.T) {
	date := Column{1, "business_date", true, Date, ""}
	for _, x := range []struct {
		columns []Column
		says    string
	}{
		{nil, "column 1 is not business_date"},
		{[]Column{{1, "loan_id", true, String, ""}}, "column 1 is not business_date"},
		{[]Column{{1, "business_date", true, String, ""}}, "column 1 is not business_date"},
		{[]Column{date, {1, "x", true, Int, ""}}, "id 1 of another"},
		{[]Column{date, {2, "business_date", true, Int, ""}}, "two columns are named"},
		{[]Column{date, {2, "", true, Int, ""}}, "no name"},
		{[]Column{date, {0, "x", true, Int, ""}}, "ids are from 1"},
		{[]Column{date, {2, "x", true, "double", ""}}, "not written"},
		{[]Column{date, {2, "x", true, Decimal(39, 2), ""}}, "not written"},
		{[]Column{date, {2, "x", true, Decimal(5, 6), ""}}, "not written"},
		{make([]Column, 1001), "at most"},
	} {
		s := Schema{Columns: x.columns}
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%.100v: %v, want %q", x.columns, err, x.says)
		}
	}
}

func TestEvolve(t *testing.T) {
	date, loan := Column{1, "business_date", true, Date, ""}, Column{2, "loan_id", true, String, ""}
	dpd, balance := Column{3, "dpd", false, Int, ""}, Column{4, "balance", true, Decimal(9, 2), ""}
	current := []Column{date, loan, dpd, balance}
	past := []Schema{{Columns: []Column{date, loan, {5, "memo", false, String, ""}}}, {ID: 2, Columns: current}}
	with := func(at int, c Column) []Column {
		out := append([]Column(nil), current...)
		out[at] = c
		return out
	}
	for _, x := range []struct {
		name   string
		wanted []Column
		want   []Column // nil: refused
		says   string   // or what the refusal says; empty without want: nothing changes
	}{
		{name: "the same", wanted: current},
		{name: "another description", wanted: with(2, Column{3, "dpd", false, Int, "days past due"})},
		{name: "added at the end", wanted: append(with(0, date), Column{6, "note", false, String, ""}), want: append(with(0, date), Column{6, "note", false, String, ""})},
		{name: "added in the middle of the files", wanted: []Column{date, loan, {6, "note", false, String, ""}, dpd, balance}, want: append(with(0, date), Column{6, "note", false, String, ""})},
		{name: "added under a smaller id", wanted: append(with(0, date), Column{99, "pack", false, String, ""}, Column{6, "note", false, String, ""}),
			want: append(with(0, date), Column{99, "pack", false, String, ""}, Column{6, "note", false, String, ""})},
		{name: "int to long", wanted: with(2, Column{3, "dpd", false, Long, "x"}), want: with(2, Column{3, "dpd", false, Long, "x"})},
		{name: "more digits", wanted: with(3, Column{4, "balance", true, Decimal(18, 2), ""}), want: with(3, Column{4, "balance", true, Decimal(18, 2), ""})},
		{name: "no longer required", wanted: with(1, Column{2, "loan_id", false, String, ""}), want: with(1, Column{2, "loan_id", false, String, ""})},

		{name: "an older program: without an optional column", wanted: []Column{date, loan, balance}},
		{name: "an older program: fewer digits", wanted: with(3, Column{4, "balance", true, Decimal(5, 2), ""})},
		{name: "an older program: required", wanted: with(2, Column{3, "dpd", true, Int, ""})},
		{name: "spaced otherwise", wanted: with(3, Column{4, "balance", true, "decimal(9,2)", ""})},

		{name: "without a required column", wanted: []Column{date, loan, dpd}, says: "column balance is required and missing"},
		{name: "renamed", wanted: with(2, Column{3, "days", false, Int, ""}), says: "column days has the id 3 of dpd"},
		{name: "another id", wanted: with(2, Column{7, "dpd", false, Int, ""}), says: "column dpd has the id 7 and had 3"},
		{name: "another type", wanted: with(2, Column{3, "dpd", false, String, ""}), says: "column dpd is string and was int"},
		{name: "another scale", wanted: with(3, Column{4, "balance", true, Decimal(18, 3), ""}), says: "column balance is of scale 3 and was of 2"},
		{name: "added and required", wanted: append(with(0, date), Column{6, "note", true, String, ""}), says: "column note is new and required"},
		{name: "added under a used id", wanted: append(with(0, date), Column{5, "note", false, String, ""}), says: "column note is new and has the id 5 of memo, which was dropped"},
	} {
		next, changed, err := Evolve(Schema{ID: 2, Columns: current}, Schema{Columns: x.wanted}, past)
		switch {
		case x.says != "":
			if err == nil || !strings.Contains(err.Error(), x.says) || !strings.Contains(err.Error(), "new root") {
				t.Errorf("%s: %v, want %q", x.name, err, x.says)
			}
		case err != nil:
			t.Errorf("%s: %v", x.name, err)
		case x.want == nil:
			if changed || !reflect.DeepEqual(next.Columns, current) {
				t.Errorf("%s: changed to %v", x.name, next.Columns)
			}
		case !changed || !reflect.DeepEqual(next.Columns, x.want):
			t.Errorf("%s: got %v (%v), want %v", x.name, next.Columns, changed, x.want)
		}
	}
}

func TestBound(t *testing.T) {
	le := func(v int64) []byte {
		var b []byte
		for range 8 {
			b, v = append(b, byte(v)), v>>8
		}
		return b
	}
	for _, x := range []struct {
		of    Type
		plain []byte
		want  []byte
	}{
		{Int, nil, nil},
		{Boolean, []byte{1}, []byte{1}},
		{Int, []byte{1, 2, 3, 4}, []byte{1, 2, 3, 4}},
		{Date, []byte{1, 2, 3, 4}, []byte{1, 2, 3, 4}},
		{Long, le(-2), le(-2)},
		{Long, []byte{0xfe, 0xff, 0xff, 0xff}, le(-2)},
		{Timestamptz, le(5), le(5)},
		{String, []byte{}, []byte{}},
		{String, []byte("héllo"), []byte("héllo")},
		{Decimal(18, 2), le(0), []byte{0}},
		{Decimal(18, 2), le(127), []byte{0x7f}},
		{Decimal(18, 2), le(128), []byte{0, 0x80}},
		{Decimal(18, 2), le(-1), []byte{0xff}},
		{Decimal(18, 2), le(-128), []byte{0x80}},
		{Decimal(18, 2), le(-129), []byte{0xff, 0x7f}},
		{Decimal(18, 2), le(1234567890123), []byte{0x01, 0x1f, 0x71, 0xfb, 0x04, 0xcb}},
		{Decimal(18, 2), le(-1 << 63), []byte{0x80, 0, 0, 0, 0, 0, 0, 0}},
		{Decimal(18, 2), le(1<<63 - 1), []byte{0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
		{Decimal(9, 2), []byte{0x80, 0, 0, 0}, []byte{0, 0x80}},
	} {
		got, err := Bound(x.of, x.plain)
		if err != nil || !bytes.Equal(got, x.want) || (got == nil) != (x.want == nil) {
			t.Errorf("%s % x: got % x, %v, want % x", x.of, x.plain, got, err, x.want)
		}
	}
	for _, x := range []struct {
		of    Type
		plain []byte
	}{{Int, le(1)}, {Boolean, []byte{2}}, {String, []byte{0xff}}, {Decimal(18, 2), []byte{1, 2, 3}}, {Date, []byte{}}, {"double", le(1)}} {
		if got, err := Bound(x.of, x.plain); err == nil {
			t.Errorf("%s % x: got % x, want an error", x.of, x.plain, got)
		}
	}
}
