package batch

import (
	"errors"

	"daybook/batch/rows"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/reports/spill"
)

// Money that goes into suspense beside its loan's own entries, or out of it back to
// the payer, is posted with the night's summary, in the order of the ids that it is
// held under. There may be as much of it as a night has rows.

// A located is a held item and the id that it is held under.
type located struct {
	record.Held
	loan []byte
}

// A mover is one worker's way to the night's moves. What goes wrong is kept for
// flush.
type mover struct {
	w   *spill.Writer
	rec []byte
	err error
}

// add adds an item, and the origin of its money where that is known.
func (m *mover) add(loanID []byte, h *record.Held, origin *ledger.Origin) {
	m.rec = spill.AppendText(spill.AppendText(m.rec[:0], loanID), h.ID)
	m.rec = spill.AppendInt(spill.AppendInt(m.rec, int64(h.Currency)), int64(h.ValueDate))
	m.rec = spill.AppendInt(m.rec, int64(h.Amount))
	if origin != nil {
		m.rec = spill.AppendText(spill.AppendText(m.rec, origin.Channel), origin.Reference)
	}
	if err := m.w.Add(m.rec); m.err == nil {
		m.err = err
	}
}

func (m *mover) flush() error { return errors.Join(m.err, m.w.Close()) }

// move posts money that goes into suspense (sign 1) or back to its payer (-1).
func (s *summaryPoster) move(rec []byte, kind ledger.EntryKind, sign money.Amount) error {
	d := spill.Record{B: rec}
	d.Text() // the loan's id
	id, currency, on, amount := d.Text(), int(d.Int()), civil.Date(d.Int()), money.Amount(d.Int())
	var origin *ledger.Origin
	if len(d.B) > 0 {
		origin = &ledger.Origin{Channel: d.Text(), Reference: d.Text()}
	}
	if d.Bad || currency < 0 || currency >= len(s.n.rules.Scale) {
		return rows.ErrDamaged
	}
	if kind != ledger.Hold {
		on = s.n.o.Date
	}
	s.log.Reset()
	s.log.BeginMoney(kind, on, id, origin)
	s.log.Post(ledger.CashClearing, sign*amount)
	s.log.Post(ledger.UnappliedReceipts, -sign*amount)
	return s.post(currency, &s.log)
}
