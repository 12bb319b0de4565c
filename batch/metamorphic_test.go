package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"daybook/batch/book"
	"daybook/batch/publish"
	"daybook/ledger/store"
)

// manyParts makes every part of a night small, so that few loans have many parts.
func manyParts(t testing.TB) {
	old := partRows
	partRows = 1 << 7
	t.Cleanup(func() { partRows = old })
}

// crowded makes an id of a text: half of those that it makes lie in one partition, where few loans
// fill a page of the book, as a million do, and are worked abreast. The others lie where they fall.
func crowded(text string) string {
	if store.Hash([]byte(text))&1 == 0 {
		return text
	}
	for id, k := text, 0; ; k++ {
		if store.Partition(store.Hash([]byte(id))) == 0x42 {
			return id
		}
		id = fmt.Sprint(text, ".", k)
	}
}

// settings closes the same nights under many settings and compares all bytes.
func settings(t *testing.T, l *lender, dates []string, workers []int, memory ...int64) {
	t.Helper()
	var wantOut, wantBook string
	var wantLines []string
	for _, w := range workers {
		for _, m := range memory {
			x := *l
			x.o.Book, x.o.Out = filepath.Join(l.dir, "b"), filepath.Join(l.dir, "o")
			x.o.Workers, x.o.Memory = w, m
			for _, d := range dates {
				x.close(d)
			}
			out, book := digest(t, x.o.Out), contents(t, x.o.Book)
			if wantOut == "" {
				wantOut, wantBook, wantLines = out, book, allNights(t, &x)
				verifySilent(t, &x)
			}
			if out != wantOut {
				t.Errorf("%d workers, memory %d: other outputs:\n%s\nwant\n%s", w, m, out, wantOut)
			}
			if book != wantBook {
				t.Errorf("%d workers, memory %d: another book", w, m)
			}
			sameLines(t, fmt.Sprintf("%d workers, memory %d", w, m), allNights(t, &x), wantLines)
			os.RemoveAll(x.o.Book)
			os.RemoveAll(x.o.Out)
		}
	}
}

// allNights tells each night's counts, GL and accruals, and its journal's root.
func allNights(t *testing.T, l *lender) (lines []string) {
	t.Helper()
	b, err := store.OpenReadOnly(l.o.Book, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	nights, err := b.Nights()
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range nights {
		r, err := book.Night(b, d)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(append(lines, r.Root), nightLines(t, b, r)...)
	}
	return lines
}

// TestOptionsDoNotChangeTheNight: workers and memory are tuning; they must never
// change a byte of what is published or of the book.
func TestOptionsDoNotChangeTheNight(t *testing.T) {
	manyParts(t)
	l, dates := portfolioLender(t, 4000, 2)
	workers := []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	if testing.Short() {
		workers = []int{1, 2, 3, 8, 16}
	}
	settings(t, l, dates, workers, 0)
	settings(t, l, dates, []int{2, 5, 16}, 0, 300<<10, size(t, l.in(dates[1]))/10)
}

// TestLoansAbreastDoNotChangeTheNight: how many loans are worked abreast is tuning too, for a large lender's loans
// and for those of one with all packs, the bureaus' files, restructurings and flags, over ends of months.
func TestLoansAbreastDoNotChangeTheNight(t *testing.T) {
	manyParts(t)
	large, dates := portfolioLender(t, 8000, 2)
	year := makeTablesYear(t, 3, 150, 8)
	t.Cleanup(func(n int) func() { return func() { lanes = n } }(lanes))
	for _, x := range []struct {
		*lender
		nights []string
	}{{large, dates}, {year.lender, year.nights}} {
		var want []closedNight
		for _, lanes = range []int{16, 1, 2, 7, 64} {
			got := closeAll(t, x.lender, x.nights, 2)
			if want == nil {
				want = got
			}
			if !slices.Equal(got, want) {
				t.Errorf("%d loans abreast: the nights are\n%v\nwant\n%v", lanes, got, want)
			}
		}
	}
}

// size is how large a night's files are.
func size(t testing.TB, dir string) (sum int64) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		sum += info.Size()
	}
	return sum
}

// TestOnePartitionOfAll: every row falls into one partition, which under a small
// budget is read back and merged in slices: of loans, of payments for them and of
// payments that are held.
func TestOnePartitionOfAll(t *testing.T) {
	const partition = 0x42
	var ids []string
	for i := 0; len(ids) < 300; i++ {
		if id := fmt.Sprintf("a-loan-with-a-rather-long-name-%024d", i); store.Partition(store.Hash([]byte(id))) == partition {
			ids = append(ids, id)
		}
	}
	l := newLender(t)
	var loans, later []loanFile
	for i, id := range ids {
		x := aLoan(t, id, "2026-01-01", "2026-02-01")
		switch i % 3 {
		case 0:
			loans = append(loans, x)
		case 1:
			later = append(later, x)
		}
	}
	rows := func(night string) (list []repaymentFile) {
		for i := range 25000 {
			list = append(list, pays(t, fmt.Sprintf("a-payment-with-a-long-name-%s-%020d", night, i), ids[i*7%len(ids)], "2026-02-01", "0.01"))
		}
		return list
	}
	write(t, l.in("2026-02-03"), "loans-a", loans)
	write(t, l.in("2026-02-03"), "repayments-a", rows("1"))
	write(t, l.in("2026-02-04"), "loans-a", later)
	write(t, l.in("2026-02-04"), "repayments-a", append(rows("2"), rows("1")...))
	settings(t, l, []string{"2026-02-03", "2026-02-04"}, []int{1, 3}, 0, 1<<20)
}

// TestReport: the last night is written again byte for byte, manifest included; of
// an older one what the book still proves.
func TestReport(t *testing.T) {
	l, dates := portfolioLender(t, 20000, 2)
	for _, d := range dates {
		l.close(d)
	}
	b := openRead(t, l)
	for i, d := range dates {
		out := filepath.Join(l.dir, "again", d)
		r, err := publish.Report(t.Context(), b, publish.ReportOptions{Out: out, Date: day(t, d), Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		last := i == len(dates)-1
		if last != (len(r.Missing) == 0) {
			t.Errorf("%s: missing %v", d, r.Missing)
		}
		again := 0
		for _, o := range append(r.Manifest.Outputs, r.Manifest.Outputs[0]) {
			sum, err := publish.Digest(filepath.Join(out, d, filepath.FromSlash(o.Path)))
			if err == nil && sum != o.SHA256 {
				t.Errorf("%s: %s came out with other bytes", d, o.Path)
			}
			if err == nil {
				again++
			}
		}
		if again < 10 || last && again != len(r.Manifest.Outputs)+1 {
			t.Errorf("%s: %d outputs were written again", d, again)
		}
		for _, name := range []string{"manifest.json", "report.html"} {
			a, err1 := os.ReadFile(filepath.Join(l.o.Out, d, name))
			c, err2 := os.ReadFile(filepath.Join(out, d, name))
			if err1 != nil || err2 != nil || string(a) != string(c) {
				t.Errorf("%s: %s differs: %v %v", d, name, err1, err2)
			}
		}
	}
}
