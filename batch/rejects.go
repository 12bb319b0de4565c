package batch

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"daybook/batch/rows"
	"daybook/ledger/loan"
	"daybook/reports"
	"daybook/reports/spill"
)

// A reject is a row that cannot be applied. Its values are read from its file
// again when the table of rejects is written.
type reject struct {
	file   uint16
	reason loan.Reason
	held   bool // its money waits in suspense
	num    int64
	amount int64 // at the policy's scale
}

// rejectHeld marks, beside the reason, a row whose money is held.
const rejectHeld = 0x80

const _ = uint(rejectHeld - int(loan.Reasons))

// rejectSize is the size of a reject's record: file and row number first, in whose
// order rejects are published.
const rejectSize = 2 + 8 + 1 + 8

func (x *reject) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, x.file)
	b = binary.BigEndian.AppendUint64(b, uint64(x.num))
	reason := byte(x.reason)
	if x.held {
		reason |= rejectHeld
	}
	b = append(b, reason)
	return binary.BigEndian.AppendUint64(b, uint64(x.amount))
}

func (x *reject) read(b []byte) error {
	if len(b) != rejectSize || loan.Reason(b[10]&^rejectHeld) >= loan.Reasons {
		return rows.ErrDamaged
	}
	x.file, x.num = binary.BigEndian.Uint16(b), int64(binary.BigEndian.Uint64(b[2:]))
	x.reason, x.held, x.amount = loan.Reason(b[10]&^rejectHeld), b[10]&rejectHeld != 0, int64(binary.BigEndian.Uint64(b[11:]))
	return nil
}

// A rejecter is one worker's way to the night's rejects. What goes wrong is kept
// for flush, so that whoever rejects a row can go on to the next.
type rejecter struct {
	w   *spill.Writer
	rec []byte
	err error
}

func (r *rejecter) add(x reject) {
	r.rec = x.append(r.rec[:0])
	if err := r.w.Add(r.rec); r.err == nil {
		r.err = err
	}
}

func (r *rejecter) flush() error { return errors.Join(r.err, r.w.Close()) }

// rejectsAtOnce and rejectsBytesAtOnce bound the memory that rejects take, however
// many there are and whatever their rows hold.
const (
	rejectsAtOnce      = 1 << 14
	rejectsBytesAtOnce = 16 << 20
)

// writeRejects writes the rejected rows with their own values, which are read
// from their files again, and adds them up by reason for the page.
func (n *met) writeRejects(ctx context.Context, page *reports.Page) (_ []reports.Output, err error) {
	w, err := reports.CreateRejects(filepath.Join(n.staging, "rejects.parquet"), n.form, n.o.Date)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			w.Abort()
		}
	}()
	q := rejectQueue{n: n.posted, w: w, totals: map[[2]string]*reports.RejectTotal{}}
	if err := q.write(ctx); err != nil {
		return nil, err
	}
	totals := q.totals
	list := make([]reports.RejectTotal, 0, len(totals))
	for _, t := range totals {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b reports.RejectTotal) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.ReasonCode, b.ReasonCode))
	})
	page.Rejects = list
	out, err := w.Close()
	return []reports.Output{out}, err
}

// A rejectQueue takes the night's rejects file by file from where they are gathered
// to their table. A file gives the values of all its rejected rows in one pass, some
// rows behind those that it is asked for.
type rejectQueue struct {
	n      *posted
	w      *reports.RejectsWriter
	totals map[[2]string]*reports.RejectTotal

	asked []reject // whose values are still to come
	rows  []reports.Reject
	size  int // bytes of their values
}

func (q *rejectQueue) write(ctx context.Context) error {
	records := q.n.rejects.Records(ctx)
	defer records.Close()
	var failed error
	next := func() (x reject, ok bool) {
		rec, ok := records.Next()
		if ok {
			failed = x.read(rec)
		}
		return x, ok && failed == nil
	}
	for x, ok := next(); ok; {
		file := x.file
		err := q.n.inbox.Files[file].ValuesOf(func(yield func(int64) bool) {
			for ; ok && x.file == file; x, ok = next() {
				q.asked = append(q.asked, x)
				if !yield(x.num) {
					return
				}
			}
		}, q.take)
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if len(q.asked) > 0 {
			return fmt.Errorf("file %s: the values of %d rejected rows could not be read again", q.n.inbox.Files[file].Name, len(q.asked))
		}
		if err := q.flush(); err != nil {
			return err
		}
	}
	return errors.Join(failed, records.Err())
}

// take takes the values of the row that was asked for first.
func (q *rejectQueue) take(row int64, values []byte) error {
	x := q.asked[0]
	q.asked = q.asked[1:]
	f := q.n.inbox.Files[x.file]
	reason := q.n.reasonText(x.reason, f, values)
	if x.held {
		reason += "; the money is held in suspense"
	}
	q.rows = append(q.rows, reports.Reject{
		File: f.Name, Row: row, Kind: f.Kind.String(), ReasonCode: x.reason.Code(), Reason: reason, Values: string(values),
	})
	q.size += len(values)
	key := [2]string{f.Kind.String(), x.reason.Code()}
	if q.totals[key] == nil {
		q.totals[key] = &reports.RejectTotal{Kind: key[0], ReasonCode: key[1]}
	}
	q.totals[key].Rows++
	q.totals[key].Amount += x.amount
	if len(q.rows) < rejectsAtOnce && q.size < rejectsBytesAtOnce {
		return nil
	}
	return q.flush()
}

func (q *rejectQueue) flush() error {
	if len(q.rows) == 0 {
		return nil
	}
	err := q.w.Write(q.rows)
	q.rows, q.size = q.rows[:0], 0
	return err
}
