//go:build unix

package queue

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// BenchmarkQueue is the tasks of a book of a million loans: what two workers collect,
// and what as many as there are processors write of it. The disk has its part in the
// time, so the processor's is told by itself.
func BenchmarkQueue(b *testing.B) {
	const n = 120_000
	r := rand.New(rand.NewPCG(1, 2))
	unsorted := make([]Row, n)
	for i := range unsorted {
		unsorted[i] = Row{fmt.Sprintf("B%010d", r.IntN(800_000)), fmt.Sprintf("L%012d", r.IntN(1e12)), "CNY", "M1", int32(1 + r.IntN(400)),
			r.Int64N(500_000), 5_000_000}
	}
	people := together(byBorrower(unsorted))
	perTask := func(b *testing.B) func() {
		before := processorNanoseconds()
		return func() {
			b.ReportMetric(float64(processorNanoseconds()-before)/float64(b.N)/float64(len(people)), "cpu-ns/task")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(people)), "ns/task")
		}
	}
	b.Run("build", func(b *testing.B) {
		defer perTask(b)()
		for b.Loop() {
			c := Collect(b.TempDir(), 1<<30)
			if err := collect(c, people, 2); err != nil {
				b.Fatal(err)
			}
			if err := c.Remove(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("write", func(b *testing.B) {
		o := options()
		o.Workers = runtime.GOMAXPROCS(0)
		q, remove := queueOf(unsorted, o, 1<<30)
		defer remove()
		dir, k := b.TempDir(), 0
		defer perTask(b)()
		for b.Loop() {
			k++
			if _, _, err := q.Write(b.Context(), filepath.Join(dir, fmt.Sprint(k))); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// together lays borrowers side by side in memory, as the rows of a night are.
func together(people []*person) []*person {
	var all []byte
	lay := func(b []byte) []byte {
		all = append(all, b...)
		return all[len(all)-len(b):]
	}
	for _, p := range people {
		p.id = lay(p.id)
		for i := range p.loans {
			p.loans[i] = lay(p.loans[i])
		}
	}
	return people
}

func processorNanoseconds() int64 {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		panic(err)
	}
	return use.Utime.Nano() + use.Stime.Nano()
}
