package record

import (
	"encoding/binary"
	"errors"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A borrower's record: a version, bits, the record of the person, the flags and the
// contacts in their order. Numbers are variable-length integers, a date counts from
// the one before it, a word of the contract is its number, and what a row does not
// say is not written.
const borrowerVersion = 1

// Bits of a borrower.
const (
	borrowerHasRecord = 1 << iota
	borrowerHadLoan
	borrowerHasWorst
	borrowerBits = 1<<iota - 1
)

// Bits of a contact: what the row says.
const (
	borrowerContactTaskKey = 1 << iota
	borrowerContactLoan
	borrowerContactChannel
	borrowerContactOutcome
	borrowerContactAmount
	borrowerContactCurrency
	borrowerContactPromisedOn
	borrowerContactUntil
	borrowerContactReason
	borrowerContactTarget
	borrowerContactOwnLoan
	borrowerContactLoanIn
	borrowerContactBits = 1<<iota - 1
)

// The least bytes that a flag and a contact take.
const (
	borrowerFlagLeast    = 5
	borrowerContactLeast = 6
)

// The longest texts of the contract: of ids and words, and of reasons.
const (
	borrowerWordMax = 64
	borrowerNoteMax = 1024
)

const borrowerDayMicros = 86400 * 1e6

var (
	errBorrower        = errors.New("borrower record is damaged")
	errBorrowerVersion = errors.New("borrower record is of another version of daybook; close the nights again into a new book")
)

// AppendBorrower appends the record of a borrower: all of it but his id, which is
// the key. Equal states have equal bytes.
func AppendBorrower(b []byte, s *borrower.State) []byte {
	e := borrowerEncoder{encoder{append(b, borrowerVersion)}}
	bits := byte(0)
	if s.Record != nil {
		bits |= borrowerHasRecord
	}
	if s.HadLoan {
		bits |= borrowerHadLoan
	}
	if s.Worst > 0 {
		bits |= borrowerHasWorst
	}
	e.b = append(e.b, bits)
	if s.Worst > 0 {
		e.b = append(e.b, s.Worst)
	}
	if s.Record != nil {
		e.record(s.Record)
	}
	e.uint(uint64(len(s.Flags)))
	for i := range s.Flags {
		e.flag(&s.Flags[i])
	}
	e.uint(uint64(len(s.Contacts)))
	before := int64(0)
	for i := range s.Contacts {
		e.contact(&s.Contacts[i], before)
		before = s.Contacts[i].At
	}
	return e.b
}

// ReadBorrower reads a record that [AppendBorrower] wrote. The State keeps no part
// of b.
func ReadBorrower(b []byte) (borrower.State, error) {
	if len(b) == 0 {
		return borrower.State{}, errBorrower
	}
	if b[0] != borrowerVersion {
		return borrower.State{}, errBorrowerVersion
	}
	d := borrowerDecoder{b: string(b[1:])} // one copy, of which all texts are parts
	bits := d.byte()
	d.bad = d.bad || bits&^borrowerBits != 0
	s := borrower.State{HadLoan: bits&borrowerHadLoan != 0}
	if bits&borrowerHasWorst != 0 {
		s.Worst = d.byte()
		d.bad = d.bad || s.Worst == 0
	}
	if bits&borrowerHasRecord != 0 {
		s.Record = d.record()
	}
	for range d.count(borrowerFlagLeast) {
		if d.bad {
			break
		}
		s.Flags = append(s.Flags, d.flag())
	}
	before := int64(0)
	for range d.count(borrowerContactLeast) { // not allocated at once: a row takes more here than there
		if d.bad {
			break
		}
		s.Contacts = append(s.Contacts, d.contact(before))
		before = s.Contacts[len(s.Contacts)-1].At
	}
	if d.bad || len(d.b) > 0 || !s.Check() {
		return borrower.State{}, errBorrower
	}
	return s, nil
}

// A borrowerEncoder appends the parts of a borrower's record.
type borrowerEncoder struct{ encoder }

func (e *borrowerEncoder) text(s string) {
	e.uint(uint64(len(s)))
	e.b = append(e.b, s...)
}

// word writes a word of the contract as its number and 1, and any other as 0 and
// its text.
func (e *borrowerEncoder) word(number uint8, known bool, s string) {
	if known {
		e.b = append(e.b, number+1)
		return
	}
	e.b = append(e.b, 0)
	e.text(s)
}

func (e *borrowerEncoder) record(r *borrower.Record) {
	e.date(r.AsOf, 0)
	e.date(r.Night, r.AsOf)
	for _, s := range []string{r.Jurisdiction, r.TimeZone, r.SecondTimeZone, r.Language, r.Region, r.Employment, r.Currency} {
		e.text(s)
	}
	e.uint(uint64(r.ContactFrom + 1))
	e.uint(uint64(r.ContactUntil + 1))
	e.date(r.BornOn, 0)
	if !r.HasAffordable {
		e.uint(0)
		return
	}
	e.uint(uint64(r.Affordable) + 1)
	e.digits(r.Digits)
}

func (e *borrowerEncoder) flag(f *borrower.Flag) {
	e.text(f.Loan)
	e.text(f.Name)
	e.date(f.From, 0)
	e.date(f.Until, f.From)
	e.date(f.Night, f.From)
}

// contact writes a contact whose predecessor was at the instant before.
func (e *borrowerEncoder) contact(c *borrower.Contact, before int64) {
	bits := uint64(0)
	for i, says := range []bool{c.TaskKey != "", c.Loan != "", c.Channel != "", c.Outcome != "", c.HasAmount, c.Currency != "",
		c.PromisedOn != civil.None, c.Until != civil.None, c.Reason != "", c.Target != "", c.OwnLoan, c.LoanIn != ""} {
		if says {
			bits |= 1 << i
		}
	}
	e.uint(bits)
	e.text(c.ID)
	e.int(c.At - before)
	on := borrowerDateOf(c.At)
	e.date(c.Night, on)
	kind, known := borrower.ParseKind(c.Kind)
	e.word(uint8(kind), known, c.Kind)
	if bits&borrowerContactTaskKey != 0 {
		e.text(c.TaskKey)
	}
	if bits&borrowerContactLoan != 0 {
		e.text(c.Loan)
	}
	if bits&borrowerContactChannel != 0 {
		channel, known := borrower.ParseChannel(c.Channel)
		e.word(uint8(channel), known, c.Channel)
	}
	if bits&borrowerContactOutcome != 0 {
		result, known := borrower.ParseResult(c.Outcome)
		e.word(uint8(result), known, c.Outcome)
	}
	if bits&borrowerContactAmount != 0 {
		e.int(int64(c.Amount))
		e.digits(c.Digits)
	}
	if bits&borrowerContactCurrency != 0 {
		e.text(c.Currency)
	}
	if bits&borrowerContactPromisedOn != 0 {
		e.date(c.PromisedOn, on)
	}
	if bits&borrowerContactUntil != 0 {
		e.date(c.Until, on)
	}
	if bits&borrowerContactReason != 0 {
		e.text(c.Reason)
	}
	if bits&borrowerContactTarget != 0 {
		e.text(c.Target)
	}
	if bits&borrowerContactLoanIn != 0 {
		e.text(c.LoanIn)
	}
}

// borrowerDateOf returns an instant's date in UTC: what the dates of a row are near to.
func borrowerDateOf(at int64) civil.Date {
	d := at / borrowerDayMicros
	if at%borrowerDayMicros < 0 {
		d--
	}
	return civil.Date(d)
}

// A borrowerDecoder reads what an encoder wrote; after a fault everything reads as
// zero and bad is set.
type borrowerDecoder struct {
	b   string
	bad bool
}

func (d *borrowerDecoder) fail() {
	d.b, d.bad = "", true
}

func (d *borrowerDecoder) byte() byte {
	if d.b == "" {
		d.bad = true
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

// uint reads a number in its shortest form: a State has one way to be written.
func (d *borrowerDecoder) uint() (v uint64) {
	for i := 0; i < len(d.b) && i < binary.MaxVarintLen64; i++ {
		c := d.b[i]
		if i == binary.MaxVarintLen64-1 && c > 1 || i > 0 && c == 0 {
			break
		}
		v |= uint64(c&0x7f) << (7 * i)
		if c < 0x80 {
			d.b = d.b[i+1:]
			return v
		}
	}
	d.fail()
	return 0
}

func (d *borrowerDecoder) int() int64 { return unzigzag[int64](d.uint()) }

// text reads a text of at most so many bytes.
func (d *borrowerDecoder) text(most int) string {
	n := d.uint()
	if n > uint64(min(most, len(d.b))) {
		d.fail()
		return ""
	}
	s := d.b[:n]
	d.b = d.b[n:]
	return s
}

// must reads a text that is not empty.
func (d *borrowerDecoder) must(most int) string {
	s := d.text(most)
	if s == "" {
		d.fail()
	}
	return s
}

// word reads a word, one of the contract by its number.
func (d *borrowerDecoder) word(words int, name func(uint8) string) string {
	n := int(d.byte())
	switch {
	case n == 0:
		s := d.must(borrowerWordMax)
		for i := range words { // it has a number
			if name(uint8(i)) == s {
				d.fail()
			}
		}
		return s
	case n > words:
		d.fail()
		return ""
	}
	return name(uint8(n - 1))
}

func (d *borrowerDecoder) date(base civil.Date) civil.Date {
	v := d.uint()
	if v == 0 {
		return civil.None
	}
	v--
	on := int64(base) + unzigzag[int64](v)
	if on < int64(civil.Min) || on > int64(civil.Max) {
		d.fail()
		return civil.None
	}
	return civil.Date(on)
}

// day reads a date that cannot be missing.
func (d *borrowerDecoder) day(base civil.Date) civil.Date {
	on := d.date(base)
	if on == civil.None {
		d.fail()
		return 0
	}
	return on
}

// borrowerDigitsMax is the most digits after the point of an amount without a currency.
const borrowerDigitsMax = 18

// digits writes how an amount is stated.
func (e *borrowerEncoder) digits(n int8) {
	require(n >= borrower.MinorUnits && n <= borrowerDigitsMax, "an amount of so many digits")
	e.b = append(e.b, byte(n+1))
}

func (d *borrowerDecoder) digits() int8 {
	v := d.byte()
	if v > borrowerDigitsMax+1 {
		d.fail()
		return 0
	}
	return int8(v) - 1
}

// amount reads the magnitude of an amount that an input may carry.
func (d *borrowerDecoder) amount(v int64) money.Amount {
	if v > int64(money.Max) || v < -int64(money.Max) {
		d.fail()
		return 0
	}
	return money.Amount(v)
}

// count reads a number of things of at least size bytes each, so that a damaged
// record cannot ask for more memory than its own length allows.
func (d *borrowerDecoder) count(size int) int {
	n := d.uint()
	if n > uint64(len(d.b)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *borrowerDecoder) record() *borrower.Record {
	r := &borrower.Record{}
	r.AsOf = d.day(0)
	r.Night = d.day(r.AsOf)
	for _, s := range []*string{&r.Jurisdiction, &r.TimeZone, &r.SecondTimeZone, &r.Language, &r.Region, &r.Employment, &r.Currency} {
		*s = d.text(borrowerWordMax)
	}
	r.ContactFrom, r.ContactUntil = d.minutes(), d.minutes()
	r.BornOn = d.date(0)
	if v := d.uint(); v > 0 {
		r.HasAffordable = true
		if v-1 > uint64(money.Max) {
			d.fail()
			return r
		}
		r.Affordable, r.Digits = money.Amount(v-1), d.digits()
	}
	return r
}

// minutes reads a time of day, [borrower.NoTime] where there is none.
func (d *borrowerDecoder) minutes() int16 {
	v := d.uint()
	if v > 24*60 {
		d.fail()
		return borrower.NoTime
	}
	return int16(v) - 1
}

func (d *borrowerDecoder) flag() borrower.Flag {
	f := borrower.Flag{Loan: d.text(borrowerWordMax), Name: d.must(borrowerWordMax), From: d.day(0)}
	f.Until = d.date(f.From)
	f.Night = d.day(f.From)
	return f
}

func (d *borrowerDecoder) contact(before int64) borrower.Contact {
	bits := d.uint()
	if bits&^borrowerContactBits != 0 {
		d.fail()
	}
	c := borrower.Contact{ID: d.must(borrowerWordMax), At: before + d.int(), PromisedOn: civil.None, Until: civil.None}
	if c.At < int64(civil.Min)*borrowerDayMicros || c.At >= (int64(civil.Max)+1)*borrowerDayMicros {
		d.fail()
		c.At = 0
	}
	on := borrowerDateOf(c.At)
	c.Night = d.day(on)
	c.Kind = d.word(int(borrower.Kinds), func(i uint8) string { return borrower.Kind(i).String() })
	d.saidText(bits&borrowerContactTaskKey, &c.TaskKey, borrowerWordMax)
	d.saidText(bits&borrowerContactLoan, &c.Loan, borrowerWordMax)
	if bits&borrowerContactChannel != 0 {
		c.Channel = d.word(int(borrower.Channels), func(i uint8) string { return borrower.Channel(i).String() })
	}
	if bits&borrowerContactOutcome != 0 {
		c.Outcome = d.word(int(borrower.Results), func(i uint8) string { return borrower.Result(i).String() })
	}
	if bits&borrowerContactAmount != 0 {
		c.HasAmount, c.Amount = true, d.amount(d.int())
		c.Digits = d.digits()
	}
	d.saidText(bits&borrowerContactCurrency, &c.Currency, borrowerWordMax)
	if bits&borrowerContactPromisedOn != 0 {
		c.PromisedOn = d.day(on)
	}
	if bits&borrowerContactUntil != 0 {
		c.Until = d.day(on)
	}
	d.saidText(bits&borrowerContactReason, &c.Reason, borrowerNoteMax)
	d.saidText(bits&borrowerContactTarget, &c.Target, borrowerWordMax)
	d.saidText(bits&borrowerContactLoanIn, &c.LoanIn, borrowerWordMax)
	c.OwnLoan = bits&borrowerContactOwnLoan != 0
	return c
}

// saidText reads a text that the row has if bit is set.
func (d *borrowerDecoder) saidText(bit uint64, to *string, most int) {
	if bit != 0 {
		*to = d.must(most)
	}
}

// BorrowerFlags reads the flags of a record that [AppendBorrower] wrote, and nothing behind
// them.
func BorrowerFlags(b []byte) (flags []borrower.Flag, err error) {
	if len(b) == 0 {
		return nil, errBorrower
	}
	if b[0] != borrowerVersion {
		return nil, errBorrowerVersion
	}
	d := borrowerDecoder{b: string(b[1:])}
	bits := d.byte()
	if bits&borrowerHasWorst != 0 {
		d.byte()
	}
	if bits&borrowerHasRecord != 0 {
		d.record()
	}
	for range d.count(borrowerFlagLeast) {
		if d.bad {
			break
		}
		flags = append(flags, d.flag())
	}
	if d.bad {
		return nil, errBorrower
	}
	return flags, nil
}
