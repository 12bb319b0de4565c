package night

import (
	"bytes"
	"encoding/binary"

	"daybook/aging/classify"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// Where provisions are reckoned at a month's end alone, a loan keeps what the last run has
// provided for it: nothing of a loan that came after that, and of one that left the book
// since, whether or not it is back.
// Source: regulatory.md, section 5, posting.

// takeProvided takes what the last run has provided for a loan.
func (p *Processor) takeProvided(l *loan.Loan) {
	p.provided = [classify.PacksMax]money.Amount{}
	if !p.result.Status.OnBook() {
		return
	}
	rest := l.Provided
	for i := 0; len(rest) > 0; i++ {
		v, n := binary.Varint(rest)
		if n <= 0 || i == classify.PacksMax {
			panic("night: internal error: what is provided for loan " + string(l.ID) + " is damaged")
		}
		p.provided[i], rest = money.Amount(v), rest[n:]
	}
}

// keepProvided keeps what is provided for a loan until the next run. It reports whether that
// is what was kept.
func (p *Processor) keepProvided(l *loan.Loan) (same bool) {
	c := p.rules.Classes
	p.carried = p.carried[:0]
	if c.AtMonthEnd {
		packs := len(c.Set().Packs)
		for packs > 0 && p.provided[packs-1] == 0 {
			packs--
		}
		for _, amount := range p.provided[:packs] {
			p.carried = binary.AppendVarint(p.carried, int64(amount))
		}
	}
	same = bytes.Equal(p.carried, l.Provided)
	l.Provided = p.carried
	return same
}
