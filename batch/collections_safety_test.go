package batch

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// The safety checker knows only the rules of contact, and takes what was exported and what
// was delivered as plain data. It shares with the model the types of the rows, and no
// rule: it is short and blunt, and says what is unlawful, not what should have been done.

// cqSafety is what was delivered, with the night of each row.
type cqSafety struct {
	policy   *cqPolicy
	loans    map[string]string // borrower by loan
	records  []cqRecord
	contacts []cqContact // accepted, with their borrower
	flags    []cqFlag
	tasks    []cqSafeTask
}

type cqSafeTask struct {
	cqTask
	earliest, latest time.Time // zero: untimed
}

func (w *cqSafety) place(borrower string, night int) (jurisdiction string, zones []string, own [2]string) {
	jurisdiction = w.policy.Jurisdiction
	var best *cqRecord
	for i := range w.records {
		r := &w.records[i]
		if r.borrower == borrower && r.night <= night && (best == nil || r.asOf >= best.asOf) {
			best = r
		}
	}
	if best == nil {
		return jurisdiction, []string{w.policy.C.Unstated}, own
	}
	if best.jurisdiction != "" {
		jurisdiction = best.jurisdiction
	}
	for _, z := range []string{best.zone, best.second} {
		if z != "" {
			zones = append(zones, z)
		}
	}
	if zones == nil {
		zones = []string{w.policy.C.Unstated}
	}
	return jurisdiction, zones, [2]string{best.from, best.until}
}

// faults are what is wrong with all tasks.
func (w *cqSafety) faults() (list []string) {
	for i := range w.tasks {
		k := &w.tasks[i]
		say := func(format string, a ...any) {
			list = append(list, fmt.Sprintf("task of %s by %s on %s: %s", k.borrower, k.channel, cqDate(k.on), fmt.Sprintf(format, a...)))
		}
		rows := w.happened(k.borrower, k.night)
		w.outOfHours(k, say)
		w.overCaps(k, rows, say)
		w.inWait(k, rows, say)
		w.refused(k, rows, say)
		w.held(k, rows, say)
		for j := range w.tasks[:i] {
			if w.tasks[j].borrower == k.borrower && w.tasks[j].on == k.on {
				say("is his second of the day")
			}
		}
	}
	return list
}

// happened are the borrower's rows of nights so far, without those that a void names. Voids
// of voids are followed once: the year has no deeper ones.
func (w *cqSafety) happened(borrower string, night int) (rows []cqContact) {
	voids := func(id string, not ...string) bool {
		for _, v := range w.contacts {
			if v.kind == "void" && v.borrower == borrower && v.target == id && v.night <= night && !slices.Contains(not, v.id) {
				return true
			}
		}
		return false
	}
	for _, c := range w.contacts {
		if c.borrower != borrower || c.night > night {
			continue
		}
		gone := false
		for _, v := range w.contacts {
			if v.kind == "void" && v.borrower == borrower && v.target == c.id && v.night <= night && !voids(v.id, c.id) {
				gone = true
			}
		}
		if !gone {
			rows = append(rows, c)
		}
	}
	return rows
}

var cqSafeHours = map[string][2]int{"cn": {8, 22}, "us": {8, 21}, "uk": {8, 21}, "in": {8, 19}}

func (w *cqSafety) outOfHours(k *cqSafeTask, say func(string, ...any)) {
	timed := !slices.Contains([]string{"letter", "legal", "agency"}, k.channel)
	if timed != !k.earliest.IsZero() {
		say("has hours and should not, or the other way round")
	}
	if !timed || k.earliest.IsZero() {
		return
	}
	if !k.earliest.Before(k.latest) {
		say("has no time")
	}
	jurisdiction, zones, own := w.place(k.borrower, k.night)
	law, has := cqSafeHours[jurisdiction]
	for _, name := range zones {
		z, err := time.LoadLocation(name)
		if err != nil || !strings.Contains(name, "/") {
			say("the zone %q is not known", name)
			continue
		}
		for _, at := range k.instants() {
			local := at.In(z)
			clock := local.Format("15:04")
			wrong := local.Format(time.DateOnly) != cqDate(k.on) || own[0] != "" && clock < own[0] || own[1] != "" && clock >= own[1]
			if wrong || has && (local.Hour() < law[0] || local.Hour() >= law[1]) {
				say("at %s it is %s in %s", at.UTC().Format(time.RFC3339), local.Format(time.RFC3339), name)
				break
			}
		}
	}
}

// instants are those of the task that are looked at: every five minutes, and the last second.
func (k *cqSafeTask) instants() (list []time.Time) {
	for at := k.earliest; at.Before(k.latest); at = at.Add(5 * time.Minute) {
		list = append(list, at)
	}
	return append(list, k.latest.Add(-time.Second))
}

