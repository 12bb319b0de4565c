package batch

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestPacksAgainstModel: small random books over some 30 months, closed on nights of random
// distance, with money that is early, late, partial, comes in another night's file or is
// reversed, with restructurings that count and that do not, and with facts whose ends change.
// On each night each loan has the classes, rules, dates, provisions and counters of the
// model, and the allowance is what the pack that is posted adds up to.
//
//	SEED=7 go test -run PacksAgainstModel ./batch
func TestPacksAgainstModel(t *testing.T) {
	t.Parallel()
	first, seeds := seedsToTry(1)
	for seed := first; seed < first+seeds; seed++ {
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { packsAgainstModel(t, uint64(seed)) }) {
			t.Fatalf("seed %d; run again with SEED=%d", seed, seed)
		}
	}
}

const pmYearPolicy = `
format_version: 1
name: packs
jurisdiction: none
currencies: [CNY, USD]
aging: {materiality: {amount: {CNY: 100, USD: 15}, share: 0.01}}
products:
  default: {}
  card: {card: true, attributes: [open_end]}
  home: {attributes: [secured, home, home_secured]}
  ltv: {attributes: [secured, home_secured_ltv_60]}
  business: {attributes: [non_retail, small_business]}
packs: [cn, ifrs9, eu, us, in]
`

// provisions: which pack is posted, and when, by seed.
func pmYearPosts(seed uint64) (post, when, yaml string) {
	post = []string{"in", "cn", "cn", ""}[seed%4]
	when = []string{"nightly", "month_end"}[seed%2]
	yaml = fmt.Sprintf("provisions: {post: %s, when: %s}\n", post, when)
	if post == "" {
		yaml = fmt.Sprintf("provisions: {when: %s}\n", when)
	}
	return post, when, yaml
}

