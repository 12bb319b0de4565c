package policy

import (
	"fmt"

	"daybook/aging/score"
	"daybook/aging/score/real"
)

// pointList are points, or of bucket_entered one for each bucket.
type pointList []int32

type adjustmentEntry struct {
	Event    string    `yaml:"event" enum:"@score_event" required:"true" doc:"What happened. An instalment that is met early is met on time as well."`
	Points   pointList `yaml:"points" min:"-10000" max:"10000" required:"true" doc:"Points for each time; of bucket_entered it may be a list, one for each bucket after the first, the last of which goes on."`
	CapMonth int32     `yaml:"cap_month" min:"0" max:"1000000" doc:"Most points that a calendar month adds or takes. 0: no limit."`
	HalfLife int32     `yaml:"half_life_days" min:"0" max:"36500" doc:"Days after which half of the points is left. 0: they stay."`
}

// adjustments returns what events do: today's points, and in their place what the section
// states of the same event.
func (s *source) adjustments(sc *scoreSection, p *score.Points) (list score.Adjustments) {
	list = score.AdjustmentsOf(p)
	buckets := len(p.PerBucket)
	seen := map[score.Reason]bool{}
	for i := range sc.Adjustments {
		x := &sc.Adjustments[i]
		path := fmt.Sprintf("score.adjustments[%d]", i)
		r, _ := score.ReasonOf(x.Event)
		if seen[r] {
			s.fail(path+".event", "%s is there twice: one entry says all of an event", x.Event)
		}
		seen[r] = true
		a := score.Adjustment{CapMonth: x.CapMonth}
		if x.HalfLife > 0 {
			a.Decay = real.Decay(x.HalfLife)
		}
		switch n := len(x.Points); {
		case n == 0: // a fault is recorded
		case r == score.BucketEntered && n > buckets-1:
			s.fail(path+".points", "has %d entries for the %d buckets after the first", n, buckets-1)
		case r == score.BucketEntered:
			a.PerBucket = byBucket(x.Points, buckets)
		case n > 1:
			s.fail(path+".points", "has %d entries, and %s has one number: only bucket_entered has points by bucket", n, x.Event)
		default:
			a.Points = x.Points[0]
		}
		list[r] = a
	}
	return list
}
