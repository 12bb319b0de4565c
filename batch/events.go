package batch

import (
	"bytes"
	"cmp"
	"slices"

	"daybook/batch/rows"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// heldRow marks the origin of an event out of suspense; it is in no file of
// tonight.
const heldRow rows.Kind = 0xFF

// eventOf is what a held item is for its loan tonight.
func eventOf(h *record.Held) loan.Event {
	e := loan.Event{
		Kind: h.Kind, Choice: h.Choice, ValueDate: h.ValueDate, ArrivedOn: h.ArrivedOn, Amount: h.Amount, ID: h.ID, Held: true, File: rows.NoFile,
	}
	if h.Kind != loan.KindRepayment {
		e.Rate = -1 // as an adjustment that names none
	}
	return e
}

// takeHeld reads the held items of the id. Where the loan is there, those in its
// currency become events before tonight's; what it does not take stays held.
func (p *part) takeHeld(key loanKey, isLoan bool) error {
	var candidates []record.Held
	for p.hasHeld && key.equal(p.heldAt) {
		var h record.Held
		if err := h.Read(bytes.Clone(p.held.Item()), bytes.Clone(p.held.Record())); err != nil {
			return err
		}
		if by, ok := p.n.released[heldKey(key.id, h.ID)]; ok {
			h.By = by
		}
		p.takeReturn(key, &h)
		if isLoan && h.By == nil && h.Kind != 0 && h.Currency == p.loan.Currency {
			candidates = append(candidates, h)
		} else {
			p.kept = append(p.kept, h)
		}
		p.nextHeld()
	}
	p.choose(candidates)
	return nil
}

// takeEvents reads tonight's events of a loan, in the order of files and rows.
func (p *part) takeEvents(refs []rows.Ref) error {
	for _, ref := range refs {
		h := rows.ParseHead(ref.Row)
		var e loan.Event
		flags, currency, err := rows.ReadEvent(h.Body, p.n.o.Date, &e)
		if err != nil {
			return err
		}
		amount := p.stated(h, &e, flags, currency, int(p.loan.Currency))
		scale := p.n.rules.Scale[p.loan.Currency]
		if currency != rows.NoCurrency {
			scale = p.n.rules.Scale[currency]
		}
		reason := toMinorUnits(&e, flags, scale)
		if p.keptBefore(h, &e, currency, amount) {
			continue
		}
		switch {
		case currency != rows.NoCurrency && uint16(currency) != p.loan.Currency:
			if reason != loan.OK {
				p.reject(h, loan.WrongCurrency, amount)
				continue
			}
			p.refused = append(p.refused, refusedEvent{h, e, uint16(currency), loan.WrongCurrency, amount})
			continue
		case reason != loan.OK:
			p.reject(h, reason, amount)
			continue
		case badWord(&e) != loan.OK:
			p.refused = append(p.refused, refusedEvent{h, e, p.loan.Currency, badWord(&e), amount})
			continue
		case flags&rows.EventAmount == 0 && e.Kind.NeedsAmount():
			p.reject(h, loan.MissingValue, amount)
			continue
		case !p.admit(h):
			p.refused = append(p.refused, refusedEvent{h, e, p.loan.Currency, loan.TooManyEvents, amount})
			continue
		}
		e.File = h.File
		p.events = append(p.events, e)
		p.origin = append(p.origin, h)
		p.amounts = append(p.amounts, amount)
	}
	p.givePlan()
	return nil
}

// stated returns the amount that an event's row names, at the policy's scale: of a loan
// of a currency code, or of noLoan.
func (p *part) stated(h rows.Head, e *loan.Event, flags, currency byte, ofLoan int) int64 {
	if flags&rows.EventReleases != 0 {
		return p.n.stated[rowAt{h.File, h.Num}] // the event's own is that of the held money
	}
	stated := money.Stated{Value: int64(e.Amount), Minor: flags&rows.EventMinor != 0}
	switch {
	case currency != rows.NoCurrency:
		return stated.AtScale(p.n.rules.Scale[currency])
	case ofLoan == noLoan && len(p.n.rules.Scale) == 1:
		ofLoan = 0
	case ofLoan == noLoan:
		return stated.Value // in one of several currencies
	}
	// An adjustment names no currency, so that what it names in minor units came in
	// without its scale: the tally of what came in is made whole here.
	amount := stated.AtScale(p.n.rules.Scale[ofLoan])
	p.tallies[h.File].in.amount += amount - stated.Value
	return amount
}

// noLoan is the currency code of a loan that is not there.
const noLoan = -1

// A refusedEvent is money that cannot be an event of its loan.
type refusedEvent struct {
	rows.Head
	loan.Event
	currency uint16
	reason   loan.Reason
	amount   int64 // at the policy's scale
}

// keptBefore deals with a payment that was held under its loan's id and is not the
// loan's tonight: it was released elsewhere, or its loan refuses it. Coming again it
// is a duplicate.
func (p *part) keptBefore(h rows.Head, e *loan.Event, currency byte, amount int64) bool {
	if !e.Kind.BringsMoney() || len(p.kept) == 0 {
		return false
	}
	known := p.findKept(e.ID)
	if known == nil {
		return false
	}
	again := record.Held{Currency: uint16(currency), ValueDate: e.ValueDate, Amount: e.Amount}
	if currency == rows.NoCurrency {
		again.Currency = p.loan.Currency
	}
	p.duplicate(h, known, &again, amount)
	return true
}

// refuse rejects a row. Money that came in with it is held all the same, until its
// loan takes it (its charge-off may come after a recovery) or an adjustment releases
// it, unless its loan has applied its id: then it is no other money. Its hold is
// posted with the night's summary, as the loan's own entries are in the loan's currency.
func (p *part) refuse(key loanKey, x *refusedEvent, applied bool) {
	h, e, reason, amount := x.Head, &x.Event, x.reason, x.amount
	switch reason {
	case loan.ConflictingDuplicate, loan.ValueDateAfterBusinessDate, loan.AmountOverflow, loan.MissingValue:
		applied = true // it names no money that came in
	}
	if applied || !e.Kind.BringsMoney() || e.Amount <= 0 || e.ValueDate > p.n.o.Date {
		p.reject(h, reason, amount)
		return
	}
	item := record.Held{ID: bytes.Clone(e.ID), Currency: x.currency, Refused: []byte(reason.Code()), Kind: e.Kind, Choice: e.Choice}
	if badWord(e) != loan.OK {
		item.Kind = 0
	}
	if p.hold(h, e, &item, reason, amount) {
		p.holds.add(key.id, &item, e.Origin)
	}
}

// hold keeps the money of a row as an item, and says why among the rejects; false
// where it was kept before, so that it is a duplicate.
func (p *part) hold(h rows.Head, e *loan.Event, item *record.Held, reason loan.Reason, amount int64) bool {
	item.ValueDate, item.Amount, item.ArrivedOn, item.File = e.ValueDate, e.Amount, p.n.o.Date, int(h.File)
	if known := p.findKept(item.ID); known != nil {
		p.duplicate(h, known, item, amount)
		return false
	}
	if len(p.kept)+len(p.waiting) >= heldMax {
		p.reject(h, loan.TooManyEvents, amount)
		return false
	}
	p.kept = append(p.kept, *item)
	p.tallies[h.File].held.add(amount)
	p.rejects.add(reject{file: h.File, reason: reason, held: true, num: h.Num, amount: amount})
	return true
}

// duplicate counts a payment whose id was held before.
func (p *part) duplicate(h rows.Head, known, again *record.Held, amount int64) {
	if known.Currency == again.Currency && known.ValueDate == again.ValueDate && known.Amount == again.Amount {
		p.tallies[h.File].duplicates.add(amount)
	} else {
		p.reject(h, loan.ConflictingDuplicate, amount)
	}
}

// toMinorUnits brings an event's amount from the policy's scale to minor units.
func toMinorUnits(e *loan.Event, flags byte, scale int64) loan.Reason {
	units, misfit := money.Stated{Value: int64(e.Amount), Minor: flags&rows.EventMinor != 0}.Units(scale)
	if misfit != money.TooPrecise {
		e.Amount = units
	}
	return loan.AmountReason(misfit)
}

// settleEvents counts what became of a loan's events and keeps what stays held.
func (p *part) settleEvents() error {
	if !p.eventful {
		return nil
	}
	key := p.key
	for i, reason := range p.done.Outcomes {
		h, amount := p.origin[i], p.amounts[i]
		if h.Kind == rows.DerivedRow {
			continue
		}
		if h.Kind == heldRow {
			item := p.waiting[h.Num]
			if reason == loan.OK { // a mark stays, for the reversal of its file
				item.By, item.Applied = item.ID, true
			} else {
				item.Refused = []byte(reason.Code())
			}
			p.kept = append(p.kept, item)
			continue
		}
		if i == p.givenTo {
			p.settleGivenPlan(reason)
		}
		t := &p.tallies[h.File]
		switch reason {
		case loan.OK:
			t.applied.add(amount)
		case loan.ExactDuplicate:
			t.duplicates.add(amount)
		default:
			p.refused = append(p.refused, refusedEvent{h, p.events[i], p.loan.Currency, reason, amount})
		}
	}
	for i := range p.refused {
		x := &p.refused[i]
		p.refuse(key, x, p.loan.HasApplied(loan.FingerprintOf(x.ID)))
	}
	p.settleGivenPlan(loan.ScheduleDoesNotSum) // where the event itself was refused
	return p.keepHeld(key)
}

// unknown deals with the rows of an id that no loan has: payments wait for it,
// other money is held until it is released, everything else is rejected.
func (p *part) unknown(key loanKey, refs []rows.Ref) error {
	p.log.Reset()
	currency := uint16(0)
	for _, ref := range refs {
		h := rows.ParseHead(ref.Row)
		var e loan.Event
		flags, c, err := rows.ReadEvent(h.Body, p.n.o.Date, &e)
		if err != nil {
			return err
		}
		if h.Kind == rows.DerivedRow {
			continue
		}
		if e.Kind != loan.KindRepayment {
			p.unknownAdjustment(key, h, &e, flags)
			continue
		}
		amount := p.stated(h, &e, flags, c, noLoan)
		reason := toMinorUnits(&e, flags, p.n.rules.Scale[c])
		if reason == loan.OK && e.ValueDate > p.n.o.Date {
			reason = loan.ValueDateAfterBusinessDate
		}
		if reason != loan.OK {
			p.reject(h, reason, amount)
			continue
		}
		item := record.Held{ID: e.ID, Currency: uint16(c), Kind: e.Kind}
		if !p.hold(h, &e, &item, loan.UnknownLoan, amount) {
			continue
		}
		if p.log.Len() > 0 && item.Currency != currency {
			// One journal entry of the book is in one currency.
			p.holds.add(key.id, &item, e.Origin)
			continue
		}
		currency = item.Currency
		p.log.BeginMoney(ledger.Hold, e.ValueDate, e.ID, e.Origin)
		p.log.Post(ledger.CashClearing, e.Amount)
		p.log.Post(ledger.UnappliedReceipts, -e.Amount)
	}
	if p.log.Len() > 0 {
		p.blob = record.AppendLoanNight(p.blob[:0], civil.None, currency, nil, &p.log)
		err := p.build.Add(store.Journal, key.hash, key.id, nil, p.blob)
		if err == nil {
			err = p.enter(key.id, currency, &p.log)
		}
		if err != nil {
			return err
		}
	}
	return p.keepHeld(key)
}

// unknownAdjustment refuses an adjustment of an id that no loan has. It names no
// currency: its money is held where the policy has but one.
func (p *part) unknownAdjustment(key loanKey, h rows.Head, e *loan.Event, flags byte) {
	amount, reason := p.stated(h, e, flags, rows.NoCurrency, noLoan), cmp.Or(badWord(e), loan.UnknownLoan)
	if len(p.n.rules.Scale) > 1 || toMinorUnits(e, flags, p.n.rules.Scale[0]) != loan.OK {
		p.reject(h, reason, amount)
		return
	}
	p.refuse(key, &refusedEvent{h, *e, 0, reason, amount}, false)
}

// keepHeld writes the items that stay held, in the order of their ids.
func (p *part) keepHeld(key loanKey) error {
	sortHeld(p.kept)
	for i := range p.kept {
		h := &p.kept[i]
		p.blob = h.Append(p.blob[:0])
		if err := p.build.Add(store.Held, key.hash, key.id, h.ID, p.blob); err != nil {
			return err
		}
		if h.By != nil {
			continue
		}
		at := &p.result.positions[h.Currency]
		at.Held += h.Amount
		at.HeldItems++
		p.result.suspense.Add(p.n.names.Currencies[h.Currency], int64(h.Amount)*p.n.rules.Scale[h.Currency], h.ArrivedOn, p.n.o.Date)
	}
	return nil
}

func sortHeld(items []record.Held) {
	slices.SortFunc(items, func(a, b record.Held) int { return bytes.Compare(a.ID, b.ID) })
}
