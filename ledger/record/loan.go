package record

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A loan's record: a version, the contract, which never changes and is copied
// from night to night, and the state. Both begin with a group of the numbers that every
// loan has; bits of the state say what else there is. Most loans lack most of what a
// loan may have, and the book is what a night writes most of: an ordinary record is of
// some 80 bytes.
const loanVersion = 3

// The bits.
const (
	hasMetAhead  = 1 << iota // instalments are partly met
	hasOwnPaid               // what is paid does not follow from what instalments met
	hasCharged               // fees or penalties were charged
	hasPlan                  // explicit instalments
	hasCharges               // charges that are open
	hasLateCost              // late charges are posted
	hasDelta                 // the score moved
	hasServicing             // see servicing
	hasLateMet               // instalments were met late
	hasMoved                 // the bucket is another than the night before
	hasTaken                 // instalments are short for late charges
	hasRegulated             // pauses that days past due leave out
	hasShared                // of the instalments that are overdue, those that were charged a share
	hasLater                 // later tranches
	hasStanding              // what its days come to, for its classes
	hasMeasures              // restructurings of a borrower in difficulty
	hasFell                  // due dates that an explicit plan was moved past
	hasScored                // points of events
	hasProvided              // what the last run provided for it
	hasMetDays               // the days on which instalments were met
)

// The numbers of a contract.
const (
	ofDisbursedOn = iota
	ofPrincipal
	ofLevel
	ofFee
	ofRate
	ofFirstDueOn
	ofInstallments
	ofFrequency
	ofMethod // and day count
	ofProduct
	ofCurrency
	ofRegion
	ofBookedOn
	ofOpeningScore
	ofBorrower // bytes of the id, which follows
	contractNumbers
)

// The numbers of a state. The first are those that change when nothing but time passes.
const (
	ofEarned = iota
	ofLateOn // lateness is counted up to here
	ofPassing
	ofHas = iota - 1
	ofOpenNo
	ofOpenFrom
	ofBefore // principal, interest and fee
	ofLastOn = iota - 1 + int(loan.Fee)
	ofPlace  // rank of the last event, bucket, status, months of history: a byte each
	ofMetWhen
	ofFallen
	ofLastEntryOn
	ofApplied // bytes of the fingerprints, which follow, before the history
	ofScore
	ofLastPaidOn
	ofLastPaidAmount
	ofCredit
	ofSuspended
	ofBalance
	stateNumbers
)

// A group has room for them.
const (
	_ = uint(groupMax - contractNumbers)
	_ = uint(groupMax - stateNumbers)
)

// Method, day count and whether there are rarer terms share a byte.
const (
	_ = uint(16 - int(loan.Methods))
	_ = uint(8 - int(civil.DayCounts))

	hasRareTerms = 1 << 7
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
	e.state(l, l.Terms.DisbursedOn)
	return e.b
}

// AppendPassed appends the record of a loan of which nothing has changed since it was
// decoded from rec but the interest earned and the day up to which lateness is counted:
// the same bytes as [AppendLoan]. Of a record of an older version it reports false.
func AppendPassed(b, rec []byte, l *loan.Loan) ([]byte, bool) {
	from := 1 + len(l.Contract) // of the state
	if l.Contract == nil || len(rec) < from+8 {
		return b, false
	}
	sizes := binary.LittleEndian.Uint64(rec[from:])
	kept := from + 8 + int(groupSizes[sizes&7]) + int(groupSizes[sizes>>3&7])
	earned, late := zigzag(l.Earned), dated(l.Late.On, l.Terms.DisbursedOn)
	codes := [ofPassing]uint8{sizeCodes[bits.Len64(earned)], sizeCodes[bits.Len64(late)]}
	sizes = sizes&^63 | uint64(codes[0]) | uint64(codes[1])<<3
	b = append(b, rec[:from]...)
	b = binary.LittleEndian.AppendUint64(b, sizes)
	b = binary.LittleEndian.AppendUint64(b, earned)[:len(b)+int(groupSizes[codes[0]])]
	b = binary.LittleEndian.AppendUint64(b, late)[:len(b)+int(groupSizes[codes[1]])]
	return append(b, rec[kept:]...), true
}

