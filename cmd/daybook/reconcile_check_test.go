package main

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/reports"
)

// The command against the model and against the truth: a lender's nights are closed, its
// bank's statements come in files of any name, number and order, and what is published is
// what the model says, row for row.

// TestReconcileAsNightsClose reconciles after some nights, before the next is closed.
func TestReconcileAsNightsClose(t *testing.T) {
	seed := int64(recEnv("RECONCILE_SEED", 2))
	w := newRecWorld(seed, recEnv("RECONCILE_NIGHTS", 8))
	l, s := w.lender(t, true), recState{w: w, items: w.items()}
	runs := w.runs(2)
	for _, n := range w.nights {
		l.close(t, n, true)
		if len(runs) > 0 && runs[0].night == n {
			l.reconcile(t, &s, runs[0])
			runs = runs[1:]
		}
	}
}

// TestReconcileInAnyPartition reconciles nights that are all closed: in two partitions over
// runs, and all at once. What is open comes to the same.
func TestReconcileInAnyPartition(t *testing.T) {
	for i := range int64(recEnv("RECONCILE_SEEDS", 2)) {
		seed := int64(recEnv("RECONCILE_SEED", 3)) + i
		w := newRecWorld(seed, recEnv("RECONCILE_NIGHTS", 8))
		base := w.lender(t, true)
		for _, n := range w.nights {
			base.close(t, n, true)
		}
		var want map[string]int64
		for _, often := range []int{0, 2, 4} {
			l, s := base.copy(t), recState{w: w, items: w.items()}
			var got map[string]int64
			for _, r := range w.runs(often) {
				got = openAmounts(w, l.reconcile(t, &s, r))
			}
			if want == nil {
				want = got
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("seed %d: open are %v, and %v all at once", seed, got, want)
			}
		}
	}
}

// copy copies a lender's book and what it published.
func (l *recLender) copy(t *testing.T) *recLender {
	t.Helper()
	dir := t.TempDir()
	c := &recLender{l.recWorld, dir, filepath.Join(dir, "book"), filepath.Join(dir, "out")}
	for _, name := range []string{"book", "out"} {
		if err := os.CopyFS(filepath.Join(dir, name), os.DirFS(filepath.Join(l.dir, name))); err != nil {
			t.Fatal(err)
		}
	}
	return c
}

// reconcile runs the command and the model over what came, twice, and compares.
func (l *recLender) reconcile(t *testing.T, s *recState, r recRun) map[string]*recSummary {
	t.Helper()
	date := r.night.date.String()
	in := filepath.Join(l.dir, "statements", date)
	l.writeStatements(t, in, r.came)
	night := filesIn(t, filepath.Join(l.out, date))
	run(t, "reconcile", "--book", l.book, "--in", in, "--out", l.out, "--date", date)
	published := filesIn(t, filepath.Join(l.out, "reconciliation", date))
	run(t, "reconcile", "--book", l.book, "--in", in, "--out", l.out, "--date", date)
	for name, again := range filesIn(t, filepath.Join(l.out, "reconciliation", date)) {
		if !bytes.Equal(again, published[name]) {
			t.Errorf("seed %d, %s: %s has other bytes when it is made again", l.seed, date, name)
		}
	}
	for name, again := range filesIn(t, filepath.Join(l.out, date)) {
		if !bytes.Equal(again, night[name]) {
			t.Errorf("seed %d, %s: %s of the night was changed", l.seed, date, name)
		}
	}
	before := map[*recLine]bool{} // matched before
	for _, x := range s.books.matches {
		for _, line := range x.lines {
			before[line] = true
		}
	}
	m, states := s.run(r)
	s.check(t, m, map[string]int{})
	e := recExpected{recWorld: l.recWorld, m: m, books: &s.books}
	l.compare(t, date, "reconciliation_statements", e.statements(states))
	l.compare(t, date, "reconciliation_lines", e.lines(before))
	l.compare(t, date, "reconciliation_matches", e.matches())
	l.compare(t, date, "reconciliation_breaks", e.breaks())
	l.compare(t, date, "reconciliation_summary", e.summary(s.items))
	l.suggested(t, date, "adjustments-bank", e.reversals())
	l.suggested(t, date, "repayments-bank", e.repayments())
	l.ties(t, r.night.date)
	if t.Failed() {
		t.Fatalf("seed %d, %s: %d nights, %d statements came", l.seed, date, len(l.nights), len(r.came))
	}
	return s.books.summary(m, s.items)
}

// table reads a published table as rows by name.
func (l *recLender) table(t *testing.T, date, name string) (rows []map[string]string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(l.out, "reconciliation", date, name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("%s of %s: %d rows, %v", name, date, len(all), err)
	}
	for _, values := range all[1:] {
		row := map[string]string{}
		for i, value := range values {
			row[all[0][i]] = value
		}
		rows = append(rows, row)
	}
	return rows
}

