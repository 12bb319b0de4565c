package portfolio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// partLoans is the most loans that one part covers.
const partLoans = 500_000

// A part is the work of one worker: the loans file of a range of loans, or the
// files of what happens about the loans at a range of positions of the night's
// random order. Parts depend on the options alone, never on the workers.
type part struct {
	night    int
	number   int // from 1, in the names of the files
	bookings bool
	from, to int64
}

// parts returns the parts of a night: at least two of each sort where there are
// two loans.
func (l *lender) parts(n int) []part {
	night := l.nights[n]
	var all []part
	split := func(from, to int64, bookings bool) {
		count := max(min(2, to-from), (to-from+partLoans-1)/partLoans)
		for i := range count {
			p := part{n, int(i) + 1, bookings, from + (to-from)*i/count, from + (to-from)*(i+1)/count}
			all = append(all, p)
		}
	}
	split(night.before, night.loans, true)
	split(0, night.loans, false)
	return all
}

func (l *lender) writePart(ctx context.Context, dir string, p part) error {
	if p.bookings {
		return l.writeLoans(ctx, dir, p)
	}
	return l.writeDay(ctx, dir, p)
}

// writeLoans writes one loans file.
func (l *lender) writeLoans(ctx context.Context, dir string, p part) (err error) {
	s := newSheet[loanRow](dir, fmt.Sprintf("loans-%04d", p.number))
	defer func() { err = errors.Join(err, s.close()) }()
	for i := p.from; i < p.to; i++ {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		c := l.contract(i)
		err := s.write(func(row *loanRow, text []byte) []byte { return l.fillLoan(row, text, &c) })
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *lender) fillLoan(row *loanRow, text []byte, c *contract) []byte {
	t := &c.terms
	*row = loanRow{
		Product: l.o.Product, Currency: currency, Principal: int64(t.Principal),
		DisbursedOn: int32(t.DisbursedOn), FirstDueOn: int32(t.FirstDueOn), Installments: t.Installments,
		AnnualRate: int64(t.Rate) / 1000, Method: t.Method.String(), DayCount: t.DayCount.String(),
		Frequency: t.Frequency.String(), Fee: int64(t.Fee),
		Region: l.region(c.borrower), OpeningScore: l.openingScore(c.borrower),
	}
	row.LoanID, text = cut(text, appendLoanID(text, c.index))
	row.BorrowerID, text = cut(text, appendBorrowerID(text, c.borrower))
	return text
}

// cut returns what was appended to a text, and the text with it.
func cut(before, after []byte) (added, text []byte) {
	return after[len(before):len(after):len(after)], after
}

const currency = "CNY"

// channels deliver the repayments, each in files of its own; the shares are of
// a hundred payers.
var channels = []struct {
	name  string
	share int64
}{{"wechat", 42}, {"alipay", 31}, {"bank", 22}, {"card", 5}}

// channelOf returns the channel that a borrower pays by.
func (l *lender) channelOf(borrower int64) int {
	n := l.draw(ofChannel, borrower, 0).below(100)
	for i, c := range channels {
		if n -= c.share; n < 0 {
			return i
		}
	}
	panic("portfolio: internal error: channels do not sum to 100")
}

// redelivers reports whether a channel delivers a file of the night before once
// more, under another name: every third night. The bench has it on its second
// night; the retail lender on its third, as the first night's files are large.
func (l *lender) redelivers(n int) bool {
	if l.o.Profile == Retail {
		return n%3 == 2
	}
	return n%3 == 1
}

// redeliver copies one file of the night before.
func (l *lender) redeliver(dir, to string, n int) (err error) {
	if !l.redelivers(n) {
		return nil
	}
	old, err := os.Open(filepath.Join(dir, l.nights[n-1].date.String(), "repayments-card-0001.parquet"))
	if errors.Is(err, os.ErrNotExist) {
		return nil // the channel brought none
	}
	if err != nil {
		return err
	}
	defer old.Close()
	again, err := os.Create(filepath.Join(to, "repayments-card-0001-again.parquet"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, again.Close()) }()
	_, err = io.Copy(again, old)
	return err
}
