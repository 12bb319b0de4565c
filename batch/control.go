package batch

import (
	"fmt"
	"strings"

	"daybook/batch/book"
	"daybook/ledger"
	"daybook/reports"
)

// controlTotals are the night's totals as the manifest has them.
func (n *posted) controlTotals() (t reports.ControlTotals) {
	decimal := func(amount int64) string { return reports.Decimal(amount, n.policy.Scale, n.policy.Digits()) }
	t.Files = []reports.FileTotals{} // a list for programs, also where it is empty
	for i, f := range n.inbox.Files {
		x := &n.tallies[i]
		out := measure{
			rows:   x.applied.rows + x.duplicates.rows + x.rejected.rows + x.held.rows,
			amount: x.applied.amount + x.duplicates.amount + x.rejected.amount + x.held.amount,
		}
		t.Files = append(t.Files, reports.FileTotals{
			Path: f.Name, Kind: f.Kind.String(),
			RowsIn: x.in.rows, Applied: x.applied.rows, Duplicates: x.duplicates.rows, Rejected: x.rejected.rows, Held: x.held.rows,
			AmountIn: decimal(x.in.amount), AmountApplied: decimal(x.applied.amount),
			AmountDuplicates: decimal(x.duplicates.amount), AmountRejected: decimal(x.rejected.amount),
			AmountHeld: decimal(x.held.amount),
			Tied:       x.in == out && x.in.rows == f.Rows,
		})
	}
	for c := range n.rules.Scale {
		t.Currencies = append(t.Currencies, n.currencyTotals(c))
	}
	return t
}

// currencyTotals ties what the loans' states add up to with the GL.
func (n *posted) currencyTotals(c int) reports.CurrencyTotals {
	p, m, scale := &n.positions[c], n.rules.Scale[c], n.policy.Scale
	tied := func(amount, gl int64) reports.Tie { return reports.TieOf(amount*m, gl*m, scale, n.names.Currencies[c]) }
	tie := func(amount int64, role ledger.Role, sign int64) reports.Tie {
		l := n.record.Line(c, role)
		return tied(amount, sign*l.Closing())
	}
	var debits, credits int64
	for _, l := range n.record.GL {
		if l.Currency == c {
			debits, credits = book.Sum(debits, l.Debits), book.Sum(credits, l.Credits)
		}
	}
	t := reports.CurrencyTotals{
		Currency: n.names.Currencies[c], Loans: p.Loans,
		Debits: tied(debits, credits), Credits: tied(credits, debits),
		Principal: tie(int64(p.Principal), ledger.LoanPrincipal, 1),
		Interest:  tie(int64(p.Interest), ledger.InterestReceivable, 1),
		Fees:      tie(int64(p.Fees), ledger.FeeReceivable, 1),
		Penalties: tie(int64(p.Penalties), ledger.PenaltyReceivable, 1),
		Credit:    tie(int64(p.Credit), ledger.BorrowerCredit, -1),
		Suspense:  tie(int64(p.Held), ledger.UnappliedReceipts, -1),
	}
	if provided := n.provided(); provided != nil {
		allowance := tie(provided[c], ledger.Allowance, -1)
		t.Allowance = &allowance
	}
	return t
}

// prove stops a night whose totals do not tie: a broken invariant, of which
// nothing is stored. It also decides whether rejects are above the threshold.
func (n *posted) prove(t *reports.ControlTotals) error {
	var off []string
	for _, f := range t.Files {
		if !f.Tied {
			off = append(off, fmt.Sprintf("file %s: %d rows (%s) in, %d applied, %d duplicates, %d rejected, %d held",
				f.Path, f.RowsIn, f.AmountIn, f.Applied, f.Duplicates, f.Rejected, f.Held))
		}
	}
	for i := range t.Currencies {
		for _, x := range t.Currencies[i].Ties() {
			if !x.Tied {
				off = append(off, fmt.Sprintf("%s %s: %s in the loans, %s in the GL", t.Currencies[i].Currency, x.Name, x.Amount, x.GL))
			}
		}
	}
	if len(off) > 0 {
		return fmt.Errorf("internal error: control totals do not tie, nothing was closed: %s", strings.Join(off, "; "))
	}
	n.record.Above = n.above()
	return nil
}

// badRows returns how many rows came in and how many were not applied.
func (n *taken) badRows() (rows, bad int64) {
	for i := range n.tallies {
		t := &n.tallies[i]
		rows += t.in.rows
		bad += t.rejected.rows + t.held.rows
	}
	return rows, bad
}

// above reports whether rejected and held rows, or the money in them, are above
// the policy's threshold, in millionths of what came in.
func (n *taken) above() bool {
	rows, bad := n.badRows()
	var amount, badAmount float64
	for i := range n.tallies {
		t := &n.tallies[i]
		amount += float64(t.in.amount)
		badAmount += float64(t.rejected.amount + t.held.amount)
	}
	return bad > 0 && (bad*1_000_000 > rows*n.policy.RejectRows || badAmount*1e6 > amount*float64(n.policy.RejectAmount))
}
