package erp

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"daybook/ledger/civil"
)

// An entry is one balanced entry of the general ledger: all of a date and currency, or a
// piece of it.
type entry struct {
	id       string
	date     civil.Date
	currency uint16
	lines    []line
}

// A line is an amount on one side of an account.
type line struct {
	lineKey
	amount int64 // above zero
}

type lineKey struct {
	kind    uint8
	role    uint8 // the first that has the account's code
	product uint16
	center  string
	credit  bool
}

func (l *line) debit() int64 {
	if l.credit {
		return 0
	}
	return l.amount
}

func (l *line) creditAmount() int64 { return l.amount - l.debit() }

// signed is the amount, below zero for a credit.
func (l *line) signed() int64 { return 2*l.debit() - l.amount }

// entries returns an entry for each date and currency, with their products or summed over
// them. One of more lines than linesMax comes in pieces that balance, 0 is no limit: the
// least that balances by itself is a kind, cost centre and product, of few lines.
func (x *Export) entries(linesMax int, products bool) ([]entry, error) {
	var list []entry
	number := 0
	for from := 0; from < len(x.Cells); {
		first := x.Cells[from].Key
		to := from
		for to < len(x.Cells) && x.Cells[to].Date == first.Date && x.Cells[to].Currency == first.Currency {
			to++
		}
		pieces, err := x.pieces(x.Cells[from:to], linesMax, products)
		if err != nil {
			return nil, err
		}
		from = to
		if len(pieces) == 0 {
			continue
		}
		number++
		for i, lines := range pieces {
			e := entry{id: fmt.Sprintf("%s-%04d", Reference(x.Number), number), date: first.Date, currency: first.Currency, lines: lines}
			if len(pieces) > 1 {
				e.id = fmt.Sprintf("%s-%02d", e.id, i+1)
			}
			list = append(list, e)
		}
	}
	return list, nil
}

// pieces returns the lines of the cells of a date and currency, in as few pieces as they
// come to when taken in their order.
func (x *Export) pieces(cells []Cell, linesMax int, products bool) (pieces [][]line, err error) {
	whole := summed{}
	for from := 0; from < len(cells); {
		to := from
		for to < len(cells) && sameUnit(&cells[from], &cells[to]) {
			to++
		}
		unit := summed{}
		if err := x.balanced(cells[from:to]); err != nil {
			return nil, err
		}
		x.add(unit, cells[from:to], products)
		from = to
		if linesMax > 0 && whole.with(unit) > linesMax && len(whole) > 0 {
			pieces = append(pieces, whole.lines())
			whole = summed{}
		}
		if linesMax > 0 && len(unit) > linesMax {
			return nil, fmt.Errorf("an entry of %d lines can't be split into entries of %d that balance", len(unit), linesMax)
		}
		for k, amount := range unit {
			whole[k] = plus(whole[k], amount)
		}
	}
	if len(whole) > 0 {
		pieces = append(pieces, whole.lines())
	}
	return pieces, nil
}

func sameUnit(a, b *Cell) bool {
	return a.Kind == b.Kind && a.Center == b.Center && a.Product == b.Product
}

// balanced refuses cells that do not sum to zero: memo accounts by themselves, and so the
// others.
func (x *Export) balanced(unit []Cell) error {
	var sum int64
	for i := range unit {
		c := &unit[i]
		if c.Debit < 0 || c.Credit < 0 {
			return fmt.Errorf("%s of %s: an amount is below zero", c.Kind, c.Date)
		}
		if !x.Settings.Accounts[c.Role].Left {
			sum += c.Debit - c.Credit
		}
	}
	if sum != 0 {
		return fmt.Errorf("%s of %s in %s is off by %d minor units", unit[0].Kind, unit[0].Date, x.Currencies[unit[0].Currency], sum)
	}
	return nil
}

// A summed has amounts by line.
type summed map[lineKey]int64

// with is how many lines there are with those of another.
func (s summed) with(o summed) int {
	n := len(s)
	for k := range o {
		if _, ok := s[k]; !ok {
			n++
		}
	}
	return n
}

// plus adds amounts that are not below zero.
func plus(a, b int64) int64 {
	if a+b < a {
		panic("erp: internal error: a total is above 63 bits")
	}
	return a + b
}

// add adds cells. What comes to nothing has no line.
func (x *Export) add(s summed, cells []Cell, products bool) {
	for i := range cells {
		c := &cells[i]
		a := &x.Settings.Accounts[c.Role]
		if a.Left {
			continue
		}
		k := lineKey{kind: uint8(c.Kind), role: x.first(a.Code), center: x.Centers[c.Center]}
		if products {
			k.product = c.Product
		}
		if a.Center != nil {
			k.center = *a.Center
		}
		if c.Debit > 0 {
			s[k] = plus(s[k], c.Debit)
		}
		k.credit = true
		if c.Credit > 0 {
			s[k] = plus(s[k], c.Credit)
		}
	}
}

// first returns the first role that has a code.
func (x *Export) first(code string) uint8 {
	for r := range x.Settings.Accounts {
		if a := &x.Settings.Accounts[r]; !a.Left && a.Code == code {
			return uint8(r)
		}
	}
	panic("erp: internal error: no account has the code " + code)
}

// lines returns the lines in their order: by kind, cost centre, product, account, debits
// first.
func (s summed) lines() []line {
	list := make([]line, 0, len(s))
	for k, amount := range s {
		list = append(list, line{k, amount})
	}
	slices.SortFunc(list, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), strings.Compare(a.center, b.center), cmp.Compare(a.product, b.product),
			cmp.Compare(a.role, b.role), cmp.Compare(side(a), side(b)))
	})
	return list
}

func side(l line) int {
	if l.credit {
		return 1
	}
	return 0
}