// cqSafeCap is a limit of contacts within days.
type cqSafeCap struct {
	name, what string // attempts, connected, conversations
	channels   string // "timed", or a list
	loan       bool
	days, max  int
}

func (w *cqSafety) caps(jurisdiction string) []cqSafeCap {
	caps := map[string][]cqSafeCap{
		"cn": {{"cn_talks_day", "conversations", "call", false, 1, 3}, {"cn_dials_day", "attempts", "call", false, 1, 6}},
		"us": {{"us_7_in_7", "connected", "call", true, 7, 7}},
		"uk": {{"uk_calls_day", "attempts", "call", false, 1, 3}, {"uk_contacts_week", "attempts", "timed", false, 7, 7}},
		"in": {{"in_calls_day", "attempts", "call", false, 1, 3}},
		"eu": {{"eu_contacts_week", "attempts", "timed", false, 7, 7}},
	}[jurisdiction]
	for _, c := range w.policy.C.Rules.Caps {
		caps = append(caps, cqSafeCap{c.Name, c.Measure, strings.Join(c.Channels, " "), c.Per == "loan", c.Days, c.Max})
	}
	return caps
}

func (c *cqSafeCap) has(channel string) bool {
	if c.channels == "timed" {
		return !slices.Contains([]string{"letter", "legal", "agency"}, channel)
	}
	return slices.Contains(strings.Fields(c.channels), channel)
}

// channel is a row's channel.
func (w *cqSafety) channel(c *cqContact) string {
	known := strings.Fields("sms push email in_app social call visit letter legal agency")
	if slices.Contains(known, c.channel) {
		return c.channel
	}
	if c.channel == "" && c.kind == "attempt" {
		for i := range w.tasks {
			if w.tasks[i].key == c.key && w.tasks[i].borrower == c.borrower {
				return w.tasks[i].channel
			}
		}
	}
	return "call"
}

// talks reports whether a row is a conversation.
func (c *cqContact) talks() bool {
	none := strings.Fields("third_party wrong_number voicemail no_answer delivered undelivered not_connected not_attempted")
	return c.kind == "inbound" || c.kind == "attempt" && !slices.Contains(none, c.outcome)
}

// concerns reports whether a row is of a loan: its own, that of its task, or any.
func (w *cqSafety) concerns(c *cqContact, loan string) bool {
	if c.loan != "" {
		return c.loan == loan
	}
	for i := range w.tasks {
		if w.tasks[i].key == c.key && c.key != "" && w.tasks[i].borrower == c.borrower {
			return slices.Contains(w.tasks[i].loans, loan)
		}
	}
	return true
}

// days are the dates of an instant in the borrower's zones.
func (w *cqSafety) days(k *cqSafeTask, at time.Time) (days []int) {
	_, zones, _ := w.place(k.borrower, k.night)
	for _, name := range append(zones, w.policy.TimeZone) {
		z, err := time.LoadLocation(name)
		if err != nil || len(days) > 0 && name == w.policy.TimeZone {
			continue
		}
		local := at.In(z)
		days = append(days, cqDay(local.Format(time.DateOnly)))
	}
	return days
}

// overCaps: with the attempts that the task allows no limit is passed.
func (w *cqSafety) overCaps(k *cqSafeTask, rows []cqContact, say func(string, ...any)) {
	if k.attempts < 1 {
		say("allows %d attempts", k.attempts)
	}
	jurisdiction, _, _ := w.place(k.borrower, k.night)
	for _, c := range w.caps(jurisdiction) {
		if !c.has(k.channel) {
			continue
		}
		loans := k.loans
		if !c.loan {
			loans = []string{""}
		}
		for _, loan := range loans {
			n := w.counted(&c, k, rows, loan)
			more := k.attempts
			if c.what == "conversations" {
				more = 1
			}
			if n+more > c.max {
				say("over %s: %d before and %d of the task, loan %q", c.name, n, more, loan)
			}
		}
	}
}

func (w *cqSafety) counted(c *cqSafeCap, k *cqSafeTask, rows []cqContact, loan string) (n int) {
	for i := range rows {
		r := &rows[i]
		if r.kind != "attempt" && r.kind != "inbound" || !c.has(w.channel(r)) || loan != "" && !w.concerns(r, loan) {
			continue
		}
		if !slices.ContainsFunc(w.days(k, r.at), func(d int) bool { return k.on-c.days < d && d <= k.on }) {
			continue
		}
		is := map[string]bool{
			"conversations": r.talks(), "attempts": r.kind == "attempt" && r.outcome != "not_attempted",
			"connected": r.kind == "attempt" && !slices.Contains([]string{"not_attempted", "not_connected", "undelivered"}, r.outcome),
		}
		if is[c.what] {
			n++
		}
	}
	for i := range w.tasks {
		o := &w.tasks[i]
		told := slices.ContainsFunc(rows, func(r cqContact) bool { return r.kind == "attempt" && r.key == o.key })
		if o.borrower == k.borrower && o.night < k.night && !told && c.has(o.channel) && c.what != "conversations" &&
			k.on-c.days < o.on && o.on <= k.on && (loan == "" || slices.Contains(o.loans, loan)) {
			n += o.attempts
		}
	}
	return n
}

