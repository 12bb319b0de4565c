package whatif

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"
)

// aLoan is what a tape of these tests has of a loan.
type aLoan struct {
	id, currency, status string
	total                int64
	classification       string
	score                int
	class                string // of the pack p; "-": the tape has no such pack
	provision            int64
}

// nightWith writes a night with these loans, in parts of a few rows, and tables.
func nightWith(t *testing.T, scale int, loans []aLoan, tables ...*reports.Table) Night {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"loans", "regulatory"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	loans = slices.Clone(loans)
	slices.SortFunc(loans, func(a, b aLoan) int {
		return cmp.Or(cmp.Compare(store.Hash([]byte(a.id)), store.Hash([]byte(b.id))), strings.Compare(a.id, b.id))
	})
	for part := 0; part == 0 || len(loans) > 0; part++ {
		rows := loans[:min(len(loans), 40)]
		loans = loans[len(rows):]
		writeTable(t, filepath.Join(dir, "loans", fmt.Sprintf("part-%03d.parquet", part)), tapeOf(scale, rows))
	}
	n := Night{Folder: dir, Page: &reports.Page{Scale: scale}}
	for _, table := range tables {
		writeTable(t, filepath.Join(dir, "regulatory", table.Name+".parquet"), table)
		n.Tables = append(n.Tables, table.Name)
	}
	return n
}

func writeTable(t *testing.T, path string, table *reports.Table) {
	t.Helper()
	if _, err := reports.WriteParquet(path, table); err != nil {
		t.Fatal(err)
	}
}

