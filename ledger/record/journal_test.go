package record

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"

	"pgregory.net/rapid"
)

const night civil.Date = 20490

var (
	anyDate = rapid.OneOf(rapid.Just(civil.None), rapid.Custom(func(t *rapid.T) civil.Date {
		return civil.Date(rapid.Int32Range(int32(civil.Min), int32(civil.Max)).Draw(t, "date"))
	}))
	anyText   = rapid.SliceOfN(rapid.Byte(), 0, 64)
	anyAmount = rapid.Map(rapid.Int64(), func(v int64) money.Amount { return money.Amount(v) })
)

func drawEvent(t *rapid.T) *loan.Event {
	v := &loan.Event{
		Kind: loan.Kind(rapid.Uint8Range(0, uint8(loan.Kinds-1)).Draw(t, "kind")), File: rapid.Uint16().Draw(t, "file"), ArrivedOn: night,
		Held: rapid.Bool().Draw(t, "held"), ValueDate: anyDate.Draw(t, "value date"), Amount: anyAmount.Draw(t, "amount"), ID: anyText.Draw(t, "id"),
	}
	if !rapid.Bool().Draw(t, "more") {
		return v
	}
	v.Component = loan.Component(rapid.Uint8Range(0, uint8(loan.Components-1)).Draw(t, "component"))
	v.Choice = loan.Choice(rapid.Uint8Range(0, uint8(loan.Choices-1)).Draw(t, "choice"))
	v.Until, v.FirstDueOn = civil.Date(rapid.Int32().Draw(t, "until")), civil.Date(rapid.Int32().Draw(t, "first due"))
	v.Rate, v.Installments = money.Rate(rapid.Int64Range(-1, 1e10).Draw(t, "rate")), rapid.Int32Min(0).Draw(t, "instalments")
	v.Frequency = loan.Frequency(rapid.Int16().Draw(t, "frequency"))
	v.Target, v.Reason = anyText.Draw(t, "target"), anyText.Draw(t, "reason")
	for range rapid.IntRange(0, 2).Draw(t, "plan") {
		v.Plan = append(v.Plan, loan.Installment{No: rapid.Int32Min(0).Draw(t, "no"), DueOn: v.ValueDate, Due: [3]money.Amount{1, anyAmount.Draw(t, "due"), 3}})
	}
	return v
}

// drawLog draws entries, which need not balance: a record keeps what it is given.
func drawLog(t *rapid.T) *loan.Log {
	log := &loan.Log{}
	for range rapid.IntRange(0, 3).Draw(t, "entries") {
		log.Begin(ledger.EntryKind(rapid.Uint8Range(0, uint8(ledger.EntryKinds-1)).Draw(t, "entry kind")), anyDate.Draw(t, "entry date"), anyText.Draw(t, "source"))
		for range rapid.IntRange(0, 3).Draw(t, "postings") {
			log.Post(ledger.Role(rapid.Uint8Range(0, uint8(ledger.Roles-1)).Draw(t, "role")), anyAmount.Draw(t, "posted"))
		}
	}
	return log
}

// text writes all that a night did to a loan, empty texts and none alike.
func text(n *LoanNight) string {
	var s strings.Builder
	fmt.Fprintf(&s, "%d in %d\n", n.Previous, n.Currency)
	for i := range n.Events {
		fmt.Fprintf(&s, "%+v\n", n.Events[i])
	}
	for i := range n.Entries {
		fmt.Fprintf(&s, "%d %d %x %+v\n", n.Entries[i].Kind, n.Entries[i].ValueDate, n.Entries[i].Source, n.Entries[i].Postings)
	}
	return s.String()
}

func textOf(previous civil.Date, currency uint16, events []*loan.Event, log *loan.Log) string {
	n := LoanNight{Previous: previous, Currency: currency}
	for _, e := range events {
		n.Events = append(n.Events, *e)
	}
	for i := range log.Len() {
		n.Entries = append(n.Entries, log.Entry(i))
	}
	return text(&n)
}

