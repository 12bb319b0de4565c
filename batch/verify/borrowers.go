package verify

import (
	"context"
	"errors"
	"os"

	"daybook/aging"
	"daybook/batch/meet"
	"daybook/batch/night"
	"daybook/ledger/store"
	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// borrowersMemory bounds what the pass by borrower keeps in memory; what is above goes
// to temporary files.
const borrowersMemory = 1 << 30

// borrowers works the borrowers of the last night again: what the book keeps of the
// worst of their loans must be what the loans say, of all and of no others.
func (v *verifier) borrowers(ctx context.Context, workers int) (err error) {
	if !v.view.Night.KeepsBorrowers() {
		return nil
	}
	dir, err := os.MkdirTemp("", "daybook-verify-")
	if err != nil {
		return err
	}
	people := meet.Gather(dir, borrowersMemory, 1)
	defer func() { err = errors.Join(err, people.Remove(), os.RemoveAll(dir)) }()
	g, reading := errgroup.WithContext(ctx)
	width := store.Partitions / min(workers, store.Partitions)
	for from := 0; from < store.Partitions; from += width {
		g.Go(reports.Guarded(func() error {
			w := people.Writer(workers)
			var facts aging.Facts
			err := v.view.EachFacts(reading, night.NewProcessor(&v.view.Rules), from, min(from+width, store.Partitions), &facts, func() error {
				return w.AddFacts(0, 0, &facts, &v.view.Words)
			})
			return errors.Join(err, w.Close())
		}))
	}
	if err := g.Wait(); err != nil {
		return err
	}
	_, err = people.Run(ctx, meet.Options{
		Workers: workers, Book: v.b, Buckets: len(v.view.Policy.Aging.Buckets), Currencies: v.scales, Scale: v.view.Policy.Scale,
		Differs: func(id []byte, worst, kept uint8) {
			v.fault("borrower %q: the book keeps tier %d as that of his worst loan, his loans have %d (0: they are of one tier)", id, kept, worst)
		},
	})
	return err
}
