package store

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"daybook/ledger/civil"

	"golang.org/x/sync/errgroup"
)

// A benchLoan is a loan of a benchmark, in the book's order.
type benchLoan struct {
	hash uint64
	id   [12]byte
}

func benchLoans(n int) []benchLoan {
	loans := make([]benchLoan, n)
	for i := range loans {
		copy(loans[i].id[:], fmt.Sprintf("LN%010d", i))
		loans[i].hash = Hash(loans[i].id[:])
	}
	slices.SortFunc(loans, func(a, b benchLoan) int {
		return compareLoans(a.hash, a.id[:], b.hash, b.id[:])
	})
	return loans
}

// benchRecord makes a record like a loan's: about 150 bytes, mostly small
// varints, with some random ones.
func benchRecord(b []byte, r *rand.Rand) []byte {
	b = append(b, 1)
	for range 40 {
		b = binary.AppendUvarint(b, r.Uint64N(1<<(r.Uint64N(5)*7)))
	}
	b = binary.BigEndian.AppendUint64(b, r.Uint64())
	return append(b, "CUST-0001234567 personal EUR branch-12"...)
}

// benchBuild builds a night of all loans and a journal of every stride-th.
func benchBuild(b *testing.B, book *Book, d civil.Date, loans []benchLoan, workers, stride int) (bytes int64) {
	n, err := book.Begin(d)
	if err != nil {
		b.Fatal(err)
	}
	var g errgroup.Group
	sizes := make([]int64, workers)
	for w := range workers {
		g.Go(func() error {
			from, to := w*Partitions/workers, (w+1)*Partitions/workers
			p, err := n.Part(from, to)
			if err != nil {
				return err
			}
			r := rand.New(rand.NewPCG(1, uint64(w)))
			recs := make([][]byte, 1024)
			for i := range recs {
				recs[i] = benchRecord(nil, r)
			}
			lo, _ := slices.BinarySearchFunc(loans, uint64(from)<<56, func(l benchLoan, h uint64) int { return compareLoans(l.hash, nil, h, nil) })
			hi := len(loans)
			if to < Partitions {
				hi, _ = slices.BinarySearchFunc(loans, uint64(to)<<56, func(l benchLoan, h uint64) int { return compareLoans(l.hash, nil, h, nil) })
			}
			for i := lo; i < hi; i++ {
				l, rec := &loans[i], recs[i%len(recs)]
				sizes[w] += int64(len(rec) + len(l.id))
				if err := p.Add(Loans, l.hash, l.id[:], nil, rec); err != nil {
					return err
				}
				if i%stride == 0 {
					if err := p.Add(Journal, l.hash, l.id[:], nil, rec[:100]); err != nil {
						return err
					}
				}
			}
			_, err = p.Finish()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		b.Fatal(err)
	}
	if err := n.PutNight(nil); err != nil {
		b.Fatal(err)
	}
	if err := n.Commit(); err != nil {
		b.Fatal(err)
	}
	for _, s := range sizes {
		bytes += s
	}
	return bytes
}

func benchBook(b *testing.B) *Book {
	book, err := Create(filepath.Join(b.TempDir(), "book"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := book.Close(); err != nil {
			b.Error(err)
		}
	})
	return book
}

// BenchmarkBuild writes a night on the disk, synced and committed.
func BenchmarkBuild(b *testing.B) {
	const count = 1_000_000
	loans := benchLoans(count)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("loans=%d/workers=%d", count, workers), func(b *testing.B) {
			book := benchBook(b)
			b.ReportAllocs()
			d := civil.Date(20000)
			for b.Loop() {
				b.SetBytes(benchBuild(b, book, d, loans, workers, 20))
				d++
			}
			b.ReportMetric(count*float64(b.N)/b.Elapsed().Seconds(), "loans/s")
		})
	}
}

// BenchmarkScan reads all loans, as a night does, touching every record.
func BenchmarkScan(b *testing.B) {
	const count = 1_000_000
	loans := benchLoans(count)
	for _, workers := range []int{1, 2} {
		b.Run(fmt.Sprintf("loans=%d/workers=%d", count, workers), func(b *testing.B) {
			book := benchBook(b)
			b.SetBytes(benchBuild(b, book, 20000, loans, 2, 20))
			b.ReportAllocs()
			for b.Loop() {
				var g errgroup.Group
				counts := make([]int, workers)
				for w := range workers {
					g.Go(func() error {
						s, err := book.Scan(Loans, civil.None, w*Partitions/workers, (w+1)*Partitions/workers)
						if err != nil {
							return err
						}
						defer s.Close()
						for s.Next() {
							if s.Hash() != 0 && s.Record()[0] == 1 {
								counts[w]++
							}
						}
						return s.Err()
					})
				}
				if err := g.Wait(); err != nil {
					b.Fatal(err)
				}
				if total := counts[0] + counts[workers-1]*(workers-1); total != count {
					b.Fatalf("scanned %d loans, want %d", total, count)
				}
			}
			b.ReportMetric(count*float64(b.N)/b.Elapsed().Seconds(), "loans/s")
		})
	}
}

// BenchmarkLookup looks loans and journal entries up.
func BenchmarkLookup(b *testing.B) {
	const count, stride = 1_000_000, 20
	loans := benchLoans(count)
	book := benchBook(b)
	benchBuild(b, book, 20000, loans, 2, stride)
	b.Run("of=loan", func(b *testing.B) {
		r := rand.New(rand.NewPCG(1, 2))
		for b.Loop() {
			l := &loans[r.IntN(count)]
			if _, ok, err := book.Find(Loans, l.id[:]); !ok || err != nil {
				b.Fatal(ok, err)
			}
		}
	})
	for _, step := range []int{1, 10, 500} {
		b.Run(fmt.Sprintf("of=journal/step=%d", step), func(b *testing.B) {
			b.ReportAllocs()
			r := book.NewJournalReader()
			defer r.Close()
			i := 0
			for b.Loop() {
				l := &loans[i]
				if _, ok, err := r.Entry(20000, l.hash, l.id[:]); !ok || err != nil {
					b.Fatal(ok, err)
				}
				i = (i + step*stride) % count
			}
		})
	}
}
