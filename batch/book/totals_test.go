package book

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"daybook/ledger"
	"daybook/ledger/money"
)

func TestGLThroughBytes(t *testing.T) {
	const currencies = 3
	rapid.Check(t, func(rt *rapid.T) {
		g := NewGL(currencies)
		for range rapid.IntRange(0, 20).Draw(rt, "entries") {
			amount := money.Amount(rapid.Int64Range(-1<<40, 1<<40).Draw(rt, "amount"))
			role := rapid.IntRange(0, int(ledger.Roles)-1)
			g.Add(rapid.IntRange(0, currencies-1).Draw(rt, "currency"), &ledger.Entry{
				Kind: ledger.EntryKind(rapid.IntRange(0, int(ledger.EntryKinds)-1).Draw(rt, "kind")),
				Postings: []ledger.Posting{
					{Role: ledger.Role(role.Draw(rt, "to")), Amount: amount}, {Role: ledger.Role(role.Draw(rt, "from")), Amount: -amount},
				},
			})
		}
		b := g.Encode()
		read, err := ReadGL(b, currencies)
		if err != nil {
			rt.Fatal(err)
		}
		if !reflect.DeepEqual(read, g) || !bytes.Equal(read.Encode(), b) {
			rt.Fatalf("read %v from %s", read, b)
		}
	})
}

func TestDamagedGL(t *testing.T) {
	const good = `{"c":0,"e":1,"r":1,"Debits":5,"Credits":5,"Entries":1}`
	if _, err := ReadGL([]byte("["+good+"]"), 1); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		``, `{}`, `[` + good + `,` + good + `]`, `[{"c":1,"e":1,"r":1,"Entries":1}]`, `[{"c":-1,"e":1,"r":1,"Entries":1}]`,
		`[{"c":0,"e":255,"r":1,"Entries":1}]`, `[{"c":0,"e":1,"r":255,"Entries":1}]`, `[{"c":0,"e":1,"r":1,"Entries":0}]`,
		`[{"c":0,"e":1,"r":1,"Debits":-1,"Entries":1}]`, `[{"c":0,"e":1,"r":1,"Credits":-1,"Entries":1}]`,
	} {
		if _, err := ReadGL([]byte(text), 1); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}

func TestPositionsThroughBytes(t *testing.T) {
	want := Positions{Loans: 1, Principal: 2, Interest: -3, Suspended: 4, Fees: 5, Penalties: 6, Credit: 7, Held: 8, HeldItems: 9}
	b, err := json.Marshal(&want)
	if err != nil {
		t.Fatal(err)
	}
	var got Positions
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Errorf("%+v, %v from %s", got, err, b)
	}
}
