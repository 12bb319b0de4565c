package score

import "slices"

// A Condition holds where a feature is there and within limits: from Low to High, or of
// a text one of Codes.
type Condition struct {
	Feature   Feature
	Low, High int64
	Codes     []int64 // nil: a number
}

// holds reports whether the condition holds.
func (c *Condition) holds(x *Features) bool {
	v, ok := x.Get(c.Feature)
	switch {
	case !ok:
		return false
	case c.Codes != nil:
		return slices.Contains(c.Codes, v)
	}
	return c.Low <= v && v <= c.High
}

// Applies are conditions that must all hold; none always do.
type Applies []Condition

// Hold reports whether all conditions hold.
func (a Applies) Hold(x *Features) bool {
	for i := range a {
		if !a[i].holds(x) {
			return false
		}
	}
	return true
}

// A Card is a scorecard: points by the bin that each of some features falls in. Points are
// whole numbers, so that every score is exact. In the policy a card tells its scale too,
// score = offset + factor · ln odds, which says what its points were made for; nothing is
// computed with it.
type Card struct {
	Name       string
	Applies    Applies
	Base       int32
	Attributes []Attribute
}

// An Attribute is one feature of a card.
type Attribute struct {
	Feature Feature
	Bins    []Bin // the last takes all that none before it takes
	Missing int32 // points where the feature is null
	Reason  Reason
}

// A Bin is what has the same points: values up to UpTo, or texts of those Codes.
type Bin struct {
	UpTo   int64
	Codes  []int64
	Points int32
}

// points returns the points of a feature.
func (a *Attribute) points(x *Features) int32 {
	v, ok := x.Get(a.Feature)
	if !ok {
		return a.Missing
	}
	last := len(a.Bins) - 1
	for i := range a.Bins[:last] {
		b := &a.Bins[i]
		if a.Feature.Coded() && slices.Contains(b.Codes, v) || !a.Feature.Coded() && v <= b.UpTo {
			return b.Points
		}
	}
	return a.Bins[last].Points
}

// best returns the points of the best bin.
func (a *Attribute) best() int32 {
	best := a.Bins[0].Points
	for i := range a.Bins {
		best = max(best, a.Bins[i].Points)
	}
	return best
}

// Score returns the card's score: its base and the points of each attribute; and why it
// is not higher, the reasons of at most four attributes: the most points lost against
// their best bin first, equal ones in the order of the card, none that lost none. A reason
// that several attributes have stands once, at the first of them.
func (c *Card) Score(x *Features) (score int32, reasons [4]Reason) {
	var lost [4]int32
	score = c.Base
	for i := range c.Attributes {
		a := &c.Attributes[i]
		p := a.points(x)
		score += p
		rank(&reasons, &lost, a.Reason, a.best()-p)
	}
	return score, reasons
}

// rank puts a reason among the four that lost most; those that came before it keep their
// place where they lost as much.
func rank[T int32 | float64](reasons *[4]Reason, lost *[4]T, r Reason, loss T) {
	if loss <= 0 {
		return
	}
	if i := slices.Index(reasons[:], r); i >= 0 {
		if loss <= lost[i] {
			return
		}
		copy(reasons[i:], reasons[i+1:])
		copy(lost[i:], lost[i+1:])
		reasons[3], lost[3] = None, 0
	}
	for i := range reasons {
		if loss > lost[i] {
			copy(reasons[i+1:], reasons[i:])
			copy(lost[i+1:], lost[i:])
			reasons[i], lost[i] = r, loss
			return
		}
	}
}
