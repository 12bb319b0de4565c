package workbook

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"

	"pgregory.net/rapid"
)

var testDate = civil.Of(2026, 11, 23)

func testCover() *Cover {
	return &Cover{
		BusinessDate: testDate, Software: "daybook 1.2.3",
		Facts: []Fact{{"Policy", "=cmd"}, {"Policy digest", "abc"}, {"Queue key", ""}},
		Sections: []Section{
			Packs([]Pack{{Name: "cn", Title: "五级分类", Fills: "classification", Digest: "dd", Posts: true}}),
			Readings(nil),
		},
	}
}

func written(t testing.TB, c *Cover, tables ...Table) []byte {
	t.Helper()
	scratch := t.TempDir()
	var b bytes.Buffer
	if err := Write(&b, scratch, c, tables); err != nil {
		t.Fatal(err)
	}
	isEmpty(t, scratch)
	return b.Bytes()
}

func isEmpty(t testing.TB, dir string) {
	t.Helper()
	if list, err := os.ReadDir(dir); err != nil || len(list) > 0 {
		t.Errorf("the scratch folder has %v, error %v", list, err)
	}
}

func column(name string, kind reports.Kind, digits int) reports.Column {
	return reports.Column{Name: name, Kind: kind, Digits: digits, Optional: true}
}

// oneOfEach has a column of each kind.
func oneOfEach() *reports.Table {
	t := &reports.Table{Name: "one_of_each", Columns: []reports.Column{
		column("business_date", reports.Date, 0), column("currency", reports.Coded, 0), column("note", reports.Text, 0),
		column("months", reports.Count, 0), column("loans", reports.Number, 0), column("amount", reports.Amount, 3),
		column("share", reports.Rate, 6), column("at", reports.Instant, 0), column("tied", reports.Bool, 0),
	}}
	t.Append(testDate, "USD", "plain", -3, 1_234_567, 1_234_560, 123_456, 0, 1)
	t.Append(testDate, "JPY", "=1+1", 0, 0, -5_000, 1_500_000, nil, 0)
	t.Append(testDate, "KWD", " spaces ", 1, nil, 7, nil, nil, 0)
	t.Append(testDate, "USD", "sub-cent", 1, 1, 1_001, 0, nil, 0)
	t.Append(testDate, "XYZ", "", 1, 1, 12_000, -1, nil, 0)
	t.Append(nil, nil, "no currency", 1, 999_999_999_999_999, 2_000, 5, nil, 1)
	t.Append(testDate, "USD", "too many digits", 1, 1_234_567_890_123_456, 1_234_567_890_123_456, 1_234_567_890_123_456, nil, 1)
	return t
}

// What stands in each cell: its value, its kind, and the format in which it is shown.
func TestCells(t *testing.T) {
	b := read(t, written(t, testCover(), Of(oneOfEach())))
	s := b.sheet(t, "one_of_each")
	want := []string{
		"business_date|currency|note|months|loans|amount|share|at|tied",
		"46349 yyyy-mm-dd|'USD|'plain|-3 #,##0|1234567 #,##0|1234.56 #,##0.00|0.123456 0.00%|'1970-01-01T00:00:00Z|TRUE",
		"46349 yyyy-mm-dd|'JPY|'=1+1|0 #,##0|0 #,##0|-5 #,##0|1.5 0.00%||FALSE",
		"46349 yyyy-mm-dd|'KWD|' spaces |1 #,##0||0.007 #,##0.000|||FALSE",
		"46349 yyyy-mm-dd|'USD|'sub-cent|1 #,##0|1 #,##0|1.001 #,##0.000|0 0.00%||FALSE",
		"46349 yyyy-mm-dd|'XYZ||1 #,##0|1 #,##0|12 #,##0.000|-0.000001 0.00%||FALSE",
		"||'no currency|1 #,##0|999999999999999 #,##0|2 #,##0.000|0.000005 0.00%||TRUE",
		"46349 yyyy-mm-dd|'USD|'too many digits|1 #,##0|>1234567890123456|>1234567890123.456|>1234567890.123456||TRUE",
	}
	for i, line := range want {
		if i == 0 {
			line = "*" + strings.ReplaceAll(line, "|", "|*")
		}
		if got := s.line(i + 1); got != line {
			t.Errorf("row %d is\n%s, want\n%s", i+1, got, line)
		}
	}
	if got := len(s.Rows); got != len(want) {
		t.Errorf("%d rows, want %d", got, len(want))
	}
	if s.Frozen != "A2" || s.Filter != "A1:I8" {
		t.Errorf("frozen at %q, filters %q", s.Frozen, s.Filter)
	}
	if got := b.names["one_of_each"]; got != "'one_of_each'!$A$1:$I$8" {
		t.Errorf("the filter's name is of %s", got)
	}
	if w := s.width(3); w < 16 || w > 20 {
		t.Errorf("a column of 16 letters is %v wide", w)
	}
}