func tapeOf(scale int, loans []aLoan) *reports.Table {
	coded := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Coded, Optional: true}
	}
	amount := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Amount, Digits: scale, Optional: true}
	}
	tape := &reports.Table{Name: "loans", Columns: []reports.Column{
		{Name: "business_date", Kind: reports.Date}, {Name: "loan_id", Kind: reports.Text}, {Name: "borrower_id", Kind: reports.Text, Optional: true},
		coded("product"), coded("currency"), coded("status"), amount("total_outstanding"), coded("classification"), coded("stage"), {Name: "score", Kind: reports.Count},
	}}
	packs := !slices.ContainsFunc(loans, func(x aLoan) bool { return x.class == "-" })
	if packs {
		tape.Columns = append(tape.Columns, coded("p_class"), coded("p_rule"), amount("p_provision"))
	}
	for _, x := range loans {
		row := []any{civil.Date(1), x.id, "B" + x.id, "card", x.currency, x.status, x.total, orNil(x.classification), nil, x.score}
		if packs {
			row = append(row, orNil(x.class), nil, x.provision)
		}
		tape.Append(row...)
	}
	return tape
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// comparedWith compares two nights with little memory.
func comparedWith(t *testing.T, old, now Night) *Result {
	t.Helper()
	r, err := Compare(t.Context(), old, now, Options{
		Date: civil.Of(2026, 11, 24), Work: filepath.Join(t.TempDir(), "sorted"), Results: t.TempDir(), Memory: 1 << 16,
		Currencies: []string{"JPY", "CNY"}, Classes: map[string][]string{"p": {"pass", "watch", "loss"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// lines are a table's rows, cells joined by blanks, null as a dot.
func lines(t *Table) (list []string) {
	for _, row := range t.Rows {
		var cells []string
		for _, v := range row {
			if v.Kind == Null {
				v.Text = "."
			}
			cells = append(cells, v.Text)
		}
		list = append(list, strings.Join(cells, " "))
	}
	return list
}

func hold(t *testing.T, table *Table, want ...string) {
	t.Helper()
	if got := lines(table); !slices.Equal(got, want) {
		t.Errorf("%s is\n%s\nwant\n%s", table.Name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestPacks: classes and provisions of a pack, in the order of its list and of the
// currencies, with their digits; loans that are off the book in both nights are in no move,
// and a loan that one night does not have has no class there.
func TestPacks(t *testing.T) {
	old := []aLoan{
		{"L1", "CNY", "active", 100_00, "pass", 600, "pass", 1_00},
		{"L2", "CNY", "active", 200_00, "pass", 610, "pass", 2_00},
		{"L3", "CNY", "active", 300_00, "pass", 620, "watch", 3_00},
		{"L4", "JPY", "active", 400_00, "pass", 630, "pass", 4_00},
		{"L5", "CNY", "charged_off", 0, "pass", 640, "pass", 0},
		{"L6", "CNY", "active", 500_00, "pass", 650, "", 0},
		{"L7", "CNY", "active", 700_00, "loss", 650, "loss", 700_00},
		{"L8", "CNY", "active", 800_00, "pass", 650, "pass", 8_00},
	}
	now := []aLoan{
		{"L1", "CNY", "active", 101_00, "pass", 600, "watch", 6_00},
		{"L2", "CNY", "active", 200_00, "loss", 605, "loss", 200_00},
		{"L3", "CNY", "active", 300_00, "pass", 620, "watch", 3_50},
		{"L4", "JPY", "active", 400_00, "pass", 630, "watch", 40_00},
		{"L5", "CNY", "charged_off", 0, "pass", 640, "loss", 0},
		{"L6", "CNY", "settled", 0, "pass", 650, "pass", 0},
		{"L7", "CNY", "active", 700_00, "loss", 651, "loss", 700_00},
		{"L9", "CNY", "active", 900_00, "pass", 650, "pass", 9_00},
	}
	r := comparedWith(t, nightWith(t, 2, old), nightWith(t, 2, now))
	hold(t, r.ClassMoves,
		"classification CNY pass loss 1 200.00 . .",
		"classification CNY pass none 1 800.00 . .",
		"classification CNY none pass 1 900.00 . .",
		"p JPY pass watch 1 400 4 40",
		"p CNY pass watch 1 100.00 1.00 6.00",
		"p CNY pass loss 1 200.00 2.00 200.00",
		"p CNY pass none 1 800.00 8.00 0.00",
		"p CNY none pass 2 1400.00 0.00 9.00",
	)
	hold(t, r.Loans,
		"L2 BL2 CNY card p pass loss 2.00 200.00 198.00 610 605 -5",
		"L4 BL4 JPY card p pass watch 4 40 36 630 630 0",
		"L9 BL9 CNY card p none pass . 9.00 9.00 . 650 .",
		"L8 BL8 CNY card p pass none 8.00 . -8.00 650 . .",
		"L1 BL1 CNY card p pass watch 1.00 6.00 5.00 600 600 0",
		"L3 BL3 CNY card p watch watch 3.00 3.50 0.50 620 620 0",
		"L7 BL7 CNY card classification loss loss . . . 650 651 1",
		"L5 BL5 CNY card p pass loss 0.00 0.00 0.00 640 640 0",
		"L6 BL6 CNY card p none pass 0.00 0.00 0.00 650 650 0",
	)
	if len(r.NewPacks) > 0 || r.Same() {
		t.Errorf("%+v", r)
	}
}

// TestNewPack: a pack that only the new night has.
func TestNewPack(t *testing.T) {
	old := []aLoan{{"L1", "CNY", "active", 100_00, "pass", 600, "-", 0}}
	now := []aLoan{{"L1", "CNY", "active", 100_00, "pass", 600, "pass", 1_00}}
	r := comparedWith(t, nightWith(t, 2, old), nightWith(t, 2, now))
	hold(t, r.ClassMoves, "p CNY none pass 1 100.00 . 1.00")
	hold(t, r.Loans, "L1 BL1 CNY card p none pass . 1.00 1.00 600 600 0")
	if !slices.Equal(r.NewPacks, []string{"p"}) {
		t.Errorf("the new packs are %v", r.NewPacks)
	}
	if r = comparedWith(t, nightWith(t, 2, now), nightWith(t, 2, old)); len(r.NewPacks) > 0 {
		t.Errorf("a pack that went is a new one: %v", r.NewPacks)
	}
	hold(t, r.ClassMoves, "p CNY pass none 1 100.00 1.00 .")
}

// TestScales: before its first night a book may get a policy whose amounts have more digits.
func TestScales(t *testing.T) {
	old := []aLoan{{"L1", "CNY", "active", 100_00, "pass", 600, "pass", 1_00}}
	now := []aLoan{{"L1", "CNY", "active", 100_000, "pass", 600, "watch", 1_500}}
	table := func(digits int, balance int64) *reports.Table {
		t := &reports.Table{Name: "rules", Columns: []reports.Column{
			{Name: "pack", Kind: reports.Coded}, {Name: "currency", Kind: reports.Coded}, {Name: "rule", Kind: reports.Coded}, {Name: "balance", Kind: reports.Amount, Digits: digits},
		}}
		t.Append("p", "CNY", "r", balance)
		return t
	}
	r := comparedWith(t, nightWith(t, 2, old, table(2, 100_00)), nightWith(t, 3, now, table(3, 100_000)))
	hold(t, r.Moved)
	hold(t, r.ClassMoves, "p CNY pass watch 1 100.00 1.00 1.50")
}

// TestTheHundredThatChangedMost: of many, in their order, whatever the order of the tape.
func TestTheHundredThatChangedMost(t *testing.T) {
	var old, now []aLoan
	for i := range 500 {
		x := aLoan{fmt.Sprintf("L%03d", i), "CNY", "active", 100_00, "pass", 600, "pass", 1_00}
		old = append(old, x)
		x.provision += int64(i%7-3) * 10
		x.score += i%5 - 2
		now = append(now, x)
	}
	r := comparedWith(t, nightWith(t, 2, old), nightWith(t, 2, now))
	want := slices.Clone(now)
	amount := func(v int64) int64 { return max(v, -v) }
	slices.SortFunc(want, func(a, b aLoan) int {
		return cmp.Or(cmp.Compare(amount(b.provision-100), amount(a.provision-100)), cmp.Compare(amount(int64(b.score-600)), amount(int64(a.score-600))), cmp.Compare(a.id, b.id))
	})
	if len(r.Loans.Rows) != LoansMax {
		t.Fatalf("%d loans", len(r.Loans.Rows))
	}
	for i, row := range r.Loans.Rows {
		if row[0].Text != want[i].id {
			t.Fatalf("loan %d is %s, want %s", i, row[0].Text, want[i].id)
		}
	}
}

// largeTable is a table of a row a loan.
func largeTable(name string, rows int, status func(i int) string) *reports.Table {
	t := &reports.Table{Name: name, Columns: []reports.Column{
		{Name: "business_date", Kind: reports.Date}, {Name: "loan_id", Kind: reports.Text}, {Name: "month", Kind: reports.Text}, {Name: "status", Kind: reports.Text, Optional: true},
		{Name: "days_past_due", Kind: reports.Count},
	}}
	for i := range rows {
		if s := status(i); s != "-" {
			t.Append(civil.Date(1), fmt.Sprintf("L%06d", i), "2026-11", s, i%40)
		}
	}
	return t
}

// TestLargeTables: more rows than fit into memory, and more cells than a result keeps; all
// are in the file, in the order of the old night's rows and then of those that it has not.
func TestLargeTables(t *testing.T) {
	const rows = 30_000
	old := largeTable("monthly_status", rows, func(i int) string {
		if i%1000 == 999 {
			return "-"
		}
		return "1"
	})
	now := largeTable("monthly_status", rows, func(i int) string {
		switch {
		case i%1000 == 500:
			return "-"
		case i%2 == 0:
			return "2"
		}
		return "1"
	})
	a, b := nightWith(t, 2, nil, old), nightWith(t, 2, nil, now)
	results, work := t.TempDir(), filepath.Join(t.TempDir(), "sorted")
	r, err := Compare(t.Context(), a, b, Options{Date: civil.Of(2026, 11, 24), Work: work, Results: results, Memory: 1 << 16})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for i := range rows {
		id := fmt.Sprintf("2026-11-24,monthly_status,loan_id=L%06d;month=2026-11,", i)
		switch {
		case i%1000 == 999:
		case i%1000 == 500:
			want = append(want, id+"status,1,,", fmt.Sprintf("%sdays_past_due,%d,,-%d", id, i%40, i%40))
		case i%2 == 0:
			want = append(want, id+"status,1,2,")
		}
	}
	for i := 999; i < rows; i += 1000 {
		id := fmt.Sprintf("2026-11-24,monthly_status,loan_id=L%06d;month=2026-11,", i)
		want = append(want, id+"status,,1,", fmt.Sprintf("%sdays_past_due,,%d,%d", id, i%40, i%40))
	}
	for i := range want {
		want[i] = strings.Replace(want[i], ",-0", ",0", 1)
	}
	text, err := os.ReadFile(filepath.Join(results, "moved.csv"))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(string(text)), "\n")[1:]
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("line %d of %d is %q, want %q", i, len(got), got[min(i, len(got)-1)], want[i])
		}
	}
	if len(got) != len(want) || r.MovedCells != int64(len(want)) || len(r.Moved.Rows) != KeptMax {
		t.Errorf("%d lines, %d cells, %d kept; want %d", len(got), r.MovedCells, len(r.Moved.Rows), len(want))
	}
	if left, err := os.ReadDir(work); err == nil && len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestTables: a table that one night has not, one whose rows are all key, rows of the same
// keys, a column that is new, nulls, and texts that spreadsheets or the keys would mistake.
func TestTables(t *testing.T) {
	exceptions := func(reasons ...string) *reports.Table {
		t := &reports.Table{Name: "re_age_exceptions", Columns: []reports.Column{
			{Name: "business_date", Kind: reports.Date}, {Name: "loan_id", Kind: reports.Text}, {Name: "measure_on", Kind: reports.Date}, {Name: "reason", Kind: reports.Coded},
		}}
		for _, reason := range reasons {
			t.Append(civil.Date(1), "L;1", civil.Of(2026, 11, 1), reason)
		}
		return t
	}
	ratios := func(name string, more bool, values ...any) *reports.Table {
		t := &reports.Table{Name: name, Columns: []reports.Column{
			{Name: "currency", Kind: reports.Coded}, {Name: "loans", Kind: reports.Number}, {Name: "ratio", Kind: reports.Rate, Digits: 6, Optional: true},
			{Name: "balance", Kind: reports.Amount, Digits: 2, Optional: true}, {Name: "on", Kind: reports.Date, Optional: true},
		}}
		if more {
			t.Columns = append(t.Columns, reports.Column{Name: "text", Kind: reports.Text})
			values = append(values, "=1+1")
		}
		if values[0] != nil {
			t.Append(values...)
		}
		return t
	}
	on := civil.Of(2026, 11, 1)
	old := nightWith(t, 2, nil, exceptions("young", "young", "third"), ratios("same", false, "JPY", 1, 5, 500, on), ratios("old", false, "JPY", 2, 500_000, 500, on), ratios("rates", false, "JPY", 2, nil, 500, on))
	now := nightWith(t, 2, nil, exceptions("third", "young", "within"), ratios("same", false, "JPY", 1, 5, 500, on), ratios("rates", true, "JPY", 3, 0, 700, on+1), ratios("empty", false, nil))
	r := comparedWith(t, old, now)
	hold(t, r.Moved,
		`re_age_exceptions loan_id="L;1";measure_on=2026-11-01;reason=young row 1 . -1`,
		`re_age_exceptions loan_id="L;1";measure_on=2026-11-01;reason=within row . 1 1`,
		"old currency=JPY loans 2 . -2",
		"old currency=JPY ratio 0.500000 . .",
		"old currency=JPY balance 5 . -5",
		"old currency=JPY on 2026-11-01 . .",
		"rates currency=JPY loans 2 3 1",
		"rates currency=JPY ratio . 0.000000 .",
		"rates currency=JPY balance 5 7 2",
		"rates currency=JPY on 2026-11-01 2026-11-02 .",
		"rates currency=JPY text . =1+1 .",
	)
	text, err := json.Marshal(r.Moved)
	if err != nil || !json.Valid(text) {
		t.Fatalf("%v: %s", err, text)
	}
	if want := `{"table":"rates","keys":"currency=JPY","column":"loans","old":2,"new":3,"delta":1}`; !strings.Contains(string(text), want) {
		t.Errorf("%s has no %s", text, want)
	}
	for _, v := range []struct {
		v    Value
		want string
	}{{Value{"=1+1", Word}, "'=1+1"}, {Value{"-1.50", Decimal}, "-1.50"}, {Value{"a,b", Word}, `"a,b"`}, {Value{}, ""}} {
		if got := string(v.v.appendCSV(nil)); got != v.want {
			t.Errorf("%v is %q in a CSV, want %q", v.v, got, v.want)
		}
	}
}

// TestSummary: figures of both nights by currency, what is not known left out.
func TestSummary(t *testing.T) {
	page := func(allowance any, expense, tasks int64) *reports.Page {
		classes := &reports.Table{Name: "classification", Columns: []reports.Column{
			{Name: "currency", Kind: reports.Coded}, {Name: "tier", Kind: reports.Coded}, {Name: "allowance", Kind: reports.Amount, Digits: 2, Optional: true},
			{Name: "npl_ratio", Kind: reports.Rate, Digits: 6, Optional: true}, {Name: "coverage", Kind: reports.Rate, Digits: 6, Optional: true},
		}}
		classes.Append("CNY", "pass", nil, nil, nil)
		classes.Append("CNY", "total", allowance, 12_500, nil)
		return &reports.Page{
			Scale: 2, Classification: classes,
			Balances: []reports.Balance{{Account: ledger.Account{Role: ledger.ImpairmentExpense}, Currency: "CNY", Opening: 9_00, Debits: expense, Credits: 1_00}},
			Queue:    reports.QueueTotals{Channels: []reports.QueueChannel{{Channel: "sms", Currency: "CNY", Tasks: tasks}, {Channel: "call", Currency: "CNY", Tasks: 2}, {Channel: "call", Currency: "JPY", Tasks: 1}}},
		}
	}
	old, now := nightWith(t, 2, nil), nightWith(t, 2, nil)
	old.Page, now.Page = page(nil, 5_00, 3), page(7_00, 7_50, 1)
	r := comparedWith(t, old, now)
	hold(t, r.Summary,
		"JPY npl_ratio . . .", "JPY coverage . . .", "JPY allowance . . .", "JPY expense 0 0 0", "JPY tasks 1 1 0",
		"CNY npl_ratio 0.012500 0.012500 0.000000", "CNY coverage . . .", "CNY allowance . 7.00 .", "CNY expense 4.00 6.50 2.50", "CNY tasks 5 3 -2",
	)
	if !r.Same() {
		t.Error("no cell, class or loan differs")
	}
}

// TestDamage: a tape that is out of order, or lacks a column, or a table that can't be read.
func TestDamage(t *testing.T) {
	good := []aLoan{{"L1", "CNY", "active", 1, "pass", 600, "-", 0}, {"L2", "CNY", "active", 1, "pass", 600, "-", 0}}
	spoil := map[string]func(n *Night) error{
		"out of order at the loan": func(n *Night) error {
			loans := slices.Clone(good)
			slices.SortFunc(loans, func(a, b aLoan) int { return cmp.Compare(store.Hash([]byte(b.id)), store.Hash([]byte(a.id))) })
			path := filepath.Join(n.Folder, "loans", "part-000.parquet")
			if err := os.Remove(path); err != nil {
				return err
			}
			writeTable(t, path, tapeOf(2, loans))
			return nil
		},
		"has no column borrower_id": func(n *Night) error {
			path := filepath.Join(n.Folder, "loans", "part-000.parquet")
			if err := os.Remove(path); err != nil {
				return err
			}
			tape := tapeOf(2, good)
			tape.Columns = slices.Delete(tape.Columns, 2, 3)
			writeTable(t, path, tape)
			return nil
		},
		"read ": func(n *Night) error {
			n.Tables = []string{"aging"}
			return os.WriteFile(filepath.Join(n.Folder, "regulatory", "aging.parquet"), []byte("PAR1 is no table PAR1"), 0o600)
		},
	}
	for want, spoil := range spoil {
		old, now := nightWith(t, 2, good), nightWith(t, 2, good)
		if err := spoil(&now); err != nil {
			t.Fatal(err)
		}
		_, err := Compare(t.Context(), old, now, Options{Work: t.TempDir(), Results: t.TempDir(), Memory: 1 << 20})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestKeysNameARow: what pairs the rows of two nights names each row, as the registry of published tables has it: a rule that gives several
// classes has a row of each, and each bin of a reference its own.
func TestKeysNameARow(t *testing.T) {
	elsewhere := []string{"journal", "tasks", "rejects", "suppressed", "offer_installments"} // not among the tables that are compared
	for _, spec := range reports.Registry() {
		if slices.Contains(elsewhere, spec.Name) || strings.HasPrefix(spec.Name, "reconciliation_") {
			continue
		}
		keys := keysOf[spec.Name]
		for _, c := range spec.Columns {
			if keysOf[spec.Name] != nil || c.Type != "string" && c.Type != "date" {
				break
			}
			keys = append(keys, c.Name)
		}
		for _, name := range spec.Key {
			// A citation of the policy has the policy's name, and a rule one citation: it is a cell.
			if name != businessDate && name != "citation" && !slices.Contains(keys, name) {
				t.Errorf("%s: rows are paired by %q, and named by %q", spec.Name, keys, spec.Key)
			}
		}
	}
}
