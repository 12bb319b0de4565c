package store

import (
	"encoding/binary"
	"errors"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// recordVersion is the first byte of every loan record.
const recordVersion = 1

// An encoder appends variable-length integers: amounts and dates of a loan are
// mostly small, so a record is half the size of fixed fields, and writing it is
// what a night pays for.
type encoder struct{ b []byte }

func (e *encoder) uint(v uint64) {
	for v >= 0x80 {
		e.b = append(e.b, byte(v)|0x80)
		v >>= 7
	}
	e.b = append(e.b, byte(v))
}

func (e *encoder) int(v int64)           { e.uint(uint64(v)<<1 ^ uint64(v>>63)) }
func (e *encoder) amount(a money.Amount) { e.int(int64(a)) }
func (e *encoder) bytes(s []byte)        { e.uint(uint64(len(s))); e.b = append(e.b, s...) }
func (e *encoder) date(d, base civil.Date) {
	if d == civil.None {
		e.uint(0)
		return
	}
	v := int64(d - base)
	e.uint(1 + (uint64(v)<<1 ^ uint64(v>>63)))
}

// A decoder reads what an encoder wrote; after a fault everything reads as zero
// and bad is set.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) uint() uint64 {
	if len(d.b) > 0 && d.b[0] < 0x80 {
		v := d.b[0]
		d.b = d.b[1:]
		return uint64(v)
	}
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad, d.b = true, nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64           { v := d.uint(); return int64(v>>1) ^ -int64(v&1) }
func (d *decoder) amount() money.Amount { return money.Amount(d.int()) }
func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.bad = true
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad, d.b = true, nil
		return nil
	}
	v := d.b[:n:n]
	d.b = d.b[n:]
	return v
}

func (d *decoder) bytes() []byte { return d.take(d.uint()) }

func (d *decoder) date(base civil.Date) civil.Date {
	v := d.uint()
	if v == 0 {
		return civil.None
	}
	v--
	return base + civil.Date(int64(v>>1)^-int64(v&1))
}

// count reads a number of things of at least size bytes each, so that a damaged
// record cannot ask for more memory than it has bytes.
func (d *decoder) count(size int) int {
	n := d.uint()
	if n > uint64(len(d.b)/size) {
		d.bad, d.b = true, nil
		return 0
	}
	return int(n)
}

var errRecord = errors.New("loan record is damaged")

// AppendLoan appends the record of a loan: all of it but its id, which is the
// key.
func AppendLoan(b []byte, l *loan.Loan) []byte {
	e := encoder{append(b, recordVersion)}
	t := &l.Terms
	base := t.DisbursedOn
	e.date(base, 0)
	e.bytes(l.Borrower)
	e.amount(t.Principal)
	e.amount(t.Level)
	e.amount(t.Fee)
	e.uint(uint64(t.Rate))
	e.date(t.FirstDueOn, base)
	e.uint(uint64(t.Installments))
	e.int(int64(t.Frequency))
	e.b = append(e.b, byte(t.Method)|byte(t.DayCount)<<4)
	e.uint(uint64(l.Product))
	e.uint(uint64(l.Currency))
	e.uint(uint64(l.Region))
	e.date(l.BookedOn, base)
	e.int(int64(l.OpeningScore))
	e.life(&l.Life, base)
	e.amount(l.Earned)
	e.amount(l.Fallen)
	e.amount(l.Suspended)
	e.amount(l.LateFees)
	e.amount(l.LatePenalties)
	e.date(l.LastEntryOn, base)
	e.bytes(l.Applied)
	e.b = append(e.b, l.Bucket, l.PrevBucket, l.LastStatus)
	e.int(int64(l.Score))
	e.int(int64(l.ScoreDelta))
	e.b = append(e.b, l.Reasons[:]...)
	e.b = append(e.b, l.History[:]...)
	e.date(l.HistoryOn, base)
	return e.b
}

func (e *encoder) life(f *loan.Life, base civil.Date) {
	e.uint(uint64(f.Open.No))
	e.date(f.Open.From, base)
	e.amount(f.Open.Balance)
	for c := range f.Before {
		e.amount(f.Before[c])
		e.amount(f.Met[c] - f.Before[c])
	}
	for c := range f.Paid {
		e.amount(f.Paid[c])
	}
	e.amount(f.Charged[loan.Fee])
	e.amount(f.Charged[loan.Penalty])
	e.amount(f.Credit)
	e.date(f.Last.Date, base)
	e.b = append(e.b, f.Last.Rank)
	e.date(f.LastPaidOn, base)
	e.amount(f.LastPaidAmount)
	for _, n := range f.MetWhen {
		e.int(int64(n))
	}
	e.plan(f.Plan, base)
	e.uint(uint64(len(f.Charges)))
	for i := range f.Charges {
		c := &f.Charges[i]
		e.b = append(e.b, byte(c.Component))
		e.date(c.DueOn, base)
		e.amount(c.Amount)
		e.amount(c.Paid)
		e.bytes(c.ID)
	}
	e.servicing(f, base)
}