// inWait: no call within days of a conversation, but where the borrower asked for it.
func (w *cqSafety) inWait(k *cqSafeTask, rows []cqContact, say func(string, ...any)) {
	waits := slices.Clone(w.policy.C.Rules.Waits)
	if jurisdiction, _, _ := w.place(k.borrower, k.night); jurisdiction == "us" &&
		!slices.ContainsFunc(waits, func(o cqWait) bool { return o.Name == "us_wait_7" }) {
		waits = append(waits, cqWait{Name: "us_wait_7", Channels: []string{"call"}, Per: "loan", Days: 7, Callback: true})
	}
	for _, wait := range waits {
		if !slices.Contains(wait.Channels, k.channel) {
			continue
		}
		for i := range rows {
			r := &rows[i]
			if !r.talks() || !slices.Contains(wait.Channels, w.channel(r)) || k.on >= slices.Max(w.days(k, r.at))+wait.Days {
				continue
			}
			for _, loan := range k.loans {
				if (wait.Per != "loan" || w.concerns(r, loan)) && !(wait.Callback && w.asked(k, rows, loan)) {
					say("in the wait %s after %s", wait.Name, r.at.Format(time.RFC3339))
				}
			}
		}
	}
}

func (w *cqSafety) asked(k *cqSafeTask, rows []cqContact, loan string) bool {
	for i := range rows {
		r := &rows[i]
		if r.kind != "callback" || r.loan != "" && r.loan != loan || r.until != cqNoDay && k.on >= r.until {
			continue
		}
		d := w.days(k, r.at)[0]
		if k.on >= d && k.on <= d+6 && !slices.ContainsFunc(rows, func(o cqContact) bool { return o.talks() && o.at.After(r.at) }) {
			return true
		}
	}
	return false
}

// refused: consent, opt-outs, wrong numbers.
func (w *cqSafety) refused(k *cqSafeTask, rows []cqContact, say func(string, ...any)) {
	jurisdiction, _, _ := w.place(k.borrower, k.night)
	needed := map[string]string{"cn": "social", "us": "sms email social", "uk": "social", "in": "social"}[jurisdiction]
	needed += " " + strings.Join(w.policy.C.Rules.Consent, " ")
	given, refused := time.Time{}, time.Time{}
	valid := false
	for i := range rows {
		r := &rows[i]
		if r.kind == "consent" && r.channel == k.channel {
			if r.at.After(given) {
				given = r.at
			}
			valid = valid || r.until == cqNoDay || k.on < r.until
		}
		if r.kind == "opt_out" && r.at.After(refused) && (r.channel == k.channel || !slices.Contains(cqChannels, r.channel)) {
			refused = r.at
		}
	}
	if slices.Contains(strings.Fields(needed), k.channel) && !valid {
		say("without consent")
	}
	if !refused.IsZero() && !given.After(refused) {
		say("after an opt-out of %s", refused.Format(time.RFC3339))
	}
	var last cqContact
	for i := range rows {
		if r := &rows[i]; r.kind == "attempt" && w.channel(r) == k.channel && (r.at.After(last.at) || r.at.Equal(last.at) && r.id > last.id) {
			last = *r
		}
	}
	if last.outcome == "wrong_number" && !given.After(last.at) {
		say("to a wrong number")
	}
}

