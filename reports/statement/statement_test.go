package statement

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports/pdf"
)

var update = flag.Bool("update", false, "write the golden files")

func cents(a money.Amount) Money { return Money{a, 2} }

func balances(principal, interest, fees, penalties, credit money.Amount) Balances {
	return Balances{cents(principal), cents(interest), cents(fees), cents(penalties), cents(principal + interest + fees + penalties), cents(credit)}
}

// sample is a statement with something of everything.
func sample(language string) *Statement {
	day := func(m, d int) civil.Date { return civil.Of(2026, m, d) }
	event := func(on, posted civil.Date, kind, id string, amount, principal, interest, fees, credit, balance money.Amount) Event {
		return Event{
			ValueDate: on, PostedOn: posted, Kind: kind, ID: id, Until: civil.None, ReversedOn: civil.None, Amount: cents(amount),
			Principal: cents(principal), Interest: cents(interest), Fees: cents(fees), Penalties: cents(0), Credit: cents(credit), Balance: cents(balance),
		}
	}
	terms := Terms{
		Product: "default", Method: "annuity", DayCount: "30/360", Principal: cents(123456789), AnnualRate: "0.0725", Installments: 12, Frequency: "1M", Fee: cents(100),
		Level: cents(10696789), DisbursedOn: day(1, 1), FirstDueOn: day(2, 1), LastDueOn: civil.Of(2027, 1, 1),
	}
	changed := terms
	changed.Frequency, changed.Method, changed.AnnualRate = "1,15", "equal_principal", "0.105"
	s := &Statement{
		Kind: "statement", FormatVersion: FormatVersion, LoanID: "L<1>/\"é", Currency: "INR", Status: "active", Locale: LocaleOf(language), Terms: terms, InForce: &changed,
		Period: Period{From: day(2, 1), To: day(2, 28), AsOf: day(2, 28), Known: "now", LastNight: day(3, 2)}, Opening: balances(123456789, 745000, 0, 0, 0),
		Events: []Event{
			event(day(2, 1), day(2, 2), "repayment", "P<script>1", 1000000, -255000, -745000, 0, 0, 123201789),
			event(day(2, 9), day(2, 10), "repayment", "P2", 500000, 0, 0, 0, 0, 123201789),
			event(day(2, 10), civil.None, Accrued, "", 250000, 0, 250000, 0, 0, 123451789),
			event(day(2, 10), day(2, 20), "fee", "F1", 2500, 0, 0, 2500, 0, 123454289),
			event(day(2, 12), day(2, 12), "waiver", "W1", 500, 0, 0, -500, 0, 123453789),
			event(day(2, 14), day(2, 14), "pause", "Z1", 0, 0, 0, 0, 0, 123453789),
			event(day(2, 15), day(2, 15), "repayment", "P3", 300000, 0, 0, 0, 300000, 123453789),
			event(day(2, 28), civil.None, CreditUsed, "", 100000, -100000, 0, 0, -100000, 123353789),
		},
		Closing: balances(123101789, 250000, 2000, 0, 200000), PastDue: PastDue{cents(9000), day(2, 1), 27, 1},
		NextDues: []Due{{3, day(3, 1), cents(9900000), cents(796789), cents(100), cents(10696889)}},
		Payoff: Payoff{day(2, 28), cents(123101789), cents(250000), cents(2000), cents(0), cents(5000), cents(200000), cents(123158789),
			[]PayoffDay{{day(3, 1), cents(123183789)}, {day(3, 2), cents(123208789)}}},
		Year: Year{2026, day(1, 1), day(2, 28), cents(355000), cents(745000), cents(0), cents(0), cents(1100000), cents(995000), cents(2500), cents(0)},
	}
	s.Language = s.Locale.Language
	s.Events[1].ReversedOn, s.Events[1].ReversedBy = day(2, 20), "V1"
	s.Events[3].Late = true
	s.Events[4].Component = "fee"
	s.Events[5].Until = day(4, 1)
	stated := balances(123456789, 700000, 0, 0, 0)
	s.OpeningStated = &stated
	return s
}

// writers are made once: the fonts of a PDF take a while to read.
var writers = map[Format]*Writer{}

func write(t *testing.T, f Format, s *Statement) []byte {
	t.Helper()
	w := writers[f]
	if w == nil {
		var err error
		if w, err = NewWriter(f, nil); err != nil {
			t.Fatal(err)
		}
		writers[f] = w
	}
	data, err := w.Write(s)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestGolden(t *testing.T) {
	for _, language := range Languages() {
		for _, f := range []Format{HTML, JSON} {
			if f == JSON && language != "en" {
				continue
			}
			path := filepath.Join("testdata", language+"."+string(f))
			got := write(t, f, sample(language))
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
				t.Errorf("%s is not what is written; look at the difference, then -update", path)
			}
		}
	}
}

