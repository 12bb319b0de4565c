package batch

import (
	"context"
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/batch/whatif"
	"daybook/ledger/civil"
)

// comparing is a lender of some loans with a night that is closed and one that is not.
func comparing(t *testing.T) (l *lender, next string) {
	t.Helper()
	l, dates := portfolioLender(t, 700, 2)
	l.policy("name: base\n" + byTiers)
	l.close(dates[0])
	l.o.Policy = nil
	return l, dates[1]
}

// portfolioBook is the same under the built-in policy.
func portfolioBook(t *testing.T) (l *lender, next string) {
	t.Helper()
	l, dates := portfolioLender(t, 700, 2)
	l.close(dates[0])
	return l, dates[1]
}

// compared compares a night with a policy.
func (l *lender) compared(date, yaml string) (*Comparison, error) {
	l.t.Helper()
	o := l.o
	o.In, o.Date = l.in(date), day(l.t, date)
	if yaml != "" {
		if !strings.Contains(yaml, "classification:") && !strings.Contains(yaml, "packs:") {
			yaml += byTiers
		}
		p, err := policy.Parse([]byte(yaml), "new.yaml")
		if err != nil {
			l.t.Fatal(err)
		}
		o.Policy = p
	}
	return Compare(l.t.Context(), o)
}

// byTiers has a policy classify by days alone.
const byTiers = "classification: {non_performing_from: substandard}\n"

// whatIfPolicies are policies that change one thing or another.
var whatIfPolicies = map[string]string{
	"buckets":    "name: buckets\naging:\n  buckets:\n    - {name: C, from: 0}\n    - {name: late, from: 1}\n    - {name: M2, from: 31}\n    - {name: M4, from: 91}\n",
	"tiers":      "name: tiers\nclassification:\n  tiers:\n    - {name: pass, from: 0}\n    - {name: special_mention, from: 1}\n    - {name: substandard, from: 31}\n    - {name: doubtful, from: 61}\n    - {name: loss, from: 361}\n",
	"scores":     "name: scores\nscore:\n  points: {installment_on_time: 7, installment_1_to_7_days_late: -3}\n  bucket_entered: [-20, -30]\n",
	"allocation": "name: allocation\nproducts:\n  default:\n    allocation:\n      - order: [principal, interest, fee, penalty]\n        mode: vertical\n        in_advance: hold_as_credit\n",
	"chart":      "name: chart\naccounts:\n  impairment_expense: {code: \"6701\", name: losses}\n",
}

// TestComparisonIsWhatTwoClosesDiffer closes two copies of the book, one with each policy,
// and finds what differs in what they publish, cell by cell, with other code.
func TestComparisonIsWhatTwoClosesDiffer(t *testing.T) {
	l, date := comparing(t)
	out := l.o.Out
	plain := l.copied("plain")
	plain.close(date)
	for _, name := range slices.Sorted(maps.Keys(whatIfPolicies)) {
		yaml := whatIfPolicies[name]
		book, published := bytesOf(t, l.o.Book), bytesOf(t, out)
		l.o.Out = filepath.Join(l.dir, "compared-"+name)
		c, err := l.compared(date, yaml)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if bytesOf(t, l.o.Book) != book || bytesOf(t, out) != published {
			t.Errorf("%s: the book or what it has published is not as it was", name)
		}
		other := l.copied("other-" + name)
		if !strings.Contains(yaml, "classification:") && !strings.Contains(yaml, "packs:") {
			yaml += byTiers
		}
		other.policy(yaml)
		other.close(date)

		want := naiveMoved(t, filepath.Join(plain.o.Out, date, "regulatory"), filepath.Join(other.o.Out, date, "regulatory"))
		got := movedCells(t, filepath.Join(c.Folder, "moved.csv"))
		if !maps.Equal(got, want) {
			t.Errorf("%s: %d cells moved, want %d\n%s", name, len(got), len(want), firstDifference(got, want))
		}
		if int64(len(got)) != c.MovedCells || len(got) == 0 {
			t.Errorf("%s: %d cells are said to have moved, %d did", name, c.MovedCells, len(got))
		}
		checkLoans(t, name, c, plain.tape(date), other.tape(date))
		checkClassMoves(t, name, c, plain.tape(date), other.tape(date))
		if entries, err := os.ReadDir(l.o.Out); err != nil || len(entries) != 1 {
			t.Errorf("%s: %d entries of --out, %v, want the comparison alone", name, len(entries), err)
		}
	}
}

