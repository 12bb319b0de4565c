package book

import (
	"fmt"
	"math"
	"slices"

	"daybook/aging/score"
	"daybook/batch/night"
	"daybook/batch/policy"
)

// firstReasons is how many reasons of scores all books have: those of points alone.
const firstReasons = int(score.ChargedOff)

// scoreReasons are the reasons of scores that the book has codes for, by code less 1.
func (n *Names) scoreReasons() []string {
	if len(n.Reasons) > 0 {
		return n.Reasons
	}
	return score.EventNames()[:firstReasons]
}

// ScoreCodes returns the book's code of each reason of a policy, by the policy's own; nil
// where it has points alone, whose reasons have the same codes in all books. The names learn
// those that they have not.
func (n *Names) ScoreCodes(p *policy.Policy) (codes []uint8, err error) {
	if p.Score.Scoring == nil {
		return nil, nil
	}
	list := slices.Clone(n.scoreReasons())
	codes = make([]uint8, score.Reasons, int(score.Reasons)+len(p.Score.Scoring.Texts))
	for i, name := range append(score.EventNames(), p.Score.Scoring.Texts...) {
		k := slices.Index(list, name)
		if k < 0 {
			k = len(list)
			list = append(list, name)
		}
		if k >= math.MaxUint8 {
			return nil, fmt.Errorf("the policy %q brings more reasons of scores than a book has codes for, %d in all: use those of policies before", p.Name, math.MaxUint8)
		}
		if i+1 < int(score.Reasons) {
			codes[i+1] = uint8(k + 1)
		} else {
			codes = append(codes, uint8(k+1))
		}
	}
	n.Reasons = list
	return codes, nil
}

// Places returns where the book's products and regions stand in a policy, for who scores
// loans by them.
func (n *Names) Places(p *policy.Policy) (places night.Places) {
	if p.Score.Scoring == nil {
		return places
	}
	places.Products = make([]int64, len(n.Products))
	for i, name := range n.Products {
		places.Products[i] = -1
		if k, ok := p.Product(name); ok {
			places.Products[i] = int64(k)
		}
	}
	places.Regions = make([]int64, len(n.Regions))
	for i, name := range n.Regions {
		places.Regions[i] = int64(slices.Index(p.Score.Scoring.Regions, name))
	}
	return places
}
