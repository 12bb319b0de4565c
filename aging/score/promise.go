package score

import "daybook/ledger/civil"

// A Span is what events do on the days up to one, from the day after the span before.
type Span struct {
	Until       civil.Date
	Adjustments *Adjustments
}

// A PromiseDay is the promises of a loan that were decided on a day.
type PromiseDay struct {
	On           civil.Date
	Broken, Kept int32
}

// PromisePoints returns the whole points of broken and kept promises at the close of a day, of a
// loan that was booked on another: a function of the days on which they were decided, which ascend.
// Each day counts by its own span.
// Source: regulatory.md, section 6, adjustments.
func PromisePoints(days []PromiseDay, booked, close civil.Date, spans []Span) (points [2]int32) {
	var b Balance
	on := booked
	// Only these two kinds are there, so that the others cost nothing.
	pass := func(to civil.Date) (a *Adjustments) {
		for _, s := range spans {
			a = s.Adjustments
			if end := min(to, s.Until); on < end {
				a.Pass(&b, on, end)
				on = end
			}
			if to <= s.Until {
				break
			}
		}
		return a
	}
	for _, d := range days {
		if d.On <= booked || d.On > close {
			continue
		}
		var n Counts
		n[BrokenPromise], n[PromiseKept] = d.Broken, d.Kept
		pass(d.On).Add(&b, &n)
	}
	pass(close)
	return [2]int32{int32(b.Q[BrokenPromise] / Million), int32(b.Q[PromiseKept] / Million)}
}
