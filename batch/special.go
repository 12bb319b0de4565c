package batch

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"daybook/batch/intake"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
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

// specialsMax is the most of them in one night; a lender has a few. They are in
// memory together, with the held items that they name. Tests make it smaller.
var specialsMax = 1 << 15

// special takes one of a row. The night's first in the order of files and rows count;
// what is beyond is rejected, whoever reads it and when.
func (r *reader) special(s special) {
	n := r.n
	n.specialsMu.Lock()
	defer n.specialsMu.Unlock()
	n.specials = append(n.specials, s)
	if len(n.specials) > 2*specialsMax {
		n.cutSpecials(r.tallies, &r.rejects)
	}
}

// cutSpecials sorts what is there and rejects what is beyond the limit.
func (n *closing) cutSpecials(tallies []tally, rejects *rejecter) {
	slices.SortFunc(n.specials, func(a, b special) int {
		if a.file != b.file {
			return a.file - b.file
		}
		return int(a.num - b.num)
	})
	for i := min(specialsMax, len(n.specials)); i < len(n.specials); i++ {
		s := &n.specials[i]
		tallies[s.file].rejected.add(s.amount)
		rejects.add(reject{file: uint16(s.file), reason: loan.TooManyEvents, num: s.num, amount: s.amount})
		*s = special{} // its texts
	}
	n.specials = n.specials[:min(specialsMax, len(n.specials))]
}

