package match

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Chained statement is a loaded one in its account's chain: each goes on where the one
// before ended.
type Chained struct {
	Statement     // without its lines
	Key           string
	Count         int          // of its lines
	Credits       money.Amount // of its lines
	Debits        money.Amount // of its lines, without their sign
	File          string       // that brought it
	FirstSeen     civil.Date
	Opens, Closes money.Amount // its balances, given or derived
	Difference    money.Amount // what its lines leave unexplained of its balances
	Gap           money.Amount // of its opening to the closing before it
	IsFirst       bool         // of its account and currency
	IsLast        bool
	SequenceGap   bool // its number does not follow the one before, though its balance does
}

// Chain returns a statement that is loaded, as the chain has it.
func (s *Statement) Chain(key, file string, firstSeen civil.Date) Chained {
	c := Chained{Statement: *s, Key: key, Count: len(s.Lines), File: file, FirstSeen: firstSeen}
	c.Lines = nil
	for i := range s.Lines {
		c.Credits += max(s.Lines[i].Amount, 0)
		c.Debits += max(-s.Lines[i].Amount, 0)
	}
	return c
}

// on is the day that orders a statement in its chain: its closing date, else its opening.
func (c *Chained) on() civil.Date {
	if c.ClosingDate != civil.None {
		return c.ClosingDate
	}
	return c.OpeningDate
}

// Chain puts statements into the order of their chains, by account and currency, and says
// what each opens and closes with, what its lines leave unexplained, and what lies between
// it and the one before.
// Source: finance.md, section 2.
func Chain(list []Chained) {
	slices.SortFunc(list, func(a, b Chained) int {
		return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.Currency, b.Currency), cmp.Compare(a.on(), b.on()),
			compareNumbers(a.Number, b.Number), compareNumbers(a.Page, b.Page), strings.Compare(a.Key, b.Key))
	})
	for from := 0; from < len(list); {
		to := from + 1
		for to < len(list) && list[to].Account == list[from].Account && list[to].Currency == list[from].Currency {
			to++
		}
		chain(list[from:to])
		from = to
	}
}

// chain links the statements of one account and currency.
func chain(list []Chained) {
	var running money.Amount
	for i := range list {
		// Within a date the one goes on whose opening is what the one before closed with.
		for k := i; i > 0 && k < len(list) && list[k].on() == list[i].on(); k++ {
			if !list[k].Opening.Known || list[k].Opening.Amount == running {
				next := list[k]
				copy(list[i+1:k+1], list[i:k])
				list[i] = next
				break
			}
		}
		c := &list[i]
		c.IsFirst, c.IsLast, c.Gap, c.SequenceGap = i == 0, i == len(list)-1, 0, false
		sum := c.Credits - c.Debits
		c.Opens = running
		if c.Opening.Known {
			c.Opens = c.Opening.Amount
		}
		c.Closes = c.Opens + sum
		if c.Closing.Known {
			c.Closes = c.Closing.Amount
		}
		c.Difference = c.Closes - c.Opens - sum
		if i > 0 {
			c.Gap = c.Opens - running
			c.SequenceGap = c.Gap == 0 && !follows(&list[i-1], c)
		}
		running = c.Closes
	}
}

// follows reports whether a statement's number follows another's: it is the next one, or 1,
// or the same with another page. Where one of them is no number there is nothing to say.
func follows(before, c *Chained) bool {
	x, errX := strconv.ParseInt(before.Number, 10, 64)
	y, errY := strconv.ParseInt(c.Number, 10, 64)
	if errX != nil || errY != nil {
		return true
	}
	return y == x+1 || y == 1 || y == x && c.Page != before.Page
}

// compareNumbers puts numbers before other texts: numbers as such, others as texts.
func compareNumbers(a, b string) int {
	x, errX := strconv.ParseInt(a, 10, 64)
	y, errY := strconv.ParseInt(b, 10, 64)
	switch {
	case errX == nil && errY == nil:
		return cmp.Compare(x, y)
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}
