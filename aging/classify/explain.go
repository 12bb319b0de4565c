package classify

import "daybook/ledger/civil"

// A HoldView is a hold of a loan as explanations show it.
type HoldView struct {
	Hold     *Hold
	State    State
	Earliest civil.Date // first day on which it may be left, if nothing more comes; civil.None: any day
	Waits    *Condition // what must hold then; nil: nothing
	Applies  *Condition // of the entry of until that decides; nil: all
}

// Active returns the holds of a pack that are active for the loan that the machine has come
// to the close of a day with.
func (m *Machine) Active(p *Pack, states []State, nthDue func(civil.Date, int) civil.Date) (list []HoldView) {
	for i := range p.Holds {
		s := &states[i]
		if !s.Active {
			continue
		}
		v := HoldView{Hold: &p.Holds[i], State: *s, Earliest: civil.None}
		for k := range v.Hold.Until {
			u := &v.Hold.Until[k]
			if !u.Applies.holds(&m.facts, states, i) {
				continue
			}
			v.Waits, v.Applies = u.When, u.Applies
			v.Earliest = m.earliest(u, s, states, nthDue, m.Standing.LastUnmet)
			break
		}
		list = append(list, v)
	}
	return list
}

// String returns the condition as the pack states it; "always" where there is none.
func (c *Condition) String() string {
	if c == nil || c.Text == "" {
		return "always"
	}
	return c.Text
}
