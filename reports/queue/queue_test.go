package queue

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"daybook/aging"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/reports"
	"daybook/reports/channel"
)

// amountMost is more than any amount of a book.
const amountMost = 999_999_999_999_999_999

func testOptions() Options {
	o := Options{
		Form: reports.CurrentForm("daybook 1.2.3", new(aging.Dictionaries), append(Tables(), ComplianceTable(nil, 0))...), BusinessDate: civil.Of(2026, 11, 23), Scale: 2,
		NightKey: NightKey([]byte("of the lender"), civil.Of(2026, 11, 23)), DNC: true,
		Steps: []Step{
			{Segment: "hardship", From: -1, Tone: "helpful", Template: "hardship_offer"}, {Segment: "all", From: 1, Tone: "informative", Template: "=gentle, \"now\"", Education: "score"},
			{Segment: "all", Arm: "sooner", From: 31, Tone: "firm", Template: "offer"}, {Segment: "reminder", From: -1, Tone: "informative", Template: "due"},
		},
	}
	for c := range o.Capacity {
		o.Capacity[c] = -1
	}
	for _, c := range []borrower.Channel{borrower.SMS, borrower.Call, borrower.Letter, borrower.Agency} {
		o.Formats[c] = append(o.Formats[c], channel.CSV(c, c == borrower.Letter))
	}
	vicidial, err := channel.ProfileOf("vicidial").Format(borrower.Call, channel.Options{ListID: 7})
	if err != nil {
		panic(err)
	}
	o.Formats[borrower.Call] = append(o.Formats[borrower.Call], vicidial)
	return o
}

// oddID draws ids with what keys, CSV and spreadsheets take for their own.
var oddID = rapid.OneOf(
	rapid.StringOfN(rapid.SampledFrom([]rune("a0,\"'=+-@ é中\n\r\t\x00")), 1, 20, 64),
	rapid.SampledFrom([]string{strings.Repeat("借", 21) + "x", strings.Repeat("\x00", 64), "\xff\xff", "a", "a\x00", "a\x00\x01", "=cmd()", strings.Repeat("z", 64)}),
)

var someAmount = rapid.OneOf(rapid.Int64Range(-2, 3), rapid.Int64Range(-amountMost, amountMost), rapid.SampledFrom([]int64{amountMost, -amountMost, 0}))

var someDate = rapid.Custom(func(t *rapid.T) civil.Date { return civil.Date(rapid.Int32Range(-10000, 40000).Draw(t, "date")) })

var currencies = rapid.SampledFrom([]string{"CNY", "USD", "JPY", "KWD"})

// drawNight draws what a night decides of some borrowers.
func drawNight(t *rapid.T, steps int) *naiveNight {
	n := &naiveNight{}
	for _, id := range rapid.SliceOfNDistinct(oddID, 0, 40, rapid.ID).Draw(t, "borrowers") {
		switch rapid.IntRange(0, 5).Draw(t, "place") {
		case 0:
			s := naiveSilent{Silent: drawSilent(t, id)}
			for range rapid.IntRange(1, 12).Draw(t, "reasons") {
				s.reasons = append(s.reasons, Reason{
					Code: oddID.Draw(t, "code"), Rule: oddID.Draw(t, "rule"), Citation: "12 CFR, \"1006\"", Facts: "a=1; b=2", Scope: "loan", Loan: oddID.Draw(t, "loan"), Channel: "call",
					LiftsOn: someDate.Draw(t, "lifts"),
				})
			}
			if s.HasEarliest = rapid.Bool().Draw(t, "has earliest"); s.HasEarliest {
				s.Earliest, s.EarliestOffset = rapid.Int64Range(-1e9, 4e9).Draw(t, "earliest")*1e6, rapid.IntRange(-56, 56).Draw(t, "offset")*900
			}
			n.suppressed = append(n.suppressed, s)
		case 1:
			s := naiveSilent{Silent: drawSilent(t, id)}
			s.NotDue, s.NextOn = rapid.SampledFrom([]string{"no_step", "cadence"}).Draw(t, "not due"), rapid.SampledFrom([]civil.Date{civil.None, 20000}).Draw(t, "next")
			n.notDue = append(n.notDue, s)
			n.promises = append(n.promises, naivePromise{id, Promise{
				ID: oddID.Draw(t, "promise"), Loan: rapid.SampledFrom([]string{"", "L"}).Draw(t, "loan"), Currency: "CNY", Status: "open", Amount: someAmount.Draw(t, "amount"),
				Paid: someAmount.Draw(t, "paid"), MadeOn: someDate.Draw(t, "made"), PromisedOn: someDate.Draw(t, "on"), Deadline: someDate.Draw(t, "deadline"), Decided: civil.None,
				Holds: rapid.Bool().Draw(t, "holds"),
			}})
			n.recalls = append(n.recalls, [3]string{id, "key-of-" + fmt.Sprint(len(n.recalls)), "cease"})
			n.noCalls = append(n.noCalls, [2]string{id, "key"})
		default:
			n.candidates = append(n.candidates, drawCandidate(t, id, steps))
		}
	}
	return n
}