// bytesOf is every file below a folder with a digest of its bytes.
func bytesOf(t testing.TB, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			fmt.Fprintln(&list, path)
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&list, "%s %x\n", path, sha256.Sum256(data))
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return list.String()
}

// copied is the lender with a copy of the book, and an output folder of its own.
func (l *lender) copied(name string) *lender {
	l.t.Helper()
	x := *l
	x.o.Book, x.o.Out, x.o.Policy = filepath.Join(l.dir, name, "book"), filepath.Join(l.dir, name, "out"), nil
	if err := os.CopyFS(x.o.Book, os.DirFS(l.o.Book)); err != nil {
		l.t.Fatal(err)
	}
	return &x
}

// naiveKeys are how many columns name a row, where they are not the words it begins with.
var naiveKeys = map[string][]string{
	"trial_balance": {"account", "currency"}, "gl_activity": {"account", "currency", "kind"},
	"aging": {"currency", "bucket"}, "migration": {"currency", "from", "to"}, "vintage": {"currency", "booked_month"},
	"classification": {"currency", "tier"}, "past_due": {"currency", "product"}, "charge_offs_and_recoveries": {"currency", "product"},
	"suspense": {"currency", "age_band"}, "collections_compliance": {"jurisdiction", "place", "channel", "reason_code", "rule", "currency"},
}

// naiveMoved finds what differs between the tables of two nights: old and new value by
// table, keys and column.
func naiveMoved(t *testing.T, old, now string) map[string]string {
	t.Helper()
	moved := map[string]string{}
	for table, keys := range naiveKeys {
		a, b := naiveTable(t, filepath.Join(old, table+".csv"), keys), naiveTable(t, filepath.Join(now, table+".csv"), keys)
		for at := range maps.Keys(merge(a, b)) {
			if a[at] != b[at] {
				moved[table+" "+at] = a[at] + " " + b[at]
			}
		}
	}
	return moved
}

func merge(a, b map[string]string) map[string]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// naiveTable is a table's cells that are not empty, by keys and column.
func naiveTable(t *testing.T, path string, keys []string) map[string]string {
	t.Helper()
	cells := map[string]string{}
	for _, row := range readCSV(t, path) {
		var at []string
		for _, key := range keys {
			at = append(at, key+"="+row[key])
		}
		for column, v := range row {
			if column != "business_date" && !slices.Contains(keys, column) && v != "" {
				cells[strings.Join(at, ";")+" "+column] = v
			}
		}
	}
	return cells
}

