package charts

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/reports"
)

var update = flag.Bool("update", false, "write the golden files anew")

// table makes a table from its heads and rows. A head's last letter is its kind: t text, n number, a amount, r
// rate, d date, b bool.
func table(name, heads string, rows ...[]any) *reports.Table {
	t := &reports.Table{Name: name}
	kinds := map[string]reports.Column{
		"t": {Kind: reports.Coded, Optional: true}, "n": {Kind: reports.Number}, "a": {Kind: reports.Amount, Digits: 2}, "r": {Kind: reports.Rate, Digits: 6},
		"d": {Kind: reports.Date}, "b": {Kind: reports.Bool}, "c": {Kind: reports.Count},
	}
	for _, h := range strings.Fields(heads) {
		name, kind, _ := strings.Cut(h, ":")
		c := kinds[kind]
		c.Name = name
		t.Columns = append(t.Columns, c)
	}
	for _, r := range rows {
		t.Append(r...)
	}
	return t
}

// The heads of the tables that are drawn, as the contract has them.
const (
	agingHeads    = "currency:t bucket:t loans:n total:a past_due_amount:a"
	movesHeads    = "currency:t from:t to:t loans:n balance:a balance_now:a rate_by_balance:r"
	monthHeads    = "currency:t base_date:d from:t to:t loans:n balance:a balance_now:a rate_by_balance:r"
	byPackHeads   = "pack:t currency:t class:t loans:n balance:a share:r non_performing:a allowance:a npl_ratio:r coverage:r provision_ratio:r illustrative:b"
	rulesHeads    = "pack:t currency:t rule:t class:t cite:t loans:n balance:a"
	movementHeads = "pack:t currency:t base_date:d class:t flow:t other_class:t loans:n gross:a allowance:a"
	vintageHeads  = "currency:t booked_month:t months_on_book:c loans:n originated:a past_due_90:a cumulative_loss_rate:r"
	lightsHeads   = "currency:t segment:t measure:t value:r n:n reference_n:n state:t"
)

