package match

import (
	"fmt"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A crowd is so many lines and items that have something in common.
type crowd struct {
	lines []BankLine
	items []*Item
	rules Rules
	on    civil.Date
}

var crowdStatement = Statement{Format: MT940, Account: "A", Currency: "EUR"}

func (c *crowd) line(amount int, on civil.Date, reference, text string) {
	l := BankLine{Statement: &crowdStatement, Key: "0123456789abcdef", Line: &Line{}}
	l.Number, l.Amount, l.BookingDate, l.ValueDate, l.Reference, l.Text = len(c.lines)+1, money.Amount(amount), on, on, reference, text
	c.lines = append(c.lines, l)
}

func (c *crowd) item(amount int, on civil.Date, reference, channel string) {
	c.items = append(c.items, &Item{EntryID: int64(len(c.items) + 1), BusinessDate: on, ValueDate: on, SourceID: fmt.Sprintf("RP%07d", len(c.items)), Reference: reference,
		Channel: channel, Currency: "EUR", Amount: money.Amount(amount)})
}

// However many lines and items share a reference, or an amount, a run is near linear: what is
// quadratic in them takes minutes here, not seconds, and the test binary runs into its timeout.
func TestCrowds(t *testing.T) {
	const n = 50_000
	for name, add := range map[string]func(c *crowd, i int){
		"one reference, other amounts": func(c *crowd, i int) {
			c.line(1000+i, c.on, "SHARED", "")
			c.item(1_000_000+i, c.on, "SHARED", "")
		},
		"one reference, other signs": func(c *crowd, i int) {
			c.line(1000+i, c.on, "SHARED", "")
			c.item(-1_000_000-i, c.on, "SHARED", "")
		},
		"one reference, too far away": func(c *crowd, i int) {
			c.line(1000+i, c.on, "SHARED", "")
			c.item(1000+i, c.on-60, "SHARED", "")
		},
		"one reference, lines too far away": func(c *crowd, i int) {
			c.line(1000+i, c.on-60, "SHARED", "")
			c.item(1_000_000+i, c.on, "SHARED", "")
		},
		"one reference, half of the items": func(c *crowd, i int) {
			c.line(1000+i/2, c.on, "SHARED", "")
			if i%2 == 0 {
				c.item(1000+i/2, c.on, "SHARED", "")
			}
		},
		"hundreds that share one": func(c *crowd, i int) {
			c.line(1000+i, c.on, fmt.Sprintf("SHARED%d", i/1000), "")
			c.item(1000+i, c.on-60, fmt.Sprintf("SHARED%d", i/1000), "")
		},
		"a settlement that no line fits, alike lines": func(c *crowd, i int) {
			c.line(1000*(n-1), c.on, "", "something else")
			c.item(1000, c.on, "", "card")
		},
		"a settlement whose reference another item has": func(c *crowd, i int) {
			c.line(1000*(n-1), c.on, "PAYOUT1", "card settlement")
			c.item(1000, c.on, "PAYOUT1", "acquirer")
			if i == 0 {
				c.item(999, c.on-60, "PAYOUT1", "")
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := crowd{on: civil.Of(2026, 11, 2), rules: DefaultRules()}
			c.rules.Settlements = []Settlement{{Channel: "card", Lag: 3, Text: "card"}, {Channel: "acquirer", GroupBy: ByReference, Lag: 3}}
			for i := range n {
				add(&c, i)
			}
			r := Begin(c.on, &c.rules, c.lines, c.items, func(string) int { return 2 }, nil)
			r.Refer()
			r.Asks()
			r.Finish(nil)
			for line := range r.Lines {
				if r.LineMatch(line) == nil && r.LineBreaks[line] == nil {
					t.Fatalf("line %d has neither a match nor a break", line)
				}
			}
		})
	}
}

// What earlier runs of a date tied is told from what this one does by nothing: a line that
// comes again is a duplicate, however many items share its reference.
func TestDuplicateOfACrowd(t *testing.T) {
	c := crowd{on: civil.Of(2026, 11, 2), rules: DefaultRules()}
	const n = 1500
	for i := range n {
		c.line(1000+i, c.on, "SHARED", "")
		c.item(1000+i, c.on, "SHARED", "")
	}
	c.line(1000+n-1, c.on, "SHARED", "")
	r := Begin(c.on, &c.rules, c.lines, c.items, func(string) int { return 2 }, nil)
	r.Refer()
	r.Asks()
	r.Finish(nil)
	if got := r.LineBreaks[n].Kind; got != DuplicateOnBank {
		t.Errorf("the line that came again is %q, want %q", got, DuplicateOnBank)
	}
}
