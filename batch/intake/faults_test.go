package intake

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// with returns the required columns of repayments, one of them changed; a nil
// node drops it.
func with(name string, node parquet.Node, v parquet.Value) map[string]col {
	cols := base(Repayments)
	if cols[name] = (col{node, always(v)}); node == nil {
		delete(cols, name)
	}
	return cols
}

// Each fault names the column, what was expected, what is there, and what to
// do.
func TestFileFaults(t *testing.T) {
	double := parquet.Leaf(parquet.DoubleType)
	int64Leaf := parquet.Leaf(parquet.Int64Type)
	for _, c := range []struct {
		name   string
		file   []byte
		column string
		says   []string
	}{
		{"missing column", encode(t, 1, with("amount", nil, i64(0))), "amount", []string{"DECIMAL", "no such column", "intake.columns.repayments.amount"}},
		{"float money", encode(t, 1, with("amount", double, f64(1))), "amount", []string{"DECIMAL", "DOUBLE", "DECIMAL(18,2)", "allow_float_money"}},
		{"plain integers", encode(t, 1, with("amount", int64Leaf, i64(1))), "amount", []string{"DECIMAL", "INT64", "money_in_minor_units"}},
		{"text money", encode(t, 1, with("amount", parquet.String(), text("1.00"))), "amount", []string{"DECIMAL", "STRING"}},
		{"integer date", encode(t, 1, with("value_date", parquet.Leaf(parquet.Int32Type), i32(1))), "value_date", []string{"DATE", "INT32", "cast it to DATE"}},
		{"text date", encode(t, 1, with("value_date", parquet.String(), text("2026-11-23"))), "value_date", []string{"DATE", "STRING"}},
		{"integer id", encode(t, 1, with("loan_id", int64Leaf, i64(1))), "loan_id", []string{"STRING", "INT64", "string"}},
		{"not Parquet", []byte("loan_id,amount\nL1,10.00\n"), "", []string{"a Parquet file", "write the file again"}},
		{"no bytes", nil, "", []string{"0 bytes"}},
		{"encrypted", []byte("PAR1............PARE"), "", []string{"encrypted"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Inspect(t.Context(), folder(t, map[string][]byte{"repayments-1.parquet": c.file}), Options{Scale: 2}, 1)
			var fault *FileError
			if !errors.As(err, &fault) || fault.File != "repayments-1.parquet" || fault.Column != c.column {
				t.Fatalf("got %#v", err)
			}
			for _, s := range append(c.says, "repayments-1.parquet") {
				if !strings.Contains(err.Error(), s) {
					t.Errorf("%q does not say %q", err, s)
				}
			}
		})
	}
}

type nested struct {
	RepaymentID string   `parquet:"repayment_id"`
	LoanID      []string `parquet:"loan_id,list"`
	ValueDate   int32    `parquet:"value_date,date"`
	Amount      struct {
		Value int64 `parquet:"value,decimal(2:18)"`
	} `parquet:"amount"`
	Currency string            `parquet:"currency"`
	Tags     map[string]string `parquet:"tags"`
	Region   string            `parquet:"region"`
}

