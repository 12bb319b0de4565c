package batch

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"daybook/batch/publish"
	"daybook/ledger/store"
)

// TestFirstRunLeavesNothing: a first close that fails, is dry or is stopped leaves no
// folder, however deep the ones are that it was given.
func TestFirstRunLeavesNothing(t *testing.T) {
	for name, spoil := range map[string]func(l *lender){
		"dry":        func(l *lender) { l.o.DryRun = true },
		"strict":     func(l *lender) { l.o.Strict = true },
		"in the way": func(l *lender) { must(t, os.MkdirAll(filepath.Join(l.o.Out, "2026-02-04", "mine"), 0o700)) },
		"a bad file": func(l *lender) {
			must(t, os.WriteFile(filepath.Join(l.in("2026-02-04"), "loans-b.parquet"), []byte("x"), 0o600))
		},
		"a bad guard": func(l *lender) { must(t, os.WriteFile(filepath.Join(l.in("2026-02-04"), "x"), nil, 0o600)) },
	} {
		l := newLender(t)
		write(t, l.in("2026-02-04"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-15", "2026-02-15")})
		write(t, l.in("2026-02-04"), "repayments-a", []repaymentFile{pays(t, "P1", "nobody", "2026-02-01", "5.00")})
		l.o.Book, l.o.Out = filepath.Join(l.dir, "new", "deep", "book"), filepath.Join(l.dir, "other", "deep", "out")
		if name != "in the way" { // in what is made for the other
			l.o.Out = filepath.Join(l.dir, "new", "deep", "out")
		}
		spoil(l)
		_, err := l.try("2026-02-04")
		if (err == nil) != (name == "dry") {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(l.dir, "new")); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the book's folders: %v", name, err)
		}
		if _, err := os.Stat(filepath.Join(l.dir, "other")); name != "in the way" && !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s: the output's folders: %v", name, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestFirstRunMeetsAnother: while another run makes the book, a first close is refused
// as locked, and touches nothing.
func TestFirstRunMeetsAnother(t *testing.T) {
	l := newLender(t)
	write(t, l.in("2026-02-04"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-15", "2026-02-15")})
	other, err := store.Create(l.o.Book, store.Options{})
	must(t, err)
	var locked *store.LockedError
	if _, err := l.try("2026-02-04"); !errors.As(err, &locked) {
		t.Errorf("while another has the book: %v", err)
	}
	l.o.LockTimeout = time.Minute
	done := make(chan error)
	l.o.At = func(string) {}
	go func() {
		_, err := l.try("2026-02-04")
		done <- err
	}()
	must(t, other.Destroy())
	must(t, <-done)
	verifySilent(t, l)
}

// TestOutputFolderIsLocked: two runs never publish into one folder at once.
func TestOutputFolderIsLocked(t *testing.T) {
	l, dates := portfolioLender(t, 100, 1)
	must(t, os.MkdirAll(l.o.Out, 0o700))
	lock, _, err := publish.Enter(l.o.Out)
	must(t, err)
	var locked *publish.LockedError
	if _, err := l.try(dates[0]); !errors.As(err, &locked) {
		t.Errorf("while another publishes: %v", err)
	}
	must(t, lock.Close())
	l.close(dates[0])
}