// TestLanguagesAreComplete: each has the words of English, with the same places in them,
// and a glyph for each letter.
func TestLanguagesAreComplete(t *testing.T) {
	place := regexp.MustCompile(`%[sd]`)
	for _, language := range Languages() {
		for key, word := range english.words {
			other, ok := texts[language].words[key]
			if !ok || strings.TrimSpace(other) == "" {
				t.Errorf("%s has no text %s", language, key)
			}
			if got, want := place.FindAllString(other, -1), place.FindAllString(word, -1); !slices.Equal(got, want) {
				t.Errorf("%s: %s has the places %v, want %v", language, key, got, want)
			}
		}
		if got, want := len(texts[language].words), len(english.words); got != want {
			t.Errorf("%s has %d texts, want %d", language, got, want)
		}
		for _, status := range []string{"active", "settled", "overpaid", "charged_off", "written_off"} {
			s := sample(language)
			s.Status = status
			write(t, PDF, s)
			page, says := string(write(t, HTML, s)), s.Locale.say("payoff_on", s.Locale.Date(s.Payoff.On))
			if status == "charged_off" {
				s.Recovered = true
				write(t, PDF, s)
				again := string(write(t, HTML, s))
				for _, key := range []string{"note_charged_off", "note_recovered"} {
					if says := s.Locale.say(key); strings.Contains(page, says) == strings.Contains(again, says) {
						t.Errorf("%s: a loan that is recovered and one that is not both say, or do not say: %s", language, says)
					}
				}
				if left := s.Locale.say("note_left_over", s.Locale.Amount(s.Payoff.Credit, s.Currency)); strings.Contains(again, left) != (s.Payoff.Credit.Amount > 0) {
					t.Errorf("%s: of a loan with %s of credit it says or does not say: %s", language, s.Locale.Number(s.Payoff.Credit), left)
				}
			}
			if off := strings.HasSuffix(status, "_off"); strings.Contains(page, says) == off {
				t.Errorf("%s: the page of a loan that is %s says %q: %v", language, status, says, !off)
			}
		}
	}
}

func TestLocales(t *testing.T) {
	big, rate := cents(-1234567890), "0.0725"
	for _, x := range []struct{ tag, language, number, small, date, percent string }{
		{"", "en", "−12,345,678.90", "1,234.50", "5 Feb 2026", "7.25%"}, {"fr-FR", "en", "−12,345,678.90", "1,234.50", "5 Feb 2026", "7.25%"},
		{"en_US", "en", "−12,345,678.90", "1,234.50", "Feb 5, 2026", "7.25%"}, {"EN-IN", "en", "−1,23,45,678.90", "1,234.50", "5 Feb 2026", "7.25%"},
		{"zh-Hant-TW", "zh", "−12,345,678.90", "1,234.50", "2026年2月5日", "7.25%"}, {"de", "de", "−12.345.678,90", "1.234,50", "05.02.2026", "7,25 %"},
		{"de-CH", "de", "−12’345’678.90", "1’234.50", "05.02.2026", "7.25 %"}, {"es-AR", "es", "−12.345.678,90", "1234,50", "05/02/2026", "7,25 %"},
		{"es-419-MX", "es", "−12,345,678.90", "1,234.50", "05/02/2026", "7.25 %"}, {"hi-IN", "hi", "−1,23,45,678.90", "1,234.50", "5 फ़र॰ 2026", "7.25%"},
	} {
		l := LocaleOf(x.tag)
		plain := func(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }
		got := []string{l.Language, l.Number(big), l.Number(cents(123450)), plain(l.Date(civil.Of(2026, 2, 5))), plain(l.Percent(rate))}
		if want := []string{x.language, x.number, x.small, x.date, x.percent}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", x.tag, got, want)
		}
	}
	l := LocaleOf("en")
	for rate, want := range map[string]string{"0": "0%", "0.12": "12%", "1.5": "150%", "0.005": "0.5%", "0.123456789": "12.3456789%"} {
		if got := l.Percent(rate); got != want {
			t.Errorf("%s: %s, want %s", rate, got, want)
		}
	}
	if got := l.Amount(Money{1234567, 0}, "JPY") + l.Amount(Money{1234567, 3}, "KWD"); got != "JPY\u00a01,234,567KWD\u00a01,234.567" {
		t.Errorf("digits of currencies: %q", got)
	}
}