// smallNight is a night whose figures can be checked by head. Names of classes, rules and
// buckets are those given.
func smallNight(class, rule, bucket string) *Night {
	base := civil.Of(2026, 10, 31)
	return &Night{
		Scale: 2, Date: civil.Of(2026, 11, 23), Packs: Packs{Classifies: "cn", Stages: "ifrs9", Posts: "cn"},
		Trend: []Point{
			{civil.Of(2026, 11, 21), "CNY", 5, 400_000, 8_000, reports.Null}, {civil.Of(2026, 11, 22), "CNY", 6, 450_000, 9_000, 45_000},
		},
		Tables: []*reports.Table{
			table("aging", agingHeads, []any{"CNY", "C", 5, 400_000, 0}, []any{"CNY", "M1", 1, 100_000, 10_000}, []any{"CNY", bucket, 0, 0, 0}),
			table("migration", movesHeads, []any{"CNY", "C", "C", 4, 300_000, 290_000, 750_000}, []any{"CNY", "C", "M1", 1, 100_000, 100_000, 250_000},
				[]any{"CNY", "M1", "C", 1, 50_000, 40_000, 1_000_000}, []any{"CNY", bucket, "written_off", 1, 10_000, 0, 1_000_000}, []any{"CNY", "new", "C", 1, 0, 70_000, nil}),
			table("migration_month", monthHeads, []any{"CNY", base, "C", "C", 5, 399_990, 390_000, 999_975}, []any{"CNY", base, "C", bucket, 1, 10, 10, 25}),
			table("classification_by_pack", byPackHeads, []any{"cn", "CNY", "pass", 5, 400_000, 800_000, 0, 4_000, nil, nil, nil, 0},
				[]any{"cn", "CNY", class, 1, 100_000, 200_000, 100_000, 25_000, nil, nil, nil, 0},
				[]any{"cn", "CNY", "total", 6, 500_000, 1_000_000, 100_000, 29_000, 200_000, 290_000, 58_000, 0},
				[]any{"ifrs9", "CNY", "1", 6, 500_000, 1_000_000, 0, 2_000, nil, nil, nil, 1},
				[]any{"ifrs9", "CNY", "total", 6, 500_000, 1_000_000, 0, 2_000, 0, nil, 4_000, 1}),
			table("rules", rulesHeads, []any{"cn", "CNY", "performing", "pass", "art. 7", 5, 400_000}, []any{"cn", "CNY", rule, class, "art. 10 <m>", 1, 100_000}),
			table("stage_movement", movementHeads, []any{"cn", "CNY", base, "pass", "opening", nil, 6, 460_000, 4_600}, []any{"cn", "CNY", base, "pass", "transfer_out", class, 1, -90_000, -900},
				[]any{"cn", "CNY", base, "pass", "remeasured", nil, 5, 0, 300}, []any{"cn", "CNY", base, "pass", "closing", nil, 5, 370_000, 4_000},
				[]any{"cn", "CNY", base, class, "opening", nil, 0, 0, 0}, []any{"cn", "CNY", base, class, "transfer_in", "pass", 1, 90_000, 900},
				[]any{"cn", "CNY", base, class, "remeasured", nil, 1, 0, 24_100}, []any{"cn", "CNY", base, class, "closing", nil, 1, 90_000, 25_000},
				[]any{"ifrs9", "CNY", base, "1", "opening", nil, 6, 460_000, 1_900}, []any{"ifrs9", "CNY", base, "1", "new", nil, 1, 40_000, 100},
				[]any{"ifrs9", "CNY", base, "1", "repaid", nil, 6, -30_000, 0}, []any{"ifrs9", "CNY", base, "1", "closing", nil, 7, 470_000, 2_000}),
			table("vintage", vintageHeads, []any{"CNY", "2026-08", 3, 4, 200_000, 20_000, 10_000}, []any{"CNY", "2026-11", 0, 2, 300_000, 0, 0}),
			table("score_monitoring", lightsHeads, []any{"CNY", "all", "psi", 91_234, 6, 5, "stable"}, []any{"CNY", rule, "psi", 312_345, 2, 5, "act"},
				[]any{"CNY", "cash", "psi", 112_000, 4, 5, "watch"}, []any{"CNY", "all", "gini", 412_000, 4, 5, nil}),
		},
	}
}

// history is a vintage history of months of disbursement, each observed at the months after it.
func history(months int) *reports.Table {
	t := table("vintage_history", vintageHeads+" as_of:d")
	for m := range months {
		for age := range months - m {
			t.Append("CNY", fmt.Sprintf("20%02d-%02d", 20+m/12, 1+m%12), age, 10, 1_000_000, age*1_000*(m+1), age*500-200, civil.Of(2026, 10, 31))
		}
	}
	return t
}

func all(c *reports.Charts) string {
	var b strings.Builder
	for _, x := range c.Currencies {
		b.WriteString("<!-- " + x.Currency + " -->\n" + x.HTML)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	n := smallNight("substandard", "over_90", "M2")
	got := []byte(all(Draw(n)))
	if again := all(Draw(smallNight("substandard", "over_90", "M2"))); again != string(got) {
		t.Error("the same tables give other bytes")
	}
	n.Tables = append(n.Tables, history(8))
	for _, c := range vintageCharts(n, "CNY") {
		var b strings.Builder
		c.write(&b)
		got = append(got, b.String()...)
	}
	path := filepath.Join("testdata", "charts.html")
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
		t.Error("the charts differ from their golden file; look at them in a browser, then run with -update")
	}
}

