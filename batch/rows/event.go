package rows

import (
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// Flags of an event's body.
const (
	EventMinor    = 1 << iota // the amount is in minor units of the loan's currency
	EventMore                 // the rare fields follow
	EventReason               // a reason follows, of an event without those
	EventAmount               // there is an amount
	EventReleases             // the money comes out of suspense
	EventOrigin               // the money's channel and reference follow
)

// NoCurrency is the currency code of a row that names none.
const NoCurrency = 0xFF

// AppendRepayment writes the body of a repayment, with the origin of its money where that
// is not nil.
func AppendRepayment(b []byte, currency byte, valueDate civil.Date, amount int64, minor bool, id []byte, origin *ledger.Origin) []byte {
	flags := byte(EventAmount)
	if origin != nil {
		flags |= EventOrigin
	}
	if minor {
		flags |= EventMinor
	}
	b = append(b, byte(loan.KindRepayment), flags, currency)
	b = AppendInt(b, int64(valueDate))
	b = AppendInt(b, amount)
	b = AppendText(b, id)
	if origin != nil {
		b = AppendText(AppendText(b, origin.Channel), origin.Reference)
	}
	return b
}

// ReadEvent reads an event's body. The amount is still as the file has it.
func ReadEvent(b []byte, night civil.Date, e *loan.Event) (flags, currency byte, err error) {
	if len(b) < 3 {
		return 0, 0, ErrDamaged
	}
	*e = loan.Event{Kind: loan.Kind(b[0]), ArrivedOn: night}
	flags, currency = b[1], b[2]
	e.Held = flags&EventReleases != 0
	d := Body{b: b[3:]}
	e.ValueDate = civil.Date(d.Int())
	e.Amount = money.Amount(d.Int())
	e.ID = d.Text()
	if flags&EventReason != 0 {
		e.Reason = d.Text()
	}
	if flags&EventOrigin != 0 {
		e.Origin = &ledger.Origin{Channel: d.Text(), Reference: d.Text()}
	}
	if flags&EventMore != 0 {
		if len(d.b) < 2 {
			return 0, 0, ErrDamaged
		}
		e.Component, e.Choice = loan.Component(d.b[0]), loan.Choice(d.b[1])
		d.b = d.b[2:]
		e.Until = civil.Date(d.Int())
		e.FirstDueOn = civil.Date(d.Int())
		e.Rate = money.Rate(d.Int())
		e.Installments = int32(d.Int())
		e.Frequency = loan.Frequency(d.Int())
		e.Target = d.Text()
		e.Reason = d.Text()
	}
	if d.Bad {
		return 0, 0, ErrDamaged
	}
	return flags, currency, nil
}
