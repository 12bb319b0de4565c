package batch

import (
	"bytes"

	"daybook/batch/rows"
	"daybook/ledger/loan"
	"daybook/ledger/record"
)

// What one loan or id may bring, so that every record of it is within
// store.RecordMax whatever its ids, and its night takes well below a second. What is
// beyond is refused row by row, in the order of files and rows, as too_many_events.
// Tests make the limits smaller.
//
// A journal entry has at most eventsMax events of tonight's rows and of suspense, as
// many again of releases, and a reversal of each event of a reversed file: with ids of
// 64 bytes 10,000 of them come to 4 MB. A replay corrects at most every event of the
// life, 190 bytes each: 3 MB. A loan's record has a fingerprint, and at worst an open
// charge or an instalment, for each: 2 MB. RecordMax is 16 MiB.
var (
	// eventsMax is the most events that a loan takes in one night.
	eventsMax = 1 << 12
	// eventsLifeMax is the most over its life. Reversals of whole files come on top.
	eventsLifeMax = 1 << 13
	// heldMax is the most held items of one id, those that were released included:
	// they stay known, so that a payment is taken once.
	heldMax = 1 << 16
)

// appliedTo returns how many events a loan has applied.
func appliedTo(l *loan.Loan) int { return len(l.Applied) / len(loan.Fingerprint{}) }

// open says how many events the loan takes tonight. Releases have their place, as
// their money is on its way already.
func (p *part) open(refs []rows.Ref) {
	releases := 0
	for releases < len(refs) && rows.ParseHead(refs[releases].Row).Kind == rows.ReleaseRow {
		releases++
	}
	p.left = max(min(eventsMax, eventsLifeMax-appliedTo(&p.loan)-releases), 0)
}

// admit takes the place of an event; false where there is none left.
func (p *part) admit(h rows.Head) bool {
	if h.Kind == rows.ReleaseRow || h.Kind == rows.DerivedRow {
		return true
	}
	p.left--
	return p.left >= 0
}

// choose makes events of as many waiting items as there are places for: those first
// that their loan has never refused itself, so that one which is refused every night
// keeps no other out.
func (p *part) choose(candidates []record.Held) {
	for _, tried := range [...]bool{false, true} {
		for i := range candidates {
			h := &candidates[i]
			if wasTried(h) != tried {
				continue
			}
			if !p.admit(rows.Head{Kind: heldRow}) {
				p.kept = append(p.kept, *h)
				continue
			}
			p.events = append(p.events, eventOf(h))
			p.origin = append(p.origin, rows.Head{Kind: heldRow, Num: int64(len(p.waiting))})
			p.waiting = append(p.waiting, *h)
			p.amounts = append(p.amounts, int64(h.Amount)*p.n.rules.Scale[h.Currency])
		}
	}
}

// wasTried reports whether the loan itself has refused the item.
func wasTried(h *record.Held) bool {
	return len(h.Refused) > 0 && string(h.Refused) != loan.TooManyEvents.Code() && string(h.Refused) != loan.UnknownLoan.Code()
}

// beyond rejects a row of an id that has more than a night looks at.
func (p *part) beyond(row []byte) {
	h := rows.ParseHead(row)
	amount := int64(0)
	switch h.Kind {
	case rows.LoanRow:
		var nl rows.NewLoan
		if rows.ReadNewLoan(h.Body, &nl) == nil {
			amount = int64(nl.Terms.Principal) * p.n.rules.Scale[nl.Currency]
		}
	case rows.EventRow:
		var e loan.Event
		flags, currency, err := rows.ReadEvent(h.Body, p.n.o.Date, &e)
		if err == nil {
			amount = p.stated(h, &e, flags, currency, noLoan)
		}
	}
	p.reject(h, loan.TooManyEvents, amount)
}

// findKept returns the kept item with an id. One id may have thousands: past a few
// they are found by a map.
func (k *keeping) findKept(id []byte) *record.Held {
	if len(k.kept) <= 16 {
		for i := range k.kept {
			if bytes.Equal(k.kept[i].ID, id) {
				return &k.kept[i]
			}
		}
		return nil
	}
	if k.keptAt == nil {
		k.keptAt = map[string]int{}
	}
	for ; k.keptKnown < len(k.kept); k.keptKnown++ {
		k.keptAt[string(k.kept[k.keptKnown].ID)] = k.keptKnown
	}
	if i, ok := k.keptAt[string(id)]; ok {
		return &k.kept[i]
	}
	return nil
}
