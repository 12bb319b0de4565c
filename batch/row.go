package batch

import (
	"encoding/binary"
	"errors"

	"daybook/batch/intake"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A row in the scatter: hash (8 bytes, big-endian), length of the loan's id (1)
// and the id, kind of row (1), file (2), number in the file (5), and then what
// depends on the kind, as variable-length integers and texts.
type rowKind byte

const (
	loanRow rowKind = iota
	scheduleRow
	releaseRow // decided already, so that its id goes before that of any other event
	eventRow
	derivedRow // a reversal that the reversal of a whole file stands for; in no file
)

const (
	filesMax     = 1<<16 - 1
	noFile       = filesMax // of an event that none of its night's files brought
	rowNumberMax = 1<<40 - 1
)

// rowLoan returns the loan id of a row.
func rowLoan(row []byte) []byte { return row[9 : 9+row[8]] }

// A rowHead is the front of a row.
type rowHead struct {
	kind rowKind
	file uint16
	num  int64
	body []byte
}

func parseHead(row []byte) rowHead {
	b := row[9+row[8]:]
	return rowHead{
		kind: rowKind(b[0]), file: binary.BigEndian.Uint16(b[1:]),
		num: int64(b[3])<<32 | int64(binary.BigEndian.Uint32(b[4:])), body: b[8:],
	}
}

// appendHead starts a row.
func appendHead(b []byte, hash uint64, id []byte, kind rowKind, file int, num int64) []byte {
	b = binary.BigEndian.AppendUint64(b, hash)
	b = append(b, byte(len(id)))
	b = append(b, id...)
	b = append(b, byte(kind))
	b = binary.BigEndian.AppendUint16(b, uint16(file))
	b = append(b, byte(num>>32))
	return binary.BigEndian.AppendUint32(b, uint32(num))
}

// Bodies are written by appendInt and appendText, and read by a body.
func appendInt(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }

func appendText(b, s []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(s)))
	return append(b, s...)
}

// A body reads the fields of a row. bad is set when it ends early.
type body struct {
	b   []byte
	bad bool
}

func (d *body) int() int64 {
	v, n := binary.Varint(d.b)
	if n <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return v
}

func (d *body) text() []byte {
	n, k := binary.Uvarint(d.b)
	if k <= 0 || n > uint64(len(d.b)-k) {
		d.bad = true
		return nil
	}
	s := d.b[k : k+int(n) : k+int(n)]
	d.b = d.b[k+int(n):]
	return s
}

var errRow = errors.New("a row between intake and posting is damaged")

// Flags of an event's body.
const (
	eventMinor    = 1 << iota // the amount is in minor units of the loan's currency
	eventMore                 // the rare fields follow
	eventAmount               // there is an amount
	eventReleases             // the money comes out of suspense
)

// noCurrency is the currency code of a row that names none.
const noCurrency = 0xFF

// appendRepayment writes the body of a repayment.
func appendRepayment(b []byte, currency byte, valueDate civil.Date, amount int64, minor bool, id []byte) []byte {
	flags := byte(eventAmount)
	if minor {
		flags |= eventMinor
	}
	b = append(b, byte(loan.KindRepayment), flags, currency)
	b = appendInt(b, int64(valueDate))
	b = appendInt(b, amount)
	return appendText(b, id)
}

// appendAdjustment writes the body of row i of an adjustments batch.
func appendAdjustment(b []byte, kind loan.Kind, component loan.Component, choice loan.Choice, frequency loan.Frequency, r *intake.Rows, i int) []byte {
	col := func(c int) *intake.Column { return &r.Columns[c] }
	flags := byte(0)
	amount := col(intake.AdjustmentsAmount)
	if !amount.IsNull(i) {
		flags |= eventAmount
		if amount.Minor {
			flags |= eventMinor
		}
	}
	if kind != loan.KindFee && kind != loan.KindPenalty {
		flags |= eventMore
	}
	b = append(b, byte(kind), flags, noCurrency)
	b = appendInt(b, intAt(col(intake.AdjustmentsValueDate), i, 0))
	b = appendInt(b, intAt(amount, i, 0))
	b = appendText(b, col(intake.AdjustmentsAdjustmentID).Text(i))
	if flags&eventMore == 0 {
		return b
	}
	b = append(b, byte(component), byte(choice))
	b = appendInt(b, intAt(col(intake.AdjustmentsUntil), i, 0))
	b = appendInt(b, intAt(col(intake.AdjustmentsFirstDueOn), i, 0))
	b = appendInt(b, intAt(col(intake.AdjustmentsAnnualRate), i, -1))
	b = appendInt(b, intAt(col(intake.AdjustmentsInstallments), i, 0))
	b = appendInt(b, int64(frequency))
	b = appendText(b, col(intake.AdjustmentsTargetID).Text(i))
	return appendText(b, col(intake.AdjustmentsReason).Text(i))
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

// readEvent reads an event's body. The amount is still as the file has it.
func readEvent(b []byte, night civil.Date, e *loan.Event) (flags, currency byte, err error) {
	if len(b) < 3 {
		return 0, 0, errRow
	}
	*e = loan.Event{Kind: loan.Kind(b[0]), ArrivedOn: night}
	flags, currency = b[1], b[2]
	e.Held = flags&eventReleases != 0
	d := body{b: b[3:]}
	e.ValueDate = civil.Date(d.int())
	e.Amount = money.Amount(d.int())
	e.ID = d.text()
	if flags&eventMore != 0 {
		if len(d.b) < 2 {
			return 0, 0, errRow
		}
		e.Component, e.Choice = loan.Component(d.b[0]), loan.Choice(d.b[1])
		d.b = d.b[2:]
		e.Until = civil.Date(d.int())
		e.FirstDueOn = civil.Date(d.int())
		e.Rate = money.Rate(d.int())
		e.Installments = int32(d.int())
		e.Frequency = loan.Frequency(d.int())
		e.Target = d.text()
		e.Reason = d.text()
	}
	if d.bad {
		return 0, 0, errRow
	}
	return flags, currency, nil
}
