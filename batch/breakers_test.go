package batch

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/batch/publish"
	"daybook/ledger/store"
)

// TestMisspeltBook: a book that exists and is another one than that whose nights lie in
// the output folder closes nothing there unasked.
func TestMisspeltBook(t *testing.T) {
	l, dates := portfolioLender(t, 100, 2)
	l.o.Allow = Allow{}
	l.close(dates[0])
	mine, out := l.o.Book, l.o.Out
	l.o.Book, l.o.Out = filepath.Join(l.dir, "other"), filepath.Join(l.dir, "other-out")
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "X1", "2026-01-15", "2026-02-15")})
	l.close("2026-02-03")
	l.o.Out = out
	l.o.Allow.Gap = 1 << 20
	before := contents(t, l.o.Book)
	if _, err := l.try(dates[1]); guardOf(err) != "create" {
		t.Errorf("another book's night among these: %v", err)
	}
	if contents(t, l.o.Book) != before {
		t.Error("the other book has changed")
	}
	l.o.Book = mine
	l.close(dates[1])
}

// TestCopiesThatWentApart: two copies of a book that closed a date with other files do
// not share an output folder.
func TestCopiesThatWentApart(t *testing.T) {
	l, dates := portfolioLender(t, 100, 3)
	l.o.Allow = Allow{}
	l.close(dates[0])
	fork := filepath.Join(l.dir, "fork")
	copyTree(t, fork, l.o.Book)
	l.close(dates[1])
	mine, out := l.o.Book, l.o.Out
	l.o.Book, l.o.Out = fork, filepath.Join(l.dir, "fork-out")
	write(t, l.in("2026-11-24"), "repayments-more", []repaymentFile{pays(t, "more", "nobody", "2026-11-24", "5.00")})
	l.close(dates[1])
	l.o.Out = out
	if _, err := l.try(dates[2]); guardOf(err) != "restored" {
		t.Errorf("a copy with another history of %s: %v", dates[1], err)
	}
	l.o.Book = mine
	l.close(dates[2])
}

// TestNightThatCannotBeJudged: a folder of a later night whose manifest is damaged may be
// this book's, from before it was put back.
func TestNightThatCannotBeJudged(t *testing.T) {
	l, dates := portfolioLender(t, 100, 3)
	l.o.Allow = Allow{}
	l.close(dates[0])
	old := filepath.Join(l.dir, "old")
	copyTree(t, old, l.o.Book)
	l.close(dates[1])
	must(t, os.Truncate(filepath.Join(l.o.Out, dates[1], publish.ManifestName), 0))
	l.o.Book = old
	if _, err := l.try(dates[2]); guardOf(err) != "restored" || !strings.Contains(err.Error(), dates[1]) {
		t.Errorf("beside a later night without a manifest that can be read: %v", err)
	}
}

// TestUnreadOfAClosedNight: what came into the folder of a closed night since is named.
func TestUnreadOfAClosedNight(t *testing.T) {
	l, dates := portfolioLender(t, 100, 1)
	l.close(dates[0])
	must(t, os.WriteFile(filepath.Join(l.in(dates[0]), "repayments-2.parq"), nil, 0o600))
	if s := l.close(dates[0]); !s.Again || len(s.UnreadNow) != 1 || s.Unread != 1 {
		t.Errorf("got %+v", s)
	}
}

// TestFilesThatNoRuleReads: they make no night, and no first night.
func TestFilesThatNoRuleReads(t *testing.T) {
	type borrower struct {
		BorrowerID string `parquet:"borrower_id"`
	}
	l := newLender(t)
	l.o.Allow = Allow{}
	write(t, l.in("2026-02-03"), "borrowers", []borrower{{"B1"}})
	if _, err := l.try("2026-02-03"); guardOf(err) != "empty" {
		t.Errorf("got %v", err)
	}
}

// TestForeignFilesInTheDatabase: what is none of the database's files stops a close
// before it begins, and verify names it.
func TestForeignFilesInTheDatabase(t *testing.T) {
	for name, plant := range map[string]func(path string) error{
		"db/mine.txt":   func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"db/sub":        func(path string) error { return os.Mkdir(path, 0o700) },
		"db/000999.sst": func(path string) error { return os.Symlink("nowhere", path) },
	} {
		l, dates := portfolioLender(t, 100, 2)
		l.close(dates[0])
		must(t, plant(filepath.Join(l.o.Book, name)))
		if _, err := l.try(dates[1]); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: close says %v", name, err)
		}
		if _, err := store.OpenReadOnly(l.o.Book, store.Options{}); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: a reader says %v", name, err)
		}
		must(t, os.Remove(filepath.Join(l.o.Book, name)))
		l.close(dates[1])
	}
}

// TestRemovedLock: a lock file that is removed under its holder lets nobody in.
func TestRemovedLock(t *testing.T) {
	l, dates := portfolioLender(t, 100, 2)
	l.close(dates[0])
	b, err := store.Open(l.o.Book, store.Options{})
	must(t, err)
	must(t, os.Remove(filepath.Join(l.o.Book, "lock")))
	var locked *store.LockedError
	if _, err := l.try(dates[1]); !errors.As(err, &locked) {
		t.Errorf("a second writer: %v", err)
	}
	_ = b.Close() // its own lock file is gone
	l.close(dates[1])
	verifySilent(t, l)
}
