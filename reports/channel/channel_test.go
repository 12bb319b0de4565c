package channel

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports"
)

var update = flag.Bool("update", false, "write the golden files")

// sample is a task; i makes them differ.
func sample(i int) *Row {
	r := &Row{
		TaskKey: fmt.Appendf(nil, "k%019d", i), ContactOn: civil.Of(2026, 11, 26), Language: []byte("zh-CN"), Tone: []byte("helpful"),
		Template: []byte("find_a_way"), Education: []byte("how_score_works"), Notices: []byte("opt_out"),
		Time: Time{
			EarliestLocal: []byte("2026-11-26T09:00:00+08:00"), LatestLocal: []byte("2026-11-26T20:00:00+08:00"),
			Zone: []byte("Asia/Shanghai"), UTCOffset: []byte("+08:00"), Earliest: 1_795_654_800_000_000, Latest: 1_795_694_400_000_000,
			Attempts: 2,
		},
		Debt: Debt{
			Rank: int32(i + 1), Currency: []byte("CNY"), Loans: 2, DaysPastDue: 12, Bucket: []byte("1-30"), PastDue: 123450, Total: 9876500,
			Offers: []byte("installment_plan"), Scale: 2, Digits: 2,
		},
		Next:   Next{On: civil.Of(2026, 11, 29), Amount: 50000},
		Masked: Masked{Borrower: []byte("B00****17"), WorstLoan: []byte("L00****09")},
	}
	switch i % 3 {
	case 1: // a text from outside that a spreadsheet would run, and another currency
		r.Language, r.Template = []byte("=1+1"), []byte(`@SUM(A1),"x"`)
		r.Debt.Currency, r.Debt.Digits, r.Debt.PastDue = []byte("JPY"), 0, 70000
	case 2: // as little as there may be
		r.Education, r.Notices, r.Debt.Offers, r.Debt.Bucket = nil, nil, nil, nil
		r.Next = Next{On: civil.None, Amount: reports.Null}
		r.Time = Time{Earliest: reports.Null, Latest: reports.Null}
	}
	return r
}

// lenders are columns of the lender's own, some of them hostile, by name.
var lenders = map[string]string{
	"phone_code": "86", "phone_number": "+8613800001234", "alt_phone": "86 (10) 6552-0000", "title": "Ms", "first_name": "=HYPERLINK(\"x\")",
	"middle_initial": "", "last_name": "王\t小|明", "address1": "1 Main St, Flat 2", "address2": "-5", "address3": "a\nb", "city": "上海",
	"state": "", "province": "", "postal_code": "00123", "country_code": "CN", "email": "@x.example",
}

func (f *Format) personal() (list [][]byte) {
	for i := range f.takes {
		list = append(list, []byte(lenders[f.takes[i].Name]))
	}
	return list
}

// written writes rows by a format and returns all files by name.
func written(t *testing.T, f *Format, rows int) map[string]string {
	t.Helper()
	dir := t.TempDir()
	w, err := Create(dir, f)
	if err != nil {
		t.Fatal(err)
	}
	var l Lines
	for i := range rows {
		l.Add(f, sample(i), f.personal())
	}
	if err := w.Write(&l); err != nil {
		t.Fatal(err)
	}
	out, err := w.Close()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, o := range out {
		b, err := os.ReadFile(o.Path)
		if err != nil {
			t.Fatal(err)
		}
		if int64(len(b)) != o.Bytes {
			t.Errorf("%s has %d bytes, its output says %d", o.Path, len(b), o.Bytes)
		}
		files[filepath.Base(o.Path)] = string(b)
	}
	return files
}

// TestGolden has the exact bytes of every channel's CSV and of every profile, with rows and
// without, alone and with the lender's own columns.
func TestGolden(t *testing.T) {
	formats := map[string]*Format{}
	for c := range borrower.Channels {
		formats[c.String()] = CSV(c, false)
	}
	formats["call-masked"] = CSV(borrower.Call, true)
	for i := range profiles {
		p := &profiles[i]
		o := Options{}
		if p.positional {
			o.ListID = 9001
		}
		f, err := p.Format(p.Channel, o)
		if err != nil {
			t.Fatal(err)
		}
		formats[p.Name] = f
		formats[p.Name+"-with"] = f.With()
	}
	f, err := ProfileOf("sms").Format(borrower.SMS, Options{Plus: true, Quotes: true, Masked: true})
	if err != nil {
		t.Fatal(err)
	}
	formats["sms-plus-quotes-masked-with"] = f.With()
	for name, f := range formats {
		var b strings.Builder
		for _, rows := range []int{3, 0} {
			files := written(t, f, rows)
			for _, file := range slices.Sorted(keys(files)) {
				fmt.Fprintf(&b, "-- %s of %d rows --\n%s", file, rows, files[file])
			}
		}
		golden(t, name, b.String())
	}
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs:\n%s\nwant\n%s", path, got, want)
	}
}

