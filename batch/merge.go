package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"daybook/batch/book"
	"daybook/batch/night"
	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/ledger/store"
)

// partition merges the partition's rows with the book's loans and held items.
func (p *part) partition(ctx context.Context, q int) (err error) {
	p.entryID = book.EntryID(p.n.o.Date, q, 0)
	if p.loans, err = p.n.book.Scan(store.Loans, civil.None, q, q+1); err != nil {
		return err
	}
	defer p.loans.Close()
	if p.held, err = p.n.book.Scan(store.Held, civil.None, q, q+1); err != nil {
		return err
	}
	defer p.held.Close()
	if p.flags, err = p.n.book.Scan(store.LoanFlags, civil.None, q, q+1); err != nil {
		return err
	}
	defer p.flags.Close()
	if p.finals, err = book.FinalsOf(p.n.book, p.n.last, q, q+1); err != nil {
		return err
	}
	defer p.finals.Close()
	endBases, err := p.beginBases(ctx, q)
	if err != nil {
		return err
	}
	defer endBases()
	p.nextLoan()
	p.nextHeld()
	p.nextFlags()
	ranges, err := rows.Ranges(ctx, q, p.n.partBudget, p.n.scatter)
	if err != nil {
		return err
	}
	for i, r := range ranges {
		if err := p.n.scatter.Load(ctx, q, r, p.n.partBudget, &p.rows, p.beyond); err != nil {
			return err
		}
		if err := p.deriveReversals(q, r); err != nil {
			return err
		}
		p.rows.Sort()
		p.rows.Prune(p.beyond)
		if err := p.merge(ctx, r.Last, i == len(ranges)-1); err != nil {
			return err
		}
	}
	if err := p.loans.Err(); err != nil {
		return err
	}
	if err := errors.Join(p.held.Err(), p.flags.Err()); err != nil {
		return err
	}
	if err := p.basesErr(); err != nil {
		return err
	}
	return p.n.scatter.Drop(q)
}