// held: holds, and flags that stop contact.
func (w *cqSafety) held(k *cqSafeTask, rows []cqContact, say func(string, ...any)) {
	covered := func(loan string) bool {
		return loan == "" || w.loans[loan] != k.borrower || slices.Contains(k.loans, loan)
	}
	whole := strings.Fields("deceased bankruptcy breathing_space mental_health_crisis vulnerable complaint illness bereavement disaster")
	known := append(strings.Fields("fraud identity_theft represented cease dispute plan legal unknown_hold"), whole...)
	for i := range rows {
		r := &rows[i]
		reason := r.reason
		switch r.kind {
		case "complaint", "dispute", "cease", "represented":
			reason = r.kind
		case "hold":
		case "attempt", "inbound", "consent", "callback", "promise", "unhold", "void", "opt_out", "hardship":
			continue
		default:
			reason = "unknown_hold"
		}
		if !slices.Contains(known, reason) {
			reason = "unknown_hold"
		}
		lifted := slices.ContainsFunc(rows, func(u cqContact) bool {
			alike := u.reason == reason || strings.Contains("fraud identity_theft", u.reason) && strings.Contains("fraud identity_theft", reason)
			return u.kind == "unhold" && alike && u.at.After(r.at) && (u.loan == r.loan || u.loan == "" && w.loans[r.loan] != k.borrower)
		})
		end := 1 << 40
		if days, ends := map[string]int{"breathing_space": 61, "illness": 30, "bereavement": 30, "disaster": 30}[reason]; ends {
			end = slices.Min(w.days(k, r.at)) + days
		}
		if r.until != cqNoDay && slices.Contains(strings.Fields("breathing_space mental_health_crisis illness bereavement disaster plan"), reason) {
			end = r.until
		}
		if !lifted && k.on < end && (slices.Contains(whole, reason) || covered(r.loan)) {
			say("on hold: %s since %s", reason, r.at.Format(time.RFC3339))
		}
	}
	for _, f := range w.flagsBy(k.night) {
		his := f.borrower == k.borrower || f.loan != "" && w.loans[f.loan] == k.borrower
		if !his || f.from > k.on || f.until != cqNoDay && k.on >= f.until || slices.Contains(w.policy.C.Rules.Ignored, f.flag) {
			continue
		}
		switch {
		case slices.Contains([]string{"deceased", "bankrupt", "vulnerable"}, f.flag),
			slices.Contains([]string{"fraud", "identity_theft", "odd one", "who_knows"}, f.flag) && covered(f.loan),
			slices.Contains([]string{"military", "time_barred"}, f.flag) && k.channel == "legal" && covered(f.loan):
			say("with the flag %s", f.flag)
		}
	}
}

// flagsBy are the flags with the ends that are known on a night.
func (w *cqSafety) flagsBy(night int) (list []cqFlag) {
	for _, f := range w.flags {
		later := func(o cqFlag) bool {
			same := o.borrower == f.borrower && o.loan == f.loan && o.flag == f.flag && o.from == f.from
			longer := f.until != cqNoDay && (o.until == cqNoDay || o.until > f.until)
			return same && o.night <= night && (o.night > f.night || o.night == f.night && longer)
		}
		if f.night <= night && !slices.ContainsFunc(w.flags, later) {
			list = append(list, f)
		}
	}
	return list
}

// cqPartition: everybody of the population is in exactly one place, nobody else is in any
// but for a reminder, and what each place says is past due is what some of his loans are.
func cqPartition(tape []cqLoan, places map[string][]cqRow) (faults []string) {
	where, said := map[string][]string{}, map[string]cqRow{}
	for _, place := range []string{"tasks", "suppressed", "below_capacity", "not_due"} {
		for _, r := range places[place] {
			id := r["borrower_id"]
			if place == "suppressed" && r["reason_number"] != "1" {
				continue
			}
			where[id], said[id] = append(where[id], place), r
		}
	}
	pastDue := map[string][]cqLoan{}
	for _, l := range tape {
		if (l.status == "active" || l.status == "charged_off") && l.dpd > 0 {
			pastDue[l.borrower] = append(pastDue[l.borrower], l)
		}
	}
	for id := range pastDue {
		if where[id] == nil {
			where[id] = []string{}
		}
	}
	for _, id := range cqUnion(where, nil) {
		loans, r := pastDue[id], said[id]
		switch {
		case len(where[id]) != 1:
			faults = append(faults, fmt.Sprintf("%s is in %d places: %v", id, len(where[id]), where[id]))
			continue
		case len(loans) == 0:
			if r["segment"] != "reminder" {
				faults = append(faults, fmt.Sprintf("%s has nothing past due and is in %s", id, where[id][0]))
			}
			continue
		}
		var mine []int64
		all := int64(0)
		for _, l := range loans {
			if l.currency == r["currency"] {
				mine, all = append(mine, l.pastDue), all+l.pastDue
			}
		}
		amount, withheld := cqMoneyOf(r["past_due_amount"]), int64(0)
		if v := r["withheld_past_due_amount"]; v != "" && v != cqNull {
			withheld = cqMoneyOf(v)
		}
		whole := where[id][0] == "tasks" || where[id][0] == "suppressed"
		if whole && amount+withheld != all || !cqSubset(mine, amount) {
			faults = append(faults, fmt.Sprintf("%s, %s: %s past due and %s withheld; his loans: %v", id, where[id][0], cqMoney(amount), cqMoney(withheld), mine))
		}
	}
	return faults
}

func cqSubset(of []int64, sum int64) bool {
	if len(of) == 0 {
		return sum == 0
	}
	return cqSubset(of[1:], sum) || cqSubset(of[1:], sum-of[0])
}

// cqSafeOf is what the year's rows and tasks are for the safety checker.
func cqSafeOf(m *cqModel, tasks []cqSafeTask) *cqSafety {
	return &cqSafety{policy: m.p, loans: m.loans, records: m.records, contacts: m.contacts, flags: m.flagRows, tasks: tasks}
}
