package intake

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// wideFile has one row group whose pages are as large as the row group, as
// DuckDB writes them: about 3 MB of texts.
func wideFile(t testing.TB) []byte {
	cols := base(Repayments)
	cols["reference"] = col{parquet.String(), func(i int) parquet.Value { return text(strings.Repeat(fmt.Sprint(i), 40)) }}
	return encode(t, 20_000, cols, parquet.Compression(&parquet.Snappy), parquet.PageBufferSize(32<<20))
}

// Any number of readers reads a file that one reader can: the budget makes them
// wait, and goes beyond itself by one row group at the most.
func TestReadersShareTheBudget(t *testing.T) {
	b := wideFile(t)
	for _, memory := range []int64{1, 1 << 20, 8 << 20, 1 << 30} {
		f, err := memoryFile(b, Repayments, Options{Scale: 2, Memory: memory})
		if err != nil {
			t.Fatal(err)
		}
		p := f.options.pool
		need := int64(0) // of one reader
		hold := func() (held int64, most int64) {
			p.mu.Lock()
			defer p.mu.Unlock()
			return p.held, p.most
		}
		var alone Reader
		p.empty()
		if err := alone.ReadGroup(f, 0, func(*Rows) error { need, _ = hold(); return nil }); err != nil {
			t.Fatal(err)
		}
		var readers sync.WaitGroup
		var mu sync.Mutex
		peak, rows := int64(0), 0
		for range 16 {
			readers.Go(func() {
				var r Reader
				for range 3 {
					err := r.ReadGroup(f, 0, func(batch *Rows) error {
						held, _ := hold()
						mu.Lock()
						peak, rows = max(peak, held), rows+batch.N
						mu.Unlock()
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		readers.Wait()
		if want := 16 * 3 * 20_000; rows != want {
			t.Errorf("memory %d: %d rows, want %d", memory, rows, want)
		}
		if peak > memory+need {
			t.Errorf("memory %d: %d bytes were held, one reader needs %d", memory, peak, need)
		}
		if held, most := hold(); held > most {
			t.Errorf("memory %d: %d bytes are kept", memory, held)
		}
		p.empty()
		if held, _ := hold(); held != 0 || p.beyond {
			t.Errorf("memory %d: %d bytes are held by nobody", memory, held)
		}
	}
}

// A reader that fails, and one whose function panics, give back what they held.
func TestFailingReadersGiveBack(t *testing.T) {
	f, err := memoryFile(wideFile(t), Repayments, Options{Scale: 2, Memory: 1})
	if err != nil {
		t.Fatal(err)
	}
	var r Reader
	for range 3 {
		if err := r.ReadGroup(f, 0, func(*Rows) error { return errEnough }); err != errEnough {
			t.Errorf("got %v", err)
		}
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic is gone")
				}
			}()
			r.ReadGroup(f, 0, func(*Rows) error { panic("not the file's fault") })
		}()
	}
	if p := f.options.pool; p.held != 0 || p.beyond {
		t.Errorf("%d bytes are held, beyond the budget: %v", p.held, p.beyond)
	}
}

// What a file may hold depends on constants alone.
func TestLimitsOfAFile(t *testing.T) {
	b := wideFile(t)
	for _, memory := range []int64{1, 64 << 20} {
		for _, limit := range []int64{2 << 20, 0} {
			f, err := memoryFile(b, Repayments, Options{Scale: 2, Memory: memory, groupMax: limit})
			if err != nil {
				t.Fatal(err)
			}
			err = new(Reader).ReadGroup(f, 0, func(*Rows) error { return nil })
			if refused := err != nil; refused != (limit > 0) {
				t.Errorf("memory %d, limit %d: %v", memory, limit, err)
			}
			if err != nil && !strings.Contains(err.Error(), "smaller row groups") {
				t.Errorf("it does not say what to do: %v", err)
			}
		}
	}
	// A page header of a few bytes may claim two gigabytes.
	for _, c := range []struct {
		h  pageHeader
		ok bool
	}{
		{pageHeader{packed: pageMax, expanded: pageMax}, true},
		{pageHeader{packed: 10, expanded: pageMax + 1}, false},
		{pageHeader{packed: pageMax + 1, expanded: 10}, false},
		{pageHeader{packed: -1}, false},
		{pageHeader{values: 1 << 31}, false},
		{pageHeader{values: -1}, false},
		{pageHeader{parts: [9]bool{8: true}, packed: 5, defs: 6}, false},
	} {
		if err := c.h.check(); (err == nil) != c.ok {
			t.Errorf("%+v: %v", c.h, err)
		}
	}
}