// TestJournalComesBack: an entry is read as it was written, also over another, and so
// is one of format 1, which has no version before it.
func TestJournalComesBack(t *testing.T) {
	var got LoanNight
	rapid.Check(t, func(t *rapid.T) {
		previous, currency := anyDate.Draw(t, "previous"), rapid.Uint16().Draw(t, "currency")
		var events []*loan.Event
		for range rapid.IntRange(0, 3).Draw(t, "events") {
			events = append(events, drawEvent(t))
		}
		log := drawLog(t)
		rec := AppendLoanNight([]byte("before"), previous, currency, events, log)[len("before"):]
		want := textOf(previous, currency, events, log)
		for _, rec := range [][]byte{rec, rec[2:]} {
			if err := got.Decode(rec, night); err != nil {
				t.Fatalf("%x: %v", rec, err)
			}
			if text := text(&got); text != want {
				t.Fatalf("%x is read as\n%swant\n%s", rec, text, want)
			}
		}
	})
}

// TestJournalForms: no date with which an entry of format 1 begins is a version.
func TestJournalForms(t *testing.T) {
	check := func(d civil.Date) {
		e := encoder{make([]byte, 0, 8)}
		e.date(d, 0)
		if b := append(e.b, 0); b[0] >= 0x80 && b[1] == 0 {
			t.Fatalf("%s begins with %x", d, b)
		}
	}
	check(civil.None)
	check(math.MaxInt32)
	for d := civil.Min; d <= civil.Max; d++ {
		check(d)
	}
}

// oldEntries are journal entries that the program before versions wrote, by the night
// before theirs: those whose first bytes are closest to a version's.
var oldEntries = map[civil.Date]string{
	civil.None: "00", 20480: "81c002", 0: "01", -1: "02", -64: "8001", 63: "7f", 64: "8101", civil.Min: "be8f03", civil.Max: "c182e602",
}

// oldEntry is what follows the night before.
const oldEntry = "010245038dc002904e02503186008fc002000252310000000001000002503000000105038dc00202503100904e01bf3e02cf0f"

// goldenNight is what it says.
func goldenNight() ([]*loan.Event, *loan.Log) {
	log := &loan.Log{}
	log.Begin(ledger.Repayment, 20486, []byte("P1"))
	log.Post(ledger.CashClearing, 5000)
	log.Post(ledger.LoanPrincipal, -4000)
	log.Post(ledger.InterestReceivable, -1000)
	return []*loan.Event{
		{Kind: loan.KindRepayment, ValueDate: 20486, ArrivedOn: night, Amount: 5000, ID: []byte("P1"), File: 3, Held: true},
		{Kind: loan.KindReversal, ValueDate: 20487, ArrivedOn: night, ID: []byte("R1"), Target: []byte("P0"), Rate: -1},
	}, log
}

// TestJournalBytes: the bytes themselves, of format 1 and now.
func TestJournalBytes(t *testing.T) {
	events, log := goldenNight()
	for previous, first := range oldEntries {
		old, err := hex.DecodeString(first + oldEntry)
		if err != nil {
			t.Fatal(err)
		}
		var n LoanNight
		if err := n.Decode(old, night); err != nil {
			t.Errorf("%s: %v", previous, err)
		} else if got, want := text(&n), textOf(previous, 1, events, log); got != want {
			t.Errorf("%x is read as\n%swant\n%s", old, got, want)
		}
		if got, want := AppendLoanNight(nil, previous, 1, events, log), append([]byte{0x81, 0}, old...); !bytes.Equal(got, want) {
			t.Errorf("%x, want %x", got, want)
		}
	}
	if err := new(LoanNight).Decode([]byte{0x83, 0, 0, 0, 0, 0}, night); !errors.Is(err, errNewer) {
		t.Errorf("a newer entry: %v", err)
	}
}

