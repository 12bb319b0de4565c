package vendor

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"daybook/reports"
	"daybook/reports/channel"
	"daybook/reports/spill"
)

// What a join keeps in memory of each of its sorts, and the lines that are written
// together.
const (
	sortBudget  = 32 << 20
	linesAtOnce = 4096
)

// A joining brings together a night's tasks, which are in the order of ranks, and the
// lender's rows, which are in any: both are sorted by borrower, what fits together by
// rank, and then the tasks are read once more beside it.
type joining struct {
	export *Export
	tasks  *tasks
	with   *reports.ParquetRows
	format *channel.Format
	dir    string
	result *Exported

	people, wanted, offers, found *spill.Sorter
}

// close removes what was sorted outside memory.
func (j *joining) close() error {
	var err error
	for _, s := range []*spill.Sorter{j.people, j.wanted, j.offers, j.found} {
		if s != nil {
			err = errors.Join(err, s.Remove())
		}
	}
	return err
}

func (j *joining) join(ctx context.Context) error {
	if err := j.sortPeople(ctx); err != nil {
		return err
	}
	if err := j.sortTasks(ctx); err != nil {
		return err
	}
	if err := j.sortOffers(ctx); err != nil {
		return err
	}
	return j.match(ctx)
}

// sortPeople sorts the lender's rows: borrower, row, and what the profile takes.
func (j *joining) sortPeople(ctx context.Context) error {
	names, at, err := j.ownColumns()
	if err != nil {
		return err
	}
	j.people = spill.New(j.dir, "people", sortBudget)
	w := j.people.Writer(1)
	var rec []byte
	row := int64(0)
	err = j.with.Each(ctx, names, func(c []reports.Column) error {
		for i := range c[0].Len() {
			id := c[0].Texts.Row(i)
			if len(id) == 0 {
				return fmt.Errorf("%s: row %d has no borrower_id", j.export.With, row)
			}
			rec = spill.AppendInt(spill.AppendText(rec[:0], id), row)
			for _, k := range at {
				var value []byte
				if k >= 0 {
					value = bytes.TrimSpace(c[k].Texts.Row(i))
				}
				rec = spill.AppendText(rec, value)
			}
			if err := w.Add(rec); err != nil {
				return err
			}
			row++
		}
		return nil
	})
	if err != nil {
		return err
	}
	return w.Close()
}

// sortTasks sorts the channel's tasks: borrower, rank.
func (j *joining) sortTasks(ctx context.Context) error {
	j.wanted = spill.New(j.dir, "wanted", sortBudget)
	w := j.wanted.Writer(1)
	var rec []byte
	err := j.tasks.borrowers(ctx, j.export.Channel, func(id []byte, rank int32) error {
		j.result.Tasks++
		rec = spill.AppendInt(spill.AppendText(rec[:0], id), int64(rank))
		return w.Add(rec)
	})
	if err != nil {
		return err
	}
	return w.Close()
}

// sortOffers sorts the night's offers: borrower, row, id.
func (j *joining) sortOffers(ctx context.Context) error {
	j.offers = spill.New(j.dir, "offers", sortBudget)
	w := j.offers.Writer(1)
	var rec []byte
	row := int64(0)
	err := j.tasks.eachOffer(ctx, func(id, offer []byte) error {
		rec = spill.AppendText(spill.AppendInt(spill.AppendText(rec[:0], id), row), offer)
		row++
		return w.Add(rec)
	})
	if err != nil {
		return err
	}
	return w.Close()
}

