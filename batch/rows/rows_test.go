package rows

import (
	"fmt"
	"path/filepath"
	"testing"

	"daybook/ledger/borrower"
	"daybook/ledger/store"
)

// TestRowsInMemoryAreBounded: of equal rows a range keeps what a night looks at,
// within twice its budget and that.
func TestRowsInMemoryAreBounded(t *testing.T) {
	old := PerIDMax
	PerIDMax = 100
	t.Cleanup(func() { PerIDMax = old })
	s := NewScatter(filepath.Join(t.TempDir(), "rows"), 1<<10)
	w := s.Writer(1)
	id := []byte("one loan")
	const n = 50_000
	for i := range n {
		if err := w.Add(store.Hash(id), AppendHead(nil, store.Hash(id), id, EventRow, 1, int64(i*7919%n))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	p := store.Partition(store.Hash(id))
	const budget = 32 << 10
	ranges, err := Ranges(t.Context(), p, budget, s)
	if err != nil {
		t.Fatal(err)
	}
	var sorted Sorted
	kept, beyond, most := 0, 0, int64(0)
	for _, r := range ranges {
		err := s.Load(t.Context(), p, r, budget, &sorted, func([]byte) { beyond++; most = max(most, sorted.size) })
		if err != nil {
			t.Fatal(err)
		}
		sorted.Sort()
		sorted.Prune(func([]byte) { beyond++ })
		for i, ref := range sorted.Refs {
			if got := ParseHead(ref.Row).Num; got != int64(i) {
				t.Fatalf("row %d is kept in the place of row %d", got, i)
			}
		}
		kept += len(sorted.Refs)
	}
	if kept != 100 || beyond != n-100 || most > 2*budget+1<<10 {
		t.Errorf("%d rows are kept and %d are beyond with %d bytes in memory, want 100, %d and at most twice %d", kept, beyond, most, n-100, budget)
	}
}

// TestScatterSpills: past its budget a scatter goes to disk, cuts a partition into
// slices, and loses and changes nothing.
func TestScatterSpills(t *testing.T) {
	spread := func(budget int64, slices bool) []string {
		s := NewScatter(filepath.Join(t.TempDir(), "rows"), budget)
		w := s.Writer(1)
		for i := range 20000 {
			id := fmt.Appendf(nil, "L%d", i%7000)
			hash := uint64(i%7000) * 0x9E3779B97F4A7C15
			row := AppendHead(nil, hash, id, EventRow, 1, int64(i))
			if err := w.Add(hash, row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		var all []string
		var sorted Sorted
		spilled := false
		for p := range s.parts {
			spilled = spilled || s.parts[p].onDisk > 0
			budget := int64(1 << 30)
			if slices {
				budget = 1000
			}
			ranges, err := Ranges(t.Context(), p, budget, s)
			if err != nil {
				t.Fatal(err)
			}
			if slices && len(ranges) == 1 && s.parts[p].size > 1000 {
				t.Errorf("partition %d of %d bytes is not cut", p, s.parts[p].size)
			}
			for _, r := range ranges {
				if err := s.Load(t.Context(), p, r, budget, &sorted, func([]byte) { t.Error("a row is beyond what a night takes") }); err != nil {
					t.Fatal(err)
				}
				sorted.Sort()
				for _, r := range sorted.Refs {
					all = append(all, string(r.Row))
				}
			}
			if err := s.Drop(p); err != nil {
				t.Fatal(err)
			}
		}
		if spilled != slices {
			t.Errorf("budget %d: spilled %v", budget, spilled)
		}
		return all
	}
	want, got := spread(1<<30, false), spread(10_000, true)
	if len(want) != 20000 || len(got) != len(want) {
		t.Fatalf("%d and %d rows, want 20000", len(want), len(got))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("row %d differs", i)
		}
	}
}

// Of a borrower's rows a night takes so many, and beside them what may forbid a contact, however many others come before it, and
// what is of no file.
func TestWhatRestrainsIsNotPruned(t *testing.T) {
	old := PerIDMax
	PerIDMax = 10
	t.Cleanup(func() { PerIDMax = old })
	id := []byte("one borrower")
	var sorted Sorted
	num := int64(0)
	add := func(kind Kind, file int, body []byte) {
		num++
		sorted.add(store.Hash(id), append(AppendHead(nil, store.Hash(id), id, kind, file, num), body...), true)
	}
	contact := func(kind string) []byte {
		return AppendContact(nil, &ContactOf{Contact: borrower.Contact{ID: "c", Kind: kind}})
	}
	for range 300 {
		add(ContactRow, 1, contact("attempt"))
		add(MoneyRow, NoFile, AppendMove(nil, &Move{Loan: id}))
		add(OfferRow, NoFile, nil)
		add(FlagRow, 2, AppendFlag(nil, &borrower.Flag{Name: "watch"}))
	}
	for _, kind := range []string{"cease", "opt_out", "a kind that is not known"} {
		add(ContactRow, 1, contact(kind))
	}
	sorted.Sort()
	beyond := map[Kind]int{}
	sorted.Prune(func(row []byte) { beyond[ParseHead(row).Kind]++ })
	kept := map[Kind]int{}
	restrains := 0
	for _, ref := range sorted.Refs {
		h := ParseHead(ref.Row)
		if kept[h.Kind]++; h.Kind == ContactRow && mayRestrain(h.Body) {
			restrains++
		}
	}
	if kept[MoneyRow] != 300 || kept[OfferRow] != 300 || kept[ContactRow] != 10+restrains || restrains != 3 || kept[FlagRow] != RestrainsMax*PerIDMax {
		t.Errorf("kept %v, of contacts %d that restrain; beyond are %v", kept, restrains, beyond)
	}
	if len(beyond) != 2 || beyond[ContactRow]+kept[ContactRow] != 303 || beyond[FlagRow]+kept[FlagRow] != 300 {
		t.Errorf("kept %v, and beyond are %v", kept, beyond)
	}
	PerIDMax = 20 // room for all that restrains
	sorted = Sorted{}
	for range 300 {
		add(ContactRow, 1, contact("attempt"))
	}
	for range 310 {
		add(FlagRow, 2, AppendFlag(nil, &borrower.Flag{Name: "watch"}))
	}
	add(ContactRow, 3, contact("cease"))
	sorted.Sort()
	sorted.Prune(func(row []byte) {
		if h := ParseHead(row); h.Kind != ContactRow || mayRestrain(h.Body) {
			t.Errorf("a row of kind %d of file %d is left out", h.Kind, h.File)
		}
	})
	if n := len(sorted.Refs); n != 20+310+1 {
		t.Errorf("%d rows are kept", n)
	}
}
