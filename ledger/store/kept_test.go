package store

import (
	"strings"
	"testing"

	"daybook/ledger/civil"
)

// A space that is kept is written whole by the nights that name it, and stays as it is
// through those that do not.
func TestKeptSpace(t *testing.T) {
	b := memBook(t)
	ids := [][]byte{[]byte("a"), []byte("b")}
	if Hash(ids[0]) > Hash(ids[1]) {
		ids[0], ids[1] = ids[1], ids[0]
	}
	for i, night := range []struct {
		writes []int // ids; nil: the night keeps what there is
		want   string
	}{
		{nil, ""}, {[]int{0, 1}, "1 1"}, {nil, "1 1"}, {nil, "1 1"}, {[]int{1}, "4"}, {nil, "4"}, {[]int{}, ""}, {nil, ""},
	} {
		d := civil.Date(i + 1)
		n := begin(t, b, d)
		spaces := []Space{Loans, Journal, Bonds}
		if night.writes != nil {
			spaces = append(spaces, Bases)
		}
		p, err := n.Part(0, Partitions, spaces...)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range night.writes {
			if err := p.Add(Bases, Hash(ids[k]), ids[k], nil, []byte{byte('0' + i)}); err != nil {
				t.Fatal(err)
			}
		}
		for _, id := range ids {
			if err := p.Add(Bonds, Hash(id), id, nil, []byte("bond")); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := p.Finish(); err != nil {
			t.Fatal(err)
		}
		if err := n.PutNight([]byte("night")); err != nil {
			t.Fatal(err)
		}
		if err := n.Commit(); err != nil {
			t.Fatal(err)
		}
		s, err := b.Scan(Bases, civil.None, 0, Partitions)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for s.Next() {
			got = append(got, string(s.Record()))
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(got, " "); text != night.want {
			t.Errorf("after night %d: %q, want %q", d, text, night.want)
		}
	}
	checkBottom(t, b)
	checkNoFaults(t, b)
}

// A part that has not named a kept space can't write it.
func TestKeptSpaceIsNamed(t *testing.T) {
	n := begin(t, memBook(t), 1)
	p, err := n.Part(0, Partitions, Loans)
	if err != nil {
		t.Fatal(err)
	}
	id := []byte("a")
	if err := p.Add(Bases, Hash(id), id, nil, nil); err == nil || !strings.Contains(err.Error(), "not of this space") {
		t.Errorf("a month base was taken: %v", err)
	}
}