func drawSilent(t *rapid.T, id string) Silent {
	return Silent{
		Borrower: []byte(id), Days: rapid.Int32Range(0, math.MaxInt32).Draw(t, "days"), Segment: rapid.SampledFrom([]string{"", "all", "a,b"}).Draw(t, "segment"),
		Debt: Debt{Worst: oddID.Draw(t, "worst"), Currency: currencies.Draw(t, "currency"), Covered: Owed{rapid.Int32Range(1, math.MaxInt32).Draw(t, "loans"), someAmount.Draw(t, "past due")}},
	}
}

func drawCandidate(t *rapid.T, id string, steps int) Candidate {
	c := Candidate{
		Borrower: []byte(id), Class: uint8(rapid.IntRange(0, 2).Draw(t, "class")), Value: someAmount.Draw(t, "value"),
		Days: rapid.OneOf(rapid.Int32Range(0, 2), rapid.Int32Range(0, math.MaxInt32)).Draw(t, "days"), Step: rapid.IntRange(0, steps-1).Draw(t, "step"),
		Champion: rapid.Bool().Draw(t, "champion"), Below: rapid.Int32Range(0, 99).Draw(t, "below"),
		Debt: Debt{
			Worst: oddID.Draw(t, "worst"), Currency: currencies.Draw(t, "currency"), Bucket: rapid.SampledFrom([]string{"", "M1", "+90, and more"}).Draw(t, "bucket"),
			Other: rapid.SampledFrom([]string{"", "EUR 3.10; USD 12.00"}).Draw(t, "other"), Covered: Owed{rapid.Int32Range(1, 9).Draw(t, "loans"), someAmount.Draw(t, "past due") / 100},
			Withheld: Owed{rapid.Int32Range(0, 9).Draw(t, "withheld"), someAmount.Draw(t, "withheld amount")}, Total: someAmount.Draw(t, "total"),
		},
		Person:    Person{Jurisdiction: rapid.SampledFrom([]string{"cn", "us"}).Draw(t, "jurisdiction"), Language: rapid.SampledFrom([]string{"", "zh-CN", "=1+1", "\r\"x"}).Draw(t, "language"), Zone: "Asia/Shanghai"},
		NextDueOn: rapid.SampledFrom([]civil.Date{civil.None, 20771}).Draw(t, "next on"), NextDue: rapid.SampledFrom([]int64{reports.Null, 0, amountMost}).Draw(t, "next"),
	}
	list := []borrower.Channel{borrower.SMS, borrower.Call, borrower.Letter, borrower.Agency, borrower.Visit} // no files of visits
	for k, open := rapid.IntRange(1, 4).Draw(t, "ways"), false; k > 0 || !open; k-- {
		w := Way{Channel: rapid.SampledFrom(list).Draw(t, "channel"), Open: rapid.IntRange(0, 2).Draw(t, "open") > 0 || k <= 1 && !open}
		if !w.Open {
			w.Blocked = rapid.SampledFrom([]string{"cap:all_week+opted_out", "no_consent"}).Draw(t, "blocked")
		} else {
			w.Notices, w.Attempts, open = rapid.SampledFrom([]string{"", "opt_out"}).Draw(t, "notices"), rapid.Int32Range(1, 20).Draw(t, "attempts"), true
			if w.Timed = w.Channel != borrower.Letter && w.Channel != borrower.Agency; w.Timed {
				w.Earliest = rapid.Int64Range(0, 4e9).Draw(t, "earliest") * 1e6
				w.Latest = w.Earliest + rapid.Int64Range(1, 86400).Draw(t, "long")*1e6
				w.EarliestOffset, w.LatestOffset = rapid.IntRange(-56, 56).Draw(t, "offset")*900, rapid.IntRange(-56, 56).Draw(t, "offset")*900
			}
		}
		c.Ways = append(c.Ways, w)
	}
	for _, loan := range slices.Sorted(slices.Values(rapid.SliceOfNDistinct(oddID, 0, 5, rapid.ID).Draw(t, "loans"))) {
		c.Loans = append(c.Loans, LoanRow{ID: loan, Currency: currencies.Draw(t, "currency"), Days: 3, PastDue: someAmount.Draw(t, "due") / 100, Reason: rapid.SampledFrom([]string{"", "", "dispute"}).Draw(t, "reason")})
		for rank := range rapid.IntRange(0, 2).Draw(t, "offers") {
			c.Offers = append(c.Offers, drawOffer(t, loan, rank+1))
		}
	}
	return c
}