func nestedFile(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x")
	row := nested{RepaymentID: "R1", LoanID: []string{"L1", "L2"}, Currency: "CNY", Tags: map[string]string{"a": "b"}}
	if err := parquet.WriteFile(path, []nested{row, {RepaymentID: "R2"}, row}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// One run shows every fault of every file, by the order of their names.
func TestInspectJoinsAllFaults(t *testing.T) {
	twice := with("amount", parquet.Leaf(parquet.DoubleType), f64(1))
	delete(twice, "currency")
	dir := folder(t, map[string][]byte{
		"flags.parquet":        encode(t, 1, map[string]col{"flag": plainCol(word), "valid_from": plainCol(date)}),
		"loans.parquet":        encode(t, 1, base(Loans)),
		"repayments-1.parquet": encode(t, 1, twice),
		"repayments-2.parquet": nestedFile(t),
		"notes.txt":            nil, "_SUCCESS": nil, ".loans.parquet.crc": nil, "._loans.parquet": nil,
	})
	_, err := Inspect(t.Context(), dir, Options{Scale: 2}, 3)
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{
		"flags.parquet: want a column borrower_id or loan_id",
		"repayments-1.parquet: column amount", "repayments-1.parquet: column currency",
		"repayments-2.parquet: column loan_id", "repayments-2.parquet: column amount",
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Errorf("line %d does not begin with %q in\n%v", i, want, err)
		}
	}
}

func TestInspect(t *testing.T) {
	extra := base(Repayments)
	extra["ACCT_NO"], extra["zebra"] = extra["loan_id"], plainCol(word)
	delete(extra, "loan_id")
	own := map[string]map[string]string{"repayments": {"loan_id": "ACCT_NO"}}
	dir := folder(t, map[string][]byte{"repayments.b.parquet": encode(t, 2, extra), "repayments-a.PARQUET": encode(t, 3, extra), "x.csv": nil})
	in, err := Inspect(t.Context(), dir, Options{Scale: 2, Columns: own}, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if len(in.Unread) != 1 || in.Unread[0].Path != "x.csv" {
		t.Errorf("unread %v", in.Unread)
	}
	if len(in.Files) != 2 || in.Files[0].Rows != 3 || in.Files[1].Index != 1 || in.Files[1].SHA256 == in.Files[0].SHA256 {
		t.Errorf("files %+v", in.Files)
	}
	if f := in.Files[1]; !slices.Equal(f.Extra, []string{"zebra"}) {
		t.Errorf("extra columns %q", f.Extra)
	}
	if got := columnOf(t, in.Files[1], "loan_id"); !slices.Equal(got, []string{"T00000", "T00001"}) {
		t.Errorf("loan_id %q", got)
	}
	// Changed behind our back: the digest would no longer be that of the rows.
	if err := os.WriteFile(in.Files[0].Path, []byte("other"), 0o600); err != nil {
		t.Fatal(err)
	}
	var fault *FileError
	if err := new(Reader).ReadGroup(in.Files[0], 0, nil); !errors.As(err, &fault) {
		t.Errorf("a changed file was read: %v", err)
	}
	if err := in.Files[0].Values([]int64{0}, nil); !errors.As(err, &fault) {
		t.Errorf("values of a changed file were read: %v", err)
	}

	if _, err := Inspect(t.Context(), filepath.Join(dir, "missing"), Options{}, 1); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing folder: %v", err)
	}
	if in, err := Inspect(t.Context(), t.TempDir(), Options{}, 1); err != nil || len(in.Files) != 0 {
		t.Errorf("an empty folder: %v", err)
	}
	for _, o := range []Options{{Columns: map[string]map[string]string{"repayment": {}}},
		{Columns: map[string]map[string]string{"repayments": {"loanid": "x"}}}, {Scale: 7}} {
		if _, err := Inspect(t.Context(), t.TempDir(), o, 1); err == nil {
			t.Errorf("no error for %+v", o)
		}
	}
}

// Of the two columns that say whom a row concerns a file needs one, and a row one
// that is not empty; a flag not more than one.
func TestRowsNeedASubject(t *testing.T) {
	texts := func(values ...string) col {
		return col{parquet.Optional(parquet.String()), func(i int) parquet.Value {
			if values[i] == "-" {
				return parquet.NullValue()
			}
			return text(values[i])
		}}
	}
	for _, c := range []struct {
		kind          Kind
		first, second string
		want          string
	}{
		{Flags, "borrower_id", "loan_id", "OK OK missing_value missing_value two_subjects"},
		{Contacts, "borrower_id", "task_key", "OK OK missing_value missing_value OK"},
	} {
		for _, both := range []bool{true, false} {
			cols := base(c.kind)
			delete(cols, "loan_id")
			cols[c.first] = texts("B1", "-", "-", "", "B1")
			want := c.want
			if both {
				cols[c.second] = texts("-", "L1", "", "-", "L1")
			} else {
				want = "OK missing_value missing_value missing_value OK"
			}
			f, err := memoryFile(encode(t, 5, cols), c.kind, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Join(faultsOf(t, f), " "); got != want {
				t.Errorf("%v: got %s, want %s", c.kind, got, want)
			}
		}
		cols := base(c.kind)
		delete(cols, "loan_id")
		delete(cols, "borrower_id")
		own := Options{Columns: map[string]map[string]string{c.kind.String(): {c.second: "WHOM"}}}
		if _, err := memoryFile(encode(t, 1, cols), c.kind, own); err == nil || !strings.Contains(err.Error(), "want a column "+c.first+" or WHOM, got neither") {
			t.Errorf("%v without either: %v", c.kind, err)
		}
		cols["WHOM"] = texts("-") // rows are at fault, not the file
		if f, err := memoryFile(encode(t, 1, cols), c.kind, own); err != nil || faultsOf(t, f)[0] != "missing_value" {
			t.Errorf("%v with a column of nulls: %v", c.kind, err)
		}
		cols["WHOM"] = col{parquet.Optional(parquet.Leaf(parquet.DoubleType)), always(parquet.NullValue())}
		if f, err := memoryFile(encode(t, 1, cols), c.kind, own); err != nil || faultsOf(t, f)[0] != "missing_value" {
			t.Errorf("%v with a column of nulls that are no texts: %v", c.kind, err)
		}
	}
}

// faultsOf returns each row's reason code, OK where there is none.
func faultsOf(t *testing.T, f *File) (faults []string) {
	t.Helper()
	var r Reader
	for g := range f.Groups {
		err := r.ReadGroup(f, g, func(rows *Rows) error {
			for _, reason := range rows.Fault {
				if code := reason.Code(); code != "" {
					faults = append(faults, code)
				} else {
					faults = append(faults, "OK")
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return faults
}

func TestHoursBeginBeforeTheyEnd(t *testing.T) {
	cols := base(Borrowers)
	hours := func(values ...string) col {
		return col{parquet.Optional(parquet.String()), func(i int) parquet.Value {
			if values[i] == "" {
				return parquet.NullValue()
			}
			return text(values[i])
		}}
	}
	cols["contact_from"] = hours("09:00", "20:00", "09:00", "", "22:00", "9", "21:00")
	cols["contact_until"] = hours("20:00", "09:00", "09:00", "09:00", "", "08:00", "9")
	f, err := memoryFile(encode(t, 7, cols), Borrowers, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := strings.Join(faultsOf(t, f), " "), "OK bad_hours bad_hours OK OK bad_hours bad_hours"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The kinds have the contract's columns, in its order; those in capitals are needed.
func TestColumnsOfTheContract(t *testing.T) {
	for k, want := range map[Kind]string{
		Borrowers: "BORROWER_ID as_of jurisdiction time_zone second_time_zone contact_from contact_until language region birth_date employment affordable_amount currency",
		Contacts:  "CONTACT_ID borrower_id task_key loan_id KIND AT channel outcome amount currency promised_on until reason target_id",
		Flags:     "borrower_id loan_id FLAG VALID_FROM valid_until",
	} {
		var names []string
		for _, f := range contract[k] {
			name := f.name
			if f.required {
				name = strings.ToUpper(name)
			}
			names = append(names, name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%v:\ngot  %s\nwant %s", k, got, want)
		}
	}
	for i, name := range map[int]string{BorrowersCurrency: Borrowers.Columns()[12], ContactsCurrency: Contacts.Columns()[9]} {
		if name != "currency" {
			t.Errorf("column %d is %s", i, name)
		}
	}
	if got := Contacts.Columns()[ContactsTargetID]; got != "target_id" {
		t.Errorf("the last column of contacts is %s", got)
	}
}
