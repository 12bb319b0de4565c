package meet

import (
	"slices"
	"testing"

	"daybook/aging/classify"
)

// A decision reads as it was written; one that is cut short or has more behind it does not.
func TestDecisionsAreWhole(t *testing.T) {
	w := &worker{pass: &pass{}}
	w.o.Scale = []int64{100}
	w.bound = [][]classify.Bound{
		{{Posted: classify.Posted{Verdict: classify.Verdict{Class: 2, Rule: 7}, Since: 20_000, Provision: 123_456_789}}},
		{{}},
		{{Posted: classify.Posted{Verdict: classify.Verdict{Class: 1, Rule: 200}, Since: -5, Provision: -1}}},
	}
	w.reports = []classify.Report{{Own: make([]classify.Posted, 3)}}
	f := make(fact, factHead)
	rec, any := w.appendDecision(f, 4, true)
	if !any {
		t.Fatal("nothing is decided")
	}
	var d decided
	if !d.read(rec, 3, 3) {
		t.Fatal("it does not read")
	}
	want := []decidedPack{{true, 2, 7, 20_000, 12_345_678_900}, {}, {true, 1, 200, -5, -100}}
	if !d.differs || d.worst != 4 || len(d.packs) != 3 || d.packs[0] != want[0] || d.packs[1] != want[1] || d.packs[2] != want[2] {
		t.Errorf("it reads as %+v", d)
	}
	for n := range rec {
		if n != decisionHead && d.read(rec[:n], 3, 3) {
			t.Errorf("%d of %d bytes are a decision", n, len(rec))
		}
	}
	if d.read(append(rec, 0), 3, 3) || d.read(rec, 2, 2) || d.read(rec, 4, 4) {
		t.Error("a decision of another length reads")
	}
	for n := range 3 { // of which the rest is not looked at
		if !d.read(rec, 3, n) || len(d.packs) != n || !slices.Equal(d.packs, want[:n]) {
			t.Errorf("up to pack %d it reads as %+v", n, d)
		}
	}
}

// A fact with a report of more than 64 KiB, as of a loan with thousands of flags, is whole.
func TestFactWithALongReport(t *testing.T) {
	f := make(fact, factLongHead, factLongHead+3+70_000)
	f[factID], f[factBits] = 3, isLong
	f[factReport], f[factReport+1], f[factReport+2] = 70_000&0xFF, 70_000>>8&0xFF, 70_000>>16
	f = append(f, "B01"...)
	for i := range 70_000 {
		f = append(f, byte(i))
	}
	if f.size() != len(f) || len(f.report()) != 70_000 || f.report()[258] != 2 || len(f.rest()) != 0 || string(f.id()) != "B01" {
		t.Errorf("%d bytes, a report of %d, id %q", f.size(), len(f.report()), f.id())
	}
}
