package record

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
)

// randomBank makes things of the reconciliation: two statements, and a match of theirs.
func randomBank(r *rand.Rand) (statements []match.Chained, m BankMatch) {
	text := func() string { return strings.Repeat(string(rune('a'+r.IntN(26))), r.IntN(4)) }
	day := func() civil.Date {
		if r.IntN(4) == 0 {
			return civil.None
		}
		return civil.Date(20000 + r.IntN(999))
	}
	amount := func() money.Amount { return money.Amount(r.Int64N(2_000_000) - 1_000_000) }
	optional := func() (o match.Optional) {
		if o.Known = r.IntN(2) == 0; o.Known {
			o.Amount = amount()
		}
		return o
	}
	for i := range 2 {
		statements = append(statements, match.Chained{
			Statement: match.Statement{
				Format: match.Format(r.IntN(int(match.Formats))), State: match.State(r.IntN(int(match.States))), Account: "A" + text(), Currency: "EUR", ID: text(), Number: text(),
				Page: text(), OpeningDate: day(), Opening: optional(), ClosingDate: day(), Closing: optional(), Pending: r.IntN(9),
			},
			Key: fmt.Sprintf("key%d", i), Count: r.IntN(300), Credits: amount(), Debits: amount(), File: text(), FirstSeen: day(),
		})
	}
	m = BankMatch{Number: 1 + r.IntN(999), Pass: match.Pass(r.IntN(int(match.Passes))), Days: civil.Date(r.IntN(40)), Fee: amount(), Difference: amount(), Reason: text()}
	for range r.IntN(4) {
		s := &statements[r.IntN(2)]
		m.Lines = append(m.Lines, match.BankLine{
			Statement: &s.Statement, Key: s.Key, FirstSeen: day(),
			Line: &match.Line{
				Number: 1 + r.IntN(99), BookingDate: civil.Date(20000), ValueDate: day(), Amount: amount(), Reversal: r.IntN(2) == 0, Code: text(), GVC: text(), ReturnReason: text(),
				EndToEndID: text(), Reference: text(), BatchID: text(), BankReference: text(), OriginalReference: text(), Fee: optional(), Text: text(),
			},
		})
	}
	for range r.IntN(4) {
		m.Items = append(m.Items, &match.Item{
			EntryID: r.Int64N(1 << 53), BusinessDate: civil.Date(20000), ValueDate: civil.Date(19990 + r.IntN(20)), Kind: ledger.EntryKind(r.IntN(int(ledger.EntryKinds))),
			SourceID: text(), LoanID: text(), Currency: "EUR", Amount: amount(), Channel: text(), Reference: text(), Released: r.IntN(2) == 0,
		})
	}
	return statements, m
}

func place(key string) int { return int(key[3] - '0') }

// TestBankReadsBack: what is written is read, and a value that is cut anywhere is damaged or
// has fewer things.
func TestBankReadsBack(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 1))
	for range 500 {
		statements, m := randomBank(r)
		var e BankEncoder
		e.Reset()
		for i := range statements {
			e.Statement(&statements[i])
			e.Number(i)
		}
		var d BankDecoder
		if err := d.Open(e.Bytes()); err != nil {
			t.Fatal(err)
		}
		for i := range statements {
			if got := d.ReadStatement(); !reflect.DeepEqual(got, statements[i]) || d.Number() != i {
				t.Fatalf("read\n%+v, want\n%+v", got, statements[i])
			}
		}
		e.Reset()
		e.Match(&m, place)
		whole := e.Bytes()
		d.Statement = func(i int) *match.Chained { return &statements[i] }
		read := func(b []byte) (got BankMatch, err error) {
			if err := d.Open(b); err != nil {
				return got, err
			}
			got = d.ReadMatch()
			if d.Err() == nil && d.More() {
				return got, errors.New("there is more")
			}
			return got, d.Err()
		}
		if got, err := read(whole); err != nil || !reflect.DeepEqual(got, m) {
			t.Fatalf("read\n%+v, want\n%+v: %v", got, m, err)
		}
		for cut := range whole {
			if _, err := read(whole[:cut]); err == nil {
				t.Fatalf("%d of %d bytes are no damage", cut, len(whole))
			}
		}
	}
}

// TestBankIsRefused: a newer version, an empty value, and a line of a statement that is not there.
func TestBankIsRefused(t *testing.T) {
	var d BankDecoder
	if err := d.Open([]byte{bankVersion + 1}); !errors.Is(err, errNewer) {
		t.Errorf("a newer value: %v", err)
	}
	if err := d.Open(nil); !errors.Is(err, errBank) {
		t.Errorf("an empty value: %v", err)
	}
	var e BankEncoder
	e.Reset()
	e.Line(&match.BankLine{Statement: &match.Statement{}, Line: &match.Line{}}, 3)
	d.Statement = func(int) *match.Chained { return nil }
	if err := d.Open(e.Bytes()); err != nil {
		t.Fatal(err)
	}
	if d.ReadLine(); !errors.Is(d.Err(), errBank) {
		t.Errorf("a line of no statement: %v", d.Err())
	}
}
