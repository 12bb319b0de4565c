package batch

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"daybook/batch/intake"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
)

// Two kinds of adjustment reach beyond their loan's partition and are decided
// before the partitions are worked: the release of held money, which may lie
// under another id, and the reversal of a whole file or night.

// A special is such an adjustment, as the reading phase found it.
type special struct {
	kind      loan.Kind
	choice    loan.Choice
	file      int
	num       int64
	valueDate civil.Date
	loan      []byte
	id        []byte
	target    []byte
	amount    int64 // that its row names, zero where it names none
	minor     bool  // in minor units
}

// isSpecial reports whether an adjustment is decided before the partitions.
func isSpecial(kind loan.Kind, target []byte) bool {
	return kind == loan.KindRelease || kind == loan.KindReversal && isDigest(target)
}

// isDigest reports whether a target is the SHA-256 of a file or night, in hex.
func isDigest(target []byte) bool {
	if len(target) != 64 {
		return false
	}
	_, err := hex.DecodeString(string(target))
	return err == nil
}

func newSpecial(rows *intake.Rows, i int, kind loan.Kind, choice loan.Choice, amount int64) special {
	col := func(c int) []byte { return bytes.Clone(rows.Columns[c].Text(i)) }
	return special{
		kind: kind, choice: choice, file: rows.File.Index, num: rows.First + int64(i),
		amount: amount, minor: rows.Columns[intake.AdjustmentsAmount].Minor,
		valueDate: dateAt(&rows.Columns[intake.AdjustmentsValueDate], i),
		loan:      col(intake.AdjustmentsLoanID), id: col(intake.AdjustmentsAdjustmentID), target: col(intake.AdjustmentsTargetID),
	}
}

// decideSpecials decides on them in the order of files and rows.
func (n *closing) decideSpecials() error {
	if len(n.specials) == 0 {
		return nil
	}
	slices.SortFunc(n.specials, func(a, b special) int {
		if a.file != b.file {
			return a.file - b.file
		}
		return int(a.num - b.num)
	})
	if err := n.loadReversedFiles(); err != nil {
		return err
	}
	out := n.scatter.writer(n.o.Workers)
	rejects := rejecter{w: n.rejects.Writer(1)}
	for i := range n.specials {
		s := &n.specials[i]
		var reason loan.Reason
		var err error
		if s.kind == loan.KindRelease {
			reason, err = n.decideRelease(s, out)
		} else {
			reason, err = n.decideFileReversal(s, out)
		}
		if err != nil {
			return err
		}
		t := &n.tallies[s.file]
		switch reason {
		case passedOn:
		case loan.OK:
			t.applied.add(s.amount)
		case loan.ExactDuplicate:
			t.duplicates.add(s.amount)
		default:
			t.rejected.add(s.amount)
			rejects.add(reject{file: uint16(s.file), reason: reason, num: s.num, amount: s.amount})
		}
	}
	return errors.Join(out.flush(), rejects.flush())
}

// passedOn says that a row's outcome is decided and counted in its partition.
const passedOn = loan.Reasons

// A rowAt is a row of tonight's files.
type rowAt struct {
	file uint16
	num  int64
}

// heldKey names a held item in memory.
func heldKey(loanID, item []byte) string { return string(loanID) + "\x00" + string(item) }

// loadHeld reads all held items by their own id. Suspense is small: it is money
// that someone must look at.
func (n *closing) loadHeld() error {
	if n.heldByID != nil {
		return nil
	}
	n.heldByID = map[string][]*located{}
	n.released, n.releases = map[string][]byte{}, map[string]bool{}
	n.stated = map[rowAt]int64{}
	s, err := n.book.Held(0, store.Partitions)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		x := &located{loan: bytes.Clone(s.ID())}
		if err := x.read(bytes.Clone(s.Item()), bytes.Clone(s.Record())); err != nil {
			return err
		}
		n.heldByID[string(x.id)] = append(n.heldByID[string(x.id)], x)
	}
	return s.Err()
}

// A located is a held item and the id that it is held under.
type located struct {
	heldItem
	loan []byte
}