// Texts come back as they were, and none is a formula; what XML can't hold is shown as such.
func TestTextsAreNoFormulas(t *testing.T) {
	texts := map[string]string{
		"=1+1": "", "+1": "", "-1": "", "@SUM(A1)": "", "'=1": "", "=HYPERLINK(\"http://x\")": "", "=cmd|' /C calc'!A0": "",
		"\ttab": "", " lead": "", "trail ": "", "a\nb": "", "_x000D_": "", "_x0041_ _x005F_": "", "</t></is><f>1</f>": "", "&amp;": "", "借款人 😀": "",
		"1e5": "", "00123": "", "2026-01-01": "", "TRUE": "", "]]>": "", "cr\r\n": "",
		"bell\a": "bell\uFFFD", "bad\xff": "bad\uFFFD",
	}
	table := &reports.Table{Name: "texts", Columns: []reports.Column{column("a", reports.Text, 0), column("b", reports.Coded, 0)}}
	var list []string
	for text := range texts {
		list = append(list, text)
	}
	slices.Sort(list)
	for _, text := range list {
		table.Append(text, text)
	}
	raw := written(t, testCover(), Of(table))
	b := read(t, raw)
	s := b.sheet(t, "texts")
	for i, text := range list {
		want := texts[text]
		if want == "" {
			want = text
		}
		for k, c := range s.Rows[i+1].Cells {
			if c.Type != "inlineStr" || c.text() != want || b.formats[c.Style] != "@" {
				t.Errorf("%q, column %d: %q of type %s, format %s", text, k, c.text(), c.Type, b.formats[c.Style])
			}
		}
	}
	for name, sheet := range b.sheets {
		for _, r := range sheet.Rows {
			for _, c := range r.Cells {
				if c.Formula != nil {
					t.Errorf("%s has a formula: %s", name, *c.Formula)
				}
			}
		}
	}
}

// A text of any length and letters comes back whole, up to what a cell holds.
func TestLongTexts(t *testing.T) {
	for _, x := range []struct {
		text string
		want int // UTF-16 units
		cut  bool
	}{
		{strings.Repeat("x", textMax), textMax, false}, {strings.Repeat("x", textMax+1), textMax, true},
		{strings.Repeat("é", textMax), textMax, false}, {strings.Repeat("😀", textMax/2), textMax - 1, false},
		{strings.Repeat("😀", textMax/2+1), textMax, true},
	} {
		table := &reports.Table{Name: "long", Columns: []reports.Column{column("a", reports.Text, 0)}}
		table.Append(x.text)
		got := read(t, written(t, testCover(), Of(table))).sheet(t, "long").Rows[1].Cells[0].text()
		units := 0
		for _, r := range got {
			units++
			if r > 0xFFFF {
				units++
			}
		}
		if units != x.want || strings.HasSuffix(got, "…") != x.cut || !utf8.ValidString(got) || !x.cut && got != x.text {
			t.Errorf("%d bytes come back as %d units, ending in %q", len(x.text), units, got[len(got)-4:])
		}
	}
}

// Figures lose nothing: the number in the file is the decimal, or the cell is its text.
func TestFiguresAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		units := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1e15, 1e15), rapid.Int64Range(-1e5, 1e5)).Draw(t, "units")
		digits := rapid.IntRange(0, digitsMax).Draw(t, "digits")
		if units == reports.Null {
			return
		}
		s := &styles{exact: 1, figures: [digitsMax + 1]int{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}}
		value, width := s.figure(units, digits, digits)
		c := cellOf(value)
		want := reports.Decimal(units, digits, digits)
		if holds(units) != (c.StyleID == 2) || width < len(want) {
			t.Fatalf("%s has style %d, width %d", want, c.StyleID, width)
		}
		got := fmt.Sprint(c.Value)
		if f, ok := c.Value.(float64); ok {
			got = fmt.Sprintf("%.*f", digits, f)
			if f == 0 {
				got = strings.TrimPrefix(got, "-")
			}
		}
		if got != want {
			t.Fatalf("%s comes out as %s", want, got)
		}
	})
}

