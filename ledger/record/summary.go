package record

import (
	"errors"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// A night's entries of no loan are kept in pieces: a version, and journal entries
// without events, one after the other, each after its length. A piece without an entry
// is empty.

// summaryVersion begins a piece. In format 1 it begins with the length of a journal
// entry, which has [entryLeast] bytes or more: what is below is a version.
const summaryVersion = 1

// entryLeast is the fewest bytes of a journal entry of format 1: the night before, the
// currency, how many events, how many entries.
const entryLeast = 4

const _ = uint(entryLeast - 1 - summaryVersion)

var errSummary = errors.New("summary of the night is damaged")

// AppendSummary appends the entries of a log, all in one currency, to a piece of a
// night's summary. A piece that is empty yet is begun.
func AppendSummary(piece []byte, currency uint16, log *loan.Log) []byte {
	if len(piece) == 0 {
		piece = append(piece, summaryVersion)
	}
	e := encoder{piece}
	e.bytes(AppendLoanNight(nil, civil.None, currency, nil, log))
	return e.b
}

// ReadSummary reads a piece of a night's summary into n, one journal entry after the
// other, and calls fn after each; texts stay those of the piece. It ends with the
// first error.
func ReadSummary(piece []byte, night civil.Date, n *LoanNight, fn func() error) error {
	d := decoder{b: piece}
	if len(piece) > 0 && piece[0] < entryLeast {
		if d.byte() != summaryVersion {
			return errNewer
		}
	}
	for len(d.b) > 0 {
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
