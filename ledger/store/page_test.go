package store

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// randomPage returns a page and what is on it.
func randomPage(r *rand.Rand) (v []byte, ids, recs [][]byte) {
	var b pageBuilder
	for range 1 + r.IntN(pageRecords) {
		id, rec := randomBytes(r, 1+r.IntN(IDMax)), randomBytes(r, r.IntN(300))
		if b.full(len(id) + len(rec)) {
			break
		}
		b.add(id, rec)
		ids, recs = append(ids, id), append(recs, rec)
	}
	return b.finish(), ids, recs
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestPageRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		v, ids, recs := randomPage(r)
		var p page
		if err := p.open(v); err != nil {
			t.Fatal(err)
		}
		if p.len() != len(ids) {
			t.Fatalf("%d records, want %d", p.len(), len(ids))
		}
		for i := range ids {
			if !bytes.Equal(p.id(i), ids[i]) || !bytes.Equal(p.record(i), recs[i]) {
				t.Fatalf("record %d: %x %x, want %x %x", i, p.id(i), p.record(i), ids[i], recs[i])
			}
		}
	}
}

// A record of any size must fit onto a page of its own.
func TestPageIsCutBySize(t *testing.T) {
	var b pageBuilder
	if b.full(RecordMax + IDMax) {
		t.Error("an empty page refuses a large record")
	}
	b.add([]byte("a"), make([]byte, pageBytes-10))
	if b.full(9) {
		t.Error("full before its bytes are used")
	}
	if !b.full(10) {
		t.Error("not full past its bytes")
	}
}

func TestPageDamage(t *testing.T) {
	good := func() []byte {
		var b pageBuilder
		b.add([]byte("one"), []byte("first"))
		b.add([]byte("two"), []byte("second"))
		return slices.Clone(b.finish())
	}
	size := len(good())
	for _, test := range []struct {
		name   string
		damage func(v []byte) []byte
		want   error
	}{
		{"empty", func(v []byte) []byte { return nil }, errPageShort},
		{"version", func(v []byte) []byte { v[size-1]++; return v }, errPageVersion},
		{"no records", func(v []byte) []byte { v[size-3] = 0; return v }, errPageCount},
		{"too many records", func(v []byte) []byte { v[size-3] = 60; return v }, errPageCount},
		{"first end past the second", func(v []byte) []byte { v[size-13]++; v[size-13] += 20; return v }, errPageEnd},
		{"id too long", func(v []byte) []byte { v[size-5] = 200; return v }, errPageID},
		{"id empty", func(v []byte) []byte { v[size-4] = 0; return v }, errPageID},
		{"bytes inserted", func(v []byte) []byte { return slices.Insert(v, 3, 0) }, errPageSize},
	} {
		var p page
		var damaged *pageError
		if err := p.open(test.damage(good())); !errors.Is(err, test.want) || !errors.As(err, &damaged) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
}

// Whatever bytes a page has, it opens with an error or can be read whole, and
// reading allocates nothing.
func FuzzPage(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 4))
	for n := range 20 { // small ones, which the fuzzer is quick to change
		var b pageBuilder
		for range 1 + n/2 {
			b.add(randomBytes(r, 1+r.IntN(3)), randomBytes(r, r.IntN(4)))
		}
		f.Add(slices.Clone(b.finish()), uint64(r.Uint32()), []byte("x"))
	}
	f.Fuzz(func(t *testing.T, v []byte, hash uint64, id []byte) {
		var p page
		if err := p.open(v); err != nil {
			_ = err.Error()
			return
		}
		var b pageBuilder
		for i := range p.len() {
			b.add(p.id(i), p.record(i))
		}
		if got := b.finish(); !bytes.Equal(got, v) {
			t.Errorf("%x is written as %x", v, got)
		}
		p.find(hash, id)
	})
}

func TestPageDoesNotAllocate(t *testing.T) {
	v, _, _ := randomPage(rand.New(rand.NewPCG(5, 6)))
	var p page
	if n := testing.AllocsPerRun(100, func() {
		if err := p.open(v); err != nil {
			t.Fatal(err)
		}
		for i := range p.len() {
			_, _ = p.id(i), p.record(i)
		}
	}); n != 0 {
		t.Errorf("reading a page allocates %v times", n)
	}
}

// The keys of suspense items sort by (hash, loan, item), even where one loan's
// id begins with another's.
func TestHeldKeysSort(t *testing.T) {
	ids := []string{"\x00", "\x00\x00", "\x00\x01", "a", "a\x00", "a\x00\x00", "a\x00\x01", "a\x01", "aa", "b", "\xff", "\xff\xff"}
	type key struct{ loan, item string }
	var keys []key
	for _, loan := range ids {
		for _, item := range ids {
			keys = append(keys, key{loan, item})
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		if a.loan != b.loan {
			return bytes.Compare([]byte(a.loan), []byte(b.loan))
		}
		return bytes.Compare([]byte(a.item), []byte(b.item))
	})
	for i := 1; i < len(keys); i++ {
		a := keySpaces[Held].appendKey(nil, 0, 7, joinPair(nil, []byte(keys[i-1].loan), []byte(keys[i-1].item)))
		b := keySpaces[Held].appendKey(nil, 0, 7, joinPair(nil, []byte(keys[i].loan), []byte(keys[i].item)))
		if bytes.Compare(a, b) >= 0 {
			t.Errorf("%s does not sort before %s", fmt.Sprintf("%q", keys[i-1]), fmt.Sprintf("%q", keys[i]))
		}
	}
}
