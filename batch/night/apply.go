package night

import (
	"bytes"
	"slices"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// eventsNeedHistory reports whether a loan's events of tonight cannot be dealt with
// from its state alone: one may have been applied before, is older than what was
// applied last or had points, or concerns an earlier event.
func (p *Processor) eventsNeedHistory(l *loan.Loan, events []loan.Event) bool {
	if l.LastEntryOn == civil.None {
		return false
	}
	if _, ok := p.gradedFrom(l, events); !ok {
		return true
	}
	for i := range events {
		e := &events[i]
		if e.Kind.NamesEarlier() || isPast(l, e) || l.HasApplied(loan.FingerprintOf(e.ID)) {
			return true
		}
	}
	return false
}

// isPast reports whether an event lies before what has been done to the loan
// already: another event, an instalment that it was moved past, or days whose
// lateness or interest was counted. A charge comes before its own day's lateness,
// which a ceiling on both may have cut.
func isPast(l *loan.Loan, e *loan.Event) bool {
	counted := e.ValueDate
	if !e.Kind.AfterLateness() {
		counted--
	}
	return !e.Position().After(l.Last) || counted < l.Late.On || e.ValueDate < l.Daily.On ||
		e.ValueDate < l.Open.From && !dailyPlan(l)
}

// dailyPlan reports whether the loan's instalments are made as they fall due.
func dailyPlan(l *loan.Loan) bool { return l.Daily.On > l.Terms.DisbursedOn }

// weighEvents decides what of the night's events counts, as far as it can be told before
// they are applied.
func (p *Processor) weighEvents(in *Input) {
	l, r := in.Loan, &p.result
	volume := l.Volume() // what a loan has moved fits every column
	for i := range in.Events {
		if e := &in.Events[i]; e.Held && e.Kind.Releases() {
			volume += e.Amount // it is on its way: others give way
		}
	}
	for i := range in.Events {
		e := &in.Events[i]
		reason := p.valid(l, e)
		if reason == loan.OK && e.Amount > 0 && !(e.Held && e.Kind.Releases()) {
			if volume+e.Amount > loan.SumMax/money.Amount(p.rules.Scale[l.Currency]) {
				reason = loan.AmountOverflow
			} else {
				volume += e.Amount
			}
		}
		r.Outcomes = append(r.Outcomes, reason)
	}
	p.indexPast(in)
	p.findDuplicates(in)
	p.refuseLocked(in)
	p.indexTonight(in)
	p.findTargets(in)
}

// apply applies the events that count.
func (p *Processor) apply(in *Input, product *loan.Product) {
	l, r := in.Loan, &p.result
	if p.mustReplay(in) {
		p.replayAll(in, product)
	} else {
		p.applyInOrder(in, product)
	}
	for _, i := range r.Applied {
		e := &in.Events[i]
		l.MarkApplied(loan.FingerprintOf(e.ID))
		if e.Held {
			// The money leaves suspense whatever becomes of the payment: should it be
			// reversed, tonight or later, it goes back in cash.
			p.log.Begin(ledger.Release, e.ValueDate, e.ID)
			p.log.Post(ledger.UnappliedReceipts, e.Amount)
			p.log.Post(ledger.CashClearing, -e.Amount)
		}
	}
}

// valid checks an event against the loan alone.
func (p *Processor) valid(l *loan.Loan, e *loan.Event) loan.Reason {
	switch {
	case e.ValueDate > p.rules.Date:
		return loan.ValueDateAfterBusinessDate
	case e.ValueDate < l.Terms.DisbursedOn:
		return loan.ValueDateBeforeDisbursement
	}
	switch k := e.Kind; {
	case k.NamesEarlier() && len(e.Target) == 0, k.NeedsUntil() && e.Until == 0:
		return loan.MissingValue
	case k.Releases() && !e.Held:
		return loan.UnknownTarget // the batch gives a release of what is held its money
	case !k.HasAmount():
		return loan.OK
	case e.Amount <= 0:
		return loan.AmountNotPositive
	case e.Amount > money.Max:
		return loan.AmountOverflow
	}
	return loan.OK
}

// refuseLocked refuses what a locked period keeps out: an event that was applied before is a
// duplicate all the same.
func (p *Processor) refuseLocked(in *Input) {
	out := p.result.Outcomes
	for i := range in.Events {
		if out[i] == loan.OK && p.rules.IsLocked(in.Events[i].ValueDate) {
			out[i] = loan.PeriodLocked
		}
	}
}

// findDuplicates marks events that were applied before, or that stand twice in
// tonight's files; the first of equal ids in the order of files and rows counts.
func (p *Processor) findDuplicates(in *Input) {
	out := p.result.Outcomes
	p.order = p.order[:0]
	for i := range in.Events {
		if out[i] == loan.OK {
			p.order = append(p.order, int32(i))
		}
	}
	slices.SortStableFunc(p.order, func(a, b int32) int { return bytes.Compare(in.Events[a].ID, in.Events[b].ID) })
	var first *loan.Event // that has the id: of an earlier night, or tonight's first
	for _, i := range p.order {
		e := &in.Events[i]
		if first == nil || !bytes.Equal(first.ID, e.ID) {
			if first = p.earlierOf(in, e.ID); first == nil {
				first = e
				continue
			}
		}
		out[i] = sameOrConflict(first, e)
	}
}

func sameOrConflict(first, e *loan.Event) loan.Reason {
	if first.SameContent(e) {
		return loan.ExactDuplicate
	}
	return loan.ConflictingDuplicate
}

// findTargets rejects chargebacks of what is no money that came before them in the
// loan's life, whether or not it stands, and then reversals of what the loan has not or
// of what is reversed: of several for one target the first by id counts. So none of it
// depends on the order of rows, and what is rejected is no target.
func (p *Processor) findTargets(in *Input) {
	out := p.result.Outcomes
	for i := range in.Events {
		if e := &in.Events[i]; out[i] == loan.OK && isBack(e) {
			if target := p.find(in, e.Target); target == nil || !target.Kind.MayGoBack() || target.Compare(e) >= 0 {
				out[i] = loan.UnknownTarget
			}
		}
	}
	for i := range in.Events {
		e := &in.Events[i]
		if out[i] != loan.OK || !e.Kind.Undoes() {
			continue
		}
		switch target := p.find(in, e.Target); {
		case target == nil || target.Kind.Undoes():
			out[i] = loan.UnknownTarget
		case p.reversal(in, e.Target) != int32(i) || p.reversedEarlier(in, e.Target):
			out[i] = loan.TargetAlreadyReversed
		}
	}
}

// mustReplay reports whether what counts tonight does not simply come after what
// was applied before.
func (p *Processor) mustReplay(in *Input) bool {
	for i := range in.Events {
		e := &in.Events[i]
		if p.result.Outcomes[i] == loan.OK && (e.Kind.NamesEarlier() || !in.Booked && isPast(in.Loan, e)) {
			return true
		}
	}
	if in.Booked {
		return false
	}
	_, ok := p.gradedFrom(in.Loan, in.Events)
	return !ok
}

// applyInOrder applies tonight's events on top of the loan's state.
func (p *Processor) applyInOrder(in *Input, product *loan.Product) {
	r := &p.result
	p.order = p.order[:0]
	for i := range in.Events {
		if r.Outcomes[i] == loan.OK {
			p.order = append(p.order, int32(i))
		}
	}
	slices.SortFunc(p.order, func(a, b int32) int { return in.Events[a].Compare(&in.Events[b]) })
	p.run.Start(in.Loan, product, &p.log)
	for _, i := range p.order {
		if reason := p.run.Apply(&in.Events[i]); reason != loan.OK {
			r.Outcomes[i] = reason
			continue
		}
		r.Applied = append(r.Applied, i)
	}
}

// replayAll runs the loan's life again with tonight's events in their places and
// posts the difference to what was posted before.
func (p *Processor) replayAll(in *Input, product *loan.Product) {
	r, h, plan := &p.result, in.History, in.Plan
	p.run.Watch = nil
	if h == nil {
		h = &p.none
		h.Reset()
	}
	if !in.Booked {
		plan = h.Booking.Plan
		if p.replayed = true; p.rules.Score.Scoring == nil {
			p.gradeKnown(in, product, h)
		}
	}
	p.decide(in, product, h, plan)
	p.runLife(in, product, h, plan, true)
	p.run.Advance(p.rules.Date)
	h.Difference(&p.replay, &p.log)
	r.Applied = r.Applied[:0]
	for i := range in.Events {
		if r.Outcomes[i] == loan.OK {
			r.Applied = append(r.Applied, int32(i))
		}
	}
	slices.SortFunc(r.Applied, func(a, b int32) int { return in.Events[a].Compare(&in.Events[b]) })
}

// runLife runs the loan's life with tonight's events, and what tonight's reversals make
// of it or what it would be without them. An event of tonight that does not hold in its
// place is rejected, and the life is run again without it; after rerunsMax times it goes
// on without those that follow, as each of thousands would cost a life.
func (p *Processor) runLife(in *Input, product *loan.Product, h *loan.History, plan []loan.Installment, reversals bool) {
	for reruns := 0; ; reruns++ {
		p.merge(in, h, reversals)
		p.replay.Reset()
		p.noteLife(in)
		p.run.Replay(in.Loan, product, plan, &p.replay)
		if p.runMerged(in, reruns == rerunsMax) {
			return
		}
	}
}

// gradeKnown grades the life as it was known before tonight.
func (p *Processor) gradeKnown(in *Input, product *loan.Product, h *loan.History) {
	p.merged = p.merged[:0]
	for i := range h.Events {
		if e := &h.Events[i]; !e.Kind.Undoes() && !p.reversedEarlier(in, e.ID) {
			p.merged = append(p.merged, placed{e, earlier})
		}
	}
	slices.SortFunc(p.merged, func(a, b placed) int { return a.event.Compare(b.event) })
	p.noteLife(in)
	p.replay.Reset()
	p.run.Replay(in.Loan, product, h.Booking.Plan, &p.replay)
	p.runMerged(in, true)
	p.run.Advance(p.rules.Previous)
	p.run.NoteClose(p.rules.Previous, true)
	p.known = p.gradeLife(in.Loan, nil)
}

// noteLife makes the run note the days since the loan was booked.
func (p *Processor) noteLife(in *Input) {
	if p.run.Marks = nil; !in.Booked {
		p.marks.Begin(in.Loan.BookedOn, true)
		p.run.Marks = &p.marks
	}
}

// earlier marks, in order, an event of an earlier night.
const earlier = -1

// merge brings together the events that stand, of earlier nights and of tonight, in the
// order of the loan's life; without tonight's reversals what these reverse stands.
func (p *Processor) merge(in *Input, h *loan.History, reversals bool) {
	// No method value: each loan of the night would cost an allocation.
	gone := func(id []byte) bool {
		return reversals && p.reversal(in, id) >= 0 || p.reversedEarlier(in, id)
	}
	p.merged = p.merged[:0]
	for i := range h.Events {
		if !h.Events[i].Kind.Undoes() && !gone(h.Events[i].ID) {
			p.merged = append(p.merged, placed{&h.Events[i], earlier})
		}
	}
	for i := range in.Events {
		e := &in.Events[i]
		if p.result.Outcomes[i] == loan.OK && !e.Kind.Undoes() && !gone(e.ID) {
			p.merged = append(p.merged, placed{e, int32(i)})
		}
	}
	slices.SortFunc(p.merged, func(a, b placed) int { return a.event.Compare(b.event) })
}

// A placed is an event in the order of a loan's life; index is tonight's, or
// earlier.
type placed struct {
	event *loan.Event
	index int32
}

// rerunsMax is how often a loan's life is run again for events that do not hold.
// Tests change it.
var rerunsMax = 8

// runMerged applies the merged events; false says that one of tonight was
// rejected, so that the life must be run without it, unless it is to go on.
func (p *Processor) runMerged(in *Input, goOn bool) bool {
	for _, m := range p.merged {
		if m.index == earlier || p.stands[m.index] {
			p.run.Again(m.event)
			continue
		}
		if reason := p.run.Apply(m.event); reason != loan.OK {
			p.result.Outcomes[m.index] = reason
			if !goOn {
				return false
			}
		}
	}
	return true
}
