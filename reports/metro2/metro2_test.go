package metro2

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/money"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden file anew")

// The positions of a base segment as the contract has them, once more and by hand: nothing of them comes from the table that
// records are written by.
var positions = map[string][2]int{
	"descriptor": {1, 4}, "processing": {5, 1}, "time stamp": {6, 14}, "correction": {20, 1}, "identification": {21, 20}, "cycle": {41, 2},
	"account": {43, 30}, "portfolio": {73, 1}, "type": {74, 2}, "opened": {76, 8}, "limit": {84, 9}, "highest": {93, 9}, "duration": {102, 3},
	"frequency": {105, 1}, "scheduled": {106, 9}, "paid": {115, 9}, "status": {124, 2}, "rating": {126, 1}, "profile": {127, 24},
	"comment": {151, 2}, "compliance": {153, 2}, "balance": {155, 9}, "past due": {164, 9}, "charge-off": {173, 9}, "information": {182, 8},
	"delinquency": {190, 8}, "closed": {198, 8}, "last paid": {206, 8}, "interest": {214, 1}, "reserved": {215, 17}, "surname": {232, 25},
	"first": {257, 20}, "middle": {277, 20}, "generation": {297, 1}, "ssn": {298, 9}, "birth": {307, 8}, "phone": {315, 10}, "ecoa": {325, 1},
	"indicator": {326, 2}, "country": {328, 2}, "address 1": {330, 32}, "address 2": {362, 32}, "city": {394, 20}, "state": {414, 2},
	"zip": {416, 9}, "address indicator": {425, 1}, "residence": {426, 1},
}

func at(record []byte, name string) string {
	p := positions[name]
	return string(record[p[0]-1 : p[0]-1+p[1]])
}

// sample is a segment with something in each field.
func sample() *Segment {
	return &Segment{
		Account: Account{Identification: "lender 7", Number: "loan-0042", Portfolio: 'I', Type: "01"},
		Terms:   Terms{CreditLimit: 0, HighestCredit: 12_500, Duration: "036", Frequency: 'M', Scheduled: 417},
		Standing: Standing{
			Paid: 200, Status: "78", Rating: ' ', Profile: "10000000000000000DDBBBBB", Comment: "AC", Compliance: "XB",
			Balance: 9_876, PastDue: 834, ChargedOff: -5,
		},
		Dates: Dates{
			Reported: civil.Of(2026, 11, 30), Opened: civil.Of(2025, 2, 28), Information: civil.Of(2026, 11, 30),
			FirstDelinquency: civil.Of(2026, 9, 27), Closed: civil.None, LastPaid: civil.Of(2026, 11, 3),
		},
		Consumer: Consumer{
			Surname: "Núñez  de la Peña", First: "José\u0301", Middle: "李", Generation: "J", SSN: "123-45-6789", Born: civil.Of(1980, 1, 2), Phone: "(212) 555-0147",
			ConsumerInformation: "", Country: "us", Address1: "12 Straße", City: "Łódź", State: "NY", ZIP: "10001-1234", AddressIndicator: "C", Residence: "R",
		},
	}
}

func record(t testing.TB, s *Segment) []byte {
	t.Helper()
	b, err := s.Append(nil)
	if err != nil || len(b) != Size {
		t.Fatalf("%d bytes, error %v", len(b), err)
	}
	return b
}

