package store

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
)

// TestSmallValuesLeaveMemory: values beyond what a build keeps in memory, and those
// that are read when they are written, come out as they were given.
func TestSmallValuesLeaveMemory(t *testing.T) {
	b := memBook(t)
	n := begin(t, b, 1)
	want := map[string][]byte{}
	for i := range 12 {
		name, v := fmt.Sprintf("v%02d", i), bytes.Repeat([]byte{byte(i + 1)}, insideMax/5)
		want[name] = bytes.Clone(v)
		if err := n.PutSmall('g', name, v); err != nil {
			t.Fatal(err)
		}
		clear(v) // the build keeps nothing of the caller's
	}
	inside := 0
	for _, v := range n.smalls {
		inside += len(v.value)
	}
	if inside > insideMax {
		t.Errorf("%d bytes of values are in memory, at most %d may be", inside, insideMax)
	}
	reads := 0
	for i := range 3 {
		name, v := fmt.Sprintf("r%02d", i), []byte{1, 2, byte(i)}
		want[name] = v
		if err := n.PutSmallFrom('g', name, len(v), func() ([]byte, error) { reads++; return v, nil }); err != nil {
			t.Fatal(err)
		}
	}
	if reads != 0 {
		t.Errorf("%d values were read before the commit", reads)
	}
	if err := errors.Join(n.PutNight([]byte("night")), n.Commit()); err != nil {
		t.Fatal(err)
	}
	got := 0
	err := b.EachSmall('g', 1, func(name string, v []byte) error {
		if got++; !bytes.Equal(v, want[name]) {
			t.Errorf("%s has %d other bytes than the %d that were put", name, len(v), len(want[name]))
		}
		return nil
	})
	if err != nil || got != len(want) {
		t.Errorf("%d values, %v, want %d", got, err, len(want))
	}
}

// TestSmallValueThatChanges: a value that is read with another size than was promised,
// or not at all, stops the commit.
func TestSmallValueThatChanges(t *testing.T) {
	b := memBook(t)
	planted := errors.New("planted")
	for _, read := range []func() ([]byte, error){
		func() ([]byte, error) { return make([]byte, 9), nil },
		func() ([]byte, error) { return nil, planted },
	} {
		n := begin(t, b, 1)
		if err := errors.Join(n.PutSmallFrom('g', "v", 8, read), n.PutNight([]byte("night"))); err != nil {
			t.Fatal(err)
		}
		if err := n.Commit(); err == nil {
			t.Error("the night was committed without a value of its own")
		}
	}
	if nights, err := b.Nights(); err != nil || len(nights) != 0 {
		t.Errorf("the book has %v, %v, want no night", nights, err)
	}
}
