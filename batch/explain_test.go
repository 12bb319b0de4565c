package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/aging/treat"
	"daybook/batch/book"
	"daybook/batch/lookup"
	"daybook/ledger/civil"
)

// TestExplainTiesToTheQueue: what is said of each borrower of a book that works a queue for
// weeks is what the night published of him, to the reason, its facts and the day it lifts.
func TestExplainTiesToTheQueue(t *testing.T) {
	t.Parallel()
	nights := 9
	if testing.Short() {
		nights = 3
	}
	seen := map[string]int{}
	for _, jurisdiction := range []string{"us", "uk", "cn"} {
		y := newCQYear(t, jurisdiction, 3, false)
		for range nights {
			y.night()
			ids := append([]string{"B99", "B of nobody"}, y.borrowers...)
			for _, f := range explainFaults(t, y.l, y.dates[len(y.dates)-1], ids, seen) {
				t.Error(f)
			}
			if t.Failed() {
				t.Fatalf("%s, %s", jurisdiction, y.dates[len(y.dates)-1])
			}
		}
	}
	for _, what := range []string{"task", "suppressed", "below_capacity", "not_due", "nothing", "unknown", "promises", "withheld", "hardship", "offers", "unreported", "limits"} {
		if seen[what] == 0 && !testing.Short() {
			t.Errorf("nobody shows %s: it is not tried; %v", what, seen)
		}
	}
	t.Log(seen)
}

// explained is what the book says of borrowers; nil of one whom it does not know.
func explained(t *testing.T, l *lender, ids ...string) map[string]*lookup.BorrowerView {
	t.Helper()
	r, done := reading(t, l)
	defer done()
	views := map[string]*lookup.BorrowerView{}
	for _, id := range ids {
		v, err := r.Borrower(t.Context(), id)
		var unknown *book.NotFoundError
		switch {
		case errors.As(err, &unknown):
		case err != nil:
			t.Fatal(err)
		default:
			views[id] = v
		}
	}
	return views
}

// explainFaults says where explanations differ from what a night published.
func explainFaults(t *testing.T, l *lender, date string, ids []string, seen map[string]int) (faults []string) {
	t.Helper()
	tables := map[string]map[string][]cqRow{}
	for _, name := range []string{"tasks", "suppressed", "below_capacity", "not_due", "promises", "task_loans", "offers"} {
		tables[name] = map[string][]cqRow{}
		for _, row := range l.cqQueue(date, name) {
			tables[name][row["borrower_id"]] = append(tables[name][row["borrower_id"]], row)
		}
	}
	views := explained(t, l, ids...)
	for _, id := range ids {
		of := map[string][]cqRow{}
		for name := range tables {
			of[name] = tables[name][id]
		}
		v := views[id]
		if v == nil {
			seen["unknown"]++
			if len(of["tasks"])+len(of["suppressed"])+len(of["below_capacity"])+len(of["not_due"]) > 0 {
				faults = append(faults, fmt.Sprintf("%s: %s is in the queue, and unknown to the book", date, id))
			}
			continue
		}
		if _, err := json.Marshal(v); err != nil {
			t.Fatal(err)
		}
		explainTally(v, seen)
		for what, pair := range explainPairs(v, of) {
			if pair[0] != pair[1] {
				faults = append(faults, fmt.Sprintf("%s: %s: %s is\n%s\nand was published as\n%s", date, id, what, pair[0], pair[1]))
			}
		}
	}
	return faults
}

func explainTally(v *lookup.BorrowerView, seen map[string]int) {
	seen[v.Place.Place]++
	seen["promises"] += len(v.Promises)
	seen["offers"] += len(v.Offers)
	if v.Hardship != nil {
		seen["hardship"]++
	}
	for _, l := range v.Loans {
		if !l.Covered {
			seen["withheld"]++
		}
	}
	for _, k := range v.Tasks {
		if k.Unreported {
			seen["unreported"]++
		}
	}
	for _, r := range v.Rules {
		if r.Limit != nil && len(r.Limit.Counted) > 0 {
			seen["limits"]++
		}
	}
}

