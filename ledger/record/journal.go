package record

import (
	"errors"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A LoanNight is what one night did to one loan, as the journal keeps it: the
// events that were applied, whole, and the entries that were posted. Previous
// is the loan's night before it in the journal, so that a loan's history is a
// linked list through the nights.
type LoanNight struct {
	Previous civil.Date // civil.None: this is the loan's first
	Currency uint16     // code of all amounts
	Events   []loan.Event
	Entries  []ledger.Entry
	// Redisbursed says that the loan's principal is another since: a tranche came or went.
	Redisbursed bool
	postings    []ledger.Posting
}

var errJournal = errors.New("journal entry is damaged")

// journalVersion, and a zero after it, begin a journal entry. Entries of format 1
// have neither: they begin with the date of the night before, a number in the fewest
// bytes that hold it. Any byte may be its first, but where bit 7 says that it goes on,
// what follows is not zero: zero would add nothing.
const journalVersion = 0x81

// originVersion begins a journal entry of which some entry has the origin of its money:
// each has a channel and a reference after its source.
const originVersion = 0x82

// redisbursed is a bit of the version of a journal entry of a loan whose principal changed.
const redisbursed = 0x04

const _ = uint(journalVersion - 0x80)

// postingsMax is the most postings of one entry: their number has one byte.
const postingsMax = 0xff

// The codes of what is in a record have a byte each.
const (
	_ = byte(ledger.EntryKinds - 1)
	_ = byte(ledger.Roles - 1)
	_ = byte(loan.Components - 1)
	_ = byte(loan.Choices - 1)
)

// AppendLoanNight appends a night's journal entry: the events in their order and
// the log's entries. Texts and postings are copied.
func AppendLoanNight(b []byte, previous civil.Date, currency uint16, events []*loan.Event, log *loan.Log) []byte {
	version := byte(journalVersion)
	for i := range log.Len() {
		if log.Entry(i).Origin != nil {
			version = originVersion
		}
	}
	e := encoder{append(b, version, 0)}
	e.date(previous, 0)
	e.uint(uint64(currency))
	e.uint(uint64(len(events)))
	for _, v := range events {
		e.event(v)
	}
	e.uint(uint64(log.Len()))
	for i := range log.Len() {
		entry := log.Entry(i)
		require(entry.Kind < ledger.EntryKinds && len(entry.Postings) <= postingsMax, "an entry of no kind, or of too many postings")
		e.b = append(e.b, byte(entry.Kind), byte(len(entry.Postings)))
		e.date(entry.ValueDate, 0)
		e.bytes(entry.Source)
		if version == originVersion {
			var o ledger.Origin
			if entry.Origin != nil {
				o = *entry.Origin
			}
			e.bytes(o.Channel)
			e.bytes(o.Reference)
		}
		for _, p := range entry.Postings {
			require(p.Role < ledger.Roles, "a posting to no account")
			e.b = append(e.b, byte(p.Role))
			e.amount(p.Amount)
		}
	}
	return e.b
}

// NoteRedisbursed notes in a journal entry that the loan's principal is another since.
func NoteRedisbursed(entry []byte) { entry[0] |= redisbursed }

// Bits of an event's kind byte: the rarely set fields follow; the money had been
// held in suspense.
const (
	eventHasMore = 0x80
	eventHeld    = 0x40
)

// A kind has the six bits that are left.
const _ = uint(eventHeld - int(loan.Kinds))

func (e *encoder) event(v *loan.Event) {
	more := v.Component != 0 || v.Choice != 0 || v.Until != 0 || v.FirstDueOn != 0 || v.Rate != 0 || v.Installments != 0 ||
		v.Frequency != 0 || len(v.Target) > 0 || len(v.Reason) > 0 || v.Plan != nil
	require(v.Kind < loan.Kinds && v.Component < loan.Components && v.Choice < loan.Choices, "an event of no kind, component or choice")
	kind := byte(v.Kind)
	if more {
		kind |= eventHasMore
	}
	if v.Held {
		kind |= eventHeld
	}
	e.b = append(e.b, kind)
	e.uint(uint64(v.File))
	e.date(v.ValueDate, 0)
	e.amount(v.Amount)
	e.bytes(v.ID)
	if !more {
		return
	}
	e.b = append(e.b, byte(v.Component), byte(v.Choice))
	e.int(int64(v.Until))
	e.int(int64(v.FirstDueOn))
	e.int(int64(v.Rate))
	e.uint(uint64(v.Installments))
	e.int(int64(v.Frequency))
	e.bytes(v.Target)
	e.bytes(v.Reason)
	e.plan(v.Plan, v.ValueDate)
}

// Decode reads a journal entry of a night, reusing n's memory; texts stay those
// of b.
func (n *LoanNight) Decode(b []byte, night civil.Date) error {
	d := decoder{b: b}
	origins := false
	n.Redisbursed = false
	if len(b) > 1 && b[0] >= 0x80 && b[1] == 0 {
		version := b[0] &^ redisbursed
		if version != journalVersion && version != originVersion {
			return errNewer
		}
		origins = version == originVersion
		n.Redisbursed = version != b[0]
		d.b = b[2:]
	}
	n.Previous = d.date(0)
	n.Currency = uint16(d.uint())
	n.Events, n.Entries, n.postings = n.Events[:0], n.Entries[:0], n.postings[:0]
	for range d.count(4) {
		n.Events = append(n.Events, d.event(night))
	}
	for range d.count(4) {
		entry := ledger.Entry{Kind: ledger.EntryKind(d.byte())}
		postings := int(d.byte())
		entry.ValueDate = d.date(0)
		entry.Source = d.bytes()
		if origins {
			if o := (ledger.Origin{Channel: d.bytes(), Reference: d.bytes()}); len(o.Channel)+len(o.Reference) > 0 {
				entry.Origin = &o
			}
		}
		from := len(n.postings)
		for range postings {
			p := ledger.Posting{Role: ledger.Role(d.byte())}
			p.Amount = d.amount()
			d.bad = d.bad || p.Role >= ledger.Roles
			n.postings = append(n.postings, p)
		}
		// Earlier entries keep pointing into the array they were cut from.
		entry.Postings = n.postings[from:len(n.postings):len(n.postings)]
		d.bad = d.bad || entry.Kind >= ledger.EntryKinds
		n.Entries = append(n.Entries, entry)
	}
	if d.bad || len(d.b) != 0 {
		return errJournal
	}
	return nil
}

func (d *decoder) event(night civil.Date) loan.Event {
	kind := d.byte()
	v := loan.Event{Kind: loan.Kind(kind &^ (eventHasMore | eventHeld)), ArrivedOn: night, Held: kind&eventHeld != 0}
	v.File = uint16(d.uint())
	v.ValueDate = d.date(0)
	v.Amount = d.amount()
	v.ID = d.bytes()
	d.bad = d.bad || v.Kind >= loan.Kinds
	if kind&eventHasMore == 0 {
		return v
	}
	v.Component, v.Choice = loan.Component(d.byte()), loan.Choice(d.byte())
	d.bad = d.bad || v.Component >= loan.Components || v.Choice >= loan.Choices
	v.Until = civil.Date(d.int())
	v.FirstDueOn = civil.Date(d.int())
	v.Rate = money.Rate(d.int())
	v.Installments = int32(d.uint())
	v.Frequency = loan.Frequency(d.int())
	v.Target = d.bytes()
	v.Reason = d.bytes()
	v.Plan = d.plan(v.ValueDate)
	return v
}
