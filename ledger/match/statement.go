// Package match ties a bank's statement lines to the ledger's cash items: by
// reference, net of fees, in sums and settlements, by amount and date, in ordered
// passes that each take from what is still open; and it names and ages every
// difference that is left. It is pure: the same lines and items give the same
// matches and breaks, however they were ordered.
//
// Credits to the lender's account are positive, and so is money that came in: the
// debit of a cash item.
package match

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Format is the language of a statement file.
type Format uint8

// The formats. Their numbers are stored: append, never reorder.
const (
	Camt053 Format = iota
	MT940
	BAI2
	Formats // how many there are
)

var formatNames = [Formats]string{"camt.053", "MT940", "BAI2"}

func (f Format) String() string { return formatNames[f] }

// A State says what becomes of a statement. Its numbers are stored.
type State uint8

// The states. Only lines of loaded statements are matched.
const (
	Loaded    State = iota
	Duplicate       // a statement with its key is known
	Interim         // of a day that is not over
	Deleted         // withdrawn by the bank
	Test            // no real money
	States          // how many there are
)

var stateNames = [States]string{"loaded", "duplicate", "interim", "deleted", "test"}

func (s State) String() string { return stateNames[s] }

// An Optional amount may not be known.
type Optional struct {
	Amount money.Amount
	Known  bool
}

// A Statement is what a bank says of one account: what there was, what moved, what
// there is.
type Statement struct {
	Format      Format
	State       State
	Account     string     // as the bank writes it: at most 64 bytes
	Currency    string     // ISO 4217
	ID          string     // the bank's own; may be empty
	Number      string     // sequence number; may be empty
	Page        string     // may be empty
	OpeningDate civil.Date // [civil.None] where not given
	Opening     Optional
	ClosingDate civil.Date // [civil.None] where not given
	Closing     Optional
	Pending     int // entries that are not booked, and left out
	Lines       []Line
}

// A Line is one booked movement on an account. A text that is not given is empty.
type Line struct {
	Number            int        // within its statement, from 1
	BookingDate       civil.Date // when the bank booked it
	ValueDate         civil.Date // [civil.None] where not given
	Amount            money.Amount
	Reversal          bool   // a returned or reversed item
	Code              string // transaction code, as the format writes it
	GVC               string // MT940: the three digits of the business transaction code, where the information has them
	ReturnReason      string
	EndToEndID        string
	Reference         string
	BatchID           string
	BankReference     string
	OriginalReference string
	Fee               Optional // charges that the bank states with the line
	Text              string   // at most 1,024 characters, single spaces
}

// Date returns the day that a line is matched by: its value date, else its booking
// date.
func (l *Line) Date() civil.Date {
	if l.ValueDate != civil.None {
		return l.ValueDate
	}
	return l.BookingDate
}

// Sum returns the sum of a statement's lines.
func (s *Statement) Sum() (sum money.Amount) {
	for i := range s.Lines {
		sum += s.Lines[i].Amount
	}
	return sum
}

// Key returns what a statement is known by, whatever file or format brings it: the
// first 16 hex digits of the SHA-256 of its content, amounts in minor units.
func (s *Statement) Key() string {
	h := sha256.New()
	b := make([]byte, 0, 64)
	put := func(end byte) {
		h.Write(append(b, end))
		b = b[:0]
	}
	for _, text := range [...]string{s.Account, s.Currency} {
		b = append(b, text...)
		put('\n')
	}
	for _, x := range [...]Optional{s.Opening, s.Closing} {
		if x.Known {
			b = strconv.AppendInt(b, int64(x.Amount), 10)
		}
		put('\n')
	}
	b = appendDate(b, s.ClosingDate)
	put('\n')
	for i := range s.Lines {
		l := &s.Lines[i]
		b = appendDate(b, l.BookingDate)
		put(',')
		b = appendDate(b, l.ValueDate)
		put(',')
		b = strconv.AppendInt(b, int64(l.Amount), 10)
		put('\n')
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

func appendDate(b []byte, d civil.Date) []byte {
	if d == civil.None {
		return b
	}
	return d.Append(b)
}