var (
	sections = regexp.MustCompile(`(?s)<section class="chart">.*?</section>`)
	svgs     = regexp.MustCompile(`(?s)^<section class="chart">\n  <h3>.*?</h3>\n  <svg role="img" aria-labelledby="(\S+)-t (\S+)-d" viewBox="0 0 340 \d+(?:\.\d)?">\n<title id="(\S+)-t">[^<]+</title><desc id="(\S+)-d">[^<]+</desc>(.*?)</svg>(?:\n  <p class="key">[^<]+</p>)*\n  <details><summary>The figures.*?</summary>\n(.*?)  </details>\n</section>$`)
	figures  = regexp.MustCompile(`<text [^>]*class="end"[^>]*>([^<]*)</text>`)
	cells    = regexp.MustCompile(`<td [^>]*>([^<]*)</td>`)
)

// Every chart has a role, a title, a description, and folded behind it a table in which each figure
// that it prints is a cell.
func TestEveryChartHasItsFigures(t *testing.T) {
	n := smallNight("substandard", "over_90", "M2")
	n.Tables = append(n.Tables, history(8))
	html := all(Draw(n))
	list := sections.FindAllString(html, -1)
	if len(list) != 11 || len(list) != strings.Count(html, "<svg") {
		t.Fatalf("%d charts, %d images, want 11 of each", len(list), strings.Count(html, "<svg"))
	}
	ids := map[string]bool{}
	for _, s := range list {
		m := svgs.FindStringSubmatch(s)
		if m == nil {
			t.Errorf("not as a chart has to be:\n%s", s)
			continue
		}
		if m[1] != m[2] || m[1] != m[3] || m[1] != m[4] || ids[m[1]] {
			t.Errorf("ids %q are of no one chart", m[1:5])
		}
		ids[m[1]] = true
		var known []string
		for _, c := range cells.FindAllStringSubmatch(m[6], -1) {
			known = append(known, strings.TrimPrefix(c[1], "+"))
		}
		for _, f := range figures.FindAllStringSubmatch(m[5], -1) {
			if !slices.Contains(known, strings.TrimPrefix(f[1], "+")) {
				t.Errorf("%s prints %s, which its table has not: %q", m[1], f[1], known)
			}
		}
	}
}

// Names of others are text wherever they stand, and nothing is fetched or run.
func TestHostileNames(t *testing.T) {
	hostile := "\"><script>alert(1)</script>' onload='x\u202e\x00\x01"
	html := all(Draw(smallNight(hostile, hostile, hostile)))
	for _, bad := range []string{"<script", "' onload", "\u202e", "\x00", "\x01", "src=", "http", "style=", "<a ", "javascript"} {
		if strings.Contains(html, bad) {
			t.Errorf("the charts have %q", bad)
		}
	}
	if !strings.Contains(html, "&lt;script&gt;") || !strings.Contains(html, "art. 10 &lt;m&gt;") {
		t.Error("the hostile names are not shown at all")
	}
	if strings.Count(html, "<section") != len(sections.FindAllString(html, -1)) {
		t.Error("a name opens a section")
	}
	for _, bad := range []string{"@import", "url(", "http", "</style"} {
		if strings.Contains(style, bad) {
			t.Errorf("the style has %q", bad)
		}
	}
}