func drawOffer(t *rapid.T, loan string, rank int) OfferRow {
	o := OfferRow{
		Loan: loan, Currency: currencies.Draw(t, "currency"), Kind: []string{"", "pause", "settlement"}[rank], Reason: "illness", Rank: int32(rank),
		Months: rapid.SampledFrom([]int64{reports.Null, 12}).Draw(t, "months"), Rate: rapid.SampledFrom([]int64{reports.Null, 240_000_000}).Draw(t, "rate"),
		Days: [5]civil.Date{20000, 20014, civil.None, someDate.Draw(t, "until"), civil.None},
	}
	for i := range o.Amounts {
		o.Amounts[i] = rapid.OneOf(someAmount, rapid.Just(int64(reports.Null))).Draw(t, "amount")
	}
	for k := range rapid.IntRange(0, 3).Draw(t, "lines") {
		o.Lines = append(o.Lines, OfferLine{Number: int32(k + 1), DueOn: someDate.Draw(t, "due"), Amounts: [5]int64{1, amountMost, -3, 0, 5}})
	}
	return o
}

// collect has workers collect a night, each the borrowers whose turn it is.
func (n *naiveNight) collect(c *Collector, workers int) error {
	for number := range workers {
		w := c.Writer(workers)
		mine := func(i int) bool { return i%workers == number }
		var errs []error
		for i := range n.candidates {
			if mine(i) {
				errs = append(errs, w.Candidate(&n.candidates[i]))
			}
		}
		for i := range n.suppressed {
			if mine(i) {
				errs = append(errs, w.Suppressed(&n.suppressed[i].Silent, n.suppressed[i].reasons))
			}
		}
		for i := range n.notDue {
			if mine(i) {
				errs = append(errs, w.NotDue(&n.notDue[i].Silent))
			}
		}
		for i := range n.promises {
			if mine(i) {
				errs = append(errs, w.Promise([]byte(n.promises[i].borrower), &n.promises[i].Promise))
			}
		}
		for i, r := range n.recalls {
			if mine(i) {
				errs = append(errs, w.Recall([]byte(r[0]), r[1], r[2]), w.NoCall([]byte(n.noCalls[i][0]), n.noCalls[i][1]))
			}
		}
		if err := errors.Join(append(errs, w.Close())...); err != nil {
			return err
		}
	}
	return nil
}