// explainPairs is what an explanation says and what was published, by what it is of.
func explainPairs(v *lookup.BorrowerView, of map[string][]cqRow) map[string][2]string {
	pairs := map[string][2]string{}
	place, names := "nothing", map[string]string{"tasks": "task", "suppressed": "suppressed", "below_capacity": "below_capacity", "not_due": "not_due"}
	for name, word := range names {
		if len(of[name]) > 0 {
			place = word
		}
	}
	pairs["place"] = [2]string{fmt.Sprint(v.Place.Place, v.Place.Differs), place + "false"}
	step := "null"
	if s := v.Treatment.Step; s != nil && s.From != nil {
		step = fmt.Sprint(*s.From)
	}
	said := map[string]string{
		"segment": v.Treatment.Segment, "arm": v.Treatment.Arm, "step_from": step, "priority": v.Treatment.Value, "channel": v.Place.Channel, "task_key": v.Place.TaskKey,
		"time_zone": v.Who.Home, "jurisdiction": v.Who.Jurisdiction, "reason_code": v.Place.Code, "next_on": v.Place.NextOn.String(),
		"times_below": fmt.Sprint(v.Place.TimesBelow), "language": v.Who.Language, "earliest_at": v.Place.EarliestAt, "earliest_local": v.Place.EarliestLocal,
	}
	same := func(row cqRow, columns ...string) {
		for _, c := range columns {
			want, got := row[c], said[c]
			if want == cqNull {
				want = ""
			}
			if got == "null" {
				got = ""
			}
			pairs[c] = [2]string{got, want}
		}
	}
	switch place {
	case "task":
		said["earliest_local"] = ""
		for _, w := range v.Treatment.Step.Channels {
			if w.Channel == v.Place.Channel {
				said["earliest_local"], said["attempts"] = w.Earliest, fmt.Sprint(w.Attempts)
			}
		}
		same(of["tasks"][0], "segment", "arm", "step_from", "priority", "channel", "task_key", "jurisdiction", "language", "earliest_local", "attempts")
		if of["tasks"][0]["earliest_local"] != cqNull {
			same(of["tasks"][0], "time_zone")
		}
		pairs["withheld"] = explainWithheld(v.Loans, of["task_loans"])
		pairs["offers"] = [2]string{fmt.Sprint(len(v.Offers)), fmt.Sprint(len(of["offers"]))}
	case "suppressed":
		same(of["suppressed"][0], "segment", "earliest_at", "earliest_local")
		pairs["reasons"] = explainReasons(v.Rules, of["suppressed"])
	case "below_capacity":
		same(of["below_capacity"][0], "segment", "step_from", "priority", "channel", "times_below")
	case "not_due":
		same(of["not_due"][0], "segment", "reason_code", "next_on")
	}
	pairs["promises"] = explainPromises(v.Promises, of["promises"])
	return pairs
}

func explainReasons(rules []treat.RuleView, rows []cqRow) (pair [2]string) {
	null := func(s string) string {
		if s == "" {
			return cqNull
		}
		return s
	}
	for _, r := range rules {
		if r.Held && !r.OtherLoan {
			pair[0] += strings.Join([]string{r.Code, r.Rule, r.Citation, null(r.Facts), r.Scope, null(r.Loan), null(r.Channel), null(r.LiftsOn.String())}, " | ") + "\n"
		}
	}
	for _, r := range rows {
		pair[1] += strings.Join([]string{
			r["reason_code"], r["rule"], r["citation"], null(strings.TrimSpace(r["facts"])), r["scope"], r["loan_id"], r["channel"], r["lifts_on"],
		}, " | ") + "\n"
	}
	return pair
}

func explainWithheld(loans []treat.LoanView, rows []cqRow) (pair [2]string) {
	for _, l := range loans {
		pair[0] += fmt.Sprintln(l.ID, l.Covered, l.Withheld, l.PastDue, l.DaysPastDue)
	}
	for _, r := range rows {
		code := r["reason_code"]
		if code == cqNull {
			code = ""
		}
		pair[1] += fmt.Sprintln(r["loan_id"], r["covered"], code, r["past_due_amount"], r["days_past_due"])
	}
	return pair
}

// explainPromises leaves out those that are frozen, which no night publishes.
func explainPromises(list []treat.PromiseView, rows []cqRow) (pair [2]string) {
	var said, published []string
	for _, p := range list {
		said = append(said, fmt.Sprintln(p.ID, p.Status, p.Amount, p.Paid, p.MadeOn, p.PromisedOn, p.Deadline, p.DecidedOn, p.Holds))
	}
	for _, r := range rows {
		decided := r["decided_on"]
		if decided == cqNull {
			decided = civil.None.String()
		}
		published = append(published, fmt.Sprintln(r["promise_id"], r["status"], r["amount"], r["paid_amount"], r["made_on"], r["promised_on"], r["deadline"], decided, r["holds"]))
	}
	slices.Sort(said)
	slices.Sort(published)
	return [2]string{strings.Join(said, ""), strings.Join(published, "")}
}

