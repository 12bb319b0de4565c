package queue

import (
	"encoding/binary"
	"errors"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports/spill"
)

// A Candidate is a borrower who may be contacted: he becomes a task, or falls below
// capacity. Amounts are of the currency of the worst loan.
type Candidate struct {
	Borrower []byte
	Class    uint8
	Value    int64
	Days     int32 // past due, of the worst loan
	Step     int   // place among the steps
	Champion bool  // of an experiment, with the ladder as it is
	Below    int32 // nights below capacity since the last task
	Ways     []Way
	Debt
	Person
	NextDueOn civil.Date // of a reminder
	NextDue   int64
	Loans     []LoanRow
	Offers    []OfferRow
}

// A Debt is what a borrower owes.
type Debt struct {
	Worst, Currency, Bucket string
	Other                   string // past due in other currencies: "EUR 3.10; USD 12.00"
	Covered                 Owed
	Withheld                Owed
	Total                   int64 // outstanding, covered
}

// Owed is loans, and what is past due of them in the borrower's currency.
type Owed struct {
	Loans   int32
	PastDue int64
}

// A Person is what a task says of a borrower.
type Person struct {
	Jurisdiction string
	Language     string
	Zone         string
}

// A Way is a channel of the step.
type Way struct {
	Channel                      borrower.Channel
	Open                         bool
	Blocked                      string // codes, where it is not open
	Notices                      string
	Timed                        bool
	Earliest, Latest             int64
	EarliestOffset, LatestOffset int // seconds ahead of UTC, in the home zone
	Attempts                     int32
}

// A LoanRow is a loan of a task.
type LoanRow struct {
	ID, Currency string
	Days         int32
	PastDue      int64
	Reason       string // why it is withheld; empty: it is covered
}

// An OfferRow is an offer, without the numbers that every loan's offers share.
type OfferRow struct {
	Loan, Currency, Kind, Reason string
	Rank                         int32
	Days                         [5]civil.Date // value date, valid until, first due, until, pay by
	Amounts                      [offerAmounts]int64
	Months, Rate                 int64
	Lines                        []OfferLine
}

// An OfferLine is an instalment of an offered plan.
type OfferLine struct {
	Number  int32
	DueOn   civil.Date
	Amounts [5]int64 // principal, interest, owed interest, owed fee, total
}

// The amounts of an offer, in the order of its columns; null where it has none.
const (
	OfferInstallment = iota
	OfferLast
	OfferNewInterest
	OfferWaived
	OfferForgiven
	OfferPay
	OfferTotal
	OfferExtra
	offerAmounts
)

// The dates of an offer.
const (
	OfferValueDate = iota
	OfferValidUntil
	OfferFirstDue
	OfferUntil
	OfferPayBy
)

// appendCandidate writes a candidate. What comes first gives the order: class, value
// descending, days past due descending, borrower.
func appendCandidate(b []byte, c *Candidate) []byte {
	b = spill.AppendInt(append(b, c.Class), ^c.Value)
	b = binary.BigEndian.AppendUint32(b, uint32(^c.Days)^1<<31)
	b = spill.AppendText(b, c.Borrower)
	b = binary.AppendUvarint(b, uint64(c.Step)<<1|bit(c.Champion))
	b = appendInt(b, int64(c.Below))
	b = binary.AppendUvarint(b, uint64(len(c.Ways)))
	for i := range c.Ways {
		b = appendWay(b, &c.Ways[i])
	}
	for _, s := range [...]string{c.Worst, c.Currency, c.Bucket, c.Other, c.Jurisdiction, c.Language, c.Zone} {
		b = appendText(b, s)
	}
	for _, v := range [...]int64{
		int64(c.Covered.Loans), c.Covered.PastDue, int64(c.Withheld.Loans), c.Withheld.PastDue, c.Total, int64(c.NextDueOn), c.NextDue,
	} {
		b = appendInt(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(c.Loans)))
	for i := range c.Loans {
		l := &c.Loans[i]
		b = appendText(appendText(appendText(b, l.ID), l.Currency), l.Reason)
		b = appendInt(appendInt(b, int64(l.Days)), l.PastDue)
	}
	b = binary.AppendUvarint(b, uint64(len(c.Offers)))
	for i := range c.Offers {
		b = appendOffer(b, &c.Offers[i])
	}
	return b
}

func bit(is bool) uint64 {
	if is {
		return 1
	}
	return 0
}

func appendWay(b []byte, w *Way) []byte {
	b = append(b, byte(w.Channel), byte(bit(w.Open)|bit(w.Timed)<<1))
	if !w.Open {
		return appendText(b, w.Blocked)
	}
	b = appendText(b, w.Notices)
	for _, v := range [...]int64{w.Earliest, w.Latest - w.Earliest, int64(w.EarliestOffset), int64(w.LatestOffset), int64(w.Attempts)} {
		b = appendInt(b, v)
	}
	return b
}

