package record

import (
	"bytes"
	"encoding/hex"
	"errors"
	"math"
	"reflect"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/loan"

	"pgregory.net/rapid"
)

func drawHeld(t *rapid.T) Held {
	date := func(name string) civil.Date { return civil.Date(rapid.Int32().Draw(t, name)) }
	h := Held{
		ID: []byte("P1"), Currency: rapid.Uint16().Draw(t, "currency"), ValueDate: date("value date"), ArrivedOn: date("arrived on"),
		Amount: anyAmount.Draw(t, "amount"), File: rapid.IntRange(0, math.MaxUint16).Draw(t, "file"), Applied: rapid.Bool().Draw(t, "applied"),
		Refused: anyText.Draw(t, "refused"), Kind: loan.Kind(rapid.Uint8Range(0, uint8(loan.Kinds-1)).Draw(t, "kind")),
		Choice: loan.Choice(rapid.Uint8Range(0, uint8(loan.Choices-1)).Draw(t, "choice")),
	}
	if by := anyText.Draw(t, "by"); len(by) > 0 {
		h.By = by
	}
	return h
}

// TestHeldComesBack: an item is read as it was written, also over another, and so is
// one of format 1, which has no version before it.
func TestHeldComesBack(t *testing.T) {
	var got Held
	rapid.Check(t, func(t *rapid.T) {
		want := drawHeld(t)
		rec := want.Append([]byte("before"))[len("before"):]
		if rec[0]&1 != 1 || rec[1]&1 != 0 {
			t.Fatalf("%x: an even version, or an odd beginning without one", rec)
		}
		for _, rec := range [][]byte{rec, rec[1:]} {
			if err := got.Read(want.ID, rec); err != nil {
				t.Fatalf("%x: %v", rec, err)
			}
			if len(got.Refused) == 0 {
				got.Refused = want.Refused
			}
			if !reflect.DeepEqual(got, want) {
				t.Fatalf("%x is read as\n%+v, want\n%+v", rec, got, want)
			}
		}
	})
}

// oldHeld are items that the program before versions wrote.
var oldHeld = map[string]Held{
	"028cc0028ec002f80a02413104020c756e6b6e6f776e5f6c6f616e1402": {
		Currency: 1, ValueDate: 20486, ArrivedOn: 20487, Amount: 700, By: []byte("A1"), File: 2, Applied: true,
		Refused: []byte("unknown_loan"), Kind: loan.KindPrepay, Choice: loan.ShorterTerm,
	},
	"feff07098ec002f80a000000000000": {Currency: 65535, ValueDate: -5, ArrivedOn: 20487, Amount: 700, Refused: []byte{}},
}

// TestHeldBytes: the bytes themselves, of format 1 and now.
func TestHeldBytes(t *testing.T) {
	for src, want := range oldHeld {
		old, err := hex.DecodeString(src)
		if err != nil {
			t.Fatal(err)
		}
		var got Held
		if err := got.Read(nil, old); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as\n%+v, want\n%+v: %v", src, got, want, err)
		}
		if now := want.Append(nil); !bytes.Equal(now, append([]byte{1}, old...)) {
			t.Errorf("%x, want a version and %s", now, src)
		}
		if err := got.Read(nil, append([]byte{3}, old...)); !errors.Is(err, errNewer) {
			t.Errorf("a newer item: %v", err)
		}
		if err := got.Read(nil, append(old, 0)); !errors.Is(err, errHeld) {
			t.Errorf("an item with more behind it: %v", err)
		}
	}
}

func TestDamagedHeld(t *testing.T) {
	decode := func(rec []byte) error { return new(Held).Read(nil, rec) }
	for _, h := range oldHeld {
		rec := h.Append(nil)
		checkDamage(t, rec, decode)
		checkDamage(t, rec[1:], decode)
	}
}

func TestHeldLimits(t *testing.T) {
	for name, h := range map[string]Held{
		"file": {File: math.MaxUint16 + 1}, "no file": {File: -1}, "kind": {Kind: loan.Kinds}, "choice": {Choice: loan.Choices},
	} {
		mustPanic(t, name, "a suspense item of no file, kind or choice", func() { h.Append(nil) })
	}
}

// FuzzReadHeld: no bytes make the decoder panic, and whatever decodes is encoded and
// decoded to the same.
func FuzzReadHeld(f *testing.F) {
	for _, h := range oldHeld {
		rec := h.Append(nil)
		f.Add(rec)
		f.Add(rec[1:])
	}
	f.Fuzz(func(t *testing.T, rec []byte) {
		var h, again Held
		if h.Read(nil, rec) != nil {
			return
		}
		if b := h.Append(nil); again.Read(nil, b) != nil || !reflect.DeepEqual(h, again) {
			t.Fatalf("%x decodes as\n%+v, its encoding %x as\n%+v", rec, h, b, again)
		}
	})
}
