package batch

import (
	"errors"
	"os"
	"path/filepath"

	"daybook/batch/meet"
	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/reports/spill"
)

// What grows with the night's rows and is needed in another order than that of the
// loans is sorted beside the scatter: it goes to the disk past a share of the
// budget, into a folder of the staging folder.

func (r *run) runsDir() string { return filepath.Join(r.staging, ".runs") }

// A sorter has files in the staging folder.
type sorter interface{ Remove() error }

// sorter makes a sorter that may take a share of the budget.
func (r *run) sorter(name string, share int64) *spill.Sorter {
	s := spill.New(r.runsDir(), name, r.o.Memory/share)
	r.sorters = append(r.sorters, s)
	return s
}

// take makes what the rows of the night are gathered in.
func (n *plan) take() *taken {
	t := &taken{
		plan: n, scatter: rows.NewScatter(filepath.Join(n.staging, ".rows"), n.o.Memory/3),
		partBudget: max(n.o.Memory/int64(8*n.o.Workers), 1<<20), tallies: make([]tally, len(n.inbox.Files)),
		rejects: n.sorter("rejects", 32), holds: n.sorter("holds", 64), returns: n.sorter("returns", 64),
		watched: n.sorter("watchlist", 64), reAged: n.sorter("re_ages", 128), unknownFlags: map[int]int64{}, people: meet.Gather(n.runsDir(), n.o.Memory, n.parts()),
	}
	if n.policy.Monitors {
		t.observed = n.sorter("observed", 64)
	}
	t.people.Ask(n.o.Date, n.policy.Collections)
	if n.rules.Previous != civil.None {
		t.people.NameBooked(n.o.Date)
	}
	n.sorters = append(n.sorters, t.people)
	return t
}

// dropSorters frees what the sorters hold, before the night is published.
func (r *run) dropSorters() error {
	err := spill.RemoveAll(r.sorters)
	r.sorters = nil
	return errors.Join(err, os.RemoveAll(r.runsDir()))
}
