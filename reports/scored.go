package reports

import (
	"fmt"

	"daybook/aging"
	"daybook/ledger/civil"
)

// ScoredColumns are the columns of the tape that tables of scores are made of.
var ScoredColumns = []string{
	"loan_id", "borrower_id", "currency", "product", "status", "days_past_due", "score", "score_delta", "reason_1", "reason_2", "reason_3", "reason_4",
	"next_due_on", "total_outstanding", "history_24m",
}

// TakeScored makes facts of some rows of [ScoredColumns]: of the figures that are not among
// them, nothing is said.
func TakeScored(f *aging.Facts, c []*Column, from, rows int, words *aging.Dictionaries) error {
	f.Reset()
	f.Grow(rows)
	clear(f.Rests)
	coded := [...]struct {
		column int
		code   aging.Code
	}{{2, aging.Currency}, {3, aging.Product}, {4, aging.Status}, {8, aging.Reason1}, {9, aging.Reason2}, {10, aging.Reason3}, {11, aging.Reason4}}
	for i := range rows {
		f.LoanID.Append(c[0].Texts.Row(from + i))
		f.Borrower.Append(c[1].Texts.Row(from + i))
		copy(f.History24[24*i:24*(i+1)], c[14].Texts.Row(from+i))
	}
	for _, x := range coded {
		codes := map[string]uint16{"": aging.NoCode}
		for code, name := range words[x.code] {
			codes[name] = uint16(code)
		}
		for i := range rows {
			code, known := codes[string(c[x.column].Texts.Row(from+i))]
			if !known {
				return fmt.Errorf("the tape has the %s %q, which is not known", c[x.column].Name, c[x.column].Texts.Row(from+i))
			}
			f.Codes[x.code][i] = code
		}
	}
	copy(f.Counts[aging.DaysPastDue], c[5].Counts[from:from+rows])
	copy(f.Counts[aging.Score], c[6].Counts[from:from+rows])
	copy(f.Counts[aging.ScoreDelta], c[7].Counts[from:from+rows])
	copy(f.Days[aging.NextDueOn], []civil.Date(c[12].Days[from:from+rows]))
	copy(f.Amounts[aging.TotalOutstanding], c[13].Ints[from:from+rows])
	return nil
}
