package batch

import (
	"os"
	"path/filepath"

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
}

// dropSorters frees what the sorters hold, before the night is published.
func (n *closing) dropSorters() error {
	for _, s := range []*spill.Sorter{n.rejects} {
		if err := s.Remove(); err != nil {
			return err
		}
	}
	return os.RemoveAll(n.runsDir())
}