// offersOf moves to a borrower's offers and past them, and returns their ids as a channel's
// file has them.
func offersOf(offers *spill.Records, at *person, id []byte) (ids []byte, err error) {
	for !at.end && bytes.Compare(at.id, id) <= 0 {
		if bytes.Equal(at.id, id) {
			in := spill.Record{B: at.own}
			if len(ids) > 0 {
				ids = append(ids, ' ')
			}
			ids = append(ids, in.Text()...)
		}
		if *at, err = nextPerson(offers); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// A person is a row of the lender's: what is left of the record are the personal columns.
type person struct {
	id  []byte
	row int64
	own []byte
	end bool
}

func nextPerson(r *spill.Records) (p person, err error) {
	rec, ok := r.Next()
	if !ok {
		return person{end: true}, r.Err()
	}
	in := spill.Record{B: rec}
	p = person{id: bytes.Clone(in.Text()), row: in.Int()}
	p.own = bytes.Clone(in.B)
	return p, in.Err()
}

// match walks both beside each other, and sorts what fits together by rank.
func (j *joining) match(ctx context.Context) error {
	j.found = spill.New(j.dir, "found", sortBudget)
	w := j.found.Writer(1)
	people, wanted, offers := j.people.Records(ctx), j.wanted.Records(ctx), j.offers.Records(ctx)
	defer people.Close()
	defer wanted.Close()
	defer offers.Close()
	p, err := nextPerson(people)
	if err != nil {
		return err
	}
	offer, err := nextPerson(offers)
	if err != nil {
		return err
	}
	values := make([][]byte, len(j.export.Profile.Takes))
	for {
		rec, ok := wanted.Next()
		if !ok {
			break
		}
		in := spill.Record{B: rec}
		id, rank := in.Text(), in.Int()
		if in.Bad {
			return in.Err()
		}
		for !p.end && bytes.Compare(p.id, id) < 0 {
			if p, err = j.after(people, p); err != nil {
				return err
			}
		}
		ids, err := offersOf(offers, &offer, id)
		switch {
		case err != nil:
			return err
		case p.end || !bytes.Equal(p.id, id):
			j.result.Without++
		case !split(p.own, values):
			return errDamaged
		case !j.usable(values):
			j.result.Unusable++
		default:
			rec := spill.AppendText(spill.AppendInt(nil, rank), ids)
			for i := range values {
				rec = spill.AppendText(rec, values[i])
			}
			if err := w.Add(rec); err != nil {
				return err
			}
		}
	}
	for !p.end && err == nil { // two rows of one borrower are a fault wherever they are
		p, err = j.after(people, p)
	}
	if err := errors.Join(err, wanted.Err()); err != nil {
		return err
	}
	return w.Close()
}

// after returns the next person. A borrower who has two rows that differ has no data that
// could be handed out; equal rows are one.
func (j *joining) after(people *spill.Records, p person) (person, error) {
	for {
		next, err := nextPerson(people)
		if err != nil || next.end || !bytes.Equal(next.id, p.id) {
			return next, err
		}
		if !bytes.Equal(next.own, p.own) {
			return next, fmt.Errorf("%s: rows %d and %d are of one borrower and differ", j.export.With, p.row, next.row)
		}
	}
}

// usable reports whether the profile can use what a borrower has. What it can do without
// is left empty where it can't be used, and counted.
func (j *joining) usable(values [][]byte) bool {
	for i := range values {
		p := &j.export.Profile.Takes[i]
		switch {
		case p.Usable(values[i]):
		case p.Must:
			return false
		default:
			values[i] = nil
			j.result.Emptied++
		}
	}
	return true
}

var errDamaged = errors.New("what was sorted on the disk is damaged")

func split(own []byte, values [][]byte) bool {
	in := spill.Record{B: own}
	for i := range values {
		values[i] = in.Text()
	}
	return !in.Bad
}

// write writes the tasks for which there is something, in the order of ranks.
func (j *joining) write(ctx context.Context, path func(n int) string) (_ []reports.Output, err error) {
	w, err := channel.CreateAt(path, j.format)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.Abort()
		}
	}()
	found := j.found.Records(ctx)
	defer found.Close()
	values := make([][]byte, len(j.export.Profile.Takes))
	next, more := found.Next()
	var lines channel.Lines
	err = j.tasks.rows(ctx, j.export.Channel, func(r *channel.Row) error {
		in := spill.Record{B: next}
		if !more || in.Int() != int64(r.Debt.Rank) {
			return nil
		}
		r.Debt.Offers = in.Text()
		if in.Bad || !split(in.B, values) {
			return errDamaged
		}
		lines.Add(j.format, r, values)
		j.result.Written++
		next, more = found.Next()
		if lines.Len() < linesAtOnce {
			return nil
		}
		defer lines.Reset()
		return w.Write(&lines)
	})
	if err == nil {
		err = w.Write(&lines)
	}
	if err := errors.Join(err, found.Err()); err != nil {
		return nil, err
	}
	if r := j.result; r.Written+r.Without+r.Unusable != r.Tasks {
		return nil, fmt.Errorf("the tasks of %s changed while they were read", j.export.Night)
	}
	return w.Close()
}
