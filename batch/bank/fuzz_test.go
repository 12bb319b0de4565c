package bank

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"daybook/ledger/civil"
	"daybook/ledger/match"
	"daybook/ledger/money"
)

// What is read of a format, with whatever window and reader.
func readFormat(t testing.TB, format match.Format, s *source) (statements []*match.Statement, faults []Fault) {
	t.Helper()
	f := &file{linesMax: linesMax, emit: func(s *match.Statement) error {
		statements = append(statements, s)
		return nil
	}}
	readers[format](f, s)
	if f.err != nil || s.err != nil {
		t.Fatal(f.err, s.err)
	}
	return statements, f.faults.all()
}

// checkRead holds a reader to what it promises of any bytes.
func checkRead(t testing.TB, format match.Format, b []byte) {
	t.Helper()
	statements, faults := readFormat(t, format, &source{r: bytes.NewReader(b), left: fileMax})
	for _, f := range faults {
		if f.Line < 1 || f.Line > len(b)+1 || f.Code == "" || !utf8.ValidString(f.Msg) || strings.ContainsFunc(f.Msg, unicode.IsControl) {
			t.Errorf("fault %+v", f)
		}
	}
	for _, s := range statements {
		checkStatement(t, s)
	}
	for _, window := range []int{1, 7, 64} {
		s := &source{r: iotest.OneByteReader(bytes.NewReader(b)), left: fileMax, first: window}
		if window == 64 {
			s.r = iotest.DataErrReader(iotest.HalfReader(bytes.NewReader(b)))
		}
		others, otherFaults := readFormat(t, format, s)
		if diff := different(statements, others); diff != "" || !slices.Equal(faults, otherFaults) {
			t.Errorf("window %d: %s, faults %v and %v", window, diff, faults, otherFaults)
		}
	}
	if _, err := Read(bytes.NewReader(b), func(*match.Statement) error { return nil }); err != nil {
		t.Error(err)
	}
}

func checkStatement(t testing.TB, s *match.Statement) {
	t.Helper()
	_, known := money.Digits(s.Currency)
	if s.Account == "" || len(s.Account) > accountMax || !known {
		t.Errorf("account %q, currency %q", s.Account, s.Currency)
	}
	var sum money.Amount
	for i := range s.Lines {
		l := &s.Lines[i]
		sum += l.Amount
		if l.Number != i+1 || l.Amount > money.Max || l.Amount < -money.Max || sum > sumMax || sum < -sumMax || !isDate(l.BookingDate) || l.ValueDate != civil.None && !isDate(l.ValueDate) {
			t.Errorf("line %+v, sum %d", l, sum)
		}
		for _, id := range []string{l.Code, l.GVC, l.ReturnReason, l.EndToEndID, l.Reference, l.BatchID, l.BankReference, l.OriginalReference} {
			if len(id) > idMax || isNone([]byte(id)) || strings.TrimSpace(id) != id || strings.ContainsFunc(id, unicode.IsControl) || !utf8.ValidString(id) {
				t.Errorf("id %q", id)
			}
		}
		if utf8.RuneCountInString(l.Text) > textMax || strings.Join(strings.Fields(l.Text), " ") != l.Text || strings.ContainsFunc(l.Text, unicode.IsControl) || !utf8.ValidString(l.Text) {
			t.Errorf("text %q", l.Text)
		}
	}
	for _, x := range []match.Optional{s.Opening, s.Closing} {
		if x.Amount > money.Max || x.Amount < -money.Max || !x.Known && x.Amount != 0 {
			t.Errorf("balance %+v", x)
		}
	}
}

func isDate(d civil.Date) bool { return d >= civil.Min && d <= civil.Max }

// seeds gives a target the samples of its format and files that try it.
func seeds(f *testing.F, format match.Format, more ...string) {
	names, err := filepath.Glob("testdata/statements-*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if found, ok := Detect(b); !ok {
			f.Errorf("%s is of no format", name)
		} else if found == format {
			f.Add(b)
		}
	}
	for _, s := range more {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) { checkRead(t, format, b) })
}

func FuzzCamt(f *testing.F) {
	seeds(f, match.Camt053, camtEntries(`<Ntry>`+camtMoney+camtBooked+`<RvslInd>1</RvslInd><Chrgs><Amt Ccy='EUR'>1</Amt></Chrgs><AddtlNtryInf>&#x20AC;<![CDATA[<]]><!-- - --></AddtlNtryInf></Ntry>`),
		camtDetail(`<TxDtls><Amt Ccy="EUR">1</Amt></TxDtls><TxDtls><AmtDtls><TxAmt><Amt Ccy="EUR">2</Amt></TxAmt></AmtDtls></TxDtls>`),
		`<?xml version="1.0" encoding="windows-1252"?><Document/>`, `<a:b c = "d"/>`)
}

func FuzzMT940(f *testing.F) {
	seeds(f, match.MT940, mtInfo("166?20EREF+E KREF+K?21SVWZ+t"), mtInfo("/EREF/E/RTRN/MS03/REMI/USTD//t"), mtFile(":61:2402290228RDD,5NRTIA//B\n/CHGS/EUR1,/"), ":20:\r:25:\r\n-}\x01{4::20:S")
}

func FuzzBAI2(f *testing.F) {
	seeds(f, match.BAI2, baiLines(3, "16,142,1,D,1,0,1,B,C,T/\n88,EREF: E\nwrapped, Reason: R01\n16,475,2,S,1,2,3,/ 88,B,C,a/b/"), baiFile("02,R,O,2,261123,,,1/", 1, "03,A,,015,1,,V,261123,/"))
}

// TestWindows reads what the other tests have in each size of window.
func TestWindows(t *testing.T) {
	for format, files := range map[match.Format][]string{
		match.Camt053: {camtEntries("<!-- x --><Ntry a = 'b' >" + camtMoney + camtBooked + "<AddtlNtryInf>ä&amp;<![CDATA[<]]></AddtlNtryInf\n></Ntry ><?x y?>"), "<a><b></c>", "<a>&lol;", "<a b='"},
		match.MT940:   {strings.ReplaceAll(mtFile(":61:261123C1,NMSC\n:86:a\nb"), "\n", "\r\n"), strings.ReplaceAll(mtFile(":61:261123C1,NMSC\n:86:a\nb"), "\n", "\r")},
		match.BAI2:    {baiLines(1, "16,142,1,Z,,,a/b/\n88,c/"), "01,"},
	} {
		for _, file := range files {
			checkRead(t, format, []byte(file))
			want, wantFaults := readFormat(t, format, &source{r: strings.NewReader(file), left: fileMax})
			for window := 1; window < len(file)+2; window++ {
				got, faults := readFormat(t, format, &source{r: iotest.OneByteReader(strings.NewReader(file)), left: fileMax, first: window})
				if diff := different(got, want); diff != "" || fmt.Sprint(faults) != fmt.Sprint(wantFaults) {
					t.Errorf("%q, window %d: %s, %v, want %v", file, window, diff, faults, wantFaults)
				}
			}
		}
	}
}
