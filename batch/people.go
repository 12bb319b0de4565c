package batch

import (
	"bytes"
	"sync"

	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// splitPeople cuts off the rows that are not the loan's own: flags and contacts that
// name it.
func splitPeople(refs []rows.Ref) (own, people []rows.Ref) {
	n := len(refs)
	for n > 0 && rows.ParseHead(refs[n-1].Row).Kind >= rows.FactRow {
		n--
	}
	return refs[:n], refs[n:]
}

// people sends flags and contacts that name a loan on to its borrower, with what waited
// for the loan. Where no loan has the id, flags wait for it, and the borrowers of
// contacts are told so.
func (p *part) people(key loanKey, refs []rows.Ref, isLoan, isWaiting bool) error {
	var waiting borrower.State
	if isWaiting {
		var err error
		if waiting, err = record.ReadBorrower(p.waits.Record()); err != nil {
			return err
		}
	}
	var asked borrower.Rows
	var heads []rows.Head
	for _, ref := range refs {
		h := rows.ParseHead(ref.Row)
		if h.Kind == rows.ContactRow {
			if err := p.forwardContact(h, isLoan); err != nil {
				return err
			}
			continue
		}
		f, err := rows.ReadFlag(h.Body)
		if err != nil {
			return err
		}
		if isLoan {
			if err := p.toBorrowers.AddFlag(p.loan.Borrower, int(h.File), h.Num, &f); err != nil {
				return err
			}
			continue
		}
		asked.Flags = append(asked.Flags, borrower.FlagRow{Flag: f})
		heads = append(heads, h)
	}
	if isLoan {
		for i := range waiting.Flags {
			if err := p.toBorrowers.AddWaited(p.loan.Borrower, i, &waiting.Flags[i]); err != nil {
				return err
			}
		}
		return nil
	}
	after := borrower.Apply(waiting, &asked, nil, &borrower.Night{Date: p.n.o.Date})
	for i, h := range heads {
		p.outcome(h, asked.Flags[i].Outcome)
	}
	if !after.Says() {
		return nil
	}
	p.blob = record.AppendBorrower(p.blob[:0], &after)
	return p.build.Add(store.Waiting, key.hash, key.id, nil, p.blob)
}

// forwardContact sends a contact that names a loan to its borrower: with the loan's own,
// and the amount in the loan's currency where it is in none.
func (p *part) forwardContact(h rows.Head, isLoan bool) error {
	c, err := rows.ReadContact(h.Body)
	if err != nil {
		return err
	}
	c.Owner = nil
	if isLoan {
		c.Owner = p.loan.Borrower
	}
	if isLoan && c.AtScale {
		units, misfit := money.Stated{Value: int64(c.Amount)}.Units(p.n.rules.Scale[p.loan.Currency])
		if misfit != money.Fits {
			p.reject(h, loan.AmountReason(misfit), 0)
			return nil
		}
		c.Amount, c.AtScale = units, false
	}
	return p.toBorrowers.AddContact(int(h.File), h.Num, &c)
}

// outcome counts what became of a row that concerns a borrower.
func (p *part) outcome(h rows.Head, o borrower.Outcome) {
	countOutcome(p.tallies, &p.rejects, int(h.File), h.Num, o)
}

func countOutcome(tallies []tally, rejects *rejecter, file int, num int64, o borrower.Outcome) {
	t := &tallies[file]
	switch o {
	case borrower.Applied:
		t.applied.add(0)
	case borrower.Duplicate:
		t.duplicates.add(0)
	default:
		t.rejected.add(0)
		rejects.add(reject{file: uint16(file), reason: reasonOf(o), num: num})
	}
}

// reasonOf is the reason whose code an outcome has.
func reasonOf(o borrower.Outcome) loan.Reason { return outcomeReasons()[o] }

var outcomeReasons = sync.OnceValue(func() (list [borrower.Outcomes]loan.Reason) {
	for o := range borrower.Outcomes {
		for r := range loan.Reasons {
			if r.Code() == o.Code() {
				list[o] = r
			}
		}
	}
	return list
})

// nextWait moves on to the next id that something waits for.
func (c *cursor) nextWait() {
	if c.hasWait = c.waits.Next(); c.hasWait {
		c.waitAt = loanKey{c.waits.Hash(), bytes.Clone(c.waits.ID())}
	}
}