func readCSV(t *testing.T, path string) (rows []map[string]string) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("%s: %d lines, %v", path, len(lines), err)
	}
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, name := range lines[0] {
			row[name] = line[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// movedCells reads moved.csv, and holds each difference to its values.
func movedCells(t *testing.T, path string) map[string]string {
	t.Helper()
	cells := map[string]string{}
	for _, row := range readCSV(t, path) {
		at := row["table"] + " " + row["keys"] + " " + row["column"]
		if _, twice := cells[at]; twice {
			t.Errorf("%s stands there twice", at)
		}
		cells[at] = row["old"] + " " + row["new"]
		if row["delta"] == "" {
			continue
		}
		var v [3]big.Rat
		for i, name := range []string{"old", "new", "delta"} {
			if text := row[name]; text != "" {
				if _, ok := v[i].SetString(text); !ok {
					t.Errorf("%s: %s is %q", at, name, text)
				}
			}
		}
		if v[1].Sub(&v[1], &v[0]).Cmp(&v[2]) != 0 {
			t.Errorf("%s: %v", at, row)
		}
	}
	return cells
}

func firstDifference(got, want map[string]string) string {
	for _, at := range slices.Sorted(maps.Keys(merge(got, want))) {
		if got[at] != want[at] {
			return fmt.Sprintf("%s: got %q, want %q", at, got[at], want[at])
		}
	}
	return ""
}

// checkLoans holds the loans that changed most to the tapes.
func checkLoans(t *testing.T, name string, c *Comparison, old, now map[string]map[string]string) {
	t.Helper()
	type changed struct {
		id    string
		score int
	}
	var want []changed
	for id := range old {
		a, b := old[id], now[id]
		score := number(t, b["score"]) - number(t, a["score"])
		if score != 0 || a["classification"] != b["classification"] || a["stage"] != b["stage"] {
			want = append(want, changed{id, score})
		}
	}
	slices.SortFunc(want, func(a, b changed) int {
		if x, y := max(a.score, -a.score), max(b.score, -b.score); x != y {
			return y - x
		}
		return strings.Compare(a.id, b.id)
	})
	want = want[:min(len(want), whatif.LoansMax)]
	rows := readCSV(t, filepath.Join(c.Folder, "loans.csv"))
	if len(rows) != len(want) {
		t.Fatalf("%s: %d loans, want %d", name, len(rows), len(want))
	}
	for i, row := range rows {
		if row["loan_id"] != want[i].id || number(t, row["score_delta"]) != want[i].score || row["borrower_id"] != old[want[i].id]["borrower_id"] {
			t.Errorf("%s: loan %d is %v, want %v", name, i, row, want[i])
		}
	}
}

func number(t *testing.T, text string) int {
	t.Helper()
	var n int
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatalf("%q: %v", text, err)
	}
	return n
}

// checkClassMoves holds the moves between classes to the tapes.
func checkClassMoves(t *testing.T, name string, c *Comparison, old, now map[string]map[string]string) {
	t.Helper()
	type sum struct {
		loans   int
		balance int64
	}
	want := map[string]sum{}
	for id, a := range old {
		b := now[id]
		for _, pack := range []string{"classification", "stage"} {
			if on := a["status"] == "active" || a["status"] == "quarantined" || b["status"] == "active" || b["status"] == "quarantined"; !on || a[pack] == b[pack] {
				continue
			}
			key := strings.Join([]string{pack, a["currency"], a[pack], b[pack]}, " ")
			s := want[key]
			want[key] = sum{s.loans + 1, s.balance + amountOf(t, a["total_outstanding"])}
		}
	}
	got := map[string]sum{}
	for _, row := range readCSV(t, filepath.Join(c.Folder, "class_moves.csv")) {
		got[strings.Join([]string{row["pack"], row["currency"], row["from"], row["to"]}, " ")] = sum{number(t, row["loans"]), amountOf(t, row["balance"])}
	}
	if !maps.Equal(got, want) || name == "tiers" && len(got) == 0 {
		t.Errorf("%s: got %v, want %v", name, got, want)
	}
}

// TestComparisonWithThePolicyInForce: nothing moves.
func TestComparisonWithThePolicyInForce(t *testing.T) {
	p, err := policy.Builtin(policy.Default)
	if err != nil {
		t.Fatal(err)
	}
	l, date := portfolioBook(t)
	c, err := l.compared(date, p.Show())
	if err != nil || !c.Same() || c.Old != c.New {
		t.Fatalf("%v, %+v", err, c)
	}
	for _, row := range c.Summary.Rows {
		if row[2] != row[3] || strings.Trim(row[4].Text, "0.") != "" {
			t.Errorf("%v", row)
		}
	}
	if len(readCSV(t, filepath.Join(c.Folder, "moved.csv"))) != 0 {
		t.Error("a cell moved")
	}
}

// TestComparisonDoesNotDependOnHow: the same bytes with any workers and memory, and again.
func TestComparisonDoesNotDependOnHow(t *testing.T) {
	l, date := comparing(t)
	want := ""
	for i, o := range []Options{{Workers: 1, Memory: 64 << 20}, {Workers: 3}, {Workers: 1, Memory: 1 << 30}} {
		l.o.Workers, l.o.Memory = o.Workers, o.Memory
		c, err := l.compared(date, whatIfPolicies["buckets"])
		if err != nil {
			t.Fatal(err)
		}
		if got := bytesOf(t, c.Folder); want != "" && got != want {
			t.Errorf("try %d: other bytes", i)
		} else {
			want = got
		}
	}
}

// TestComparisonOfABookWithoutNights: a book that was made and never closed a night is
// compared with the policy it was made with, one that is not there with the built-in one;
// and it is not there afterwards.
func TestComparisonOfABookWithoutNights(t *testing.T) {
	l, dates := portfolioLender(t, 200, 1)
	c, err := l.compared(dates[0], whatIfPolicies["tiers"])
	if err != nil || c.Old.Name != policy.Default || c.New.Name != "tiers" || len(c.ClassMoves.Rows) == 0 {
		t.Fatalf("%v, %+v", err, c)
	}
	if _, err := os.Stat(l.o.Book); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the book: %v", err)
	}
	own, err := policy.Parse([]byte(whatIfPolicies["tiers"]), "own.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := Init(l.o.Book, own); err != nil {
		t.Fatal(err)
	}
	book := bytesOf(t, l.o.Book)
	c, err = l.compared(dates[0], whatIfPolicies["tiers"])
	if err != nil || c.Old.Name != "tiers" || !c.Same() {
		t.Errorf("%v, %+v", err, c)
	}
	if bytesOf(t, l.o.Book) != book {
		t.Error("the book is not as it was")
	}
}

