package night

import (
	"slices"

	"daybook/aging"
	"daybook/aging/score"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// The score of a loan depends on its life as it is known, never on the night that a file
// came: on how many days it was in which bucket, and when its instalments were met. So a
// night grades every day since the close before, as a close of that very day would have;
// and where an event lies before a day on which something had points, it grades the whole
// life twice, as it was known and as it is known now, and gives or takes the difference.
// (15 U.S.C. 1681s-2(a)(2): who learns that what it said of a consumer was wrong corrects
// it.) Points count from the day after the loan was booked: its opening score knows what
// came before.

// A Grading is the rules that days are graded by, up to a date.
type Grading struct {
	Until civil.Date // the last day that they hold for
	Aging *aging.Rules
	Score *score.Points
}

// gradingOf returns the rules of a day, and the last day that they hold for.
func (r *Rules) gradingOf(day civil.Date) Grading {
	for _, g := range r.Earlier {
		if day <= g.Until {
			return g
		}
	}
	return Grading{civil.Max, &r.Aging, &r.Score}
}

// A grade is what the days so far have made of a loan.
type grade struct {
	day     civil.Date
	score   int32
	bucket  uint8
	met     [3]int32
	settled bool
	off     bool
	rules   Grading
	moves   score.Moves
	early   int32
	weighs  bool // the processor's balance is brought along
}

// bucketOf returns the bucket at the close of a day that a mark is of or stands for.
func (g *grade) bucketOf(k *loan.Mark, day civil.Date) uint8 {
	days, paused := k.DaysPastDue(day)
	return g.rules.Aging.Buckets.Index(g.rules.Aging.DelinquentDays(days, paused))
}

// take gives the points of what happened on a day.
func (p *Processor) take(g *grade, day civil.Date, e score.Events) {
	g.score = g.rules.Score.Add(g.score, e, &g.moves)
	if g.weighs {
		p.weigh(g, day, &e)
	}
}

// grade grades the days up to a mark. On the first of them the loan may have changed; on
// the others it only grew older, and so entered one bucket after the other.
func (p *Processor) grade(g *grade, k *loan.Mark) {
	e := score.Events{
		OnTime: k.MetWhen[0] - g.met[0], WeekLate: k.MetWhen[1] - g.met[1], Late: k.MetWhen[2] - g.met[2],
		Early: k.MetEarly - g.early,
	}
	switch {
	case k.Off && !g.off:
		e.ChargedOff = 1
	case !k.Off && g.off:
		e.ChargedOff = -1
	case k.Settled && !g.settled:
		e.Settled = 1
	case !k.Settled && g.settled:
		e.Settled = -1
	}
	g.met, g.early, g.settled, g.off = k.MetWhen, k.MetEarly, k.Settled, k.Off
	for first := true; first || g.day < k.Day; first = false {
		if g.day < k.Day {
			p.nextDay(g, k, &e)
		}
		p.take(g, g.day, e)
		e = score.Events{}
		end := min(k.Day, g.rules.Until)
		for b := g.bucketOf(k, end); g.bucket < b && g.day < end; g.bucket++ {
			p.take(g, p.entered(g, k, end), score.Events{From: g.bucket, To: g.bucket + 1})
		}
		g.day = max(g.day, end)
		if g.weighs {
			p.bring(g, g.day)
		}
	}
}

// nextDay begins a day: the bucket at its close, under its rules.
func (p *Processor) nextDay(g *grade, k *loan.Mark, e *score.Events) {
	g.day++
	if rules := p.rules.gradingOf(g.day); rules.Until != g.rules.Until {
		g.bucket = moved(g.rules.Aging.Buckets, rules.Aging.Buckets, g.bucket)
		g.rules = rules
	}
	e.To = g.bucketOf(k, g.day)
	if e.From = g.bucket; g.bucket == loan.NoBucket || k.Ended {
		e.From = e.To // its old bucket is none of the policy's any more; a write-off cures nothing
	}
	g.bucket = e.To
}

// moved returns the bucket of the same name among others, or loan.NoBucket.
func moved(from, to aging.Bands, b uint8) uint8 {
	if int(b) >= len(from) || int(b) < len(to) && from[b].Name == to[b].Name {
		return b
	}
	if i := slices.IndexFunc(to, func(x aging.Band) bool { return x.Name == from[b].Name }); i >= 0 {
		return uint8(i)
	}
	return loan.NoBucket
}

// gradedFrom returns the day from which tonight's events may change what had points: the
// last close, or the day before the first of them where nothing had any since. Where it
// is not ok, the whole life is to be graded again.
func (p *Processor) gradedFrom(l *loan.Loan, events []loan.Event) (from civil.Date, ok bool) {
	last := p.rules.Previous
	from = last
	for i := range events {
		from = min(from, events[i].ValueDate-1)
	}
	switch {
	case from == last:
		return from, !p.newlyScored()
	case p.rules.Score.Scoring != nil:
		return from, false // points that fade are not those of an earlier day
	case from < max(l.BookedOn, l.Last.Date), p.rules.gradingOf(from).Until != p.rules.gradingOf(last).Until, l.Bucket == loan.NoBucket:
		return from, false
	case l.Bucket == 0:
		return from, true // since its last event it only grew older, and entered none
	}
	p.run.Start(l, &p.rules.Products[l.Product], &p.log)
	k := loan.Mark{Day: last, Oldest: p.run.OldestAt(last), Pauses: l.Pauses, Regulated: l.Regulated}
	g := grade{rules: p.rules.gradingOf(last)}
	return from, g.bucketOf(&k, from) == g.bucketOf(&k, last)
}

// noting makes the run note the days since the last close.
func (p *Processor) noting(l *loan.Loan, events []loan.Event) {
	from, _ := p.gradedFrom(l, events)
	p.marks.Begin(from, false)
	p.run.Marks = &p.marks
	p.known = grade{
		day: from, score: l.Score, bucket: l.Bucket, met: l.MetWhen, settled: aging.LoanStatus(l.LastStatus).PaidInFull(),
		off: l.Off.Kind != 0, rules: p.rules.gradingOf(from), weighs: p.rules.Score.Scoring != nil,
	}
	if p.known.weighs {
		p.beginWeighing(l)
	}
	if old := p.rules.OldBucketNames; old != nil && len(p.rules.Earlier) == 0 && int(l.Bucket) < len(old) {
		p.known.bucket = old[l.Bucket]
	}
}

// gradeLife grades a life that was run from its beginning.
func (p *Processor) gradeLife(l *loan.Loan, to *loan.Mark) (g grade) {
	list := p.marks.List
	g = grade{day: l.BookedOn, score: l.OpeningScore, rules: p.rules.gradingOf(l.BookedOn), weighs: p.rules.Score.Scoring != nil}
	if g.weighs {
		p.balance, p.balanceOn = score.Balance{}, l.BookedOn
	}
	if len(list) > 0 && list[0].Day == l.BookedOn {
		k := &list[0]
		g.bucket, g.met, g.early, g.settled, g.off = g.bucketOf(k, k.Day), k.MetWhen, k.MetEarly, k.Settled, k.Off
		list = list[1:]
	}
	for i := range list {
		p.grade(&g, &list[i])
	}
	if to != nil {
		p.grade(&g, to)
	}
	return g
}

// markOfTonight is the mark of the night's close.
func (p *Processor) markOfTonight(l *loan.Loan, f *loan.Figures) loan.Mark {
	return loan.Mark{
		Day: p.rules.Date, Oldest: f.Oldest, Pauses: l.Pauses, Regulated: l.Regulated, MetWhen: l.MetWhen, Settled: f.Settled && l.Off.Kind == 0,
		Off: l.Off.Kind != 0, Ended: l.Off.Kind == loan.KindWriteOff, MetEarly: p.marks.Early,
	}
}

// rescore brings the score to the close of the night.
func (p *Processor) rescore(l *loan.Loan, f *loan.Figures) {
	now := p.markOfTonight(l, f)
	var adjusted int32
	var moves score.Moves
	if p.replayed {
		g := p.gradeLife(l, &now)
		adjusted = g.rules.Score.Within(l.Score + g.score - p.known.score)
		moves = g.moves.Less(&p.known.moves)
	} else {
		g := &p.known
		for i := range p.marks.List {
			p.grade(g, &p.marks.List[i])
		}
		p.grade(g, &now)
		adjusted, moves = g.score, g.moves
	}
	l.ScoreDelta, l.Score = adjusted-l.Score, adjusted
	if l.ScoreDelta == 0 {
		return
	}
	for i, r := range moves.Reasons() {
		l.Reasons[i] = uint8(r)
	}
}
