package meet

import (
	"cmp"
	"maps"
	"slices"

	"daybook/aging/treat"
	"daybook/batch/rows"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports/queue"
)

// Promises are held to the repayments of the borrower's loans as they stand: what earlier
// nights posted, by the book's journal, and what tonight did, which the loans' part of the
// night sends on. They are read again for a borrower only where one of them has changed.

// A Ledger tells what earlier nights posted to a loan, from one on.
type Ledger interface {
	Moves(loan string, since civil.Date, fn func(m *rows.Move)) error
	Close() error
}

// holdPromises returns the treatment with the money that the borrower's promises are held to.
func (w *worker) holdPromises(p *person, after *borrower.State, t borrower.Treatment) (borrower.Treatment, error) {
	since, changed := civil.Date(civil.Max), len(p.moves) > 0
	for i := range after.Contacts {
		c := &after.Contacts[i]
		if c.Meaning() != borrower.Promise {
			continue
		}
		since = min(since, c.Day()-2)
		changed = changed || c.Night == w.o.Date
	}
	switch {
	case since == civil.Max:
		t.Payments, t.Promised = nil, nil
		return t, nil
	case !changed:
		return t, nil
	}
	stand := standing{}
	for loan := range w.names { // in any order: payments are sorted
		if err := w.ledger.Moves(loan, since, stand.add); err != nil {
			return t, err
		}
	}
	for i := range p.moves {
		stand.add(&p.moves[i])
	}
	t.Payments = stand.payments(since, w.o.Names.Currencies)
	return t, nil
}

// name notes a loan of the borrower at hand.
func (w *worker) name(rest []byte) {
	id := idOf(rest)
	if w.names == nil {
		w.names = map[string]bool{}
	}
	w.names[string(id)] = true
}

// A moveKey is a posting of a loan.
type moveKey struct{ loan, id string }

// A standing is what was posted to loans.
type standing struct {
	repaid, charged map[moveKey]rows.Move
	undone          map[moveKey]bool
}

func (s *standing) add(m *rows.Move) {
	if s.undone == nil {
		s.repaid, s.charged, s.undone = map[moveKey]rows.Move{}, map[moveKey]rows.Move{}, map[moveKey]bool{}
	}
	key := moveKey{string(m.Loan), string(m.ID)}
	switch m.Kind {
	case rows.Repaid:
		s.repaid[key] = *m
	case rows.Charged:
		s.charged[key] = *m
	case rows.Undone:
		s.undone[moveKey{string(m.Loan), string(m.Target)}] = true
	}
}

// payments returns the repayments as they stand, from a value date on.
func (s *standing) payments(since civil.Date, currencies []string) (list []borrower.Payment) {
	left := map[moveKey]money.Amount{}
	for key, m := range s.repaid {
		if !s.undone[key] && m.ValueDate >= since {
			left[key] = m.Amount
		}
	}
	for key, m := range s.charged {
		of := moveKey{key.loan, string(m.Target)}
		if _, ok := left[of]; ok && !s.undone[key] {
			left[of] -= m.Amount
		}
	}
	for key := range maps.Keys(left) {
		m := s.repaid[key]
		if left[key] > 0 {
			list = append(list, borrower.Payment{ID: key.id, Loan: key.loan, ValueDate: m.ValueDate, Amount: left[key], Currency: currencies[m.Currency]})
		}
	}
	slices.SortFunc(list, func(a, b borrower.Payment) int { return a.Compare(&b) })
	return list
}

// keepPromises notes what has come of the promises, and tells the queue of those that can
// still change.
func (w *worker) keepPromises(id []byte, t *borrower.Treatment) error {
	var list []borrower.Promised
	var failed error
	open := false
	w.treat.Promises(func(row *borrower.Contact, s *treat.PromiseState) {
		list = append(list, borrower.Promised{ID: row.ID, Standing: s.Standing, DecidedOn: s.DecidedOn, Taken: s.Taken})
		if s.Frozen {
			return
		}
		open = true
		unit := w.unit(s.Currency)
		before, known := slices.BinarySearchFunc(t.Promised, row.ID, func(p borrower.Promised, id string) int { return cmp.Compare(p.ID, id) })
		if s.Standing != borrower.Open && (!known || t.Promised[before].Standing != s.Standing) {
			w.report(borrower.Channels, "promises_"+s.Standing.String(), 1)
		}
		p := queuePromise(row, s, unit)
		if err := w.queue.Promise(id, &p); failed == nil {
			failed = err
		}
	})
	slices.SortFunc(list, func(a, b borrower.Promised) int { return cmp.Compare(a.ID, b.ID) })
	t.Promised = list
	if open {
		w.openPromised++
	}
	return failed
}

func queuePromise(row *borrower.Contact, s *treat.PromiseState, unit int64) queue.Promise {
	return queue.Promise{
		ID: row.ID, Loan: row.Loan, Currency: s.Currency, Status: s.Standing.String(), Amount: int64(s.Amount) * unit, Paid: int64(s.Taken) * unit,
		MadeOn: s.MadeOn, PromisedOn: row.PromisedOn, Deadline: s.Deadline, Decided: s.DecidedOn, Holds: s.Holds,
	}
}

// unit returns the minor unit of a currency, in units of the amounts.
func (w *worker) unit(currency string) int64 {
	if i := slices.Index(w.o.Names.Currencies, currency); i >= 0 {
		return w.o.Names.Units[i]
	}
	return 1
}