const explainPolicy = `format_version: 1
name: small
jurisdiction: cn
time_zone: Asia/Shanghai
currencies: [CNY]
collections:
  time_zone_when_unstated: Asia/Shanghai
  retention_days: 1096
  contact_rules:
    hours: [{channels: [call], days: [mon, tue, wed, thu, fri, sat], from: "09:00", until: "20:00"}]
    caps: [{name: all_week, channels: [call], measure: attempts, per: borrower, days: 7, max: 5}]
    waits: [{name: after_talk, channels: [call], per: loan, days: 3}]
  promises: {grace_days: 2, kept_share: 1, horizon_days: 60, broken_max: 2}
  segments:
    - name: all
      when: {}
      ladder: [{from: 1, channels: [call], tone: helpful, template: find_a_way, every: 3, attempts: 2, recover: 0.3}]
  capacity: {call: 1}
  cost: {call: 3}
`

// TestExplainBorrowers: one borrower in each place, by hand.
func TestExplainBorrowers(t *testing.T) {
	const date = "2026-03-02"
	b := cqDay(date)
	l := newLender(t)
	l.policy(explainPolicy)
	f := &cqFiles{}
	for i, id := range []string{"task", "below", "early", "silent", "pledged", "parted", "parted"} {
		f.loans = append(f.loans, cqLoansFile{
			LoanID: fmt.Sprint("L", i), BorrowerID: id, Product: "default", Currency: "CNY", Principal: int64(9-i) * 100_000, DisbursedOn: int32(b - 60), FirstDueOn: int32(b - 20),
			Installments: 12, AnnualRate: 120_000_000, Method: ptr("annuity"), DayCount: ptr("30/360"), Score: ptr(int32(600)),
		})
	}
	row := func(id, kind, at string) *cqContactsFile {
		f.contacts = append(f.contacts, cqContactsFile{ContactID: fmt.Sprint("K", len(f.contacts)), BorrowerID: ptr(id), Kind: kind, At: atTime(t, at)})
		return &f.contacts[len(f.contacts)-1]
	}
	attempt := func(id, at, outcome string) {
		c := row(id, "attempt", at)
		c.Channel, c.Outcome = ptr("call"), ptr(outcome)
	}
	attempt("early", "2026-03-01T10:00:00+08:00", "no_answer")
	attempt("silent", "2026-03-02T11:00:00+08:00", "conversation")
	c := row("silent", "hold", "2026-03-02T12:00:00+08:00")
	c.Reason, c.Until = ptr("illness"), ptr(int32(b+18))
	row("silent", "complaint", "2026-03-02T12:01:00+08:00")
	row("silent", "opt_out", "2026-03-02T12:02:00+08:00").Channel = ptr("call")
	c = row("pledged", "promise", "2026-03-02T09:00:00+08:00")
	c.Amount, c.Currency, c.PromisedOn = ptr(int64(5000)), ptr("CNY"), ptr(int32(b+8))
	row("parted", "opt_out", "2026-03-02T09:10:00+08:00")
	row("parted", "dispute", "2026-03-02T09:11:00+08:00").LoanID = ptr("L5")
	row("parted", "inbound", "2026-03-02T09:12:00+08:00").LoanID = ptr("L5") // a wait of a loan that is withheld is of none
	f.flags = append(f.flags, flagFile{BorrowerID: ptr("silent"), Flag: "deceased", ValidFrom: int32(b - 1)})
	f.borrowers = append(f.borrowers, cqBorrowersFile{BorrowerID: "silent", Zone: ptr("Asia/Shanghai"), From: ptr("10:30"), Language: ptr("zh-CN")})
	f.borrowers = append(f.borrowers, cqBorrowersFile{BorrowerID: "waits for a loan", Zone: ptr("Mars/Phobos")})
	f.write(t, l.in(date))
	l.close(date)

	all := []string{"task", "below", "early", "silent", "pledged", "parted", "waits for a loan"}
	for _, fault := range explainFaults(t, l, date, all, map[string]int{}) {
		t.Error(fault)
	}
	views := explained(t, l, append(all, "nobody", "L0")...)
	for id, want := range map[string]string{
		"task":             "task  call none of 1 loan",
		"below":            "below_capacity  call none of 1 loan",
		"early":            "not_due cadence  none of 1 loan",
		"silent":           "suppressed   deceased; complaint; illness until 2026-03-20; opted_out:call; wait:after_talk:L3:call until 2026-03-05 of 1 loan",
		"pledged":          "suppressed   promise_pending until 2026-03-13 of 1 loan",
		"parted":           "suppressed   dispute:L5; opted_out:call of 2 loans",
		"waits for a loan": "nothing   none of 0 loans",
		"nobody":           "unknown", "L0": "unknown",
	} {
		if got := explainSays(views[id]); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
	explainIsWhole(t, views)
	early := views["early"]
	if got := fmt.Sprint(early.Treatment.LastContact, " ", early.Treatment.NextOn, " ", early.Place.NextOn); got != "2026-03-01 2026-03-04 2026-03-04" {
		t.Errorf("the cadence of the one who is early is %s", got)
	}
	for _, r := range early.Rules {
		if want := (treat.LimitView{Measure: "attempts", Count: 1, Max: 5, From: civil.Date(b - 5), To: civil.Date(b + 1), Counted: []treat.CountedView{
			{On: civil.Date(b - 1), Channel: "call", Count: 1},
		}}); r.Rule == "all_week" && fmt.Sprint(*r.Limit) != fmt.Sprint(want) {
			t.Errorf("the cap counts %v, want %v", *r.Limit, want)
		}
	}
	if w := views["silent"].Who; !w.HasRecord || w.From != "10:30" || w.Until != "" || w.Language != "zh-CN" || w.Home != "Asia/Shanghai" || !w.ZonesKnown || w.Jurisdiction != "cn" {
		t.Errorf("the record of the silent one is %+v", w)
	}
	if w := views["waits for a loan"].Who; w.ZonesKnown || w.Home != "Asia/Shanghai" || w.TimeZone != "Mars/Phobos" {
		t.Errorf("zones that nobody knows are %+v", w)
	}
	if p := views["pledged"].Promises; len(p) != 1 || p[0].Status != "open" || p[0].Amount != "50.00" || p[0].Deadline != civil.Date(b+10) || !p[0].Holds {
		t.Errorf("the promise is %+v", p)
	}
}

// explainSays is the place of a view, and what holds.
func explainSays(v *lookup.BorrowerView) string {
	if v == nil {
		return "unknown"
	}
	var held []string
	for _, r := range v.Rules {
		if !r.Held {
			continue
		}
		s := r.Code
		for _, x := range []string{r.Rule, r.Loan, r.Channel} {
			if x != "" && x != r.Code {
				s += ":" + x
			}
		}
		if r.LiftsOn != civil.None {
			s += " until " + r.LiftsOn.String()
		}
		held = append(held, s)
	}
	if held == nil {
		held = []string{"none"}
	}
	loans := "loans"
	if v.LoansInBook == 1 {
		loans = "loan"
	}
	return fmt.Sprintf("%s %s %s %s of %d %s", v.Place.Place, v.Place.Code, v.Place.Channel, strings.Join(held, "; "), v.LoansInBook, loans)
}

// explainIsWhole: each code of the table is there, in its order, and so are all caps and
// waits, with what they count.
func explainIsWhole(t *testing.T, views map[string]*lookup.BorrowerView) {
	t.Helper()
	for id, v := range views {
		var codes, limits []string
		for _, r := range v.Rules {
			if r.Citation == "" || r.Scope == "" || (r.Limit != nil) != (r.Code == "cap" || r.Code == "wait") {
				t.Errorf("%s: a rule is %+v", id, r)
			}
			if !slices.Contains(codes, r.Code) {
				codes = append(codes, r.Code)
			}
			if r.Limit != nil {
				limits = append(limits, r.Rule)
			}
		}
		if !slices.Equal(codes, treat.Blockers()) {
			t.Errorf("%s: the rules are %v", id, codes)
		}
		if want := []string{"after_talk", "all_week", "cn_dials_day", "cn_talks_day"}; !slices.Equal(limits, want) {
			t.Errorf("%s: the caps and waits are %v", id, limits)
		}
	}
}

// TestExplainOldBooks: of a night that an earlier release closed it is said that nothing can
// be.
func TestExplainOldBooks(t *testing.T) {
	l := newLender(t)
	l.o.Book = copied(t, "../testdata/books/layout-1/book")
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	var none *book.NotFoundError
	if _, err := r.Borrower(t.Context(), "B1"); !errors.As(err, &none) || !strings.Contains(err.Error(), "close a night with this release first") {
		t.Errorf("an old night is explained: %v", err)
	}
}

func atTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// copied copies a folder to one that goes with the test.
func copied(t *testing.T, folder string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(folder)); err != nil {
		t.Fatal(err)
	}
	return dir
}
