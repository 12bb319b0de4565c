package record

import (
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// metDays writes the days on which instalments were met: each due date from the one before it,
// and the day from its due date.
func (e *encoder) metDays(list []loan.MetDay, base civil.Date) {
	e.uint(uint64(len(list)))
	for _, m := range list {
		e.date(m.DueOn, base)
		e.date(m.On, m.DueOn)
		base = m.DueOn
	}
}

func (d *decoder) metDays(f *loan.Life, base civil.Date) {
	for range d.count(2) {
		m := loan.MetDay{DueOn: d.date(base)}
		m.On = d.date(m.DueOn)
		f.MetDays = append(f.MetDays, m)
		base = m.DueOn
	}
}