// TestComparisonTakesADateToCome: a policy of next month is compared as if it held tonight,
// which the notes say; one of last month is refused as a close refuses it.
func TestComparisonTakesADateToCome(t *testing.T) {
	l, date := comparing(t)
	from := func(d civil.Date) string { return "effective_from: " + d.String() + "\n" + whatIfPolicies["tiers"] }
	c, err := l.compared(date, from(day(t, date)+31))
	if err != nil || len(c.ClassMoves.Rows) == 0 || len(c.Notes) != 1 || !strings.Contains(c.Notes[0], "here it holds from "+date) {
		t.Errorf("%v, %+v", err, c)
	}
	if _, err := l.compared(date, from(day(t, date)-31)); err == nil || !strings.Contains(err.Error(), "the rules of closed nights do not change") {
		t.Errorf("a date that has passed: %v", err)
	}
}

// TestComparisonRefuses: what can't be compared changes nothing, and leaves nothing.
func TestComparisonRefuses(t *testing.T) {
	l, date := comparing(t)
	closed := l.o.Policy
	for name, x := range map[string]struct {
		date, yaml, want string
	}{
		"no policy":          {date, "", "needs a policy"},
		"a closed night":     {(day(t, date) - 1).String(), whatIfPolicies["tiers"], "is closed: only a night that is not closed"},
		"products left out":  {date, "name: eur\ncurrencies: [EUR]\n", "with the policy eur: policy \"eur\" from " + date + " leaves out the currency CNY"},
		"columns not mapped": {date, "name: mapped\nintake:\n  columns: {repayments: {amount: betrag}}\n", "with the policy mapped: "},
	} {
		before := bytesOf(t, l.dir)
		l.o.Policy = closed
		if _, err := l.compared(x.date, x.yaml); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %v, want %q", name, err, x.want)
		}
		if bytesOf(t, l.dir) != before {
			t.Errorf("%s: something has changed", name)
		}
	}
}

