//go:build unix

package batch

import (
	"os"
	"path/filepath"
	"testing"
)

// TestKilledBeforePublication: a night that was killed after its commit is published
// before the next one is closed, since its tape could not be made again after that.
func TestKilledBeforePublication(t *testing.T) {
	l, dates := portfolioLender(t, 300, 3)
	l.close(dates[0])
	for _, d := range dates[1:] {
		l.close(d)
	}
	wantOut, wantBook := digest(t, l.o.Out), contents(t, l.o.Book)
	for _, at := range []string{"committed", "sealed", "published"} {
		os.RemoveAll(l.o.Book)
		os.RemoveAll(l.o.Out)
		l.close(dates[0])
		if _, err := runProcess(l.dir, dates[1], "DAYBOOK_KILL_AT="+at); err == nil {
			t.Errorf("the close was not killed when %s", at)
		}
		l.close(dates[2])
		if got := digest(t, l.o.Out); got != wantOut {
			t.Errorf("killed when %s, then the next night: outputs are\n%s\nwant\n%s", at, got, wantOut)
		}
		if contents(t, l.o.Book) != wantBook {
			t.Errorf("killed when %s, then the next night: another book", at)
		}
		verifySilent(t, l)
	}
}

// TestLeftStaging: what a run that was killed before its commit left beside the
// outputs is no night: the next date is closed without it.
func TestLeftStaging(t *testing.T) {
	l, dates := portfolioLender(t, 300, 3)
	l.close(dates[0])
	out := digest(t, l.o.Out)
	if _, err := runProcess(l.dir, dates[1], "DAYBOOK_KILL_AT=staged"); err == nil {
		t.Error("the close was not killed")
	}
	l.close(dates[2]) // the night of dates[1] is given up
	if _, err := os.Stat(filepath.Join(l.o.Out, dates[1])); err == nil {
		t.Errorf("%s was published, which the book never closed", dates[1])
	}
	os.RemoveAll(filepath.Join(l.o.Out, dates[2]))
	os.RemoveAll(filepath.Join(l.o.Out, ".staging-"+dates[1]))
	if digest(t, l.o.Out) != out {
		t.Error("another night's outputs changed")
	}
	verifySilent(t, l)
}