func appendOffer(b []byte, o *OfferRow) []byte {
	b = appendText(appendText(appendText(appendText(b, o.Loan), o.Currency), o.Kind), o.Reason)
	b = appendInt(appendInt(appendInt(b, int64(o.Rank)), o.Months), o.Rate)
	for _, d := range o.Days {
		b = appendInt(b, int64(d))
	}
	for _, v := range o.Amounts {
		b = appendInt(b, v)
	}
	b = binary.AppendUvarint(b, uint64(len(o.Lines)))
	for i := range o.Lines {
		l := &o.Lines[i]
		b = appendInt(appendInt(b, int64(l.Number)), int64(l.DueOn))
		for _, v := range l.Amounts {
			b = appendInt(b, v)
		}
	}
	return b
}

// A candidate is one as it is read: texts are parts of its record, and its memory is used
// again for the next.
type candidate struct {
	borrower []byte
	class    uint8
	value    int64
	days     int32
	step     int
	champion bool
	below    int32
	ways     []way
	words    [7][]byte // worst, currency, bucket, other, jurisdiction, language, zone
	numbers  [7]int64  // loans, past due, withheld loans and past due, total, next due on and amount
	loans    []loanRow
	offers   []offerRow
}

// The words and numbers of a candidate.
const (
	wordWorst = iota
	wordCurrency
	wordBucket
	wordOther
	wordJurisdiction
	wordLanguage
	wordZone
)

const (
	numberLoans = iota
	numberPastDue
	numberWithheld
	numberWithheldPastDue
	numberTotal
	numberNextOn
	numberNext
)

type way struct {
	channel     borrower.Channel
	open, timed bool
	blocked     []byte
	notices     []byte
	earliest    int64
	latest      int64
	offsets     [2]int
	attempts    int32
}

type loanRow struct {
	id, currency, reason []byte
	days                 int32
	pastDue              int64
}

type offerRow struct {
	loan, currency, kind, reason []byte
	rank                         int32
	months, rate                 int64
	days                         [5]civil.Date
	amounts                      [offerAmounts]int64
	lines                        []OfferLine
}

var errDamaged = errors.New("what is kept of the queue is damaged")

// read reads a record that appendCandidate wrote.
func (c *candidate) read(rec []byte) error {
	const fixed = 1 + 8 + 4
	if len(rec) < fixed {
		return errDamaged
	}
	c.class = rec[0]
	c.value = ^int64(binary.BigEndian.Uint64(rec[1:]) ^ 1<<63)
	c.days = ^int32(binary.BigEndian.Uint32(rec[9:]) ^ 1<<31)
	id := spill.Record{B: rec[fixed:]}
	c.borrower = id.Text()
	d := decoder{b: id.B, bad: id.Bad}
	c.readWays(&d)
	for i := range c.words {
		c.words[i] = d.text()
	}
	for i := range c.numbers {
		c.numbers[i] = d.int()
	}
	c.loans = c.loans[:0]
	for range d.count() {
		c.loans = append(c.loans, loanRow{id: d.text(), currency: d.text(), reason: d.text(), days: int32(d.int()), pastDue: d.int()})
	}
	c.offers = c.offers[:0]
	for range d.count() {
		c.offers = append(c.offers, d.offer())
	}
	if d.bad || len(d.b) > 0 {
		return errDamaged
	}
	return nil
}

// readWays reads what decides who is a task: the front of a record.
func (c *candidate) readWays(d *decoder) {
	step := d.uint()
	c.step, c.champion = int(step>>1), step&1 == 1
	c.below = int32(d.int())
	c.ways = c.ways[:0]
	for range d.count() {
		c.ways = append(c.ways, d.way())
	}
}

// A decoder reads what the append functions wrote.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) fail() { d.b, d.bad = nil, true }

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *decoder) text() []byte {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return nil
	}
	s := d.b[:n:n]
	d.b = d.b[n:]
	return s
}

// count reads how many things follow, of at least a byte each.
func (d *decoder) count() int {
	n := d.uint()
	if n > uint64(len(d.b)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.fail()
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) way() (w way) {
	w.channel = borrower.Channel(d.byte())
	bits := d.byte()
	w.open, w.timed = bits&1 != 0, bits&2 != 0
	if w.channel >= borrower.Channels {
		d.fail()
		w.channel = 0
	}
	if !w.open {
		w.blocked = d.text()
		return w
	}
	w.notices = d.text()
	w.earliest = d.int()
	w.latest = w.earliest + d.int()
	w.offsets = [2]int{int(d.int()), int(d.int())}
	w.attempts = int32(d.int())
	return w
}

func (d *decoder) offer() (o offerRow) {
	o.loan, o.currency, o.kind, o.reason = d.text(), d.text(), d.text(), d.text()
	o.rank, o.months, o.rate = int32(d.int()), d.int(), d.int()
	for i := range o.days {
		o.days[i] = civil.Date(d.int())
	}
	for i := range o.amounts {
		o.amounts[i] = d.int()
	}
	for range d.count() {
		l := OfferLine{Number: int32(d.int()), DueOn: civil.Date(d.int())}
		for i := range l.Amounts {
			l.Amounts[i] = d.int()
		}
		o.lines = append(o.lines, l)
	}
	return o
}

func appendText[T string | []byte](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendInt(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }
