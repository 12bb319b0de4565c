package batch

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/store"
)

// TestCollectionYear works a queue night by night: what is delivered each night answers, or
// does not, the tasks that were exported the night before. Each night the model, which is
// written from the contract alone, says who is where and why, and the safety checker looks
// for what is unlawful.
//
//	COLLECTIONS_SEED=7 COLLECTIONS_NIGHTS=365 COLLECTIONS_IN=us go test -run CollectionYear ./batch
func TestCollectionYear(t *testing.T) { cqYears(t, false) }

// TestCollectionYearOfTheModel runs the same year with the model's own tasks as the
// exported ones: model and safety checker, which share no rule, agree.
func TestCollectionYearOfTheModel(t *testing.T) { cqYears(t, true) }

func cqYears(t *testing.T, self bool) {
	seed, asked := uint64(1), 0
	if s := os.Getenv("COLLECTIONS_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	if s := os.Getenv("COLLECTIONS_NIGHTS"); s != "" {
		asked, _ = strconv.Atoi(s)
	}
	for _, jurisdiction := range []string{"cn", "us", "uk", "in", "none"} {
		if only := os.Getenv("COLLECTIONS_IN"); only != "" && only != jurisdiction {
			continue
		}
		if testing.Short() && jurisdiction != "us" {
			continue
		}
		t.Run(jurisdiction, func(t *testing.T) {
			nights := asked
			switch { // clocks change in the second month: .ci/run asks for more
			case asked > 0:
			case testing.Short():
				nights = 3
			case self:
				nights = 6
			default:
				nights = 9
			}
			y := newCQYear(t, jurisdiction, seed, self)
			for n := range nights {
				y.night()
				if t.Failed() {
					t.Fatalf("night %d; run again with COLLECTIONS_SEED=%d COLLECTIONS_NIGHTS=%d COLLECTIONS_IN=%s", n+1, seed, n+1, jurisdiction)
				}
			}
			for _, f := range cqSafeOf(y.m, y.safe).faults() {
				t.Errorf("the whole year: %s", f)
			}
			t.Logf("tasks by class %v; places %v; reasons %v; promises %v; rejects %v; again %v", y.seen["class"], y.seen["place"], y.seen["reason"], y.seen["promise"], y.seen["reject"], y.seen["again"])
			if nights >= 40 {
				y.varied(jurisdiction)
			}
		})
	}
}

type cqYear struct {
	t    *testing.T
	self bool
	l    *lender
	r    *rand.Rand
	m    *cqModel
	in   string
	b    int
	n    int // nights closed

	borrowers []string
	loans     []cqLoansFile
	tape      []cqLoan
	ids       int
	sent      []cqContactsFile // of earlier nights
	late      []cqContactsFile // results that come another night
	money     []repaymentFile
	flags     []flagFile
	pledges   []cqPledge
	safe      []cqSafeTask
	dates     []string
	seen      map[string]map[string]int
}

// cqPledge is money that a borrower means to pay.
type cqPledge struct {
	loan, currency string
	on             int
	amount         int64
}

func newCQYear(t *testing.T, jurisdiction string, seed uint64, self bool) *cqYear {
	y := &cqYear{
		t: t, self: self, l: newLender(t), r: rand.New(rand.NewPCG(seed, 11)), in: jurisdiction,
		m: newCQModel(cqPolicyOf(t, cqYearPolicy(jurisdiction, true))), b: cqDay(cqYearRules[jurisdiction].start), seen: map[string]map[string]int{},
	}
	y.l.policy(cqYearPolicy(jurisdiction, !self))
	if seed%2 == 1 {
		y.l.o.QueueKey = testQueueKey
	}
	for i := range 60 {
		y.borrowers = append(y.borrowers, fmt.Sprintf("B%02d", i))
	}
	return y
}

func (y *cqYear) saw(what, word string) {
	if y.seen[what] == nil {
		y.seen[what] = map[string]int{}
	}
	y.seen[what][word]++
}

func cqPick[T any](y *cqYear, list ...T) T { return list[y.r.IntN(len(list))] }

// chance is true n times in a hundred.
func (y *cqYear) chance(n int) bool { return y.r.IntN(100) < n }

func (y *cqYear) id(prefix string) string {
	y.ids++
	return fmt.Sprintf("%s%05d", prefix, y.ids)
}