// What has no end is bounded, and the page says so.
func TestManyCurrenciesAreBounded(t *testing.T) {
	n := &Night{Scale: 2, Date: civil.Of(2026, 11, 23)}
	aging, moves, packs, rules, movement, vintage := table("aging", agingHeads), table("migration", movesHeads), table("classification_by_pack", byPackHeads),
		table("rules", rulesHeads), table("stage_movement", movementHeads), history(0)
	for c := range 60 {
		currency := fmt.Sprintf("X%02d", c)
		for b := range 40 {
			bucket := fmt.Sprintf("a rather long bucket %02d", b)
			aging.Append(currency, bucket, c, 1_000, 0)
			for to := range 40 {
				moves.Append(currency, bucket, fmt.Sprintf("a rather long bucket %02d", to), 1, 1_000, 1_000, 25_000)
			}
			vintage.Append(currency, fmt.Sprintf("20%02d-%02d", 10+b/12, 1+b%12), b, 1, 1_000, 10, 100, n.Date)
			for p := range 10 {
				pack, class := fmt.Sprintf("pack%d", p), fmt.Sprintf("class_%02d", b)
				packs.Append(pack, currency, class, 1, 1_000, 25_000, 0, nil, nil, nil, nil, 0)
				rules.Append(pack, currency, fmt.Sprintf("rule_%02d", b), class, "a source", 1, 1_000)
				for _, flow := range []string{"opening", "transfer_in", "transfer_out", "closing"} {
					movement.Append(pack, currency, n.Date, class, flow, "class_00", 1, 1_000, 10)
				}
			}
		}
		for d := range 50 {
			n.Trend = append(n.Trend, Point{n.Date - 50 + civil.Date(d), currency, 1, 1_000, 10, 1})
		}
	}
	n.Tables = []*reports.Table{aging, moves, packs, rules, movement, vintage}
	got := Draw(n)
	if len(got.Currencies) != currenciesMax || got.Currencies[0].Currency != "X54" || !strings.Contains(got.Note, "the other 54") {
		t.Errorf("%d currencies from %s: %s", len(got.Currencies), got.Currencies[0].Currency, got.Note)
	}
	const most = 256 << 10
	for _, c := range got.Currencies {
		if len(c.HTML) > most {
			t.Errorf("%s: %d bytes, at most %d", c.Currency, len(c.HTML), most)
		}
		for _, said := range []string{"Not all packs are drawn.", "The 10 largest of 400 rules.", "added up as others", "5 of 37 months", "30 nights", "The first 12 classes"} {
			if !strings.Contains(c.HTML, said) {
				t.Errorf("%s does not say %q", c.Currency, said)
			}
		}
	}
}

func TestPointsOf(t *testing.T) {
	date := civil.Of(2026, 11, 22)
	files := Files{
		agingFile:  []byte("business_date,currency,bucket,loans,total,past_due_amount\n2026-11-22,CNY,C,5,4000.00,0.00\n2026-11-22,CNY,M1,1,500.00,90.50\n2026-11-22,JPY,C,2,700,0\n2026-11-22,XXX,C,2,7.12345,0\n"),
		tierFile:   []byte("business_date,currency,tier,non_performing\n2026-11-22,JPY,loss,9\n2026-11-22,JPY,total,70\n"),
		byPackFile: []byte("business_date,pack,currency,class,non_performing\n2026-11-22,cn,CNY,total,45.00\n2026-11-22,eu,CNY,total,99.00\n"),
	}
	got, err := PointsOf(date, files, []string{"CNY", "JPY"}, "cn", 2)
	if want := []Point{{date, "CNY", 6, 450_000, 9_050, 4_500}, {date, "JPY", 2, 70_000, 0, 7_000}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
	if got, err := PointsOf(date, Files{}, []string{"CNY"}, "cn", 2); err != nil || len(got) > 0 {
		t.Errorf("a night without tables: %v, %v", got, err)
	}
	for name, broken := range map[string]string{
		"an amount": "currency,loans,total,past_due_amount\nCNY,1,x,0\n", "a line": "currency,loans,total,past_due_amount\nCNY,1\n",
	} {
		if _, err := PointsOf(date, Files{agingFile: []byte(broken)}, []string{"CNY"}, "cn", 2); err == nil || !strings.Contains(err.Error(), "2026-11-22: "+agingFile) {
			t.Errorf("%s that is broken: %v", name, err)
		}
	}
}

func TestShort(t *testing.T) {
	for ppm, want := range map[int64]string{0: "0", 25: "<.1", 499: "<.1", 500: "0.1", 99_499: "9.9", 99_500: "10", 999_975: "100", 1_000_000: "100"} {
		if got := short(ppm); got != want {
			t.Errorf("short(%d) = %s, want %s", ppm, got, want)
		}
	}
}
