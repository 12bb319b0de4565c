package reports

import (
	"slices"

	"daybook/aging"
	"daybook/ledger/civil"
)

// The states of an account in the monthly report to the credit reference centre of the
// People's Bank of China.
const (
	AccountNormal  = 1 + iota
	AccountOverdue // past due by a day or more
	AccountSettled // nothing is owed any more
	AccountBadDebt // charged or written off, or so marked
)

// AccountState is the state of an account from its status, its days past due, and the newest letter
// of its history, which is B where it is marked as bad debt.
func AccountState(s aging.LoanStatus, daysPastDue int32, newest byte) int32 {
	switch {
	case s.PaidInFull():
		return AccountSettled
	case s.Lost() || newest == 'B':
		return AccountBadDebt
	case daysPastDue > 0:
		return AccountOverdue
	}
	return AccountNormal
}

// fiveClasses are the classes of loans of the five-tier method, best first (银保监会令〔2023〕1号).
var fiveClasses = []string{"pass", "special_mention", "substandard", "doubtful", "loss"}

// noClass is the class of an account that has none of the five.
const noClass = 9

// FiveClass is the number of a class, 1 to 5, and 9 of what is none of the five.
func FiveClass(name string) int32 {
	if i := slices.Index(fiveClasses, name); i >= 0 {
		return int32(i + 1)
	}
	return noClass
}

// monthlyColumns are the columns of the table monthly_status.
func monthlyColumns(scale int) []Column {
	return []Column{
		{Name: "loan_id", Kind: Text}, {Name: "borrower_id", Kind: Text, Optional: true}, coded("month"), {Name: "status", Kind: Text, Width: 1},
		{Name: "history", Kind: Text, Width: historyWidth}, {Name: "days_past_due", Kind: Count},
		{Name: "past_due_amount", Kind: Amount, Digits: scale}, {Name: "total_outstanding", Kind: Amount, Digits: scale},
		{Name: "account_state", Kind: Count}, {Name: "class", Kind: Count},
	}
}

// MonthlyStatus is a batch of facts as rows of the table monthly_status, in their order. Ids and amounts are
// those of the facts, without a copy.
func MonthlyStatus(f *aging.Facts, words *aging.Dictionaries, scale int, on civil.Date) *Table {
	t := &Table{Name: "monthly_status", Columns: monthlyColumns(scale)}
	c := t.Columns
	c[0].Texts, c[1].Texts = f.LoanID, f.Borrower
	month := on.String()[:len("2006-01")]
	classes := make([]int32, len(words[aging.Classification]))
	for i, name := range words[aging.Classification] {
		classes[i] = FiveClass(name)
	}
	for row := range f.Rows {
		history := f.History24[row*historyWidth : (row+1)*historyWidth]
		c[2].AppendName(month)
		c[3].Texts.Append(history[:1])
		c[4].Texts.Append(history)
		status := aging.LoanStatus(f.Codes[aging.Status][row])
		c[8].Counts = append(c[8].Counts, AccountState(status, f.Counts[aging.DaysPastDue][row], history[0]))
		class := int32(noClass)
		if code := f.Codes[aging.Classification][row]; code != aging.NoCode {
			class = classes[code]
		}
		c[9].Counts = append(c[9].Counts, class)
	}
	c[5].Counts = f.Counts[aging.DaysPastDue][:f.Rows]
	c[6].Ints = f.Amounts[aging.PastDueAmount][:f.Rows]
	c[7].Ints = f.Amounts[aging.TotalOutstanding][:f.Rows]
	return t
}