// Days are those that a spreadsheet counts.
func TestDays(t *testing.T) {
	s := new(styles)
	for d, want := range map[civil.Date]any{
		civil.Of(1900, 1, 1): int64(1), civil.Of(1900, 2, 28): int64(59), civil.Of(1900, 3, 1): int64(61), civil.Of(2008, 1, 1): int64(39448),
		civil.Of(9999, 12, 31): int64(2958465), civil.Of(1899, 12, 31): "1899-12-31",
	} {
		value, _ := s.day(d)
		if got := cellOf(value).Value; got != want {
			t.Errorf("%s is %v, want %v", d, got, want)
		}
	}
}

// manyRows is a table whose rows come in batches of a size.
func manyRows(name string, rows, size int) Table {
	t := Of(&reports.Table{Name: name, Columns: []reports.Column{column("n", reports.Number, 0), column("text", reports.Text, 0)}})
	t.CSV, t.SHA256 = "regulatory/"+name+".csv", "1234"
	t.Rows = func(add func([]reports.Column) error) error {
		for from := 0; from < rows; from += size {
			b := &reports.Table{Columns: slices.Clone(t.Columns)}
			for i := from; i < min(rows, from+size); i++ {
				b.Append(i, fmt.Sprintf("row %d", i))
			}
			if err := add(b.Columns); err != nil {
				return err
			}
		}
		return nil
	}
	return t
}

// The same tables are the same bytes, however often they are written and however their rows
// are cut, whether they are written from memory or not.
func TestSameBytes(t *testing.T) {
	tables := func(size int) []Table {
		return []Table{
			Of(oneOfEach()), manyRows("small", headRows, size), manyRows("large", headRows+1, size), manyRows("larger", 3*headRows, size),
			manyRows("none", 0, size),
		}
	}
	want := written(t, testCover(), tables(7)...)
	for i := range 12 {
		if got := written(t, testCover(), tables(1+i*i*31)...); !bytes.Equal(got, want) {
			t.Fatalf("written again with batches of %d rows, %d bytes differ from %d", 1+i*i*31, len(got), len(want))
		}
	}
	b := read(t, want)
	for name, rows := range map[string]int{"small": headRows, "large": headRows + 1, "larger": 3 * headRows, "none": 0} {
		s := b.sheet(t, name)
		if len(s.Rows) != rows+1 || s.Frozen != "A2" || s.Filter != fmt.Sprintf("A1:B%d", rows+1) || s.Selected {
			t.Errorf("%s has %d rows, frozen %q, filter %q, selected %v", name, len(s.Rows), s.Frozen, s.Filter, s.Selected)
		}
		for i := range rows {
			if got, want := s.line(i+2), fmt.Sprintf("%d #,##0|'row %d", i, i); got != want {
				t.Fatalf("%s: row %d is %s, want %s", name, i, got, want)
			}
		}
		if got, want := b.names[name], fmt.Sprintf("'%s'!$A$1:$B$%d", name, rows+1); got != want {
			t.Errorf("the filter's name is of %s, want %s", got, want)
		}
	}
	if other := written(t, &Cover{BusinessDate: testDate + 1, Software: "daybook 1.2.3"}, tables(7)...); bytes.Equal(other, want) {
		t.Error("another day has the same bytes")
	}
}

