package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// TestOptionsDoNotChangeTheNight: workers and memory are tuning; they must never
// change a byte of what is published or of the book.
func TestOptionsDoNotChangeTheNight(t *testing.T) {
	l, dates := portfolioLender(t, 40000, 2)
	base := *l
	var wantOut, wantBook string
	for i, o := range []struct {
		workers int
		memory  int64
	}{{1, 0}, {2, 0}, {3, 1 << 20}, {16, 64 << 20}, {5, 300 << 10}} {
		x := base
		x.o.Book, x.o.Out = filepath.Join(l.dir, fmt.Sprint("book", i)), filepath.Join(l.dir, fmt.Sprint("out", i))
		x.o.Workers, x.o.Memory = o.workers, o.memory
		for _, d := range dates {
			x.close(d)
		}
		out, book := digest(t, x.o.Out), contents(t, x.o.Book)
		if i == 0 {
			wantOut, wantBook = out, book
			continue
		}
		if out != wantOut {
			t.Errorf("%+v: other outputs:\n%s\nwant\n%s", o, out, wantOut)
		}
		if book != wantBook {
			t.Errorf("%+v: another book", o)
		}
		os.RemoveAll(x.o.Book)
		os.RemoveAll(x.o.Out)
	}
}

// TestScatterSpills: past its budget a scatter goes to disk, cuts a partition into
// slices, and loses and changes nothing.
func TestScatterSpills(t *testing.T) {
	rows := func(budget int64, slices bool) []string {
		s := newScatter(filepath.Join(t.TempDir(), "rows"), budget)
		w := s.writer(1)
		for i := range 20000 {
			id := fmt.Appendf(nil, "L%d", i%7000)
			hash := uint64(i%7000) * 0x9E3779B97F4A7C15
			row := appendHead(nil, hash, id, eventRow, 1, int64(i))
			if err := w.add(hash, row); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.flush(); err != nil {
			t.Fatal(err)
		}
		var all []string
		var sorted sortedRows
		spilled := false
		for p := range s.parts {
			spilled = spilled || s.parts[p].onDisk > 0
			bits := s.slices(p, 1000)
			if slices && bits == 0 && s.parts[p].size > 1000 {
				t.Errorf("partition %d of %d bytes is not cut", p, s.parts[p].size)
			}
			for slice := range 1 << bits {
				if err := s.load(p, slice, bits, &sorted); err != nil {
					t.Fatal(err)
				}
				sorted.sort()
				for _, r := range sorted.refs {
					all = append(all, string(r.row))
				}
			}
			if err := s.drop(p); err != nil {
				t.Fatal(err)
			}
		}
		if spilled != slices {
			t.Errorf("budget %d: spilled %v", budget, spilled)
		}
		return all
	}
	want, got := rows(1<<30, false), rows(10_000, true)
	if len(want) != 20000 || len(got) != len(want) {
		t.Fatalf("%d and %d rows, want 20000", len(want), len(got))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("row %d differs", i)
		}
	}
}

// TestReport: the last night is written again byte for byte, manifest included; of
// an older one what the book still proves.
func TestReport(t *testing.T) {
	l, dates := portfolioLender(t, 20000, 2)
	for _, d := range dates {
		l.close(d)
	}
	b := openRead(t, l)
	for i, d := range dates {
		out := filepath.Join(l.dir, "again", d)
		r, err := Report(t.Context(), b, ReportOptions{Out: out, Date: day(t, d), Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		last := i == len(dates)-1
		if last != (len(r.Missing) == 0) {
			t.Errorf("%s: missing %v", d, r.Missing)
		}
		again := 0
		for _, o := range append(r.Manifest.Outputs, r.Manifest.Outputs[0]) {
			sum, err := digestFile(filepath.Join(out, d, filepath.FromSlash(o.Path)))
			if err == nil && sum != o.SHA256 {
				t.Errorf("%s: %s came out with other bytes", d, o.Path)
			}
			if err == nil {
				again++
			}
		}
		if again < 10 || last && again != len(r.Manifest.Outputs)+1 {
			t.Errorf("%s: %d outputs were written again", d, again)
		}
		for _, name := range []string{"manifest.json", "report.html"} {
			a, err1 := os.ReadFile(filepath.Join(l.o.Out, d, name))
			c, err2 := os.ReadFile(filepath.Join(out, d, name))
			if err1 != nil || err2 != nil || string(a) != string(c) {
				t.Errorf("%s: %s differs: %v %v", d, name, err1, err2)
			}
		}
	}
}
