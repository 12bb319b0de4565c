package metro2

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"daybook/ledger/civil"
)

// A field is a place of a record: where it begins, counted from 1, how long it is, and how
// it is written and read.
type field struct {
	name     string
	at, size int
	put      func(to []byte, s *Segment)
	take     func(from []byte, s *Segment) error
}

// baseFields are the fields of a base segment in their order. Processing indicator, time of the stamp and correction
// indicator are the same in all.
var baseFields = []field{
	constant("record descriptor", 1, "0426"),
	constant("processing indicator", 5, "1"),
	date("time stamp", 6, func(s *Segment) *civil.Date { return &s.Reported }),
	constant("time of the stamp", 14, "000000"),
	constant("correction indicator", 20, "0"),
	text("identification number", 21, 20, func(s *Segment) *string { return &s.Identification }),
	text("account number", 43, 30, func(s *Segment) *string { return &s.Number }),
	letter("portfolio type", 73, func(s *Segment) *byte { return &s.Portfolio }),
	text("account type", 74, 2, func(s *Segment) *string { return &s.Type }),
	date("date opened", 76, func(s *Segment) *civil.Date { return &s.Opened }),
	amount("credit limit", 84, func(s *Segment) *int64 { return &s.CreditLimit }),
	amount("highest credit", 93, func(s *Segment) *int64 { return &s.HighestCredit }),
	text("terms duration", 102, 3, func(s *Segment) *string { return &s.Duration }),
	letter("terms frequency", 105, func(s *Segment) *byte { return &s.Frequency }),
	amount("scheduled payment", 106, func(s *Segment) *int64 { return &s.Scheduled }),
	amount("actual payment", 115, func(s *Segment) *int64 { return &s.Paid }),
	text("account status", 124, 2, func(s *Segment) *string { return (*string)(&s.Status) }),
	letter("payment rating", 126, func(s *Segment) *byte { return &s.Rating }),
	text("payment history profile", 127, profileMonths, func(s *Segment) *string { return &s.Profile }),
	text("special comment", 151, 2, func(s *Segment) *string { return &s.Comment }),
	text("compliance condition", 153, 2, func(s *Segment) *string { return &s.Compliance }),
	amount("current balance", 155, func(s *Segment) *int64 { return &s.Balance }),
	amount("amount past due", 164, func(s *Segment) *int64 { return &s.PastDue }),
	amount("original charge-off", 173, func(s *Segment) *int64 { return &s.ChargedOff }),
	date("account information", 182, func(s *Segment) *civil.Date { return &s.Information }),
	date("first delinquency", 190, func(s *Segment) *civil.Date { return &s.FirstDelinquency }),
	date("date closed", 198, func(s *Segment) *civil.Date { return &s.Closed }),
	date("last payment", 206, func(s *Segment) *civil.Date { return &s.LastPaid }),
	constant("interest type", 214, "F"),
	text("surname", 232, 25, func(s *Segment) *string { return &s.Surname }),
	text("first name", 257, 20, func(s *Segment) *string { return &s.First }),
	text("middle name", 277, 20, func(s *Segment) *string { return &s.Middle }),
	text("generation", 297, 1, func(s *Segment) *string { return &s.Generation }),
	digits("social security number", 298, 9, func(s *Segment) *string { return &s.SSN }),
	date("date of birth", 307, func(s *Segment) *civil.Date { return &s.Born }),
	digits("telephone", 315, phoneSize, func(s *Segment) *string { return &s.Phone }),
	text("ECOA", 325, 1, func(s *Segment) *string { return &s.ECOA }).otherwise("1"),
	text("information indicator", 326, 2, func(s *Segment) *string { return &s.ConsumerInformation }),
	text("country", 328, 2, func(s *Segment) *string { return &s.Country }),
	text("first line of the address", 330, 32, func(s *Segment) *string { return &s.Address1 }),
	text("second line of the address", 362, 32, func(s *Segment) *string { return &s.Address2 }),
	text("city", 394, 20, func(s *Segment) *string { return &s.City }),
	text("state", 414, 2, func(s *Segment) *string { return &s.State }),
	zip("ZIP", 416),
	text("address indicator", 425, 1, func(s *Segment) *string { return &s.AddressIndicator }),
	text("residence", 426, 1, func(s *Segment) *string { return &s.Residence }),
}

// Read reads a base segment back: what [Segment.Append] wrote comes back as it stands in
// the record. An error says which field is not of the format.
func Read(record []byte) (*Segment, error) {
	if len(record) != Size {
		return nil, fmt.Errorf("a record of %d bytes, not %d", len(record), Size)
	}
	s := new(Segment)
	for i := range baseFields {
		f := &baseFields[i]
		if err := f.take(record[f.at-1:f.at-1+f.size], s); err != nil {
			return nil, fmt.Errorf("%s at %d: %w", f.name, f.at, err)
		}
	}
	return s, nil
}

