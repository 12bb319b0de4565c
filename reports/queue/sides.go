package queue

import (
	"context"

	"daybook/ledger/borrower"
	"daybook/reports"
	"daybook/reports/channel"
	"daybook/reports/spill"
)

// writeSides writes what the files of a channel have beside them: the placements that an
// agency gives back, where the policy names agencies, and the tasks that a dialler is not to
// work any more, where it names one that takes such a list.
func (q *Queue) writeSides(ctx context.Context, dir string) (outputs []reports.Output, err error) {
	if len(q.o.Formats[borrower.Agency]) > 0 || q.c.others[recallStream].Len() > 0 { // also of one that is named no more
		out, err := q.writeRecalls(ctx, dir)
		if err != nil {
			return nil, err
		}
		outputs = append(outputs, out)
	}
	if !q.o.DNC {
		return outputs, nil
	}
	out, err := q.writeNoCalls(ctx, dir)
	return append(outputs, out), err
}

func (q *Queue) writeRecalls(ctx context.Context, dir string) (out reports.Output, err error) {
	file, err := channel.CreateRecalls(dir)
	if err != nil {
		return out, err
	}
	defer file.Abort()
	err = q.c.others[recallStream].Each(ctx, func(rec []byte) error {
		_, d := begin(rec)
		key, reason := d.text(), d.text()
		if err := d.end(); err != nil {
			return err
		}
		return file.Add(key, reason, q.o.BusinessDate)
	})
	if err != nil {
		return out, err
	}
	return file.Close()
}

func (q *Queue) writeNoCalls(ctx context.Context, dir string) (out reports.Output, err error) {
	file, err := channel.CreateDNC(dir)
	if err != nil {
		return out, err
	}
	defer file.Abort()
	err = q.c.others[noCallStream].Each(ctx, func(rec []byte) error {
		r := spill.Record{B: rec}
		r.Text()
		key := r.Text()
		if r.Bad {
			return errDamaged
		}
		return file.Add(key)
	})
	if err != nil {
		return out, err
	}
	return file.Close()
}