// night draws, closes and checks a night.
func (y *cqYear) night() {
	date := cqDate(y.b)
	f := y.draw()
	f.write(y.t, y.l.in(date))
	if !y.self && y.n%7 == 3 {
		y.dry(date)
	}
	y.l.close(date)
	y.l.o.Policy = nil
	y.dates = append(y.dates, date)
	rejects := y.l.rejects(date)
	y.accepted(date, f, rejects)
	y.tape = y.l.cqTape(date)
	r := y.m.night(y.b, y.tape)
	known := len(y.m.tasks)
	places := map[string][]cqRow{"tasks": r.tasks, "suppressed": r.suppressed, "below_capacity": r.below, "not_due": r.notDue}
	if y.self {
		for i, k := range r.exported {
			k.key = fmt.Sprintf("%s-%03d-%06d", y.in, i, y.b)
			y.m.tasks = append(y.m.tasks, k)
		}
	} else {
		y.m.cqCheckNight(y.l, date, r)
		for name := range places {
			places[name] = y.l.cqQueue(date, name)
		}
	}
	y.safety(date, places, y.m.tasks[known:])
	y.tally(r)
	if !y.self && !y.t.Failed() {
		y.again(date)
	}
	y.n++
	y.b++
	if y.chance(8) {
		y.b += 1 + y.r.IntN(2) // nights that are skipped
	}
}

// accepted takes the night's rows into the model, but money that the book refuses, and
// compares what else is refused.
func (y *cqYear) accepted(date string, f *cqFiles, rejects map[string]string) {
	for row, why := range rejects {
		y.saw("reject", why)
		var i int
		switch {
		case strings.HasPrefix(row, "repayments-a.parquet:"):
			i, _ = strconv.Atoi(row[len("repayments-a.parquet:"):])
			f.repayments[i].RepaymentID = ""
		case strings.HasPrefix(row, "adjustments-a.parquet:"):
			i, _ = strconv.Atoi(row[len("adjustments-a.parquet:"):])
			f.adjustments[i].AdjustmentID = ""
		default:
			continue
		}
		delete(rejects, row)
	}
	f.repayments = slices.DeleteFunc(f.repayments, func(r repaymentFile) bool { return r.RepaymentID == "" })
	f.adjustments = slices.DeleteFunc(f.adjustments, func(a cqAdjustmentsFile) bool { return a.AdjustmentID == "" })
	y.money = append(y.money, f.repayments...)
	y.sent = append(y.sent, f.contacts...)
	want := y.m.accept(y.b, f.night())
	if y.self {
		return // the book of a policy without collections knows no tasks, and other limits
	}
	for _, row := range cqUnion(rejects, want) {
		if rejects[row] != want[row] {
			y.t.Errorf("%s: %s is rejected as %q, the model says %q", date, row, rejects[row], want[row])
		}
	}
}

func (y *cqYear) safety(date string, places map[string][]cqRow, exported []cqTask) {
	for _, f := range cqPartition(y.tape, places) {
		y.t.Errorf("%s: %s", date, f)
	}
	for _, k := range exported {
		x := cqSafeTask{cqTask: k}
		for _, row := range places["tasks"] {
			if row["borrower_id"] == k.borrower && row["earliest_at"] != cqNull {
				x.earliest, x.latest = y.instant(row["earliest_at"]), y.instant(row["latest_at"])
			}
		}
		y.safe = append(y.safe, x)
	}
}

func (y *cqYear) instant(s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		y.t.Errorf("no instant: %s", s)
	}
	return at
}

func (y *cqYear) tally(r *cqResult) {
	for _, p := range r.places {
		y.saw("place", p)
	}
	for _, row := range r.tasks {
		y.saw("class", row["class"])
		y.saw("segment", row["segment"])
		y.saw("arm", row["arm"])
		y.saw("channel", row["channel"])
	}
	for _, row := range r.suppressed {
		y.saw("reason", row["reason_code"])
	}
	for _, row := range r.notDue {
		y.saw("not due", row["reason_code"])
	}
	for _, row := range r.promises {
		y.saw("promise", row["status"])
	}
}

