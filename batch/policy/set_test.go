package policy

import (
	"strings"
	"testing"

	"daybook/ledger/civil"
)

func parse(t *testing.T, text string) *Policy {
	t.Helper()
	p, err := Parse([]byte(text), "p.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSetByDate(t *testing.T) {
	may, june, july := civil.Of(2026, 5, 1), civil.Of(2026, 6, 1), civil.Of(2026, 7, 1)
	s, err := NewSet(parse(t, "name: a"))
	if err != nil {
		t.Fatal(err)
	}
	// The policy that is in force changes nothing, night after night.
	if same, err := s.With(parse(t, "name: a"), may); err != nil || same != s {
		t.Fatalf("got %v, %v", same, err)
	}
	// Without a date it holds from its night; with one, from that.
	s, err = s.With(parse(t, "name: b\naging: {grace_days: 1}"), may)
	if err != nil {
		t.Fatal(err)
	}
	s, err = s.With(parse(t, "name: c\neffective_from: 2026-07-01\naging: {grace_days: 2}"), june)
	if err != nil {
		t.Fatal(err)
	}
	// Before its date it can still be changed.
	s, err = s.With(parse(t, "name: d\neffective_from: 2026-07-01\naging: {grace_days: 3}"), june)
	if err != nil {
		t.Fatal(err)
	}
	// Brought again once in force, it is what it was.
	if same, err := s.With(parse(t, "name: d\neffective_from: 2026-07-01\naging: {grace_days: 3}"), july+9); err != nil || same != s {
		t.Fatalf("got %v, %v", same, err)
	}
	for date, want := range map[civil.Date]string{
		civil.Min: "a", may - 1: "a", may: "b", july - 1: "b", july: "d", civil.Max: "d",
	} {
		if got := s.At(date).Name; got != want {
			t.Errorf("on %s: got %s, want %s", date, got, want)
		}
	}
	// What a book stores makes the set again.
	var again []*Policy
	for _, p := range s.Policies() {
		again = append(again, parse(t, string(p.Canonical)))
	}
	r, err := NewSet(again...)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range r.Policies() {
		if want := s.Policies()[i]; p.Digest != want.Digest || p.EffectiveFrom != want.EffectiveFrom {
			t.Errorf("policy %d: got %s from %s, want %s from %s", i, p.Name, p.EffectiveFrom, want.Name, want.EffectiveFrom)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	night := civil.Of(2026, 5, 1)
	for _, c := range []struct{ old, text, want string }{
		{"name: a", "name: b\neffective_from: 2026-04-30",
			`policy "b" is effective from 2026-04-30, before tonight, 2026-05-01: the rules of closed nights do not change`},
		{"name: a", "name: b\ncurrencies: [CNY, KWD]",
			`policy "b" from 2026-05-01 keeps amounts with 3 digits after the point, the book has 2: its currencies must not change that`},
		{"name: a\nproducts: {card: {card: true}}", "name: b",
			`policy "b" from 2026-05-01 leaves out the product "card", which loans may have`},
		{"name: a", "name: b\nproducts: {default: {interest: daily, day_count: ACT/365F}}",
			`policy "b" from 2026-05-01 changes how the product "default" earns interest, which loans may have: make it a product of another name`},
		{"name: a\ncurrencies: [CNY, USD]", "name: b",
			`policy "b" from 2026-05-01 leaves out the currency USD, which loans may have`},
	} {
		s, err := NewSet(parse(t, c.old))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.With(parse(t, c.text), night); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	if _, err := NewSet(); err == nil {
		t.Error("a set without a policy")
	}
	if _, err := NewSet(parse(t, "name: a"), parse(t, "name: b")); err == nil || !strings.Contains(err.Error(), "the same date, the beginning") {
		t.Errorf("two policies from the beginning: %v", err)
	}
}
