package queue

import (
	"errors"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"daybook/ledger/civil"
	"daybook/reports/spill"
)

// someRecords are candidates as they are kept.
func someRecords(n int) (list [][]byte) {
	g := rapid.Custom(func(t *rapid.T) []byte {
		c := drawCandidate(t, oddID.Draw(t, "id"), 4)
		return appendCandidate(nil, &c)
	})
	for i := range n {
		list = append(list, g.Example(i))
	}
	return list
}

// take makes of one record what a worker does, without files.
func take(rec []byte) error {
	c := Collect("", 1<<20)
	defer c.Remove()
	q := c.Queue(testOptions())
	w := &writing{q: q, left: q.o.Capacity}
	at, err := w.choose(rec)
	if err != nil {
		return err
	}
	q.atOnce = 1
	b := q.newBlock(1)
	b.batch.Recs, b.ways = [][]byte{rec}, []int32{at}
	if err := b.format(); err != nil {
		return err
	}
	if len(b.f.columns[0].Counts) > 0 && b.f.at != 0 {
		return errors.New("a row has more or fewer values than columns")
	}
	return nil
}

// FuzzCandidate: a record that no writer has written is an error and never a panic, and what
// is read again says what was written.
func FuzzCandidate(f *testing.F) {
	for _, rec := range someRecords(20) {
		f.Add(rec)
		f.Add(rec[:len(rec)/2])
	}
	f.Fuzz(func(t *testing.T, rec []byte) {
		var c candidate
		if c.read(rec) != nil && take(rec) == nil {
			t.Error("a record that cannot be read becomes something")
		}
		_ = take(rec)
	})
}

// TestDamagedCandidates cuts and changes records: nothing panics, and none that is cut is
// taken for a whole one.
func TestDamagedCandidates(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, rec := range someRecords(12) {
		if err := take(rec); err != nil {
			t.Fatal(err)
		}
		for n := range rec {
			if err := take(rec[:n]); err == nil {
				t.Fatalf("%q of %q is taken for a record", rec[:n], rec)
			}
		}
		if err := take(append(slices.Clone(rec), 0)); err == nil {
			t.Fatal("a record with something behind it is taken for one")
		}
		for range 100 {
			bad := slices.Clone(rec)
			for range 1 + r.IntN(3) {
				bad[r.IntN(len(bad))] = byte(r.IntN(256))
			}
			_ = take(bad)
		}
	}
	far := Candidate{Borrower: []byte("B"), Step: 1 << 40, Ways: []Way{{Open: true}}}
	if err := take(appendCandidate(nil, &far)); !errors.Is(err, errDamaged) {
		t.Errorf("a step that there is not: %v", err)
	}
	shut := Candidate{Borrower: []byte("B"), Ways: []Way{{Blocked: "cap"}}}
	if err := take(appendCandidate(nil, &shut)); !errors.Is(err, errDamaged) {
		t.Errorf("a candidate without an open way: %v", err)
	}
}

// TestDamagedRows does the same to the rows of the other tables.
func TestDamagedRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	n := rapid.Custom(func(t *rapid.T) *naiveNight { return drawNight(t, 4) })
	whole, damaged := 0, 0
	for seed := range 6 {
		c := Collect(t.TempDir(), 1<<20)
		if err := n.Example(seed).collect(c, 1); err != nil {
			t.Fatal(err)
		}
		q := c.Queue(testOptions())
		if _, _, err := q.Write(t.Context(), filepath.Join(t.TempDir(), "queue")); err != nil { // which makes the rows of tasks
			t.Fatal(err)
		}
		for i := range streamTables {
			s := &streamTables[i]
			err := c.others[s.from].Each(t.Context(), func(rec []byte) error {
				whole++
				fill := func(rec []byte) error { return s.fill(q, &filling{columns: s.columns(2)}, rec) }
				if err := fill(rec); err != nil {
					return err
				}
				for n := range rec {
					if err := fill(rec[:n]); err == nil {
						t.Fatalf("%s: %q of %q is taken for a row", s.name, rec[:n], rec)
					}
				}
				for range 30 {
					bad := slices.Clone(rec)
					if bad[r.IntN(len(bad))] = byte(r.IntN(256)); fill(bad) != nil {
						damaged++
					}
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		c.Remove()
	}
	if whole < 50 || damaged < 50 {
		t.Errorf("%d rows were damaged, %d of the changes were found", whole, damaged)
	}
}

// TestDamagedQueueIsAnError: a damaged record stops the writing, in whichever stream it is.
func TestDamagedQueueIsAnError(t *testing.T) {
	for stream := -1; stream < streams; stream++ {
		c := Collect(t.TempDir(), 1<<20)
		var s *spill.Sorter
		if s = c.candidates; stream >= 0 {
			s = c.others[stream]
		}
		w := s.Writer(1)
		if err := errors.Join(w.Add([]byte{1, 2, 3}), w.Close()); err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(t.TempDir(), "queue")
		if _, _, err := c.Queue(testOptions()).Write(t.Context(), dir); !errors.Is(err, errDamaged) {
			t.Errorf("stream %d: %v", stream, err)
		}
		c.Remove()
	}
}

func BenchmarkTask(b *testing.B) {
	recs := someRecords(64)
	c := Collect("", 1<<20)
	defer c.Remove()
	q := c.Queue(testOptions())
	q.atOnce = len(recs)
	w := &writing{q: q, left: q.o.Capacity}
	k := q.newBlock(1)
	b.ReportAllocs()
	for b.Loop() {
		k.batch.Recs, k.ways = recs, k.ways[:0]
		for _, rec := range recs {
			at, err := w.choose(rec)
			if err != nil {
				b.Fatal(err)
			}
			k.ways = append(k.ways, at)
		}
		if err := k.format(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(recs)), "ns/task")
}

// BenchmarkPlainTask is a task as most are: one loan, one channel, no offers.
func BenchmarkPlainTask(b *testing.B) {
	var recs [][]byte
	for i := range 1 << 10 {
		recs = append(recs, appendCandidate(nil, &Candidate{
			Borrower: []byte("B0000000" + string(rune('0'+i%10))), Class: 1, Value: 500, Days: 12, Step: 1, Debt: Debt{Worst: "L1", Currency: "CNY", Bucket: "M1", Covered: Owed{1, 1000}, Total: 9000},
			Person: Person{Jurisdiction: "cn", Language: "zh", Zone: "Asia/Shanghai"}, NextDueOn: civil.None, NextDue: -1 << 63,
			Ways:  []Way{{Open: true, Timed: true, Attempts: 1, Earliest: 1.8e15, Latest: 1.8e15 + 3600e6, EarliestOffset: 28800, LatestOffset: 28800}},
			Loans: []LoanRow{{ID: "L1", Currency: "CNY", Days: 12, PastDue: 1000}},
		}))
	}
	c := Collect("", 1<<20)
	defer c.Remove()
	q := c.Queue(testOptions())
	q.atOnce = len(recs)
	w := &writing{q: q, left: q.o.Capacity}
	k := q.newBlock(1)
	b.ReportAllocs()
	for b.Loop() {
		k.batch.Recs, k.ways = recs, k.ways[:0]
		for _, rec := range recs {
			at, _ := w.choose(rec)
			k.ways = append(k.ways, at)
		}
		if err := k.format(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(recs)), "ns/task")
}