// Bits that say which of the rarer parts of a life a record has.
const (
	hasAdded = 1 << iota
	hasWaived
	hasLate
	hasDaily
	hasPauses
	hasOff
	hasChanged
)

// servicing writes what most loans have none of: a byte says which parts follow.
func (e *encoder) servicing(f *loan.Life, base civil.Date) {
	has := byte(0)
	set := func(bit byte, on bool) {
		if on {
			has |= bit
		}
	}
	set(hasAdded, f.Added != loan.Sums{})
	set(hasWaived, f.Waived != loan.Sums{})
	set(hasLate, f.Late.On != civil.None || len(f.Late.Items) > 0 || f.Late.Fees != 0 || f.Late.Penalties != 0)
	set(hasDaily, f.Daily != loan.Daily{On: base})
	set(hasPauses, len(f.Pauses) > 0)
	set(hasOff, f.Off != loan.Off{})
	set(hasChanged, f.Changed != nil)
	e.b = append(e.b, has)
	if has == 0 {
		return
	}
	if has&hasAdded != 0 {
		e.sums(&f.Added)
	}
	if has&hasWaived != 0 {
		e.sums(&f.Waived)
	}
	if has&hasLate != 0 {
		e.late(&f.Late, base)
	}
	if has&hasDaily != 0 {
		e.date(f.Daily.On, base)
		e.int(f.Daily.Sum)
		e.int(f.Daily.SumLeap)
		e.amount(f.Daily.Fallen)
	}
	if has&hasPauses != 0 {
		e.uint(uint64(len(f.Pauses)))
		for _, p := range f.Pauses {
			e.date(p.From, base)
			e.date(p.Until, base)
		}
	}
	if has&hasOff != 0 {
		e.b = append(e.b, byte(f.Off.Kind))
		e.date(f.Off.On, base)
		e.amount(f.Off.Amount)
		e.amount(f.Off.Recovered)
	}
	if has&hasChanged != 0 {
		e.terms(f.Changed)
	}
}

func (e *encoder) sums(s *loan.Sums) {
	for c := range s {
		e.amount(s[c])
	}
}

func (e *encoder) late(l *loan.Late, base civil.Date) {
	e.date(l.On, base)
	e.amount(l.Fees)
	e.amount(l.Penalties)
	e.uint(uint64(len(l.Items)))
	for i := range l.Items {
		x := &l.Items[i]
		done := uint64(0)
		if x.FeeDone {
			done = 1
		}
		e.uint(uint64(x.No)<<1 | done)
		e.int(x.Sum)
		e.amount(x.Charged)
	}
}

