package batch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"daybook/batch/publish"
)

// TestPanics: a fault of the program, in whatever goroutine, is an error that
// changes nothing: the book, the outputs and the folders are as before, also where
// there were none.
func TestPanics(t *testing.T) {
	for _, fresh := range []bool{true, false} {
		for _, where := range []string{"read", "posted", "met", "staged", "worker of read", "worker of post", "worker of meet"} {
			l := newLender(t)
			if !fresh {
				write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
				l.close("2026-02-03")
			}
			write(t, l.in("2026-02-04"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "5.00")})
			before := filesOf(t, l.o.Out)
			if !fresh {
				before += contents(t, l.o.Book)
			}
			l.o.At = func(boundary string) {
				if boundary == where {
					panic("planted")
				}
			}
			l.o.Progress = func(stage string, _, _ int64) {
				if "worker of "+stage == where {
					panic("planted")
				}
			}
			if _, err := l.try("2026-02-04"); err == nil || !strings.Contains(err.Error(), "internal error, please report it: planted") {
				t.Errorf("%s: the error is %v", where, err)
			}
			l.o.At, l.o.Progress = nil, nil
			after := filesOf(t, l.o.Out)
			if fresh {
				after += filesOf(t, l.o.Book)
			} else {
				after += contents(t, l.o.Book)
			}
			if after != before {
				t.Errorf("%s: there are\n%s\nbefore\n%s", where, after, before)
			}
			l.close("2026-02-04")
			verifySilent(t, l)
		}
	}
}

// TestNothingLeftBehind: a close that is refused leaves no output folder, and one
// that was stopped and never run again no staging folder once a later night is in.
func TestNothingLeftBehind(t *testing.T) {
	l := newLender(t)
	if err := os.MkdirAll(l.in("2026-02-03"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(l.in("2026-02-03"), "repayments-a.parquet"), []byte("PAR1 not"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := l.try("2026-02-03"); err == nil {
		t.Fatal("a damaged file is closed")
	}
	if _, err := os.Stat(l.o.Out); err == nil {
		t.Error("the output folder is there")
	}
	left, other := filepath.Join(l.o.Out, ".staging-2026-02-03"), filepath.Join(l.o.Out, ".staging-2026-02-05")
	if _, err := publish.MakeFolder(l.o.Out); err != nil {
		t.Fatal(err)
	}
	for _, date := range []string{"2026-02-03", "2026-02-05"} {
		if _, err := (publish.Place{Out: l.o.Out, Date: day(t, date)}).Stage(); err != nil {
			t.Fatal(err)
		}
	}
	write(t, l.in("2026-02-04"), "repayments-a", []repaymentFile{pays(t, "P1", "L1", "2026-02-01", "5.00")})
	l.close("2026-02-04")
	if _, err := os.Stat(left); err == nil {
		t.Error("what a stopped close of an earlier date left is there")
	}
	if _, err := os.Stat(other); err != nil {
		t.Errorf("what is of a later date is gone: %v", err)
	}
}

// filesOf lists a folder's files; "" where there is none.
func filesOf(t testing.TB, dir string) string {
	t.Helper()
	var list strings.Builder
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			list.WriteString(path + "\n")
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return list.String()
}