// TestStatementTiesOrPanics proves that the check fires.
func TestStatementTiesOrPanics(t *testing.T) {
	sample("en").Check()
	for name, spoil := range map[string]func(s *Statement){
		"opening": func(s *Statement) { s.Opening.Interest.Amount++; s.Opening.Owed.Amount++ },
		"line":    func(s *Statement) { s.Events[2].Balance.Amount++ },
		"parts":   func(s *Statement) { s.Events[2].Fees.Amount--; s.Events[2].Interest.Amount++ },
		"credit":  func(s *Statement) { s.Closing.Credit.Amount++ },
		"owed":    func(s *Statement) { s.Closing.Owed.Amount++ },
		"lost":    func(s *Statement) { s.Events = s.Events[1:] },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: a statement that does not tie is written", name)
				}
			}()
			s := sample("en")
			spoil(s)
			write(t, HTML, s)
		}()
	}
}

// TestHostileTexts: what a names file or an id says is text, and nothing else.
func TestHostileTexts(t *testing.T) {
	s := sample("en")
	s.Addressee = []string{`</p><script>alert(1)</script>`, "a\x1b[2Jb\u202ec", `" onload="x`, `(\) Tj ET <</JS (x)>> endobj`}
	page := string(write(t, HTML, s))
	for _, bad := range []string{"<script", "\x1b", "\u202e", `" onload`, "P<s"} {
		if strings.Contains(page, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
	for _, good := range []string{"&lt;script&gt;", `\x1b`, `\u202e`} {
		if !strings.Contains(page, good) {
			t.Errorf("the page lacks %q", good)
		}
	}
	if again := write(t, PDF, s); bytes.Contains(again, []byte("/JS")) {
		t.Error("a text became an object")
	}
	var object struct {
		Addressee []string `json:"addressee"`
	}
	if err := json.Unmarshal(write(t, JSON, s), &object); err != nil || len(object.Addressee) != 4 || strings.Contains(object.Addressee[1], "\x1b") {
		t.Errorf("%v: %q", err, object.Addressee)
	}
}

// TestNothingFromOutside: no file refers to another.
func TestNothingFromOutside(t *testing.T) {
	for _, language := range Languages() {
		page := string(write(t, HTML, sample(language)))
		for _, bad := range []string{"http://", "https://", "<img", "<link", "<script", "url(", "@import", "src="} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: the page has %q", language, bad)
			}
		}
		data := write(t, PDF, sample(language))
		for _, bad := range []string{"/URI", "/Launch", "/GoToR", "/JavaScript", "/EmbeddedFile", "/Encrypt"} {
			if bytes.Contains(data, []byte(bad)) {
				t.Errorf("%s: the PDF has %s", language, bad)
			}
		}
	}
}

// TestMissingLetters: a PDF says which letters no font has, where another has them it is given.
func TestMissingLetters(t *testing.T) {
	s := sample("en")
	s.Addressee = []string{"王\U00020bb7 \u0e01\u0e02"}
	w, err := NewWriter(PDF, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = w.Write(s)
	var missing *pdf.MissingError
	if !errors.As(err, &missing) || !slices.Equal(missing.Letters, []rune{0x20bb7, 0xe01, 0xe02}) {
		t.Errorf("%v", err)
	}
	if _, err := NewWriter(PDF, []byte("OTTO no font")); err == nil {
		t.Error("what is no font is taken")
	}
	write(t, HTML, s)
}

// TestMarks: a file says whose statement it is near its beginning.
func TestMarks(t *testing.T) {
	for _, f := range Formats {
		s := sample("zh")
		if i := bytes.Index(write(t, Format(f), s), []byte(s.Mark())); i < 0 || i+len(s.Mark()) > MarkWithin {
			t.Errorf("%s: its mark is at %d", f, i)
		}
	}
	if a, b := Name("a/b", HTML), Name("..\x00é", PDF); a != "a%2Fb.html" || b != "%2E.%00%C3%A9.pdf" {
		t.Errorf("%s, %s", a, b)
	}
	if len(Name(strings.Repeat("é", 32), HTML)) > 255 {
		t.Error("a file's name is too long")
	}
}

// TestPDFIsRead has another program read the text of each PDF: every figure of the page is
// there, in the order of the page, in every script.
func TestPDFIsRead(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("there is no pdftotext here")
	}
	for _, language := range Languages() {
		s := sample(language)
		s.Addressee = []string{"अनिता शर्मा क्षेत्र", "张伟", "Łukasz Đặng"}
		path := filepath.Join(t.TempDir(), "s.pdf")
		if err := os.WriteFile(path, write(t, PDF, s), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), tool, "-raw", path, "-").Output()
		if err != nil || !utf8.Valid(out) {
			t.Fatalf("%s: %v", language, err)
		}
		squeeze := func(s string) string {
			return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '\n' || r == '\f' || r == 0xa0 }), "")
		}
		got := squeeze(string(out))
		p := compose(s)
		var want []string
		want = append(want, p.Addressee...)
		want = append(want, p.Title, p.Lead)
		for _, c := range p.Cards {
			want = append(want, c.Value)
		}
		for _, sec := range p.Sections {
			want = append(want, sec.Title)
			for _, tab := range sec.Tables {
				for _, r := range tab.Rows {
					for _, c := range r.Cells {
						want = append(want, c.Text)
					}
				}
			}
		}
		for _, text := range want {
			if !strings.Contains(got, squeeze(text)) {
				t.Errorf("%s: the PDF lacks %q", language, text)
			}
		}
	}
}