// A table that no sheet holds is named, with its CSV, and the others are there.
func TestTooManyRows(t *testing.T) {
	for _, x := range []struct{ rows, rowsMax int }{{11, 10}, {headRows + 11, headRows + 10}} {
		for _, over := range []bool{true, false} {
			rowsMax := int64(x.rowsMax)
			if !over {
				rowsMax++
			}
			var out bytes.Buffer
			scratch := t.TempDir()
			if err := write(&out, scratch, testCover(), []Table{manyRows("many", x.rows, 6), manyRows("few", 3, 6)}, rowsMax); err != nil {
				t.Fatal(err)
			}
			isEmpty(t, scratch)
			b := read(t, out.Bytes())
			note := fmt.Sprintf("not in the workbook: %s rows, and a sheet holds %s; open the CSV", grouped(int64(x.rows)), grouped(rowsMax))
			s := b.sheet(t, "many")
			if over && (len(s.Rows) != 1 || s.line(1) != "'many is "+note+": regulatory/many.csv") || !over && len(s.Rows) != x.rows+1 {
				t.Errorf("%d rows, at most %d: %d rows, the first is %s", x.rows, rowsMax, len(s.Rows), s.line(1))
			}
			if got := strings.Contains(b.sheet(t, ReadMe).all(), "'"+note); got != over {
				t.Errorf("%d rows, at most %d: the first sheet says so: %v", x.rows, rowsMax, got)
			}
			if got := len(b.sheet(t, "few").Rows); got != 4 {
				t.Errorf("the other sheet has %d rows", got)
			}
		}
	}
}

// The first sheet says what the night is, what is given, and which sheets there are.
func TestReadMe(t *testing.T) {
	totals, err := Totals(&reports.ControlTotals{
		Currencies: []reports.CurrencyTotals{{
			Currency: "JPY", Debits: reports.TieOf(100_00, 100_00, 2, "JPY"), Credits: reports.TieOf(100_00, 100_00, 2, "JPY"),
			Principal: reports.TieOf(7_00, 8_00, 2, "JPY"), Interest: reports.TieOf(0, 0, 2, "JPY"), Fees: reports.TieOf(0, 0, 2, "JPY"),
			Penalties: reports.TieOf(0, 0, 2, "JPY"), Credit: reports.TieOf(0, 0, 2, "JPY"), Suspense: reports.TieOf(0, 0, 2, "JPY"),
		}},
		Queue: []reports.QueueControl{{
			Currency: "JPY", TapePastDue: "12", Tied: true, Reminders: reports.QueueSum{PastDue: "3"},
			Places: []reports.QueuePlace{{QueueSum: reports.QueueSum{PastDue: "10"}}, {QueueSum: reports.QueueSum{PastDue: "5"}}},
		}},
	}, 2)
	if err != nil {
		t.Fatal(err)
	}
	rows := Rows(&reports.ControlTotals{Files: []reports.FileTotals{
		{Kind: "loans", RowsIn: 5, Applied: 5}, {Kind: "repayments", RowsIn: 3, Applied: 1, Duplicates: 1, Rejected: 1},
		{Kind: "repayments", RowsIn: 2, Held: 1},
	}})
	c := testCover()
	c.Sections = append(c.Sections, totals, rows, Readings([]Reading{{"cn", "substandard_days", "art. 8", "days fall"}}))
	table := Of(oneOfEach())
	table.CSV, table.SHA256 = "regulatory/one_of_each.csv", "beef"
	b := read(t, written(t, c, table))
	if b.order[0] != ReadMe || !b.sheet(t, ReadMe).Selected {
		t.Errorf("the sheets are %v", b.order)
	}
	all := b.sheet(t, ReadMe).all()
	for _, want := range []string{
		"*Regulatory tables of 2026-11-23\n'Business date|46349 yyyy-mm-dd\n'Policy|'=cmd\n'Policy digest|'abc\n'Made by|'daybook 1.2.3\n",
		"*Rule packs\n*pack|*title|*fills|*posts|*illustrative|*sha256\n'cn|'五级分类|'classification|TRUE|FALSE|'dd\n",
		"*Control totals\n*currency|*total|*amount|*must_equal|*of|*tied\n'JPY|'debits|100 #,##0|100 #,##0|'GL|TRUE\n",
		"'JPY|'principal|7 #,##0|8 #,##0|'GL|FALSE\n", "'JPY|'past due in the queue|12 #,##0|12 #,##0|'tape|TRUE\n",
		"'loans|5 #,##0|5 #,##0|0 #,##0|0 #,##0|0 #,##0|TRUE\n'repayments|5 #,##0|1 #,##0|1 #,##0|1 #,##0|1 #,##0|FALSE\n",
		"*For counsel to confirm\n'These rules are in force tonight, and the law can be read otherwise.\n*pack|*rule|*cite|*to_confirm\n'cn|'substandard_days|'art. 8|'days fall\n",
		"*Sheets\n*sheet|*rows|*csv|*note|*sha256_of_csv\n'one_of_each|7 #,##0|'regulatory/one_of_each.csv||'beef\n",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("the first sheet has not\n%s, but\n%s", want, all)
		}
	}
	if all := read(t, written(t, testCover())).sheet(t, ReadMe).all(); strings.Contains(all, "counsel") || strings.Contains(all, "Sheets") {
		t.Errorf("sections without rows are shown: %s", all)
	}
	if _, err := Totals(&reports.ControlTotals{Currencies: []reports.CurrencyTotals{{Currency: "JPY"}}}, 2); err == nil {
		t.Error("a total that is no decimal is taken")
	}
}

