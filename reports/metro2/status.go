package metro2

import (
	"slices"
	"strings"

	"daybook/ledger/civil"
)

// A Status is an account status: two letters.
type Status string

// Statuses are those that the format counts, in the order of the trailer.
var Statuses = []Status{
	"DF", "DA", "05", "11", "13", "61", "62", "63", "64", "65", "71", "78", "80", "82", "83", "84", "88", "89", "93", "94", "95", "96", "97",
}

func (s Status) known() bool { return slices.Contains(Statuses, s) }

// rated reports whether the status has a payment rating.
func (s Status) rated() bool {
	return slices.Contains([]Status{"05", "13", "65", "88", "89", "94", "95"}, s)
}

// IsFinal reports whether nothing is owed any more.
func (s Status) IsFinal() bool { return s == "13" || s == "64" }

// A Condition is what decides the status of an account.
type Condition struct {
	DaysPastDue int
	Settled     bool     // or overpaid
	ChargedOff  bool     // or written off
	Recovered   bool     // all that was charged off
	Flags       []string // that hold: transferred, m2_da, m2_df are asked for
}

// StatusOf is the status of an account. What deletes it comes before all else: an account
// that was reported by fraud or by mistake goes, whatever became of it.
func StatusOf(c *Condition) Status {
	has := func(flag string) bool { return slices.Contains(c.Flags, flag) }
	switch {
	case has("m2_df"):
		return "DF"
	case has("m2_da"):
		return "DA"
	case c.ChargedOff && c.Recovered:
		return "64"
	case c.ChargedOff:
		return "97"
	case c.Settled:
		return "13"
	case has("transferred"):
		return "05"
	}
	return [...]Status{"11", "71", "78", "80", "82", "83", "84"}[StepOf(c.DaysPastDue)]
}

// RatingOf is the payment rating of a status, given the code of the account at the last
// close before this one: blank where the status has none. An account that had no close
// before was current.
func RatingOf(s Status, before Code) byte {
	switch {
	case !s.rated():
		return ' '
	case before == ChargedOffCode || before <= greatestStep:
		return before.letter()
	}
	return Code(0).letter()
}

// FirstDelinquencyOf is the day of first delinquency as it is reported: none where the
// status or the rating says that the account was current.
func FirstDelinquencyOf(s Status, rating byte, on civil.Date) civil.Date {
	if s == "11" || s.rated() && rating == '0' {
		return civil.None
	}
	return on
}

// PastDueOf is the amount past due as it is reported: none where the account is current or
// nothing is owed.
func PastDueOf(s Status, unpaid int64) int64 {
	if s == "11" || s.IsFinal() {
		return 0
	}
	return unpaid
}

// BalanceOf is the current balance as it is reported: outstanding less the borrower's
// credit, after a charge-off what is not recovered of it.
func BalanceOf(s Status, outstanding, credit, chargedOff, recovered int64) int64 {
	switch {
	case s.IsFinal():
		return 0
	case s == "97":
		return max(chargedOff-recovered, 0)
	}
	return max(outstanding-credit, 0)
}

// ChargedOffOf is the original charge-off as it is reported.
func ChargedOffOf(s Status, chargedOff int64) int64 {
	if s == "97" || s == "64" {
		return chargedOff
	}
	return 0
}

// Comments are the special comment and the compliance condition that flags ask for by their
// last part: m2_ac and m2_plan_ac are AC. Those with X are conditions, any other is a
// comment; of several the least. DA and DF are statuses, and what has not two letters is no
// code.
func Comments(flags []string) (comment, compliance string) {
	for _, flag := range flags {
		code := flag[strings.LastIndexByte(flag, '_')+1:]
		if !strings.HasPrefix(flag, "m2_") || len(code) != 2 || code == "da" || code == "df" {
			continue
		}
		at := &comment
		if code = strings.ToUpper(code); code[0] == 'X' {
			at = &compliance
		}
		if *at == "" || code < *at {
			*at = code
		}
	}
	return comment, compliance
}