// TestSameBytes: a statement has the same bytes whatever was written before it.
func TestSameBytes(t *testing.T) {
	w, err := NewWriter(PDF, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"hi", "zh", "en", "hi"} {
		got, err := w.Write(sample(language))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, write(t, PDF, sample(language))) {
			t.Errorf("%s: other bytes", language)
		}
	}
}

// TestLongHistories: a table goes on over pages, with its head on each; large amounts and
// long ids have room.
func TestLongHistories(t *testing.T) {
	s := sample("de")
	last := s.Events[len(s.Events)-1]
	for range 200 {
		e := Event{ValueDate: last.ValueDate, PostedOn: last.ValueDate, Kind: "pause", ID: strings.Repeat("0123456789abcdef", 4), Until: civil.None, ReversedOn: civil.None}
		e.Amount, e.Principal, e.Interest, e.Fees, e.Penalties, e.Credit, e.Balance = cents(0), cents(0), cents(0), cents(0), cents(0), cents(0), last.Balance
		s.Events = append(s.Events, e)
	}
	for _, b := range []*Balances{&s.Opening, &s.Closing} {
		b.Principal.Amount += 9e15
		b.Owed.Amount += 9e15
	}
	for i := range s.Events {
		s.Events[i].Balance.Amount += 9e15
	}
	data := write(t, PDF, s)
	if pages := bytes.Count(data, []byte("/Type /Page ")); pages < 6 || pages > 20 {
		t.Errorf("%d pages", pages)
	}
}

// What is said last stays together: on the page where there is room for all of it, else on one of its own.
func TestFootStaysTogether(t *testing.T) {
	fonts, err := pdf.Load()
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{"One line.", strings.Repeat("Many words of it. ", 30), "这段时间内，您的贷款（默认）发生了什么？"}
	w := &sheet{doc: pdf.New(fonts, pdf.Info{})}
	w.newPage()
	from := w.y
	w.foot(texts)
	tall, turned := w.y-from, 0
	for y := bottom - 2*tall; y < bottom; y += pt {
		w := &sheet{doc: pdf.New(fonts, pdf.Info{})}
		w.newPage()
		w.y = y
		w.foot(texts)
		switch {
		case y+tall <= bottom && (len(w.doc.Pages()) != 1 || w.y != y+tall), y+tall > bottom && (len(w.doc.Pages()) != 2 || w.y != margin+tall):
			t.Errorf("from %d: %d pages, to %d", y, len(w.doc.Pages()), w.y)
		case len(w.doc.Pages()) == 2:
			turned++
		}
	}
	if turned < 10 {
		t.Errorf("%d times on a page of its own", turned)
	}
}

func TestWrapKeepsEverything(t *testing.T) {
	fonts, err := pdf.Load()
	if err != nil {
		t.Fatal(err)
	}
	w := &sheet{doc: pdf.New(fonts, pdf.Info{})}
	for _, text := range []string{"one two  three", strings.Repeat("x", 90), "这段时间内，您的贷款（默认）发生了什么？", "पूरा चुकाने में कितना लगेगा और क्षत्रिय", "", "a " + strings.Repeat("क्षि", 40)} {
		for width := 3 * pt; width < 300*pt; width *= 2 {
			lines := w.wrap(text, 8*pt, width)
			strip := func(s string) string { return strings.ReplaceAll(s, " ", "") }
			if got := strip(strings.Join(lines, "")); got != strip(text) {
				t.Errorf("%q at %s: %q", text, width, lines)
			}
		}
	}
	if got, want := w.wrap("（默认）发生", 8*pt, 17*pt), []string{"（默", "认）", "发生"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
