package record

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"

	"pgregory.net/rapid"
)

// fullBorrower has every field, at values where forms end.
func fullBorrower() borrower.State {
	first, last := int64(civil.Min)*borrowerDayMicros, (int64(civil.Max)+1)*borrowerDayMicros-1
	return borrower.State{
		HadLoan: true,
		Record: &borrower.Record{AsOf: 20780, Night: 20781, Jurisdiction: "cn", TimeZone: "Asia/Shanghai", SecondTimeZone: "Asia/Urumqi",
			ContactFrom: 0, ContactUntil: 23*60 + 59, Language: "zh-Hans", Region: "沪", BornOn: civil.Min, Employment: "retired",
			HasAffordable: true, Affordable: money.Max, Currency: "CNY"},
		Flags: []borrower.Flag{
			{Name: "bankrupt", From: 20000, Until: civil.None, Night: 20001}, {Name: "watch", From: civil.Min, Until: civil.Max, Night: 20001},
			{Loan: "L1", Name: strings.Repeat("x", 64), From: civil.Max, Until: civil.Max, Night: 3},
		},
		Contacts: []borrower.Contact{
			{ID: "C1", Kind: "opt_out", At: first, PromisedOn: civil.None, Until: civil.None, Night: 20781},
			{ID: "C2", Kind: "attempt", At: 1_795_000_000_000_000, TaskKey: "K", Loan: "L1", Channel: "call", Outcome: "no_answer", HasAmount: true, Amount: 1,
				Currency: "JPY", PromisedOn: civil.Min, Until: civil.Max, Reason: strings.Repeat("理由", 170), Target: "C1", Night: 20782},
			{ID: "C3", Kind: "telepathy", At: 1_795_000_000_000_000, Channel: "fax", Outcome: "?", HasAmount: true, Amount: -money.Max,
				PromisedOn: civil.None, Until: civil.None, Night: 20782},
			{ID: "C4", Kind: "not_attempted", At: last, Channel: "attempt", Outcome: "call", HasAmount: true, PromisedOn: civil.None, Until: civil.None, Night: civil.Max},
		},
	}
}

func TestBorrowerIsReadAsWritten(t *testing.T) {
	for _, want := range []borrower.State{{}, {HadLoan: true}, fullBorrower(),
		{Record: &borrower.Record{AsOf: -1, Night: 0, BornOn: civil.None, ContactFrom: borrower.NoTime, ContactUntil: borrower.NoTime}}} {
		b := AppendBorrower([]byte("before"), &want)
		got, err := ReadBorrower(b[6:])
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v:\ngot  %+v\nwant %+v", err, got, want)
		}
	}
	got, _ := ReadBorrower(AppendBorrower(nil, &borrower.State{HadLoan: true}))
	if b := AppendBorrower(nil, &got); len(b) != 4 {
		t.Errorf("a borrower of whom nothing is known takes %d bytes", len(b))
	}
}

// An ordinary contact is small: books have many.
func TestBorrowerIsCompact(t *testing.T) {
	s := borrower.State{}
	for i := range 100 {
		s.Contacts = append(s.Contacts, borrower.Contact{ID: "C20261123-" + string(rune('a'+i%26)), Kind: "attempt", TaskKey: "k7Qz0123456789abcdef",
			At: 1_795_000_000_000_000 + int64(i)*3*borrowerDayMicros, Channel: "call", Outcome: "no_answer", PromisedOn: civil.None, Until: civil.None,
			Night: civil.Date(20775 + 3*i)})
	}
	if n := len(AppendBorrower(nil, &s)); n > 100*46 {
		t.Errorf("100 contacts take %d bytes", n)
	}
}

// What is kept of one borrower at most is below what a room's sizes promise.
func TestSizesOfBorrowers(t *testing.T) {
	c := borrower.Contact{ID: strings.Repeat("i", 64), TaskKey: strings.Repeat("k", 64), Loan: strings.Repeat("l", 64), Kind: strings.Repeat("q", 64),
		At: int64(civil.Min) * borrowerDayMicros, Channel: strings.Repeat("c", 64), Outcome: strings.Repeat("o", 64), HasAmount: true, Amount: -money.Max,
		Currency: strings.Repeat("u", 64), PromisedOn: civil.Max, Until: civil.Max, Reason: strings.Repeat("r", 1024), Target: strings.Repeat("t", 64), Night: civil.Max}
	n := len(AppendBorrower(nil, &borrower.State{Contacts: []borrower.Contact{c}})) - 4
	if most := 64 + 8*64 + 1024; n > most {
		t.Errorf("the largest contact takes %d bytes, it is counted as %d", n, most)
	}
	f := borrower.Flag{Loan: strings.Repeat("l", 64), Name: strings.Repeat("n", 64), From: civil.Min, Until: civil.Max, Night: civil.Max}
	if n := len(AppendBorrower(nil, &borrower.State{Flags: []borrower.Flag{f}})) - 4; n > 32+128 {
		t.Errorf("the largest flag takes %d bytes", n)
	}
}