// decideSpecials decides on them in the order of files and rows.
func (n *closing) decideSpecials(ctx context.Context) error {
	if len(n.specials) == 0 {
		return nil
	}
	rejects := rejecter{w: n.rejects.Writer(1)}
	returns := mover{w: n.returns.Writer(1)}
	n.cutSpecials(n.tallies, &rejects)
	if err := n.loadReversedFiles(); err != nil {
		return err
	}
	if err := n.loadHeld(ctx); err != nil {
		return err
	}
	out := n.scatter.writer(n.o.Workers)
	for i := range n.specials {
		s := &n.specials[i]
		var reason loan.Reason
		err := ctx.Err()
		switch {
		case err != nil:
		case s.kind == loan.KindRelease:
			reason, err = n.decideRelease(s, out, &returns)
		default:
			reason, err = n.decideFileReversal(s)
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
	return errors.Join(out.flush(), rejects.flush(), returns.flush())
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

// heldAlikeMax is the most held items of one id that a release without a loan of its
// own is compared with: banks number payments, so that ids repeat by mistake only.
const heldAlikeMax = 1 << 12

// loadHeld reads the held items that tonight's releases name, by their own id. Beyond
// heldAlikeMax of one id it reads those of a loan that a release names.
func (n *closing) loadHeld(ctx context.Context) error {
	n.heldByID, n.heldMore = map[string][]*located{}, map[string]bool{}
	n.released, n.releases, n.releasesOf = map[string][]byte{}, map[string]bool{}, map[string]int{}
	n.stated = map[rowAt]int64{}
	named, own := map[string]bool{}, map[string]bool{}
	for i := range n.specials {
		if s := &n.specials[i]; s.kind == loan.KindRelease {
			for _, id := range [...][]byte{s.target, s.id} {
				named[string(id)] = true
				own[heldKey(s.loan, id)] = true
			}
		}
	}
	if len(named) == 0 {
		return nil
	}
	s, err := n.book.Held(0, store.Partitions)
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
		if err := x.read(bytes.Clone(s.Item()), bytes.Clone(s.Record())); err != nil {
			return err
		}
		n.heldByID[id] = append(n.heldByID[id], x)
	}
	return s.Err()
}

// decideRelease sends held money to its loan, or back.
func (n *closing) decideRelease(s *special, out *scatterer, returns *mover) (loan.Reason, error) {
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
		returns.add(item.loan, &item.heldItem)
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
	case n.releasesOf[string(s.loan)] >= min(eventsMax, eventsLifeMax-appliedTo(&l)):
		return loan.TooManyEvents, nil
	}
	n.releasesOf[string(s.loan)]++
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
func (n *closing) decideFileReversal(s *special) (loan.Reason, error) {
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
		for _, items := range n.heldByID { // what a later row would release
			for _, x := range items {
				if f.returns(&x.heldItem) {
					x.by = s.id
				}
			}
		}
	}
	return loan.OK, nil
}

// A sentFile is a file or night of a digest, on every night that it came.
type sentFile struct {
	found []reversedFile
	loans bool // a loan is not unbooked; it is written off or settled
}

// findFiles finds the file or night of a digest.
func (n *closing) findFiles(digest string) (found []reversedFile, reason loan.Reason, err error) {
	if n.sentFiles == nil {
		if err := n.loadSentFiles(); err != nil {
			return nil, loan.OK, err
		}
	}
	sent := n.sentFiles[digest]
	switch {
	case sent == nil:
		return nil, loan.UnknownTarget, nil
	case sent.loans:
		return nil, loan.NotAllowedByPolicy, nil
	}
	return sent.found, loan.OK, nil
}

// loadSentFiles reads once what all nights were sent.
func (n *closing) loadSentFiles() error {
	nights, err := n.book.Nights()
	if err != nil {
		return err
	}
	n.sentFiles = map[string]*sentFile{}
	add := func(digest string, d civil.Date, file int, isLoans bool) {
		s := n.sentFiles[digest]
		if s == nil {
			s = &sentFile{}
			n.sentFiles[digest] = s
		}
		s.found = append(s.found, reversedFile{Digest: digest, Night: d, File: file})
		s.loans = s.loans || isLoans
	}
	for _, d := range nights {
		r, err := readRecord(n.book, d)
		if err != nil {
			return err
		}
		add(r.InputsDigest, d, -1, false)
		for at, f := range r.Inputs {
			add(f.SHA256, d, at, f.Kind == intake.Loans.String() || f.Kind == intake.Schedules.String())
		}
	}
	return nil
}

// brought reports whether the file brought a held item.
func (f *reversedFile) brought(h *heldItem) bool {
	return h.arrivedOn == f.Night && (f.File < 0 || f.File == h.file)
}

// returns reports whether the file's reversal sends a held item back: suspense still
// holds it. What its own loan took since is reversed there; what an adjustment
// released stands, as someone decided it.
func (f *reversedFile) returns(h *heldItem) bool { return h.by == nil && f.brought(h) }

// takeReturn sends an item back that a reversed file brought.
func (p *part) takeReturn(key loanKey, h *heldItem) {
	for i := range p.n.reversing {
		if f := &p.n.reversing[i]; f.returns(h) {
			h.by = []byte(f.ID)
			p.returns.add(key.id, h)
		}
	}
}

// deriveHeldReversals adds a reversal for each payment of the hash range that a
// reversed file brought into suspense and its loan took on a later night.
func (p *part) deriveHeldReversals(q int, r hashRange) error {
	s, err := p.n.book.Held(q, q+1)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Next() {
		if !r.has(s.Hash()) {
			continue
		}
		var h heldItem
		if err := h.read(s.Item(), s.Record()); err != nil {
			return err
		}
		for i := range p.n.reversing {
			if f := &p.n.reversing[i]; h.applied && f.brought(&h) {
				p.rows.refs = append(p.rows.refs, rowRef{s.Hash(), derivedReversal(s.Hash(), s.ID(), f.ID, &loan.Event{ID: h.id}, p.n.o.Date)})
			}
		}
	}
	return s.Err()
}

// deriveReversals adds a reversal for each event of the partition that a reversed
// file brought.
func (p *part) deriveReversals(q int, r hashRange) error {
	if len(p.n.reversing) == 0 {
		return nil
	}
	if err := p.deriveHeldReversals(q, r); err != nil {
		return err
	}
	for _, f := range p.n.reversing {
		s, err := p.n.book.Journal(f.Night, q, q+1)
		if err != nil {
			return err
		}
		for s.Next() {
			if !r.has(s.Hash()) {
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