// TestJournalOrigins: an entry of which some money has an origin is written with those of
// all its entries, and cut short it is damaged.
func TestJournalOrigins(t *testing.T) {
	log := &loan.Log{}
	log.BeginMoney(ledger.Repayment, 20486, []byte("P1"), &ledger.Origin{Channel: []byte("card"), Reference: []byte("REF 1")})
	log.Post(ledger.CashClearing, 5000)
	log.Begin(ledger.Accrual, 20487, nil)
	log.Post(ledger.InterestReceivable, 7)
	log.BeginMoney(ledger.Hold, 20487, []byte("P2"), &ledger.Origin{Reference: []byte("R2")})
	rec := AppendLoanNight(nil, 20480, 1, nil, log)
	var n LoanNight
	for range 2 { // its memory is used again
		if err := n.Decode(rec, night); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []*ledger.Origin{{Channel: []byte("card"), Reference: []byte("REF 1")}, nil, {Channel: []byte{}, Reference: []byte("R2")}} {
		got := n.Entries[i].Origin
		if (got == nil) != (want == nil) || got != nil && (!bytes.Equal(got.Channel, want.Channel) || !bytes.Equal(got.Reference, want.Reference)) {
			t.Errorf("entry %d has the origin %+v, want %+v", i, got, want)
		}
	}
	for cut := range rec {
		if err := n.Decode(rec[:cut], night); err == nil {
			t.Errorf("%d of its %d bytes are no damage", cut, len(rec))
		}
	}
}

func TestDamagedJournal(t *testing.T) {
	events, log := goldenNight()
	events = append(events, &loan.Event{Kind: loan.KindBooking, ID: []byte("L"), Plan: make([]loan.Installment, 3)})
	rec := AppendLoanNight(nil, 20480, 1, events, log)
	decode := func(rec []byte) error { return new(LoanNight).Decode(rec, night) }
	checkDamage(t, rec, decode)
	checkDamage(t, rec[2:], decode)
}

func TestJournalLimits(t *testing.T) {
	log := func(kind ledger.EntryKind, role ledger.Role, postings int) *loan.Log {
		g := &loan.Log{}
		g.Begin(kind, 0, nil)
		for range postings {
			g.Post(role, 1)
		}
		return g
	}
	var n LoanNight
	if err := n.Decode(AppendLoanNight(nil, 0, 0, nil, log(ledger.Fee, ledger.FeeIncome, postingsMax)), 1); err != nil || len(n.Entries[0].Postings) != postingsMax {
		t.Errorf("the most postings: %d, %v", len(n.Entries[0].Postings), err)
	}
	for name, g := range map[string]*loan.Log{
		"too many postings": log(ledger.Fee, ledger.FeeIncome, postingsMax+1), "of no kind": log(ledger.EntryKinds, ledger.FeeIncome, 1),
		"to no account": log(ledger.Fee, ledger.Roles, 1),
	} {
		mustPanic(t, name, name, func() { AppendLoanNight(nil, 0, 0, nil, g) })
	}
	for _, e := range []loan.Event{{Kind: loan.Kinds}, {Component: loan.Components}, {Choice: loan.Choices}} {
		mustPanic(t, fmt.Sprint(e), "an event of no kind", func() { AppendLoanNight(nil, 0, 0, []*loan.Event{&e}, &loan.Log{}) })
	}
}

// FuzzDecodeJournal: no bytes make the decoder panic, and whatever decodes is encoded
// and decoded to the same.
func FuzzDecodeJournal(f *testing.F) {
	events, log := goldenNight()
	rec := AppendLoanNight(nil, 20480, 1, events, log)
	f.Add(rec)
	f.Add(rec[2:])
	f.Fuzz(func(t *testing.T, b []byte) {
		var n, again LoanNight
		if n.Decode(b, night) != nil {
			return
		}
		var log loan.Log
		var events []*loan.Event
		for i := range n.Events {
			events = append(events, &n.Events[i])
		}
		for _, e := range n.Entries {
			log.Begin(e.Kind, e.ValueDate, e.Source)
			for _, p := range e.Postings {
				if p.Amount == 0 {
					return // a log has none
				}
				log.Post(p.Role, p.Amount)
			}
		}
		rec := AppendLoanNight(nil, n.Previous, n.Currency, events, &log)
		if err := again.Decode(rec, night); err != nil || text(&n) != text(&again) {
			t.Fatalf("%x decodes as\n%sits encoding %x as\n%s(%v)", b, text(&n), rec, text(&again), err)
		}
	})
}
