package record

import (
	"encoding/binary"
	"errors"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A Held is money that fits no loan, as the book keeps it. Its texts are those of
// what it was read from.
type Held struct {
	ID        []byte // the key's, not the record's
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

// Append writes an item but its id; one that was released stays as a mark, so that
// it is released once.
func (h *Held) Append(b []byte) []byte {
	b = heldInt(b, int64(h.Currency))
	b = heldInt(b, int64(h.ValueDate))
	b = heldInt(b, int64(h.ArrivedOn))
	b = heldInt(b, int64(h.Amount))
	b = heldText(b, h.By)
	b = heldInt(b, int64(h.File))
	applied := int64(0)
	if h.Applied {
		applied = 1
	}
	b = heldText(heldInt(b, applied), h.Refused)
	return heldInt(heldInt(b, int64(h.Kind)), int64(h.Choice))
}

var errHeld = errors.New("suspense item is damaged")

// Read reads an item of an id.
func (h *Held) Read(id, b []byte) error {
	d := heldBody{b: b}
	h.ID, h.Currency, h.ValueDate = id, uint16(d.int()), civil.Date(d.int())
	h.ArrivedOn, h.Amount = civil.Date(d.int()), money.Amount(d.int())
	if h.By = d.text(); len(h.By) == 0 {
		h.By = nil
	}
	h.File, h.Applied, h.Refused = int(d.int()), d.int() == 1, d.text()
	h.Kind, h.Choice = loan.Kind(d.int()), loan.Choice(d.int())
	if d.bad {
		return errHeld
	}
	return nil
}

func heldInt(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }

func heldText(b, s []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

type heldBody struct {
	b   []byte
	bad bool
}

func (d *heldBody) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *heldBody) text() []byte {
	n, k := binary.Uvarint(d.b)
	if k <= 0 || n > uint64(len(d.b)-k) {
		d.bad = true
		return nil
	}
	s := d.b[k : k+int(n) : k+int(n)]
	d.b = d.b[k+int(n):]
	return s
}
