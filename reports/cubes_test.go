package reports

import (
	"slices"
	"strings"
	"testing"

	"daybook/aging"
)

func TestAddableIsAllButTheSingleAmounts(t *testing.T) {
	for a := range aging.Amounts {
		single := a == aging.NextDueAmount || a == aging.LastPaidAmount || a == aging.MonthsSinceLate
		if a >= aging.Carrying {
			continue // of packs and of tables of supervisors, which have cubes of their own
		}
		if slices.Contains(addable, a) == single {
			t.Errorf("amount %d adds up: %v", a, !single)
		}
	}
}

// TestCubesHoldEachLoanOnce adds a batch up row by row, the plain way, and holds
// every cell of every cube to it.
func TestCubesHoldEachLoanOnce(t *testing.T) {
	d, f := testDictionaries(), randomFacts(7, 500)
	d[aging.PackName] = aging.Dictionary{europePack, "in"}
	rec := batchOf(f, d, 2)
	for i := 0; i < f.Rows; i += 7 {
		f.PreviousTotal[i] = aging.WasOff
	}
	b := new(Builder)
	if err := b.Add(rec); err != nil {
		t.Fatal(err)
	}
	type cell struct{ cube, first, second, third int }
	want := map[cell]*sums{}
	second, third := make([]int32, f.Rows), make([]int32, f.Rows)
	for c := range cubeTable {
		row := &cubeTable[c]
		if row.pack > len(d[aging.PackName]) {
			continue // the night has no such pack
		}
		if row.sparse && len(row.amounts) > rowAmountsMax {
			t.Fatalf("sparse cube %d adds up %d amounts, at most %d are possible", c, len(row.amounts), rowAmountsMax)
		}
		row.second.place(b, f, second)
		row.third.place(b, f, third)
		for i := range f.Rows {
			off := b.off[i] == 1
			if cube(c) == moveCube && off && (f.PreviousTotal[i] == 0 || f.PreviousTotal[i] == aging.WasOff) {
				if third[i] >= 0 {
					t.Fatalf("loan %d was off the book before, and moves to %d", i, third[i])
				}
				continue
			}
			if third[i] < 0 {
				if cube(c) == cureCube && (f.CureEvent[i] == 0 || f.CureEvent[i] > cureEvents) {
					continue
				}
				if cube(c) != f18Cube && cube(c) != backstopCube || !off && (cube(c) == f18Cube || f.BackstopYears[i] > 0) {
					t.Fatalf("cube %d leaves out loan %d", c, i)
				}
				continue
			}
			at := cell{c, int(f.Codes[aging.Currency][i]), int(second[i]), int(third[i])}
			if want[at] == nil {
				want[at] = new(sums)
			}
			want[at].loans++
			if row.sparse && f.PreviousTotal[i] != aging.WasOff {
				want[at].previous += f.PreviousTotal[i]
			}
			for _, a := range row.amounts {
				if f.Amounts[a] != nil {
					want[at].amounts[a] += f.Amounts[a][i]
				}
			}
		}
	}
	for c := range b.cubes {
		in := &b.cubes[c]
		for slab := range in.slabs {
			first, second := slab/in.second, slab%in.second
			for third := range in.third {
				w := want[cell{c, first, second, third}]
				if w == nil {
					w = new(sums)
				}
				if got := in.at(first, second, third); got != *w {
					t.Errorf("cube %d at %d, %d, %d is %+v, want %+v", c, first, second, third, got, *w)
				}
			}
		}
	}
}

func TestRegulatoryTablesAreComplete(t *testing.T) {
	want := strings.Split(contract(t, "| `regulatory/` | ", ": CSV and Parquet"), ", ")
	var got []string
	for _, x := range smallBuilder(t).Tables(smallSettings()) {
		got = append(got, x.Name)
		for _, c := range x.Columns {
			if c.Kind == Amount && c.Digits != 2 {
				t.Errorf("%s.%s has %d digits", x.Name, c.Name, c.Digits)
			}
		}
	}
	got = append(got, TrialBalance(nil, 2).Name, GLActivity(nil, 2).Name, new(Suspense).Table(2).Name, curesTable().Name, vintageHistoryTable(2).Name, scoreReferenceTable().Name, scoreMonitoringTable().Name)
	if !slices.Equal(got, want) {
		t.Errorf("tables are %v, docs/formats.md says %v", got, want)
	}
	// A table is filled in for one night: the register stays as it is.
	for _, r := range regulatoryTables {
		for i := range r.columns {
			if n := r.columns[i].Len(); n != 0 || r.columns[i].Digits != 0 && r.columns[i].Kind == Amount {
				t.Errorf("the register's column %s of %s has %d rows", r.columns[i].Name, r.name, n)
			}
		}
	}
}
