package night

import "daybook/ledger/loan"

// What becomes of an event must not depend on which of tonight's files brings a reversal.
// So tonight's events are tried in a life that tonight's reversals have not changed yet, as
// if these came a night later. Those that hold there stand: they were decided, or their
// money has moved, and what they can no longer fund becomes debt. Those that do not hold
// are tried again where the reversals have changed the life, as if these had come a night
// before; but what is itself reversed tonight is then no event of the loan, and its reversal
// names nothing. Money that the loan refuses is one: it is held, and its reversal sends it
// back. A chargeback of what is reversed stands, whichever came first: the reversal ends it.

// decide rejects what is reversed tonight and does not hold before tonight's reversals,
// and fills p.stands with which of tonight's events stand whatever these change.
func (p *Processor) decide(in *Input, product *loan.Product, h *loan.History, plan []loan.Installment) {
	out := p.result.Outcomes
	p.stands = p.stands[:0]
	undoes, others := false, false
	for i := range in.Events {
		e := &in.Events[i]
		p.stands = append(p.stands, isBack(e) && p.reversedEarlier(in, e.Target))
		if out[i] == loan.OK {
			undoes = undoes || e.Kind.Undoes()
			others = others || !e.Kind.Undoes()
		}
	}
	if !undoes || !others {
		return
	}
	p.first = append(p.first[:0], out...)
	p.runLife(in, product, h, plan, false)
	p.tried = append(p.tried[:0], out...)
	copy(out, p.first)
	for i := range in.Events {
		if e := &in.Events[i]; out[i] == loan.OK && !e.Kind.BringsMoney() && p.reversal(in, e.ID) >= 0 {
			out[i] = p.tried[i]
		}
	}
	for i := range in.Events {
		names := out[i] == loan.OK || out[i] == loan.TargetAlreadyReversed
		if e := &in.Events[i]; names && e.Kind.Undoes() && p.find(in, e.Target) == nil {
			out[i] = loan.UnknownTarget
		}
	}
	for i := range in.Events {
		e := &in.Events[i]
		p.stands[i] = p.tried[i] == loan.OK || isBack(e) && p.reversed(in, e.Target)
	}
}

// isBack reports whether the event is money that goes back to who paid it.
func isBack(e *loan.Event) bool { return e.Kind.NamesEarlier() && !e.Kind.Undoes() }
