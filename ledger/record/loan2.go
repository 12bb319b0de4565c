package record

import (
	"encoding/binary"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A loan's record of version 2, which books of format 1 and 2 have until a night writes
// it again: the contract, a word of bits that say what else there is, and the state, all
// as variable-length numbers.

// The bits.
const (
	hasMetAhead2 = 1 << iota
	hasFeesBefore2
	hasOwnPaid2
	hasCharged2
	hasCredit2
	hasPlan2
	hasCharges2
	hasBalance2
	hasFallen2
	hasSuspended2
	hasLateCost2
	hasDelta2
	hasServicing2
	hasLateMet2
	hasMoved2
	hasPaid2
)

func (d *decoder) loan2(l *loan.Loan) {
	d.terms(&l.Terms)
	l.Borrower = d.bytes()
	l.Product = uint16(d.uint())
	l.Currency = uint16(d.uint())
	l.Region = uint16(d.uint())
	l.BookedOn = d.date(l.Terms.DisbursedOn)
	l.OpeningScore = int32(d.int())
	l.Contract = nil // it is written otherwise now
	if bits := d.take(2); !d.bad {
		d.state2(l, binary.LittleEndian.Uint16(bits))
	}
}

func (d *decoder) state2(l *loan.Loan, has uint16) {
	f, base := &l.Life, l.Terms.DisbursedOn
	f.Open.No = int32(d.uint())
	f.Open.From = d.date(base)
	f.Before[loan.Principal] = d.amount()
	f.Before[loan.Interest] = d.amount()
	f.Last.Date = d.date(base)
	f.Last.Rank = d.byte()
	f.MetWhen = [3]int32{int32(d.int())}
	l.Earned = d.amount()
	l.LastEntryOn = d.date(base)
	l.Applied = append(l.Applied[:0], d.bytes()...)
	l.Bucket, l.LastStatus = d.byte(), d.byte()
	l.Score = l.OpeningScore + int32(d.int())
	l.History = [12]byte{}
	copy(l.History[:], d.take(uint64(min(d.byte(), byte(len(l.History))))))
	d.amounts2(l, has)
	f.LastPaidOn, f.LastPaidAmount = civil.None, 0
	if has&hasPaid2 != 0 {
		f.LastPaidOn = d.date(base)
		f.LastPaidAmount = d.amount()
	}
	f.Plan = nil
	if has&hasPlan2 != 0 {
		f.Plan = d.plan(base)
	}
	f.Charges = f.Charges[:0]
	if has&hasCharges2 != 0 {
		d.charges(f, base)
	}
	l.PrevBucket = l.Bucket
	if has&hasMoved2 != 0 {
		l.PrevBucket = d.byte()
	}
	l.ScoreDelta, l.Reasons = 0, [4]uint8{}
	if has&hasDelta2 != 0 {
		l.ScoreDelta = int32(d.int())
		copy(l.Reasons[:], d.take(uint64(len(l.Reasons))))
	}
	if has&hasLateMet2 != 0 {
		f.MetWhen[1], f.MetWhen[2] = int32(d.int()), int32(d.int())
	}
	parts := byte(0)
	if has&hasServicing2 != 0 {
		parts = d.byte()
	}
	d.servicing(f, base, parts)
}

func (d *decoder) amounts2(l *loan.Loan, has uint16) {
	f := &l.Life
	f.Before[loan.Fee] = 0
	var ahead [loan.Fee + 1]money.Amount
	if has&hasMetAhead2 != 0 {
		for c := range ahead {
			ahead[c] = d.amount()
		}
	}
	if has&hasFeesBefore2 != 0 {
		f.Before[loan.Fee] = d.amount()
	}
	for c := range f.Met {
		f.Met[c] = f.Before[c] + ahead[c]
	}
	f.Paid = loan.Sums{f.Met[0], f.Met[1], f.Met[2], 0}
	if has&hasOwnPaid2 != 0 {
		d.sums(&f.Paid)
	}
	f.Charged = loan.Sums{}
	if has&hasCharged2 != 0 {
		f.Charged[loan.Fee] = d.amount()
		f.Charged[loan.Penalty] = d.amount()
	}
	optional := func(bit uint16, otherwise money.Amount) money.Amount {
		if has&bit != 0 {
			return d.amount()
		}
		return otherwise
	}
	f.Credit = optional(hasCredit2, 0)
	f.Open.Balance = optional(hasBalance2, l.Terms.Principal-f.Before[loan.Principal])
	l.Fallen = optional(hasFallen2, 0)
	l.Suspended = optional(hasSuspended2, 0)
	l.LateFees, l.LatePenalties = 0, 0
	if has&hasLateCost2 != 0 {
		l.LateFees = d.amount()
		l.LatePenalties = d.amount()
	}
}
