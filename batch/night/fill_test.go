package night

import (
	"reflect"
	"sync/atomic"
	"testing"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/record"
)

// A row of the tape has none of what lay there before: every column is set.
func TestFillSetsEveryColumn(t *testing.T) {
	rows := map[byte]*aging.Facts{1: {}, 2: {}}
	for was, f := range rows {
		f.Grow(1)
		for i := range f.Amounts {
			f.Amounts[i][0] = int64(was)
		}
		for i := range f.Days {
			f.Days[i][0] = civil.Date(was)
		}
		for i := range f.Counts {
			f.Counts[i][0] = int32(was)
		}
		for i := range f.Codes {
			f.Codes[i][0] = uint16(was)
		}
		f.Rate[0], f.PreviousTotal[0], f.History24[0] = int64(was), int64(was), was
	}
	terms := loan.Terms{
		Principal: 100_000, DisbursedOn: civil.Of(2026, 1, 1), FirstDueOn: civil.Of(2026, 2, 1), Installments: 12,
		Rate: 240_000_000, Frequency: loan.Monthly,
	}
	book := &tinyBook{t: t, journal: map[civil.Date][]byte{}, last: civil.None}
	book.seen = func(p *Processor, l *loan.Loan, _ *Result) {
		for _, f := range rows {
			p.Fill(f, 0, l, 1)
		}
	}
	book.close(civil.Of(2026, 3, 1), &terms, nil)
	for _, f := range rows { // there are no packs
		for i := range aging.PacksMax {
			f.Codes[int(aging.PackClass)+i], f.Codes[int(aging.PackRule)+i] = nil, nil
			f.Days[int(aging.NonPerformingSince)+i], f.Amounts[int(aging.Provision)+i] = nil, nil
		}
		f.Codes[aging.PackName], f.Codes[aging.LateColumn], f.Codes[aging.SettledColumn] = nil, nil, nil
	}
	if a, b := rows[1], rows[2]; !reflect.DeepEqual(a, b) || a.Rows != 1 || len(a.LoanID.Row(0)) == 0 {
		t.Errorf("a row is\n%+v\nover ones, and\n%+v\nover twos", a, b)
	}
}

// usedRows are rows of the tape that are written again and again.
type usedRows struct{ tonight, restated aging.Facts }

// restedRows is how many of them were found as a loan at rest has them.
var restedRows atomic.Int64

// check fills rows that were filled before, by the night that has processed a loan and by one that takes it up again.
func (u *usedRows) check(t *testing.T, p *Processor, l *loan.Loan) {
	if p.rules.Classes == nil {
		return // no loan rests
	}
	checkUsed(t, &u.tonight, p, l)
	var again loan.Loan
	if err := record.DecodeLoan(record.AppendLoan(nil, l), &again); err != nil {
		t.Fatal(err)
	}
	again.ID = l.ID
	later := NewProcessor(p.rules)
	later.Restate(&again, nil)
	checkUsed(t, &u.restated, later, &again)
}

// checkUsed fills a row, and where it was left as a loan at rest has it, one that was not: they are the same.
func checkUsed(t *testing.T, f *aging.Facts, p *Processor, l *loan.Loan) {
	f.Reset()
	f.Grow(1)
	rested := f.Rests[0] == 1
	p.Fill(f, 0, l, 1)
	if !rested {
		return
	}
	if p.rests(l) {
		restedRows.Add(1)
	}
	var fresh aging.Facts
	fresh.Reset()
	fresh.Grow(1)
	p.Fill(&fresh, 0, l, 1)
	if !reflect.DeepEqual(&fresh, f) {
		t.Errorf("a row that was used before is\n%+v\nand a new one\n%+v", f, &fresh)
	}
}
