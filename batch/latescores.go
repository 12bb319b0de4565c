package batch

import (
	"context"
	"errors"
	"path/filepath"

	"daybook/aging"
	"daybook/batch/book"
	"daybook/batch/meet"
	"daybook/batch/publish"
	"daybook/reports"
	"daybook/reports/lists"

	"golang.org/x/sync/errgroup"
)

// Where scores are finished borrower by borrower, what is written of them comes after that: it is read
// from the parts of the tape as they are published.

// scoring is how scores are finished; nil where they are not.
func (n *plan) scoring() *meet.Scoring {
	if !n.rules.ByBorrower {
		return nil
	}
	return &meet.Scoring{Points: &n.rules.Score, Codes: n.rules.ScoreCodes, Spans: book.Spans(n.policies, n.o.Date)}
}

// writeScores writes the table of scores that moved, and what the watchlist has of them.
func (n *posted) writeScores(ctx context.Context) error {
	words := n.names.DictionariesAt(n.policies, n.o.Date)
	outputs := make([]reports.Output, len(n.parts))
	workers := n.workers()
	g, working := errgroup.WithContext(ctx)
	g.SetLimit(workers)
	for i := range n.parts {
		watch := lists.Watch{To: n.watched.Writer(workers)}
		g.Go(reports.Guarded(func() (err error) {
			outputs[i], err = n.writeScoresOf(working, i, &words, &watch)
			return errors.Join(err, watch.To.Close())
		}))
	}
	err := g.Wait()
	n.outputs = append(n.outputs, outputs...)
	return err
}

// writeScoresOf does so for a part.
func (n *posted) writeScoresOf(ctx context.Context, part int, words *aging.Dictionaries, watch *lists.Watch) (out reports.Output, err error) {
	scores, err := reports.CreateScores(filepath.Join(n.staging, "score_adjustments", publish.PartName(part)), n.form, n.o.Date, words)
	if err != nil {
		return out, err
	}
	var f aging.Facts
	err = reports.EachGroup(ctx, n.tapePart(part), reports.ScoredColumns, func(c []*reports.Column, rows int) error {
		// In pieces as large as the night writes them: so the bytes are those of a night that is published again.
		for from := 0; from < rows; from += book.FactsMax {
			if err := reports.TakeScored(&f, c, from, min(rows-from, book.FactsMax), words); err != nil {
				return err
			}
			if err := errors.Join(scores.Write(&f), watch.Add(reports.Batch{Facts: &f, Words: words, Scale: n.policy.Scale})); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		scores.Abort()
		return out, err
	}
	return scores.Close()
}
