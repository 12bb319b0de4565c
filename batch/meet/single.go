package meet

import (
	"cmp"
	"slices"

	"daybook/aging"
	"daybook/aging/treat"
	"daybook/ledger/borrower"
)

// A Single is one borrower outside of the pass: what treatment is told of him is what the
// pass would tell of him. It belongs to one goroutine.
type Single struct {
	treatment *Treatment
	ask       asking
	loans     []treat.Loan
	tooMany   bool
	row       []byte
}

// Single returns a borrower of whose loans nothing is told yet.
func (t *Treatment) Single() *Single {
	s := &Single{treatment: t}
	s.ask.Ask(t.Date, t.Rules)
	return s
}

// Tell tells of one of his loans: row i of facts, with the flags of the loan.
func (s *Single) Tell(f *aging.Facts, i int, flags []borrower.Flag) error {
	told, due, tells := s.ask.tell(f, i, flags)
	if !tells {
		return nil
	}
	s.row = appendLoan(s.row[:0], f, i, due, told)
	var l treat.Loan
	if err := s.treatment.Names.readLoan(s.row, &l); err != nil {
		return err
	}
	if s.loans = append(s.loans, l); s.tooMany || len(s.loans) > loansMax {
		s.tooMany = true
		worst := slices.MaxFunc(s.loans, func(a, b treat.Loan) int {
			if treat.Worse(&a, &b) {
				return 1
			}
			return -1
		})
		s.loans = append(s.loans[:0], worst)
	}
	return nil
}

// Explain decides about him, by what is known of him and what was done about him, and says
// why.
func (s *Single) Explain(id []byte, known *borrower.State, done *borrower.Treatment) *treat.Explanation {
	p := treat.Person{ID: id, State: known, Treatment: done, TooMany: s.tooMany}
	for i := range s.loans {
		p.Loans = append(p.Loans, &s.loans[i])
	}
	slices.SortFunc(p.Loans, func(a, b *treat.Loan) int { return cmp.Compare(a.ID, b.ID) })
	d := s.treatment.decider(s.treatment.Zones())
	return d.Explain(&p)
}
