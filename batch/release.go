package batch

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"daybook/batch/rows"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// A decided is what releases and the reversals of files and nights decide, before any
// partition is worked.
type decided struct {
	heldByID      map[string][]*located   // held items that tonight's releases name
	heldMore      map[string]bool         // ids of which there are more
	released      map[heldID][]byte       // by heldKey of the item: the adjustment that releases it
	releases      map[heldID]bool         // by heldKey of a release that goes to its loan tonight
	releasedTo    map[string]money.Amount // and what, by loan
	releasesOf    map[string]int          // how many, by loan
	stated        map[rowAt]int64         // amounts that rows of releases name
	reversedFiles []record.Reversed
	reversing     []record.Reversed    // tonight
	sentFiles     map[string]*sentFile // by digest, once one is asked for
}

// A rowAt is a row of tonight's files.
type rowAt struct {
	file uint16
	num  int64
}

// A heldID names a held item in memory. Ids may hold any character, so that no text in
// between keeps two of them apart.
type heldID struct{ loan, item string }

func heldKey(loanID, item []byte) heldID { return heldID{string(loanID), string(item)} }

// heldAlikeMax is the most held items of one id that a release without a loan of its
// own is compared with: banks number payments, so that ids repeat by mistake only.
const heldAlikeMax = 1 << 12

// loadHeld reads the held items that tonight's releases name, by their own id. Beyond
// heldAlikeMax of one id it reads those of a loan that a release names.
func (n *taken) loadHeld(ctx context.Context) error {
	n.heldByID, n.heldMore = map[string][]*located{}, map[string]bool{}
	n.released, n.releases, n.releasesOf = map[heldID][]byte{}, map[heldID]bool{}, map[string]int{}
	n.releasedTo = map[string]money.Amount{}
	n.stated = map[rowAt]int64{}
	named, own := map[string]bool{}, map[heldID]bool{}
	for i := range n.specials {
		if s := &n.specials[i]; s.kind.Releases() {
			for _, id := range [...][]byte{s.target, s.id} {
				named[string(id)] = true
				own[heldKey(s.loan, id)] = true
			}
		}
	}
	if len(named) == 0 {
		return nil
	}
	s, err := n.book.Scan(store.Held, civil.None, 0, store.Partitions)
	if err != nil {
		return err
	}
	defer s.Close()
	for count := 0; s.Next(); count++ {
		if count%4096 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if !named[string(s.Item())] {
			continue
		}
		id := string(s.Item())
		if len(n.heldByID[id]) >= heldAlikeMax && !own[heldKey(s.ID(), s.Item())] {
			n.heldMore[id] = true
			continue
		}
		x := &located{loan: bytes.Clone(s.ID())}
		if err := x.Read(bytes.Clone(s.Item()), bytes.Clone(s.Record())); err != nil {
			return err
		}
		n.heldByID[id] = append(n.heldByID[id], x)
	}
	return s.Err()
}

// decideRelease sends held money to its loan, or back.
func (n *taken) decideRelease(s *special, out *rows.Writer, returns *mover) (loan.Reason, error) {
	switch {
	case s.valueDate > n.o.Date:
		return loan.ValueDateAfterBusinessDate, nil
	case len(s.target) == 0:
		return loan.MissingValue, nil
	}
	item, reason := n.heldFor(s)
	switch {
	case reason != loan.OK:
		return reason, nil
	case n.rules.IsLocked(s.valueDate):
		return loan.PeriodLocked, nil
	case s.choice == loan.Return:
		item.By = s.id
		n.released[heldKey(item.loan, item.ID)] = s.id
		returns.add(item.loan, &item.Held, nil)
		return loan.OK, nil
	case s.choice != loan.NoChoice:
		return loan.UnknownChoice, nil
	}
	rec, ok, err := n.book.Find(store.Loans, s.loan)
	if err != nil {
		return loan.OK, err
	}
	if !ok {
		return loan.UnknownLoan, nil
	}
	var l loan.Loan
	if err := record.DecodeLoan(rec, &l); err != nil {
		return loan.OK, fmt.Errorf("loan %q: %w", s.loan, err)
	}
	switch {
	case l.Currency != item.Currency:
		return loan.WrongCurrency, nil
	case s.valueDate < l.Terms.DisbursedOn:
		return loan.ValueDateBeforeDisbursement, nil
	case l.HasApplied(loan.FingerprintOf(s.id)) || n.isHeldFor(s.loan, s.id):
		return loan.ConflictingDuplicate, nil // the id is another event's of this loan
	case n.releasesOf[string(s.loan)] >= min(eventsMax, eventsLifeMax-appliedTo(&l)):
		return loan.TooManyEvents, nil
	case l.Volume()+n.releasedTo[string(s.loan)]+item.Amount > loan.SumMax/money.Amount(n.rules.Scale[l.Currency]):
		return loan.AmountOverflow, nil
	}
	n.releasesOf[string(s.loan)]++
	n.releasedTo[string(s.loan)] += item.Amount
	item.By = s.id
	n.released[heldKey(item.loan, item.ID)] = s.id
	n.releases[heldKey(s.loan, s.id)] = true
	n.stated[rowAt{uint16(s.file), s.num}] = s.amount
	hash := store.Hash(s.loan)
	row := rows.AppendHead(nil, hash, s.loan, rows.ReleaseRow, s.file, s.num)
	return passedOn, out.Add(hash, appendRelease(row, s, item))
}

// heldFor finds the held item that a release names. Items of several loans may have
// one id: then the amount says which, if the row names one, or the loan.
func (n *taken) heldFor(s *special) (*located, loan.Reason) {
	var open, own []*located
	reason := loan.UnknownTarget
	for _, x := range n.heldByID[string(s.target)] {
		amount := int64(x.Amount)
		if !s.minor {
			amount *= n.rules.Scale[x.Currency]
		}
		switch {
		case bytes.Equal(x.By, s.id):
			return nil, loan.ExactDuplicate
		case x.By != nil:
			reason = loan.AlreadyReleased
		case s.amount == 0 || s.amount == amount:
			open = append(open, x)
			if bytes.Equal(x.loan, s.loan) {
				own = append(own, x)
			}
		}
	}
	switch {
	case len(open) == 1 && !n.heldMore[string(s.target)]:
		return open[0], loan.OK
	case len(own) == 1:
		return own[0], loan.OK
	case len(open) > 1:
		return nil, loan.UnknownTarget
	}
	return nil, reason
}

// isHeldFor reports whether an id is that of a payment held under a loan's id, or
// of a release that goes to the loan tonight.
func (n *taken) isHeldFor(loanID, id []byte) bool {
	return n.releases[heldKey(loanID, id)] ||
		slices.ContainsFunc(n.heldByID[string(id)], func(x *located) bool { return bytes.Equal(x.loan, loanID) })
}

// appendRelease writes the body of a release as an event of its loan.
func appendRelease(b []byte, s *special, item *located) []byte {
	b = append(b, byte(loan.KindRelease), rows.EventAmount|rows.EventMinor|rows.EventMore|rows.EventReleases, rows.NoCurrency)
	b = rows.AppendInt(b, int64(s.valueDate))
	b = rows.AppendInt(b, int64(item.Amount))
	b = rows.AppendText(b, s.id)
	b = append(b, 0, byte(s.choice))
	for _, v := range [...]int64{0, 0, -1, 0, 0} { // until, first due, rate, installments, frequency
		b = rows.AppendInt(b, v)
	}
	b = rows.AppendText(b, s.target)
	return rows.AppendText(b, nil)
}