// A written queue is what a night's files hold.
type writtenQueue struct {
	files  map[string][]byte
	rows   map[string]int64
	places Places
	told   map[string]string // what sinks were told of borrowers
}

type sinkOf struct {
	mu   *sync.Mutex
	told map[string]string
}

func (s sinkOf) Task(id []byte, key string, way borrower.Channel, attempts int32, covered [][]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told[string(id)] += fmt.Sprintf("task %s %s %d %q", key, way, attempts, covered)
	return nil
}

func (s sinkOf) Below(id []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told[string(id)] += "below"
	return nil
}

func (s sinkOf) Close() error { return nil }

// write writes a night with so many workers and so much memory.
func (n *naiveNight) write(t testing.TB, o Options, collectors, workers, atOnce int, budget int64) *writtenQueue {
	dir, err := os.MkdirTemp("/dev/shm", "queue") // in memory, where the system has one: what is written is synced
	if err != nil {
		if dir, err = os.MkdirTemp("", "queue"); err != nil {
			t.Fatal(err)
		}
	}
	defer os.RemoveAll(dir)
	c := Collect(dir, budget)
	defer c.Remove()
	if err := n.collect(c, collectors); err != nil {
		t.Fatal(err)
	}
	w := &writtenQueue{files: map[string][]byte{}, rows: map[string]int64{}, told: map[string]string{}}
	o.Workers = workers
	o.Sink = func() Sink { return sinkOf{new(sync.Mutex), w.told} }
	if workers > 1 {
		mu := new(sync.Mutex)
		o.Sink = func() Sink { return sinkOf{mu, w.told} }
	}
	c.budget = 1 << 30 // many write at once, too, where little is collected in memory
	q := c.Queue(o)
	q.atOnce = atOnce
	outputs, places, err := q.Write(t.Context(), filepath.Join(dir, "queue"))
	if err != nil {
		t.Fatal(err)
	}
	w.places = places
	for _, out := range outputs {
		data, err := os.ReadFile(out.Path)
		if err != nil {
			t.Fatal(err)
		}
		w.files[filepath.Base(out.Path)], w.rows[filepath.Base(out.Path)] = data, out.Rows
	}
	return w
}

// table reads a table back as texts by column; a null is empty.
func (w *writtenQueue) table(t testing.TB, name string) (rows []naiveRow, columns []string) {
	path := filepath.Join(t.TempDir(), "table.parquet")
	if err := os.WriteFile(path, w.files[name+".parquet"], 0o600); err != nil {
		t.Fatal(err)
	}
	table, err := reports.ReadParquet(path)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for c := range table.Columns {
		columns = append(columns, table.Columns[c].Name)
	}
	for i := range table.Rows() {
		row := naiveRow{}
		for c := range table.Columns {
			if v := table.Columns[c].AppendValue(nil, i); len(v) > 0 {
				row[table.Columns[c].Name] = string(v)
			}
		}
		rows = append(rows, row)
	}
	return rows, columns
}

var tableNames = []string{"tasks", "task_loans", "suppressed", "below_capacity", "not_due", "promises", "offers", "offer_installments"}

