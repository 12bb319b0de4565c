package reports

import (
	"cmp"
	"slices"
	"strings"

	"daybook/ledger"
	"daybook/ledger/civil"
)

// A Balance is one line of the trial balance: an account in one currency.
// Debits and credits are those of the night, both positive; opening is debit
// minus credit.
type Balance struct {
	Account  ledger.Account
	Currency string
	Opening  int64
	Debits   int64
	Credits  int64
}

// Closing returns the balance at the close, debit minus credit.
func (b *Balance) Closing() int64 { return b.Opening + b.Debits - b.Credits }

// TrialBalance is the accounts with their night, by currency and account.
func TrialBalance(lines []Balance, scale int) *Table {
	money := func(name string) Column { return Column{Name: name, Kind: Amount, Digits: scale} }
	t := &Table{Name: "trial_balance", Columns: []Column{
		coded("account"), coded("name"), coded("type"), coded("currency"),
		money("opening"), money("debits"), money("credits"), money("closing"),
	}}
	for _, l := range sortedBalances(lines) {
		t.Append(l.Account.Code, l.Account.Name, l.Account.Type.String(), l.Currency, l.Opening, l.Debits, l.Credits, l.Closing())
	}
	return t
}

func sortedBalances(lines []Balance) []Balance {
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b Balance) int {
		return cmp.Or(strings.Compare(a.Currency, b.Currency), strings.Compare(a.Account.Code, b.Account.Code))
	})
	return lines
}

// An Activity is what one kind of entry did to one account in one currency.
type Activity struct {
	Account  ledger.Account
	Currency string
	Kind     ledger.EntryKind
	Entries  int64
	Debits   int64
	Credits  int64
}

// GLActivity is the night's movements by currency, account and kind of entry.
func GLActivity(lines []Activity, scale int) *Table {
	t := &Table{Name: "gl_activity", Columns: []Column{
		coded("account"), coded("name"), coded("currency"), coded("kind"), number("entries"),
		{Name: "debits", Kind: Amount, Digits: scale}, {Name: "credits", Kind: Amount, Digits: scale},
	}}
	lines = slices.Clone(lines)
	slices.SortStableFunc(lines, func(a, b Activity) int {
		return cmp.Or(strings.Compare(a.Currency, b.Currency), strings.Compare(a.Account.Code, b.Account.Code), cmp.Compare(a.Kind, b.Kind))
	})
	for _, l := range lines {
		t.Append(l.Account.Code, l.Account.Name, l.Currency, l.Kind.String(), l.Entries, l.Debits, l.Credits)
	}
	return t
}

// suspenseBands are the age bands of suspense, by the days from which each begins.
var suspenseBands = []struct {
	name string
	from int
}{{"0-7", 0}, {"8-30", 8}, {"31-90", 31}, {"over 90", 91}}

// A Suspense adds up the money that fits no loan by its age. The zero value is
// ready.
type Suspense struct {
	cells map[suspenseKey]*suspenseCell
}

type suspenseKey struct {
	currency string
	band     int
}

type suspenseCell struct {
	items, amount int64
	oldest        civil.Date
}

// Add takes one held item.
func (s *Suspense) Add(currency string, amount int64, since, business civil.Date) {
	band := 0
	for i, b := range suspenseBands {
		if int(business-since) >= b.from {
			band = i
		}
	}
	if s.cells == nil {
		s.cells = map[suspenseKey]*suspenseCell{}
	}
	key := suspenseKey{currency, band}
	c := s.cells[key]
	if c == nil {
		c = &suspenseCell{oldest: since}
		s.cells[key] = c
	}
	c.items++
	c.amount += amount
	c.oldest = min(c.oldest, since)
}

// Merge adds what another has added up.
func (s *Suspense) Merge(o *Suspense) {
	for k, x := range o.cells {
		if s.cells == nil {
			s.cells = map[suspenseKey]*suspenseCell{}
		}
		c := s.cells[k]
		if c == nil {
			c = &suspenseCell{oldest: x.oldest}
			s.cells[k] = c
		}
		c.items += x.items
		c.amount += x.amount
		c.oldest = min(c.oldest, x.oldest)
	}
}

// Table is the suspense by currency and age band.
func (s *Suspense) Table(scale int) *Table {
	t := &Table{Name: "suspense", Columns: []Column{
		coded("currency"), coded("age_band"), number("items"), {Name: "amount", Kind: Amount, Digits: scale},
		{Name: "oldest", Kind: Date, Optional: true},
	}}
	keys := make([]suspenseKey, 0, len(s.cells))
	for k := range s.cells {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b suspenseKey) int {
		return cmp.Or(strings.Compare(a.currency, b.currency), cmp.Compare(a.band, b.band))
	})
	for _, k := range keys {
		c := s.cells[k]
		t.Append(k.currency, suspenseBands[k.band].name, c.items, c.amount, c.oldest)
	}
	return t
}
