package loan

import (
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Log is what a run posts: entries with their postings. The texts in it belong
// to the events.
type Log struct {
	entries  []logEntry
	postings []ledger.Posting
}

type logEntry struct {
	kind      ledger.EntryKind
	valueDate civil.Date
	source    []byte
	origin    *ledger.Origin
	from      int32 // into postings
}

// Reset empties the log and keeps its memory.
func (g *Log) Reset() { g.entries, g.postings = g.entries[:0], g.postings[:0] }

// Len returns the number of entries.
func (g *Log) Len() int { return len(g.entries) }

// Entry returns entry i, valid until the log is reset.
func (g *Log) Entry(i int) ledger.Entry {
	e := &g.entries[i]
	to := len(g.postings)
	if i+1 < len(g.entries) {
		to = int(g.entries[i+1].from)
	}
	return ledger.Entry{Kind: e.kind, ValueDate: e.valueDate, Source: e.source, Origin: e.origin, Postings: g.postings[e.from:to]}
}

// Begin starts an entry; [Log.Post] adds to it.
func (g *Log) Begin(kind ledger.EntryKind, valueDate civil.Date, source []byte) {
	g.begin(kind, valueDate, source, nil)
}

// BeginMoney is [Log.Begin] of money whose origin is known, or nil.
func (g *Log) BeginMoney(kind ledger.EntryKind, valueDate civil.Date, source []byte, origin *ledger.Origin) {
	g.begin(kind, valueDate, source, origin)
}

// Post adds a posting to the entry begun last, unless it is zero.
func (g *Log) Post(role ledger.Role, amount money.Amount) { g.post(role, amount) }

func (g *Log) begin(kind ledger.EntryKind, valueDate civil.Date, source []byte, origin *ledger.Origin) {
	g.entries = append(g.entries, logEntry{kind, valueDate, source, origin, int32(len(g.postings))})
}

// NameReversal gives the reversal of an event, if there is one in the log, the id of what asked
// for it as its reference: the entry itself has the event's.
func (g *Log) NameReversal(of, by []byte) {
	for i := range g.entries {
		if e := &g.entries[i]; e.kind == ledger.Reversal && string(e.source) == string(of) {
			e.origin = &ledger.Origin{Reference: by}
		}
	}
}

// beginFor starts the entry of an event.
func (g *Log) beginFor(e *Event) { g.begin(kinds[e.Kind].entry, e.ValueDate, e.ID, e.Origin) }

func (g *Log) post(role ledger.Role, amount money.Amount) {
	if amount != 0 {
		g.postings = append(g.postings, ledger.Posting{Role: role, Amount: amount})
	}
}

// postMet credits the receivables with what each component received.
func (g *Log) postMet(met Sums) {
	for _, c := range [...]Component{Penalty, Fee, Interest, Principal} {
		g.post(c.Receivable(), -met[c])
	}
}

// lateness is the index into MetWhen of an instalment met some days late.
func lateness(days civil.Date) int {
	switch {
	case days <= 0:
		return 0
	case days <= 7:
		return 1
	}
	return 2
}

// paidBy returns what the money of an event came to, and what it met.
func (g *Log) paidBy(source []byte) (paid money.Amount, met Sums, ok bool) {
	for i := range g.Len() {
		e := g.Entry(i)
		if string(e.Source) != string(source) || !e.Kind.BringsMoney() {
			continue
		}
		for _, p := range e.Postings {
			if p.Role == ledger.CashClearing || p.Role == ledger.GoodwillExpense {
				paid += p.Amount
			}
			for c := range Components {
				if p.Role == c.Receivable() {
					met[c] -= p.Amount
				}
			}
		}
		for c := range met {
			met[c] = max(met[c], 0) // a prepayment may give back interest
		}
		return paid, met, true
	}
	return 0, met, false
}
