package intake

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// Files that other tools wrote, against a table of what is in them: how each
// was made is in testdata/foreign/README.md.
func TestForeignFiles(t *testing.T) {
	dir := filepath.Join("..", "..", "testdata", "foreign")
	in, err := Inspect(t.Context(), dir, Options{Scale: 2, Location: shanghai(t)}, 2)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if len(in.Files) < 15 {
		t.Errorf("%d files", len(in.Files))
	}
	var r Reader // one for all of them: a file must not show through in the next
	for _, f := range in.Files {
		want := readCSV(t, filepath.Join(dir, f.Kind.String()+".csv"))
		got := decode(t, &r, f, want[0])
		compare(t, f.Name, got, want[1:])
		if f.Rows != int64(len(want)-1) {
			t.Errorf("%s: %d rows, want %d", f.Name, f.Rows, len(want)-1)
		}
		checkValues(t, f, want)
	}
}

func readCSV(t *testing.T, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

// decode reads a whole file as text: amounts with two digits, rates with nine,
// nulls empty.
func decode(t *testing.T, r *Reader, f *File, names []string) [][]string {
	t.Helper()
	var out [][]string
	for g := range f.Groups {
		err := r.ReadGroup(f, g, func(rows *Rows) error {
			if rows.First != int64(len(out)) {
				t.Errorf("%s: a batch begins with row %d, want %d", f.Name, rows.First, len(out))
			}
			for i := range rows.N {
				if rows.Fault[i] != loan.OK {
					t.Errorf("%s row %d: %s in %s", f.Name, rows.First+int64(i), rows.Fault[i].Code(),
						contract[f.Kind][rows.FaultColumn[i]].name)
				}
				line := make([]string, len(names))
				for j, name := range names {
					k := slices.Index(f.Kind.Columns(), name)
					line[j] = cell(&rows.Columns[k], contract[f.Kind][k].form, i)
				}
				out = append(out, line)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func cell(c *Column, f form, i int) string {
	switch {
	case c.IsNull(i):
		return ""
	case f == amount:
		return money.Amount(c.Int[i]).Text(2)
	case f == rate:
		return money.Amount(c.Int[i]).Text(9)
	case f == date:
		return civil.Date(c.Int[i]).String()
	case f == count || f == instant || f == clock:
		return itoa(int(c.Int[i]))
	}
	return string(c.Text(i))
}

func compare(t *testing.T, name string, got, want [][]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: decoded %d rows, want %d", name, len(got), len(want))
		return
	}
	faults := 0
	for i := range want {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("%s row %d:\ngot  %q\nwant %q", name, i, got[i], want[i])
			if faults++; faults == 3 {
				return
			}
		}
	}
}

// checkValues reads three rows back as JSON.
func checkValues(t *testing.T, f *File, want [][]string) {
	t.Helper()
	asked := []int64{0, 7, f.Rows - 1}
	seen := 0
	err := f.Values(asked, func(row int64, object []byte) error {
		if row != asked[seen] {
			t.Errorf("%s: values of row %d, want %d", f.Name, row, asked[seen])
		}
		seen++
		values := map[string]*string{}
		if err := json.Unmarshal(object, &values); err != nil {
			t.Errorf("%s row %d: %v in %s", f.Name, row, err, object)
		}
		for j, name := range want[0] {
			got := ""
			if p := values[name]; p != nil {
				got = *p
			}
			k := slices.Index(f.Kind.Columns(), name)
			if !sameText(got, want[row+1][j], contract[f.Kind][k].form) {
				t.Errorf("%s row %d: %s is %q, want %q", f.Name, row, name, got, want[row+1][j])
			}
		}
		return nil
	})
	if err != nil || seen != len(asked) {
		t.Errorf("%s: %d rows of values, %v", f.Name, seen, err)
	}
}

// sameText compares a value as the file has it with the canonical one.
func sameText(got, want string, f form) bool {
	switch f {
	case amount, rate:
		g, err1 := money.ParseDecimal(got, 9)
		w, err2 := money.ParseDecimal(want, 9)
		return g == w && (err1 == nil) == (err2 == nil)
	case date:
		return strings.HasPrefix(got, want) || strings.HasSuffix(got, "Z") // another day in UTC
	}
	return got == want
}
