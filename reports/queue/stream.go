package queue

import (
	"context"
	"encoding/binary"
	"path/filepath"

	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/spill"
)

// A stream is a table whose rows come sorted: how one is read from its record.
type stream struct {
	from    int // which of the collector's
	name    string
	columns func(scale int) []reports.Column
	fill    func(q *Queue, f *filling, rec []byte) error
}

var streamTables = []stream{
	{suppressedStream, "suppressed", suppressedColumns, (*Queue).fillSuppressed},
	{notDueStream, "not_due", notDueColumns, (*Queue).fillNotDue},
	{promiseStream, "promises", promiseColumns, (*Queue).fillPromise},
	{belowStream, "below_capacity", belowColumns, (*Queue).fillBelow},
	{taskLoanStream, "task_loans", taskLoanColumns, (*Queue).fillTaskLoan},
	{offerStream, "offers", offerColumns, (*Queue).fillOffer},
	{offerStream, "offer_installments", offerLineColumns, (*Queue).fillOfferLines},
}

// streamRows is how many rows of a stream are written at a time. It decides the bytes.
const streamRows = 1 << 13

// writeStream writes one table.
func (q *Queue) writeStream(ctx context.Context, dir string, s *stream) (_ reports.Output, err error) {
	columns := s.columns(q.o.Scale)
	sheet := q.o.Form.Sheet(s.name, q.o.BusinessDate)
	out, err := q.o.Form.CreateParquet(filepath.Join(dir, s.name+".parquet"), s.name, sheet.Columns(columns))
	if err != nil {
		return reports.Output{}, err
	}
	defer func() {
		if err != nil {
			out.Abort()
		}
	}()
	f := &filling{columns: columns}
	flush := func() error {
		err := out.Write(sheet.Columns(columns))
		for i := range columns {
			columns[i].Reset()
		}
		return err
	}
	err = q.c.others[s.from].Each(ctx, func(rec []byte) error {
		if err := s.fill(q, f, rec); err != nil || columns[0].Len() < streamRows {
			return err
		}
		return flush()
	})
	if err == nil && columns[0].Len() > 0 {
		err = flush()
	}
	if err != nil {
		return reports.Output{}, err
	}
	return out.Close()
}

// begin reads the borrower that records of most streams begin with.
func begin(rec []byte) (borrower []byte, d decoder) {
	r := spill.Record{B: rec}
	borrower = r.Text()
	return borrower, decoder{b: r.B, bad: r.Bad}
}

func (d *decoder) end() error {
	if d.bad || len(d.b) > 0 {
		return errDamaged
	}
	return nil
}

func (q *Queue) fillSilent(f *filling, borrower []byte, d *decoder) {
	currency, worst := d.text(), d.text()
	f.text(borrower)
	f.name(currency)
	f.count(int32(d.int()))
	f.text(worst)
	f.count(int32(d.int()))
	f.int(d.int())
}

func (q *Queue) fillSuppressed(f *filling, rec []byte) error {
	borrower, d := begin(rec)
	if len(d.b) < 4 {
		return errDamaged
	}
	n := int32(binary.BigEndian.Uint32(d.b))
	d.b = d.b[4:]
	q.fillSilent(f, borrower, &d)
	reasons := int32(d.int())
	code, rule, citation, facts := d.text(), d.text(), d.text(), d.text()
	scope, loan, channel, segment := d.text(), d.text(), d.text(), d.text()
	lifts, has := civil.Date(d.int()), d.uint() == 1
	earliest, offset := d.int(), int(d.int())
	f.name(code)
	f.text(rule)
	f.text(citation)
	f.text(facts)
	if !has {
		earliest = reports.Null
	}
	f.int(earliest)
	f.name(scope)
	f.text(loan)
	f.name(channel)
	f.date(lifts)
	if has {
		f.text(reports.AppendLocal(nil, earliest, offset))
	} else {
		f.text(nil)
	}
	f.name(segment)
	f.count(n)
	f.count(reasons)
	return d.end()
}

func (q *Queue) fillNotDue(f *filling, rec []byte) error {
	borrower, d := begin(rec)
	q.fillSilent(f, borrower, &d)
	f.name(d.text())
	f.name(d.text())
	f.date(civil.Date(d.int()))
	return d.end()
}

func (q *Queue) fillPromise(f *filling, rec []byte) error {
	r := spill.Record{B: rec}
	borrower, id := r.Text(), r.Text()
	d := decoder{b: r.B, bad: r.Bad}
	loan, currency, status := d.text(), d.text(), d.text()
	amount, paid := d.int(), d.int()
	f.text(id)
	f.text(borrower)
	f.text(loan)
	f.name(currency)
	f.int(amount)
	for range 3 {
		f.date(civil.Date(d.int()))
	}
	f.int(paid)
	f.name(status)
	f.date(civil.Date(d.int()))
	f.bool(d.int() == 1)
	return d.end()
}

func (q *Queue) fillBelow(f *filling, rec []byte) error {
	borrower, d := begin(rec)
	q.fillSilent(f, borrower, &d)
	f.name(d.text())
	f.count(int32(d.int()))
	f.name(d.text())
	f.int(d.int())
	f.int(d.int())
	return d.end()
}

func (q *Queue) fillTaskLoan(f *filling, rec []byte) error {
	r := spill.Record{B: rec}
	borrower, loan := r.Text(), r.Text()
	d := decoder{b: r.B, bad: r.Bad}
	f.text(d.text())
	f.text(borrower)
	f.text(loan)
	f.name(d.text())
	f.count(int32(d.int()))
	f.int(d.int())
	reason := d.text()
	f.bool(len(reason) == 0)
	f.name(reason)
	return d.end()
}

// offerOf reads an offer that appendOffer wrote behind its ids.
func offerOf(rec []byte) (borrower, id, task []byte, o offerRow, err error) {
	r := spill.Record{B: rec}
	borrower = r.Text()
	r.Text() // the loan
	r.Int()  // and the rank, which order them
	d := decoder{b: r.B, bad: r.Bad}
	id, task = d.text(), d.text()
	o = d.offer()
	return borrower, id, task, o, d.end()
}

func (q *Queue) fillOffer(f *filling, rec []byte) error {
	borrower, id, task, o, err := offerOf(rec)
	if err != nil {
		return err
	}
	f.text(id)
	f.text(task)
	f.text(borrower)
	f.text(o.loan)
	f.name(o.currency)
	f.name(o.kind)
	f.count(o.rank)
	f.name(o.reason)
	f.date(o.days[OfferValueDate])
	f.date(o.days[OfferValidUntil])
	f.int(o.months)
	f.date(o.days[OfferFirstDue])
	f.date(o.days[OfferUntil])
	f.int(o.rate)
	for _, a := range [...]int{OfferInstallment, OfferLast, OfferNewInterest, OfferWaived, OfferForgiven, OfferPay} {
		f.int(o.amounts[a])
	}
	f.date(o.days[OfferPayBy])
	f.int(o.amounts[OfferTotal])
	f.int(o.amounts[OfferExtra])
	return nil
}

func (q *Queue) fillOfferLines(f *filling, rec []byte) error {
	_, id, _, o, err := offerOf(rec)
	if err != nil {
		return err
	}
	for i := range o.lines {
		l := &o.lines[i]
		f.text(id)
		f.count(l.Number)
		f.date(l.DueOn)
		for _, a := range l.Amounts {
			f.int(a)
		}
	}
	return nil
}
