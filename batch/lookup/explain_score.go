package lookup

import (
	"fmt"
	"strings"

	"daybook/aging/score"
)

// scoreByScoring explains a score under a policy with models, cards or adjustments: what
// gave it, which points of events there are, and what moved it tonight.
func (e *explainer) scoreByScoring() Fired {
	points := &e.r.Rules.Score
	f := Fired{
		Decides: "score", Result: fmt.Sprint(e.l.Score), Rule: fmt.Sprintf("score.adjustments on the opening score, from %d to %d", points.Floor, points.Ceiling),
		Because: fmt.Sprintf("the opening score is %d", e.scoreBase),
	}
	if e.scoredBy != "" {
		f.Rule = fmt.Sprintf("score: %s, and score.adjustments, from %d to %d", e.scoredBy, points.Floor, points.Ceiling)
		f.Because = fmt.Sprintf("%s gives %d", e.scoredBy, e.scoreBase)
	}
	var b score.Balance
	if !b.Read(e.l.Scored) {
		f.Because += "; the points of its events are damaged"
		return f
	}
	moves := b.Moves()
	if e.final != nil {
		moves[score.BrokenPromise] += e.final.Promised[0]
		moves[score.PromiseKept] += e.final.Promised[1]
		f.Because += e.ofBorrower()
	}
	var events []string
	for r := score.None + 1; r < score.Reasons; r++ {
		if moves[r] != 0 {
			events = append(events, fmt.Sprintf("%s %+d", r, moves[r]))
		}
	}
	if len(events) > 0 {
		f.Because += fmt.Sprintf("; its events have %+d: %s", moves.Sum(), strings.Join(events, ", "))
	}
	f.Because += fmt.Sprintf("; %d before and %+d tonight", e.l.Score-e.l.ScoreDelta, e.l.ScoreDelta)
	var reasons []string
	for i := 1; i <= len(e.l.Reasons); i++ {
		if text := e.tape.Get(fmt.Sprint("reason_", i)); text != "" {
			reasons = append(reasons, text)
		}
	}
	if len(reasons) > 0 {
		f.Because += ": " + strings.Join(reasons, ", ")
	}
	return f
}

// ofBorrower says what was known of the loan's borrower when its score was finished, as far as the
// policy asks for it.
func (e *explainer) ofBorrower() (text string) {
	var x score.Features
	e.final.Conduct.Set(&x)
	uses := e.r.Rules.Score.Scoring.Uses
	for f := range score.FeatureKinds {
		if !f.OfBorrower() || !uses.Has(f) {
			continue
		}
		value := "null"
		if v, ok := x.Get(f); ok {
			value = fmt.Sprint(v)
		}
		text += fmt.Sprintf("; %s is %s", f, value)
	}
	return text
}