// TestColumnsOfTheContract repeats section 10 of the contract as text.
func TestColumnsOfTheContract(t *testing.T) {
	all := "task_key,contact_on,language,tone,template,education,notices"
	clock := ",earliest_local,latest_local,time_zone,utc_offset,earliest_at,latest_at,attempts"
	text := all + clock + ",currency,past_due_amount,next_due_on,next_due_amount"
	talk := all + clock + ",rank,currency,loans,days_past_due,past_due_amount,offers"
	handed := all + ",currency,loans,days_past_due,bucket,past_due_amount,total_outstanding"
	for channel, want := range map[borrower.Channel]string{
		borrower.SMS: text, borrower.Push: text, borrower.Email: text, borrower.InApp: text, borrower.Social: text,
		borrower.Call: talk, borrower.Visit: talk, borrower.Legal: handed, borrower.Agency: handed,
		borrower.Letter: all + ",currency,loans,days_past_due,past_due_amount,total_outstanding",
	} {
		if got := string(Header(nil, channel, false)); got != want+"\n" {
			t.Errorf("%s: got %q, want %q", channel, got, want)
		}
		if got := string(Header(nil, channel, true)); got != want+",borrower,worst_loan\n" {
			t.Errorf("%s with masked ids: got %q", channel, got)
		}
	}
}

// TestNoChannelKnowsTooMuch looks for what no channel may carry, in columns and in what the
// lender may add.
func TestNoChannelKnowsTooMuch(t *testing.T) {
	forbidden := []string{"borrower_id", "loan_id", "worst_loan_id", "borrower", "worst_loan", "hardship", "reason", "score", "birth", "employment",
		"gender", "security", "income", "identity", "segment", "priority"}
	check := func(what string, names []string) {
		for _, name := range names {
			for _, bad := range forbidden {
				if strings.Contains(name, bad) {
					t.Errorf("%s carries %s", what, name)
				}
			}
		}
	}
	for c := range borrower.Channels {
		check(c.String(), Columns(c, false))
	}
	for i := range profiles {
		for _, p := range profiles[i].Takes {
			check(profiles[i].Name, []string{p.Name})
		}
	}
	for c := range borrower.Channels { // nor does a row by its values
		line := string(AppendCSV(nil, c, false, sample(0)))
		if strings.Contains(line, "B00") || strings.Contains(line, "L00") {
			t.Errorf("%s: %s", c, line)
		}
	}
}