// decideRelease sends held money to its loan, or back.
func (n *closing) decideRelease(s *special, out *scatterer) (loan.Reason, error) {
	if err := n.loadHeld(); err != nil {
		return loan.OK, err
	}
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
	case s.choice == loan.Return:
		item.by = s.id
		n.released[heldKey(item.loan, item.id)] = s.id
		n.returns = append(n.returns, *item)
		return loan.OK, nil
	case s.choice != loan.NoChoice:
		return loan.UnknownChoice, nil
	}
	rec, ok, err := n.book.Loan(s.loan)
	if err != nil {
		return loan.OK, err
	}
	if !ok {
		return loan.UnknownLoan, nil
	}
	var l loan.Loan
	if err := store.DecodeLoan(rec, &l); err != nil {
		return loan.OK, fmt.Errorf("loan %q: %w", s.loan, err)
	}
	switch {
	case l.Currency != item.currency:
		return loan.WrongCurrency, nil
	case s.valueDate < l.Terms.DisbursedOn:
		return loan.ValueDateBeforeDisbursement, nil
	case l.HasApplied(loan.FingerprintOf(s.id)) || n.isHeldFor(s.loan, s.id):
		return loan.ConflictingDuplicate, nil // the id is another event's of this loan
	}
	item.by = s.id
	n.released[heldKey(item.loan, item.id)] = s.id
	n.releases[heldKey(s.loan, s.id)] = true
	n.stated[rowAt{uint16(s.file), s.num}] = s.amount
	hash := store.Hash(s.loan)
	row := appendHead(nil, hash, s.loan, releaseRow, s.file, s.num)
	return passedOn, out.add(hash, appendRelease(row, s, item))
}

