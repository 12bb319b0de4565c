package batch

import (
	"errors"
	"os"
	"path/filepath"

	"daybook/batch/publish"
	"daybook/reports/queue"
	"daybook/reports/spill"
)

// What grows with the night's rows and is needed in another order than that of the
// loans is sorted beside the scatter: it goes to the disk past a share of the
// budget, into a folder of the staging folder.

func (n *closing) runsDir() string { return filepath.Join(n.staging, ".runs") }

func (n *closing) makeSorters() {
	sorter := func(name string, share int64) *spill.Sorter {
		return spill.New(n.runsDir(), name, n.o.Memory/share)
	}
	n.rejects = sorter("rejects", 32)
	n.holds, n.returns = sorter("holds", 64), sorter("returns", 64)
	n.borrowers = sorter("borrowers", borrowersShare)
	n.tasks = queue.Collect(n.runsDir(), n.o.Memory/publish.QueueShare)
}

// dropSorters frees what the sorters hold, before the night is published.
func (n *closing) dropSorters() error {
	return errors.Join(n.rejects.Remove(), n.holds.Remove(), n.returns.Remove(), n.borrowers.Remove(), n.tasks.Remove(),
		os.RemoveAll(n.runsDir()))
}
