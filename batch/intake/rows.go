package intake

import "daybook/ledger/loan"

// batchMax is the most rows that a batch holds: its working set stays in the
// second-level cache.
const batchMax = 8192

// Rows is a batch of a file's rows, column by column. It is valid until the
// function it was given to returns; copy what you keep.
type Rows struct {
	Kind        Kind
	File        *File
	First       int64         // the row number, from 0 in the file, of row 0
	N           int           // rows in the batch
	Columns     []Column      // in the contract's order: index with the constants of the kind
	Fault       []loan.Reason // of each row: OK, or its first fault in the order of the columns
	FaultColumn []uint8       // the column at fault, where Fault is not OK
}

// A Column holds one column's values in a batch. A row with a fault may have
// any value in the column at fault.
type Column struct {
	Present bool   // the file has the column; otherwise every row is null and the slices are nil
	Minor   bool   // amounts are minor units of the row's own currency, not units of Options.Scale
	Null    []bool // nil where no row is null

	// Int has amounts at Options.Scale (but see Minor), dates as days of
	// civil.Date, rates in billionths, instants in microseconds UTC, times of
	// day in minutes, counts. A null is zero.
	Int []int64

	// Text i is Data[Start[i]:End[i]]; a null is empty.
	Data       []byte
	Start, End []uint32
}

// IsNull reports whether row i has no value.
func (c *Column) IsNull(i int) bool { return !c.Present || c.Null != nil && c.Null[i] }

// Text returns row i's text, empty where there is none. It must not be
// changed.
func (c *Column) Text(i int) []byte {
	if !c.Present {
		return nil
	}
	return c.Data[c.Start[i]:c.End[i]]
}
