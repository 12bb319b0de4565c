package batch

import (
	"bytes"

	"daybook/batch/intake"
	"daybook/batch/rows"
	"daybook/ledger/loan"
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
	b = rows.AppendInt(b, intAt(col(intake.AdjustmentsAnnualRate), i, -1))
	b = rows.AppendInt(b, intAt(col(intake.AdjustmentsInstallments), i, 0))
	b = rows.AppendInt(b, int64(frequency))
	b = rows.AppendText(b, col(intake.AdjustmentsTargetID).Text(i))
	return rows.AppendText(b, reason)
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
