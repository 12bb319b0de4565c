package intake

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// A column without any value has whatever type its writer falls back to. Where
// it is optional it is as if it were absent (field 02).
func TestColumnsOfNulls(t *testing.T) {
	for _, folder := range []string{"nulls", "names"} {
		in, err := Inspect(t.Context(), filepath.Join("testdata", folder), Options{Scale: 2, MinorUnits: true}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if len(in.Files) < 2 || len(in.Unread) > 0 {
			t.Errorf("%s: %d files, unread %v", folder, len(in.Files), in.Unread)
		}
		for _, f := range in.Files {
			if f.Rows == 0 {
				continue
			}
			want := map[string]string{"nulls": " P1 L1 2026-02-15 106.62 USD\n", "names": " P1 L1 2026-02-15 106.62 USD app\n"}[folder]
			got, err := rowsOf(f)
			if err != nil || len(f.Extra) > 0 {
				t.Errorf("%s: %v, extra %q", f.Name, err, f.Extra)
			}
			got = strings.ReplaceAll(got, "1.0662 USD", "106.62 USD") // minor units
			if rows, json, _ := strings.Cut(got, "{"); rows != want && !strings.Contains(f.Name, "arrowrs") {
				t.Errorf("%s: got %q, want %q", f.Name, rows, want)
			} else if folder == "nulls" && !strings.Contains(json, `"channel":null`) {
				t.Errorf("%s: its values are %s", f.Name, json)
			}
		}
	}
}

// nullColumns writes repayments, the named columns of the type null.
func nullColumns(t *testing.T, rows int, names ...string) []byte {
	t.Helper()
	cols := base(Repayments)
	for _, name := range names {
		cols[name] = col{parquet.Optional(parquet.Leaf(parquet.Int32Type)), always(parquet.NullValue())}
	}
	b := encode(t, rows, cols)
	for _, name := range names {
		b = marked(t, b, name)
	}
	return b
}

// marked gives a column the logical type UNKNOWN.
func marked(t *testing.T, b []byte, name string) []byte {
	return refoot(t, b, func(m *format.FileMetaData) {
		for i := range m.Schema {
			if e := &m.Schema[i]; e.Name == name {
				e.LogicalType.Value, e.ConvertedType.Valid = &format.NullType{}, false
			}
		}
	})
}

// A required column of the type null makes each row one with a missing value;
// without rows there is nothing wrong.
func TestRequiredColumnsOfNulls(t *testing.T) {
	for _, rows := range []int{0, 1, 3 * batchMax} {
		f, err := memoryFile(nullColumns(t, rows, "currency", "channel", "amount"), Repayments, Options{Scale: 2})
		if err != nil {
			t.Fatal(err)
		}
		faults := map[string]int{}
		var r Reader
		for g := range f.Groups {
			err := r.ReadGroup(f, g, func(batch *Rows) error {
				for i := range batch.N {
					column := contract[f.Kind][batch.FaultColumn[i]].name
					faults[batch.Fault[i].Code()+" "+column]++
				}
				if c := &batch.Columns[RepaymentsCurrency]; len(c.Text(0)) > 0 || !c.IsNull(batch.N-1) {
					t.Error("a null has a value")
				}
				if batch.Columns[RepaymentsAmount].Int[batch.N-1] != 0 || batch.Columns[RepaymentsChannel].Present {
					t.Error("a null has a value")
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if want := map[string]int{"missing_value amount": rows}; fmt.Sprint(faults) != fmt.Sprint(want) && rows > 0 {
			t.Errorf("%d rows: got %v, want %v", rows, faults, want)
		}
	}
}

// The logical type UNKNOWN may annotate any physical type; a type that does not
// suit is a fault as soon as one value is there.
func TestNullsOfAnyType(t *testing.T) {
	null := parquet.NullValue()
	for name, n := range map[string]parquet.Node{
		"BOOLEAN": parquet.Leaf(parquet.BooleanType), "INT32": parquet.Leaf(parquet.Int32Type), "INT64": parquet.Leaf(parquet.Int64Type),
		"INT96": parquet.Leaf(parquet.Int96Type), "FLOAT": parquet.Leaf(parquet.FloatType), "DOUBLE": parquet.Leaf(parquet.DoubleType),
		"BYTE_ARRAY": parquet.Leaf(parquet.ByteArrayType), "FIXED": parquet.Leaf(parquet.FixedLenByteArrayType(7)),
		"dictionary": parquet.Encoded(parquet.Leaf(parquet.Int64Type), &parquet.RLEDictionary),
	} {
		cols := base(Repayments)
		cols["channel"] = col{parquet.Optional(n), always(null)}
		b := encode(t, 5000, cols, parquet.MaxRowsPerRowGroup(1500))
		for what, b := range map[string][]byte{"as it is": b, "marked": marked(t, b, "channel")} {
			f, err := memoryFile(b, Repayments, Options{Scale: 2})
			if err != nil {
				t.Errorf("%s, %s: %v", name, what, err)
				continue
			}
			if got := columnOf(t, f, "channel"); len(got) != 5000 || slices.ContainsFunc(got, func(s string) bool { return s != "" }) {
				t.Errorf("%s, %s: %q", name, what, got)
			}
		}
	}
	cols := base(Repayments)
	cols["channel"] = col{parquet.Optional(parquet.Leaf(parquet.Int32Type)), func(i int) parquet.Value {
		if i == 4999 {
			return i32(0)
		}
		return null
	}}
	var fault *FileError
	if _, err := memoryFile(encode(t, 5000, cols), Repayments, Options{Scale: 2}); !errors.As(err, &fault) || fault.Column != "channel" {
		t.Errorf("one value in its last row: %v", err)
	}
}

// Names that differ only in case are taken where it is clear what is meant.
func TestCaseOfNames(t *testing.T) {
	rename := func(names map[string]string) []byte {
		cols := base(Repayments)
		for to, from := range names {
			cols[to] = cols[from]
		}
		for to, from := range names {
			if strings.EqualFold(to, from) && to != from && names[from] == "" {
				delete(cols, from)
			}
		}
		return encode(t, 2, cols)
	}
	mapped := map[string]map[string]string{"repayments": {"loan_id": "Acct_No"}}
	for _, c := range []struct {
		name  string
		names map[string]string // new to old
		own   map[string]map[string]string
		fault []string // what the message says, or nothing
		extra []string
	}{
		{"capitals", map[string]string{"REPAYMENT_ID": "repayment_id", "LOAN_ID": "loan_id", "VALUE_DATE": "value_date", "AMOUNT": "amount", "CURRENCY": "currency"}, nil, nil, nil},
		{"an exact name wins", map[string]string{"AMOUNT": "currency", "amount": "amount"}, nil, nil, []string{"AMOUNT"}},
		{"two, none exact", map[string]string{"AMOUNT": "amount", "Amount": "amount"}, nil, []string{"AMOUNT, Amount", "only in case"}, nil},
		{"a name of the policy", map[string]string{"ACCT_NO": "loan_id"}, mapped, nil, []string{"loan_id"}},
		{"a name of the policy, twice", map[string]string{"ACCT_NO": "loan_id", "acct_no": "loan_id"}, mapped, []string{"ACCT_NO, acct_no"}, nil},
		{"a column that another column is by its exact name", map[string]string{"Amount": "amount", "currency": "currency"},
			map[string]map[string]string{"repayments": {"reference": "Amount"}}, []string{"column amount", "no such column"}, nil},
		{"one for two", map[string]string{"AMOUNT": "amount"},
			map[string]map[string]string{"repayments": {"channel": "Amount"}}, []string{"AMOUNT"}, nil},
	} {
		f, err := memoryFile(rename(c.names), Repayments, Options{Scale: 2, Columns: c.own})
		if c.fault == nil {
			if err != nil || !slices.Equal(f.Extra, c.extra) {
				t.Errorf("%s: %v, extra %q", c.name, err, f.Extra)
			} else if got := columnOf(t, f, "amount"); !slices.Equal(got, []string{"1.00", "1.01"}) {
				t.Errorf("%s: amounts %q", c.name, got)
			}
			continue
		}
		for _, says := range c.fault {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v does not say %q", c.name, err, says)
			}
		}
	}
}