// TestTablesAreWhatANaiveRankingMakes holds every row of every table to one that is reckoned
// borrower by borrower, whoever collects and writes and whatever goes to the disk; and all
// bytes of all files to each other.
func TestTablesAreWhatANaiveRankingMakes(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		o := testOptions()
		for c := range o.Capacity {
			o.Capacity[c] = rapid.Int64Range(-1, 4).Draw(r, "capacity")
		}
		n := drawNight(r, len(o.Steps))
		atOnce := rapid.SampledFrom([]int{1, 3, 50, tasksAtOnce}).Draw(r, "at once")
		first := n.write(t, o, 1, 1, atOnce, 1<<30)
		want := naiveTables(n, &o)
		for _, name := range tableNames {
			got, _ := first.table(t, name)
			sameRows(r, name, got, want[name])
			if first.rows[name+".parquet"] != int64(len(got)) {
				r.Fatalf("%s: %d rows are said, %d are there", name, first.rows[name+".parquet"], len(got))
			}
		}
		n.sameSinks(r, first, want)
		n.sameFiles(r, first, want["tasks"])
		for _, x := range []struct {
			collectors, workers int
			budget              int64
		}{{3, 2, 1 << 30}, {2, 8, 0}, {1, 1, 0}} {
			again := n.write(t, o, x.collectors, x.workers, atOnce, x.budget)
			for name := range maps.Keys(first.files) {
				if !bytes.Equal(again.files[name], first.files[name]) {
					r.Fatalf("%s has other bytes with %+v", name, x)
				}
			}
			if len(again.files) != len(first.files) || !maps.Equal(again.told, first.told) || !slices.Equal(again.places, first.places) {
				r.Fatalf("with %+v other files, sums or sinks", x)
			}
		}
	})
}

func sameRows(t *rapid.T, name string, got, want []naiveRow) {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) {
			t.Fatalf("%s: %d rows, want %d", name, len(got), len(want))
		}
		for column := range want[i] {
			if want[i][column] == "" {
				delete(want[i], column)
			}
		}
		if !maps.Equal(got[i], want[i]) {
			t.Fatalf("%s, row %d:\ngot  %q\nwant %q", name, i, got[i], want[i])
		}
	}
}

// sameSinks holds what sinks are told to the tables, and reminders to be in none of them that
// count nights below capacity.
func (n *naiveNight) sameSinks(t *rapid.T, w *writtenQueue, want map[string][]naiveRow) {
	told := map[string]string{}
	for _, row := range want["tasks"] {
		covered := [][]byte{}
		for _, l := range want["task_loans"] {
			if l["borrower_id"] == row["borrower_id"] && l["covered"] == "true" {
				covered = append(covered, []byte(l["loan_id"]))
			}
		}
		told[row["borrower_id"]] = fmt.Sprintf("task %s %s %s %q", row["task_key"], row["channel"], row["attempts"], covered)
	}
	for i := range n.candidates {
		if c := &n.candidates[i]; told[string(c.Borrower)] == "" && c.Class != classReminder {
			told[string(c.Borrower)] = "below"
		}
	}
	if !maps.Equal(w.told, told) {
		t.Fatalf("sinks were told %q, want %q", w.told, told)
	}
}

// sameFiles holds the files of channels to the tasks: their keys, in the order of the ranks.
func (n *naiveNight) sameFiles(t *rapid.T, w *writtenQueue, tasks []naiveRow) {
	for _, c := range []string{"sms", "call", "letter", "agency"} {
		lines, err := csv.NewReader(bytes.NewReader(w.files[c+".csv"])).ReadAll()
		if err != nil || len(lines) == 0 {
			t.Fatalf("%s.csv: %v", c, err)
		}
		var got, want []string
		for _, line := range lines[1:] {
			got = append(got, line[0])
		}
		for _, row := range tasks {
			if row["channel"] == c {
				want = append(want, row["task_key"])
			}
		}
		if !slices.Equal(got, want) || w.rows[c+".csv"] != int64(len(want)) {
			t.Fatalf("%s.csv has %d rows and the keys %q, want %q", c, w.rows[c+".csv"], got, want)
		}
	}
	if got := bytes.Count(w.files["agency.recall.csv"], []byte("\n")); got != len(n.recalls)+1 {
		t.Fatalf("%d lines of recalls, want %d", got, len(n.recalls)+1)
	}
	if got := bytes.Count(w.files["genesys.dnc.csv"], nil) - 1; got < len(n.noCalls) {
		t.Fatalf("dnc has %q", w.files["genesys.dnc.csv"])
	}
}

