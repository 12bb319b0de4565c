package reports

import (
	"bytes"
	"crypto/sha256"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"daybook/aging"
)

// A builder that hands over what it has after any batches, and whose cubes go through
// bytes, comes to the same tables as one that takes them all.
func TestCubesThroughBytes(t *testing.T) {
	s, d := smallSettings(), testDictionaries()
	var recs []Batch
	whole := new(Builder)
	for i := range 6 {
		recs = append(recs, batchOf(randomFacts(uint64(i), 150), d, 2))
		if err := whole.Add(recs[i]); err != nil {
			t.Fatal(err)
		}
	}
	want := tableText(t, whole.Tables(s)...)
	rapid.Check(t, func(rt *rapid.T) {
		var worker, total Builder
		pass := func() {
			taken := worker.Take()
			b := taken.Encode()
			read, err := ReadCubes(b, testDictionaries(), 2)
			if err != nil {
				rt.Fatal(err)
			}
			if !reflect.DeepEqual(read, taken) {
				rt.Fatalf("read %v, wrote %v", read, taken)
			}
			if !bytes.Equal(read.Encode(), b) {
				rt.Fatal("the same cubes have other bytes")
			}
			if err := total.Merge(&read); err != nil {
				rt.Fatal(err)
			}
		}
		for _, rec := range rapid.Permutation(recs).Draw(rt, "batches") {
			if err := worker.Add(rec); err != nil {
				rt.Fatal(err)
			}
			if rapid.Bool().Draw(rt, "hand over") {
				pass()
			}
		}
		pass()
		pass() // has none
		if got := tableText(t, total.Tables(s)...); !bytes.Equal(got, want) {
			rt.Fatalf("got\n%s\nwant\n%s", got, want)
		}
	})
}

// What a builder hands over does not depend on what it had before.
func TestTakeLeavesNothing(t *testing.T) {
	d := testDictionaries()
	first, second := batchOf(randomFacts(1, 300), d, 2), batchOf(randomFacts(2, 200), d, 2)
	var fresh, used Builder
	for _, b := range []*Builder{&used, &fresh} {
		if b == &used {
			if err := b.Add(first); err != nil {
				t.Fatal(err)
			}
			b.Take()
			if empty := b.Take(); !reflect.DeepEqual(empty, Cubes{}) {
				t.Errorf("a builder that handed over has %v", empty)
			}
		}
		if err := b.Add(second); err != nil {
			t.Fatal(err)
		}
	}
	want, got := fresh.Take(), used.Take()
	if !reflect.DeepEqual(got, want) {
		t.Error("a used builder hands over other cubes than a fresh one")
	}
	for i := range used.cubes { // its memory is that of one part, not of all
		if u, f := &used.cubes[i], &fresh.cubes[i]; len(u.cells) != len(f.cells) {
			t.Errorf("cube %d has %d cells in a used builder, %d in a fresh one", i, len(u.cells), len(f.cells))
		}
	}
}

func TestCubesOfOtherDictionaries(t *testing.T) {
	var b Builder
	if err := b.Add(batchOf(randomFacts(1, 100), testDictionaries(), 2)); err != nil {
		t.Fatal(err)
	}
	taken := b.Take()
	encoded := taken.Encode()
	if _, err := ReadCubes(encoded, testDictionaries(), 3); err == nil {
		t.Error("cubes of another scale were read")
	}
	for _, code := range cubeCodes {
		d := testDictionaries()
		d[code] = append(slices.Clone(d[code]), "new")
		if _, err := ReadCubes(encoded, d, 2); err == nil {
			t.Errorf("cubes of another dictionary %d were read", code)
		}
	}
	d := testDictionaries()
	d[aging.Region] = aging.Dictionary{"elsewhere"} // no cube is by region
	if _, err := ReadCubes(encoded, d, 2); err != nil {
		t.Error(err)
	}
}

// Whatever the bytes, reading them ends with an error or with cubes whose bytes are read
// again, and that can be merged.
func TestDamagedCubes(t *testing.T) {
	var small Builder
	if err := small.Add(batchOf(randomFacts(3, 40), testDictionaries(), 2)); err != nil {
		t.Fatal(err)
	}
	taken := small.Take()
	good := taken.Encode()
	for n := 1; n < len(good); n++ {
		if _, err := ReadCubes(good[:n], testDictionaries(), 2); err == nil {
			t.Fatalf("%d of %d bytes were read", n, len(good))
		}
	}
	if _, err := ReadCubes(append(slices.Clone(good), 0), testDictionaries(), 2); err == nil {
		t.Error("a byte too many was read")
	}
	rapid.Check(t, func(rt *rapid.T) {
		b := slices.Clone(good)
		for range rapid.IntRange(1, 4).Draw(rt, "faults") {
			b[rapid.IntRange(sha256.Size, len(b)-1).Draw(rt, "at")] = rapid.Byte().Draw(rt, "byte")
		}
		read, err := ReadCubes(b, testDictionaries(), 2)
		if err != nil {
			return
		}
		again, err := ReadCubes(read.Encode(), testDictionaries(), 2)
		if err != nil || !reflect.DeepEqual(again, read) {
			rt.Fatalf("what was read is not read again: %v", err)
		}
		var total Builder
		if err := total.Merge(&read); err != nil {
			rt.Fatal(err)
		}
	})
}
