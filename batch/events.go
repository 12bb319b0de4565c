package batch

import (
	"bytes"
	"cmp"
	"slices"

	"daybook/batch/night"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
)

// heldRow marks the origin of an event out of suspense; it is in no file of
// tonight.
const heldRow rowKind = 0xFF

// A heldItem is money that fits no loan, as the book keeps it.
type heldItem struct {
	id        []byte
	currency  uint16
	valueDate civil.Date
	arrivedOn civil.Date
	amount    money.Amount
	by        []byte // the adjustment that released it, or its own id; nil while it is held
	file      int    // that brought it, by its number among those of its night
	applied   bool   // its loan took it
	refused   []byte // the reason code, of money that its own loan refuses
	// What it is for its loan each night until that takes it; zero where that will
	// never be, so that it takes a release.
	kind   loan.Kind
	choice loan.Choice
}

// append writes an item; one that was released stays as a mark, so that it is
// released once.
func (h *heldItem) append(b []byte) []byte {
	b = appendInt(b, int64(h.currency))
	b = appendInt(b, int64(h.valueDate))
	b = appendInt(b, int64(h.arrivedOn))
	b = appendInt(b, int64(h.amount))
	b = appendText(b, h.by)
	b = appendInt(b, int64(h.file))
	applied := int64(0)
	if h.applied {
		applied = 1
	}
	b = appendText(appendInt(b, applied), h.refused)
	return appendInt(appendInt(b, int64(h.kind)), int64(h.choice))
}

func (h *heldItem) read(id, b []byte) error {
	d := body{b: b}
	h.id, h.currency, h.valueDate = id, uint16(d.int()), civil.Date(d.int())
	h.arrivedOn, h.amount = civil.Date(d.int()), money.Amount(d.int())
	if h.by = d.text(); len(h.by) == 0 {
		h.by = nil
	}
	h.file, h.applied, h.refused = int(d.int()), d.int() == 1, d.text()
	h.kind, h.choice = loan.Kind(d.int()), loan.Choice(d.int())
	if d.bad {
		return errRow
	}
	return nil
}

func (h *heldItem) event() loan.Event {
	e := loan.Event{
		Kind: h.kind, Choice: h.choice, ValueDate: h.valueDate, ArrivedOn: h.arrivedOn, Amount: h.amount, ID: h.id, Held: true, File: noFile,
	}
	if h.kind != loan.KindRepayment {
		e.Rate = -1 // as an adjustment that names none
	}
	return e
}

