package queue

import (
	"runtime"
	"slices"

	"daybook/reports"

	"golang.org/x/sync/errgroup"
)

// halvesMin is when a second processor is worth its start.
const halvesMin = 1 << 14

// sortBy sorts by a total order, halves side by side where there are many: the
// queue of a large lender has a million rows while every other worker is done.
func sortBy[T any](s []T, compare func(a, b T) int) []T {
	if len(s) < halvesMin || runtime.GOMAXPROCS(0) < 2 {
		slices.SortFunc(s, compare)
		return s
	}
	a, b := s[:len(s)/2], s[len(s)/2:]
	var g errgroup.Group
	g.Go(reports.Guarded(func() error { slices.SortFunc(a, compare); return nil }))
	slices.SortFunc(b, compare)
	wait(&g)
	merged := make([]T, 0, len(s))
	for len(a) > 0 && len(b) > 0 {
		if compare(b[0], a[0]) < 0 {
			merged, b = append(merged, b[0]), b[1:]
		} else {
			merged, a = append(merged, a[0]), a[1:]
		}
	}
	return append(append(merged, a...), b...)
}

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
