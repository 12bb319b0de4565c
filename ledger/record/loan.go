package record

import (
	"encoding/binary"
	"errors"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A loan's record: a version, the contract, which never changes and is copied
// from night to night, a word of bits that say what else there is, and the state.
// Most loans lack most of what a loan may have: the bits make an ordinary record
// of 75 bytes where writing every field took 115, and the book is what a night
// writes most of.
const loanVersion = 2

// The bits.
const (
	hasMetAhead   = 1 << iota // instalments are partly met
	hasFeesBefore             // instalment fees have fallen due
	hasOwnPaid                // what is paid does not follow from what instalments met
	hasCharged                // fees or penalties were charged
	hasCredit
	hasPlan      // explicit instalments
	hasCharges   // charges that are open
	hasBalance   // the open balance does not follow from what was due before
	hasFallen    // instalment fees are posted
	hasSuspended // interest is in memo only
	hasLateCost  // late charges are posted
	hasDelta     // the score moved
	hasServicing // see servicing
	hasLateMet   // instalments were met late
	hasMoved     // the bucket is another than the night before
	hasPaid      // something was paid
)

// The bits have two bytes.
const _ = uint16(hasPaid)

// Method and day count share a byte.
const (
	_ = uint(16 - int(loan.Methods))
	_ = uint(16 - int(civil.DayCounts))
)

var (
	errRecord        = errors.New("loan record is damaged")
	errRecordVersion = errors.New("loan record is of another version of daybook; close the nights again into a new book")
)

// AppendLoan appends the record of a loan: all of it but its id, which is the
// key.
func AppendLoan(b []byte, l *loan.Loan) []byte {
	e := encoder{append(b, loanVersion)}
	if l.Contract != nil {
		e.b = append(e.b, l.Contract...)
	} else {
		e.contract(l)
	}
	at := len(e.b)
	e.b = append(e.b, 0, 0)
	has := e.state(l, l.Terms.DisbursedOn) // it may move e.b
	binary.LittleEndian.PutUint16(e.b[at:], has)
	return e.b
}

func (e *encoder) contract(l *loan.Loan) {
	e.terms(&l.Terms)
	e.bytes(l.Borrower)
	e.uint(uint64(l.Product))
	e.uint(uint64(l.Currency))
	e.uint(uint64(l.Region))
	e.date(l.BookedOn, l.Terms.DisbursedOn)
	e.int(int64(l.OpeningScore))
}

// terms writes whole terms: a contract's, or those of a restructuring.
func (e *encoder) terms(t *loan.Terms) {
	require(validTerms(t), "terms that no loan can have")
	e.date(t.DisbursedOn, 0)
	e.amount(t.Principal)
	e.amount(t.Level)
	e.amount(t.Fee)
	e.uint(uint64(t.Rate))
	e.date(t.FirstDueOn, t.DisbursedOn)
	e.uint(uint64(t.Installments))
	e.int(int64(t.Frequency))
	e.b = append(e.b, byte(t.Method)|byte(t.DayCount)<<4)
}

// state writes what the nights have made of the loan, and returns the bits.
func (e *encoder) state(l *loan.Loan, base civil.Date) (has uint16) {
	f := &l.Life
	e.uint(uint64(f.Open.No))
	e.date(f.Open.From, base)
	e.amount(f.Before[loan.Principal])
	e.amount(f.Before[loan.Interest])
	e.date(f.Last.Date, base)
	e.b = append(e.b, f.Last.Rank)
	e.int(int64(f.MetWhen[0]))
	e.amount(l.Earned)
	e.date(l.LastEntryOn, base)
	e.bytes(l.Applied)
	e.b = append(e.b, l.Bucket, l.LastStatus)
	e.int(int64(l.Score - l.OpeningScore))
	e.history(&l.History)
	has |= e.amounts(l)
	if f.LastPaidOn != civil.None {
		has |= hasPaid
		e.date(f.LastPaidOn, base)
		e.amount(f.LastPaidAmount)
	}
	if f.Plan != nil {
		has |= hasPlan
		e.plan(f.Plan, base)
	}
	if len(f.Charges) > 0 {
		has |= hasCharges
		e.charges(f.Charges, base)
	}
	if l.PrevBucket != l.Bucket {
		has |= hasMoved
		e.b = append(e.b, l.PrevBucket)
	}
	if l.ScoreDelta != 0 || l.Reasons != [4]uint8{} {
		has |= hasDelta
		e.int(int64(l.ScoreDelta))
		e.b = append(e.b, l.Reasons[:]...)
	}
	if f.MetWhen[1] != 0 || f.MetWhen[2] != 0 {
		has |= hasLateMet
		e.int(int64(f.MetWhen[1]))
		e.int(int64(f.MetWhen[2]))
	}
	if parts := servicingParts(f, base); parts != 0 {
		has |= hasServicing
		e.servicing(f, base, parts)
	}
	return has
}

// amounts writes the amounts that are mostly zero, or follow from others.
func (e *encoder) amounts(l *loan.Loan) (has uint16) {
	f := &l.Life
	if f.Met != f.Before {
		has |= hasMetAhead
		for c := range f.Met {
			e.amount(f.Met[c] - f.Before[c])
		}
	}
	if f.Before[loan.Fee] != 0 {
		has |= hasFeesBefore
		e.amount(f.Before[loan.Fee])
	}
	if f.Paid != (loan.Sums{f.Met[0], f.Met[1], f.Met[2], 0}) {
		has |= hasOwnPaid
		e.sums(&f.Paid)
	}
	if f.Charged != (loan.Sums{}) {
		has |= hasCharged
		e.amount(f.Charged[loan.Fee])
		e.amount(f.Charged[loan.Penalty])
	}
	if f.Credit != 0 {
		has |= hasCredit
		e.amount(f.Credit)
	}
	if f.Open.Balance != l.Terms.Principal-f.Before[loan.Principal] {
		has |= hasBalance
		e.amount(f.Open.Balance)
	}
	if l.Fallen != 0 {
		has |= hasFallen
		e.amount(l.Fallen)
	}
	if l.Suspended != 0 {
		has |= hasSuspended
		e.amount(l.Suspended)
	}
	if l.LateFees != 0 || l.LatePenalties != 0 {
		has |= hasLateCost
		e.amount(l.LateFees)
		e.amount(l.LatePenalties)
	}
	return has
}

// history writes the months up to the last that was opened.
func (e *encoder) history(h *[12]byte) {
	n := len(h)
	for n > 0 && h[n-1] == 0 {
		n--
	}
	e.b = append(e.b, byte(n))
	e.b = append(e.b, h[:n]...)
}

func (e *encoder) charges(list []loan.Charge, base civil.Date) {
	e.uint(uint64(len(list)))
	for i := range list {
		c := &list[i]
		require(c.Component < loan.Components, "a charge of no component")
		e.b = append(e.b, byte(c.Component))
		e.date(c.DueOn, base)
		e.amount(c.Amount)
		e.amount(c.Paid)
		e.bytes(c.ID)
	}
}

// DecodeLoan reads a record into l, whose slices it reuses; texts stay those of
// the record. The id is the caller's to set.
func DecodeLoan(rec []byte, l *loan.Loan) error {
	d := decoder{b: rec}
	switch d.byte() {
	case loanVersion:
	case 1: // before the first release
		return errRecordVersion
	default:
		return errRecord
	}
	d.contract(l)
	if d.bad {
		return errRecord
	}
	l.Contract = rec[1 : len(rec)-len(d.b)]
	bits := d.take(2)
	if d.bad {
		return errRecord
	}
	d.state(l, binary.LittleEndian.Uint16(bits))
	if d.bad || len(d.b) != 0 {
		return errRecord
	}
	return nil
}

func (d *decoder) contract(l *loan.Loan) {
	d.terms(&l.Terms)
	l.Borrower = d.bytes()
	l.Product = uint16(d.uint())
	l.Currency = uint16(d.uint())
	l.Region = uint16(d.uint())
	l.BookedOn = d.date(l.Terms.DisbursedOn)
	l.OpeningScore = int32(d.int())
}

func (d *decoder) terms(t *loan.Terms) {
	t.DisbursedOn = d.date(0)
	t.Principal = d.amount()
	t.Level = d.amount()
	t.Fee = d.amount()
	t.Rate = money.Rate(d.uint())
	t.FirstDueOn = d.date(t.DisbursedOn)
	t.Installments = int32(d.uint())
	t.Frequency = loan.Frequency(d.int())
	m := d.byte()
	t.Method, t.DayCount = loan.Method(m&15), civil.DayCount(m>>4)
	d.bad = d.bad || !validTerms(t)
}

// validTerms reports whether the terms are within what their form has room for, and
// what a loan's code takes.
func validTerms(t *loan.Terms) bool {
	return t.Method < loan.Methods && t.DayCount < civil.DayCounts && t.Installments >= 1 &&
		t.Installments <= loan.InstallmentsMax && t.Frequency != 0 && t.Rate >= 0 && t.Rate <= 10*money.RateOne
}

func (d *decoder) state(l *loan.Loan, has uint16) {
	f, base := &l.Life, l.Terms.DisbursedOn
	f.Open.No = int32(d.uint())
	f.Open.From = d.date(base)
	f.Before[loan.Principal] = d.amount()
	f.Before[loan.Interest] = d.amount()
	f.Last.Date = d.date(base)
	f.Last.Rank = d.byte()
	f.MetWhen = [3]int32{int32(d.int())}
	l.Earned = d.amount()
	l.LastEntryOn = d.date(base)
	l.Applied = append(l.Applied[:0], d.bytes()...)
	l.Bucket, l.LastStatus = d.byte(), d.byte()
	l.Score = l.OpeningScore + int32(d.int())
	l.History = [12]byte{}
	copy(l.History[:], d.take(uint64(min(d.byte(), byte(len(l.History))))))
	d.amounts(l, has)
	f.LastPaidOn, f.LastPaidAmount = civil.None, 0
	if has&hasPaid != 0 {
		f.LastPaidOn = d.date(base)
		f.LastPaidAmount = d.amount()
	}
	f.Plan = nil
	if has&hasPlan != 0 {
		f.Plan = d.plan(base)
	}
	f.Charges = f.Charges[:0]
	if has&hasCharges != 0 {
		d.charges(f, base)
	}
	l.PrevBucket = l.Bucket
	if has&hasMoved != 0 {
		l.PrevBucket = d.byte()
	}
	l.ScoreDelta, l.Reasons = 0, [4]uint8{}
	if has&hasDelta != 0 {
		l.ScoreDelta = int32(d.int())
		copy(l.Reasons[:], d.take(uint64(len(l.Reasons))))
	}
	if has&hasLateMet != 0 {
		f.MetWhen[1], f.MetWhen[2] = int32(d.int()), int32(d.int())
	}
	parts := byte(0)
	if has&hasServicing != 0 {
		parts = d.byte()
	}
	d.servicing(f, base, parts)
}

func (d *decoder) amounts(l *loan.Loan, has uint16) {
	f := &l.Life
	f.Before[loan.Fee] = 0
	var ahead [loan.Fee + 1]money.Amount
	if has&hasMetAhead != 0 {
		for c := range ahead {
			ahead[c] = d.amount()
		}
	}
	if has&hasFeesBefore != 0 {
		f.Before[loan.Fee] = d.amount()
	}
	for c := range f.Met {
		f.Met[c] = f.Before[c] + ahead[c]
	}
	f.Paid = loan.Sums{f.Met[0], f.Met[1], f.Met[2], 0}
	if has&hasOwnPaid != 0 {
		d.sums(&f.Paid)
	}
	f.Charged = loan.Sums{}
	if has&hasCharged != 0 {
		f.Charged[loan.Fee] = d.amount()
		f.Charged[loan.Penalty] = d.amount()
	}
	optional := func(bit uint16, otherwise money.Amount) money.Amount {
		if has&bit != 0 {
			return d.amount()
		}
		return otherwise
	}
	f.Credit = optional(hasCredit, 0)
	f.Open.Balance = optional(hasBalance, l.Terms.Principal-f.Before[loan.Principal])
	l.Fallen = optional(hasFallen, 0)
	l.Suspended = optional(hasSuspended, 0)
	l.LateFees, l.LatePenalties = 0, 0
	if has&hasLateCost != 0 {
		l.LateFees = d.amount()
		l.LatePenalties = d.amount()
	}
}

func (d *decoder) charges(f *loan.Life, base civil.Date) {
	for range d.count(5) {
		c := loan.Charge{Component: loan.Component(d.byte())}
		c.DueOn = d.date(base)
		c.Amount = d.amount()
		c.Paid = d.amount()
		c.ID = d.bytes()
		if c.Component >= loan.Components {
			d.bad = true
			return
		}
		f.Charges = append(f.Charges, c)
	}
}
