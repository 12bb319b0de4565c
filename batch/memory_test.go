//go:build linux

package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
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
	const rows, memory, most = 400_000, 64 << 20, 200 << 20
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
	c := process(l.dir, "2026-02-04", fmt.Sprint("DAYBOOK_MEMORY=", memory))
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	peak := c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss << 10
	t.Logf("peak %d MiB", peak>>20)
	if peak > most {
		t.Errorf("with a budget of %d MiB it peaked at %d MiB, at most %d are allowed", memory>>20, peak>>20, most>>20)
	}
}