// pmOverPack writes China's pack under which too much that is non-performing makes all of a currency loss: a class above
// that of what drew it up, so that also a borrower's only loan goes there.
func pmOverPack(t testing.TB) (path string) {
	text, err := os.ReadFile(filepath.Join("policy", "packs", "cn.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	own := regexp.MustCompile(`(?m)^contagion:.*$`).ReplaceAllString(string(text), "contagion: {over: 0.3, at_least: loss, cite: test}")
	own = strings.Replace(strings.Replace(own, "\npack: cn\n", "\npack: over\n", 1), "\nfills: classification\n", "\n", 1)
	path = filepath.Join(t.TempDir(), "over.yaml")
	if err := os.WriteFile(path, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pmYearModel is the same policy as the model has it, with a pack more.
func pmYearModel(t testing.TB, post, when, pack string) *pmPolicy {
	return &pmPolicy{
		packs: append(pmPacks(t, "cn", "ifrs9", "eu", "us", "in"), pmReadPack(t, pack)), post: post, when: when, share: big.NewRat(1, 100), currencies: []string{"CNY", "USD"},
		amount: map[string]int64{"CNY": 10000, "USD": 1500},
		attributes: map[string][]string{
			"card": {"card", "open_end"}, "home": {"secured", "home", "home_secured"}, "ltv": {"secured", "home_secured_ltv_60"}, "business": {"non_retail", "small_business"},
		},
	}
}

// pmYear is a small lender, night by night.
type pmYear struct {
	t       testing.TB
	l       *lender
	r       *rand.Rand
	book    *pmBook
	b       int32
	before  int32 // the close before
	loans   []*pmBorrowed
	flags   map[pmFact]int32 // and their ends
	told    []pmTold
	ids     int
	seen    map[string]int
	figures int
	nights  []int32
	tapes   [][]pmRow // published, by night
}

// A pmFact is the key of a flag.
type pmFact struct {
	borrower, loan, flag string
	from                 int32
}

// A pmTold is a row of a night's flags.
type pmTold struct {
	pmFact
	until, on int32
}

// A pmBorrowed is a loan of the year: what came, and what is on its way.
type pmBorrowed struct {
	f      loanFile
	events []pmEvent
	late   []pmEvent
	pays   bool
	booked bool // on an earlier night: until then rows of schedules are the booking's
}

// truth is the life as it was, whether or not its rows have come.
func (x *pmBorrowed) truth() []pmEvent { return append(slices.Clone(x.events), x.late...) }

func (y *pmYear) chance(n int) bool { return y.r.IntN(100) < n }

func pmPick[T any](y *pmYear, list ...T) T { return list[y.r.IntN(len(list))] }

func (y *pmYear) id(prefix string) string {
	y.ids++
	return fmt.Sprintf("%s%05d", prefix, y.ids)
}

func packsAgainstModel(t *testing.T, seed uint64) {
	post, when, yaml := pmYearPosts(seed)
	over := pmOverPack(t)
	y := &pmYear{
		t: t, l: newLender(t), r: rand.New(rand.NewPCG(seed, 17)), book: newPMBook(pmYearModel(t, post, when, over)), b: pmYMD(2024, 1, 10), flags: map[pmFact]int32{}, seen: map[string]int{},
	}
	y.l.policy(strings.Replace(pmYearPolicy, "us, in]", "us, in, "+over+"]", 1) + yaml)
	y.before = y.b
	for range 34 {
		y.night()
		if t.Failed() {
			return
		}
		y.before = y.b
		switch y.r.IntN(5) {
		case 0:
			y.b++
		case 1:
			y.b += 2 + int32(y.r.IntN(9))
		case 2: // the end of the month
			year, m, _ := pmSplit(y.b)
			y.b = max(y.b+1, pmYMD(year, m+1, 1)-1)
		default:
			y.b += 11 + int32(y.r.IntN(46))
		}
	}
	verifySilent(t, y.l)
	t.Logf("%d figures; %v", y.figures, y.seen)
}

// night draws, closes and compares.
func (y *pmYear) night() {
	date := pmDay8(y.b)
	in := y.l.in(date)
	var loans []loanFile
	for range pmLoansOfNight(y) {
		x := y.newLoan()
		y.loans, loans = append(y.loans, x), append(loans, x.f)
	}
	var tonight []pmEvent
	owner := map[string]*pmBorrowed{}
	for _, x := range y.loans {
		for _, e := range y.draw(x) {
			owner[e.id] = x
			tonight = append(tonight, e)
		}
	}
	y.r.Shuffle(len(tonight), func(i, j int) { tonight[i], tonight[j] = tonight[j], tonight[i] })
	rows := y.write(in, loans, tonight, owner)
	y.drawFlags(in)
	y.l.close(date)
	y.l.o.Policy = nil
	for at, reason := range y.l.rejects(date) {
		if rows[at] == "" {
			y.t.Errorf("%s: %s is rejected as %s", date, at, reason)
		}
		y.seen["rejected "+reason]++
		delete(rows, at)
	}
	taken := map[string]bool{}
	for _, id := range rows {
		taken[id] = true
	}
	for _, e := range tonight {
		if taken[e.id] {
			e.told = y.b
			owner[e.id].events = append(owner[e.id].events, e)
		}
	}
	for _, x := range y.loans {
		x.booked = true
	}
	y.compare(date)
}

func pmLoansOfNight(y *pmYear) int {
	switch {
	case len(y.loans) == 0:
		return 8
	case len(y.loans) < 24 && y.chance(40):
		return 1 + y.r.IntN(4)
	}
	return 0
}

func (y *pmYear) newLoan() *pmBorrowed {
	f := loanFile{
		LoanID: crowded(y.id("L")), BorrowerID: fmt.Sprint("B", len(y.loans)*2/3), Product: pmPick(y, "default", "default", "default", "card", "home", "ltv", "business", "business"),
		Currency: pmPick(y, "CNY", "CNY", "USD"), Principal: 20_000 + y.r.Int64N(3_000_000), DisbursedOn: y.b - int32(y.r.IntN(70)), Installments: 6 + int32(y.r.IntN(30)),
		Method: ptr("zero"), DayCount: ptr("30/360"), Frequency: ptr(pmPick(y, "1M", "1M", "1M", "14D", "3M")), Fee: ptr(int64(0)),
	}
	if y.chance(30) {
		f.Method, f.AnnualRate, f.Frequency = ptr(pmPick(y, "annuity", "equal_principal")), 10_000_000*(5+y.r.Int64N(25)), ptr("1M")
		f.DayCount = ptr(pmPick(y, "30/360", "ACT/365F"))
	}
	f.FirstDueOn = f.DisbursedOn + 1 + int32(y.r.IntN(45))
	return &pmBorrowed{f: f, pays: y.chance(75)}
}

// write writes the night's files, and returns the ids of events by file and row.
func (y *pmYear) write(in string, loans []loanFile, tonight []pmEvent, owner map[string]*pmBorrowed) map[string]string {
	var repayments []repaymentFile
	var adjustments []cqAdjustmentsFile
	var schedules []scheduleFile
	rows := map[string]string{}
	for _, e := range tonight {
		f := owner[e.id].f
		if e.kind == "repayment" {
			rows[fmt.Sprintf("repayments-a.parquet:%d", len(repayments))] = e.id
			repayments = append(repayments, repaymentFile{e.id, f.LoanID, e.on, e.amount, f.Currency})
			continue
		}
		a := cqAdjustmentsFile{AdjustmentID: e.id, LoanID: f.LoanID, Kind: e.kind, ValueDate: e.on}
		if e.target != "" {
			a.TargetID = ptr(e.target)
		}
		if e.until != 0 {
			a.Until = ptr(e.until)
		}
		if e.choice != "" {
			a.Choice = ptr(e.choice)
		}
		if e.reason != "" {
			a.Reason = ptr(e.reason)
		}
		if e.frequency != "" {
			a.Frequency = ptr(e.frequency)
		}
		if e.kind == "restructure" {
			a.FirstDueOn = ptr(e.firstDue)
			if e.choice != "reamortize" {
				a.Installments = ptr(int32(e.installments))
			}
		}
		for i, p := range e.plan {
			schedules = append(schedules, scheduleFile{f.LoanID, int32(i + 1), p.on, p.principal, 0})
		}
		rows[fmt.Sprintf("adjustments-a.parquet:%d", len(adjustments))] = e.id
		adjustments = append(adjustments, a)
	}
	write(y.t, in, "loans-a", loans)
	write(y.t, in, "repayments-a", repayments)
	write(y.t, in, "adjustments-a", adjustments)
	write(y.t, in, "schedules-a", schedules)
	return rows
}

// draw makes a loan's events of the days since the last close, and returns those whose rows
// come tonight.
func (y *pmYear) draw(x *pmBorrowed) (tonight []pmEvent) {
	from := max(y.before+1, x.f.DisbursedOn)
	if len(x.events) == 0 {
		from = x.f.DisbursedOn
	}
	days, _ := pmDaysOf(x.f, x.truth(), y.b)
	now := days[len(days)-1]
	at := func(t int32) *pmDay { return &days[t-x.f.DisbursedOn] }
	tell := func(e pmEvent) {
		if e.kind == "repayment" && y.chance(12) {
			x.late = append(x.late, e)
			return
		}
		tonight = append(tonight, e)
	}
	pay := func(on int32, amount int64) {
		if amount > 0 && on >= x.f.DisbursedOn && on <= y.b {
			tell(pmEvent{naiveEvent: naiveEvent{kind: "repayment", id: y.id("P"), on: on, amount: amount}})
		}
	}
	x.late = slices.DeleteFunc(x.late, func(e pmEvent) bool {
		if y.chance(45) {
			tonight = append(tonight, e)
			return true
		}
		return false
	})
	some := func() int32 { return from + int32(y.r.IntN(int(y.b-from)+1)) }
	if y.chance(14) {
		if x.pays = !x.pays; x.pays { // all that is past due
			on := some()
			pay(on, at(min(on+1, y.b)).pastDue)
		}
	}
	for _, d := range now.dues {
		if d.on < from || d.on > y.b || d.whole == 0 {
			continue
		}
		switch {
		case x.pays && y.chance(80):
			pay(d.on, d.whole)
		case x.pays:
			pay(d.on+pmPick[int32](y, -3, 1, 2, 7, 8, 30, 31), d.whole)
		case y.chance(20):
			pay(d.on+int32(y.r.IntN(9)), d.whole*int64(1+y.r.IntN(9))/10)
		}
	}
	if now.status != "active" {
		return tonight
	}
	if y.chance(2) {
		pay(some(), now.total) // ahead: credit
	}
	return append(tonight, y.drawOther(x, tonight, now, some)...)
}

// drawOther makes what is not money.
func (y *pmYear) drawOther(x *pmBorrowed, tonight []pmEvent, now pmDay, some func() int32) (more []pmEvent) {
	switch n := y.r.IntN(100); {
	case n < 4:
		var targets []pmEvent
		for _, e := range x.events {
			isReversed := slices.ContainsFunc(x.events, func(o pmEvent) bool { return o.target == e.id })
			if (e.kind == "repayment" || e.kind == "restructure") && !isReversed {
				targets = append(targets, e)
			}
		}
		if len(targets) > 0 {
			e := pmPick(y, targets...)
			more = append(more, pmEvent{naiveEvent: naiveEvent{kind: "reversal", id: y.id("A"), on: max(e.on, some()), target: e.id}})
		}
	case n < 6:
		on := some()
		more = append(more, pmEvent{naiveEvent: naiveEvent{kind: "pause", id: y.id("A"), on: on, until: on + 1 + int32(y.r.IntN(40))}})
	case n < 14 || n < 24 && now.dpd > 30:
		if e := y.restructure(x, tonight, some()); *x.f.Method == "zero" && e != nil {
			more = append(more, *e)
		}
	case n < 32 && now.dpd > 95:
		kind := "charge_off"
		if y.chance(20) {
			kind = "write_off"
		}
		more = append(more, pmEvent{naiveEvent: naiveEvent{kind: kind, id: y.id("A"), on: some()}})
	}
	return more
}

// restructure draws new terms of a loan without interest, or none.
func (y *pmYear) restructure(x *pmBorrowed, tonight []pmEvent, on int32) *pmEvent {
	known := append(slices.Clone(x.events), tonight...)
	days, _ := pmDaysOf(x.f, known, y.b)
	d := days[on-x.f.DisbursedOn]
	if d.status != "active" || d.principal == 0 || slices.ContainsFunc(known, func(e pmEvent) bool { return e.kind != "repayment" && e.on >= on }) {
		return nil
	}
	e := &pmEvent{naiveEvent: naiveEvent{kind: "restructure", id: y.id("A"), on: on, choice: pmPick(y, "reage", "reage", "reamortize", "schedule")}}
	e.reason = pmPick(y, "", "", "hardship", "commercial")
	e.firstDue, e.installments = on+1+int32(y.r.IntN(50)), 1+y.r.IntN(20)
	if !x.booked {
		e.choice = "reage"
	}
	switch e.choice {
	case "schedule":
		due, rest := e.firstDue, d.principal
		for i := range e.installments {
			part := min(rest, 1+y.r.Int64N(2*d.principal/int64(e.installments)+1))
			if i == e.installments-1 {
				part = rest
			}
			e.plan = append(e.plan, pmDue{on: due, principal: part})
			rest -= part
			due += 5 + int32(y.r.IntN(60))
		}
	case "reamortize":
		if !slices.ContainsFunc(d.dues, func(d pmDue) bool { return d.on > on }) {
			return nil
		}
	default:
		e.frequency = pmPick(y, "", "", "1M", "3M", "14D")
	}
	return e
}

// The flags that packs read, some that the history reads, and one of nobody.
var pmYearFlags = []string{
	"credit_impaired", "loss_50", "loss_90", "loss_identified", "evasion", "bankrupt", "fraud", "watch", "in_difficulty", "diverted_funds", "refinanced",
	"technical_delay", "default", "unlikely_to_pay", "distressed_restructuring", "npa", "loss_determined", "repayment_likely", "bad_debt", "settled_by_assets",
	"paid_by_guarantor", "vip",
}

// drawFlags: facts begin, end, end otherwise, and never were.
func (y *pmYear) drawFlags(in string) {
	var rows []flagFile
	put := func(f pmFact, until int32) {
		row := flagFile{Flag: f.flag, ValidFrom: f.from}
		if f.loan != "" {
			row.LoanID = &f.loan
		} else {
			row.BorrowerID = &f.borrower
		}
		if until != pmNone {
			row.ValidUntil = &until
		}
		rows = append(rows, row)
		y.flags[f] = until
		y.told = append(y.told, pmTold{f, until, y.b})
	}
	var known []pmFact
	for f := range y.flags {
		known = append(known, f)
	}
	slices.SortFunc(known, func(a, b pmFact) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	for range y.r.IntN(3) {
		if len(known) == 0 {
			break
		}
		k := y.r.IntN(len(known))
		f := known[k]
		known = slices.Delete(known, k, k+1)
		put(f, pmPick(y, pmNone, f.from, f.from+int32(y.r.IntN(100)), max(f.from, y.b), max(f.from, y.b-10)))
	}
	for range y.r.IntN(3) {
		f := pmFact{flag: pmPick(y, pmYearFlags...), from: y.b - 40 + int32(y.r.IntN(50))}
		x := pmPick(y, y.loans...)
		if y.chance(50) {
			f.loan = x.f.LoanID
		} else {
			f.borrower = x.f.BorrowerID
		}
		if _, is := y.flags[f]; !is {
			put(f, pmPick(y, pmNone, f.from+int32(y.r.IntN(60)), f.from+int32(y.r.IntN(300))))
		}
	}
	write(y.t, in, "flags-a", rows)
}

// lives are the loans as known tonight.
func (y *pmYear) lives() (lives []*pmLife) {
	for _, x := range y.loans {
		l := pmLifeOf(x.f, x.events, y.b)
		for f, until := range y.flags {
			if f.loan == l.id || f.borrower == l.borrower {
				l.flags = append(l.flags, pmFlag{f.flag, f.from, until})
			}
		}
		lives = append(lives, l)
	}
	return lives
}

// compare holds the tape to the model's rows, and the general ledger to what they add up to.
func (y *pmYear) compare(date string) {
	lives := y.lives()
	rows, targets := y.book.close(y.b, lives)
	for _, l := range lives {
		d := l.day(y.b)
		row := rows[l.id]
		row["status"], row["total_outstanding"], row["interest_suspended"], row["past_due_amount"] = d.status, naiveMoney(d.total), naiveMoney(d.suspended), naiveMoney(d.pastDue)
		row["principal_outstanding"] = naiveMoney(d.principal)
		row["days_past_due"], row["delinquent_days"], row["bucket"] = fmt.Sprint(d.dpd), fmt.Sprint(d.delinquent), pmBucket(d.delinquent)
		y.seen["status "+d.status]++
		for _, p := range y.book.policy.packs {
			y.seen[p.name+" "+row[p.name+"_rule"]]++
		}
	}
	tape := y.l.tape(date)
	faults, n := comparePacks(tape, rows)
	y.figures += n
	wrong := map[string]bool{}
	for _, f := range faults {
		y.t.Errorf("%s: %s", date, f)
		wrong[strings.Fields(f)[0]] = true
	}
	for _, x := range y.loans {
		if wrong[x.f.LoanID+":"] && len(wrong) < 4 {
			y.tell(x)
		}
	}
	y.ledger(date, targets)
	y.tables(date)
}

// pmYearTables are the tables that are compared, and what the model makes of each.
var pmYearTables = []struct {
	name string
	want func(y *pmYear, x *pmTapes) []pmRow
}{
	{"classification_by_pack", func(_ *pmYear, x *pmTapes) []pmRow { return x.classificationByPack() }},
	{"rules", func(_ *pmYear, x *pmTapes) []pmRow { return x.rules() }},
	{"stage_movement", func(_ *pmYear, x *pmTapes) []pmRow { return x.stageMovement() }},
	{"roll_rates", func(_ *pmYear, x *pmTapes) []pmRow { return x.rollRates() }},
	{"migration_month", func(_ *pmYear, x *pmTapes) []pmRow { return x.migrationMonth() }},
	{"cures", func(y *pmYear, _ *pmTapes) []pmRow { return pmCures(y.book.policy, y.nights, y.tapes) }},
	{"vintage", func(_ *pmYear, x *pmTapes) []pmRow { return x.vintage() }},
	{"npa_movement", func(_ *pmYear, x *pmTapes) []pmRow { return x.npaMovement() }},
	{"finrep_f18", func(_ *pmYear, x *pmTapes) []pmRow { return x.finrepF18() }},
	{"backstop", func(_ *pmYear, x *pmTapes) []pmRow { return x.backstop() }},
	{"watchlist", func(_ *pmYear, x *pmTapes) []pmRow { return x.watchlist() }},
}

// tables compares tables with what the model makes of the published tapes alone.
func (y *pmYear) tables(date string) {
	y.nights, y.tapes = append(y.nights, y.b), append(y.tapes, y.l.table(date, "loans/part-*.parquet"))
	x := &pmTapes{policy: y.book.policy, b: y.b, base: pmBaseOf(y.nights, y.b), now: y.tapes[len(y.tapes)-1], forborne: y.book.forborne}
	if i := slices.Index(y.nights, x.base); i >= 0 {
		x.then = y.tapes[i]
	}
	for _, table := range pmYearTables {
		want := table.want(y, x)
		y.seen["rows of "+table.name] += len(want)
		for _, fault := range pmTableFaults(table.name, y.l.table(date, "regulatory/"+table.name+".parquet"), want) {
			y.t.Errorf("%s: %s", date, fault)
		}
	}
}

// tell logs a life.
func (y *pmYear) tell(x *pmBorrowed) {
	y.t.Logf("%s of %s: %s %s, %s %s, from %s, first due %s, %d × %s", x.f.LoanID, x.f.BorrowerID, x.f.Product, *x.f.Method, naiveMoney(x.f.Principal), x.f.Currency,
		pmDay8(x.f.DisbursedOn), pmDay8(x.f.FirstDueOn), x.f.Installments, *x.f.Frequency)
	for _, e := range x.events {
		y.t.Logf("  %s %s %s amount %s target %q choice %q reason %q first due %s × %d %s plan %v until %s, told on %s", pmDay8(e.on), e.id, e.kind, naiveMoney(e.amount), e.target, e.choice, e.reason,
			pmDay8(e.firstDue), e.installments, e.frequency, e.plan, pmDay8(e.until), pmDay8(e.told))
	}
	for _, f := range y.told {
		if f.loan == x.f.LoanID || f.borrower == x.f.BorrowerID {
			y.t.Logf("  flag %s%s %s [%s, %s), told on %s", f.loan, f.borrower, f.flag, pmDay8(f.from), pmDay8(f.until), pmDay8(f.on))
		}
	}
}

// comparePacks compares tape rows with the model's, by loan, in the columns that the model
// has, and says how many figures it compared. A fault begins with its loan.
func comparePacks(tape, model map[string]map[string]string) (faults []string, n int) {
	if len(tape) != len(model) {
		faults = append(faults, fmt.Sprintf("all: %d loans, the model has %d", len(tape), len(model)))
	}
	for id, want := range model {
		for column, w := range want {
			n++
			if got, is := tape[id][column]; !is || got != w {
				faults = append(faults, fmt.Sprintf("%s: %s is %q (there: %t), the model says %q", id, column, got, is, w))
			}
		}
	}
	slices.Sort(faults)
	return faults, n
}

// ledger: on a night that computes provisions the allowance is the sum of those of the pack
// that is posted, and no currency has more than one entry of them, which is of that pack; on
// other nights, and without such a pack, there is none.
func (y *pmYear) ledger(date string, targets map[string]*big.Int) {
	closing := map[string]int64{}
	for _, row := range y.l.table(date, "regulatory/trial_balance.parquet") {
		if row["account"] == "1309" {
			closing[row["currency"]] = -pmCents(row["closing"])
		}
	}
	entries := map[string]map[string]bool{}
	for _, row := range y.l.table(date, "journal/part-*.parquet") {
		if row["kind"] != "provision" {
			continue
		}
		if row["source_id"] != y.book.policy.post || targets == nil || row["loan_id"] != "" {
			y.t.Errorf("%s: a provision of source %q and loan %q", date, row["source_id"], row["loan_id"])
		}
		if entries[row["currency"]] == nil {
			entries[row["currency"]] = map[string]bool{}
		}
		entries[row["currency"]][row["entry_id"]] = true
	}
	for _, currency := range y.book.policy.currencies {
		if want := targets[currency]; want != nil && closing[currency] != want.Int64() {
			y.t.Errorf("%s: the allowance in %s is %d, the provisions add up to %s", date, currency, closing[currency], want)
		}
		if len(entries[currency]) > 1 {
			y.t.Errorf("%s: %d entries of provisions in %s", date, len(entries[currency]), currency)
		}
	}
}
