package record

import (
	"errors"
	"math"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A Held is money that fits no loan, as the book keeps it in suspense under the id
// that it names.
type Held struct {
	ID        []byte // within its key, not its record
	Currency  uint16
	ValueDate civil.Date
	ArrivedOn civil.Date
	Amount    money.Amount
	By        []byte // the adjustment that released it, or its own id; nil while it is held
	File      int    // that brought it, by its number among those of its night
	Applied   bool   // its loan took it
	Refused   []byte // the reason code, of money that its own loan refuses
	// What it is for its loan each night until that takes it; zero where that will
	// never be, so that it takes a release.
	Kind   loan.Kind
	Choice loan.Choice
}

// heldVersion begins an item's record. Versions are odd: in format 1, without a
// version, it begins with the currency, whose first byte is even, as of every number
// that is written with its sign and is not below zero.
const heldVersion = 1

var errHeld = errors.New("suspense item is damaged")

// Append appends an item's record: all of it but its id. One that was released
// stays as a mark, so that it is released once.
func (h *Held) Append(b []byte) []byte {
	require(h.File >= 0 && h.File <= math.MaxUint16 && h.Kind < loan.Kinds && h.Choice < loan.Choices, "a suspense item of no file, kind or choice")
	e := encoder{append(b, heldVersion)}
	e.int(int64(h.Currency))
	e.int(int64(h.ValueDate))
	e.int(int64(h.ArrivedOn))
	e.amount(h.Amount)
	e.bytes(h.By)
	e.int(int64(h.File))
	applied := int64(0)
	if h.Applied {
		applied = 1
	}
	e.int(applied)
	e.bytes(h.Refused)
	e.int(int64(h.Kind))
	e.int(int64(h.Choice))
	return e.b
}

// Read reads a record; texts stay those of the id and of the record.
func (h *Held) Read(id, rec []byte) error {
	d := decoder{b: rec}
	if len(rec) > 0 && rec[0]&1 == 1 {
		if d.byte() != heldVersion {
			return errNewer
		}
	}
	h.ID, h.Currency = id, uint16(d.intUpTo(math.MaxUint16))
	h.ValueDate, h.ArrivedOn = civil.Date(d.int()), civil.Date(d.int())
	h.Amount = d.amount()
	if h.By = d.bytes(); len(h.By) == 0 {
		h.By = nil
	}
	h.File, h.Applied, h.Refused = int(d.intUpTo(math.MaxUint16)), d.intUpTo(1) == 1, d.bytes()
	h.Kind, h.Choice = loan.Kind(d.intUpTo(int64(loan.Kinds-1))), loan.Choice(d.intUpTo(int64(loan.Choices-1)))
	if d.bad || len(d.b) != 0 {
		return errHeld
	}
	return nil
}
