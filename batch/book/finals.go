package book

import (
	"fmt"

	"daybook/aging/score"
	"daybook/batch/night"
	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// HasFinals reports whether a night finished scores borrower by borrower, and kept what came of it.
func HasFinals(n *record.Night) bool {
	if n == nil {
		return false
	}
	for i := range n.Partitions {
		if n.Partitions[i].Finals > 0 {
			return true
		}
	}
	return false
}

// Finals are the scores of loans that are finished, in the order of the loans.
type Finals struct {
	scan  *store.Scan // nil: there are none
	final score.Final
}

// FinalsOf returns those of partitions [from, to), of a night that has any.
func FinalsOf(b *store.Book, n *record.Night, from, to int) (*Finals, error) {
	if !HasFinals(n) {
		return &Finals{}, nil
	}
	s, err := b.Scan(store.Finals, civil.None, from, to)
	if err != nil {
		return nil, err
	}
	return &Finals{scan: s}, nil
}

// Of returns that of a loan, until the next; nil where it has none. Loans come in the order of the
// book.
func (f *Finals) Of(hash uint64, id []byte) (*score.Final, error) {
	if f.scan == nil {
		return nil, nil
	}
	if !f.scan.Reach(hash, id) {
		return nil, f.scan.Err()
	}
	return readFinal(f.scan.Record(), &f.final)
}

// take gives a loan the score that was made of it.
func (f *Finals) take(hash uint64, l *loan.Loan) error {
	final, err := f.Of(hash, l.ID)
	if final != nil {
		night.TakeFinal(l, final)
	}
	return err
}

// Close ends it.
func (f *Finals) Close() error {
	if f.scan == nil {
		return nil
	}
	return f.scan.Close()
}

func readFinal(rec []byte, to *score.Final) (*score.Final, error) {
	if !to.Read(rec) {
		return nil, fmt.Errorf("its final score is damaged: run verify")
	}
	return to, nil
}

// Final returns what the last night made of a loan's score, where it finished scores borrower by
// borrower; else nil.
func (v *View) Final(id []byte) (*score.Final, error) {
	if !HasFinals(v.Night) || !v.IsLast() {
		return nil, nil
	}
	rec, ok, err := v.Book.Find(store.Finals, id)
	if err != nil || !ok {
		return nil, err
	}
	return readFinal(rec, &score.Final{})
}

// takeFinal gives a loan the score that was made of it.
func (v *View) takeFinal(l *loan.Loan) error {
	f, err := v.Final(l.ID)
	if f != nil {
		night.TakeFinal(l, f)
	}
	return err
}

// Spans are what promises do by day, on a date and before it.
func Spans(policies *policy.Set, date civil.Date) (list []score.Span) {
	for _, x := range policies.Before(date) {
		list = append(list, spanOf(x.Until, &x.Score))
	}
	return append(list, spanOf(civil.Max, &policies.At(date).Score))
}

func spanOf(until civil.Date, p *score.Points) score.Span {
	a := p.Adjustments
	if a == nil {
		plain := score.AdjustmentsOf(p)
		a = &plain
	}
	return score.Span{Until: until, Adjustments: a}
}
