package store

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"
)

// ownDump has all that owners keep.
func ownDump(b *Book) (string, error) {
	var s strings.Builder
	for _, o := range []Owner{GLExports, Periods, Reconciliation, Undone} {
		err := b.EachOwn(o, nil, nil, func(key, value []byte) error {
			fmt.Fprintf(&s, "%c %q %q\n", o, key, value)
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return s.String(), nil
}

// replace puts sorted values of an owner in the place of those from a key to another.
func replace(b *Book, o Owner, from, to []byte, values map[string]string) error {
	return b.ReplaceOwn(o, from, to, func(put func(key, value []byte) error) error {
		for _, key := range slices.Sorted(maps.Keys(values)) {
			if err := put([]byte(key), []byte(values[key])); err != nil {
				return err
			}
		}
		return nil
	})
}

// TestOwnRecordsAgreeWithMaps replaces random spans of random owners beside maps, between
// nights that leave them alone, and opens the book again now and then.
func TestOwnRecordsAgreeWithMaps(t *testing.T) {
	r, fs := testRand(), vfs.NewMem()
	o := Options{FS: fs}
	b, err := Create("book", o)
	if err != nil {
		t.Fatal(err)
	}
	owners := []Owner{GLExports, Periods, Reconciliation, Undone}
	want := map[Owner]map[string]string{}
	for _, owner := range owners {
		want[owner] = map[string]string{}
	}
	night, m := civil.Date(10), newModel()
	for step := range 120 {
		owner := owners[r.IntN(len(owners))]
		from, to := []byte{byte(r.IntN(200))}, []byte(nil)
		if r.IntN(3) > 0 {
			to = []byte{from[0] + byte(1+r.IntN(50))}
		}
		in := func(key string) bool { return key >= string(from) && (to == nil || key < string(to)) }
		put := map[string]string{}
		for range r.IntN(20) {
			if key := string([]byte{byte(r.IntN(256)), byte(r.IntN(3))}); in(key) {
				put[key] = strings.Repeat("v", r.IntN(100))
			}
		}
		if err := replace(b, owner, from, to, put); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		maps.DeleteFunc(want[owner], func(key, _ string) bool { return in(key) })
		maps.Copy(want[owner], put)
		one := append([]byte{byte(r.IntN(256))}, make([]byte, r.IntN(3))...) // keys that begin with others
		if err := b.PutOwn(owner, one, []byte("one")); err != nil {
			t.Fatalf("step %d: %v", step, err)
		}
		want[owner][string(one)] = "one"
		if r.IntN(4) == 0 {
			m = m.change(r, night, 10)
			m.mustNight(t, b, night)
			night++
		}
		if r.IntN(4) == 0 {
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
			if b, err = Open("book", o); err != nil {
				t.Fatal(err)
			}
		}
		var s strings.Builder
		for _, owner := range owners {
			for _, key := range slices.Sorted(maps.Keys(want[owner])) {
				fmt.Fprintf(&s, "%c %q %q\n", owner, key, want[owner][key])
			}
		}
		if got, err := ownDump(b); err != nil || got != s.String() {
			t.Fatalf("step %d: the book has\n%s\nwant\n%s%v", step, got, s.String(), err)
		}
	}
	if err := b.CheckFiles(context.Background(), 2, func(f Fault) { t.Error(f.Error()) }); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Error(err)
	}
}

// TestOwnRecordsAreAllOrNothing fails each write and sync in turn: what is found after is
// what there was, or all that was put.
func TestOwnRecordsAreAllOrNothing(t *testing.T) {
	old, renewed := map[string]string{"a": "1", "b": "2", "c": "3"}, map[string]string{"b": "4", "b1": "5"}
	base := vfs.NewCrashableMem()
	b, err := Create("book", Options{FS: base})
	if err != nil {
		t.Fatal(err)
	}
	if err := replace(b, Periods, nil, nil, old); err != nil {
		t.Fatal(err)
	}
	before, err := ownDump(b)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	after := "p \"a\" \"1\"\np \"b\" \"4\"\np \"b1\" \"5\"\np \"c\" \"3\"\n"
	states := map[bool]int{}
	for k := int32(0); ; k++ {
		mem := base.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 100, RNG: testRand()})
		b, err := Open("book", Options{FS: mem})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		inj := errorfs.OnIndex(k)
		toggle := errorfs.Toggle{Injector: errorfs.ErrInjected.If(errorfs.And(errorfs.Writes, inj))}
		b, err = Open("book", Options{FS: errorfs.Wrap(mem, &toggle)})
		if err != nil {
			t.Fatal(err)
		}
		toggle.On()
		failed := replace(b, Periods, []byte("b"), []byte("c"), renewed)
		toggle.Off()
		_ = b.Close()
		b, err = Open("book", Options{FS: mem.CrashClone(vfs.CrashCloneCfg{UnsyncedDataPercent: 50, RNG: testRand()})})
		if err != nil {
			t.Fatalf("write %d failed (%v), and then: %v", k, failed, err)
		}
		got, err := ownDump(b)
		if err != nil || got != before && got != after || failed == nil && got != after {
			t.Fatalf("write %d failed (%v): the book has\n%s%v", k, failed, got, err)
		}
		states[got == after] = states[got == after] + 1
		if err := b.Close(); err != nil {
			t.Error(err)
		}
		if failed == nil && inj.Index.Load() >= 0 {
			break
		}
	}
	if states[false] < 3 || states[true] < 1 {
		t.Errorf("states found: %v", states)
	}
}

// TestOwnRecordsAreRefused has keys out of order, out of the span and too long, and a
// book that is open for reading: nothing changes.
func TestOwnRecordsAreRefused(t *testing.T) {
	b := memBook(t)
	if err := replace(b, Periods, nil, nil, map[string]string{"m": "1"}); err != nil {
		t.Fatal(err)
	}
	for _, keys := range [][]string{{"b", "a"}, {"b", "b"}, {"z"}, {"A"}, {"b" + strings.Repeat("x", NameMax)}} {
		err := b.ReplaceOwn(Periods, []byte("a"), []byte("z"), func(put func(key, value []byte) error) error {
			for _, key := range keys {
				if err := put([]byte(key), nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err == nil {
			t.Errorf("%.20q is taken", keys)
		}
	}
	v, ok, err := b.Own(Periods, []byte("m"))
	if err != nil || !ok || !bytes.Equal(v, []byte("1")) {
		t.Errorf("m is %q, %v: %v", v, ok, err)
	}
	if _, ok, err := b.Own(Reconciliation, []byte("m")); ok || err != nil {
		t.Errorf("another owner has m: %v, %v", ok, err)
	}
}