func (e *encoder) contract(l *loan.Loan) {
	t := &l.Terms
	require(validTerms(t), "terms that no loan can have")
	var v [contractNumbers]uint64
	v[ofDisbursedOn] = dated(t.DisbursedOn, 0)
	v[ofPrincipal], v[ofLevel], v[ofFee], v[ofRate] = zigzag(t.Principal), zigzag(t.Level), zigzag(t.Fee), uint64(t.Rate)
	v[ofFirstDueOn] = dated(t.FirstDueOn, t.DisbursedOn)
	v[ofInstallments], v[ofFrequency] = uint64(t.Installments), zigzag(t.Frequency)
	v[ofMethod] = uint64(methodByte(t))
	v[ofProduct], v[ofCurrency], v[ofRegion] = uint64(l.Product), uint64(l.Currency), uint64(l.Region)
	v[ofBookedOn], v[ofOpeningScore], v[ofBorrower] = dated(l.BookedOn, t.DisbursedOn), zigzag(l.OpeningScore), uint64(len(l.Borrower))
	e.group(v[:])
	e.b = append(e.b, l.Borrower...)
	e.rareTerms(t)
}

// methodByte is the method, the day count, and whether there are rarer terms.
func methodByte(t *loan.Terms) byte {
	m := byte(t.Method) | byte(t.DayCount)<<4
	if t.Grace != (loan.Grace{}) || t.Rounding != (loan.Rounding{}) {
		m |= hasRareTerms
	}
	return m
}

// rareTerms writes what the terms of most loans lack.
func (e *encoder) rareTerms(t *loan.Terms) {
	if methodByte(t)&hasRareTerms == 0 {
		return
	}
	for _, n := range t.Grace.Parts() {
		e.uint(uint64(*n))
	}
	e.b = append(e.b, byte(t.Rounding.Mode))
	e.amount(t.Rounding.Multiple)
}

// terms writes whole terms of a restructuring.
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
	e.b = append(e.b, methodByte(t))
	e.rareTerms(t)
}

// state writes what the nights have made of the loan.
func (e *encoder) state(l *loan.Loan, base civil.Date) {
	f := &l.Life
	servicing, months := servicingParts(f, base), months(&l.History)
	has := hasOf(l)
	if servicing != 0 {
		has |= hasServicing
	}
	var v [stateNumbers]uint64
	v[ofLateOn] = dated(f.Late.On, base)
	v[ofHas], v[ofOpenNo], v[ofOpenFrom] = has, uint64(f.Open.No), dated(f.Open.From, base)
	for c := range f.Before {
		v[ofBefore+c] = zigzag(f.Before[c])
	}
	v[ofLastOn], v[ofMetWhen], v[ofEarned] = dated(f.Last.Date, base), zigzag(f.MetWhen[0]), zigzag(l.Earned)
	v[ofPlace] = uint64(f.Last.Rank) | uint64(l.Bucket)<<8 | uint64(l.LastStatus)<<16 | uint64(months)<<24
	v[ofFallen], v[ofLastEntryOn], v[ofApplied] = zigzag(l.Fallen), dated(l.LastEntryOn, base), uint64(len(l.Applied))
	v[ofScore] = zigzag(l.Score - l.OpeningScore)
	v[ofLastPaidOn], v[ofLastPaidAmount] = dated(f.LastPaidOn, base), zigzag(f.LastPaidAmount)
	v[ofCredit], v[ofSuspended] = zigzag(f.Credit), zigzag(l.Suspended)
	v[ofBalance] = zigzag(f.Open.Balance - (l.Terms.Principal - f.Before[loan.Principal]))
	e.group(v[:])
	e.b = append(append(e.b, l.Applied...), l.History[:months]...)
	if has != 0 {
		e.rest(l, base, has, servicing)
	}
}