// terms writes whole terms: those of a restructuring.
func (e *encoder) terms(t *loan.Terms) {
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

// plan writes explicit instalments; 0 stands for none, else their number + 1.
func (e *encoder) plan(p []loan.Installment, base civil.Date) {
	if p == nil {
		e.uint(0)
		return
	}
	e.uint(uint64(len(p)) + 1)
	for i := range p {
		e.uint(uint64(p[i].No))
		e.date(p[i].From, base)
		e.date(p[i].DueOn, base)
		for c := range p[i].Due {
			e.amount(p[i].Due[c])
			e.amount(p[i].Paid[c])
			e.amount(p[i].Extra[c])
		}
	}
}

// DecodeLoan reads a record into l, whose slices it reuses; texts stay those of
// the record. The id is the caller's to set.
func DecodeLoan(rec []byte, l *loan.Loan) error {
	d := decoder{b: rec}
	if d.byte() != recordVersion {
		return errRecord
	}
	t := &l.Terms
	base := d.date(0)
	t.DisbursedOn = base
	l.Borrower = d.bytes()
	t.Principal = d.amount()
	t.Level = d.amount()
	t.Fee = d.amount()
	t.Rate = money.Rate(d.uint())
	t.FirstDueOn = d.date(base)
	t.Installments = int32(d.uint())
	t.Frequency = loan.Frequency(d.int())
	m := d.byte()
	t.Method, t.DayCount = loan.Method(m&15), civil.DayCount(m>>4)
	l.Product = uint16(d.uint())
	l.Currency = uint16(d.uint())
	l.Region = uint16(d.uint())
	l.BookedOn = d.date(base)
	l.OpeningScore = int32(d.int())
	d.life(&l.Life, base)
	l.Earned = d.amount()
	l.Fallen = d.amount()
	l.Suspended = d.amount()
	l.LateFees = d.amount()
	l.LatePenalties = d.amount()
	l.LastEntryOn = d.date(base)
	l.Applied = append(l.Applied[:0], d.bytes()...)
	l.Bucket, l.PrevBucket, l.LastStatus = d.byte(), d.byte(), d.byte()
	l.Score = int32(d.int())
	l.ScoreDelta = int32(d.int())
	copy(l.Reasons[:], d.take(uint64(len(l.Reasons))))
	copy(l.History[:], d.take(uint64(len(l.History))))
	l.HistoryOn = d.date(base)
	if d.bad || len(d.b) != 0 || t.Method >= loan.Methods || t.DayCount >= civil.DayCounts || t.Installments < 1 ||
		t.Installments > loan.InstallmentsMax || t.Frequency == 0 || t.Rate < 0 || t.Rate > 10*money.RateOne {
		return errRecord
	}
	return nil
}

func (d *decoder) life(f *loan.Life, base civil.Date) {
	f.Open.No = int32(d.uint())
	f.Open.From = d.date(base)
	f.Open.Balance = d.amount()
	for c := range f.Before {
		f.Before[c] = d.amount()
		f.Met[c] = f.Before[c] + d.amount()
	}
	for c := range f.Paid {
		f.Paid[c] = d.amount()
	}
	f.Charged = loan.Sums{}
	f.Charged[loan.Fee] = d.amount()
	f.Charged[loan.Penalty] = d.amount()
	f.Credit = d.amount()
	f.Last.Date = d.date(base)
	f.Last.Rank = d.byte()
	f.LastPaidOn = d.date(base)
	f.LastPaidAmount = d.amount()
	for i := range f.MetWhen {
		f.MetWhen[i] = int32(d.int())
	}
	f.Plan = d.plan(base)
	n := d.count(5)
	f.Charges = f.Charges[:0]
	for range n {
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
	d.servicing(f, base)
}

// servicing reads the parts that most loans have none of.
func (d *decoder) servicing(f *loan.Life, base civil.Date) {
	has := d.byte()
	f.Added, f.Waived, f.Daily = loan.Sums{}, loan.Sums{}, loan.Daily{On: base}
	f.Late = loan.Late{On: civil.None, Items: f.Late.Items[:0]}
	f.Pauses, f.Off, f.Changed = f.Pauses[:0], loan.Off{}, nil
	if has == 0 {
		return
	}
	if has&hasAdded != 0 {
		d.sums(&f.Added)
	}
	if has&hasWaived != 0 {
		d.sums(&f.Waived)
	}
	if has&hasLate != 0 {
		d.late(&f.Late, base)
	}
	if has&hasDaily != 0 {
		f.Daily = loan.Daily{On: d.date(base), Sum: d.int(), SumLeap: d.int(), Fallen: d.amount()}
	}
	if has&hasPauses != 0 {
		for range d.count(2) {
			f.Pauses = append(f.Pauses, loan.Pause{From: d.date(base), Until: d.date(base)})
		}
	}
	if has&hasOff != 0 {
		f.Off = loan.Off{Kind: loan.Kind(d.byte()), On: d.date(base), Amount: d.amount(), Recovered: d.amount()}
		d.bad = d.bad || f.Off.Kind != loan.KindChargeOff && f.Off.Kind != loan.KindWriteOff
	}
	if has&hasChanged != 0 {
		t := &loan.Terms{}
		d.terms(t)
		f.Changed = t
	}
}

func (d *decoder) sums(s *loan.Sums) {
	for c := range s {
		s[c] = d.amount()
	}
}

func (d *decoder) late(l *loan.Late, base civil.Date) {
	l.On = d.date(base)
	l.Fees = d.amount()
	l.Penalties = d.amount()
	for range d.count(3) {
		no := d.uint()
		l.Items = append(l.Items, loan.LateItem{No: int32(no >> 1), FeeDone: no&1 == 1, Sum: d.int(), Charged: d.amount()})
	}
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
	d.bad = d.bad || t.Method >= loan.Methods || t.DayCount >= civil.DayCounts || t.Installments < 1 ||
		t.Installments > loan.InstallmentsMax || t.Frequency == 0
}

func (d *decoder) plan(base civil.Date) []loan.Installment {
	if len(d.b) > 0 && d.b[0] == 0 {
		d.b = d.b[1:]
		return nil
	}
	n := d.count(1) - 1
	if n < 0 || n > loan.InstallmentsMax {
		d.bad = true
		return nil
	}
	p := make([]loan.Installment, 0, n)
	for range n {
		i := loan.Installment{No: int32(d.uint())}
		i.From = d.date(base)
		i.DueOn = d.date(base)
		for c := range i.Due {
			i.Due[c] = d.amount()
			i.Paid[c] = d.amount()
			i.Extra[c] = d.amount()
		}
		p = append(p, i)
	}
	return p
}
