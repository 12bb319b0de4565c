package meet

import "daybook/aging/classify"

// A SupervisedMove is loans on the book that the tables of supervisors have in another place,
// or with another allowance, than posting has said. Amounts are at the scale of the tape.
type SupervisedMove struct {
	Currency uint16
	Band     uint8 // of days past due, and whether forborne
	// FromClass and ToClass are classes under the pack of finrep_f18, FromYears and ToYears
	// factors of the backstop that are reached.
	FromClass, ToClass, FromYears, ToYears uint8
	Loans, Carrying                        int64
	// What is provided for them by the packs of both tables, least coverage and what of it is
	// open: before and after.
	Before, After SupervisedSums
}

// SupervisedSums are what the tables of supervisors add up of a loan.
type SupervisedSums struct{ Europe, Backstop, Required, Shortfall int64 }

func (s *SupervisedSums) add(o *SupervisedSums) {
	s.Europe, s.Backstop, s.Required, s.Shortfall = s.Europe+o.Europe, s.Backstop+o.Backstop, s.Required+o.Required, s.Shortfall+o.Shortfall
}

// key is what moves are added up by.
func (m *SupervisedMove) key() SupervisedMove {
	return SupervisedMove{Currency: m.Currency, Band: m.Band, FromClass: m.FromClass, ToClass: m.ToClass, FromYears: m.FromYears, ToYears: m.ToYears}
}

func (m *SupervisedMove) add(o *SupervisedMove) {
	m.Loans, m.Carrying = m.Loans+o.Loans, m.Carrying+o.Carrying
	m.Before.add(&o.Before)
	m.After.add(&o.After)
}

// supervise adds the i-th of the borrower's loans to the moves of the tables of supervisors.
func (w *worker) supervise(i int) {
	s, l := &w.o.Supervised, &w.reports[i]
	if s.Europe < 0 && s.Backstop < 0 {
		return
	}
	scale := w.o.Scale[l.Currency]
	m := SupervisedMove{Currency: l.Currency, Band: l.Band, Loans: 1, Carrying: l.Carrying * scale}
	if k := w.lateAt(s.Europe); k >= 0 {
		m.FromClass, m.ToClass = l.Own[k].Class, w.bound[k][i].Class
	}
	if k := w.lateAt(s.EuropeAllowance); k >= 0 {
		m.Before.Europe, m.After.Europe = l.Own[k].Provision*scale, w.bound[k][i].Provision*scale
	}
	if k := w.lateAt(s.Backstop); k >= 0 {
		back := &w.binder.Set.Packs[s.Backstop].Backstop
		m.FromYears = back.Years(w.binder.On, l.Disbursed, l.Own[k].Since)
		m.ToYears = back.Years(w.binder.On, l.Disbursed, w.bound[k][i].Since)
		before, after := int64(0), int64(0)
		if k := w.lateAt(s.BackstopAllowance); k >= 0 {
			before, after = l.Own[k].Provision, w.bound[k][i].Provision
		}
		m.Before.backed(back, m.FromYears, l.Carrying, before, scale)
		m.After.backed(back, m.ToYears, l.Carrying, after, scale)
	}
	key := m.key()
	sum, known := w.supervised.of(key)
	if !known {
		*sum = key
	}
	sum.add(&m)
}

// backed sets what the backstop adds up of a loan that has reached so many factors.
func (s *SupervisedSums) backed(b *classify.Backstop, years uint8, carrying, allowance, scale int64) {
	if years == 0 {
		return
	}
	required, short := b.Require(years, carrying, allowance)
	s.Backstop, s.Required, s.Shortfall = allowance*scale, required*scale, short*scale
}

// lateAt returns the place of a pack among the late ones, or -1.
func (w *worker) lateAt(pack int) int {
	for k, i := range w.binder.Late {
		if i == pack {
			return k
		}
	}
	return -1
}
