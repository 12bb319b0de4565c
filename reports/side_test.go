package reports

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"daybook/aging"
)

// A decision is a row whose code was decided.
type decision struct {
	row  int64
	code uint16
}

func nextOf(all []decision) func(column string) Next {
	return decidedBy(nextIn(all))
}

// decidedBy has one column decided.
func decidedBy(next Next) func(column string) Next {
	return func(column string) Next {
		if column != "borrower_classification" {
			return nil
		}
		return next
	}
}

func nextIn(all []decision) Next {
	return func() (row, value int64, ok bool) {
		if len(all) == 0 {
			return 0, 0, false
		}
		d := all[0]
		all = all[1:]
		return d.row, int64(d.code), true
	}
}

// A tape has the decided codes, and otherwise the loans' own; its bytes are those of a
// tape whose loans have them as their own, whenever it is finished and closed.
func TestTapeHasTheDecidedCodes(t *testing.T) {
	dir, d := t.TempDir(), testDictionaries()
	rapid.Check(t, func(t *rapid.T) {
		own, want := anyBatches(t)
		columns := TapeColumns(d, 2)
		decided := d[aging.BorrowerClassification]
		var exceptions []decision
		rows := int64(0)
		for i := range want {
			codes := want[i].Codes[aging.BorrowerClassification]
			for k := range codes {
				if rapid.IntRange(0, 99).Draw(t, "chance") == 0 {
					codes[k] = rapid.SampledFrom([]uint16{0, uint16(len(decided) - 1), aging.NoCode}).Draw(t, "code")
					exceptions = append(exceptions, decision{rows + int64(k), codes[k]})
				}
			}
			rows += int64(len(codes))
			for k, c := range tapeColumns(want[i], d, 2) {
				columns[k].appendRows(&c, 0, c.Len())
			}
		}
		most := rapid.SampledFrom([]int{0, 1, 20_000}).Draw(t, "bytes of a row group")
		memory := NewLateMemory(rapid.SampledFrom([]int64{-1, 0, 700, 2400, 1 << 20}).Draw(t, "memory"))
		left := memory.left.Load()
		path := filepath.Join(dir, "tape.parquet")
		plain := writeTape(t, path, want, most)
		whole, err := plain.Close(nil)
		if err != nil {
			t.Fatal(err)
		}
		os.Remove(path)
		tape := writeTapeAside(t, Aside{path + ".late", memory}, path, own, most)
		if err := tape.Finish(); err != nil || tape.Rows() != rows {
			t.Fatalf("%d rows, %v, want %d", tape.Rows(), err, rows)
		}
		got, err := tape.Close(nextOf(exceptions))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got, whole) {
			t.Fatalf("%+v, want %+v", got, whole)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
			t.Fatalf("the files are %v", left)
		}
		if memory.left.Load() != left {
			t.Fatalf("%d bytes are left of %d", memory.left.Load(), left)
		}
		laid := testForm().Sheet("loans", testDate).Columns(columns)
		compare(t, laid, readBack(t, path), wantText(laid))
		os.Remove(path)
	})
}

// anyBatches returns batches of loans twice; the late codes are not shared.
func anyBatches(t *rapid.T) (own, want []*aging.Facts) {
	for range rapid.IntRange(0, 4).Draw(t, "batches") {
		f := randomFacts(rapid.Uint64().Draw(t, "seed"), rapid.SampledFrom([]int{0, 1, 9, 300, 1000}).Draw(t, "rows"))
		other := *f
		other.Codes[aging.BorrowerClassification] = slices.Clone(f.Codes[aging.BorrowerClassification])
		own, want = append(own, f), append(want, &other)
	}
	return own, want
}

func writeTape(t failer, path string, batches []*aging.Facts, most int) *Tape {
	return writeTapeAside(t, Aside{Path: path + ".late"}, path, batches, most)
}

func writeTapeAside(t failer, aside Aside, path string, batches []*aging.Facts, most int) *Tape {
	d := testDictionaries()
	tape, err := CreateTape(path, aside, testForm(), testDate, d, 2)
	if err != nil {
		t.Fatal(err)
	}
	tape.w.most = most
	for _, f := range batches {
		if err := tape.Write(batchOf(f, d, 2)); err != nil {
			t.Fatal(err)
		}
	}
	return tape
}

// A row group of more rows than a page may have gets several, and decisions across them.
func TestLateColumnOfSeveralPages(t *testing.T) {
	facts := randomFacts(2, 70_001)
	want := slices.Clone(facts.Codes[aging.BorrowerClassification])
	var exceptions []decision
	for _, row := range []int64{0, pageRowsMax - 1, pageRowsMax, 70_000, 70_001, 70_001 + pageRowsMax, 2*70_001 - 1} {
		exceptions = append(exceptions, decision{row, 3})
	}
	want = append(want, want...)
	for _, e := range exceptions {
		want[e.row] = e.code
	}
	path := filepath.Join(t.TempDir(), "tape.parquet")
	tape := writeTape(t, path, []*aging.Facts{facts, facts}, 0)
	if _, err := tape.Close(nextOf(exceptions)); err != nil {
		t.Fatal(err)
	}
	got, err := ReadTape(path, testDictionaries())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Codes[aging.BorrowerClassification], want) {
		t.Error("the codes read back otherwise than they were decided")
	}
}

