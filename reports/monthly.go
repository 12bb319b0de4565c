package reports

import (
	"slices"

	"daybook/aging"
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
