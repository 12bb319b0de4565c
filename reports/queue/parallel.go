package queue

import (
	"runtime"

	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// halvesMin is when a second processor is worth its start.
const halvesMin = 1 << 14

// eachRange calls fn with ranges of 0 to n, side by side.
func eachRange(n int, fn func(from, to int)) {
	workers := min(runtime.GOMAXPROCS(0), max(n/halvesMin, 1))
	var g errgroup.Group
	for w := range workers {
		g.Go(reports.Guarded(func() error {
			fn(n*w/workers, n*(w+1)/workers)
			return nil
		}))
	}
	wait(&g)
}

// wait waits for goroutines that return no error, and panics where one did.
func wait(g *errgroup.Group) {
	if err := g.Wait(); err != nil {
		panic(err)
	}
}