// TestTextsAreHarmless reads cells back: one line each, the same text but for control
// characters, and never a formula.
func TestTextsAreHarmless(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{"", ""}, {"zh-CN", "zh-CN"}, {"中文", "中文"}, {"=1+1", "'=1+1"}, {"+86", "'+86"}, {"-1", "'-1"}, {"@a", "'@a"}, {"\tx", "' x"}, {"\rx", "' x"},
		{"'=x", "''=x"}, {"'x", "'x"}, {"a,b", "a,b"}, {`a"b`, `a"b`}, {"a\r\nb", "a  b"}, {"a\x00b", "a b"}, {"a\u0085b\u2028c", "a b c"},
		{"\xff", "\ufffd"}, {" x ", " x "}, {"\n", " "}, {"x=1", "x=1"}, {"a\x7fb\x1b[31m", "a b [31m"},
	} {
		cell := AppendText(nil, []byte(x.text))
		if isFormula([]byte(x.text)) && (cell[0] != '"' || cell[1] != '\'') {
			t.Errorf("%q: %q has no quote and apostrophe", x.text, cell)
		}
		if got := readCell(t, cell); got != x.want {
			t.Errorf("%q: got %q, want %q", x.text, got, x.want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		text := make([]byte, rng.IntN(12))
		for i := range text {
			text[i] = "=+-@\t\r\n\"',; |a\x00\xe4\xb8\xad\xc2\x85"[rng.IntN(20)]
		}
		got := readCell(t, AppendText(nil, text))
		if got != "" && strings.ContainsRune("=+-@\t\r", rune(got[0])) || strings.ContainsFunc(got, func(r rune) bool { return r < ' ' }) {
			t.Fatalf("%q: %q", text, got)
		}
		field := appendField(nil, text)
		if len(field) > 0 && strings.ContainsRune("=+-@\t\r", rune(field[0])) || bytes.ContainsAny(field, "\t\r\n|\"") || !utf8.Valid(field) {
			t.Fatalf("%q: field %q", text, field)
		}
	}
}

func readCell(t *testing.T, cell []byte) string {
	t.Helper()
	if bytes.ContainsAny(cell, "\r\n") || !utf8.Valid(cell) {
		t.Fatalf("%q is more than a line of UTF-8", cell)
	}
	rows, err := csv.NewReader(strings.NewReader("x," + string(cell) + "\n")).ReadAll()
	if err != nil || len(rows) != 1 || len(rows[0]) != 2 {
		t.Fatalf("%q: %v %q", cell, err, rows)
	}
	return rows[0][1]
}

// TestWhatTheProgramMakesStaysAsItIs: an offset and a negative amount are no formulas.
func TestWhatTheProgramMakesStaysAsItIs(t *testing.T) {
	r := sample(0)
	r.Debt.PastDue = -150
	line := string(AppendCSV(nil, borrower.Call, false, r))
	if !strings.Contains(line, ",+08:00,") || !strings.Contains(line, ",-1.50,") || strings.Contains(line, "'") {
		t.Error(line)
	}
}

// TestLeadHas27Fields holds each field to its position in VICIdial's standard format.
func TestLeadHas27Fields(t *testing.T) {
	f, err := ProfileOf("vicidial").Format(borrower.Call, Options{ListID: 9001})
	if err != nil {
		t.Fatal(err)
	}
	f = f.With()
	line := strings.TrimSuffix(string(f.Append(nil, sample(0), f.personal())), "\n")
	want := map[int]string{
		1: "k0000000000000000000", 2: "20261126", 3: "9001", 4: "86", 5: "8613800001234", 6: "Ms", 7: "'=HYPERLINK( x )", 9: "王 小 明",
		10: "1 Main St, Flat 2", 11: "'-5", 12: "a b", 13: "上海", 16: "00123", 17: "CN", 20: "861065520000", 21: "'@x.example",
		23: "find_a_way 2026-11-26T20:00:00+08:00",
	}
	got := strings.Split(line, "\t")
	if len(got) != 27 {
		t.Fatalf("%d fields: %q", len(got), got)
	}
	for i, field := range got {
		if field != want[i+1] {
			t.Errorf("field %d: got %q, want %q", i+1, field, want[i+1])
		}
	}
	if len(sample(0).TaskKey) > 20 {
		t.Error("vendor_lead_code has 20 characters")
	}
}

// TestRowsBeyondTheLimitGoToASecondFile, with a header, and a control each that adds up.
func TestRowsBeyondTheLimitGoToASecondFile(t *testing.T) {
	p := *ProfileOf("genesys")
	if p.RowsMax != 1_000_000 {
		t.Errorf("a list of Genesys has a million contacts, not %d", p.RowsMax)
	}
	p.RowsMax = 4
	f, err := p.Format(borrower.Call, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for rows, want := range map[int][]string{0: {"call.genesys.csv"}, 4: {"call.genesys.csv"}, 5: {"call.genesys.csv", "call.genesys-2.csv"},
		9: {"call.genesys.csv", "call.genesys-2.csv", "call.genesys-3.csv"}} {
		files := written(t, f, rows)
		if len(files) != 2*len(want) {
			t.Errorf("%d rows: %v", rows, slices.Sorted(keys(files)))
		}
		left := rows
		for _, name := range want {
			lines := strings.Split(strings.TrimSuffix(files[name], "\n"), "\n")
			if lines[0]+"\n" != string(Header(nil, borrower.Call, false)) || len(lines)-1 != min(left, 4) {
				t.Errorf("%d rows: %s has %d lines: %s", rows, name, len(lines), lines[0])
			}
			if c := files[ControlName(name)]; !strings.Contains(c, fmt.Sprintf(`"rows": %d,`, min(left, 4))) {
				t.Errorf("%d rows: control of %s: %s", rows, name, c)
			}
			left -= len(lines) - 1
		}
	}
	for c := range borrower.Channels {
		f, err := ProfileOf("genesys").Format(c, Options{Masked: true})
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(f.With().Header(nil)), ",") + 1; n > 50 {
			t.Errorf("%s: %d columns", c, n)
		}
	}
}

// TestTotalsAreNotSilentlyWrong: what no number holds is an error.
func TestTotalsAreNotSilentlyWrong(t *testing.T) {
	f := CSV(borrower.Call, false)
	w, err := Create(t.TempDir(), f)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Abort()
	var l Lines
	for i := range 2 {
		r := sample(3 * i)
		r.Debt.PastDue = 1<<63 - 2
		l.Add(f, r, nil)
	}
	if err := w.Write(&l); err != errTotal {
		t.Error(err)
	}
}

// TestAbortLeavesNothing, of a file that is open and of those before it.
func TestAbortLeavesNothing(t *testing.T) {
	p := *ProfileOf("genesys")
	p.RowsMax = 2
	f, err := p.Format(borrower.Call, Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	w, err := Create(dir, f)
	if err != nil {
		t.Fatal(err)
	}
	var l Lines
	for i := range 5 {
		l.Add(f, sample(i), nil)
	}
	if err := w.Write(&l); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "call.genesys.csv"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(dir, f); !os.IsExist(err) {
		t.Errorf("a file is overwritten: %v", err)
	}
}

// TestBlocksDoNotChangeTheFile: lines may come in any number at a time.
func TestBlocksDoNotChangeTheFile(t *testing.T) {
	p := *ProfileOf("agency")
	p.RowsMax = 7
	f, err := p.Format(borrower.Agency, Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := written(t, f, 20)
	for _, size := range []int{1, 3, 20} {
		dir := t.TempDir()
		w, err := Create(dir, f)
		if err != nil {
			t.Fatal(err)
		}
		var l Lines
		for i := range 20 {
			l.Add(f, sample(i), nil)
			if l.Len() == size || i == 19 {
				if err := w.Write(&l); err != nil {
					t.Fatal(err)
				}
				l.Reset()
			}
		}
		out, err := w.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out {
			b, err := os.ReadFile(o.Path)
			if err != nil || string(b) != want[filepath.Base(o.Path)] {
				t.Errorf("%d at a time: %s differs (%v)", size, o.Path, err)
			}
		}
	}
}

func TestSideFiles(t *testing.T) {
	dir := t.TempDir()
	d, err := CreateDNC(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Add([]byte("k1")); err != nil {
		t.Fatal(err)
	}
	r, err := CreateRecalls(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Add([]byte("k2"), []byte("=cease"), civil.Of(2026, 11, 25)); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		close func() (reports.Output, error)
		want  string
	}{
		{d.Close, "task_key\nk1\n"}, {r.Close, "task_key,reason_code,recalled_on\nk2,\"'=cease\",2026-11-25\n"},
	} {
		o, err := x.close()
		if err != nil || o.Rows != 1 {
			t.Fatal(o, err)
		}
		if b, _ := os.ReadFile(o.Path); string(b) != x.want {
			t.Errorf("%s: %q, want %q", o.Path, b, x.want)
		}
	}
}

// TestRowsTakeNoMemory of their own, in any format.
func TestRowsTakeNoMemory(t *testing.T) {
	for i := range profiles {
		f, err := profiles[i].Format(profiles[i].Channel, Options{})
		if err != nil {
			t.Fatal(err)
		}
		r, b := sample(0), make([]byte, 0, 4096)
		if n := testing.AllocsPerRun(100, func() { b = f.Append(b[:0], r, nil) }); n > 0 {
			t.Errorf("%s: %v allocations a row", profiles[i].Name, n)
		}
	}
	r, b := sample(0), make([]byte, 0, 4096)
	for c := range borrower.Channels {
		if n := testing.AllocsPerRun(100, func() { b = AppendCSV(b[:0], c, false, r) }); n > 0 {
			t.Errorf("%s: %v allocations a row", c, n)
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, c := range []borrower.Channel{borrower.Call, borrower.SMS, borrower.Agency} {
		b.Run("channel="+c.String(), func(b *testing.B) {
			r, line := sample(0), make([]byte, 0, 4096)
			b.ReportAllocs()
			for b.Loop() {
				line = AppendCSV(line[:0], c, false, r)
			}
		})
	}
	f, err := ProfileOf("vicidial").Format(borrower.Call, Options{ListID: 9001})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("profile=vicidial", func(b *testing.B) {
		r, line := sample(0), make([]byte, 0, 4096)
		for b.Loop() {
			line = f.Append(line[:0], r, nil)
		}
	})
}
