package loan

import (
	"slices"

	"daybook/ledger/civil"
)

// addPause merges a pause with those that it touches.
func (l *Loan) addPause(p Pause) {
	kept := make([]Pause, 0, len(l.Pauses)+1)
	for _, o := range l.Pauses {
		if o.Until < p.From || o.From > p.Until {
			kept = append(kept, o)
			continue
		}
		p = Pause{min(p.From, o.From), max(p.Until, o.Until)}
	}
	kept = append(kept, p)
	slices.SortFunc(kept, func(a, b Pause) int { return int(a.From - b.From) })
	l.Pauses = kept
}

// PausedDays returns how many days of [from, to) are paused.
func (l *Loan) PausedDays(from, to civil.Date) (days int32) {
	for _, p := range l.Pauses {
		if a, b := max(p.From, from), min(p.Until, to); a < b {
			days += int32(b - a)
		}
	}
	return days
}