// Each field stands at the contract's position, and the positions are the whole record.
func TestPositions(t *testing.T) {
	r := record(t, sample())
	for name, want := range map[string]string{
		"descriptor": "0426", "processing": "1", "time stamp": "11302026000000", "correction": "0", "identification": "LENDER 7", "cycle": "",
		"account": "LOAN-0042", "portfolio": "I", "type": "01", "opened": "02282025", "limit": "000000000", "highest": "000012500",
		"duration": "036", "frequency": "M", "scheduled": "000000417", "paid": "000000200", "status": "78", "rating": "",
		"profile": "10000000000000000DDBBBBB", "comment": "AC", "compliance": "XB", "balance": "000009876", "past due": "000000834",
		"charge-off": "000000000", "information": "11302026", "delinquency": "09272026", "closed": "00000000", "last paid": "11032026",
		"interest": "F", "reserved": "", "surname": "NUNEZ DE LA PENA", "first": "JOSE", "middle": "", "generation": "J", "ssn": "123456789",
		"birth": "01021980", "phone": "2125550147", "ecoa": "1", "indicator": "", "country": "US", "address 1": "12 STRASSE", "address 2": "",
		"city": "LODZ", "state": "NY", "zip": "100011234", "address indicator": "C", "residence": "R",
	} {
		want += strings.Repeat(" ", positions[name][1]-len(want))
		if got := at(r, name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	taken := [Size + 1]int{}
	for _, p := range positions {
		for i := p[0]; i < p[0]+p[1]; i++ {
			taken[i]++
		}
	}
	for i, n := range taken[1:] {
		if n != 1 {
			t.Errorf("position %d is in %d fields", i+1, n)
		}
	}
}

// A lender's own file gives nothing: the rest is blank, numbers are zeros, and he owes it alone.
func TestUnnamed(t *testing.T) {
	s := sample()
	s.Consumer = Consumer{Born: civil.None}
	r := record(t, s)
	want := strings.Repeat(" ", 66) + "000000000" + "00000000" + "0000000000" + "1" + strings.Repeat(" ", 101)
	if got := string(r[231:]); got != want {
		t.Errorf("the consumer is\n%q, want\n%q", got, want)
	}
}

// The zip code is nine letters: a hyphen would take the place of a digit. A telephone number
// is ten digits without the country's.
func TestZIP(t *testing.T) {
	for zip, want := range map[string]string{"10001": "10001    ", "100011234": "100011234", "10001-1234": "100011234", "10001-": "10001    ", "K1A 0B1": "K1A 0B1  "} {
		s := sample()
		s.ZIP = zip
		if got := at(record(t, s), "zip"); got != want {
			t.Errorf("%s is %q, want %q", zip, got, want)
		}
	}
	for phone, want := range map[string]string{"+1 (212) 555-0147": "2125550147", "22125550147": "0000000000", "5550147": "0000000000", "": "0000000000"} {
		s := sample()
		s.Phone = phone
		if got := at(record(t, s), "phone"); got != want {
			t.Errorf("%s is %q, want %q", phone, got, want)
		}
	}
}

// Any segment is a record of 426 bytes of ASCII in upper case, which read back is itself.
func TestRecordsReadBackEqual(t *testing.T) {
	days := rapid.Custom(func(t *rapid.T) civil.Date {
		if rapid.Bool().Draw(t, "none") {
			return civil.None
		}
		return civil.Of(1900, 1, 1) + civil.Date(rapid.IntRange(0, 80_000).Draw(t, "day"))
	})
	texts := rapid.String()
	rapid.Check(t, func(t *rapid.T) {
		s := sample()
		s.Number = rapid.StringMatching(`[!-~]{1,30}`).Draw(t, "number")
		s.Status = rapid.SampledFrom(Statuses).Draw(t, "status")
		s.Rating = RatingOf(s.Status, Code(rapid.IntRange(0, int(codes)-1).Draw(t, "before")))
		for _, v := range []*int64{&s.CreditLimit, &s.HighestCredit, &s.Scheduled, &s.Paid, &s.Balance, &s.PastDue, &s.ChargedOff} {
			*v = rapid.OneOf(rapid.Int64Range(0, 999_999_999), rapid.Int64()).Draw(t, "amount")
		}
		for _, d := range []*civil.Date{&s.FirstDelinquency, &s.Closed, &s.LastPaid, &s.Born} {
			*d = days.Draw(t, "day")
		}
		for _, x := range []*string{
			&s.Identification, &s.Surname, &s.First, &s.Middle, &s.Generation, &s.SSN, &s.Phone, &s.ECOA, &s.ConsumerInformation, &s.Country,
			&s.Address1, &s.Address2, &s.City, &s.State, &s.ZIP, &s.AddressIndicator, &s.Residence,
		} {
			*x = texts.Draw(t, "text")
		}
		b, err := s.Append([]byte("before"))
		if err != nil || len(b) != Size+6 || string(b[:6]) != "before" {
			t.Fatalf("%d bytes, error %v", len(b), err)
		}
		r := b[6:]
		for i, c := range r {
			if c < ' ' || c > '~' || c >= 'a' && c <= 'z' {
				t.Fatalf("byte %q at %d", c, i+1)
			}
		}
		back, err := Read(r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := back.Append(nil)
		if err != nil || !bytes.Equal(again, r) {
			t.Fatalf("read and written again it is\n%s, was\n%s, error %v", again, r, err)
		}
		if got := [...]any{back.Number, back.Status, back.Rating, back.FirstDelinquency, back.Closed, back.LastPaid, back.Born, back.Balance}; got != [...]any{
			strings.ToUpper(s.Number), s.Status, s.Rating, s.FirstDelinquency, s.Closed, s.LastPaid, s.Born, min(max(s.Balance, 0), 999_999_999),
		} {
			t.Fatalf("read back %v", got)
		}
	})
}

// What Read refuses, and where it says the fault is.
func TestReadRefuses(t *testing.T) {
	for want, change := range map[string]func(r []byte) []byte{
		"425 bytes":                 func(r []byte) []byte { return r[1:] },
		"record descriptor at 1":    func(r []byte) []byte { r[3] = '0'; return r },
		"current balance at 155":    func(r []byte) []byte { r[160] = ' '; return r },
		"date opened at 76":         func(r []byte) []byte { copy(r[75:], "02302025"); return r },
		"interest type at 214":      func(r []byte) []byte { r[213] = 'V'; return r },
		"social security number at": func(r []byte) []byte { r[300] = 'X'; return r },
	} {
		if _, err := Read(change(record(t, sample()))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Accounts that can't be reported, and codes that are none.
func TestSegmentsThatAreRefused(t *testing.T) {
	for number, want := range map[string]error{
		"": ErrNoAccount, "A B": ErrBlankInAccount, " A": ErrBlankInAccount, "A\t": ErrBlankInAccount, "É1": ErrAccountLetter, "A\x00": ErrAccountLetter, "A\x7f": ErrAccountLetter,
		strings.Repeat("9", 31): ErrLongAccount, strings.Repeat("9", 30): nil, "a~!": nil,
	} {
		s := sample()
		s.Number = number
		if b, err := s.Append(nil); !errors.Is(err, want) || (err != nil) != (len(b) == 0) {
			t.Errorf("%q: %v, %d bytes", number, err, len(b))
		}
	}
	for name, change := range map[string]func(s *Segment){
		"status": func(s *Segment) { s.Status = "12" }, "rating of 78": func(s *Segment) { s.Rating = '1' },
		"no rating of 13": func(s *Segment) { s.Status = "13" }, "profile": func(s *Segment) { s.Profile = s.Profile[1:] },
		"duration": func(s *Segment) { s.Duration = "36" }, "type": func(s *Segment) { s.Type = "1" },
		"portfolio": func(s *Segment) { s.Portfolio = 0 }, "frequency": func(s *Segment) { s.Frequency = 'm' },
		"opened": func(s *Segment) { s.Opened = civil.None }, "reported": func(s *Segment) { s.Reported = civil.None },
	} {
		s := sample()
		change(s)
		if b, err := s.Append(nil); err == nil || len(b) > 0 {
			t.Errorf("%s: %d bytes, error %v", name, len(b), err)
		}
	}
}

// A file is header, segments and a trailer that counts them; its bytes are kept.
func TestFile(t *testing.T) {
	h := Header{
		Innovis: "inn1", Equifax: "eqf2", Experian: "exp345", TransUnion: "tu6", Activity: civil.Of(2026, 11, 30), Created: civil.Of(2026, 11, 30),
		Name: "Lender & Söhne", Address: "1 Main St, Springfield", Telephone: "555-010-0147",
	}
	file := h.Append(nil)
	var left, right Trailer
	for i, status := range Statuses {
		for n := range i + 1 {
			s := sample()
			s.Number, s.Status = fmt.Sprintf("%s-%d", status, n), status
			s.Rating = RatingOf(status, Code(n%7))
			switch n % 3 {
			case 1:
				s.Consumer = Consumer{Born: civil.None, ECOA: "z"}
			case 2:
				s.Phone, s.SSN = "1", "2"
			}
			r := record(t, s)
			file = append(file, r...)
			half := []*Trailer{&left, &right}[n%2]
			if err := half.Add(r); err != nil {
				t.Fatal(err)
			}
		}
	}
	left.Merge(&right)
	file = left.Append(file)
	last := file[len(file)-Size:]
	count := func(at int) string { return string(last[at-1 : at+8]) }
	// The standard's positions, by hand: base records, status codes, ECOA Z, numbers and births of all and of base segments, phones.
	for at, want := range map[int]int{
		12: 276, 30: 1, 39: 0, 48: 0, 57: 0, 66: 2, 75: 3, 84: 4, 93: 5, 102: 6, 111: 7, 120: 8, 129: 9, 138: 10, 147: 11, 156: 12, 165: 13, 174: 14,
		183: 15, 192: 16, 201: 17, 210: 18, 219: 19, 228: 20, 237: 21, 246: 22, 255: 23, 264: 92, 273: 0, 318: 0, 327: 100, 336: 100, 345: 0, 354: 0,
		363: 184, 372: 184, 381: 0, 390: 0, 399: 100,
	} {
		if got := count(at); got != fmt.Sprintf("%09d", want) {
			t.Errorf("the trailer has %s at %d, want %d", got, at, want)
		}
	}
	if got := string(last[:11]) + "|" + string(last[20:29]) + "|" + string(last[407:]); got != "0426TRAILER|         |"+strings.Repeat(" ", 19) {
		t.Errorf("the trailer has %q", got)
	}
	for at, want := range map[int]string{
		1: "0426HEADER  INN1      EQF2      EXP34TU6       11302026113020260000000000000000LENDER & SOHNE", 120: "1 MAIN ST, SPRINGFIELD ", 216: "5550100147 ",
	} {
		if got := string(file[at-1 : at-1+len(want)]); got != want {
			t.Errorf("the header has %q at %d, want %q", got, at, want)
		}
	}
	segments, err := CheckFile(file)
	if err != nil || len(segments) != 276 {
		t.Errorf("%d segments, error %v", len(segments), err)
	}
	goldenFile(t, file)
}

func goldenFile(t *testing.T, got []byte) {
	t.Helper()
	const path = "testdata/metro2.dat"
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes differ from the golden file's %d; look, then run with -update", len(got), len(want))
	}
}

// A file whose trailer lies, or that is cut, is found out.
func TestCheckFileFinds(t *testing.T) {
	whole := func() []byte {
		h, tr := Header{Name: "x"}, Trailer{}
		file := append(h.Append(nil), record(t, sample())...)
		if err := tr.Add(file[Size:]); err != nil {
			t.Fatal(err)
		}
		return tr.Append(file)
	}
	if _, err := CheckFile(whole()); err != nil {
		t.Error(err)
	}
	for want, change := range map[string]func(f []byte) []byte{
		"no records": func(f []byte) []byte { return f[:len(f)-1] }, "not the header": func(f []byte) []byte { return f[Size:] },
		"the trailer is": func(f []byte) []byte { f[2*Size+19]++; return f }, "record 1": func(f []byte) []byte { f[Size+160] = 'x'; return f },
	} {
		if _, err := CheckFile(change(whole())); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := CheckFile(nil); err == nil {
		t.Error("an empty file is taken")
	}
}

// Amounts are cut off to whole units, never rounded.
func TestWhole(t *testing.T) {
	for amount, want := range map[money.Amount]int64{0: 0, 99: 0, 100: 1, 199: 1, 12_345_99: 12_345, -1: 0, -100: 0} {
		if got := Whole(amount, 2); got != want {
			t.Errorf("%d is %d, want %d", amount, got, want)
		}
	}
	if got := Whole(7, 0); got != 7 {
		t.Errorf("7 is %d", got)
	}
}
