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

	"daybook/ledger/loan"
	"daybook/reports"
	"daybook/reports/spill"
)

// A reject is a row that cannot be applied. Its values are read from its file
// again when the table of rejects is written.
type reject struct {
	file   uint16
	reason loan.Reason
	num    int64
	amount int64 // at the policy's scale
}

// rejectSize is the size of a reject's record: file and row number first, in whose
// order rejects are published.
const rejectSize = 2 + 8 + 1 + 8

func (x *reject) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, x.file)
	b = binary.BigEndian.AppendUint64(b, uint64(x.num))
	b = append(b, byte(x.reason))
	return binary.BigEndian.AppendUint64(b, uint64(x.amount))
}

func (x *reject) read(b []byte) error {
	if len(b) != rejectSize || loan.Reason(b[10]) >= loan.Reasons {
		return errRow
	}
	x.file, x.num = binary.BigEndian.Uint16(b), int64(binary.BigEndian.Uint64(b[2:]))
	x.reason, x.amount = loan.Reason(b[10]), int64(binary.BigEndian.Uint64(b[11:]))
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
func (n *closing) writeRejects(ctx context.Context, page *reports.Page) (_ reports.Output, err error) {
	w, err := reports.CreateRejects(filepath.Join(n.staging, "rejects.parquet"))
	if err != nil {
		return reports.Output{}, err
	}
	defer func() {
		if err != nil {
			w.Abort()
		}
	}()
	totals := map[[2]string]*reports.RejectTotal{}
	some := make([]reject, 0, min(n.rejects.Len(), rejectsAtOnce))
	err = n.rejects.Each(ctx, func(rec []byte) error {
		var x reject
		if err := x.read(rec); err != nil {
			return err
		}
		if len(some) == rejectsAtOnce || len(some) > 0 && some[0].file != x.file {
			if err := errors.Join(n.someRejects(w, some, totals), ctx.Err()); err != nil {
				return err
			}
			some = some[:0]
		}
		some = append(some, x)
		return nil
	})
	if err == nil && len(some) > 0 {
		err = n.someRejects(w, some, totals)
	}
	if err != nil {
		return reports.Output{}, err
	}
	list := make([]reports.RejectTotal, 0, len(totals))
	for _, t := range totals {
		list = append(list, *t)
	}
	slices.SortFunc(list, func(a, b reports.RejectTotal) int {
		return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.ReasonCode, b.ReasonCode))
	})
	page.Rejects = list
	return w.Close()
}

func (n *closing) someRejects(w *reports.RejectsWriter, rejects []reject, totals map[[2]string]*reports.RejectTotal) error {
	f := n.inbox.Files[rejects[0].file]
	numbers := make([]int64, len(rejects))
	for i := range rejects {
		numbers[i] = rejects[i].num
	}
	rows, done, size := make([]reports.Reject, 0, len(rejects)), 0, 0
	err := f.Values(numbers, func(row int64, values []byte) error {
		r, amount := rejects[done].reason, rejects[done].amount
		done++
		size += len(values)
		rows = append(rows, reports.Reject{
			File: f.Name, Row: row, Kind: f.Kind.String(), ReasonCode: r.Code(), Reason: n.reasonText(r, f, values), Values: string(values),
		})
		key := [2]string{f.Kind.String(), r.Code()}
		if totals[key] == nil {
			totals[key] = &reports.RejectTotal{Kind: key[0], ReasonCode: key[1]}
		}
		totals[key].Rows++
		totals[key].Amount += amount
		if size < rejectsBytesAtOnce {
			return nil
		}
		err := w.Write(rows)
		rows, size = rows[:0], 0
		return err
	})
	if err != nil {
		return err
	}
	if done != len(rejects) {
		return fmt.Errorf("file %s: %d of %d rejected rows could be read again", f.Name, done, len(rejects))
	}
	return w.Write(rows)
}