func constant(name string, at int, value string) field {
	return field{name, at, len(value), func(to []byte, _ *Segment) { copy(to, value) }, func(from []byte, _ *Segment) error {
		if string(from) != value {
			return fmt.Errorf("%q, not %q", from, value)
		}
		return nil
	}}
}

func text(name string, at, size int, of func(*Segment) *string) field {
	return field{name, at, size, func(to []byte, s *Segment) { putText(to, *of(s)) }, func(from []byte, s *Segment) error {
		*of(s) = string(bytes.TrimRight(from, " "))
		return nil
	}}
}

// otherwise is the field with a text where there is none.
func (f field) otherwise(value string) field {
	put := f.put
	f.put = func(to []byte, s *Segment) {
		if put(to, s); len(bytes.TrimRight(to, " ")) == 0 {
			copy(to, value)
		}
	}
	return f
}

// zip is the postal code: one of the United States without its hyphen.
func zip(name string, at int) field {
	f := text(name, at, 9, func(s *Segment) *string { return &s.ZIP })
	f.put = func(to []byte, s *Segment) { putText(to, zipOf(s.ZIP)) }
	return f
}

func zipOf(s string) string {
	n := onlyDigits(s)
	if other := strings.Trim(s, "0123456789- "); other == "" && (len(n) == 5 || len(n) == 9) {
		return string(n)
	}
	return s
}

func letter(name string, at int, of func(*Segment) *byte) field {
	return field{name, at, 1, func(to []byte, s *Segment) { to[0] = *of(s) }, func(from []byte, s *Segment) error {
		*of(s) = from[0]
		return nil
	}}
}

func amount(name string, at int, of func(*Segment) *int64) field {
	return field{name, at, amountSize, func(to []byte, s *Segment) { putNumber(to, *of(s)) }, func(from []byte, s *Segment) (err error) {
		*of(s), err = number(from)
		return err
	}}
}

func digits(name string, at, size int, of func(*Segment) *string) field {
	return field{name, at, size, func(to []byte, s *Segment) { putDigits(to, *of(s)) }, func(from []byte, s *Segment) error {
		if _, err := number(from); err != nil {
			return err
		}
		*of(s) = string(from)
		return nil
	}}
}

func date(name string, at int, of func(*Segment) *civil.Date) field {
	return field{name, at, dateSize, func(to []byte, s *Segment) { putDate(to, *of(s)) }, func(from []byte, s *Segment) (err error) {
		*of(s), err = day(from)
		return err
	}}
}

const (
	amountSize = 9
	phoneSize  = 10
	dateSize   = 8
)

// putNumber writes a number with zeros before it; one that is too large is all nines.
func putNumber(to []byte, v int64) {
	v = max(v, 0)
	for i := len(to) - 1; i >= 0; i-- {
		to[i] = byte('0' + v%10)
		v /= 10
	}
	if v > 0 {
		for i := range to {
			to[i] = '9'
		}
	}
}

func number(from []byte) (int64, error) {
	for _, c := range from {
		if c < '0' || c > '9' {
			return 0, fmt.Errorf("%q is no number", from)
		}
	}
	return strconv.ParseInt(string(from), 10, 64)
}

// putDate writes a day as MMDDYYYY, zeros for none.
func putDate(to []byte, d civil.Date) {
	if d == civil.None || d < civil.Of(1900, 1, 1) || d > civil.Of(9999, 12, 31) {
		putNumber(to, 0)
		return
	}
	year, month, day := d.Split()
	putNumber(to, int64(month*1_000_000+day*10_000+year))
}

func day(from []byte) (civil.Date, error) {
	v, err := number(from)
	if err != nil || v == 0 {
		return civil.None, err
	}
	d, err := civil.Parse(fmt.Sprintf("%s-%s-%s", from[4:], from[:2], from[2:4]))
	if err != nil {
		return civil.None, fmt.Errorf("%q is no day", from)
	}
	return d, nil
}

// putDigits writes the digits of a number with signs, such as 123-45-6789; zeros where
// there are not as many as the field has.
func putDigits(to []byte, s string) {
	n := onlyDigits(s)
	if len(to) == phoneSize {
		n = phoneOf(n)
	}
	if len(n) != len(to) {
		putNumber(to, 0)
		return
	}
	copy(to, n)
}

// phoneOf is a telephone number without the digit of the country.
func phoneOf(n []byte) []byte {
	if len(n) == phoneSize+1 && n[0] == '1' {
		return n[1:]
	}
	return n
}

func onlyDigits(s string) (n []byte) {
	for i := range len(s) {
		if c := s[i]; c >= '0' && c <= '9' {
			n = append(n, c)
		}
	}
	return n
}