// merge walks rows, loans and held items of one range of hashes in the order of
// their keys. The last range of a partition takes all that is left.
func (p *part) merge(ctx context.Context, end uint64, last bool) error {
	refs := p.rows.Refs
	for count := 0; ; count++ {
		p.rows.Fetch(refs)
		key, ok := p.smallest(refs)
		if !ok || !last && key.hash > end {
			return p.settle()
		}
		if count%256 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if p.hasLoan && len(refs) > 0 && p.loanAt.hash < refs[0].Hash && !p.hasHeld && !p.hasFlags {
			// Most loans are between those that tonight's rows name.
			if err := p.one(key, nil); err != nil {
				return err
			}
			continue
		}
		n := 0
		for n < len(refs) && refs[n].Hash == key.hash && bytes.Equal(rows.IDOf(refs[n].Row), key.id) {
			n++
		}
		if n > 1000 { // it takes its time
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := p.one(key, refs[:n]); err != nil {
			return err
		}
		refs = refs[n:]
	}
}

// A loanKey is a loan's place in the book.
type loanKey struct {
	hash uint64
	id   []byte
}

// A loanError says of which loan an error is.
type loanError struct {
	id  []byte
	err error
}

func (e *loanError) Error() string { return fmt.Sprintf("loan %q: %v", e.id, e.err) }
func (e *loanError) Unwrap() error { return e.err }

// ofLoan makes an error one of a loan, unless it is.
func ofLoan(id []byte, err error) error {
	var of *loanError
	if err == nil || errors.As(err, &of) {
		return err
	}
	return &loanError{bytes.Clone(id), err}
}

func (k loanKey) less(o loanKey) bool {
	return k.hash < o.hash || k.hash == o.hash && bytes.Compare(k.id, o.id) < 0
}

func (k loanKey) equal(o loanKey) bool { return k.hash == o.hash && bytes.Equal(k.id, o.id) }

// nextLoan and nextHeld move on and remember where they are: a hash is computed
// once for each.
func (c *cursor) nextLoan() {
	if c.hasLoan = c.loans.Next(); c.hasLoan {
		c.loanAt = loanKey{c.loans.Hash(), c.loans.ID()}
	}
}

func (c *cursor) nextHeld() {
	if c.hasHeld = c.held.Next(); c.hasHeld {
		c.heldAt = loanKey{c.held.Hash(), c.held.ID()}
	}
}

// smallest returns the key that comes next.
func (c *cursor) smallest(refs []rows.Ref) (key loanKey, ok bool) {
	if c.hasLoan {
		key, ok = c.loanAt, true
	}
	if len(refs) > 0 {
		if k := (loanKey{refs[0].Hash, rows.IDOf(refs[0].Row)}); !ok || k.less(key) {
			key, ok = k, true
		}
	}
	if c.hasHeld && (!ok || c.heldAt.less(key)) {
		key, ok = c.heldAt, true
	}
	if c.hasFlags && (!ok || c.flagsAt.less(key)) {
		key, ok = c.flagsAt, true
	}
	return key, ok
}

// one does the night of one loan id: a loan of the book, one booked tonight, or
// an id that only rows or held items name. What is about a loan of the book and its own
// rows alone waits for the loans after it, and is worked abreast of them.
func (p *part) one(key loanKey, refs []rows.Ref) error {
	inBook := p.hasLoan && key.equal(p.loanAt)
	isHeld := p.hasHeld && key.equal(p.heldAt)
	hasFlags := p.hasFlags && key.equal(p.flagsAt)
	own, people := splitPeople(refs)
	if isHeld {
		key.id = bytes.Clone(key.id) // it may be the held item's, which goes on
	}
	waits := inBook && !isHeld && !hasFlags && len(people) == 0 && len(own) <= manyRows
	if !waits {
		if err := p.settle(); err != nil {
			return err
		}
	}
	err := p.take(key, own, inBook)
	if err == nil && !waits {
		err = p.byItself(people, isHeld, hasFlags)
	}
	if err != nil {
		return ofLoan(key.id, err)
	}
	if !inBook {
		return nil
	}
	if p.isLast() {
		if err := p.settle(); err != nil {
			return err
		}
	}
	p.nextLoan()
	return nil
}

// byItself does the night of the id at hand, for which no other waits.
func (p *part) byItself(people []rows.Ref, isHeld, hasFlags bool) error {
	key := p.key
	if hasFlags || len(people) > 0 {
		if err := p.takeFlags(key, people, hasFlags); err != nil {
			return err
		}
	}
	if p.inBook || isHeld || len(p.own) > 0 {
		is, err := p.prepare(isHeld)
		if err == nil && is {
			err = p.night()
		}
		if err != nil {
			return err
		}
	}
	p.forget()
	if err := p.forwardContacts(people); err != nil {
		return err
	}
	if hasFlags {
		p.nextFlags()
	}
	return nil
}

// prepare readies the id at hand for its night: what tonight's rows and suspense bring
// for it become events. It reports whether there is such a loan; what is not of a loan
// is dealt with.
func (p *part) prepare(isHeld bool) (is bool, err error) {
	key, refs, inBook := p.key, p.own, p.inBook
	if inBook && len(refs) == 0 && !isHeld {
		p.in = night.Input{Loan: &p.loan, Base: p.baseOf(false), Final: p.final}
		p.putFlags(&p.in)
		p.eventful, p.needsPast = false, p.proc.MustRelive(&p.in)
		return true, nil
	}
	p.begin()
	booked, refs, err := p.takeLoanRows(key, refs, inBook)
	if err != nil {
		return false, err
	}
	p.isLoan = inBook || booked
	p.open(refs)
	if isHeld {
		if err := p.takeHeld(key, inBook || booked); err != nil {
			return false, err
		}
	}
	if !inBook && !booked {
		return false, p.unknown(key, refs)
	}
	if err := p.takeEvents(refs); err != nil {
		return false, err
	}
	p.in = night.Input{Loan: &p.loan, Booked: booked, Plan: p.plan, Events: p.events, Base: p.baseOf(booked), Final: p.final}
	p.putFlags(&p.in)
	p.eventful = true
	if p.needsPast = false; !booked {
		p.in.Plan = nil
		p.needsPast = p.proc.NeedsHistory(&p.in)
	}
	return true, nil
}

// takeHistory gives a loan's night what earlier nights did to it.
func (p *part) takeHistory(in *night.Input) error {
	if err := p.readHistory(); err != nil {
		return err
	}
	in.History = &p.past
	p.result.replayed++
	return nil
}

// putFlags gives a loan's night the flags of the loan and of its borrower that packs read.
func (p *part) putFlags(in *night.Input) {
	var again bool
	p.packFlags = p.n.packFlags.Read(p.packFlags[:0], p.telling)
	p.packFlags, again = p.n.packFlags.Of(p.packFlags, p.loan.Borrower)
	in.Flags, in.Reflagged = p.packFlags, again || p.reflagged
}
