package loan

import "daybook/ledger"

// A Kind is what an event does to a loan. The numbers are stored and are the
// ranks of kinds on one value date: append within the contract's order only
// together with a new book format.
type Kind uint8

// The kinds, in the order of their rank on one value date.
const (
	KindBooking Kind = iota
	KindFee
	KindPenalty
	KindDue    // an instalment falls due
	KindCredit // credit is applied to what is due
	KindRepayment
	KindReversal
	KindChargeback
	KindWaiver
	KindGoodwill
	KindPrepay
	KindSettle
	KindRefund
	KindPause
	KindRestructure
	KindChargeOff
	KindWriteOff
	KindRecovery
	KindRelease
	KindDisburse
	Kinds // how many there are
)

// An amountOf says where a kind's amount comes from.
type amountOf uint8

const (
	noAmount   amountOf = iota // it is nothing that the kind needs
	rowAmount                  // its row states it
	heldAmount                 // it is that of the held money which its target names
)

// kinds says what there is to know of each kind; [Run.Apply] is what each does.
var kinds = [Kinds]struct {
	name    string
	ranksAs Kind             // whose rank it has on a value date; zero: its own
	entry   ledger.EntryKind // that it posts

	adjustment    bool // its name is one that an adjustment may have
	early         bool // decided before the partitions: it reaches beyond its loan
	amount        amountOf
	untilNeeded   bool
	namesEarlier  bool  // its target is an earlier event of the loan
	undoes        bool  // and that event no longer stands
	bringsMoney   bool  // its row is money that came in
	paysLast      bool  // it is the last payment that the tape names
	underCeiling  bool  // the policy's ceiling on charges limits it
	afterWriteOff bool  // a loan that is written off still takes it
	allocates     uint8 // its place among the kinds that a policy's allocation rule may name, from 1; 0: none
}{
	KindBooking: {name: "booking", entry: ledger.Booking},
	KindFee:     {name: "fee", entry: ledger.Fee, adjustment: true, amount: rowAmount, underCeiling: true},
	KindPenalty: {name: "penalty", ranksAs: KindFee, entry: ledger.Penalty, adjustment: true, amount: rowAmount, underCeiling: true},
	KindDue:     {name: "due"},
	KindCredit:  {name: "credit", entry: ledger.CreditApplied, allocates: 2},
	KindRepayment: {
		name: "repayment", entry: ledger.Repayment, amount: rowAmount, bringsMoney: true, paysLast: true, afterWriteOff: true,
		allocates: 1,
	},
	KindReversal: {name: "reversal", entry: ledger.Reversal, adjustment: true, namesEarlier: true, undoes: true},
	KindChargeback: {
		name: "chargeback", entry: ledger.Chargeback, adjustment: true, amount: rowAmount, namesEarlier: true, afterWriteOff: true,
	},
	KindWaiver:   {name: "waiver", entry: ledger.Waiver, adjustment: true, amount: rowAmount},
	KindGoodwill: {name: "goodwill", entry: ledger.Goodwill, adjustment: true, amount: rowAmount, allocates: 3},
	KindPrepay:   {name: "prepay", entry: ledger.Prepay, adjustment: true, amount: rowAmount, bringsMoney: true},
	KindSettle:   {name: "settle", entry: ledger.Settle, adjustment: true},
	KindRefund:   {name: "refund", entry: ledger.Refund, adjustment: true, amount: rowAmount, afterWriteOff: true},
	KindPause:    {name: "pause", entry: ledger.Pause, adjustment: true, untilNeeded: true},
	KindRestructure: {
		name: "restructure", entry: ledger.Restructure, adjustment: true,
	},
	KindChargeOff: {name: "charge_off", entry: ledger.ChargeOff, adjustment: true},
	KindWriteOff:  {name: "write_off", entry: ledger.WriteOff, adjustment: true},
	KindRecovery: {
		name: "recovery", entry: ledger.Recovery, adjustment: true, amount: rowAmount, bringsMoney: true, afterWriteOff: true,
	},
	// What it posts as the loan's is a repayment; the money leaves suspense by an
	// entry of its own.
	KindRelease: {
		name: "release", entry: ledger.Repayment, adjustment: true, early: true, amount: heldAmount, paysLast: true,
		afterWriteOff: true, allocates: 4,
	},
	KindDisburse: {name: "disburse", entry: ledger.Disburse, adjustment: true, amount: rowAmount, afterWriteOff: true},
}

func (k Kind) String() string { return kinds[k].name }

// Rank orders events of one loan on one value date; the two kinds of charge
// share a rank and are ordered by id.
func (k Kind) Rank() uint8 {
	if as := kinds[k].ranksAs; as != 0 {
		return uint8(as)
	}
	return uint8(k)
}

// AfterLateness reports whether the interest and lateness of its value date are
// counted before an event of the kind; those of other kinds come before them.
func (k Kind) AfterLateness() bool { return k.Rank() > KindCredit.Rank() }

// Early reports whether an event of the kind is decided before the partitions of
// a night are worked, as it reaches beyond its own loan.
func (k Kind) Early() bool { return kinds[k].early }

// NeedsAmount reports whether a row of the kind must state an amount.
func (k Kind) NeedsAmount() bool { return kinds[k].amount == rowAmount }

// HasAmount reports whether an event of the kind is nothing without an amount
// above zero.
func (k Kind) HasAmount() bool { return kinds[k].amount != noAmount }

// Releases reports whether the amount of an event of the kind is that of the held
// money which its target names.
func (k Kind) Releases() bool { return kinds[k].amount == heldAmount }

// NeedsUntil reports whether a row of the kind must state until when.
func (k Kind) NeedsUntil() bool { return kinds[k].untilNeeded }

// BringsMoney reports whether a row of the kind is money that came in.
func (k Kind) BringsMoney() bool { return kinds[k].bringsMoney }

// MayGoBack reports whether a chargeback may name an event of the kind: it posts money
// for the loan.
func (k Kind) MayGoBack() bool { return kinds[k].entry.BringsMoney() }

// NamesEarlier reports whether the target of the kind is an earlier event of the
// loan.
func (k Kind) NamesEarlier() bool { return kinds[k].namesEarlier }

// Undoes reports whether an event of the kind makes its target stand no longer.
// It is no target itself, and does nothing else.
func (k Kind) Undoes() bool { return kinds[k].undoes }

// ParseKind reads the kind column of an adjustment.
func ParseKind(s []byte) (Kind, bool) {
	for k := range Kinds {
		if kinds[k].adjustment && kinds[k].name == string(s) {
			return k, true
		}
	}
	return 0, false
}

// ParseAllocating reads the name of a kind that an allocation rule may name.
func ParseAllocating(s string) (Kind, bool) {
	for k := range Kinds {
		if kinds[k].allocates > 0 && kinds[k].name == s {
			return k, true
		}
	}
	return 0, false
}

// Allocating returns the kinds that an allocation rule may name.
func Allocating() []Kind {
	var list []Kind
	for place := uint8(1); ; place++ {
		n := len(list)
		for k := range Kinds {
			if kinds[k].allocates == place {
				list = append(list, k)
			}
		}
		if len(list) == n {
			return list
		}
	}
}

// Adjustments returns the kinds that an adjustment may have.
func Adjustments() []Kind {
	var list []Kind
	for k := range Kinds {
		if kinds[k].adjustment {
			list = append(list, k)
		}
	}
	return list
}