// takeHeld reads the held items of the id. Where the loan is there, those in its
// currency become events before tonight's; what it does not take stays held.
func (p *part) takeHeld(key loanKey, isLoan bool) error {
	var candidates []heldItem
	for p.hasHeld && key.equal(p.heldAt) {
		var h heldItem
		if err := h.read(bytes.Clone(p.held.Item()), bytes.Clone(p.held.Record())); err != nil {
			return err
		}
		if by, ok := p.n.released[heldKey(key.id, h.id)]; ok {
			h.by = by
		}
		p.takeReturn(key, &h)
		if isLoan && h.by == nil && h.kind != 0 && h.currency == p.loan.Currency {
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
func (p *part) takeEvents(rows []rowRef) error {
	for _, ref := range rows {
		h := parseHead(ref.row)
		var e loan.Event
		flags, currency, err := readEvent(h.body, p.n.o.Date, &e)
		if err != nil {
			return err
		}
		amount := p.stated(h, &e, flags, currency)
		scale := p.n.rules.Scale[p.loan.Currency]
		if currency != noCurrency {
			scale = p.n.rules.Scale[currency]
		}
		reason := toMinorUnits(&e, flags, scale)
		if p.keptBefore(h, &e, currency, amount) {
			continue
		}
		switch {
		case currency != noCurrency && uint16(currency) != p.loan.Currency:
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
		case flags&eventAmount == 0 && e.Kind.NeedsAmount():
			p.reject(h, loan.MissingValue, amount)
			continue
		case !p.admit(h):
			p.refused = append(p.refused, refusedEvent{h, e, p.loan.Currency, loan.TooManyEvents, amount})
			continue
		}
		if e.BringsPlan() && !p.changesPlan {
			p.changesPlan = true
			e.Plan = p.plan
		}
		e.File = h.file
		p.events = append(p.events, e)
		p.origin = append(p.origin, h)
		p.amounts = append(p.amounts, amount)
	}
	return nil
}

// stated returns the amount that an event's row names, at the policy's scale. An
// adjustment names no currency: what it names in minor units comes in at the scale
// of its loan's, which is known only here.
func (p *part) stated(h rowHead, e *loan.Event, flags, currency byte) int64 {
	amount := int64(e.Amount)
	switch {
	case flags&eventReleases != 0:
		return p.n.stated[rowAt{h.file, h.num}] // the event's own is that of the held money
	case flags&eventMinor == 0:
		return amount
	case currency != noCurrency:
		return amount * p.n.rules.Scale[currency]
	}
	scaled := amount * p.n.rules.Scale[p.loan.Currency]
	p.result.tallies[h.file].in.amount += scaled - amount
	return scaled
}

// A refusedEvent is money that cannot be an event of its loan.
type refusedEvent struct {
	rowHead
	loan.Event
	currency uint16
	reason   loan.Reason
	amount   int64 // at the policy's scale
}

// keptBefore deals with a payment that was held under its loan's id and is not the
// loan's tonight: it was released elsewhere, or its loan refuses it. Coming again it
// is a duplicate.
func (p *part) keptBefore(h rowHead, e *loan.Event, currency byte, amount int64) bool {
	if !e.Kind.BringsMoney() || len(p.kept) == 0 {
		return false
	}
	known := p.findKept(e.ID)
	if known == nil {
		return false
	}
	again := heldItem{currency: uint16(currency), valueDate: e.ValueDate, amount: e.Amount}
	if currency == noCurrency {
		again.currency = p.loan.Currency
	}
	p.duplicate(h, known, &again, amount)
	return true
}

// refuse rejects a row. Money that came in with it is held all the same, until its
// loan takes it (its charge-off may come after a recovery) or an adjustment releases
// it, unless its loan has applied its id: then it is no other money. Its hold is
// posted with the night's summary, as the loan's own entries are in the loan's currency.
func (p *part) refuse(key loanKey, x *refusedEvent, applied bool) {
	h, e, reason, amount := x.rowHead, &x.Event, x.reason, x.amount
	switch reason {
	case loan.ConflictingDuplicate, loan.ValueDateAfterBusinessDate, loan.AmountOverflow, loan.MissingValue:
		applied = true // it names no money that came in
	}
	if applied || !e.Kind.BringsMoney() || e.Amount <= 0 || e.ValueDate > p.n.o.Date {
		p.reject(h, reason, amount)
		return
	}
	item := heldItem{id: bytes.Clone(e.ID), currency: x.currency, refused: []byte(reason.Code()), kind: e.Kind, choice: e.Choice}
	if badWord(e) != loan.OK {
		item.kind = 0
	}
	if p.hold(h, e, &item, reason, amount) {
		p.holds.add(key.id, &item)
	}
}

// hold keeps the money of a row as an item, and says why among the rejects; false
// where it was kept before, so that it is a duplicate.
func (p *part) hold(h rowHead, e *loan.Event, item *heldItem, reason loan.Reason, amount int64) bool {
	item.valueDate, item.amount, item.arrivedOn, item.file = e.ValueDate, e.Amount, p.n.o.Date, int(h.file)
	if known := p.findKept(item.id); known != nil {
		p.duplicate(h, known, item, amount)
		return false
	}
	if len(p.kept)+len(p.waiting) >= heldMax {
		p.reject(h, loan.TooManyEvents, amount)
		return false
	}
	p.kept = append(p.kept, *item)
	p.result.tallies[h.file].held.add(amount)
	p.rejects.add(reject{file: h.file, reason: reason, num: h.num, amount: amount})
	return true
}

// duplicate counts a payment whose id was held before.
func (p *part) duplicate(h rowHead, known, again *heldItem, amount int64) {
	if known.currency == again.currency && known.valueDate == again.valueDate && known.amount == again.amount {
		p.result.tallies[h.file].duplicates.add(amount)
	} else {
		p.reject(h, loan.ConflictingDuplicate, amount)
	}
}

// toMinorUnits brings an event's amount from the policy's scale to minor units.
func toMinorUnits(e *loan.Event, flags byte, scale int64) loan.Reason {
	units, misfit := money.Stated{Value: int64(e.Amount), Minor: flags&eventMinor != 0}.Units(scale)
	if misfit != money.TooPrecise {
		e.Amount = units
	}
	return loan.AmountReason(misfit)
}

// settleEvents counts what became of a loan's events and keeps what stays held.
func (p *part) settleEvents(key loanKey, r *night.Result) error {
	for i, reason := range r.Outcomes {
		h, amount := p.origin[i], p.amounts[i]
		if h.kind == derivedRow {
			continue
		}
		if h.kind == heldRow {
			item := p.waiting[h.num]
			if reason == loan.OK { // a mark stays, for the reversal of its file
				item.by, item.applied = item.id, true
			} else {
				item.refused = []byte(reason.Code())
			}
			p.kept = append(p.kept, item)
			continue
		}
		if len(p.givenRows) > 0 && p.events[i].BringsPlan() {
			p.settleGivenPlan(reason)
		}
		t := &p.result.tallies[h.file]
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
func (p *part) unknown(key loanKey, rows []rowRef) error {
	p.log.Reset()
	currency := uint16(0)
	for _, ref := range rows {
		h := parseHead(ref.row)
		var e loan.Event
		flags, c, err := readEvent(h.body, p.n.o.Date, &e)
		if err != nil {
			return err
		}
		if h.kind == derivedRow {
			continue
		}
		if e.Kind != loan.KindRepayment {
			p.unknownAdjustment(key, h, &e, flags)
			continue
		}
		amount := p.stated(h, &e, flags, c)
		reason := toMinorUnits(&e, flags, p.n.rules.Scale[c])
		if reason == loan.OK && e.ValueDate > p.n.o.Date {
			reason = loan.ValueDateAfterBusinessDate
		}
		if reason != loan.OK {
			p.reject(h, reason, amount)
			continue
		}
		item := heldItem{id: e.ID, currency: uint16(c), kind: e.Kind}
		if !p.hold(h, &e, &item, loan.UnknownLoan, amount) {
			continue
		}
		if p.log.Len() > 0 && item.currency != currency {
			// One journal entry of the book is in one currency.
			p.holds.add(key.id, &item)
			continue
		}
		currency = item.currency
		p.log.Begin(ledger.Hold, e.ValueDate, e.ID)
		p.log.Post(ledger.CashClearing, e.Amount)
		p.log.Post(ledger.UnappliedReceipts, -e.Amount)
	}
	if p.log.Len() > 0 {
		p.blob = store.AppendLoanNight(p.blob[:0], civil.None, currency, nil, &p.log)
		if err := p.publish(key, currency, p.blob, &p.log); err != nil {
			return err
		}
	}
	return p.keepHeld(key)
}

// unknownAdjustment refuses an adjustment of an id that no loan has. It names no
// currency: its money is held where the policy has but one.
func (p *part) unknownAdjustment(key loanKey, h rowHead, e *loan.Event, flags byte) {
	amount, reason := int64(e.Amount), cmp.Or(badWord(e), loan.UnknownLoan)
	if len(p.n.rules.Scale) > 1 {
		p.reject(h, reason, amount)
		return
	}
	scale := p.n.rules.Scale[0]
	if flags&eventMinor != 0 {
		p.result.tallies[h.file].in.amount += amount*scale - amount
		amount *= scale
	}
	if toMinorUnits(e, flags, scale) != loan.OK {
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
		p.blob = h.append(p.blob[:0])
		if err := p.build.AddHeld(key.hash, key.id, h.id, p.blob); err != nil {
			return err
		}
		if h.by != nil {
			continue
		}
		at := &p.result.positions[h.currency]
		at.held += h.amount
		at.heldItems++
		p.result.suspense.Add(p.n.names.Currencies[h.currency], int64(h.amount)*p.n.rules.Scale[h.currency], h.arrivedOn, p.n.o.Date)
	}
	return nil
}

func sortHeld(items []heldItem) {
	slices.SortFunc(items, func(a, b heldItem) int { return bytes.Compare(a.id, b.id) })
}
