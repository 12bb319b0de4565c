package meet

import (
	"bytes"
	"context"
	"errors"

	"daybook/batch/rows"
	"daybook/reports/spill"
)

// An overflow is facts that there is no room for in memory: those of borrowers with very
// many loans, as where all loans of a portfolio have one id. What goes wrong is kept for
// close.
type overflow struct {
	dir, name string
	budget    int64
	facts     *spill.Sorter // nil where there is none, as nearly always
	w         *spill.Writer
	ids       map[string]bool // of whom there are some
	err       error
}

func (o *overflow) add(row []byte) {
	if o.facts == nil {
		o.facts = spill.New(o.dir, o.name, o.budget)
		o.w = o.facts.Writer(1)
		o.ids = map[string]bool{}
	}
	if id := rows.IDOf(row); !o.ids[string(id)] {
		o.ids[string(id)] = true
	}
	if err := o.w.Add(row); o.err == nil {
		o.err = err
	}
}

func (o *overflow) close() error {
	if o.facts == nil {
		return nil
	}
	return errors.Join(o.err, o.w.Close())
}

func (o *overflow) remove() error {
	if o.facts == nil {
		return nil
	}
	err := o.facts.Remove()
	o.facts, o.w, o.ids, o.err = nil, nil, nil, nil
	return err
}

// each calls fn with the facts of a borrower.
func (o *overflow) each(ctx context.Context, id []byte, fn func(row []byte) error) error {
	if !o.ids[string(id)] {
		return nil
	}
	return o.facts.Each(ctx, func(row []byte) error {
		if !bytes.Equal(rows.IDOf(row), id) {
			return nil
		}
		return fn(row)
	})
}
