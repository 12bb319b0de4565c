package batch

import (
	"context"

	"daybook/batch/book"
	"daybook/batch/meet"
	"daybook/batch/publish"
	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/store"
	"daybook/reports"
)

// A met is what the night decided borrower by borrower, on what was posted.
type met struct {
	*posted
	borrowers *meet.Result
	// The regulatory tables as they were written, for the workbook: those of the loans and
	// the GL, and that of the queue.
	regulatory []*reports.Table
	compliance []*reports.Table
}

// meet works the borrowers: what is known of them, and what their loans decide together.
func (n *posted) meet(ctx context.Context) (_ *met, err error) {
	workers := n.workers()
	tallies, rejects := make([][]tally, workers), make([]rejecter, workers)
	for w := range workers {
		tallies[w], rejects[w] = make([]tally, len(n.tallies)), rejecter{w: n.rejects.Writer(workers)}
	}
	defer func() {
		if err != nil {
			for _, tape := range n.tapes {
				tape.Abort()
			}
		}
	}()
	result, err := n.people.Run(ctx, meet.Options{
		Workers: workers, Book: n.book, Build: n.build, Scoring: n.scoring(), Treatment: n.treatment(), Classing: publish.Classing(&n.rules, false),
		Progress: func(done, total int64) { n.progress("meet", done, total) },
		Outcome: func(worker int, _ rows.Kind, file int, num int64, o borrower.Outcome) {
			countOutcome(tallies[worker], &rejects[worker], file, num, o)
		},
	})
	if err != nil {
		return nil, err
	}
	for w := range workers {
		for f := range tallies[w] {
			n.tallies[f].merge(&tallies[w][f])
		}
		if err := rejects[w].flush(); err != nil {
			return nil, err
		}
	}
	n.addDigests(result.Digests)
	n.changeClasses(result.Moves)
	n.superviseAgain(result.Supervised)
	if err = n.postSummary(ctx); err != nil {
		return nil, err
	}
	err = result.CloseTapes(ctx, workers, n.tapes, func(_ int, out reports.Output) { n.outputs = append(n.outputs, out) })
	if err == nil && n.rules.ByBorrower {
		err = n.writeScores(ctx)
	}
	return &met{posted: n, borrowers: result}, err
}

// addDigests notes what the pass by borrower wrote.
func (n *posted) addDigests(digests []store.PartDigest) {
	for _, d := range digests {
		for k := range d.Partitions {
			n.record.Partitions[d.From+k].Add(book.PartitionOf(&d.Partitions[k]))
		}
	}
}

// countBorrowers returns the distinct borrowers by currency and bucket.
func (n *met) countBorrowers() reports.Borrowers {
	buckets := n.policy.Aging.Buckets
	out := reports.Borrowers{}
	for c, currency := range n.names.Currencies {
		out[currency] = map[string]int64{}
		for b, bucket := range buckets {
			out[currency][bucket.Name] = n.borrowers.OnBook[c*len(buckets)+b]
		}
	}
	return out
}