// startTape writes a tape of some rows.
func startTape(t *testing.T, form *Form, rows int) (tape *Tape, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "tape.parquet")
	d := testDictionaries()
	tape, err := CreateTape(path, Aside{Path: path + ".late"}, form, testDate, d, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := tape.Write(batchOf(randomFacts(1, rows), d, 2)); err != nil {
		t.Fatal(err)
	}
	return tape, path
}

// closesWithAnError closes a tape, which is an error that leaves no file.
func closesWithAnError(t *testing.T, name string, tape *Tape, path string, next func(column string) Next) {
	t.Helper()
	if _, err := tape.Close(next); err == nil {
		t.Errorf("%s: no error", name)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) > 0 {
		t.Errorf("%s: %v is left", name, left)
	}
}

// A side file that is not what was written gives no tape.
func TestTapeNoticesADamagedSideFile(t *testing.T) {
	const rows = 3000
	for name, damage := range map[string]func(side *os.File, size int64) error{
		"empty":          func(side *os.File, size int64) error { return side.Truncate(0) },
		"without a byte": func(side *os.File, size int64) error { return side.Truncate(size - 1) },
		"without codes":  func(side *os.File, size int64) error { return side.Truncate(rows / 2) },
		"other code": func(side *os.File, size int64) error {
			return flip(side, rows/2)
		},
		"other metadata": func(side *os.File, size int64) error { return flip(side, size-20) },
	} {
		tape, path := startTape(t, testForm(), rows)
		if err := tape.Finish(); err != nil {
			t.Fatal(err)
		}
		side, err := os.OpenFile(path+".late", os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		info, err := side.Stat()
		if err == nil {
			err = damage(side, info.Size())
		}
		if err != nil {
			t.Fatal(err)
		}
		side.Close()
		closesWithAnError(t, name, tape, path, nil)
	}
}

func flip(file *os.File, at int64) error {
	var b [1]byte
	if _, err := file.ReadAt(b[:], at); err != nil {
		return err
	}
	b[0] ^= 1
	_, err := file.WriteAt(b[:], at)
	return err
}

// Codes that no row can have, or that come in another order, give no tape.
func TestTapeRefusesDecisions(t *testing.T) {
	for name, all := range map[string][]decision{
		"one row twice":               {{5, 1}, {5, 2}},
		"backwards":                   {{5, 1}, {4, 2}},
		"before the first":            {{-1, 1}},
		"after the last":              {{5, 1}, {3000, 1}},
		"code outside the dictionary": {{5, 5}},
	} {
		tape, path := startTape(t, testForm(), 3000)
		closesWithAnError(t, name, tape, path, nextOf(all))
	}
	tape, path := startTape(t, testForm(), 0)
	closesWithAnError(t, "row of an empty tape", tape, path, nextOf([]decision{{0, 1}}))
}

// The first layout has no late column: no side file is made, and no code can be decided.
func TestFirstLayoutHasNothingLate(t *testing.T) {
	tape, path := startTape(t, FirstForm(), 10)
	if _, err := os.Stat(path + ".late"); err == nil {
		t.Error("there is a side file")
	}
	if err := tape.Finish(); err != nil {
		t.Fatal(err)
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a code was decided")
			}
		}()
		tape.Close(nextOf(nil))
	}()
	if _, err := tape.Close(nil); err != nil {
		t.Fatal(err)
	}
	late := 0
	for _, s := range tapeSlots {
		if s.late {
			late++
		}
	}
	if late != 1 {
		t.Errorf("%d late columns, a tape keeps the codes of one", late)
	}
}

func TestAbortLeavesNoFile(t *testing.T) {
	for _, finish := range []bool{false, true} {
		tape, path := startTape(t, testForm(), 10)
		if finish {
			if err := tape.Finish(); err != nil {
				t.Fatal(err)
			}
		}
		tape.Abort()
		if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	}
}

// A finished tape takes next to no memory, however many rows and row groups it has.
func TestFinishedTapeIsSmall(t *testing.T) {
	const tapes, most = 8, 32 << 10
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	batches := slices.Repeat([]*aging.Facts{randomFacts(1, 9000)}, 5)
	dir := t.TempDir()
	writeTape(t, filepath.Join(dir, "first"), batches, 1).Abort() // what is made once, and kept in pools, is there
	before := heap()
	var all []*Tape
	for i := range tapes {
		tape := writeTape(t, filepath.Join(dir, fmt.Sprint(i)), batches, 1)
		if err := tape.Finish(); err != nil {
			t.Fatal(err)
		}
		all = append(all, tape)
	}
	if each := (heap() - before) / tapes; each > most {
		t.Errorf("a finished tape takes %d bytes, want %d at most", each, most)
	}
	runtime.KeepAlive(batches)
	for _, tape := range all {
		tape.Abort()
	}
}
