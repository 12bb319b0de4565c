package batch

import (
	"bytes"

	"daybook/batch/intake"
	"daybook/batch/rows"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// appendAdjustment writes the body of row i of an adjustments batch.
func appendAdjustment(b []byte, kind loan.Kind, component loan.Component, choice loan.Choice, frequency loan.Frequency, r *intake.Rows, i int) []byte {
	col := func(c int) *intake.Column { return &r.Columns[c] }
	flags := byte(0)
	amount := col(intake.AdjustmentsAmount)
	if !amount.IsNull(i) {
		flags |= rows.EventAmount
		if amount.Minor {
			flags |= rows.EventMinor
		}
	}
	if kind != loan.KindFee && kind != loan.KindPenalty {
		flags |= rows.EventMore
	}
	reason := col(intake.AdjustmentsReason).Text(i)
	if flags&rows.EventMore == 0 && bytes.HasPrefix(reason, offerReason) { // of others nothing asks for it
		flags |= rows.EventReason
	}
	b = append(b, byte(kind), flags, rows.NoCurrency)
	b = rows.AppendInt(b, intAt(col(intake.AdjustmentsValueDate), i, 0))
	b = rows.AppendInt(b, intAt(amount, i, 0))
	b = rows.AppendText(b, col(intake.AdjustmentsAdjustmentID).Text(i))
	if flags&rows.EventMore == 0 {
		if flags&rows.EventReason != 0 {
			b = rows.AppendText(b, reason)
		}
		return b
	}
	b = append(b, byte(component), byte(choice))
	b = rows.AppendInt(b, intAt(col(intake.AdjustmentsUntil), i, 0))
	b = rows.AppendInt(b, intAt(col(intake.AdjustmentsFirstDueOn), i, 0))
	b = rows.AppendInt(b, statedRate(col(intake.AdjustmentsAnnualRate), i))
	b = rows.AppendInt(b, intAt(col(intake.AdjustmentsInstallments), i, 0))
	b = rows.AppendInt(b, int64(frequency))
	b = rows.AppendText(b, col(intake.AdjustmentsTargetID).Text(i))
	return rows.AppendText(b, reason)
}

// statedRate returns the annual rate of new terms, -1 for null; one below zero is none that
// a loan may have, and not as if none were stated.
func statedRate(c *intake.Column, i int) int64 {
	if rate := intAt(c, i, -1); rate >= 0 || c.IsNull(i) {
		return rate
	}
	return int64(10*money.RateOne) + 1
}

// badWordOf carries through a row why one of its words is none of the contract's.
func badWordOf(reason loan.Reason) loan.Component { return 0x80 | loan.Component(reason) }

// badWord returns what badWordOf carried, or OK.
func badWord(e *loan.Event) loan.Reason {
	if e.Component < 0x80 {
		return loan.OK
	}
	return loan.Reason(e.Component &^ 0x80)
}

// intAt returns a column's value, or what stands for null.
func intAt(c *intake.Column, i int, null int64) int64 {
	if c.IsNull(i) {
		return null
	}
	return c.Int[i]
}