// varied: the year shows what it is there to show.
func (y *cqYear) varied(jurisdiction string) {
	for what, words := range map[string]string{
		"place": "task suppressed below_capacity not_due", "class": "0 1 2", "not due": "no_step cadence uneconomic", "promise": "open kept partly_kept broken",
	} {
		for _, w := range strings.Fields(words) {
			if y.seen[what][w] == 0 && jurisdiction != "none" {
				y.t.Errorf("the year has no %s %s", what, w)
			}
		}
	}
	if len(y.seen["reason"]) < 15 || len(y.seen["channel"]) < 4 || len(y.seen["segment"]) < 5 {
		y.t.Errorf("the year is too plain: reasons %v, channels %v, segments %v", y.seen["reason"], y.seen["channel"], y.seen["segment"])
	}
	if len(y.seen["again"]) < 3 {
		y.t.Errorf("what was published again shows only %v", y.seen["again"])
	}
}

// dry: a dry run exports nothing, and leaves the book as it was.
func (y *cqYear) dry(date string) {
	before := contents(y.t, y.l.o.Book)
	x := *y.l
	x.o.DryRun = true
	if _, err := x.try(date); err != nil {
		y.t.Errorf("%s, a dry run: %v", date, err)
	}
	if contents(y.t, y.l.o.Book) != before {
		y.t.Errorf("%s, a dry run: another book", date)
	}
}

// again: the same night closed once more changes no byte and exports nothing; now and then
// all nights so far are closed on other workers and in little memory, with the same bytes.
func (y *cqYear) again(date string) {
	if y.n%5 == 1 {
		out, book := digest(y.t, filepath.Join(y.l.o.Out, date)), contents(y.t, y.l.o.Book)
		if s := y.l.close(date); !s.Again || s.Published {
			y.t.Errorf("%s, closed again: again %t, published %t", date, s.Again, s.Published)
		}
		if digest(y.t, filepath.Join(y.l.o.Out, date)) != out || contents(y.t, y.l.o.Book) != book {
			y.t.Errorf("%s, closed again: other bytes", date)
		}
	}
	y.report(date)
	if y.n == 9 {
		x := *y.l
		x.policy(cqYearPolicy(y.in, true))
		settings(y.t, &x, y.dates, []int{1, 4}, 0, 1<<20)
	}
}

// report: the queue comes back from the book, byte for byte and without the secret.
func (y *cqYear) report(date string) {
	shows := []string{}
	for _, name := range []string{"tasks", "below_capacity", "promises", "offers", "offer_installments"} {
		if len(y.l.cqQueue(date, name)) > 0 {
			shows = append(shows, name)
		}
	}
	if data, err := os.ReadFile(filepath.Join(y.l.o.Out, date, "queue", "agency.recall.csv")); err == nil && strings.Count(string(data), "\n") > 1 {
		shows = append(shows, "recalls")
	}
	if y.n%9 != 2 && !slices.ContainsFunc(shows, func(s string) bool { return y.seen["again"][s] < 2 }) { // it shows nothing new
		return
	}
	for _, s := range shows {
		y.saw("again", s)
	}
	b, err := store.OpenReadOnly(y.l.o.Book, store.Options{})
	if err != nil {
		y.t.Fatal(err)
	}
	defer b.Close()
	again := filepath.Join(y.l.dir, "again")
	defer os.RemoveAll(again)
	if _, err := publish.Report(y.t.Context(), b, publish.ReportOptions{Out: again, Date: civil.None, Workers: 1 + y.n%3, Memory: int64(y.n%2) << 20}); err != nil {
		y.t.Errorf("%s, published again: %v", date, err)
		return
	}
	got, want := digest(y.t, filepath.Join(again, date)), digest(y.t, filepath.Join(y.l.o.Out, date))
	if got != want {
		y.t.Errorf("%s, published again: %v", date, differing(got, want))
	}
}

// draw makes the files of a night.
func (y *cqYear) draw() *cqFiles {
	f := &cqFiles{}
	if y.n == 0 {
		for _, id := range y.borrowers {
			if !y.chance(10) {
				f.borrowers = append(f.borrowers, y.record(id))
			}
		}
		f.flags = append(f.flags, flagFile{LoanID: ptr("L not booked"), Flag: "deceased", ValidFrom: int32(y.b)})
	}
	y.drawLoans(f)
	if y.n > 0 {
		y.drawRecords(f)
		y.drawMoney(f)
	}
	y.drawFlags(f)
	y.drawResults(f)
	for _, id := range y.borrowers {
		if y.chance(9) {
			y.drawContact(f, id)
		}
	}
	y.drawFaults(f)
	return f
}

