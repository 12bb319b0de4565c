package portfolio

import (
	"context"
	"errors"
	"fmt"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// A day writes what happens about the loans of one part.
type day struct {
	walker
	repayments  []*sheet[repaymentRow] // one a channel
	adjustments *sheet[adjustmentRow]
	written     int64
}

// writeDay writes the repayments and adjustments of one part.
func (l *lender) writeDay(ctx context.Context, dir string, p part) (err error) {
	d := &day{walker: walker{l: l, night: l.nights[p.night]}}
	for _, c := range channels {
		d.repayments = append(d.repayments, newSheet[repaymentRow](dir, fmt.Sprintf("repayments-%s-%04d", c.name, p.number)))
	}
	d.adjustments = newSheet[adjustmentRow](dir, fmt.Sprintf("adjustments-%04d", p.number))
	defer func() {
		for _, s := range d.repayments {
			err = errors.Join(err, s.close())
		}
		err = errors.Join(err, d.adjustments.close())
	}()
	order := l.permutation(p.night, d.night.loans)
	for at := p.from; at < p.to; at++ {
		if at%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c := l.contract(order.at(at))
		err := d.walk(&c, func(m movement) error { return d.write(&c, m) })
		if err != nil {
			return err
		}
	}
	return nil
}

// Of a part's repayments, every duplicateEvery-th is in the next channel's file
// as well, and after every faultEvery-th comes a small row with a fault: 0.02 %
// at most, far from the default policy's threshold of 0.1 %, and none where
// there are few rows.
const (
	duplicateEvery = 400
	faultEvery     = 5000
)

func (d *day) write(c *contract, m movement) error {
	if m.kind != loan.KindRepayment {
		return d.adjustments.write(func(row *adjustmentRow, text []byte) []byte { return fillAdjustment(row, text, c, m) })
	}
	channel := d.l.channelOf(c.borrower)
	r := repaymentRow{
		ValueDate: int32(m.valueOn), Amount: int64(m.amount), Currency: currency, Channel: channels[channel].name,
	}
	var buf [64]byte
	r.RepaymentID = appendEventID(buf[:0:32], 'R', c.index, m.installment, m.part)
	r.LoanID = appendLoanID(buf[32:32], c.index)
	d.written++
	if err := writeRepayment(d.repayments[channel], r); err != nil {
		return err
	}
	next := d.repayments[(channel+1)%len(channels)]
	if d.written%duplicateEvery == 0 {
		if err := writeRepayment(next, r); err != nil {
			return err
		}
	}
	if d.written%faultEvery == 0 {
		// The first channel's files are never delivered again, so neither are faults.
		return writeRepayment(d.repayments[0], d.faulty(r))
	}
	return nil
}

// faulty returns the row of a payment of 9.99 that can't be applied, each time
// for another reason.
func (d *day) faulty(r repaymentRow) repaymentRow {
	r.RepaymentID = append(append([]byte(nil), r.RepaymentID...), 'x')
	r.Amount = 9_99
	n := d.written / faultEvery % 4
	if d.l.o.Profile != Retail {
		n = 0
	}
	switch n {
	case 0:
		r.LoanID = append([]byte("X"), r.LoanID[1:]...) // no such loan
	case 1:
		r.Amount = -r.Amount
	case 2:
		r.Currency = "USD"
	case 3:
		r.ValueDate = int32(d.night.date + civil.Date(7))
	}
	return r
}

// writeRepayment adds a row whose ids are the caller's.
func writeRepayment(s *sheet[repaymentRow], r repaymentRow) error {
	return s.write(func(row *repaymentRow, text []byte) []byte {
		*row = r
		row.RepaymentID, text = cut(text, append(text, r.RepaymentID...))
		row.LoanID, text = cut(text, append(text, r.LoanID...))
		return text
	})
}

func fillAdjustment(row *adjustmentRow, text []byte, c *contract, m movement) []byte {
	*row = adjustmentRow{Kind: m.kind.String(), ValueDate: int32(m.valueOn), Amount: int64(m.amount)}
	row.AdjustmentID, text = cut(text, appendEventID(text, 'A', c.index, m.installment, m.part))
	row.LoanID, text = cut(text, appendLoanID(text, c.index))
	switch m.kind {
	case loan.KindReversal:
		row.TargetID, text = cut(text, appendEventID(text, 'R', c.index, m.installment, m.target))
		row.Reason = "bounced"
	case loan.KindFee:
		row.Reason = "service"
	case loan.KindPenalty:
		row.Reason = "late"
	}
	return text
}
