// Package metro2 writes the file that credit bureaus of the United States take: Metro 2 in
// character format, records of 426 bytes with nothing between them, a header, a base
// segment for each account, and a trailer that counts them. It is pure: figures of a loan go in,
// bytes come out; what stands at which position is one table, by which records are read back too.
//
// The format is the Consumer Data Industry Association's (Credit Reporting Resource
// Guide). What it leaves to the furnisher is decided here:
//
//   - Texts are upper case letters, digits and signs of ASCII. A letter with a mark becomes
//     its base letter (É is E, ß is SS, Ł is L); what else is not ASCII becomes a blank, and several blanks are one. What is
//     too long is cut. An account number is never changed but for its case: see [Account].
//   - Amounts are whole units, cut off and not rounded; below zero they are zero, and above
//     nine digits they are 999999999.
//   - Dates that are not there, and those before 1900, are zeros.
//   - No block is written, so that the trailer counts none.
package metro2

import (
	"errors"
	"fmt"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Size is the length of a record in bytes.
const Size = 426

// A Segment is a base segment: one account.
type Segment struct {
	Account
	Terms
	Standing
	Dates
	Consumer
}

// An Account is which account it is. Number has at most 30 letters of ASCII, none of them
// blank; what has more is refused, as two accounts must not become one.
type Account struct {
	Identification string // of the furnisher, by the policy
	Number         string
	Portfolio      byte   // I instalment, R revolving, M mortgage, and others
	Type           string // two digits
}

// Terms is what was agreed. Amounts are whole units.
type Terms struct {
	CreditLimit   int64
	HighestCredit int64
	Duration      string // three letters, see [Duration]
	Frequency     byte   // see [Period.Frequency]
	Scheduled     int64  // payment a month
}

// Standing is where the account stands. Amounts are whole units.
type Standing struct {
	Paid       int64  // in the month
	Status     Status // two letters
	Rating     byte   // blank where the status has none
	Profile    string // 24 letters, see [History.Profile]
	Comment    string
	Compliance string
	Balance    int64
	PastDue    int64
	ChargedOff int64
}

// Dates are the account's days; [civil.None] is none.
type Dates struct {
	Reported         civil.Date // the day that the file tells of
	Opened           civil.Date
	Information      civil.Date // the day that this account's figures are of
	FirstDelinquency civil.Date
	Closed           civil.Date
	LastPaid         civil.Date
}

// A Consumer is who owes it, from the lender's own file: the columns of that file are
// [Columns].
type Consumer struct {
	Surname, First, Middle string
	Generation             string
	SSN                    string // nine digits; else zeros
	Born                   civil.Date
	Phone                  string // ten digits; else zeros
	ECOA                   string // nothing is 1: he owes it alone
	ConsumerInformation    string
	Country                string
	Address1, Address2     string
	City, State, ZIP       string
	AddressIndicator       string
	Residence              string
}

// Errors of an account number: the account is left out of the file and listed.
var (
	ErrNoAccount      = errors.New("the account number is empty")
	ErrLongAccount    = errors.New("the account number has more than 30 letters")
	ErrBlankInAccount = errors.New("the account number has a blank")
	ErrAccountLetter  = errors.New("the account number has a letter that is not ASCII")
)

// accountMax is how long an account number is.
const accountMax = 30

// CheckAccount reports why a number can't be reported, or nil. Its letters are written in upper case.
func CheckAccount(number string) error {
	if number == "" {
		return ErrNoAccount
	}
	for i := range len(number) {
		switch c := number[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			return ErrBlankInAccount
		case c < ' ' || c > '~':
			return ErrAccountLetter
		}
	}
	if len(number) > accountMax {
		return ErrLongAccount
	}
	return nil
}

// Append appends the segment's record. An error is one of the account number, or of a
// code that does not have the letters that the format wants; nothing is appended then.
func (s *Segment) Append(b []byte) ([]byte, error) {
	if err := CheckAccount(s.Number); err != nil {
		return b, err
	}
	if err := s.checkCodes(); err != nil {
		return b, fmt.Errorf("account %s: %w", s.Number, err)
	}
	start := len(b)
	b = appendBlanks(b, Size)
	record := b[start:]
	for i := range baseFields {
		f := &baseFields[i]
		f.put(record[f.at-1:f.at-1+f.size], s)
	}
	return b, nil
}

// checkCodes holds what this program decides to the letters that the format has.
func (s *Segment) checkCodes() error {
	switch {
	case !s.Status.known():
		return fmt.Errorf("the status %q is none of the format's", string(s.Status))
	case (s.Rating != ' ') != s.Status.rated():
		return fmt.Errorf("the status %s with the rating %q", s.Status, s.Rating)
	case len(s.Profile) != profileMonths:
		return fmt.Errorf("a profile of %d months", len(s.Profile))
	case len(s.Duration) != 3 || len(s.Type) != 2:
		return fmt.Errorf("the duration %q, the account type %q", s.Duration, s.Type)
	case s.Portfolio < 'A' || s.Portfolio > 'Z':
		return fmt.Errorf("the portfolio %q", s.Portfolio)
	case s.Frequency < 'A' || s.Frequency > 'Z':
		return fmt.Errorf("the frequency %q", s.Frequency)
	case s.Reported == civil.None || s.Opened == civil.None || s.Information == civil.None:
		return errors.New("a day is missing: reported, opened or of the information")
	}
	return nil
}

// Whole is an amount of units of 10^-digits in whole units: cut off, and zero below zero.
func Whole(amount money.Amount, digits int) int64 { return max(int64(amount), 0) / money.Pow10(digits) }

func appendBlanks(b []byte, n int) []byte {
	for range n {
		b = append(b, ' ')
	}
	return b
}
