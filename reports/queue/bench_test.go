package queue

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
)

// BenchmarkQueue is the rows past due of a book of a million loans.
func BenchmarkQueue(b *testing.B) {
	const n = 120_000
	r := rand.New(rand.NewPCG(1, 2))
	unsorted := make([]Row, n)
	for i := range unsorted {
		unsorted[i] = Row{fmt.Sprintf("B%010d", r.IntN(800_000)), fmt.Sprintf("L%012d", r.IntN(1e12)), "CNY", "M1", int32(1 + r.IntN(400)),
			r.Int64N(500_000), 5_000_000}
	}
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			_, remove := queueOf(unsorted, options(), 1<<30)
			remove()
		}
	})
	b.Run("write", func(b *testing.B) {
		q, remove := queueOf(unsorted, options(), 1<<30)
		defer remove()
		dir, k := b.TempDir(), 0
		for b.Loop() {
			k++
			if _, _, err := q.Write(b.Context(), filepath.Join(dir, fmt.Sprint(k))); err != nil {
				b.Fatal(err)
			}
		}
	})
}
