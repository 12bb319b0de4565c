package night

import (
	"math/rand/v2"
	"slices"
	"testing"

	"daybook/aging/classify"
	"daybook/aging/score"
	"daybook/aging/score/real"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// A weighedLife is scored by adjustments that have limits and fade: from a day on, before
// which the built-in policy's points hold.
type weighedLife struct {
	since civil.Date // first day of its policy
	rules score.Points
}

// randomWeighed makes adjustments, in half of the lives of a policy that comes later.
func randomWeighed(r *rand.Rand, w *wholeLife, points score.Points) *weighedLife {
	x := &weighedLife{since: civil.Min, rules: points}
	if r.IntN(2) == 0 {
		x.since = w.terms.DisbursedOn + civil.Date(r.IntN(150))
	}
	a := score.AdjustmentsOf(&points)
	for k := score.OnTime; k < score.Reasons; k++ {
		if k != score.BucketEntered && r.IntN(3) > 0 {
			a[k].Points = int32(r.IntN(81) - 40)
		}
		if r.IntN(2) == 0 {
			a[k].CapMonth = int32(1 + r.IntN(60))
		}
		if r.IntN(3) > 0 {
			a[k].Decay = real.Decay(int32(1 + r.IntN(200)))
		}
	}
	x.rules.Adjustments, x.rules.Scoring = &a, &score.Scoring{}
	x.rules.Floor, x.rules.Ceiling = -100_000, 100_000
	return x
}

// prepare gives the nights of a book the policy, and counts the loan's days.
func (x *weighedLife) prepare(b *tinyBook) {
	builtin, err := builtinPolicy()
	if err != nil {
		b.t.Fatal(err)
	}
	b.prepare = func(r *Rules) {
		countDays(r)
		if r.Date < x.since {
			return
		}
		r.Score = x.rules
		if x.since > civil.Min {
			r.Earlier = []Grading{{x.since - 1, &builtin.Aging, &builtin.Score}}
		}
	}
}

// countDays has a night count what a loan's days come to, without packs.
func countDays(r *Rules) {
	r.Classes = &Classes{Versions: []classify.Version{{
		Until: civil.Max, Set: classify.NewSet(nil), Subjects: []classify.Subject{{Product: -1}}, Material: []classify.Materiality{{}},
	}}}
	r.Classes.Prepare(r.Date)
}

// weighedOf is the naive score: each day since the booking is closed by itself, from the
// life's beginning, with what is known of it now; what differs from the day before has its
// points. Before the policy's first day the score is that of points alone.
func (w *wholeLife) weighedOf(t *testing.T, events []loan.Event, booked, end civil.Date) int32 {
	t.Helper()
	x := w.weighed
	if end < x.since {
		return w.scoreOf(t, events, booked, end)
	}
	builtin, err := builtinPolicy()
	if err != nil {
		t.Fatal(err)
	}
	aging := &builtin.Aging
	plain := score.AdjustmentsOf(&builtin.Score)
	reversed := map[string]bool{}
	for i := range events {
		if e := &events[i]; e.Kind == loan.KindReversal {
			reversed[string(e.Target)] = true
		}
	}
	type state struct {
		met          [3]int32
		early        int32
		bucket       int
		off, settled bool
	}
	var marks loan.Marks // its room serves all days
	at := func(day civil.Date) (s state, ended bool) {
		then := slices.DeleteFunc(slices.Clone(events), func(e loan.Event) bool {
			return e.ValueDate > day || e.Kind == loan.KindReversal || reversed[string(e.ID)]
		})
		var run loan.Run
		marks.Begin(civil.Min, false)
		run.Marks = &marks
		l := w.replay(&run, then, day)
		s.early = marks.Early
		run.Marks = nil
		f := run.Close(day)
		s.met, s.off, s.settled = l.MetWhen, l.Off.Kind != 0, f.Settled && l.Off.Kind == 0
		s.bucket = int(aging.Buckets.Index(aging.DelinquentDays(f.DaysPastDue, f.PausedDays)))
		return s, l.Off.Kind == loan.KindWriteOff
	}
	var q, used [score.Reasons]int64
	was, _ := at(booked)
	for day := booked + 1; day <= end; day++ {
		a := &plain
		if day >= x.since {
			a = x.rules.Adjustments
		}
		now, ended := at(day)
		var points [score.Reasons]int64
		points[score.OnTime] = int64(now.met[0]-was.met[0]) * int64(a[score.OnTime].Points)
		points[score.WeekLate] = int64(now.met[1]-was.met[1]) * int64(a[score.WeekLate].Points)
		points[score.Late] = int64(now.met[2]-was.met[2]) * int64(a[score.Late].Points)
		points[score.Early] = int64(now.early-was.early) * int64(a[score.Early].Points)
		if !ended {
			for b := was.bucket + 1; b <= now.bucket; b++ {
				points[score.BucketEntered] += int64(a[score.BucketEntered].PerBucket[b])
			}
			if was.bucket > 0 && now.bucket == 0 {
				points[score.Cured] = int64(a[score.Cured].Points)
			}
		}
		change := func(now, was bool) int64 {
			switch {
			case now && !was:
				return 1
			case was && !now:
				return -1
			}
			return 0
		}
		if points[score.ChargedOff] = change(now.off, was.off) * int64(a[score.ChargedOff].Points); now.off == was.off {
			points[score.SettledInFull] = change(now.settled, was.settled) * int64(a[score.SettledInFull].Points)
		}
		_, _, dayOfMonth := day.Split()
		for k := range q {
			if r := a[k].Decay; r != 0 {
				sign := int64(1)
				if q[k] < 0 {
					sign = -1
				}
				q[k] = sign * (sign * q[k] * r / 1_000_000_000) // small enough here for 63 bits
			}
			if dayOfMonth == 1 {
				used[k] = 0
			}
			add := points[k]
			if limit := int64(a[k].CapMonth); limit > 0 {
				for add > 0 && used[k]+add > limit {
					add--
				}
				for add < 0 && used[k]+add < -limit {
					add++
				}
			}
			used[k] += add
			q[k] += add * 1_000_000
		}
		was = now
	}
	total := int64(600)
	for _, v := range q {
		total += v / 1_000_000
	}
	return int32(min(max(total, int64(x.rules.Floor)), int64(x.rules.Ceiling)))
}

// TestScoresAreOfTheLife: with limits and half-lives the score is that of the days of the
// life as it is known, whatever nights closed them and whatever order the rows came in, and
// from the first night of the policy on.
func TestScoresAreOfTheLife(t *testing.T) {
	builtin, err := builtinPolicy()
	if err != nil {
		t.Fatal(err)
	}
	first, seeds := seedsToTry(30)
	if testing.Short() {
		seeds = min(seeds, 10)
	}
	moved := 0
	for seed := first; seed < first+seeds; seed++ {
		r := rand.New(rand.NewPCG(uint64(seed), 12))
		w := makeLife(r)
		w.weighed = randomWeighed(r, w, builtin.Score)
		w.run(t, r, "some refused", seed)
		if t.Failed() {
			t.Fatalf("run again with SEED=%d\n%s", seed, w)
		}
		w.settleWhatHolds(t)
		var want int32
		for try := range 3 {
			b := w.run(t, r, "an order", seed)
			got := b.load().Score
			if try == 0 {
				want = got
			}
			if got != want {
				t.Errorf("seed %d, order %d: the score is %d, want %d", seed, try, got, want)
			}
			if len(b.load().Scored) > 0 && got != 600 {
				moved++
			}
			if t.Failed() {
				t.Fatalf("run again with SEED=%d\n%s", seed, w)
			}
		}
	}
	if seeds >= 10 && moved < seeds {
		t.Errorf("only %d of %d scores moved", moved, 3*seeds)
	}
}