func (y *cqYear) currency() string {
	return cqPick(y, strings.Split(strings.Trim(cqYearRules[y.in].currencies, "[]"), ", ")...)
}

// drawLoans books one or two loans of each borrower at first, late by up to half a year,
// and some on time later on.
func (y *cqYear) drawLoans(f *cqFiles) {
	book := func(id string, ago int) {
		l := cqLoansFile{
			LoanID: crowded(fmt.Sprintf("L%03d", len(y.loans))), BorrowerID: id, Product: "default", Currency: y.currency(), Principal: 100000 + y.r.Int64N(900000),
			DisbursedOn: int32(y.b - ago), FirstDueOn: int32(y.b - ago + 20 + y.r.IntN(20)), Installments: int32(12 + y.r.IntN(24)),
			AnnualRate: 120_000_000, Method: ptr("annuity"), DayCount: ptr("30/360"), Score: ptr(int32(500 + y.r.IntN(200))),
		}
		if y.chance(15) {
			l.Principal = 10000 + y.r.Int64N(20000) // so little that it is not worth a letter
		}
		y.loans, f.loans = append(y.loans, l), append(f.loans, l)
	}
	if y.n == 0 {
		for _, id := range y.borrowers[:56] {
			for range 1 + y.r.IntN(2) {
				book(id, cqPick(y, 10, 15, 18, 25, 35, 45, 60, 75, 110, 150, 200))
			}
		}
	} else if y.chance(20) {
		book(cqPick(y, y.borrowers...), y.r.IntN(30))
	}
}

