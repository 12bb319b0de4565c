package bank

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"daybook/ledger/match"
)

// faultsOf says where and what the faults of a file are; statements it must have none.
func faultsOf(t *testing.T, file string) string {
	t.Helper()
	_, faults := readAll(t, []byte(file))
	var all []string
	for _, f := range faults {
		all = append(all, fmt.Sprintf("%d %s", f.Line, f.Code))
		if f.Msg == "" || strings.ContainsAny(f.Msg, "\x00\n") {
			t.Errorf("message %q", f.Msg)
		}
	}
	return strings.Join(all, ", ")
}

func TestHostileFiles(t *testing.T) {
	deep := strings.Repeat("<a>", 64)
	long := strings.Repeat("x", tokenMax+1)
	for _, c := range []clause{
		{"nothing", "", "1 empty"},
		{"a BOM", "\ufeff", "1 empty"},
		{"blanks", " \r\n\t\n", "1 empty"},
		{"NUL bytes", "\x00\x00\x00\x00", "1 unknown_format"},
		{"a program", "\x7fELF\x02\x01\x01", "1 unknown_format"},
		{"a table", "line_id,entry_id,reason\n", "1 unknown_format"},
		{"a tag within a line", "x:20:y\n", "1 unknown_format"},
		{"UTF-16", "\xff\xfe<\x00D\x00", "1 encoding"},
		{"UTF-16, the other way", "\xfe\xff\x00<\x00D", "1 encoding"},

		{"internal entities", `<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;&b;">]><Document>&c;</Document>`, "1 doctype"},
		{"external document type", "\n" + `<!DOCTYPE a SYSTEM "file:///etc/passwd"><Document/>`, "2 doctype"},
		{"bare document type", `<!DOCTYPE Document><Document/>`, "1 doctype"},
		{"an entity of its own", "<Document>\n&lol;</Document>", "1 entity"},
		{"an entity without end", `<Document>&amp</Document>`, "1 entity"},
		{"a lone ampersand", `<Document a="&"/>`, "1 entity"},
		{"characters that XML has none of", `<Document>&#0;</Document>`, "1 entity"},
		{"surrogates", `<Document>&#xD800;</Document>`, "1 entity"},
		{"characters beyond Unicode", `<Document>&#x110000;</Document>`, "1 entity"},
		{"a number without digits", `<Document>&#x;</Document>`, "1 entity"},
		{"depth", deep + "<a>", "1 too_deep"},
		{"depth, at its limit", deep + strings.Repeat("</a>", 64), "1 wrong_message"},
		{"cut in a tag", "<Document><BkToCst", "1 truncated"},
		{"cut in an attribute", `<Document a="`, "1 truncated"},
		{"cut in a comment", "<Document><!-- ", "1 truncated"},
		{"cut in literal text", "<Document><![CDATA[ ", "1 truncated"},
		{"cut in text", "<Document>\ntext", "2 truncated"},
		{"cut behind an element", "<Document><a/>", "1 truncated"},
		{"cut in an end", "<Document><a></a", "1 truncated"},
		{"cut in an instruction", "<?xml ", "1 truncated"},
		{"nothing but a declaration", `<?xml version="1.0"?>`, "1 empty"},
		{"tags that don't match", "<a><b></a></b>", "1 syntax"},
		{"an end alone", "<a></a></b>", "1 syntax"},
		{"a second root", "<a></a>\n<b></b>", "2 syntax"},
		{"text outside", "<a></a>x", "1 syntax"},
		{"literal text outside", "<![CDATA[x]]><a/>", "1 syntax"},
		{"no name", "<>", "1 syntax"},
		{"a name of a quote", `<'a'>`, "1 syntax"},
		{"an attribute without quotes", "<a b=c/>", "1 syntax"},
		{"an attribute without value", "<a b/>", "1 syntax"},
		{"attributes that touch", `<a b="c"d="e"/>`, "1 syntax"},
		{"a tag in an attribute", `<a b="<"/>`, "1 syntax"},
		{"NUL in a tag", "<a\x00b/>", "1 syntax"},
		{"NUL in an attribute", "<a b=\"\x00\"/>", "1 syntax"},
		{"two documents", `<?xml version="1.0"?><a/><?xml version="1.0"?><b/>`, "1 syntax"},
		{"an encoding that is not read", `<?xml version="1.0" encoding="UTF-16"?><a/>`, "1 encoding"},
		{"an encoding of a bank's own", `<?xml version="1.0" encoding='IBM-1047'?><a/>`, "1 encoding"},
		{"text that is not of its encoding", camtEntries("<Ntry><AddtlNtryInf>M\xfcller</AddtlNtryInf></Ntry>"), "1 encoding"},
		{"more than ASCII", `<?xml version="1.0" encoding="US-ASCII"?>` + camtEntries("<Ntry><AddtlNtryInf>Müller</AddtlNtryInf></Ntry>"), "1 encoding"},
		{"a long name", "<" + strings.Repeat("a", 300) + "/>", "1 syntax"},
		{"a longer one", "<" + long, "1 too_large"},
		{"a long attribute", `<a b="` + long + `"/>`, "1 too_large"},
		{"a long text", "<a>" + long + "</a>", "1 too_large"},
		{"a long comment", "<!--" + long + "--><a/>", "1 too_large"},
		{"a text of many pieces", camtEntries("<Ntry><AddtlNtryInf>" + strings.Repeat(long[:tokenMax/2]+"<!---->", 3)), "1 too_large"},
		{"a large amount", camtEntries(`<Ntry><Amt Ccy="EUR">99999999999999999999</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + camtBooked + `</Ntry>`), "1 amount"},
		{"an amount of many digits", camtEntries(`<Ntry><Amt Ccy="EUR">1` + strings.Repeat("0", 5000) + `</Amt><CdtDbtInd>CRDT</CdtDbtInd>` + camtBooked + `</Ntry>`), "1 amount"},
		{"a date of many digits", camtEntries(`<Ntry>` + camtMoney + `<Sts>BOOK</Sts><BookgDt><Dt>` + strings.Repeat("2", 5000) + `</Dt></BookgDt></Ntry>`), "1 date"},

		{"a long line of MT940", ":20:S\n:25:" + strings.Repeat("A", infoMax+1), "2 too_large"},
		{"long information", mtInfo(strings.Repeat(strings.Repeat("x", 1000)+"\n", 100)), "71 too_large"},
		{"cut MT940", mtHead + ":61:2611", "5 syntax, 5 truncated"},
		{"a large amount of MT940", mtFile(":61:261123C99999999999999999999,NMSC"), "5 amount"},
		{"a long line of BAI2", "01," + strings.Repeat("x", bai2LineMax), "1 too_large"},
		{"a long record of BAI2", "01,S,R,261124,0200,7,,,2/\n" + baiGroup + "\n03,A,/\n" + strings.Repeat("88,"+strings.Repeat("0", 1<<14)+"/\n", 100), "3 too_large, 103 truncated"},
		{"cut BAI2", "01,S,R,261124,0200,7,,,2/\n02,R,O", "2 date, 2 status, 2 truncated"},
		{"sums of BAI2", baiLines(0, strings.Repeat("16,142,1000000000000000,Z,,,/\n", 1001)), "1004 too_large, 1004 too_large"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := faultsOf(t, c.file); got != c.want {
				t.Errorf("%.200q: %s, want %s", c.file, got, c.want)
			}
		})
	}
}

// TestSameHoweverWritten has the same statement in other line ends, encodings and frames.
func TestSameHoweverWritten(t *testing.T) {
	sample := func(name string) string {
		b, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	unix := func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }
	latin1 := func(s string) string {
		b := []byte{}
		for _, c := range s {
			b = append(b, byte(c))
		}
		return string(b)
	}
	umlaut := func(s string) string { return strings.ReplaceAll(s, "XXX", "ÄÖÜ") }
	camt, mt, bai := sample("statements-camt053-v13-batch.xml"), sample("statements-mt940-nl.sta"), sample("statements-bai2-us.bai2")
	declared := func(encoding string) string { return strings.Replace(camt, "UTF-8", encoding, 1) }
	for _, x := range []struct{ name, a, b string }{
		{"camt with a BOM", camt, "\ufeff" + camt},
		{"camt with CRLF", camt, strings.ReplaceAll(camt, "\n", "\r\n")},
		{"camt with CR", camt, strings.ReplaceAll(camt, "\n", "\r")},
		{"camt of ISO 8859-1", camt, declared("iso-8859-1")},
		{"camt of ASCII", camt, declared("us-ascii")},
		{"camt without declaration", camt, camt[strings.Index(camt, "?>")+2:]},
		{"camt with comments", camt, strings.ReplaceAll(camt, "E2E", "E2<!-- > </Stmt> -->E")},
		{"camt with literal text", camt, strings.ReplaceAll(camt, "E2E", "<![CDATA[E2E]]>")},
		{"camt with instructions", camt, strings.ReplaceAll(camt, "<Ntry>", "<?a <Ntry> ?><Ntry>")},
		{"camt with characters", camt, strings.ReplaceAll(strings.ReplaceAll(camt, "E2E", "&#69;&#x32;E"), `Ccy="EUR"`, `x = "&gt;>" Ccy	= '&#69;UR' `)},
		{"camt with prefixes", camt, strings.ReplaceAll(strings.ReplaceAll(strings.ReplaceAll(camt, "<", "<p:"), "<p:/", "</p:"), "<p:?", "<?")},
		{"camt in Windows-1252", declared("windows-1252"), strings.ReplaceAll(declared("windows-1252"), "rate 3", "\x8drate\xa03")},
		{"MT940 with LF", mt, unix(mt)},
		{"MT940 with CR", mt, strings.ReplaceAll(unix(mt), "\n", "\r")},
		{"MT940 with a BOM", mt, "\ufeff" + mt},
		{"MT940 of ISO 8859-1", umlaut(mt), latin1(umlaut(mt))},
		{"BAI2 with CRLF", bai, strings.ReplaceAll(bai, "\n", "\r\n")},
		{"BAI2 with CR", bai, strings.ReplaceAll(bai, "\n", "\r")},
		{"BAI2 with a BOM and blanks", bai, "\ufeff \n" + bai},
		{"BAI2 of ISO 8859-1", strings.ReplaceAll(bai, "Visa", "Vißa"), latin1(strings.ReplaceAll(bai, "Visa", "Vißa"))},
	} {
		a, faultsA := readAll(t, []byte(x.a))
		b, faultsB := readAll(t, []byte(x.b))
		if len(faultsA) > 0 || len(faultsB) > 0 || len(a) == 0 {
			t.Errorf("%s: %d statements, faults %v and %v", x.name, len(a), faultsA, faultsB)
		}
		if diff := different(a, b); diff != "" {
			t.Errorf("%s: %s", x.name, diff)
		}
	}
}

func different(a, b []*match.Statement) string {
	if len(a) != len(b) {
		return fmt.Sprintf("%d and %d statements", len(a), len(b))
	}
	for i := range a {
		if x, y := fmt.Sprintf("%+v", *a[i]), fmt.Sprintf("%+v", *b[i]); x != y {
			return x + "\nand\n" + y
		}
	}
	return ""
}

func TestWindows1252(t *testing.T) {
	check(t, []clause{
		{"euro", `<?xml version="1.0" encoding="Windows-1252"?>` + camtEntries(`<Ntry>`+camtMoney+camtBooked+"<AddtlNtryInf>5 \x80 &amp; M\xfcller\x81</AddtlNtryInf></Ntry>"), "2026-11-23||3.00|text 5 € & Müller"},
		{"ISO 8859-1", `<?xml version="1.0" encoding="ISO-8859-1"?>` + camtEntries(`<Ntry>`+camtMoney+camtBooked+"<AddtlNtryInf>5 \x80 &amp; M\xfcller&#x20AC;</AddtlNtryInf></Ntry>"), "2026-11-23||3.00|text 5 & Müller€"},
	})
}

func TestFaultsAreCounted(t *testing.T) {
	if _, faults := readAll(t, []byte(camtEntries(strings.Repeat("\n<Ntry></Ntry>", 101)))); !strings.HasPrefix(faults[100].Msg, "1 more fault: ") {
		t.Errorf("%+v", faults[100])
	}
	_, faults := readAll(t, []byte(camtEntries(strings.Repeat("\n<Ntry></Ntry>", 250))))
	if len(faults) != 101 || faults[99].Line != 101 || faults[100].Code != codeMore || faults[100].Line != 102 || !strings.HasPrefix(faults[100].Msg, "150 more faults: ") {
		t.Errorf("%d faults, the last are %+v", len(faults), faults[len(faults)-2:])
	}
}

func TestLargeFile(t *testing.T) {
	for _, limit := range []int64{0, 10, 1000, 4000} {
		for _, name := range sampleNames(t) {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if int64(len(b)) <= limit {
				continue
			}
			faults, err := read(&file{emit: func(*match.Statement) error { return nil }, linesMax: linesMax}, &source{r: bytes.NewReader(b), left: limit})
			if err != nil || len(faults) == 0 || faults[len(faults)-1].Code != codeLarge {
				t.Errorf("%s, limit %d: %v, %v", name, limit, faults, err)
			}
		}
	}
}

func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	for _, name := range sampleNames(t) {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for n := 0; n < len(b); n += 97 {
			r := io.MultiReader(bytes.NewReader(b[:n]), iotest.ErrReader(broken))
			if faults, err := Read(r, func(*match.Statement) error { return nil }); !errors.Is(err, broken) || len(faults) > 0 {
				t.Errorf("%s, broken after %d bytes: %v, %v", name, n, faults, err)
			}
		}
		calls := 0
		faults, err := Read(bytes.NewReader(b), func(*match.Statement) error { calls++; return broken })
		if !errors.Is(err, broken) || calls != 1 || len(faults) > 0 {
			t.Errorf("%s: %d calls, %v, %v", name, calls, faults, err)
		}
	}
	if _, err := Read(stuck{}, nil); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a reader that gives nothing: %v", err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

// TestLinesOfAStatement holds a statement to its lines, and to what they sum to.
func TestLinesOfAStatement(t *testing.T) {
	const most = "9999999999999,99" // nearly 10^15 minor units
	if got := faultsOf(t, mtFile(strings.Repeat(":61:261123C"+most+"NMSC\n:61:261123D"+most+"NMSC\n", 510))); !strings.HasPrefix(got, "1005 too_large") {
		t.Error(got)
	}
	for _, lines := range []int{2, 3} {
		for _, text := range []string{
			mtFile(strings.Repeat(":61:261123C1,NMSC\n", lines)),
			camtEntries(strings.Repeat("<Ntry>"+camtMoney+camtBooked+"</Ntry>", lines)),
		} {
			f := &file{emit: func(*match.Statement) error { return nil }, linesMax: 2}
			faults, err := read(f, &source{r: strings.NewReader(text), left: fileMax})
			if err != nil || len(faults) != lines-2 {
				t.Errorf("%s: %v, %v", text, faults, err)
			}
		}
	}
}

type sized struct {
	io.Reader
	size int64
}

func (s sized) Size() int64 { return s.size }

// TestRoomForLines has readers that tell their size, and some that lie.
func TestRoomForLines(t *testing.T) {
	file := largeBAI2(40_000)
	if f, err := os.Open("testdata/README.md"); err != nil || sizeOf(f) < 1000 || sizeOf(os.Stdin) < 0 {
		t.Errorf("%v, %d bytes", err, sizeOf(f))
	}
	for _, size := range []int64{0, 1, int64(len(file)), 1 << 62} {
		var lines []match.Line
		faults, err := Read(sized{bytes.NewReader(file), size}, func(s *match.Statement) error {
			lines = s.Lines
			return nil
		})
		if err != nil || len(faults) > 0 || len(lines) != 40_000 || cap(lines) > linesMax+linesMax/4 {
			t.Errorf("size %d: %v, %v, %d lines, room for %d", size, faults, err, len(lines), cap(lines))
		}
		if size == int64(len(file)) && cap(lines) > 44_000 {
			t.Errorf("room for %d lines", cap(lines))
		}
	}
}
