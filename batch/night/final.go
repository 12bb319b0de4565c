package night

import (
	"daybook/aging"
	"daybook/aging/score"
	"daybook/ledger/loan"
)

// Where scores are finished borrower by borrower, the record of a loan keeps its opening score in
// the place of the score: what is made of it lies in the book by itself, and comes back with the
// next night's input.

// A finishing is a processor's memory for them.
type finishing struct {
	last      int32    // the score at the last close
	promised  [2]int32 // and the whole points of promises in it
	knows     score.Told
	toldScore []byte // of the loan at hand
}

// takeFinal takes up the score of the last close.
func (p *Processor) takeFinal(in *Input) {
	l := in.Loan
	p.reweighed, p.last, p.promised, p.toldScore = false, l.Score, [2]int32{}, p.toldScore[:0]
	if f := in.Final; f != nil {
		p.last, p.promised = f.Score, f.Promised
		if !p.rules.ByBorrower {
			l.Score, p.reweighed = f.Score, true
		}
	}
}

// tellScore notes what the loan's night knows of its score.
func (p *Processor) tellScore(l *loan.Loan) {
	moves := p.balance.Moves()
	l.Score = p.last // that of the last close is a feature
	p.knows = score.Told{
		BookedOn: l.BookedOn, Opening: l.OpeningScore, Last: p.last, Features: p.features(l, &p.result.Figures), Sum: moves.Sum(),
		Moved: moves.Less(&p.before), Promised: p.promised,
	}
	p.toldScore = p.knows.Append(p.toldScore[:0], p.rules.Score.Scoring.Uses)
	l.Score = l.OpeningScore
}

// fillScore writes what the pass by borrower must know of a loan's score.
func (p *Processor) fillScore(f *aging.Facts) {
	if len(p.toldScore) > 0 {
		f.Scored.Append(p.toldScore)
	}
}

// TakeFinal gives a loan as a night has left it the score that its borrower's pass has made.
func TakeFinal(l *loan.Loan, f *score.Final) {
	l.Score, l.ScoreDelta, l.Reasons = f.Score, f.Delta, f.Reasons
}

// ScoredBy returns which model or card gave the score of a restated loan, and what it gave;
// where none did, its opening score and no text. final is what its borrower's pass made of it, or nil.
func (p *Processor) ScoredBy(l *loan.Loan, final *score.Final) (by string, base int32) {
	scoring := p.rules.Score.Scoring
	if scoring == nil {
		return "", l.OpeningScore
	}
	before := *l
	before.Score -= l.ScoreDelta // what the night knew as the last close's
	x := p.features(&before, &p.result.Figures)
	if final != nil {
		final.Conduct.Set(&x)
	}
	if base, _, ok := scoring.Base(&x, &p.rules.Score, &p.scratch); ok {
		return scoring.By(&x), base
	}
	return "", l.OpeningScore
}

// Finished returns the score that a restated loan's card or model, events and promises come to, by what
// its borrower's pass knew; ok is false where the points of its events are damaged.
func (p *Processor) Finished(l *loan.Loan, final *score.Final) (points int32, ok bool) {
	var b score.Balance
	if !b.Read(l.Scored) {
		return 0, false
	}
	x := *l
	TakeFinal(&x, final)
	_, base := p.ScoredBy(&x, final)
	moves := b.Moves()
	moves[score.BrokenPromise], moves[score.PromiseKept] = final.Promised[0], final.Promised[1]
	return p.rules.Score.Within64(int64(base) + moves.Sum()), true
}