// Every cut and every change of a byte is an error or another State that is
// written as it is read: never a panic.
func TestDamagedBorrowers(t *testing.T) {
	s := fullBorrower()
	good := AppendBorrower(nil, &s)
	for n := range good {
		if _, err := ReadBorrower(good[:n]); err == nil {
			t.Errorf("%d of %d bytes are read", n, len(good))
		}
	}
	if _, err := ReadBorrower(append(slices.Clone(good), 0)); err == nil {
		t.Error("a byte too many is read")
	}
	if _, err := ReadBorrower(append([]byte{borrowerVersion + 1}, good[1:]...)); err != errBorrowerVersion {
		t.Errorf("another version: %v", err)
	}
	for i := range good {
		b := slices.Clone(good)
		for v := range 256 {
			b[i] = byte(v)
			sameWhenRead(t, b)
		}
	}
}

func sameWhenRead(t *testing.T, b []byte) {
	t.Helper()
	s, err := ReadBorrower(b)
	if err == nil && !bytes.Equal(AppendBorrower(nil, &s), b) {
		t.Errorf("% x is read as another state", b)
	}
}

// Values that no input may carry are no record.
func TestBorrowersOutOfRange(t *testing.T) {
	for name, change := range map[string]func(*borrower.State){
		"early date":      func(s *borrower.State) { s.Flags[0].From = civil.Min - 1 },
		"late date":       func(s *borrower.State) { s.Flags[0].From = civil.Max + 1 },
		"no date":         func(s *borrower.State) { s.Record.AsOf = civil.None },
		"early instant":   func(s *borrower.State) { s.Contacts[0].At-- },
		"late instant":    func(s *borrower.State) { s.Contacts[3].At++ },
		"amount":          func(s *borrower.State) { s.Contacts[2].Amount-- },
		"affordable":      func(s *borrower.State) { s.Record.Affordable++ },
		"negative amount": func(s *borrower.State) { s.Record.Affordable = -2 },
		"time of day":     func(s *borrower.State) { s.Record.ContactUntil = 24 * 60 },
		"long id":         func(s *borrower.State) { s.Contacts[0].ID = strings.Repeat("x", 65) },
		"long reason":     func(s *borrower.State) { s.Contacts[1].Reason = strings.Repeat("x", 1025) },
		"no id":           func(s *borrower.State) { s.Contacts[0].ID = "" },
		"order":           func(s *borrower.State) { slices.Reverse(s.Flags) },
	} {
		s := fullBorrower()
		change(&s)
		if _, err := ReadBorrower(AppendBorrower(nil, &s)); err == nil {
			t.Errorf("%s: it is read", name)
		}
	}
}

// A count that claims much costs nothing.
func TestDamagedBorrowersTakeNoMemory(t *testing.T) {
	b := append([]byte{borrowerVersion, 0, 0}, 0xff, 0xff, 0x3f) // a million contacts
	b = append(b, make([]byte, 7<<20)...)
	var err error
	bytesPerRun := testing.Benchmark(func(b2 *testing.B) {
		b2.ReportAllocs()
		for b2.Loop() {
			_, err = ReadBorrower(b)
		}
	}).AllocedBytesPerOp()
	if err == nil || bytesPerRun > 8<<20 {
		t.Errorf("%v, %d bytes allocated", err, bytesPerRun)
	}
}

func FuzzBorrower(f *testing.F) {
	s := fullBorrower()
	f.Add(AppendBorrower(nil, &s))
	f.Add(AppendBorrower(nil, &borrower.State{}))
	f.Fuzz(func(t *testing.T, b []byte) { sameWhenRead(t, b) })
}

func TestAnyBorrowerIsReadAsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := func(label string) civil.Date {
			return civil.Date(rapid.Int32Range(int32(civil.Min), int32(civil.Max)).Draw(t, label))
		}
		perhaps := func(label string) civil.Date {
			if rapid.Bool().Draw(t, label+"?") {
				return civil.None
			}
			return day(label)
		}
		text := func(label string) string { return rapid.StringN(0, 15, 63).Draw(t, label) }
		word := func(label string) string {
			return rapid.SampledFrom([]string{"hold", "call", "refused", "x", "attempt", "void"}).Draw(t, label)
		}
		var want borrower.State
		for range rapid.IntRange(0, 4).Draw(t, "flags") {
			want.Flags = append(want.Flags, borrower.Flag{Loan: text("loan"), Name: word("flag"), From: day("from"), Until: perhaps("until"), Night: day("night")})
		}
		for range rapid.IntRange(0, 4).Draw(t, "contacts") {
			at := rapid.Int64Range(int64(civil.Min)*borrowerDayMicros, (int64(civil.Max)+1)*borrowerDayMicros-1).Draw(t, "at")
			c := borrower.Contact{ID: "C" + text("id"), TaskKey: text("key"), Loan: text("loan"), Kind: word("kind"), At: at, Reason: text("reason"),
				PromisedOn: perhaps("promised"), Until: perhaps("until"), Night: day("night"), Target: text("target")}
			if rapid.Bool().Draw(t, "amount?") {
				c.HasAmount, c.Amount = true, money.Amount(rapid.Int64Range(-int64(money.Max), int64(money.Max)).Draw(t, "amount"))
				c.Currency, c.Channel, c.Outcome = text("currency"), word("channel"), word("outcome")
			}
			want.Contacts = append(want.Contacts, c)
		}
		b := AppendBorrower(nil, &want)
		got, err := ReadBorrower(b)
		if ordered := want.Check(); ordered != (err == nil) {
			t.Fatalf("ordered %v, %v", ordered, err)
		} else if ordered && !reflect.DeepEqual(got, want) {
			t.Fatalf("got  %+v\nwant %+v", got, want)
		}
	})
}
