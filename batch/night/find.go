package night

import (
	"bytes"

	"daybook/ledger/loan"
)

// indexMin is from how many events on they are found by maps: fewer are looked
// through, which takes no memory. One loan may have thousands. Tests change it.
var indexMin = 64

// An index finds the events of a loan that has many.
type index struct {
	used      bool
	past      map[string]*loan.Event // of earlier nights, by id
	reversed  map[string]bool        // targets of reversals of earlier nights
	tonight   map[string]int32       // by id; no id is OK twice
	reversals map[string]int32       // of tonight, by target: the first by id
}

// indexPast indexes the earlier nights, before duplicates are looked for.
func (p *Processor) indexPast(in *Input) {
	x := &p.index
	n := len(in.Events)
	if in.History != nil {
		n += len(in.History.Events)
	}
	if x.used = n >= indexMin; !x.used {
		return
	}
	if x.past == nil {
		*x = index{true, map[string]*loan.Event{}, map[string]bool{}, map[string]int32{}, map[string]int32{}}
	}
	clear(x.past)
	clear(x.reversed)
	clear(x.tonight)
	clear(x.reversals)
	if in.History == nil {
		return
	}
	for i := range in.History.Events {
		e := &in.History.Events[i]
		if _, ok := x.past[string(e.ID)]; !ok {
			x.past[string(e.ID)] = e
		}
		if e.Kind.Undoes() {
			x.reversed[string(e.Target)] = true
		}
	}
}

// indexTonight indexes tonight's events that are still OK.
func (p *Processor) indexTonight(in *Input) {
	x := &p.index
	if !x.used {
		return
	}
	for i := range in.Events {
		e := &in.Events[i]
		if p.result.Outcomes[i] != loan.OK {
			continue
		}
		x.tonight[string(e.ID)] = int32(i)
		if first, ok := x.reversals[string(e.Target)]; e.Kind.Undoes() && (!ok || bytes.Compare(e.ID, in.Events[first].ID) < 0) {
			x.reversals[string(e.Target)] = int32(i)
		}
	}
}

// earlierOf returns the event that an earlier night applied under an id.
func (p *Processor) earlierOf(in *Input, id []byte) *loan.Event {
	switch {
	case in.History == nil:
		return nil
	case p.index.used:
		return p.index.past[string(id)]
	case !in.Loan.HasApplied(loan.FingerprintOf(id)):
		return nil
	}
	for h := range in.History.Events {
		if old := &in.History.Events[h]; bytes.Equal(old.ID, id) {
			return old
		}
	}
	return nil
}

// find returns the event with an id, of tonight or before.
func (p *Processor) find(in *Input, id []byte) *loan.Event {
	if p.index.used {
		if i, ok := p.index.tonight[string(id)]; ok && p.result.Outcomes[i] == loan.OK {
			return &in.Events[i]
		}
		return p.index.past[string(id)]
	}
	for i := range in.Events {
		if p.result.Outcomes[i] == loan.OK && bytes.Equal(in.Events[i].ID, id) {
			return &in.Events[i]
		}
	}
	if in.History != nil {
		for i := range in.History.Events {
			if bytes.Equal(in.History.Events[i].ID, id) {
				return &in.History.Events[i]
			}
		}
	}
	return nil
}

// reversed reports whether a reversal that stands has the target, of tonight or before.
func (p *Processor) reversed(in *Input, target []byte) bool {
	return p.reversal(in, target) >= 0 || p.reversedEarlier(in, target)
}

// reversal returns which of tonight's events reverses the target, the first by id where
// several would, or a number below zero.
func (p *Processor) reversal(in *Input, target []byte) int32 {
	first := int32(-1)
	if p.index.used {
		if i, ok := p.index.reversals[string(target)]; ok && p.result.Outcomes[i] == loan.OK {
			first = i
		}
		return first
	}
	for i := range in.Events {
		if e := &in.Events[i]; p.result.Outcomes[i] == loan.OK && e.Kind.Undoes() && bytes.Equal(e.Target, target) &&
			(first < 0 || bytes.Compare(e.ID, in.Events[first].ID) < 0) {
			first = int32(i)
		}
	}
	return first
}

// reversedEarlier reports whether a reversal of an earlier night has the target.
func (p *Processor) reversedEarlier(in *Input, target []byte) bool {
	if p.index.used {
		return p.index.reversed[string(target)]
	}
	if in.History == nil {
		return false
	}
	for i := range in.History.Events {
		if e := &in.History.Events[i]; e.Kind.Undoes() && bytes.Equal(e.Target, target) {
			return true
		}
	}
	return false
}
