package spill

import (
	"bytes"
	"slices"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"
)

// Sorters that share a spare return what they would without it, never have more in memory than their budgets and the spare, and
// give back all that they took from it.
func TestSpare(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		bytesSpare, budget := rapid.Int64Range(0, 20_000).Draw(r, "spare"), rapid.Int64Range(1<<10, 4<<10).Draw(r, "budget")
		spare := NewSpare(bytesSpare)
		dir := t.TempDir()
		sorters := make([]*Sorter, 3)
		writers, want := make([]*Writer, len(sorters)), make([][][]byte, len(sorters))
		for i := range sorters {
			sorters[i] = New(dir, string(rune('a'+i)), budget)
			sorters[i].Borrow(spare)
			writers[i] = sorters[i].Writer(1)
		}
		for _, rec := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 200), 0, 300).Draw(r, "records") {
			i := int(rec[0]) * len(sorters) >> 8
			if rec[0]%5 > 0 {
				i = 0 // most are of one sorter
			}
			want[i] = append(want[i], rec)
			if err := writers[i].Add(rec); err != nil {
				r.Fatal(err)
			}
			if rec[0] == 7 {
				if err := writers[i].Close(); err != nil {
					r.Fatal(err)
				}
			}
			held := int64(0)
			for k, s := range sorters {
				held += max(s.held+writers[k].block.size()-2*budget, 0) // of a writer at work, and of runs that are done
			}
			if held > bytesSpare {
				r.Fatalf("%d bytes are in memory beyond the budgets, the spare is %d", held, bytesSpare)
			}
		}
		for i, s := range sorters {
			if err := writers[i].Close(); err != nil {
				r.Fatal(err)
			}
			slices.SortFunc(want[i], bytes.Compare)
			if got := all(t, s); !slices.EqualFunc(got, want[i], bytes.Equal) {
				r.Fatalf("sorter %d: got %q, want %q", i, got, want[i])
			}
			if err := s.Remove(); err != nil {
				r.Fatal(err)
			}
		}
		if left := spare.left.Load(); left != bytesSpare {
			r.Fatalf("%d bytes are left of the spare, %d were there", left, bytesSpare)
		}
	})
}

// Where one of several has much, it has room for it: nothing goes to the disk that fits, and what does not fit does.
func TestSpareIsForWhoNeedsIt(t *testing.T) {
	const share, bytesSpare = 16 << 10, 1 << 20
	for _, x := range []struct {
		records int
		spilled bool
	}{{5_000, false}, {50_000, true}} {
		spare := NewSpare(bytesSpare)
		dir := t.TempDir()
		s := New(dir, "much", share)
		s.Borrow(spare)
		w := s.Writer(2)
		for i := range x.records {
			if err := w.Add([]byte{byte(i), byte(i >> 8), 1, 2, 3, 4, 5, 6, 7, 8}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if s.Spilled() != x.spilled || len(all(t, s)) != x.records {
			t.Errorf("%d records: spilled %v, want %v", x.records, s.Spilled(), x.spilled)
		}
	}
}

// Many workers take from one spare at once.
func TestSpareTogether(t *testing.T) {
	spare := NewSpare(1 << 18)
	var g errgroup.Group
	dir := t.TempDir()
	for i := range 8 {
		g.Go(func() error {
			s := New(dir, string(rune('a'+i)), 1<<10)
			s.Borrow(spare)
			w := s.Writer(1)
			for range 20_000 {
				if err := w.Add([]byte("a record of some bytes")); err != nil {
					return err
				}
			}
			if err := w.Close(); err != nil {
				return err
			}
			return s.Remove()
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	if left := spare.left.Load(); left != 1<<18 {
		t.Errorf("%d bytes are left of %d", left, 1<<18)
	}
}
