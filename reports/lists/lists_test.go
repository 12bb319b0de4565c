package lists

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/spill"
)

func TestBucketMovesLooksAtTheNewestSix(t *testing.T) {
	for history, want := range map[string]int32{
		"NNNNNNNNNNNN////////////": 0, "N1NNNNN1NNNN////////////": 2, "1NNNNNN1NNNN////////////": 1,
		"NNNNNN1NNNNN////////////": 1, "NNNNNNN1NNNN////////////": 0, "123456////////////////// ": 6, "N///////////////////////": 1,
	} {
		if got := BucketMoves([]byte(history)); got != want {
			t.Errorf("%s moves %d times, want %d", history, got, want)
		}
	}
}

// A table has the same bytes whether its rows fit into memory or not, whoever added them, and they are sorted.
func TestTablesDoNotDependOnMemory(t *testing.T) {
	date := civil.Of(2026, 11, 23)
	form := reports.CurrentForm("daybook 1.2.3", new(aging.Dictionaries), Tables(new(aging.Dictionaries))...)
	var first []string
	for _, budget := range []int64{1 << 10, 1 << 30} {
		r := rand.New(rand.NewPCG(1, uint64(budget)))
		sorter := spill.New(t.TempDir(), "rows", budget)
		writers := []*spill.Writer{sorter.Writer(2), sorter.Writer(2)}
		for _, i := range r.Perm(2*rowsAtOnce + 17) {
			if err := writers[r.IntN(2)].Add(AppendReAge(nil, fmt.Appendf(nil, "L%05d", i), date-civil.Date(i%30), uint8(i%4))); err != nil {
				t.Fatal(err)
			}
		}
		for _, w := range writers {
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if sorter.Spilled() != (budget == 1<<10) {
			t.Fatalf("with %d bytes the rows are spilled: %t", budget, sorter.Spilled())
		}
		dir := filepath.Join(t.TempDir(), "regulatory")
		outs, err := WriteReAges(t.Context(), dir, form, date, sorter)
		if err != nil || len(outs) != 2 || outs[0].Rows != 2*rowsAtOnce+17 || outs[1].Rows != outs[0].Rows {
			t.Fatal(outs, err)
		}
		if err := sorter.Remove(); err != nil {
			t.Fatal(err)
		}
		sums := []string{outs[0].SHA256, outs[1].SHA256}
		if first == nil {
			first = sums
		}
		if !slices.Equal(sums, first) {
			t.Errorf("with %d bytes the table has other bytes", budget)
		}
		data, err := os.ReadFile(outs[0].Path)
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
		if lines[0] != "business_date,loan_id,measure_on,reason" || lines[3] != "2026-11-23,L00002,2026-11-21,third_in_5_years" || !slices.IsSorted(lines[1:]) {
			t.Errorf("the table begins %q", lines[:4])
		}
	}
}

// What is damaged is an error, and leaves no file.
func TestDamagedRecordLeavesNoFile(t *testing.T) {
	date := civil.Of(2026, 11, 23)
	form := reports.CurrentForm("daybook 1.2.3", new(aging.Dictionaries), Tables(new(aging.Dictionaries))...)
	sorter := spill.New(t.TempDir(), "rows", 1<<20)
	w := sorter.Writer(1)
	if err := w.Add([]byte("L1")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if _, err := WriteReAges(t.Context(), dir, form, date, sorter); err == nil {
		t.Error("a damaged record is written")
	}
	if _, err := WriteWatchlist(t.Context(), dir, form, date, new(aging.Dictionaries), 2, sorter); err == nil {
		t.Error("a damaged record is written")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v are left: %v", left, err)
	}
}
