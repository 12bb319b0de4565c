// Package score adjusts a borrower's credit score by how a loan is repaid: a
// table of points, each with the reason that stands in the output. It is pure.
package score

import "slices"

// A Reason is why points were given or taken; its number is stored.
type Reason uint8

// The reasons, in the order of the points table. None is no reason.
const (
	None Reason = iota
	OnTime
	WeekLate
	Late
	BucketEntered
	Cured
	SettledInFull
	ChargedOff
	Early // on time as well
	BrokenPromise
	PromiseKept
	Reasons // how many there are
)

// ReasonOf returns a reason by the name of its event.
func ReasonOf(name string) (Reason, bool) {
	i := slices.Index(reasonNames[1:], name)
	return Reason(i + 1), i >= 0
}

// EventNames are the names of the events that have points.
func EventNames() []string { return slices.Clone(reasonNames[1:]) }

var reasonNames = [Reasons]string{
	"", "installment_on_time", "installment_1_to_7_days_late", "installment_over_7_days_late", "bucket_entered",
	"cured", "settled", "charged_off", "installment_early", "broken_promise", "promise_kept",
}

func (r Reason) String() string { return reasonNames[r] }

// Points say how many points each reason gives; a count of events multiplies
// them. The score stays within Floor and Ceiling.
type Points struct {
	Each           [Reasons]int32
	PerBucket      []int32 // taken when the bucket of that index is entered from a better one
	Floor, Ceiling int32
	Initial        int32 // for a loan without an opening score
	// Scoring is what the policy says beyond these points, or nil.
	Scoring *Scoring
	// Adjustments are what events do; nil without a Scoring: [AdjustmentsOf] the points.
	Adjustments *Adjustments
	// Edges are the upper edges of the first bins by which scores are watched, or none.
	Edges []int32
}

// Default is the points table of the built-in policy.
func Default() Points {
	p := Points{Floor: 300, Ceiling: 850, Initial: 600, PerBucket: []int32{0, -10, -25, -40, -50, -50, -50, -50}}
	p.Each[OnTime], p.Each[WeekLate], p.Each[Late] = 3, -2, -6
	p.Each[Cured], p.Each[SettledInFull], p.Each[ChargedOff] = 8, 15, -100
	return p
}

// Events are what happened to a loan in one night. Counts may be negative: a
// reversal takes back what an instalment gave.
type Events struct {
	OnTime, WeekLate, Late int32 // instalments wholly met
	Early                  int32 // of them, at least 3 days before their due dates
	From, To               uint8 // bucket before and after
	Settled, ChargedOff    int32 // 1: became so, -1: is so no longer
}

// Moves are the points of each reason, before the score's limits.
type Moves [Reasons]int32

// Within returns a score within the limits.
func (p *Points) Within(score int32) int32 { return min(max(score, p.Floor), p.Ceiling) }

// Add returns the score after one day, and adds what moved it to a sum.
func (p *Points) Add(old int32, e Events, sum *Moves) (score int32) {
	if e == (Events{From: e.To, To: e.To}) && old >= p.Floor && old <= p.Ceiling {
		return old // as on most days
	}
	var moves Moves
	moves[OnTime] = e.OnTime * p.Each[OnTime]
	moves[WeekLate] = e.WeekLate * p.Each[WeekLate]
	moves[Late] = e.Late * p.Each[Late]
	for b := e.From + 1; b <= e.To; b++ {
		if int(b) < len(p.PerBucket) {
			moves[BucketEntered] += p.PerBucket[b]
		}
	}
	if e.From > 0 && e.To == 0 {
		moves[Cured] = p.Each[Cured]
	}
	moves[SettledInFull] = e.Settled * p.Each[SettledInFull]
	moves[ChargedOff] = e.ChargedOff * p.Each[ChargedOff]
	score = old
	for r, m := range moves {
		score += m
		sum[r] += m
	}
	return p.Within(score)
}

// Less returns the moves without others.
func (m *Moves) Less(o *Moves) (d Moves) {
	for r := range m {
		d[r] = m[r] - o[r]
	}
	return d
}

// Reasons returns what moved a score: at most four, the largest movement first, equal ones
// in the order of the table.
func (m *Moves) Reasons() (reasons [4]Reason) {
	moves := *m
	for i := range reasons {
		best := None
		for r := OnTime; r < Reasons; r++ {
			if abs(moves[r]) > abs(moves[best]) {
				best = r
			}
		}
		if best == None {
			break
		}
		reasons[i], moves[best] = best, 0
	}
	return reasons
}

func abs(x int32) int32 {
	if x < 0 {
		return -x
	}
	return x
}
