package score

import "slices"

// A Scoring is what a policy says of scores beyond today's points: models, cards, and
// adjustments that have limits and decay. Where a policy has none of it, there is none, and
// [Points] alone say what a night does.
//
// The two count differently. With Points alone each day's score is kept within floor and
// ceiling, and the next day goes on from there: what a limit cut off is gone. With a
// Scoring the balances of the adjustments have no such limit, only the score made of them
// has, so that a figure never depends on which limit was met on the way.
type Scoring struct {
	Models  []Fitted // asked first
	Cards   []Card
	Regions []string // whose places are the codes of RegionCode
	Texts   []string // of the reasons of cards and models: codes from Reasons on
	Uses    FeatureSet
}

// KeepsMet reports whether the days on which instalments were met are asked for.
func (p *Points) KeepsMet() bool { return p.Scoring != nil && p.Scoring.Uses.Has(DaysLateMean) }

// Base returns the score of the first model or else card that applies, and its reasons; ok
// is false where none does: then the opening score stands in its place.
func (g *Scoring) Base(x *Features, p *Points, s *Scratch) (score int32, reasons [4]Reason, ok bool) {
	for i := range g.Models {
		if m := &g.Models[i]; m.Applies.Hold(x) {
			score, reasons = m.Score(x, p.Floor, p.Ceiling, s)
			return score, reasons, true
		}
	}
	for i := range g.Cards {
		if c := &g.Cards[i]; c.Applies.Hold(x) {
			score, reasons = c.Score(x)
			return score, reasons, true
		}
	}
	return 0, reasons, false
}

// By returns which model or card gives the score, as text; empty where none does.
func (g *Scoring) By(x *Features) string {
	for i := range g.Models {
		if g.Models[i].Applies.Hold(x) {
			return "model " + g.Models[i].Name
		}
	}
	for i := range g.Cards {
		if g.Cards[i].Applies.Hold(x) {
			return "card " + g.Cards[i].Name
		}
	}
	return ""
}

// Adjusted returns the score of a base and the whole points of a balance, within the
// limits.
func (p *Points) Adjusted(base int32, b *Balance) int32 {
	moves := b.Moves()
	return p.Within64(int64(base) + moves.Sum())
}

// Then returns reasons followed by others, at most four, each once.
func Then(first, then [4]Reason) (all [4]Reason) {
	n := 0
	for _, list := range [2][4]Reason{first, then} {
		for _, r := range list {
			if n < len(all) && r != None && !slices.Contains(all[:n], r) {
				all[n] = r
				n++
			}
		}
	}
	return all
}
