package spill

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func all(t testing.TB, s *Sorter) (list [][]byte) {
	t.Helper()
	if err := s.Each(t.Context(), func(rec []byte) error {
		list = append(list, bytes.Clone(rec))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return list
}

// Whatever the budget, the number of writers and who adds what: every record comes
// out once, in order.
func TestSorter(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		records := rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 0, 40)).Draw(r, "records")
		budget := rapid.Int64Range(0, 4096).Draw(r, "budget")
		workers := rapid.IntRange(1, 4).Draw(r, "workers")
		dir := t.TempDir()
		s := New(filepath.Join(dir, "runs"), "x", budget)
		writers := make([]*Writer, workers)
		for i := range writers {
			writers[i] = s.Writer(workers)
		}
		for i, rec := range records {
			if err := writers[i%workers].Add(rec); err != nil {
				r.Fatal(err)
			}
			if i%17 == 16 {
				if err := writers[i%workers].Close(); err != nil {
					r.Fatal(err)
				}
			}
		}
		for _, w := range writers {
			if err := w.Close(); err != nil {
				r.Fatal(err)
			}
		}
		if s.Len() != int64(len(records)) {
			r.Fatalf("it counts %d records, want %d", s.Len(), len(records))
		}
		got := all(t, s)
		slices.SortFunc(records, bytes.Compare)
		if !slices.EqualFunc(got, records, bytes.Equal) {
			r.Fatalf("got %q, want %q", got, records)
		}
		stop := rapid.IntRange(0, len(records)).Draw(r, "stop")
		walk := s.Records(t.Context())
		for i := range stop {
			if rec, ok := walk.Next(); !ok || !bytes.Equal(rec, records[i]) {
				r.Fatalf("record %d is %q, %v, want %q", i, rec, ok, records[i])
			}
		}
		if stop == len(records) {
			if rec, ok := walk.Next(); ok {
				r.Fatalf("%q after the last", rec)
			}
		}
		if err := errors.Join(walk.Close(), walk.Close()); err != nil {
			r.Fatal(err)
		}
		if err := s.Remove(); err != nil {
			r.Fatal(err)
		}
		if _, err := os.Stat(s.path); err == nil {
			r.Fatal("the file is still there")
		}
	})
}

// Many runs are merged in passes, and memory holds no more than the budget.
func TestManyRuns(t *testing.T) {
	s := New(t.TempDir(), "x", 1<<10)
	w := s.Writer(2)
	const n = 20_000
	for i := range n {
		if err := w.Add(fmt.Appendf(nil, "%06d", i*7919%n)); err != nil {
			t.Fatal(err)
		}
		if held := w.block.size() + s.held; held > s.budget {
			t.Fatalf("%d bytes are in memory, the budget is %d", held, s.budget)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if len(s.runs) <= fanIn*fanIn/16 {
		t.Fatalf("only %d runs: the test proves nothing", len(s.runs))
	}
	got := all(t, s)
	for i := range got {
		if want := fmt.Sprintf("%06d", i); string(got[i]) != want {
			t.Fatalf("record %d is %s, want %s", i, got[i], want)
		}
	}
	if len(got) != n || !s.Spilled() {
		t.Errorf("%d records, spilled %v, want %d, spilled", len(got), s.Spilled(), n)
	}
}

// Records fill slabs, some are longer than one, and the memory is used again. They come
// out in batches as one by one.
func TestSlabs(t *testing.T) {
	for _, budget := range []int64{1 << 20, 9 << 20, 1 << 30} {
		s := New(t.TempDir(), "x", budget)
		w := s.Writer(1)
		var want [][]byte
		for i := range 49 {
			rec := bytes.Repeat([]byte{byte(i * 7)}, []int{1, 900, slabSize / 3, slabSize, slabSize + 1, 0, 3 * slabSize}[i%7])
			want = append(want, rec)
			if err := w.Add(rec); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(want, bytes.Compare)
		if got := all(t, s); !slices.EqualFunc(got, want, bytes.Equal) {
			t.Fatalf("budget %d: %d records come out otherwise", budget, len(got))
		}
		var got [][]byte
		walk, batch := s.Records(t.Context()), Batch{}
		for {
			if err := walk.Take(&batch, 17); err != nil {
				t.Fatal(err)
			}
			if len(batch.Recs) == 0 {
				break
			}
			for _, rec := range batch.Recs {
				got = append(got, bytes.Clone(rec))
			}
		}
		if !slices.EqualFunc(got, want, bytes.Equal) {
			t.Fatalf("budget %d: %d records come out in batches otherwise", budget, len(got))
		}
		if err := s.Remove(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEachAnswersToCancel(t *testing.T) {
	s := New(t.TempDir(), "x", 1<<20)
	w := s.Writer(1)
	for i := range 10_000 {
		if err := w.Add([]byte{byte(i >> 8), byte(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	err := s.Each(ctx, func([]byte) error { seen++; cancel(); return nil })
	if !errors.Is(err, context.Canceled) || seen > 4096 {
		t.Errorf("cancelled at the first record: %v after %d records, want context.Canceled within 4,096", err, seen)
	}
}

func TestKeysOrderAsTheirValues(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringOf(rapid.SampledFrom([]rune{0, 1, 'a', 0xff, 'b'}))
		a, b := text.Draw(r, "a"), text.Draw(r, "b")
		x, y := rapid.Int64().Draw(r, "x"), rapid.Int64().Draw(r, "y")
		key := func(s string, v int64) []byte { return AppendInt(AppendText(nil, s), v) }
		got := bytes.Compare(key(a, x), key(b, y))
		want := slices.Compare([]byte(a), []byte(b))
		if want == 0 && x != y {
			want = 1
			if x < y {
				want = -1
			}
		}
		if got != want {
			r.Fatalf("(%q, %d) and (%q, %d) order as %d, want %d", a, x, b, y, got, want)
		}
		rec := Record{B: key(a, x)}
		if s, v := rec.Text(), rec.Int(); string(s) != a || v != x || rec.Err() != nil || len(rec.B) != 0 {
			r.Fatalf("read back %q, %d, %v, want %q, %d", s, v, rec.Err(), a, x)
		}
		for cut := range key(a, x) {
			short := Record{B: key(a, x)[:cut]}
			short.Text()
			short.Int()
			if short.Err() == nil {
				r.Fatalf("a key cut at %d reads well", cut)
			}
		}
	})
}
