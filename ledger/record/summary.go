package record

import (
	"errors"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// A night's entries of no loan are kept in pieces: journal entries without events,
// one after the other, each after its length.

var errSummary = errors.New("summary of the night is damaged")

// AppendSummary appends the entries of a log, all in one currency, to a piece of a
// night's summary. A piece that is empty yet is begun.
func AppendSummary(piece []byte, currency uint16, log *loan.Log) []byte {
	e := encoder{piece}
	e.bytes(AppendLoanNight(nil, civil.None, currency, nil, log))
	return e.b
}

// ReadSummary reads a piece of a night's summary into n, one journal entry after the
// other, and calls fn after each; texts stay those of the piece. It ends with the
// first error.
func ReadSummary(piece []byte, night civil.Date, n *LoanNight, fn func() error) error {
	for d := (decoder{b: piece}); len(d.b) > 0; {
		entry := d.bytes()
		if d.bad {
			return errSummary
		}
		if err := n.Decode(entry, night); err != nil {
			return err
		}
		if err := fn(); err != nil {
			return err
		}
	}
	return nil
}
