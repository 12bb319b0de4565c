package night

import (
	"bytes"
	"sort"

	"daybook/aging"
	"daybook/aging/score"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// Where the policy has cards, models or adjustments, the points of events are balances that
// fade day by day and have limits by month. They are a function of the life too, so they
// are brought from the close before, and where an event lies before that, from the night
// that booked the loan. On days of earlier policies what these said counts: those that had
// points alone as adjustments without limit and half-life.

// A weighing is a processor's memory for them.
type weighing struct {
	balance   score.Balance
	balanceOn civil.Date  // the day at whose close it stands
	before    score.Moves // whole points at the last close
	reweighed bool        // what is kept of the loan is not what was
	kept      []byte
	plainOf   *score.Points // whose points plain are
	plain     score.Adjustments
	scratch   score.Scratch
	finishing
}

// Places are where the book's codes stand in tonight's policy; -1 is nowhere.
type Places struct {
	Products, Regions []int64
}

// adjustments returns what events do under some points.
func (w *weighing) adjustments(p *score.Points) *score.Adjustments {
	if p.Adjustments != nil {
		return p.Adjustments
	}
	if w.plainOf != p {
		w.plainOf, w.plain = p, score.AdjustmentsOf(p)
	}
	return &w.plain
}

// beginWeighing takes up the balance of the last close.
func (p *Processor) beginWeighing(l *loan.Loan) {
	if !p.balance.Read(l.Scored) {
		panic("night: internal error: the points of loan " + string(l.ID) + " are damaged")
	}
	p.balanceOn, p.before = p.rules.Previous, p.balance.Moves()
}

// bring brings the balance to the close of a day, by the rules that all days since have.
func (p *Processor) bring(g *grade, day civil.Date) {
	if day > p.balanceOn {
		p.adjustments(g.rules.Score).Pass(&p.balance, p.balanceOn, day)
		p.balanceOn = day
	}
}

// weigh adds what happened on a day.
func (p *Processor) weigh(g *grade, day civil.Date, e *score.Events) {
	if *e == (score.Events{From: e.To, To: e.To}) {
		return
	}
	p.bring(g, day)
	a := p.adjustments(g.rules.Score)
	n := a.CountsOf(e)
	a.Add(&p.balance, &n)
}

// entered returns the day after the grade's, up to a last one, at whose close the loan
// enters the bucket after its own: only its age grows, so that days can be halved.
func (p *Processor) entered(g *grade, k *loan.Mark, last civil.Date) civil.Date {
	if !g.weighs {
		return last
	}
	n := int(last - g.day)
	return g.day + 1 + civil.Date(sort.Search(n-1, func(i int) bool { return g.bucketOf(k, g.day+1+civil.Date(i)) > g.bucket }))
}

// newlyScored reports whether the last close kept no balances, as its policy had neither
// cards nor models nor adjustments, or not on which days instalments were met: they are made of
// the lives.
func (p *Processor) newlyScored() bool {
	r := p.rules
	if r.Score.Scoring == nil || r.Previous == civil.None {
		return false
	}
	before := r.gradingOf(r.Previous).Score
	return before.Scoring == nil || p.run.KeepsMet && !before.KeepsMet()
}

// eventless reports whether nothing ever happened to a loan that has points.
func (p *Processor) eventless(l *loan.Loan) bool {
	return p.spotless(l) && len(l.Standing) == 0 && l.MetWhen == [3]int32{} && l.Bucket == 0 && l.Off.Kind == 0 &&
		!aging.LoanStatus(l.LastStatus).PaidInFull()
}

// weighNight brings the balance to the close of the night: from the last close on, or
// through a life that was run again. Where one is to be run yet, as nothing but a new policy
// asks for it, it is weighed there.
func (p *Processor) weighNight(in *Input, quiet bool) {
	l := in.Loan
	switch {
	case in.Booked:
		p.balance, p.before = score.Balance{}, score.Moves{}
	case quiet:
		p.weighQuiet(l)
	case p.replayed:
		now := p.markOfTonight(l, &p.result.Figures)
		p.gradeLife(l, &now)
	default:
		now := p.markOfTonight(l, &p.result.Figures)
		g := &p.known
		for i := range p.marks.List {
			p.grade(g, &p.marks.List[i])
		}
		p.grade(g, &now)
	}
	if p.rules.Classes == nil {
		p.settle(l)
	}
}

// weighQuiet brings the balance of a loan to which nothing happened since the last close,
// and which was in the first bucket throughout, to the night's.
func (p *Processor) weighQuiet(l *loan.Loan) {
	p.beginWeighing(l)
	for p.balanceOn < p.rules.Date {
		rules := p.rules.gradingOf(p.balanceOn + 1)
		p.bring(&grade{rules: rules}, min(rules.Until, p.rules.Date))
	}
}

// marksOfLife returns where a life that is told again notes its days, to be weighed: where
// balances are new and no event of tonight has had the life run already.
func (p *Processor) marksOfLife(in *Input) *loan.Marks {
	if in.Booked || p.replayed || !p.newlyScored() {
		return nil
	}
	p.marks.Begin(in.Loan.BookedOn, true)
	return &p.marks
}

// weighAnew weighs the life that was told again.
func (p *Processor) weighAnew(l *loan.Loan) {
	now := p.markOfTonight(l, &p.result.Figures)
	p.gradeLife(l, &now)
}

// settle makes the score of what the night knows of the loan, and keeps its balance. The
// loan's standing is that of the close.
func (p *Processor) settle(l *loan.Loan) {
	rules := &p.rules.Score
	if rules.Scoring == nil {
		return
	}
	if p.rules.ByBorrower {
		p.tellScore(l)
	} else {
		p.score(l)
	}
	p.kept = p.balance.Append(p.kept[:0])
	p.reweighed = !bytes.Equal(p.kept, l.Scored)
	l.Scored = p.kept
}

// score makes the score of a loan.
func (p *Processor) score(l *loan.Loan) {
	rules := &p.rules.Score
	x := p.features(l, &p.result.Figures)
	base, why, ok := rules.Scoring.Base(&x, rules, &p.scratch)
	if !ok {
		base = l.OpeningScore
	}
	now := rules.Adjusted(base, &p.balance)
	if l.ScoreDelta, l.Score = now-l.Score, now; l.ScoreDelta == 0 {
		return
	}
	moves := p.balance.Moves()
	moves = moves.Less(&p.before)
	for i, r := range score.Then(moves.Reasons(), why) {
		l.Reasons[i] = p.scoreCode(r)
	}
}

// scoreCode returns the book's number of a reason.
func (p *Processor) scoreCode(r score.Reason) uint8 {
	if codes := p.rules.ScoreCodes; codes != nil {
		return codes[r]
	}
	return uint8(r)
}
