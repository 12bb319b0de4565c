package batch

import (
	"bytes"
	"context"
	"sync"

	"daybook/batch/book"
	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// splitPeople cuts off the rows that are not the loan's own: flags and contacts that
// name it.
func splitPeople(refs []rows.Ref) (own, people []rows.Ref) {
	n := len(refs)
	for n > 0 && rows.ParseHead(refs[n-1].Row).Kind.OfBorrower() {
		n--
	}
	return refs[:n], refs[n:]
}

// takeFlags keeps the flags of a loan, whether or not there is such a loan yet.
func (p *part) takeFlags(key loanKey, refs []rows.Ref, hasFlags bool) error {
	var known borrower.State
	if hasFlags {
		var err error
		if known, err = record.ReadBorrower(p.flags.Record()); err != nil {
			return err
		}
	}
	var asked borrower.Rows
	var heads []rows.Head
	for _, ref := range refs {
		h := rows.ParseHead(ref.Row)
		if h.Kind == rows.ContactRow {
			continue
		}
		f, err := rows.ReadFlag(h.Body)
		if err != nil {
			return err
		}
		asked.Flags = append(asked.Flags, borrower.FlagRow{Flag: f})
		heads = append(heads, h)
	}
	after := borrower.Apply(known, &asked, nil, &borrower.Night{Date: p.n.o.Date})
	for i, h := range heads {
		p.outcome(h, asked.Flags[i].Outcome)
	}
	p.telling = after.Flags
	p.reflagged = p.n.packFlags.Reflags(known.Flags, after.Flags, p.n.rules.Previous)
	if !after.Says() {
		return nil
	}
	p.blob = record.AppendBorrower(p.blob[:0], &after)
	return p.build.Add(store.LoanFlags, key.hash, key.id, nil, p.blob)
}

// forwardContacts sends contacts that name a loan on to their borrower, once it is known
// whose the loan is.
func (p *part) forwardContacts(refs []rows.Ref) error {
	for _, ref := range refs {
		if h := rows.ParseHead(ref.Row); h.Kind == rows.ContactRow {
			if err := p.forwardContact(h); err != nil {
				return err
			}
		}
	}
	return nil
}

// forwardContact sends a contact that names a loan to its borrower, with whose the loan
// is. A currency other than the loan's is refused, but of what restrains contact.
func (p *part) forwardContact(h rows.Head) error {
	c, err := rows.ReadContact(h.Body)
	if err != nil {
		return err
	}
	c.Owner = nil
	if p.isLoan {
		c.Owner = p.loan.Borrower
		if c.Currency != "" && c.Currency != p.n.names.Currencies[p.loan.Currency] && !c.Restrains() {
			p.reject(h, loan.WrongCurrency, 0)
			return nil
		}
	}
	if p.isLoan && c.Currency == "" && c.Meaning() == borrower.Promise {
		c.LoanIn = p.n.names.Currencies[p.loan.Currency]
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

// nextFlags moves on to the next loan that has flags.
func (c *cursor) nextFlags() {
	if c.hasFlags = c.flags.Next(); c.hasFlags {
		c.flagsAt = loanKey{c.flags.Hash(), bytes.Clone(c.flags.ID())}
	}
}

// gatherFlags gathers the flags of borrowers that packs read, tonight's among them.
func (n *taken) gatherFlags(ctx context.Context) (*book.Flagged, error) {
	return book.FlaggedOf(ctx, n.book, book.FlagBits(n.rules.Classes), n.workers(), n.rules.Previous, n.eachFlag)
}

// eachFlag calls fn with tonight's rows of flags of borrowers of a partition.
func (n *taken) eachFlag(ctx context.Context, q int, fn func(string, borrower.Flag)) error {
	return n.people.EachFlag(ctx, q, n.workers(), fn)
}
