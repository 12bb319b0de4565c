package night

import "daybook/ledger/loan"

// What becomes of an event must not depend on which of tonight's files brings a reversal:
// had that come a night later, the event would stand, and what it can no longer fund would
// be debt. So tonight's events are first tried in a life that tonight's reversals have not
// changed; those that hold there were decided, or their money has moved, and stand. So does
// a chargeback of what is reversed, whichever came first: the reversal ends it.

// decide fills p.stands with which of tonight's events hold before its reversals.
func (p *Processor) decide(in *Input, product *loan.Product, h *loan.History, plan []loan.Installment) {
	out := p.result.Outcomes
	p.stands = p.stands[:0]
	undoes, others := false, false
	for i := range in.Events {
		e := &in.Events[i]
		p.stands = append(p.stands, e.Kind.NamesEarlier() && !e.Kind.Undoes() && p.reversed(in, e.Target, len(in.Events)))
		if out[i] == loan.OK {
			undoes = undoes || in.Events[i].Kind.Undoes()
			others = others || !in.Events[i].Kind.Undoes()
		}
	}
	if !undoes || !others {
		return
	}
	kept := append(p.outcomes[:0], out...)
	p.outcomes = kept
	for reruns := 0; ; reruns++ {
		p.mergeBefore(in, h, 0)
		p.replay.Reset()
		p.run.Marks = nil
		p.run.Replay(in.Loan, product, plan, &p.replay)
		if p.runMerged(in, reruns == rerunsMax) {
			break
		}
	}
	for i := range in.Events {
		p.stands[i] = p.stands[i] || out[i] == loan.OK && !in.Events[i].Kind.Undoes()
	}
	copy(out, kept)
}