// TestEmptyQueue: all tables are there with the columns of the form, and every file of a
// channel that is named.
func TestEmptyQueue(t *testing.T) {
	o := testOptions()
	w := new(naiveNight).write(t, o, 1, 2, tasksAtOnce, 1<<20)
	for _, name := range tableNames {
		rows, columns := w.table(t, name)
		if len(rows) > 0 || !slices.Equal(columns, o.Form.Tables[name]) || columns[0] != "business_date" {
			t.Errorf("%s: %d rows, the columns %q, the form has %q", name, len(rows), columns, o.Form.Tables[name])
		}
	}
	want := []string{"agency.csv", "agency.recall.csv", "call.csv", "call.vicidial.txt", "call.vicidial.txt.control.json", "genesys.dnc.csv", "letter.csv", "sms.csv"}
	for _, name := range tableNames {
		want = append(want, name+".parquet")
	}
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(w.files)); !slices.Equal(got, want) {
		t.Errorf("the files are %q, want %q", got, want)
	}
}

// TestKeys: 20 letters and digits, another every night, with every secret and for every list
// of ids, whatever is in them; without the secret none can be told.
func TestKeys(t *testing.T) {
	date := civil.Of(2026, 11, 23)
	seen := map[string]string{}
	ids := [][]string{
		{"a"}, {"b"}, {"a\x00b"}, {"a", "b"}, {"a", "b", "c"}, {"a\x00b", "c"}, {"a", "b\x00c"}, {"a\x00b\x00c"}, {"", "a"}, {"\x00a"}, {"a\x00"}, {"a", ""}, {strings.Repeat("a", 64)},
		{"a\x00\xffb"}, {"a\x00\xff", "b"},
	}
	for _, secret := range []string{"", "of the lender", "of another"} {
		for _, d := range []civil.Date{date, date + 1} {
			k := keys{text: NightKey([]byte(secret), d)}
			for _, list := range ids {
				var parts [][]byte
				for _, id := range list {
					parts = append(parts, []byte(id))
				}
				key := k.of(parts...)
				what := fmt.Sprintf("%q of %s by %q", list, d, secret)
				if other, has := seen[string(key[:])]; has {
					t.Errorf("%s has the key of %s", what, other)
				}
				seen[string(key[:])] = what
				if strings.Trim(string(key[:]), "0123456789abcdefghjkmnpqrstvwxyz") != "" || len(key) != 20 {
					t.Errorf("%s has the key %q", what, key)
				}
				if again := k.of(parts...); again != key {
					t.Errorf("%s has two keys", what)
				}
			}
		}
	}
	if id := KeyID([]byte("of the lender")); len(id) != 8 || id == KeyID([]byte("of another")) || KeyID(nil) != "" {
		t.Errorf("the secret is named %q", id)
	}
}

// TestPanicInATurn: a panic in a goroutine of the queue comes back to its caller, who
// makes an error of it, and who waits behind it waits no more.
func TestPanicInATurn(t *testing.T) {
	var l line
	var turns []turn
	for range 5 {
		turns = append(turns, l.join())
	}
	var order []int
	g, ctx := errgroup.WithContext(t.Context())
	for i := range turns {
		g.Go(reports.Guarded(func() error {
			return turns[i].take(ctx, func() error {
				if order = append(order, i); i == 3 {
					panic("planted")
				}
				return nil
			})
		}))
	}
	if err := g.Wait(); err == nil || !strings.Contains(err.Error(), "planted") || !slices.Equal(order, []int{0, 1, 2, 3}) {
		t.Errorf("the turns were %v, the error is %v", order, err)
	}
}
