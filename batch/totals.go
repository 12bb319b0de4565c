package batch

import (
	"math/bits"

	"daybook/ledger"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// glTotals are debits and credits by currency code and role, and how many
// entries of each kind touched an account: what the GL of a night is.
type glTotals struct {
	cells []glCell // currency × kind × role
}

type glCell struct{ Debits, Credits, Entries int64 }

func newGLTotals(currencies int) glTotals {
	return glTotals{make([]glCell, currencies*int(ledger.EntryKinds)*int(ledger.Roles))}
}

func (g *glTotals) at(currency int, kind ledger.EntryKind, role ledger.Role) *glCell {
	return &g.cells[(currency*int(ledger.EntryKinds)+int(kind))*int(ledger.Roles)+int(role)]
}

// add adds an entry.
func (g *glTotals) add(currency int, e *ledger.Entry) {
	for _, p := range e.Postings {
		c := g.at(currency, e.Kind, p.Role)
		c.Entries++
		if p.Amount > 0 {
			c.Debits = sum(c.Debits, int64(p.Amount))
		} else {
			c.Credits = sum(c.Credits, int64(-p.Amount))
		}
	}
}

func (g *glTotals) merge(o *glTotals) {
	for i := range g.cells {
		g.cells[i].Debits = sum(g.cells[i].Debits, o.cells[i].Debits)
		g.cells[i].Credits = sum(g.cells[i].Credits, o.cells[i].Credits)
		g.cells[i].Entries += o.cells[i].Entries
	}
}

// role adds an account's cells over the kinds of entry.
func (g *glTotals) role(currency int, role ledger.Role) (t glCell) {
	for k := range ledger.EntryKinds {
		c := g.at(currency, k, role)
		t.Debits = sum(t.Debits, c.Debits)
		t.Credits = sum(t.Credits, c.Credits)
		t.Entries += c.Entries
	}
	return t
}

// sum adds two totals and stops the night where they leave 63 bits.
func sum(a, b int64) int64 {
	s, carry := bits.Add64(uint64(a), uint64(b), 0)
	if carry != 0 || int64(s) < 0 {
		panic("batch: internal error: a total is above 63 bits")
	}
	return int64(s)
}

// positions are what the loans' states add up to in one currency, for the ties
// between the sub-ledger and the GL.
type positions struct {
	loans     int64
	principal money.Amount
	interest  money.Amount // receivable: outstanding less suspended
	suspended money.Amount
	fees      money.Amount
	penalties money.Amount
	credit    money.Amount
	held      money.Amount
	heldItems int64
}

// add adds a loan as it is at the close, with what the GL carries of it.
func (p *positions) add(l *loan.Loan, in loan.Sums) {
	p.loans++
	p.principal += in[loan.Principal]
	p.interest += in[loan.Interest]
	p.fees += in[loan.Fee]
	p.penalties += in[loan.Penalty]
	p.suspended += l.Suspended
	p.credit += l.Credit
}

func (p *positions) merge(o *positions) {
	p.loans += o.loans
	p.principal += o.principal
	p.interest += o.interest
	p.suspended += o.suspended
	p.fees += o.fees
	p.penalties += o.penalties
	p.credit += o.credit
	p.held += o.held
	p.heldItems += o.heldItems
}