// record is what is known of a borrower: where he is, in one or two zones, or nowhere.
func (y *cqYear) record(id string) cqBorrowersFile {
	home := map[string][]string{
		"cn": {"Asia/Shanghai"}, "us": {"America/New_York", "America/Chicago", "America/Los_Angeles", "America/Phoenix", "Pacific/Honolulu", "America/St_Johns"},
		"uk": {"Europe/London"}, "in": {"Asia/Kolkata"}, "none": {"Europe/London", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo"},
	}[y.in]
	b := cqBorrowersFile{BorrowerID: id, Zone: ptr(cqPick(y, home...)), Language: ptr(cqPick(y, "en", "zh-CN", "hi"))}
	switch y.r.IntN(12) {
	case 0:
		b.Zone = ptr(cqPick(y, "Mars/Phobos", "EST", "america/new_york", "America/"))
	case 1:
		b.Zone = nil
	case 2:
		b.Zone = ptr(cqPick(y, "Pacific/Auckland", "Asia/Kathmandu", "America/Sao_Paulo", "Europe/Paris"))
	}
	if y.chance(25) {
		b.Second = ptr(cqPick(y, "America/Los_Angeles", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "Asia/Shanghai", "Mars/Phobos", "Europe/London"))
	}
	if y.chance(70) {
		b.Jurisdiction = ptr(cqPick(y, y.in, y.in, y.in, y.in, "cn", "us", "uk", "in", "eu", "none", "atlantis"))
	}
	if y.chance(15) {
		b.From = ptr(cqPick(y, "10:00", "12:30", "02:10"))
	}
	if y.chance(15) {
		b.Until = ptr(cqPick(y, "18:00", "13:00", "20:59"))
	}
	if y.chance(20) {
		b.AsOf = ptr(int32(y.b - y.r.IntN(4)))
	}
	return b
}

func (y *cqYear) drawRecords(f *cqFiles) {
	for range y.r.IntN(3) {
		b := y.record(cqPick(y, y.borrowers...))
		f.borrowers = append(f.borrowers, b)
		switch y.r.IntN(8) {
		case 0:
			f.borrowers = append(f.borrowers, b)
		case 1:
			b.Language = ptr("fr")
			f.borrowers = append(f.borrowers, b)
		case 2:
			b.BorrowerID, b.From, b.Until = "B99", ptr("18:00"), ptr("09:00")
			f.borrowers = append(f.borrowers, b)
		}
	}
}

func (y *cqYear) drawFlags(f *cqFiles) {
	for range y.r.IntN(3) {
		g := flagFile{Flag: cqPick(y,
			"deceased", "bankrupt", "fraud", "identity_theft", "vulnerable", "military", "time_barred", "guarantor", "watch", "m2_da", "odd one", "who_knows", "vip",
		), ValidFrom: int32(y.b - 3 + y.r.IntN(9))}
		if y.chance(75) {
			g.ValidUntil = ptr(g.ValidFrom + int32(y.r.IntN(14)))
		}
		if y.chance(40) {
			g.LoanID = ptr(cqPick(y, y.loans...).LoanID)
		} else {
			g.BorrowerID = ptr(cqPick(y, y.borrowers...))
		}
		f.flags, y.flags = append(f.flags, g), append(y.flags, g)
		if y.chance(10) {
			g.ValidUntil = ptr(g.ValidFrom + 20)
			f.flags = append(f.flags, g)
		}
		if y.chance(5) {
			g.ValidUntil, g.Flag = ptr(g.ValidFrom-1), "fraud"
			f.flags = append(f.flags, g)
		}
	}
	if len(y.flags) > 0 && y.chance(70) { // one ends, or never was
		k := y.r.IntN(len(y.flags))
		g := y.flags[k]
		g.ValidUntil = ptr(max(g.ValidFrom, int32(y.b)))
		if y.chance(20) {
			g.ValidUntil = ptr(g.ValidFrom)
		}
		f.flags = append(f.flags, g)
		y.flags = slices.Delete(y.flags, k, k+1)
	}
}

// drawMoney pays, reverses and charges.
func (y *cqYear) drawMoney(f *cqFiles) {
	pay := func(loan, currency string, on int, amount int64) {
		if amount > 0 {
			f.repayments = append(f.repayments, repaymentFile{y.id("R"), loan, int32(on), amount, currency})
		}
	}
	for _, l := range y.tape {
		switch n := y.r.IntN(100); {
		case l.status == "charged_off" && !l.recovered && n < 30:
			pay(l.id, l.currency, y.b, l.total*int64(1+n)/20) // some pay more than was charged off
		case l.status != "active":
		case n < 3 && l.dpd > 0:
			pay(l.id, l.currency, y.b-y.r.IntN(3), l.pastDue)
		case n < 6 && l.dpd > 0:
			pay(l.id, l.currency, y.b-y.r.IntN(3), l.pastDue/3)
		case n < 30 && l.dpd == 0 && l.nextDueOn != cqNoDay && l.nextDueOn-y.b < 3:
			pay(l.id, l.currency, y.b, l.nextDue)
		case n == 30 || n == 31:
			f.adjustments = append(f.adjustments, cqAdjustmentsFile{AdjustmentID: y.id("A"), LoanID: l.id, Kind: "penalty", ValueDate: int32(y.b), Amount: ptr(int64(500))})
		case n == 32 && y.m.anyCase(l.borrower):
			f.adjustments = append(f.adjustments, cqAdjustmentsFile{
				AdjustmentID: y.id("A"), LoanID: l.id, Kind: "fee", ValueDate: int32(y.b), Amount: ptr(int64(100)), Reason: ptr("offer:taken"),
			})
		case n > 32 && n < 36 && l.dpd > 9:
			f.adjustments = append(f.adjustments, cqAdjustmentsFile{AdjustmentID: y.id("A"), LoanID: l.id, Kind: "charge_off", ValueDate: int32(y.b)})
		}
	}
	for i := 0; i < len(y.pledges); i++ {
		p := y.pledges[i]
		if p.on > y.b {
			continue
		}
		y.pledges = slices.Delete(y.pledges, i, i+1)
		i--
		on := p.on + y.r.IntN(3) - 1
		if y.chance(20) {
			on += 2 // too late, perhaps
		}
		pay(p.loan, p.currency, min(on, y.b), p.amount)
	}
	if len(y.money) > 0 && y.chance(40) {
		r := y.money[max(0, len(y.money)-1-y.r.IntN(15))]
		a := cqAdjustmentsFile{AdjustmentID: y.id("A"), LoanID: r.LoanID, Kind: "reversal", ValueDate: int32(y.b), TargetID: ptr(r.RepaymentID)}
		if y.chance(40) {
			a.Kind, a.Amount = "chargeback", ptr(r.Amount/2+1)
		}
		f.adjustments = append(f.adjustments, a)
	}
}

// anyCase reports whether a borrower ever said that he is in hardship.
func (m *cqModel) anyCase(borrower string) bool {
	return slices.ContainsFunc(m.contacts, func(c cqContact) bool { return c.kind == "hardship" && c.borrower == borrower })
}

// some is an instant of a day.
func (y *cqYear) some(d int) time.Time {
	return time.Unix(int64(d)*86400+int64(y.r.IntN(86400/900))*900, 0).UTC()
}

var cqYearOutcomes = []string{
	"conversation", "refused", "third_party", "wrong_number", "voicemail", "voicemail", "no_answer", "no_answer", "no_answer", "delivered", "delivered", "undelivered",
	"not_connected", "not_connected", "not_attempted", "spoke", "",
}

// drawResults answers the tasks of the nights before: at once, late, twice, for the wrong
// borrower, or never.
func (y *cqYear) drawResults(f *cqFiles) {
	for _, c := range y.late {
		if y.chance(25) {
			f.contacts = append(f.contacts, c)
		}
	}
	y.late = slices.DeleteFunc(y.late, func(c cqContactsFile) bool {
		return slices.ContainsFunc(f.contacts, func(o cqContactsFile) bool { return o.ContactID == c.ContactID })
	})
	for _, k := range y.m.tasks {
		if k.on > y.b || k.on < y.b-2 || k.on < y.b && y.chance(85) {
			continue
		}
		c := cqContactsFile{ContactID: y.id("K"), TaskKey: ptr(k.key), Kind: "attempt", At: y.some(k.on)}
		if s := y.safeOf(k.key); s != nil && !s.earliest.IsZero() {
			c.At = s.earliest.Add(time.Duration(y.r.Int64N(int64(s.latest.Sub(s.earliest))))).Truncate(time.Second)
		}
		if s := cqPick(y, cqYearOutcomes...); s != "" {
			c.Outcome = &s
		}
		if y.chance(8) {
			c.Channel = ptr(cqPick(y, "call", "sms", "pigeon"))
		}
		if y.chance(8) && len(k.loans) > 0 {
			c.LoanID = ptr(k.loans[0])
		}
		switch n := y.r.IntN(100); {
		case n < 15: // never
		case n < 30:
			y.late = append(y.late, c)
		case n < 36:
			c.BorrowerID = ptr(cqPick(y, y.borrowers[:56]...))
			f.contacts = append(f.contacts, c)
		case n < 44:
			f.contacts = append(f.contacts, c)
			c.ContactID, c.Outcome = y.id("K"), ptr(cqPick(y, "no_answer", "conversation"))
			f.contacts = append(f.contacts, c)
		default:
			f.contacts = append(f.contacts, c)
		}
		if y.chance(6) {
			f.contacts = append(f.contacts, cqContactsFile{ContactID: y.id("K"), TaskKey: ptr(k.key), Kind: cqPick(y, "inbound", "opt_out", "hardship"), At: y.some(y.b)})
		}
	}
}

func (y *cqYear) safeOf(key string) *cqSafeTask {
	for i := range y.safe {
		if y.safe[i].key == key {
			return &y.safe[i]
		}
	}
	return nil
}

// drawFaults are rows that are refused, come again, or have another row's id.
func (y *cqYear) drawFaults(f *cqFiles) {
	add := func(c cqContactsFile) { f.contacts = append(f.contacts, c) }
	row := func(kind string) cqContactsFile {
		return cqContactsFile{ContactID: y.id("K"), BorrowerID: ptr(cqPick(y, y.borrowers...)), Kind: kind, At: y.some(y.b)}
	}
	if len(y.sent) > 0 && y.chance(30) {
		c := y.sent[y.r.IntN(len(y.sent))]
		add(c)
		if y.chance(50) {
			c.At = c.At.Add(time.Hour)
			add(c)
		}
	}
	switch c := row("attempt"); y.r.IntN(14) {
	case 0:
		c.BorrowerID, c.TaskKey = nil, ptr("no such task")
		add(c)
	case 1:
		c.TaskKey = ptr("no such task")
		add(c)
	case 2:
		c.At = y.some(y.b + 3)
		add(c)
	case 3:
		c.LoanID = ptr("no such loan")
		add(c)
	case 4:
		c.At = y.some(y.b - 1200)
		add(c)
	case 5:
		c.Kind, c.Channel = "consent", ptr("pigeon")
		add(c)
	case 6:
		c.Kind = cqPick(y, "consent", "unhold", "void", "promise")
		add(c)
	case 7:
		c.BorrowerID = ptr("B of nobody")
		c.Kind = cqPick(y, "attempt", "complaint", "opt_out")
		add(c)
	}
}