// heldFor finds the held item that a release names. Items of several loans may have
// one id: then the amount says which, if the row names one, or the loan.
func (n *closing) heldFor(s *special) (*located, loan.Reason) {
	var open, own []*located
	reason := loan.UnknownTarget
	for _, x := range n.heldByID[string(s.target)] {
		amount := int64(x.amount)
		if !s.minor {
			amount *= n.rules.Scale[x.currency]
		}
		switch {
		case bytes.Equal(x.by, s.id):
			return nil, loan.ExactDuplicate
		case x.by != nil:
			reason = loan.AlreadyReleased
		case s.amount == 0 || s.amount == amount:
			open = append(open, x)
			if bytes.Equal(x.loan, s.loan) {
				own = append(own, x)
			}
		}
	}
	switch {
	case len(open) == 1:
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
func (n *closing) isHeldFor(loanID, id []byte) bool {
	return n.releases[heldKey(loanID, id)] ||
		slices.ContainsFunc(n.heldByID[string(id)], func(x *located) bool { return bytes.Equal(x.loan, loanID) })
}

// appendRelease writes the body of a release as an event of its loan.
func appendRelease(b []byte, s *special, item *located) []byte {
	b = append(b, byte(loan.KindRelease), eventAmount|eventMinor|eventMore|eventReleases, noCurrency)
	b = appendInt(b, int64(s.valueDate))
	b = appendInt(b, int64(item.amount))
	b = appendText(b, s.id)
	b = append(b, 0, byte(s.choice))
	for _, v := range [...]int64{0, 0, -1, 0, 0} { // until, first due, rate, installments, frequency
		b = appendInt(b, v)
	}
	b = appendText(b, s.target)
	return appendText(b, nil)
}

// A reversedFile is a file, or a whole night, that was reversed.
type reversedFile struct {
	ID     string     `json:"id"`
	Digest string     `json:"digest"`
	Night  civil.Date `json:"night"` // that brought the file
	File   int        `json:"file"`  // its number among that night's files; -1: all of them
}

const reversedMeta = "reversed_files"

func (n *closing) loadReversedFiles() error {
	src, ok, err := n.book.Meta(reversedMeta)
	if err != nil || !ok {
		return err
	}
	if err := json.Unmarshal(src, &n.reversedFiles); err != nil {
		return fmt.Errorf("the book's list of reversed files: %w", err)
	}
	return nil
}

// decideFileReversal finds the file or night that a digest names.
func (n *closing) decideFileReversal(s *special, out *scatterer) (loan.Reason, error) {
	if s.valueDate > n.o.Date {
		return loan.ValueDateAfterBusinessDate, nil
	}
	id, digest := string(s.id), string(bytes.ToLower(s.target))
	for _, r := range n.reversedFiles {
		switch {
		case r.ID == id && r.Digest == digest:
			return loan.ExactDuplicate, nil
		case r.ID == id:
			return loan.ConflictingDuplicate, nil
		case r.Digest == digest:
			return loan.TargetAlreadyReversed, nil
		}
	}
	found, reason, err := n.findFiles(digest)
	if err != nil || reason != loan.OK {
		return reason, err
	}
	for _, f := range found {
		f.ID = id
		n.reversedFiles = append(n.reversedFiles, f)
		n.reversing = append(n.reversing, f)
		if err := n.returnHeld(&f, s.id, out); err != nil {
			return loan.OK, err
		}
	}
	return loan.OK, nil
}

// findFiles finds the file or night of a digest, on every night that it came.
func (n *closing) findFiles(digest string) (found []reversedFile, reason loan.Reason, err error) {
	nights, err := n.book.Nights()
	if err != nil {
		return nil, loan.OK, err
	}
	for _, d := range nights {
		r, err := readRecord(n.book, d)
		if err != nil {
			return nil, loan.OK, err
		}
		if r.InputsDigest == digest {
			found = append(found, reversedFile{Digest: digest, Night: d, File: -1})
			continue
		}
		for at, f := range r.Inputs {
			if f.SHA256 != digest {
				continue
			}
			if f.Kind == intake.Loans.String() || f.Kind == intake.Schedules.String() {
				return nil, loan.NotAllowedByPolicy, nil // a loan is not unbooked; it is written off or settled
			}
			found = append(found, reversedFile{Digest: digest, Night: d, File: at})
		}
	}
	if len(found) == 0 {
		return nil, loan.UnknownTarget, nil
	}
	return found, loan.OK, nil
}

// returnHeld sends back what a reversed file brought and suspense still holds. What
// its own loan took since is reversed there; what an adjustment released stands, as
// someone decided it.
func (n *closing) returnHeld(f *reversedFile, by []byte, out *scatterer) error {
	if err := n.loadHeld(); err != nil {
		return err
	}
	for _, items := range n.heldByID {
		for _, x := range items {
			switch {
			case x.arrivedOn != f.Night || f.File >= 0 && f.File != x.file:
			case x.by == nil:
				x.by = by
				n.released[heldKey(x.loan, x.id)] = by
				n.returns = append(n.returns, *x)
			case x.applied:
				hash := store.Hash(x.loan)
				if err := out.add(hash, derivedReversal(hash, x.loan, f.ID, &loan.Event{ID: x.id}, n.o.Date)); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// deriveReversals adds a reversal for each event of the partition that a reversed
// file brought.
func (p *part) deriveReversals(q, slice, bits int) error {
	for _, f := range p.n.reversing {
		s, err := p.n.book.Journal(f.Night, q, q+1)
		if err != nil {
			return err
		}
		for s.Next() {
			if bits > 0 && int(s.Hash()<<8>>(64-bits)) != slice {
				continue
			}
			if err := p.pages0.Decode(s.Record(), f.Night); err != nil {
				s.Close()
				return fmt.Errorf("journal of %s, loan %q: %w", f.Night, s.ID(), err)
			}
			for i := range p.pages0.Events {
				e := &p.pages0.Events[i]
				if e.Kind != loan.KindBooking && e.Kind != loan.KindReversal && e.File != noFile && (f.File < 0 || int(e.File) == f.File) {
					p.rows.refs = append(p.rows.refs, rowRef{s.Hash(), derivedReversal(s.Hash(), s.ID(), f.ID, e, p.n.o.Date)})
				}
			}
		}
		err = s.Err()
		s.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// derivedReversal makes the row of a reversal that a file's reversal stands for.
// Its id names both, so that it is applied once.
func derivedReversal(hash uint64, id []byte, by string, e *loan.Event, date civil.Date) []byte {
	b := appendHead(nil, hash, id, derivedRow, 0, 0)
	b = append(b, byte(loan.KindReversal), eventMore, noCurrency)
	b = appendInt(b, int64(date))
	b = appendInt(b, 0)
	b = appendText(b, append(append([]byte(by), '/'), e.ID...))
	b = append(b, 0, 0)
	for _, v := range [...]int64{0, 0, -1, 0, 0} {
		b = appendInt(b, v)
	}
	b = appendText(b, e.ID)
	return appendText(b, nil)
}

// postMoves posts money that goes into suspense (sign 1) or back to its payer (-1),
// after the summary's entries so far, and returns how many there are then.
func (n *closing) postMoves(number int, items []located, kind ledger.EntryKind, sign money.Amount) int {
	slices.SortFunc(items, func(a, b located) int {
		return cmp.Or(bytes.Compare(a.loan, b.loan), bytes.Compare(a.id, b.id))
	})
	for i := range items {
		x := &items[i]
		on := n.o.Date
		if kind == ledger.Hold {
			on = x.valueDate
		}
		var log loan.Log
		log.Begin(kind, on, x.id)
		log.Post(ledger.CashClearing, sign*x.amount)
		log.Post(ledger.UnappliedReceipts, -sign*x.amount)
		e := log.Entry(0)
		number++
		n.gl.add(int(x.currency), &e)
		n.record.Entries++
		n.record.Postings += int64(len(e.Postings))
		appendLines(&n.summaryLines, entryID(n.o.Date, summaryPartition, number), nil, int(x.currency), &e, n.rules.Scale[x.currency])
		n.summaryBlob = appendBlob(n.summaryBlob, store.AppendLoanNight(nil, civil.None, x.currency, nil, &log))
	}
	return number
}
