//go:build linux

package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// TestPeakMemory: a night of 1.2 million rows that are equal, or rejected, or held
// under ids of their own, peaks far below what they take together. It took 307 MiB
// when they were in memory whole.
func TestPeakMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("1.2 million rows")
	}
	const rows, memory, most = 400_000, 64 << 20, 160 << 20
	l := newLender(t)
	write(t, l.in("2026-02-03"), "loans-a", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	l.close("2026-02-03")
	if err := os.MkdirAll(l.in("2026-02-04"), 0o755); err != nil {
		t.Fatal(err)
	}
	on := int32(day(t, "2026-02-02"))
	for name, row := range map[string]func(i int) repaymentFile{
		"equal": func(int) repaymentFile { return repaymentFile{"same", "L1", on, 100, "CNY"} },
		"rejected": func(i int) repaymentFile {
			return repaymentFile{fmt.Sprint("a-payment-", i), fmt.Sprint("L", i), on, -1, "CNY"}
		},
		"held": func(i int) repaymentFile {
			return repaymentFile{fmt.Sprint("P", i), fmt.Sprint("nobody-", i), on, 100, "CNY"}
		},
	} {
		list := make([]repaymentFile, rows)
		for i := range list {
			list[i] = row(i)
		}
		path := filepath.Join(l.in("2026-02-04"), "repayments-"+name+".parquet")
		if err := parquet.WriteFile(path, list, parquet.MaxRowsPerRowGroup(50_000)); err != nil {
			t.Fatal(err)
		}
	}
	status := filepath.Join(t.TempDir(), "status")
	c := process(l.dir, "2026-02-04", fmt.Sprint("DAYBOOK_MEMORY=", memory), "DAYBOOK_STATUS="+status)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	peak := peakOf(t, status)
	t.Logf("peak %d MiB", peak>>20)
	if peak > most {
		t.Errorf("with a budget of %d MiB it peaked at %d MiB, at most %d are allowed", memory>>20, peak>>20, most>>20)
	}
}

// peakOf reads the most memory that a process had from what the kernel said of it. The usage that its parent is told of begins with the
// peak of the parent, from which it was forked.
func peakOf(t *testing.T, status string) (bytes int64) {
	t.Helper()
	text, err := os.ReadFile(status)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &bytes); err == nil {
			return bytes << 10
		}
	}
	t.Fatalf("no peak in %s", text)
	return 0
}
