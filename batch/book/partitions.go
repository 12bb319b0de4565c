package book

import (
	"context"
	"sync/atomic"

	"daybook/ledger/store"

	"golang.org/x/sync/errgroup"
)

// EachPartition has workers take the book's partitions in turn, until one fails or the context
// ends. Workers are numbered from 0; calls of one come one after the other.
func EachPartition(ctx context.Context, workers int, do func(ctx context.Context, worker, partition int) error) error {
	g, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for worker := range max(workers, 1) {
		g.Go(func() error {
			for q := int(next.Add(1)) - 1; q < store.Partitions; q = int(next.Add(1)) - 1 {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := do(ctx, worker, q); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}
