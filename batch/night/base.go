package night

import (
	"daybook/aging"
	"daybook/aging/classify"
	"daybook/ledger/money"
)

// A Base is how a loan stood at the last close of an earlier calendar month, in tonight's
// codes and in minor units: see [aging.Base].
type Base struct {
	State                 uint8
	Bucket                uint16
	Total, Carrying, Paid money.Amount
	ChargedOff, Recovered money.Amount
	Class                 [aging.PacksMax]uint16
	Provision             [aging.PacksMax]money.Amount
}

// The pass by borrower knows a loan that was on the book by the same number.
const _ = -uint(aging.BaseOn ^ classify.BaseOn)

// fillBase writes what the base said of a loan into a row of facts.
func (p *Processor) fillBase(f *aging.Facts, row int, scale int64) {
	to, b := f.Base, p.since
	if to == nil {
		return
	}
	if b == nil {
		b = &noBase
	}
	to.State[row], to.Bucket[row] = b.State, b.Bucket
	to.Total[row], to.Carrying[row], to.Paid[row] = int64(b.Total)*scale, int64(b.Carrying)*scale, int64(b.Paid)*scale
	to.ChargedOff[row], to.Recovered[row] = int64(b.ChargedOff)*scale, int64(b.Recovered)*scale
	for i := range p.packs() {
		to.Class[i][row], to.Provision[i][row] = b.Class[i], int64(b.Provision[i])*scale
	}
}

// noBase is of a loan that was not in the book.
var noBase Base

// Said returns what a pack says of the loan that was processed or taken up last, by itself:
// class and provision in minor units.
func (p *Processor) Said(pack int) (class uint8, provision money.Amount) {
	return p.verdicts[pack].Class, p.provided[pack]
}

// packs are tonight's.
func (p *Processor) packs() []*classify.Pack {
	if p.rules.Classes == nil {
		return nil
	}
	return p.rules.Classes.Set().Packs
}
