package batch

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// A rule switched off on purpose is found: a good task is lawful, and each of these makes
// it unlawful by one row.
func TestCollectionSafetyFindsWhatIsPlanted(t *testing.T) {
	p := cqPolicyOf(t, `
jurisdiction: us
time_zone: America/New_York
collections:
  contact_rules:
    caps: [{name: own, channels: [sms, call], measure: attempts, per: borrower, days: 3, max: 3}]
    waits: [{name: after_talk, channels: [sms], per: borrower, days: 2}]
`)
	on := cqDay("2026-03-10") // the clocks of the night before last went forward
	at := func(day, clock string) time.Time {
		x, err := time.Parse(time.RFC3339, day+"T"+clock+":00-04:00")
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	row := func(kind string) cqContact {
		return cqContact{id: "K", borrower: "B", kind: kind, at: at("2026-03-08", "12:00"), promisedOn: cqNoDay, until: cqNoDay}
	}
	good := func() *cqSafety {
		return &cqSafety{
			policy: p, loans: map[string]string{"L": "B", "M": "B"},
			records: []cqRecord{{borrower: "B", jurisdiction: "us", zone: "America/New_York", second: "America/Los_Angeles"}},
			tasks: []cqSafeTask{{
				cqTask{night: on - 1, on: on, key: "T", borrower: "B", channel: "call", attempts: 1, loans: []string{"L"}},
				at("2026-03-10", "11:00"), at("2026-03-10", "21:00"),
			}},
		}
	}
	if f := good().faults(); len(f) > 0 {
		t.Fatalf("the good task: %v", f)
	}
	add := func(change func(c *cqContact), kind string) func(w *cqSafety) {
		return func(w *cqSafety) {
			c := row(kind)
			change(&c)
			w.contacts = append(w.contacts, c)
		}
	}
	task := func(change func(k *cqSafeTask)) func(w *cqSafety) { return func(w *cqSafety) { change(&w.tasks[0]) } }
	before := func(days, n int, outcome string) func(w *cqSafety) {
		return func(w *cqSafety) {
			for range n {
				c := row("attempt")
				c.channel, c.outcome, c.at = "call", outcome, at("2026-03-10", "09:00").AddDate(0, 0, -days)
				w.contacts = append(w.contacts, c)
			}
		}
	}
	nothing := func(*cqContact) {}
	for name, x := range map[string]struct {
		plant func(w *cqSafety)
		want  string // "": it is lawful
	}{
		"too early in the west":  {task(func(k *cqSafeTask) { k.earliest = at("2026-03-10", "10:55") }), "in America/Los_Angeles"},
		"too late in the east":   {task(func(k *cqSafeTask) { k.latest = at("2026-03-10", "21:01") }), "in America/New_York"},
		"another day":            {task(func(k *cqSafeTask) { k.on++ }), "at "},
		"no hours":               {task(func(k *cqSafeTask) { k.earliest, k.latest = time.Time{}, time.Time{} }), "has hours and should not"},
		"a letter with hours":    {task(func(k *cqSafeTask) { k.channel = "letter" }), "has hours and should not"},
		"own hours":              {func(w *cqSafety) { w.records[0].until = "20:00" }, "in America/New_York"},
		"an unknown zone":        {func(w *cqSafety) { w.records[0].second = "Mars/Phobos" }, "is not known"},
		"no zone":                {func(w *cqSafety) { w.records = nil }, "is not known"},
		"eight in seven":         {before(5, 7, "no_answer"), "over us_7_in_7"},
		"seven in seven":         {before(5, 6, "no_answer"), ""},
		"not connected":          {before(5, 7, "not_connected"), ""},
		"the policy's cap":       {before(2, 3, "not_connected"), "over own"},
		"attempts of the task":   {task(func(k *cqSafeTask) { k.attempts = 4 }), "over own"},
		"no attempts":            {task(func(k *cqSafeTask) { k.attempts = 0 }), "allows 0"},
		"in the wait":            {before(6, 1, "conversation"), "in the wait us_wait_7"},
		"unknown is a talk":      {before(6, 1, "who knows"), "in the wait us_wait_7"},
		"after the wait":         {before(7, 1, "conversation"), ""},
		"inbound":                {add(nothing, "inbound"), "in the wait us_wait_7"},
		"of another loan":        {add(func(c *cqContact) { c.loan = "M" }, "inbound"), ""},
		"sms without consent":    {task(func(k *cqSafeTask) { k.channel = "sms" }), "without consent"},
		"opt-out of all":         {add(nothing, "opt_out"), "after an opt-out"},
		"opt-out":                {add(func(c *cqContact) { c.channel = "call" }, "opt_out"), "after an opt-out"},
		"opt-out of another":     {add(func(c *cqContact) { c.channel = "sms" }, "opt_out"), ""},
		"wrong number":           {before(3, 1, "wrong_number"), "to a wrong number"},
		"on hold":                {add(func(c *cqContact) { c.reason = "complaint" }, "hold"), "on hold: complaint"},
		"an unknown kind":        {add(nothing, "shouting"), "on hold: unknown_hold"},
		"the loan is in dispute": {add(func(c *cqContact) { c.loan = "L" }, "dispute"), "on hold: dispute"},
		"another loan is":        {add(func(c *cqContact) { c.loan = "M" }, "dispute"), ""},
		"nobody's loan":          {add(func(c *cqContact) { c.loan = "X" }, "dispute"), "on hold: dispute"},
		"ill":                    {add(func(c *cqContact) { c.reason = "illness" }, "hold"), "on hold: illness"},
		"ill until today":        {add(func(c *cqContact) { c.reason, c.until = "illness", on }, "hold"), ""},
		"deceased":               {func(w *cqSafety) { w.flags = []cqFlag{{borrower: "B", flag: "deceased", until: cqNoDay}} }, "with the flag deceased"},
		"ended":                  {func(w *cqSafety) { w.flags = []cqFlag{{borrower: "B", flag: "deceased", until: on}} }, ""},
		"known too late":         {add(func(c *cqContact) { c.night, c.reason = on, "complaint" }, "hold"), ""},
		"voided": {func(w *cqSafety) {
			v := row("void")
			v.id, v.target = "V", "K"
			w.contacts = []cqContact{row("opt_out"), v}
		}, ""},
		"twice": {func(w *cqSafety) { w.tasks = append(w.tasks, w.tasks[0]) }, "second of the day"},
		"unreported": {func(w *cqSafety) {
			k := w.tasks[0]
			k.night, k.on, k.key, k.attempts = on-3, on-2, "S", 3
			k.earliest, k.latest = k.earliest.AddDate(0, 0, -2), k.latest.AddDate(0, 0, -2)
			w.tasks = append([]cqSafeTask{k}, w.tasks...)
		}, "over own"},
	} {
		w := good()
		x.plant(w)
		f := w.faults()
		found := slices.ContainsFunc(f, func(s string) bool { return strings.Contains(s, x.want) })
		if x.want == "" && len(f) > 0 || x.want != "" && !found {
			t.Errorf("%s: found %v, want %q", name, f, x.want)
		}
	}
}

// A borrower who is missing, is in two places, or of whom other amounts are said, is found.
func TestCollectionPartitionFindsWhatIsPlanted(t *testing.T) {
	tape := []cqLoan{
		{id: "L", borrower: "B", currency: "CNY", status: "active", dpd: 3, pastDue: 1000},
		{id: "M", borrower: "B", currency: "CNY", status: "charged_off", dpd: 9, pastDue: 500},
		{id: "N", borrower: "C", currency: "CNY", status: "active", dpd: 1, pastDue: 200},
		{id: "O", borrower: "D", currency: "CNY", status: "active"},
	}
	good := func() map[string][]cqRow {
		row := func(id, amount, withheld, segment string) cqRow {
			return cqRow{"borrower_id": id, "currency": "CNY", "past_due_amount": amount, "withheld_past_due_amount": withheld, "segment": segment, "reason_number": "1"}
		}
		return map[string][]cqRow{
			"tasks": {row("B", "10.00", "5.00", "all"), row("D", "0.00", "0.00", "reminder")}, "suppressed": {row("C", "2.00", "", "all")},
		}
	}
	if f := cqPartition(tape, good()); len(f) > 0 {
		t.Fatalf("the good places: %v", f)
	}
	for name, plant := range map[string]func(p map[string][]cqRow){
		"missing":              func(p map[string][]cqRow) { p["suppressed"] = nil },
		"in two places":        func(p map[string][]cqRow) { p["not_due"] = p["suppressed"] },
		"twice in one":         func(p map[string][]cqRow) { p["suppressed"] = append(p["suppressed"], p["suppressed"]...) },
		"another amount":       func(p map[string][]cqRow) { p["tasks"][0]["past_due_amount"] = "9.00" },
		"withheld is not said": func(p map[string][]cqRow) { p["tasks"][0]["withheld_past_due_amount"] = "0.00" },
		"nothing past due":     func(p map[string][]cqRow) { p["tasks"][1]["segment"] = "all" },
		"not a sum of loans": func(p map[string][]cqRow) {
			p["not_due"], p["suppressed"] = []cqRow{{"borrower_id": "C", "currency": "CNY", "past_due_amount": "1.00"}}, nil
		},
		"a borrower of nowhere": func(p map[string][]cqRow) {
			p["not_due"] = []cqRow{{"borrower_id": "X", "currency": "CNY", "past_due_amount": "0.00"}}
		},
	} {
		p := good()
		plant(p)
		if f := cqPartition(tape, p); len(f) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
}

// Windows on days on which clocks change, and where zones have few hours in common.
func TestCollectionModelWindows(t *testing.T) {
	for _, x := range []struct{ zone, day, clock, second, first string }{
		{"America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z"}, // a gap
		{"America/New_York", "2026-03-08", "03:00", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z"},
		{"America/New_York", "2026-11-01", "01:30", "2026-11-01T06:30:00Z", "2026-11-01T05:30:00Z"}, // repeated
		{"Europe/London", "2026-03-29", "01:00", "2026-03-29T01:00:00Z", "2026-03-29T01:00:00Z"},
		{"Europe/London", "2026-10-25", "01:15", "2026-10-25T01:15:00Z", "2026-10-25T00:15:00Z"},
		{"Asia/Kolkata", "2026-05-05", "08:00", "2026-05-05T02:30:00Z", "2026-05-05T02:30:00Z"},
		{"Pacific/Auckland", "2026-04-05", "02:30", "2026-04-04T14:30:00Z", "2026-04-04T13:30:00Z"},
		{"Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30:00Z", "2026-10-03T15:30:00Z"}, // half an hour
		{"Africa/Cairo", "2026-04-24", "00:00", "2026-04-23T22:00:00Z", "2026-04-23T22:00:00Z"},        // at midnight
	} {
		zone, err := time.LoadLocation(x.zone)
		if err != nil {
			t.Fatal(err)
		}
		second, first := cqInstant(zone, cqDay(x.day), cqMinutes(x.clock), true), cqInstant(zone, cqDay(x.day), cqMinutes(x.clock), false)
		if cqAt(second) != x.second || cqAt(first) != x.first {
			t.Errorf("%s %s in %s is %s and %s, want %s and %s", x.day, x.clock, x.zone, cqAt(second), cqAt(first), x.second, x.first)
		}
	}
	p := cqPolicyOf(t, "{jurisdiction: us, time_zone: America/New_York, collections: {}}")
	for _, x := range []struct{ first, second, day, want string }{
		{"America/New_York", "America/Los_Angeles", "2026-03-07", "2026-03-07T16:00:00Z 2026-03-08T02:00:00Z []"},
		{"America/New_York", "America/Los_Angeles", "2026-03-09", "2026-03-09T15:00:00Z 2026-03-10T01:00:00Z []"},
		{"America/Los_Angeles", "Pacific/Auckland", "2026-03-09", "[no_common_hours]"},
		{"America/New_York", "Mars/Phobos", "2026-03-09", "[time_zone_unknown]"},
		{"Asia/Kolkata", "America/Los_Angeles", "2026-07-01", "2026-07-01T15:00:00Z 2026-07-01T15:30:00Z []"},
		{"Asia/Kolkata", "America/Los_Angeles", "2026-01-05", "[no_common_hours]"},
		{"", "", "2026-01-05", "[time_zone_unknown]"},
	} {
		s := &cqSubject{p: p, jurisdiction: "us", record: &cqRecord{zone: x.first, second: x.second}}
		s.setZones()
		from, until, closed := s.windowOn("call", cqDay(x.day))
		got := cqAt(from) + " " + cqAt(until) + " [" + strings.Join(closed, " ") + "]"
		if !strings.HasSuffix(got, x.want) || len(closed) == 0 && got != x.want {
			t.Errorf("%s: %s and %s: %s, want %s", x.day, x.first, x.second, got, x.want)
		}
	}
}
