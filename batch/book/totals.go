package book

import (
	"encoding/hex"
	"fmt"
	"math/bits"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A GL is debits and credits by currency code and role, and how many entries of
// each kind touched an account: what the general ledger of a night is, in minor units.
type GL struct {
	cells []GLCell // currency × kind × role
}

// A GLCell is what entries of one kind did to one account in one currency.
type GLCell struct{ Debits, Credits, Entries int64 }

// NewGL returns an empty GL of a number of currencies.
func NewGL(currencies int) GL {
	return GL{make([]GLCell, currencies*int(ledger.EntryKinds)*int(ledger.Roles))}
}

// At returns the cell of a kind of entry and an account.
func (g *GL) At(currency int, kind ledger.EntryKind, role ledger.Role) *GLCell {
	return &g.cells[(currency*int(ledger.EntryKinds)+int(kind))*int(ledger.Roles)+int(role)]
}

// Add adds an entry.
func (g *GL) Add(currency int, e *ledger.Entry) {
	for _, p := range e.Postings {
		c := g.At(currency, e.Kind, p.Role)
		c.Entries++
		if p.Amount > 0 {
			c.Debits = Sum(c.Debits, int64(p.Amount))
		} else {
			c.Credits = Sum(c.Credits, int64(-p.Amount))
		}
	}
}

// Merge adds what another has.
func (g *GL) Merge(o *GL) {
	for i := range g.cells {
		g.cells[i].Debits = Sum(g.cells[i].Debits, o.cells[i].Debits)
		g.cells[i].Credits = Sum(g.cells[i].Credits, o.cells[i].Credits)
		g.cells[i].Entries += o.cells[i].Entries
	}
}

// Role adds an account's cells over the kinds of entry.
func (g *GL) Role(currency int, role ledger.Role) (t GLCell) {
	for k := range ledger.EntryKinds {
		c := g.At(currency, k, role)
		t.Debits = Sum(t.Debits, c.Debits)
		t.Credits = Sum(t.Credits, c.Credits)
		t.Entries += c.Entries
	}
	return t
}

// Sum adds two totals and stops the night where they leave 63 bits.
func Sum(a, b int64) int64 {
	s, carry := bits.Add64(uint64(a), uint64(b), 0)
	if carry != 0 || int64(s) < 0 {
		panic("book: internal error: a total is above 63 bits")
	}
	return int64(s)
}

// Positions are what the loans' states add up to in one currency, for the ties
// between the sub-ledger and the GL, in minor units.
type Positions struct {
	Loans     int64        `json:"loans"`
	Principal money.Amount `json:"principal"`
	Interest  money.Amount `json:"interest"` // receivable: outstanding less suspended
	Suspended money.Amount `json:"suspended"`
	Fees      money.Amount `json:"fees"`
	Penalties money.Amount `json:"penalties"`
	Credit    money.Amount `json:"credit"`
	Held      money.Amount `json:"held"`
	HeldItems int64        `json:"held_items"`
}

// Add adds a loan as it is at the close, with what the GL carries of it.
func (p *Positions) Add(l *loan.Loan, in loan.Sums) {
	p.Loans++
	p.Principal += in[loan.Principal]
	p.Interest += in[loan.Interest]
	p.Fees += in[loan.Fee]
	p.Penalties += in[loan.Penalty]
	p.Suspended += l.Suspended
	p.Credit += l.Credit
}

// Merge adds what another has.
func (p *Positions) Merge(o *Positions) {
	p.Loans += o.Loans
	p.Principal += o.Principal
	p.Interest += o.Interest
	p.Suspended += o.Suspended
	p.Fees += o.Fees
	p.Penalties += o.Penalties
	p.Credit += o.Credit
	p.Held += o.Held
	p.HeldItems += o.HeldItems
}

// Encode writes the cells that are not empty, as the book keeps them and [ReadGL] reads
// them: equal GLs have equal bytes.
func (g *GL) Encode() []byte { return record.EncodeActivity(g.Cells()) }

// Cells returns the cells that are not empty, by currency, kind of entry and account.
func (g *GL) Cells() (list []record.Cell) {
	for i, x := range g.cells {
		if x.Entries > 0 {
			rest, role := i/int(ledger.Roles), i%int(ledger.Roles)
			list = append(list, record.Cell{
				Currency: rest / int(ledger.EntryKinds), Kind: ledger.EntryKind(rest % int(ledger.EntryKinds)), Role: ledger.Role(role),
				Debits: x.Debits, Credits: x.Credits, Entries: x.Entries,
			})
		}
	}
	return list
}

// ReadGL reads what [GL.Encode] wrote of a number of currencies.
func ReadGL(b []byte, currencies int) (GL, error) {
	cells, err := record.ParseActivity(b)
	if err != nil {
		return GL{}, fmt.Errorf("GL: %w", err)
	}
	g := NewGL(currencies)
	for i := range cells {
		x := &cells[i]
		if x.Currency < 0 || x.Currency >= currencies || x.Kind >= ledger.EntryKinds || x.Role >= ledger.Roles {
			return GL{}, fmt.Errorf("GL: cell %d is of no currency, kind or account", i)
		}
		at := g.At(x.Currency, x.Kind, x.Role)
		if at.Entries != 0 || x.Entries <= 0 || x.Debits < 0 || x.Credits < 0 {
			return GL{}, fmt.Errorf("GL: cell %d is damaged", i)
		}
		*at = GLCell{Debits: x.Debits, Credits: x.Credits, Entries: x.Entries}
	}
	return g, nil
}

// Activity reads the cells of a night; none where it kept none.
func Activity(b *store.Book, d civil.Date) ([]record.Cell, error) {
	stored, ok, err := b.Small(record.SectionActivity, d, ActivityName)
	if err != nil || !ok {
		return nil, err
	}
	cells, err := record.ParseActivity(stored)
	if err != nil {
		return nil, fmt.Errorf("GL of %s: %w", d, err)
	}
	return cells, nil
}

// ActivityName is the name of a night's cells in their section.
const ActivityName = "activity"

// PartitionOf says what a digest's partition holds, as the night's record has it.
func PartitionOf(d *store.Digest) record.Partition {
	p := record.Partition{
		Loans: d[store.Loans].Records, Held: d[store.Held].Records, Entries: d[store.Journal].Records,
		LoansSum: d[store.Loans].Sum.Uint64(), HeldSum: d[store.Held].Sum.Uint64(),
		Borrowers: d[store.Borrowers].Records, LoanFlags: d[store.LoanFlags].Records, ContactIDs: d[store.ContactIDs].Records,
		BorrowersSum: d[store.Borrowers].Sum.Uint64(), LoanFlagsSum: d[store.LoanFlags].Sum.Uint64(),
		ContactIDsSum: d[store.ContactIDs].Sum.Uint64(),
		Treatments:    d[store.Treatments].Records, TaskKeys: d[store.TaskKeys].Records,
		TreatmentsSum: d[store.Treatments].Sum.Uint64(), TaskKeysSum: d[store.TaskKeys].Sum.Uint64(),
		Bonds: d[store.Bonds].Records, BondsSum: d[store.Bonds].Sum.Uint64(),
		BesideLoans: record.BesideLoans{
			Bases: d[store.Bases].Records, BasesSum: d[store.Bases].Sum.Uint64(), Finals: d[store.Finals].Records, FinalsSum: d[store.Finals].Sum.Uint64(),
		},
	}
	if p.Entries > 0 {
		p.JournalSum = hex.EncodeToString(d[store.Journal].Sum[:])
	}
	return p
}
