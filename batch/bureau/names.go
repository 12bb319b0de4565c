package bureau

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/metro2"
	"daybook/reports/spill"
)

// Open opens a lender's file of names and sees that it can be read: borrower_id and some of
// [metro2.Columns], all of text but birth_date, which is a date.
func Open(path string) (*reports.ParquetRows, []string, error) {
	r, err := reports.OpenParquet(path)
	if err != nil {
		return nil, nil, err
	}
	names := []string{}
	for _, name := range metro2.Columns {
		if !r.Has(name) {
			if name == "borrower_id" {
				return nil, nil, errors.Join(fmt.Errorf("%s has no column borrower_id", path), r.Close())
			}
			continue
		}
		c, err := r.Column(name)
		kind, of := reports.Text, "text"
		if name == "birth_date" {
			kind, of = reports.Date, "dates"
		}
		if err == nil && c.Kind != kind {
			err = fmt.Errorf("%s: column %s is not of %s", path, name, of)
		}
		if err != nil {
			return nil, nil, errors.Join(err, r.Close())
		}
		names = append(names, name)
	}
	if len(names) == 1 {
		return nil, nil, errors.Join(fmt.Errorf("%s has borrower_id and no name: no column of %s", path, strings.Join(metro2.Columns[1:], ", ")), r.Close())
	}
	return r, names, nil
}

// join brings accounts and names together, both in the order of borrowers, and returns the
// accounts in the order of their numbers. tell hears of each loan of whose borrower something
// is not reported as it was given. A borrower who has several rows has the first of
// them, by all that it says.
func (g *Gathering) join(ctx context.Context, path string, tell func(loan []byte, what string) error) (_ *spill.Sorter, err error) {
	rows, names, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	people, byBorrower, joined := g.sorter("people"), g.sorter("borrowers"), g.sorter("named")
	if err := g.sortPeople(ctx, rows, names, people); err != nil {
		return nil, err
	}
	w := byBorrower.Writer(1)
	err = g.accounts.Each(ctx, func(rec []byte) error {
		a, err := readAccount(rec)
		if err != nil {
			return err
		}
		return w.Add(append(spill.AppendText(nil, a.borrower), rec...))
	})
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, err
	}
	if err := g.accounts.Remove(); err != nil { // they are in byBorrower now
		return nil, err
	}
	to := joined.Writer(1)
	of := people.Records(ctx)
	defer func() { err = errors.Join(err, of.Close()) }()
	var who person
	if err := who.next(of); err != nil {
		return nil, err
	}
	err = byBorrower.Each(ctx, func(rec []byte) error {
		r := spill.Record{B: rec}
		id := r.Text()
		for !who.end && bytes.Compare(who.id, id) < 0 {
			if err := who.next(of); err != nil {
				return err
			}
		}
		whole := bytes.Clone(r.B)
		a, err := readAccount(whole)
		switch {
		case err != nil || len(a.record) == 0:
		case who.end || !bytes.Equal(who.id, id):
			err = tell(a.loan, "the file of names has no row of its borrower: blanks and zeros are reported")
		default:
			var faults []string
			faults, err = name(a.record, &who, names)
			for _, what := range faults {
				err = errors.Join(err, tell(a.loan, what))
			}
		}
		if err != nil {
			return err
		}
		return to.Add(whole)
	})
	if err = errors.Join(err, to.Close()); err == nil {
		err = errors.Join(people.Remove(), byBorrower.Remove())
	}
	return joined, err
}

// name puts the consumer into a record. It returns what is not reported as it was given.
func name(record []byte, who *person, names []string) (faults []string, err error) {
	s, err := metro2.Read(record)
	if err != nil {
		return nil, err
	}
	c := &s.Consumer
	*c = metro2.Consumer{Born: civil.None}
	for i, column := range names {
		if column == "birth_date" {
			c.Born = who.born
		} else {
			c.SetText(column, string(who.texts[i]))
		}
	}
	named, err := s.Append(make([]byte, 0, metro2.Size))
	copy(record, named)
	return c.Faults(), err
}

// sortPeople sorts the lender's rows by borrower.
func (g *Gathering) sortPeople(ctx context.Context, rows *reports.ParquetRows, names []string, to *spill.Sorter) error {
	w := to.Writer(1)
	var rec []byte
	row := 0
	err := rows.Each(ctx, names, func(c []reports.Column) error {
		for i := range c[0].Len() {
			id := c[0].Texts.Row(i)
			if row++; len(id) == 0 {
				return fmt.Errorf("row %d of the names has no borrower_id", row-1)
			}
			rec = spill.AppendText(rec[:0], id)
			born := civil.None
			for k := range c {
				if names[k] == "birth_date" {
					born = c[k].Days[i]
					rec = spill.AppendText(rec, "")
					continue
				}
				rec = spill.AppendText(rec, bytes.TrimSpace(c[k].Texts.Row(i)))
			}
			if err := w.Add(spill.AppendInt(rec, int64(born))); err != nil {
				return err
			}
		}
		return nil
	})
	return errors.Join(err, w.Close())
}

// A person is a row of the lender's; of one borrower the first.
type person struct {
	id    []byte
	texts [][]byte // by column
	born  civil.Date
	end   bool
}

// next moves on to the next borrower.
func (p *person) next(r *spill.Records) error {
	before := p.id
	for {
		rec, ok := r.Next()
		if !ok {
			p.end = true
			return r.Err()
		}
		in := spill.Record{B: bytes.Clone(rec)}
		id := in.Text()
		if before != nil && bytes.Equal(id, before) {
			continue
		}
		p.id, p.texts = id, p.texts[:0]
		for len(in.B) > 8 && !in.Bad {
			p.texts = append(p.texts, in.Text())
		}
		p.born = civil.Date(in.Int())
		return in.Err()
	}
}
