package batch

import (
	"context"

	"daybook/aging"
	"daybook/reports"
	"daybook/reports/spill"

	"golang.org/x/sync/errgroup"
)

// scoreTables are the tables of the monitoring of scores, without rows where the policy does not
// ask for it. The reference and the outcomes of the last year go on from those of the last close.
func (n *posted) scoreTables(ctx context.Context) (reference, monitoring *reports.Table, err error) {
	watch := &reports.ScoreWatch{Tonight: &reports.Scored{}}
	before, err := published(n, "score_reference", reports.ReadScoreReference)
	if err != nil {
		return nil, nil, err
	}
	if !n.policy.Monitors { // a reference stays for the policy that asks for it again
		reference = watch.Reference(before)
		return reference, watch.Monitoring(reference, nil), nil
	}
	told, err := published(n, "score_monitoring", reports.ReadScoreMonitoring)
	if err != nil {
		return nil, nil, err
	}
	watch.Currencies, watch.Edges = n.policy.Currencies, n.policy.Score.Edges
	if watch.Observed, err = n.observations(ctx); err != nil {
		return nil, nil, err
	}
	watch.Takes = n.o.Date.MonthEnd() == n.o.Date || n.last != nil && n.isMonthly()
	for i := range n.policy.Products {
		watch.Products = append(watch.Products, n.policy.Products[i].Name)
	}
	if watch.Tonight, err = n.scoresTonight(ctx); err != nil {
		return nil, nil, err
	}
	reference = watch.Reference(before)
	return reference, watch.Monitoring(reference, told), nil
}

// observations are the scores of the loans that were on the book a year before the night's base,
// by how they went since; nil where the night does not begin a month, or none was.
func (n *posted) observations(ctx context.Context) (*reports.Scored, error) {
	if n.observed.Len() == 0 {
		return nil, nil
	}
	all := &reports.Scored{}
	err := n.observed.Each(ctx, func(rec []byte) error {
		r := spill.Record{B: rec}
		currency, product, points, bad := r.Int(), r.Int(), r.Int(), r.Int()
		if err := r.Err(); err != nil {
			return err
		}
		all.Add(n.names.Currencies[currency], n.names.Products[product], int32(points), 1, bad)
		return nil
	})
	return all, err
}

// scoresTonight reads the scores of the loans on the book from the tape as it is published.
func (n *posted) scoresTonight(ctx context.Context) (*reports.Scored, error) {
	parts := make([]reports.Scored, len(n.parts))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(n.workers())
	for i := range parts {
		g.Go(reports.Guarded(func() error {
			return scoresOf(ctx, n.tapePart(i), &parts[i])
		}))
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	all := &reports.Scored{}
	for i := range parts {
		all.Merge(&parts[i])
	}
	return all, nil
}

// scoresOf adds the scores of the loans on the book of a part of the tape.
func scoresOf(ctx context.Context, path string, to *reports.Scored) error {
	type key struct {
		currency, product, status int
		score                     int32
	}
	var names [3]words
	return reports.EachGroup(ctx, path, []string{"currency", "product", "status", "score"}, func(c []*reports.Column, rows int) error {
		counts := map[key]int64{}
		for row := range rows {
			counts[key{names[0].code(c[0].Texts.Row(row)), names[1].code(c[1].Texts.Row(row)), names[2].code(c[2].Texts.Row(row)), c[3].Counts[row]}]++
		}
		for k, loans := range counts {
			if status, known := aging.ParseLoanStatus(names[2].list[k.status]); known && status.OnBook() {
				to.Add(names[0].list[k.currency], names[1].list[k.product], k.score, loans, 0)
			}
		}
		return nil
	})
}

// words gives words of a column numbers.
type words struct {
	list []string
	at   map[string]int
}

func (w *words) code(word []byte) int {
	i, ok := w.at[string(word)]
	if !ok {
		if i = len(w.list); w.at == nil {
			w.at = map[string]int{}
		}
		w.list = append(w.list, string(word))
		w.at[string(word)] = i
	}
	return i
}