// The file says of itself only what the night says, and no part has the time of the day.
func TestNothingOfTheMachine(t *testing.T) {
	c := testCover()
	c.Software = "daybook 1.2.3 (<&>)"
	b := read(t, written(t, c, Of(oneOfEach())))
	for part, want := range map[string][]string{
		"docProps/core.xml": {">2026-11-23T00:00:00Z</dcterms:created>", ">2026-11-23T00:00:00Z</dcterms:modified>",
			"<dc:creator>daybook 1.2.3 (&lt;&amp;&gt;)</dc:creator>", "<cp:lastModifiedBy>daybook 1.2.3 (&lt;&amp;&gt;)</cp:lastModifiedBy>"},
		"docProps/app.xml": {"<Application>daybook</Application>"},
	} {
		for _, text := range want {
			if !strings.Contains(b.parts[part], text) {
				t.Errorf("%s has not %s: %s", part, text, b.parts[part])
			}
		}
	}
	if b.partOrder[0] != contentTypes || !slices.IsSorted(b.partOrder[1:]) {
		t.Errorf("the parts come as %v", b.partOrder)
	}
	for name, at := range b.modified {
		if at != "2026-11-23 00:00:00" {
			t.Errorf("%s is of %s", name, at)
		}
	}
}

// Two tables whose names are one as sheets are refused, long names are cut.
func TestNamesOfSheets(t *testing.T) {
	long := strings.Repeat("n", 40)
	b := read(t, written(t, testCover(), manyRows(long, 1, 1)))
	if got := b.order[1]; got != long[:nameMax] {
		t.Errorf("the sheet is %s", got)
	}
	for _, names := range [][2]string{{"a", "a"}, {"a", "A"}, {long, long + "x"}} {
		scratch := t.TempDir()
		err := Write(io.Discard, scratch, testCover(), []Table{manyRows(names[0], 1, 1), manyRows(names[1], 1, 1)})
		if err == nil || !strings.Contains(err.Error(), "already") {
			t.Errorf("%v: %v", names, err)
		}
		isEmpty(t, scratch)
	}
}

// An error of the rows, or of the file, is the error of the workbook, and leaves nothing.
func TestErrors(t *testing.T) {
	broken := errors.New("broken")
	bad := manyRows("bad", 2*headRows, 100)
	rows := bad.Rows
	bad.Rows = func(add func([]reports.Column) error) error { return errors.Join(rows(add), broken) }
	scratch := t.TempDir()
	if err := Write(io.Discard, scratch, testCover(), []Table{bad}); !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "sheet bad: ") {
		t.Errorf("rows that break off: %v", err)
	}
	isEmpty(t, scratch)
	if err := Write(failing{broken}, scratch, testCover(), []Table{manyRows("a", 5, 5)}); !errors.Is(err, broken) {
		t.Errorf("a file that can't be written: %v", err)
	}
	isEmpty(t, scratch)
	if err := Write(io.Discard, scratch+"/none", testCover(), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no scratch folder: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// Amounts of every currency show the digits that ISO 4217 has for it.
func TestDigitsOfCurrencies(t *testing.T) {
	table := &reports.Table{Name: "digits", Columns: []reports.Column{column("currency", reports.Coded, 0), column("amount", reports.Amount, 4)}}
	currencies := []string{"JPY", "USD", "KWD", "CLF", "CNY"}
	for _, c := range currencies {
		table.Append(c, 5_0000)
	}
	s := read(t, written(t, testCover(), Of(table))).sheet(t, "digits")
	for i, c := range currencies {
		digits, ok := money.Digits(c)
		want := "5 #,##0"
		if digits > 0 {
			want += "." + strings.Repeat("0", digits)
		}
		if got := s.line(i + 2); !ok || got != "'"+c+"|"+want {
			t.Errorf("%s: %s, want %s", c, got, want)
		}
	}
}