// hasOf says what of the rest the loan has, but for servicing.
func hasOf(l *loan.Loan) (has uint64) {
	f := &l.Life
	set := func(bit uint64, on bool) {
		if on {
			has |= bit
		}
	}
	set(hasMetAhead, f.Met != f.Before)
	set(hasOwnPaid, f.Paid != loan.Sums{f.Met[0], f.Met[1], f.Met[2], 0})
	set(hasCharged, f.Charged != loan.Sums{})
	set(hasPlan, f.Plan != nil)
	set(hasCharges, len(f.Charges) > 0)
	set(hasLateCost, l.LateFees != 0 || l.LatePenalties != 0)
	set(hasDelta, l.ScoreDelta != 0 || l.Reasons != [4]uint8{})
	set(hasLateMet, f.MetWhen[1] != 0 || f.MetWhen[2] != 0)
	set(hasMoved, l.PrevBucket != l.Bucket)
	set(hasTaken, f.Late.Taken != 0)
	set(hasRegulated, len(f.Regulated) > 0)
	set(hasLater, len(f.Later) > 0)
	set(hasStanding, len(l.Standing) > 0)
	set(hasMeasures, f.Measures > 0)
	set(hasFell, len(f.Fell) > 0)
	set(hasScored, len(l.Scored) > 0)
	set(hasProvided, len(l.Provided) > 0)
	set(hasMetDays, len(f.MetDays) > 0)
	set(hasShared, slices.ContainsFunc(f.Late.Items, func(x loan.LateItem) bool { return x.Shared }))
	return has
}

// rest writes what most loans lack.
func (e *encoder) rest(l *loan.Loan, base civil.Date, has uint64, servicing byte) {
	f := &l.Life
	if has&hasMetAhead != 0 {
		for c := range f.Met {
			e.amount(f.Met[c] - f.Before[c])
		}
	}
	if has&hasOwnPaid != 0 {
		e.sums(&f.Paid)
	}
	if has&hasCharged != 0 {
		e.amount(f.Charged[loan.Fee])
		e.amount(f.Charged[loan.Penalty])
	}
	if has&hasPlan != 0 {
		e.plan(f.Plan, base)
	}
	if has&hasCharges != 0 {
		e.charges(f.Charges, base)
	}
	if has&hasLateCost != 0 {
		e.amount(l.LateFees)
		e.amount(l.LatePenalties)
	}
	if has&hasDelta != 0 {
		e.int(int64(l.ScoreDelta))
		e.b = append(e.b, l.Reasons[:]...)
	}
	if has&hasLateMet != 0 {
		e.int(int64(f.MetWhen[1]))
		e.int(int64(f.MetWhen[2]))
	}
	if has&hasMoved != 0 {
		e.b = append(e.b, l.PrevBucket)
	}
	if has&hasTaken != 0 {
		e.amount(f.Late.Taken)
	}
	if has&hasServicing != 0 {
		e.servicing(f, base, servicing)
	}
	if has&hasRegulated != 0 {
		e.pauses(f.Regulated, base)
	}
	if has&hasShared != 0 {
		for i := range f.Late.Items {
			e.b = append(e.b, flag(f.Late.Items[i].Shared))
		}
	}
	if has&hasLater != 0 {
		e.uint(uint64(len(f.Later)))
		for _, x := range f.Later {
			e.date(x.On, base)
			e.amount(x.Amount)
		}
	}
	e.classes(l, base, has)
	e.kept(l, base, has)
}

// kept writes what some policies keep of a loan.
func (e *encoder) kept(l *loan.Loan, base civil.Date, has uint64) {
	if has&hasScored != 0 {
		e.bytes(l.Scored)
	}
	if has&hasProvided != 0 {
		e.bytes(l.Provided)
	}
	if has&hasMetDays != 0 {
		e.metDays(l.MetDays, base)
	}
}

// classes writes what classes ask of a loan.
func (e *encoder) classes(l *loan.Loan, base civil.Date, has uint64) {
	f := &l.Life
	if has&hasStanding != 0 {
		e.bytes(l.Standing)
	}
	if has&hasMeasures != 0 {
		e.uint(uint64(f.Measures))
		e.date(f.MeasureOn, base)
		e.date(f.MeasureFirstDue, base)
	}
	if has&hasFell != 0 {
		e.uint(uint64(len(f.Fell)))
		for _, due := range f.Fell {
			e.date(due, base)
		}
	}
}

// flag is a byte that says yes or no.
func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}