// recMoney are the columns that hold amounts: they are compared as numbers.
var recMoney = strings.Fields(`opening closing credits debits difference gap amount fee_amount fee gl_balance gl_before bank_opening bank_balance
	statement_gaps statement_differences outstanding_ledger unmatched_bank fees differences explained`)

// compare holds a table to the rows expected: the same ones, in the same order, equal in the
// columns that are named.
func (l *recLender) compare(t *testing.T, date, name string, want []map[string]string) {
	t.Helper()
	got := l.table(t, date, name)
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("seed %d, %s: %s has no row %d: %v", l.seed, date, name, i, want[i])
			return
		case i >= len(want):
			t.Errorf("seed %d, %s: %s has also row %d: %v", l.seed, date, name, i, got[i])
			return
		}
		bad := ""
		for column, value := range want[i] {
			is, there := got[i][column]
			if there && slices.Contains(recMoney, column) && value != "" && is != "" {
				is = fmt.Sprint(l.amountOf(t, is, got[i]["currency"]))
			}
			if !there || is != value {
				bad += fmt.Sprintf("\n  %s is %q, want %q", column, is, value)
			}
		}
		if bad != "" {
			t.Errorf("seed %d, %s: %s, row %d:%s\n  of %v\n  want %v", l.seed, date, name, i, bad, got[i], want[i])
			return
		}
	}
}

// suggested holds a table that loads as an input to the rows expected, in any order.
func (l *recLender) suggested(t *testing.T, date, name string, want []map[string]string) {
	t.Helper()
	var got []string
	path := filepath.Join(l.out, "reconciliation", date, "suggested", name+".parquet")
	if _, err := os.Stat(path); err == nil || len(want) > 0 {
		table, err := reports.ReadParquet(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range table.Rows() {
			row := map[string]string{}
			for c := range table.Columns {
				row[table.Columns[c].Name] = string(table.Columns[c].AppendValue(nil, i))
			}
			delete(row, "reason")
			delete(row, "reference")
			if row["amount"] != "" {
				row["amount"] = fmt.Sprint(l.amountOf(t, row["amount"], row["currency"]))
			}
			got = append(got, fmt.Sprint(row))
		}
	}
	var all []string
	for _, row := range want {
		all = append(all, fmt.Sprint(row))
	}
	slices.Sort(got)
	slices.Sort(all)
	if !slices.Equal(got, all) {
		t.Errorf("seed %d, %s: %s are\n%s\nwant\n%s", l.seed, date, name, strings.Join(got, "\n"), strings.Join(all, "\n"))
	}
}

// ties computes the identity again from the tables alone.
func (l *recLender) ties(t *testing.T, last civil.Date) {
	t.Helper()
	right, accounts := map[string]int64{}, map[string]int64{}
	add := func(currency, text string, sign int64) { right[currency] += sign * l.amountOf(t, text, currency) }
	for _, row := range l.table(t, last.String(), "reconciliation_statements") {
		if row["state"] != "loaded" {
			continue
		}
		if _, seen := accounts[row["account"]+row["currency"]]; !seen {
			add(row["currency"], row["opening"], -1)
			accounts[row["account"]+row["currency"]] = 0
		}
		right[row["currency"]] -= accounts[row["account"]+row["currency"]]
		accounts[row["account"]+row["currency"]] = l.amountOf(t, row["closing"], row["currency"])
		right[row["currency"]] += accounts[row["account"]+row["currency"]]
		add(row["currency"], row["gap"], -1)
		add(row["currency"], row["difference"], -1)
	}
	for _, row := range l.table(t, last.String(), "reconciliation_breaks") {
		add(row["currency"], row["amount"], map[string]int64{"bank": -1, "ledger": 1}[row["side"]])
	}
	for _, n := range l.nights {
		if _, err := os.Stat(filepath.Join(l.out, "reconciliation", n.date.String())); err != nil || n.date > last {
			continue
		}
		for _, row := range l.table(t, n.date.String(), "reconciliation_matches") {
			add(row["currency"], row["fee"], 1)
			add(row["currency"], row["difference"], 1)
		}
	}
	for _, row := range l.table(t, last.String(), "reconciliation_summary") {
		left := l.amountOf(t, row["gl_balance"], row["currency"]) - l.amountOf(t, row["gl_before"], row["currency"])
		if left != right[row["currency"]] || row["tied"] != "true" {
			t.Errorf("seed %d, %s: %s in the ledger are %d, and %d by the tables; tied is %q", l.seed, last, row["currency"], left, right[row["currency"]], row["tied"])
		}
	}
}
