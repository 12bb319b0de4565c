package score

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"daybook/aging/score/real"
)

// Bins is how many bins scores are watched by.
const Bins = 10

// A Tally is how many loans have one score, by how they went: Bad was 90 days past due or
// charged off at some close of the 12 months after the observation, Good was not. Where no
// outcome is asked for, all are good.
type Tally struct {
	Score     int32
	Good, Bad int64
}

// Sum returns tallies by score, ascending, each score once.
func Sum(list []Tally) []Tally {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Tally) int { return cmp.Compare(a.Score, b.Score) })
	sum := list[:0]
	for _, x := range list {
		if n := len(sum); n > 0 && sum[n-1].Score == x.Score {
			sum[n-1].Good += x.Good
			sum[n-1].Bad += x.Bad
		} else {
			sum = append(sum, x)
		}
	}
	return sum
}

// Deciles returns the upper edges of the first nine of ten bins that have equal counts of a
// reference, as far as equal scores let them: the k-th is the least score that at least k
// tenths of the loans do not exceed. The reference is by score, ascending; of an empty one
// there are none.
func Deciles(reference []Tally) []int32 {
	total := int64(0)
	for _, x := range reference {
		total += x.Good + x.Bad
	}
	if total == 0 {
		return nil
	}
	edges := make([]int32, 0, Bins-1)
	below := int64(0)
	for _, x := range reference {
		below += x.Good + x.Bad
		for k := int64(len(edges) + 1); k < Bins && below*Bins >= k*total; k++ {
			edges = append(edges, x.Score)
		}
	}
	return edges
}

// BinOf returns the bin of a score: the first whose upper edge it does not exceed, else the
// last.
func BinOf(edges []int32, score int32) int {
	i, _ := slices.BinarySearch(edges, score)
	return i
}

// Stability returns the population stability index of counts by bin against those of the
// reference, in millionths: Σ (a - e) · ln(a / e) over the bins in order, where a is (n + ½)
// ÷ (all + 5), and e likewise. In float64, rounded half-even once. A reference without
// counts, as of edges that the policy states, has a tenth in each bin. Source: N. Siddiqi,
// Credit Risk Scorecards, system stability report; the half keeps empty bins finite.
func Stability(counts, reference *[Bins]int64) (millionths int64) {
	n, m := int64(0), int64(0)
	for i := range counts {
		n += counts[i]
		m += reference[i]
	}
	sum := 0.0
	for i := range counts {
		a := (float64(counts[i]) + 0.5) / (float64(n) + Bins/2)
		e := (float64(reference[i]) + 0.5) / (float64(m) + Bins/2)
		sum += float64((a - e) * real.Ln(a/e))
	}
	// The text has the nearest decimal, exact halves to the even one.
	text := strings.Replace(strconv.FormatFloat(sum, 'f', 6, 64), ".", "", 1)
	millionths, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		panic("score: internal error: index " + text)
	}
	return millionths
}

// A Light is what an index of stability says.
type Light uint8

// The lights: from 0.1 the population is to be watched, from 0.25 something is to be done.
const (
	Steady Light = iota
	Watch
	Act
)

func (l Light) String() string { return [...]string{"steady", "watch", "act"}[l] }

// LightOf returns the light of an index in millionths, as it is published.
func LightOf(millionths int64) Light {
	switch {
	case millionths >= 250_000:
		return Act
	case millionths >= 100_000:
		return Watch
	}
	return Steady
}

// Separation returns how well scores tell the goods from the bads, each as the quotient of
// two whole numbers: ks is the greatest distance, over all scores, between the shares of
// bads and goods up to that score; gini is (C - D) ÷ (goods · bads), where C counts the
// pairs of a good and a bad in which the good scores higher, D those in which it scores
// lower. Both have the divisor pairs, which is 0 where there are no goods or no bads. The
// tallies are by score, ascending. The loans of a book are fewer than 3·10^9, so that no
// product leaves 63 bits.
func Separation(tallies []Tally) (ks, gini, pairs int64) {
	goods, bads := int64(0), int64(0)
	for _, x := range tallies {
		goods += x.Good
		bads += x.Bad
	}
	good, bad := int64(0), int64(0) // up to the score
	for _, x := range tallies {
		gini += x.Good*bad - x.Bad*good
		good += x.Good
		bad += x.Bad
		d := bad*goods - good*bads
		ks = max(ks, d, -d)
	}
	return ks, gini, goods * bads
}