// months returns how many bytes of a history there are, up to the last that was opened.
func months(h *[12]byte) int {
	n := len(h)
	for n > 0 && h[n-1] == 0 {
		n--
	}
	return n
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
// the record. The id is the caller's to set. It is faster where the record's capacity goes on
// behind it, as in a page.
func DecodeLoan(rec []byte, l *loan.Loan) error {
	d := decoder{b: rec}
	d.version = d.byte()
	l.Standing, l.Scored, l.Provided, l.Restructured, l.MetDays = nil, nil, nil, loan.Restructured{}, nil
	switch d.version {
	case loanVersion:
		d.contract(l)
		if d.bad {
			return errRecord
		}
		end := len(rec) - len(d.b)
		l.Contract = rec[1:end:end]
		d.state(l)
	case 2:
		d.loan2(l)
	case 1: // before the first release
		return errRecordVersion
	default:
		return errRecord
	}
	if d.bad || len(d.b) != 0 {
		return errRecord
	}
	return nil
}

func (d *decoder) contract(l *loan.Loan) {
	var v [contractNumbers]uint64
	d.group(v[:])
	t := &l.Terms
	t.DisbursedOn = dateOf(v[ofDisbursedOn], 0)
	t.Principal, t.Level, t.Fee = unzigzag[money.Amount](v[ofPrincipal]), unzigzag[money.Amount](v[ofLevel]), unzigzag[money.Amount](v[ofFee])
	t.Rate, t.FirstDueOn = money.Rate(v[ofRate]), dateOf(v[ofFirstDueOn], t.DisbursedOn)
	t.Installments, t.Frequency = int32(v[ofInstallments]), loan.Frequency(unzigzag[int64](v[ofFrequency]))
	d.bad = d.bad || v[ofMethod] > 0xFF
	l.Product, l.Currency, l.Region = uint16(v[ofProduct]), uint16(v[ofCurrency]), uint16(v[ofRegion])
	l.BookedOn, l.OpeningScore = dateOf(v[ofBookedOn], t.DisbursedOn), int32(unzigzag[int64](v[ofOpeningScore]))
	l.Borrower = d.take(v[ofBorrower])
	d.methodByte(byte(v[ofMethod]), t)
}

// methodByte reads what methodByte and rareTerms wrote.
func (d *decoder) methodByte(m byte, t *loan.Terms) {
	t.Method, t.DayCount = loan.Method(m&15), civil.DayCount(m>>4&7)
	t.Grace, t.Rounding = loan.Grace{}, loan.Rounding{}
	if m&hasRareTerms != 0 {
		for _, n := range t.Grace.Parts() {
			*n = int32(min(d.uint(), 2*loan.InstallmentsMax))
		}
		t.Rounding.Mode = loan.RoundingMode(d.byte())
		t.Rounding.Multiple = d.amount()
	}
	d.bad = d.bad || !validTerms(t)
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
	d.methodByte(d.byte(), t)
}

// validTerms reports whether the terms are within what their form has room for, and
// what a loan's code takes.
func validTerms(t *loan.Terms) bool {
	return t.Method < loan.Methods && t.DayCount < civil.DayCounts && t.Installments >= 1 &&
		t.Installments <= loan.InstallmentsMax && t.Frequency.Valid() && t.Rate >= 0 && t.Rate <= 10*money.RateOne &&
		t.Grace.Fits(t.Installments) && t.Rounding.Mode < loan.RoundingModes && t.Rounding.Multiple >= 0
}

func (d *decoder) state(l *loan.Loan) {
	var v [stateNumbers]uint64
	d.group(v[:])
	f, base := &l.Life, l.Terms.DisbursedOn
	f.Open.No, f.Open.From = int32(v[ofOpenNo]), dateOf(v[ofOpenFrom], base)
	for c := range f.Before {
		f.Before[c] = unzigzag[money.Amount](v[ofBefore+c])
	}
	f.Open.Balance = l.Terms.Principal - f.Before[loan.Principal] + unzigzag[money.Amount](v[ofBalance])
	place := v[ofPlace]
	f.Last.Date, f.Last.Rank = dateOf(v[ofLastOn], base), byte(place)
	l.Bucket, l.LastStatus = byte(place>>8), byte(place>>16)
	f.MetWhen = [3]int32{int32(unzigzag[int64](v[ofMetWhen]))}
	l.Earned, l.Fallen = unzigzag[money.Amount](v[ofEarned]), unzigzag[money.Amount](v[ofFallen])
	l.LastEntryOn, l.Score = dateOf(v[ofLastEntryOn], base), l.OpeningScore+int32(unzigzag[int64](v[ofScore]))
	f.LastPaidOn, f.LastPaidAmount = dateOf(v[ofLastPaidOn], base), unzigzag[money.Amount](v[ofLastPaidAmount])
	f.Credit, l.Suspended = unzigzag[money.Amount](v[ofCredit]), unzigzag[money.Amount](v[ofSuspended])
	l.Applied = append(l.Applied[:0], d.take(v[ofApplied])...)
	l.History = [12]byte{}
	d.bad = d.bad || place>>24 > uint64(len(l.History))
	copy(l.History[:], d.take(place>>24))
	d.rest(l, v[ofHas])
	f.Late.On = dateOf(v[ofLateOn], base)
}

// rest reads what most loans lack.
func (d *decoder) rest(l *loan.Loan, has uint64) {
	f, base := &l.Life, l.Terms.DisbursedOn
	f.Met = f.Before
	if has&hasMetAhead != 0 {
		for c := range f.Met {
			f.Met[c] += d.amount()
		}
	}
	f.Paid = loan.Sums{f.Met[0], f.Met[1], f.Met[2], 0}
	f.Charged, f.Plan, f.Charges = loan.Sums{}, nil, f.Charges[:0]
	l.LateFees, l.LatePenalties, l.ScoreDelta, l.Reasons, l.PrevBucket = 0, 0, 0, [4]uint8{}, l.Bucket
	if has&hasOwnPaid != 0 {
		d.sums(&f.Paid)
	}
	if has&hasCharged != 0 {
		f.Charged[loan.Fee] = d.amount()
		f.Charged[loan.Penalty] = d.amount()
	}
	if has&hasPlan != 0 {
		f.Plan = d.plan(base)
	}
	if has&hasCharges != 0 {
		d.charges(f, base)
	}
	if has&hasLateCost != 0 {
		l.LateFees = d.amount()
		l.LatePenalties = d.amount()
	}
	if has&hasDelta != 0 {
		l.ScoreDelta = int32(d.int())
		copy(l.Reasons[:], d.take(uint64(len(l.Reasons))))
	}
	if has&hasLateMet != 0 {
		f.MetWhen[1], f.MetWhen[2] = int32(d.int()), int32(d.int())
	}
	if has&hasMoved != 0 {
		l.PrevBucket = d.byte()
	}
	taken := money.Amount(0)
	if has&hasTaken != 0 {
		taken = d.amount()
	}
	servicing := byte(0)
	if has&hasServicing != 0 {
		servicing = d.byte()
	}
	d.servicing(f, base, servicing)
	f.Late.Taken = taken
	if has&hasRegulated != 0 {
		f.Regulated = d.pauses(f.Regulated, base)
	}
	if has&hasShared != 0 {
		for i := range f.Late.Items {
			f.Late.Items[i].Shared = d.byte() != 0
		}
	}
	f.Later = f.Later[:0]
	if has&hasLater != 0 {
		for range d.count(2) {
			f.Later = append(f.Later, loan.Tranche{On: d.date(base), Amount: d.amount()})
		}
	}
	d.classes(l, has)
	d.kept(l, has)
}

// kept reads what some policies keep of a loan.
func (d *decoder) kept(l *loan.Loan, has uint64) {
	if has&hasScored != 0 {
		l.Scored = d.bytes() // the record's own
	}
	if has&hasProvided != 0 {
		l.Provided = d.bytes()
	}
	if has&hasMetDays != 0 {
		d.metDays(&l.Life, l.Terms.DisbursedOn)
	}
}

// classes reads what classes ask of a loan. Its standing stays the record's.
func (d *decoder) classes(l *loan.Loan, has uint64) {
	f, base := &l.Life, l.Terms.DisbursedOn
	if has&hasStanding != 0 {
		l.Standing = d.bytes()
	}
	if has&hasMeasures != 0 {
		f.Measures = int32(d.uint())
		f.MeasureOn, f.MeasureFirstDue = d.date(base), d.date(base)
	}
	if has&hasFell != 0 {
		for range d.count(1) {
			f.Fell = append(f.Fell, d.date(base))
		}
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