// TestComparisonTouchesNothingOfOthers: whatever lies where the comparison goes stays, to
// the byte, and the error names it; what a comparison wrote is replaced.
func TestComparisonTouchesNothingOfOthers(t *testing.T) {
	l, date := comparing(t)
	yaml := whatIfPolicies["tiers"]
	first, err := l.compared(date, yaml)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := l.compared(date, whatIfPolicies["scores"]); err != nil || c.Folder != first.Folder {
		t.Fatalf("an older comparison is not replaced: %v", err)
	}
	if l.o.Out == "" {
		t.Fatal("there is no output folder")
	}
	at := func(name string) string { return filepath.Join(l.o.Out, name) }
	put := func(name, text string) func() error {
		return func() error {
			return errors.Join(os.MkdirAll(filepath.Dir(at(name)), 0o700), os.WriteFile(at(name), []byte(text), 0o600))
		}
	}
	for _, x := range []struct {
		name  string
		spoil func() error
		want  string // "": it is no obstacle
		mend  string // what is moved away afterwards
	}{
		{"a file beside the nights", put("notes.txt", "mine"), "", ""},
		{"a folder beside the nights", put("mine/compare.json", "{}"), "", ""},
		{"a file among the tables", put("compare/mine.csv", "a,b"), "compare/mine.csv is in the way", "compare/mine.csv"},
		{"a folder among the tables", put("compare/mine/x", "a,b"), "compare/mine is in the way", "compare/mine"},
		{"a table that was changed", put("compare/moved.csv", "changed"), "compare/moved.csv is in the way: it is not as it was written", "compare"},
		{"another's folder", put("compare/x", "mine"), "compare is in the way: it is no comparison", "compare"},
		{"another's list", put("compare/compare.json", `{"format_version": 1}`), "compare is in the way: it is no comparison", "compare"},
		{"a list that leads elsewhere", put("compare/compare.json", `{"format_version": 1, "outputs": [{"path": "../notes.txt"}]}`), "compare is in the way", "compare"},
		{"a file of the name", put("compare", "mine"), "compare is in the way: it is no folder", "compare"},
		{"a link of the name", func() error { return os.Symlink(at("mine"), at("compare")) }, "compare is in the way: it is no folder", "compare"},
		{"another's folder of work", put(".staging-compare/x", "mine"), ".staging-compare is in the way", ".staging-compare"},
		{"an empty folder of the name", func() error { return os.Mkdir(at("compare"), 0o700) }, "", ""},
	} {
		if err := x.spoil(); err != nil {
			t.Fatal(err)
		}
		before := bytesOf(t, l.o.Out)
		_, err := l.compared(date, yaml)
		var guard *publish.GuardError
		switch {
		case x.want == "" && err != nil:
			t.Errorf("%s: %v", x.name, err)
		case x.want != "" && (!errors.As(err, &guard) || guard.Guard != "publication" || !strings.Contains(filepath.ToSlash(err.Error()), x.want)):
			t.Errorf("%s: %v, want %q", x.name, err, x.want)
		case x.want != "" && bytesOf(t, l.o.Out) != before:
			t.Errorf("%s: something has changed", x.name)
		}
		if x.mend != "" {
			if err := os.RemoveAll(at(x.mend)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if text, err := os.ReadFile(at("notes.txt")); err != nil || string(text) != "mine" {
		t.Errorf("notes.txt is %q, %v", text, err)
	}
	for _, out := range []string{l.o.Book, filepath.Join(l.o.Book, "x"), l.in(date)} {
		before := bytesOf(t, l.dir)
		x := *l
		x.o.Out = out
		if _, err := x.compared(date, yaml); err == nil || bytesOf(t, l.dir) != before {
			t.Errorf("--out %s: %v, or something has changed", out, err)
		}
	}
}

// TestComparisonThatIsStopped: wherever it is stopped, nothing is left of it, and the next
// one goes through; what a killed one left is cleared away.
func TestComparisonThatIsStopped(t *testing.T) {
	l, date := comparing(t)
	before := bytesOf(t, l.dir)
	for at := 0; ; at++ {
		ctx, cancel := context.WithCancel(t.Context())
		o, passed := l.o, 0
		o.In, o.Date = l.in(date), day(t, date)
		p, err := policy.Parse([]byte(whatIfPolicies["tiers"]), "new.yaml")
		if err != nil {
			t.Fatal(err)
		}
		o.Policy = p
		o.At = func(string) {
			if passed++; passed == at+1 {
				cancel()
			}
		}
		_, err = Compare(ctx, o)
		cancel()
		if passed <= at {
			if err != nil {
				t.Errorf("it goes through after %d boundaries: %v", passed, err)
			}
			break
		}
		if err != nil && (!errors.Is(err, context.Canceled) || bytesOf(t, l.dir) != before) {
			t.Errorf("stopped at boundary %d: %v, or something is left", at, err)
		}
		if err == nil {
			if err := os.RemoveAll(filepath.Join(l.o.Out, publish.CompareName)); err != nil {
				t.Fatal(err)
			}
		}
	}
	work, err := publish.Compare(l.o.Out)
	if err != nil {
		t.Fatal(err)
	}
	// Killed: its lock is gone, and its folder is not.
	saved := filepath.Join(l.dir, "saved")
	for _, name := range []string{"old/loans", "compare", "build"} {
		if err := os.MkdirAll(filepath.Join(work.Dir(), name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Rename(work.Dir(), saved), work.Close(), os.Rename(saved, work.Dir())); err != nil {
		t.Fatal(err)
	}
	if _, err := l.compared(date, whatIfPolicies["tiers"]); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(work.Dir()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what a killed run left: %v", err)
	}
}

// TestComparisonWithoutOut keeps no files, and needs no output folder.
func TestComparisonWithoutOut(t *testing.T) {
	l, date := comparing(t)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	l.o.Out = ""
	before := bytesOf(t, l.dir)
	c, err := l.compared(date, whatIfPolicies["tiers"])
	if err != nil || c.Folder != "" || c.MovedCells == 0 || c.MovedCells != int64(len(c.Moved.Rows)) {
		t.Errorf("%v, %+v", err, c)
	}
	left, err := os.ReadDir(temporary)
	if err != nil || len(left) > 0 || bytesOf(t, l.dir) != before {
		t.Errorf("%v is left, %v, or something has changed", left, err)
	}
}
