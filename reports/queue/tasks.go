package queue

import (
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"daybook/ledger/money"
	"daybook/reports/spill"
)

// A task is one borrower to be contacted, as it is kept until it is written: parts of its
// record. Its rank, its key and what is done follow from it, and cost less to make than
// to keep.
type task struct {
	borrower []byte
	worst    []byte // loan with most days past due
	currency []byte // of that loan
	bucket   []byte
	other    []byte // past due in other currencies: "USD 12.00; EUR 3.10"
	loans    int32  // past due, in all currencies
	days     int32  // past due, of the worst
	pastDue  int64  // of the loans in the task's currency
	total    int64  // likewise
}

// appendTask writes a borrower as a task. What comes first gives the order: past-due
// amount and days past due descending, then borrower. Of the two figures eight bytes
// differ at most, in nearly every book: what the sorter compares first.
func (b *borrower) appendTask(rec []byte, scale int) []byte {
	w := &b.worst
	own, others := &b.sums[0], ""
	if len(b.sums) > 1 {
		own, others = b.sum(w.currency), amounts(b.sums, w.currency, scale)
	}
	rec = spill.AppendInt(rec, ^own.pastDue)
	rec = binary.BigEndian.AppendUint32(rec, uint32(^w.days)^1<<31)
	rec = spill.AppendText(rec, b.id)
	rec = appendText(appendText(appendText(appendText(rec, w.loan), w.currency), w.bucket), others)
	return appendInt(appendInt(rec, int64(b.loans)), own.total)
}

// amounts lists the amounts of all currencies but one: "EUR 3.10; USD 12.00".
func amounts(sums []currencySum, but []byte, scale int) string {
	var list []string
	for _, s := range sums {
		if string(s.currency) != string(but) {
			list = append(list, string(s.currency)+" "+money.Amount(s.pastDue).Text(scale))
		}
	}
	slices.Sort(list)
	return strings.Join(list, "; ")
}

// readTask reads a task; its texts are parts of the record. It is returned rather than
// filled in: the collector of garbage wants to know of each pointer that is set elsewhere.
func readTask(rec []byte) (t task, err error) {
	const fixed = 8 + 4
	if len(rec) < fixed {
		return t, errDamaged
	}
	t.pastDue = ^int64(binary.BigEndian.Uint64(rec) ^ 1<<63)
	t.days = ^int32(binary.BigEndian.Uint32(rec[8:]) ^ 1<<31)
	id := spill.Record{B: rec[fixed:]}
	t.borrower = id.Text()
	rest := id.B
	t.worst, rest = cutText(rest)
	t.currency, rest = cutText(rest)
	t.bucket, rest = cutText(rest)
	t.other, rest = cutText(rest)
	loans, rest := cutInt(rest)
	t.loans = int32(loans)
	t.total, rest = cutInt(rest)
	if rest == nil || len(t.currency) == 0 {
		return t, errDamaged
	}
	return t, nil
}

var errDamaged = errors.New("what is kept of a task is damaged")

func appendText[T string | []byte](b []byte, text T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(text))), text...)
}

func appendInt(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }

// cutText reads what appendText wrote, a part of b, and returns the rest; nil where b
// ends early, and of what comes behind it.
func cutText(b []byte) (text, rest []byte) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return nil, nil
	}
	end := size + int(n)
	return b[size:end:end], b[end:]
}

// cutInt reads what appendInt wrote, likewise.
func cutInt(b []byte) (v int64, rest []byte) {
	v, size := binary.Varint(b)
	if size <= 0 {
		return 0, nil
	}
	return v, b[size:]
}
