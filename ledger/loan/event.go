package loan

import (
	"bytes"
	"cmp"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// An Event is one thing that happened to a loan. Its texts belong to whoever
// filled it in; copy what is kept longer.
type Event struct {
	Kind         Kind
	Component    Component  // of a waiver
	File         uint16     // number of the file that brought it, among those of its night
	Held         bool       // the money comes out of suspense, where an earlier night put it
	Choice       Choice     // of a prepay, pause, restructure, waiver or release
	ValueDate    civil.Date // when it counts from
	ArrivedOn    civil.Date // the business date of the night that brought it
	Until        civil.Date
	FirstDueOn   civil.Date
	Amount       money.Amount
	Rate         money.Rate // new rate of a restructure; below zero: unchanged
	Installments int32
	Frequency    Frequency // 0: unchanged
	ID           []byte
	Target       []byte // id of the event that a reversal, chargeback or release concerns
	Reason       []byte
	Plan         []Installment  // explicit instalments of a booking or a restructure
	Origin       *ledger.Origin // of the money, tonight and where the policy has it kept
}

// BringsPlan reports whether the instalments of an event come with it, as a plan.
func (e *Event) BringsPlan() bool { return e.Choice.given() && e.Choice.Of(e.Kind) }

// Compare orders the events of one loan: by value date, rank of kind and id.
func (e *Event) Compare(o *Event) int {
	if c := cmp.Compare(e.ValueDate, o.ValueDate); c != 0 {
		return c
	}
	if c := cmp.Compare(e.Kind.Rank(), o.Kind.Rank()); c != 0 {
		return c
	}
	return bytes.Compare(e.ID, o.ID)
}

// SameContent reports whether two events with one id are one event: everything
// that moves money or dates is equal.
func (e *Event) SameContent(o *Event) bool {
	if e.Kind.Releases() && e.Kind == o.Kind {
		return e.ValueDate == o.ValueDate && e.Choice == o.Choice && bytes.Equal(e.Target, o.Target) // its amount is the held item's
	}
	return e.Kind == o.Kind && e.Component == o.Component && e.Choice == o.Choice && e.ValueDate == o.ValueDate &&
		e.Until == o.Until && e.FirstDueOn == o.FirstDueOn && e.Amount == o.Amount && e.Rate == o.Rate &&
		e.Installments == o.Installments && e.Frequency == o.Frequency && bytes.Equal(e.Target, o.Target)
}
