package batch

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/batch/policy"
	"daybook/batch/publish"
	"daybook/batch/verify"
	"daybook/ledger/civil"
	"daybook/reports"
)

// guardOf returns the names of the guards that an error is of, in their order.
func guardOf(err error) string {
	var list []string
	var walk func(error)
	walk = func(err error) {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				walk(e)
			}
			return
		}
		var g *publish.GuardError
		if errors.As(err, &g) && (len(list) == 0 || list[len(list)-1] != g.Guard) {
			list = append(list, g.Guard)
		}
	}
	walk(err)
	return strings.Join(list, " ")
}

// guardLender has one closed night, and no guard passed.
func guardLender(t *testing.T, rules string) *lender {
	t.Helper()
	l := newLender(t)
	l.o.Allow = Allow{}
	p, err := policy.Parse([]byte("format_version: 1\nname: test\njurisdiction: none\ntime_zone: UTC\ncurrencies: [CNY]\n"+rules), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	l.o.Policy = p
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-15", "2026-02-15"), aLoan(t, "L2", "2026-01-15", "2026-02-15")})
	l.o.Allow = Allow{Fewer: true, Unmarked: true, Unproved: true}
	l.close("2026-02-03")
	l.o.Allow = Allow{}
	return l
}

// TestGuards: what a night does not look like stops its close with nothing changed,
// and closes where its caller means it.
func TestGuards(t *testing.T) {
	t.Parallel()
	payments := func(t *testing.T, l *lender, date string) {
		write(t, l.in(date), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-03", "5.00"), pays(t, "P2", "L1", "2026-02-03", "5.00")})
	}
	file := func(name, text string) func(*testing.T, *lender, string) {
		return func(t *testing.T, l *lender, date string) {
			payments(t, l, date)
			if err := os.WriteFile(filepath.Join(l.in(date), name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, x := range []struct {
		name, rules, date string
		files             func(*testing.T, *lender, string)
		want              string
		allow             Allow
		policy            string // that allows it, too; "" is none
	}{
		{"a night as it should be", "", "2026-02-04", payments, "", Allow{}, ""},
		{"a folder without files", "", "2026-02-04", func(t *testing.T, l *lender, date string) {
			if err := os.MkdirAll(l.in(date), 0o755); err != nil {
				t.Fatal(err)
			}
		}, "empty", Allow{Empty: true}, "intake: {allow_empty: true}"},
		{"31 days", "", "2026-03-06", payments, "", Allow{}, ""},
		{"32 days", "", "2026-03-07", payments, "gap", Allow{Gap: 32}, "intake: {gap_days_max: 32}"},
		{"a mistyped year", "", "2036-02-04", payments, "gap", Allow{Gap: 3653}, ""},
		{"another file", "", "2026-02-04", file("notes.txt", "x"), "unread", Allow{Unread: true}, "intake: {allow_unread: true}"},
		{"a marker", "", "2026-02-04", file("_SUCCESS", ""), "", Allow{}, ""},
		{"no marker", "intake: {require_marker: ready}", "2026-02-04", payments, "marker", Allow{Unmarked: true}, ""},
		{"the marker", "intake: {require_marker: ready}", "2026-02-04", file("ready", ""), "", Allow{}, ""},
		{"a kind that is not there", "intake: {expect: {adjustments: 0}}", "2026-02-04", payments, "expect", Allow{Fewer: true}, ""},
		{"too few rows", "intake: {expect: {repayments: 3}}", "2026-02-04", payments, "expect", Allow{Fewer: true}, ""},
		{"rows enough", "intake: {expect: {repayments: 2}}", "2026-02-04", payments, "", Allow{}, ""},
		{"no control file", "intake: {require_control: true}", "2026-02-04", payments, "control", Allow{Unproved: true}, ""},
		{"a control file that agrees", "intake: {require_control: true}", "2026-02-04", file("control.json",
			`{"format_version": 1, "business_date": "2026-02-04", "files": [{"path": "repayments-a.parquet", "rows": 2, "amount": "10.00"}]}`), "", Allow{}, ""},
		{"a control file of another day", "", "2026-02-04", file("control.json",
			`{"format_version": 1, "business_date": "2026-02-03", "files": [{"path": "repayments-a.parquet", "rows": 2}]}`), "control", Allow{Unproved: true}, ""},
		{"other rows", "", "2026-02-04", file("control.json",
			`{"format_version": 1, "files": [{"path": "repayments-a.parquet", "rows": 3}]}`), "control", Allow{Unproved: true}, ""},
		{"rows not said", "", "2026-02-04", file("control.json",
			`{"format_version": 1, "files": [{"path": "repayments-a.parquet"}]}`), "control", Allow{Unproved: true}, ""},
		{"other money", "", "2026-02-04", file("control.json",
			`{"format_version": 1, "files": [{"path": "repayments-a.parquet", "rows": 2, "amount": "10.01"}]}`), "control", Allow{Unproved: true}, ""},
		{"other bytes", "", "2026-02-04", file("control.json",
			`{"format_version": 1, "files": [{"path": "repayments-a.parquet", "rows": 2, "sha256": "00"}]}`), "control", Allow{Unproved: true}, ""},
		{"a file that was not sent", "", "2026-02-04", file("control.json", `{"format_version": 1, "files": []}`), "control", Allow{Unproved: true}, ""},
		{"a file that did not come", "", "2026-02-04", file("control.json",
			`{"format_version": 1, "files": [{"path": "repayments-a.parquet", "rows": 2}, {"path": "loans.parquet", "rows": 1}]}`), "control", Allow{Unproved: true}, ""},
		{"an amount that is no text", "", "2026-02-04", file("control.json",
			`{"format_version": 1, "files": [{"path": "repayments-a.parquet", "rows": 2, "amount": 10}]}`), "control", Allow{Unproved: true}, ""},
		{"no version", "", "2026-02-04", file("control.json", `{"files": []}`), "control", Allow{Unproved: true}, ""},
		{"half a file", "", "2026-02-04", file("control.json", `{"format_version": 1,`), "control", Allow{Unproved: true}, ""},
		{"an unknown key", "", "2026-02-04", file("control.json", `{"format_version": 1, "file": []}`), "control", Allow{Unproved: true}, ""},
		{"yesterday's files", "", "2026-02-04", func(t *testing.T, l *lender, date string) {
			write(t, l.in(date), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-15", "2026-02-15"), aLoan(t, "L2", "2026-01-15", "2026-02-15")})
		}, "duplicates", Allow{Duplicates: true}, "intake: {duplicates_max: 1.1}"},
		{"two things at once", "intake: {require_marker: ready}", "2036-02-04", file("notes.txt", ""), "unread marker gap", Allow{Unread: true, Unmarked: true, Gap: 9999}, ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			l := guardLender(t, x.rules)
			x.files(t, l, x.date)
			before := contents(t, l.o.Book) + filesOf(t, l.o.Out)
			l.o.DryRun = true
			_, err := l.try(x.date)
			l.o.DryRun = false
			if got := guardOf(err); got != x.want {
				t.Errorf("a dry run: got %q (%v), want %q", got, err, x.want)
			}
			if x.want == "" {
				l.close(x.date)
				return
			}
			if _, err = l.try(x.date); guardOf(err) != x.want {
				t.Errorf("got %v, want %q", err, x.want)
			}
			if after := contents(t, l.o.Book) + filesOf(t, l.o.Out); after != before {
				t.Errorf("the close that was stopped changed\n%s\nto\n%s", before, after)
			}
			if x.policy != "" {
				again := guardLender(t, x.policy)
				x.files(t, again, x.date)
				again.close(x.date)
			}
			l.o.Allow = x.allow
			l.close(x.date)
			verifySilent(t, l)
		})
	}
}

// TestGuardFirstNight: a first night whose rows are of another time shuts no book.
func TestGuardFirstNight(t *testing.T) {
	for date, want := range map[string]string{"2026-02-15": "", "2026-02-16": "gap", "2036-01-15": "gap", "2025-12-16": "", "2025-12-14": "gap", "2016-01-15": "gap"} {
		l := newLender(t)
		l.o.Allow = Allow{}
		write(t, l.in(date), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-15", "2026-02-15")})
		_, err := l.try(date)
		if got := guardOf(err); got != want {
			t.Errorf("%s: got %q (%v), want %q", date, got, err, want)
		}
		if _, err := os.Stat(l.o.Book); want != "" && !os.IsNotExist(err) {
			t.Errorf("%s: there is a book: %v", date, err)
		}
		l.o.Allow.Gap = 9999
		l.close(date)
	}
}

// TestAnotherBook: a misspelt book makes none where nights of another are published,
// and an older copy of the book closes nothing that it has published.
func TestAnotherBook(t *testing.T) {
	l, dates := portfolioLender(t, 200, 3)
	l.o.Allow = Allow{}
	l.close(dates[0])
	old := filepath.Join(l.dir, "old")
	copyTree(t, old, l.o.Book)
	l.close(dates[1])
	want := contents(t, l.o.Book)

	mine := l.o.Book
	l.o.Book = filepath.Join(l.dir, "misspelt", "book")
	if _, err := l.try(dates[2]); guardOf(err) != "create" || !strings.Contains(err.Error(), readManifest(t, l, dates[1]).BookID) {
		t.Errorf("a misspelt book: %v", err)
	}
	if _, err := os.Stat(filepath.Dir(l.o.Book)); !os.IsNotExist(err) {
		t.Errorf("a misspelt book: its folder: %v", err)
	}
	if err := Init(l.o.Book, mustPolicy(t)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.try(dates[2]); guardOf(err) != "create" {
		t.Errorf("a book without nights: %v", err)
	}
	l.o.Allow.Create = true
	l.close(dates[2]) // beside the others
	if _, err := l.try(dates[1]); err == nil {
		t.Error("a night before its last is closed")
	}

	l.o.Book, l.o.Allow = old, Allow{}
	for _, d := range dates[1:] {
		if _, err := l.try(d); guardOf(err) != "restored" {
			t.Errorf("an old copy, %s: %v", d, err)
		}
	}
	if _, err := publish.LastIsThere(openRead(t, l), l.o.Out); guardOf(err) != "restored" {
		t.Errorf("status of an old copy: %v", err)
	}
	l.o.Allow.Restored = true
	if _, err := l.try(dates[2]); guardOf(err) != "restored" || !strings.Contains(err.Error(), dates[1]) {
		t.Errorf("an old copy that would jump over a night: %v", err)
	}
	before := digest(t, l.o.Out)
	mine0 := l.in(dates[1])
	must(t, os.Rename(mine0, mine0+"-kept"))
	write(t, mine0, "repayments-other", []repaymentFile{pays(t, "other", "L1", dates[1], "5.00")})
	if _, err := l.try(dates[1]); guardOf(err) != "restored" || digest(t, l.o.Out) != before {
		t.Errorf("an old copy that would publish other files' figures: %v", err)
	}
	must(t, os.RemoveAll(mine0))
	must(t, os.Rename(mine0+"-kept", mine0))
	l.close(dates[1])
	if got := contents(t, l.o.Book); got != want {
		t.Error("the night closed again with the same files has another book")
	}
	l.o.Book = mine
	verifySilent(t, l)
}

func mustPolicy(t *testing.T) *policy.Policy {
	t.Helper()
	p, err := policy.Builtin(policy.Default)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func readManifest(t *testing.T, l *lender, date string) *reports.Manifest {
	t.Helper()
	m, err := reports.ReadManifest(filepath.Join(l.o.Out, date, publish.ManifestName))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// TestManifestChain: manifests carry the book's id and the chain of journal roots; the
// same nights make the same ids, other nights others.
func TestManifestChain(t *testing.T) {
	ids := map[string]bool{}
	for range 2 {
		l, dates := portfolioLender(t, 200, 3)
		previous := ""
		for _, d := range dates {
			l.close(d)
			m := readManifest(t, l, d)
			if len(m.BookID) != 32 || m.PreviousJournalRoot != previous || len(m.JournalRoot) != 64 {
				t.Errorf("%s: book id %q, root %q after %q, want after %q", d, m.BookID, m.JournalRoot, m.PreviousJournalRoot, previous)
			}
			previous = m.JournalRoot
			ids[m.BookID] = true
		}
	}
	if len(ids) != 1 {
		t.Errorf("the same nights have the book ids %v", ids)
	}
	l, dates := portfolioLender(t, 201, 1)
	l.close(dates[0])
	if id := readManifest(t, l, dates[0]).BookID; ids[id] {
		t.Errorf("another first night has the book id %s, too", id)
	}
}

// TestClosedAgain: each closed night is closed already with its own files, and refused
// with others; what was published of the last one is mended by its digests.
func TestClosedAgain(t *testing.T) {
	l, dates := portfolioLender(t, 200, 3)
	for _, d := range dates {
		l.close(d)
	}
	want := digest(t, l.o.Out)
	for _, d := range dates {
		if s := l.close(d); !s.Again || s.Published {
			t.Errorf("%s: again %v, published %v", d, s.Again, s.Published)
		}
	}
	lost := filepath.Join(l.o.Out, dates[0], "journal", "part-0000.parquet")
	if err := os.Rename(lost, filepath.Join(l.dir, "lost")); err != nil {
		t.Fatal(err)
	}
	if s := l.close(dates[0]); !s.Again || s.Published || !s.Lacking {
		t.Errorf("an older night that lacks a file: %+v", s)
	}
	if err := os.Rename(filepath.Join(l.dir, "lost"), lost); err != nil {
		t.Fatal(err)
	}
	write(t, l.in(dates[0]), "repayments-new", []repaymentFile{pays(t, "new", "L1", "2026-02-03", "5.00")})
	var order *OrderError
	if _, err := l.try(dates[0]); !errors.As(err, &order) || !order.Same {
		t.Errorf("other files for a closed night: %v", err)
	}
	folder := filepath.Join(l.o.Out, dates[2])
	for _, damage := range []func(path string) error{
		os.Remove,
		func(path string) error { return flip(path) },
		func(path string) error { return os.Truncate(path, 3) },
	} {
		for _, path := range []string{"loans/part-0000.parquet", "report.html", "queue/call.csv"} {
			if err := damage(filepath.Join(folder, path)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Remove(filepath.Join(folder, publish.SuccessName)); err != nil {
			t.Fatal(err)
		}
		if s := l.close(dates[2]); !s.Again || !s.Published {
			t.Errorf("a damaged publication: again %v, published %v", s.Again, s.Published)
		}
		if got := digest(t, l.o.Out); got != want {
			t.Errorf("mended outputs are\n%s\nwant\n%s", got, want)
		}
	}
}

// flip changes one byte of a file and keeps its size.
func flip(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	data[len(data)/2] ^= 0xFF
	return os.WriteFile(path, data, 0o600)
}

// TestReportAddsOrRefuses: the report of an older night takes nothing away.
func TestReportAddsOrRefuses(t *testing.T) {
	l, dates := portfolioLender(t, 200, 3)
	for _, d := range dates {
		l.close(d)
	}
	want := digest(t, l.o.Out)
	report := func(out, d string) (*publish.Reported, error) {
		return publish.Report(t.Context(), openRead(t, l), publish.ReportOptions{Out: out, Date: day(t, d), Workers: 2})
	}
	r, err := report(l.o.Out, dates[0])
	if err != nil || !r.Whole || digest(t, l.o.Out) != want {
		t.Fatalf("of a night that is published whole: %+v, %v", r, err)
	}
	for _, path := range []string{"journal/part-0000.parquet", "report.html"} {
		if err := flip(filepath.Join(l.o.Out, dates[0], path)); err != nil {
			t.Fatal(err)
		}
	}
	if r, err = report(l.o.Out, dates[0]); err != nil || len(r.Missing) > 0 || digest(t, l.o.Out) != want {
		t.Fatalf("what it proves is not mended: %+v, %v", r, err)
	}
	tape := filepath.Join(l.o.Out, dates[0], "loans/part-0000.parquet")
	if err := flip(tape); err != nil {
		t.Fatal(err)
	}
	damaged := digest(t, l.o.Out)
	if r, err = report(l.o.Out, dates[0]); err != nil || len(r.Missing) != 1 || digest(t, l.o.Out) != damaged {
		t.Fatalf("what it can't prove is not left: %+v, %v", r, err)
	}
	if err := flip(filepath.Join(l.o.Out, dates[0], "report.html")); err != nil {
		t.Fatal(err)
	}
	if r, err = report(l.o.Out, dates[0]); err != nil || len(r.Missing) != 1 || digest(t, l.o.Out) != damaged {
		t.Fatalf("what it mends beside that takes something away: %+v, %v", r, err)
	}
	v := verifiedOut(t, l, l.o.Out)
	if len(v.Faults) != 1 || !strings.Contains(v.Faults[0], tape) {
		t.Errorf("verify names %q, want %s", v.Faults, tape)
	}
	other := filepath.Join(l.dir, "other")
	if r, err = report(other, dates[0]); err != nil || len(r.Missing) == 0 {
		t.Fatalf("into another folder: %+v, %v", r, err)
	}
	if r, err = report(other, dates[0]); err != nil || len(r.Missing) == 0 {
		t.Errorf("into it again: %+v, %v", r, err)
	}
}

func verifiedOut(t *testing.T, l *lender, out string) *verify.PublishedResult {
	t.Helper()
	v, err := verify.Published(t.Context(), openRead(t, l), out, 2)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestVerifyPublished: every way in which a publication differs is named.
func TestVerifyPublished(t *testing.T) {
	l, dates := portfolioLender(t, 200, 3)
	for _, d := range dates {
		l.close(d)
	}
	if v := verifiedOut(t, l, l.o.Out); len(v.Faults) > 0 || v.Nights != 3 || v.Files == 0 {
		t.Fatalf("as published: %+v", v)
	}
	last := filepath.Join(l.o.Out, dates[2])
	for _, x := range []struct {
		name string
		do   func() error
		want string
	}{
		{"a flipped byte", func() error { return flip(filepath.Join(last, "regulatory/aging.csv")) }, "its bytes are not those"},
		{"a cut file", func() error { return os.Truncate(filepath.Join(last, "report.html"), 10) }, "10 bytes"},
		{"a lost file", func() error { return os.Remove(filepath.Join(last, "rejects.parquet")) }, "it is not there"},
		{"a lost mark", func() error { return os.Remove(filepath.Join(last, "_SUCCESS")) }, "_SUCCESS"},
		{"another manifest", func() error { return flip(filepath.Join(last, "manifest.json")) }, "not the manifest"},
		{"a file of others", func() error { return os.WriteFile(filepath.Join(last, "queue/mine"), nil, 0o600) }, "none of the night's outputs"},
		{"a lost night", func() error { return os.RemoveAll(filepath.Join(l.o.Out, dates[1])) }, "it is closed and not there"},
		{"no night", func() error { return os.RemoveAll(l.o.Out) }, "no night of this book"},
	} {
		kept := filepath.Join(l.dir, "kept")
		copyTree(t, kept, l.o.Out)
		if err := x.do(); err != nil {
			t.Fatal(err)
		}
		v := verifiedOut(t, l, l.o.Out)
		if len(v.Faults) != 1 || !strings.Contains(v.Faults[0], x.want) {
			t.Errorf("%s: got %q, want %q", x.name, v.Faults, x.want)
		}
		if err := errors.Join(os.RemoveAll(l.o.Out), os.Rename(kept, l.o.Out)); err != nil {
			t.Fatal(err)
		}
	}
}

// TestPrivate: what a close makes is its owner's alone, or with Shared the group's to
// read; the book is never.
func TestPrivate(t *testing.T) {
	for _, shared := range []bool{false, true} {
		l, dates := portfolioLender(t, 200, 1)
		l.o.Shared = shared
		l.close(dates[0])
		if info, err := os.Stat(l.o.Book); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("the book's folder: %v, %v", info.Mode(), err)
		}
		want := map[bool]os.FileMode{true: 0o700, false: 0o600}
		if shared {
			want = map[bool]os.FileMode{true: 0o750, false: 0o640}
		}
		err := filepath.WalkDir(l.o.Out, func(path string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			if err == nil && info.Mode().Perm() != want[d.IsDir()] {
				t.Errorf("shared %v: %s has %v, want %v", shared, path, info.Mode().Perm(), want[d.IsDir()])
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestControlFileForm: the form in docs/formats.md is the one that is read.
func TestControlFileForm(t *testing.T) {
	doc, err := os.ReadFile("../docs/formats.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(doc), "<!-- control.json -->\n```json\n")
	text, _, end := strings.Cut(rest, "```")
	if !ok || !end {
		t.Fatal("docs/formats.md has no control.json")
	}
	dir := t.TempDir()
	for _, text := range []string{text, "\ufeff" + text} { // with a byte order mark, too
		if err := os.WriteFile(filepath.Join(dir, controlName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := (&plan{run: &run{o: Options{In: dir}}}).readControl()
		if err != nil || len(c.Files) == 0 || c.Files[0].Rows == nil || c.BusinessDate == nil || *c.BusinessDate == civil.None {
			t.Errorf("%s is read as %+v, %v", text, c, err)
		}
	}
	if !json.Valid([]byte(text)) {
		t.Error("it is no JSON")
	}
}
