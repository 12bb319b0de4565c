package batch

import (
	"slices"
	"time"
)

// cqSubject is one borrower on one night.
type cqSubject struct {
	m    *cqModel
	p    *cqPolicy
	id   string
	b, c int // business date, contact day

	record       *cqRecord
	jurisdiction string
	unknownPlace bool // the stated jurisdiction has no pack
	zones        []*time.Location
	zoneKnown    bool
	home         *time.Location

	rows     []cqContact // that happened
	tasks    []cqTask    // exported for him
	flags    []cqFlag    // his and his loans'
	touches  []cqTouch
	promises []cqPromise
	broken   int

	loans      []cqLoan // all of his on the tape
	candidates []cqLoan // those past due, or of the reminder
	pastDue    bool
	step       *cqStep // nil: none
}

// cqTouch is a row or an exported task as section 3 counts it.
type cqTouch struct {
	at                         time.Time
	dates                      []int // one in each zone
	homeDate                   int
	channel                    string
	attempts, connected, talks int
	loans                      []string // nil: every loan of the borrower
	exported                   bool
}

func newCQSubject(m *cqModel, id string, b int, tape []cqLoan) *cqSubject {
	s := &cqSubject{m: m, p: m.p, id: id, b: b, c: b + 1, record: m.recordOf(id), jurisdiction: m.p.Jurisdiction}
	if s.record != nil && s.record.jurisdiction != "" {
		s.jurisdiction = s.record.jurisdiction
		_, known := cqPacks[s.jurisdiction]
		s.unknownPlace = !known
	}
	s.setZones()
	for _, l := range tape {
		if l.borrower == id {
			s.loans = append(s.loans, l)
		}
	}
	s.rows = m.standing(id)
	for _, k := range m.tasks {
		if k.borrower == id {
			s.tasks = append(s.tasks, k)
		}
	}
	for _, f := range m.flags {
		if (f.borrower == id || f.loan != "" && m.loans[f.loan] == id) && s.flagCode(f.flag) != "" {
			s.flags = append(s.flags, f)
		}
	}
	s.count()
	s.promises = s.promisesAt(b)
	s.broken = s.brokenAt(b)
	return s
}

func (s *cqSubject) currencyOf(loan, otherwise string) string {
	for _, l := range s.loans {
		if l.id == loan {
			return l.currency
		}
	}
	return otherwise
}

// channelOf is a row's channel (§1): in an attempt an unknown channel is call, and none is
// the task's, or call; of an inbound row none is call.
func (s *cqSubject) channelOf(c *cqContact) string {
	if slices.Contains(cqChannels, c.channel) {
		return c.channel
	}
	if task := s.ownTask(c.key); c.channel == "" && c.kind == "attempt" && task != nil {
		return task.channel
	}
	return "call"
}

// ownTask is the kept task of the borrower with a key; a key of somebody else's is as one
// that is not kept.
func (s *cqSubject) ownTask(key string) *cqTask {
	for i := range s.tasks {
		if key != "" && s.tasks[i].key == key {
			return &s.tasks[i]
		}
	}
	return nil
}

// cqOutcome is a line of the table of section 3.
var cqOutcome = map[string][3]int{ // attempt, connected, conversation
	"conversation": {1, 1, 1}, "refused": {1, 1, 1},
	"third_party": {1, 1, 0}, "wrong_number": {1, 1, 0}, "voicemail": {1, 1, 0}, "no_answer": {1, 1, 0}, "delivered": {1, 1, 0},
	"undelivered": {1, 0, 0}, "not_connected": {1, 0, 0},
	"not_attempted": {0, 0, 0},
}

// count makes the touches: reported rows, and tasks that no attempt row reports.
func (s *cqSubject) count() {
	for i := range s.rows {
		c := &s.rows[i]
		if c.kind != "attempt" && c.kind != "inbound" {
			continue
		}
		counts, known := cqOutcome[c.outcome]
		if !known {
			counts = cqOutcome["conversation"]
		}
		if c.kind == "inbound" {
			counts = [3]int{0, 0, 1}
		}
		t := cqTouch{at: c.at, channel: s.channelOf(c), homeDate: cqDayIn(c.at, s.home), attempts: counts[0], connected: counts[1], talks: counts[2]}
		for _, z := range s.zones {
			t.dates = append(t.dates, cqDayIn(c.at, z))
		}
		if task := s.ownTask(c.key); c.loan != "" {
			t.loans = []string{c.loan}
		} else if task != nil {
			t.loans = task.loans
		}
		s.touches = append(s.touches, t)
	}
	for _, k := range s.tasks {
		if !s.reported(k.key) {
			s.touches = append(s.touches, cqTouch{
				dates: []int{k.on}, homeDate: k.on, channel: k.channel, attempts: k.attempts, connected: k.attempts, loans: k.loans, exported: true,
			})
		}
	}
}

// reported: "until an attempt row with its key is applied (and not voided)".
func (s *cqSubject) reported(key string) bool {
	return slices.ContainsFunc(s.rows, func(c cqContact) bool { return c.kind == "attempt" && c.key == key })
}

func (t *cqTouch) last() int { return slices.Max(t.dates) }

// of reports whether the touch counts for a loan; "" asks for none in particular.
func (t *cqTouch) of(loan string) bool {
	return loan == "" || t.loans == nil || slices.Contains(t.loans, loan)
}

// capCount is the count of a cap's channels with a date in [e − n + 1, e], the stricter
// zone counting.
func (s *cqSubject) capCount(c *cqCap, loan string, e int) (n int) {
	for i := range s.touches {
		t := &s.touches[i]
		within := slices.ContainsFunc(t.dates, func(d int) bool { return d >= e-c.Days+1 && d <= e })
		if !within || !slices.Contains(c.Channels, t.channel) || !t.of(loan) {
			continue
		}
		switch c.Measure {
		case "attempts":
			n += t.attempts
		case "connected":
			n += t.connected
		case "conversations":
			n += t.talks
		default:
			panic(c.Measure)
		}
	}
	return n
}

// waits reports whether a wait holds on e for a loan: "while E < D + n for a conversation
// on D through its channels", but for a callback.
func (s *cqSubject) waits(w *cqWait, loan string, e int) bool {
	if w.Callback && s.calledBack(loan, e) {
		return false
	}
	for i := range s.touches {
		t := &s.touches[i]
		if t.talks > 0 && slices.Contains(w.Channels, t.channel) && t.of(loan) && e < t.last()+w.Days {
			return true
		}
	}
	return false
}

// calledBack reports whether a callback is in force on e for a loan, or for all: "from its
// local date d on days d to d + 6, earlier at until or after a later conversation". Of a
// wait for the borrower only a callback for all is one.
func (s *cqSubject) calledBack(loan string, e int) bool {
	for _, c := range s.rows {
		if c.kind != "callback" || c.loan != "" && c.loan != loan {
			continue
		}
		d := cqDayIn(c.at, s.home)
		later := slices.ContainsFunc(s.touches, func(t cqTouch) bool { return t.talks > 0 && t.at.After(c.at) })
		if d <= e && e <= d+6 && (c.until == cqNoDay || e < c.until) && !later {
			return true
		}
	}
	return false
}

// coolsOff: "after_attempt n > 0 holds while E ≤ D + n for the latest attempt (reported or
// exported) on any channel but agency and legal; after_conversation likewise".
func (s *cqSubject) coolsOff(e int) bool {
	attempt, talk := s.p.C.Rules.CoolOff["after_attempt"], s.p.C.Rules.CoolOff["after_conversation"]
	for i := range s.touches {
		t := &s.touches[i]
		if t.channel == "agency" || t.channel == "legal" {
			continue
		}
		if attempt > 0 && t.attempts > 0 && e <= t.last()+attempt || talk > 0 && t.talks > 0 && e <= t.last()+talk {
			return true
		}
	}
	return false
}

// §4.

// cqReason is (code, rule, loan_id, channel), with the row of the table and the scope.
type cqReason struct{ code, rule, loan, channel, scope string }

// cqTable is the order of the codes.
var cqTable = []string{
	"deceased", "bankruptcy", "fraud", "breathing_space", "mental_health_crisis", "represented", "cease", "vulnerable", "dispute", "complaint",
	"illness", "bereavement", "disaster", "plan", "promise_pending", "legal", "agency", "unknown_hold", "unknown_flag", "jurisdiction_unknown",
	"hardship_review", "cool_off", "time_zone_unknown", "no_common_hours", "closed_day", "no_consent", "opted_out", "wrong_number",
	"military", "time_barred", "wait", "cap", "recovered",
}

// cqScopeL are the codes that may hold a loan alone.
var cqScopeL = []string{"fraud", "represented", "cease", "dispute", "plan", "promise_pending", "legal", "unknown_hold", "unknown_flag", "recovered"}

// cqHoldCodes are the codes of holds by reason.
var cqHoldCodes = map[string]string{"identity_theft": "fraud"}

func init() {
	for _, code := range []string{
		"deceased", "bankruptcy", "fraud", "breathing_space", "mental_health_crisis", "represented", "cease", "vulnerable", "dispute",
		"complaint", "illness", "bereavement", "disaster", "plan", "legal", "unknown_hold",
	} {
		cqHoldCodes[code] = code
	}
}

// holdOf is the code that a row holds for; "" where it is no hold.
func (c *cqContact) holdOf() string {
	switch {
	case c.kind == "complaint" || c.kind == "dispute" || c.kind == "cease" || c.kind == "represented":
		return c.kind
	case !slices.Contains(cqKinds, c.kind):
		return "unknown_hold"
	case c.kind != "hold":
		return ""
	}
	return cqFirst(cqHoldCodes[c.reason], "unknown_hold")
}

// liftOf is the code that an unhold lifts; an unknown word lifts nothing.
func (c *cqContact) liftOf() string {
	if c.kind == "unhold" && cqReadings.unknownUnholdLifts && c.reason != "hardship" && c.reason != "agency" {
		return cqFirst(cqHoldCodes[c.reason], "unknown_hold")
	}
	if c.kind == "unhold" {
		return cqHoldCodes[c.reason]
	}
	return ""
}

// scopeOf is the exact scope of a hold or unhold: its loan, or none; a loan that is not the
// borrower's is none.
func (s *cqSubject) scopeOf(c *cqContact) string {
	if c.loan != "" && s.m.loans[c.loan] == s.id {
		return c.loan
	}
	return ""
}

// holdEnd is the day on which a hold ends by itself; 1 << 40: never.
func (s *cqSubject) holdEnd(c *cqContact) int {
	const never = 1 << 40
	day := cqDayIn(c.at, s.home)
	switch code := c.holdOf(); code {
	case "breathing_space":
		return cqEither(c.until, day+61)
	case "illness", "bereavement", "disaster":
		return cqEither(c.until, day+30)
	case "mental_health_crisis", "plan":
		return cqEither(c.until, never)
	}
	return never // until is a review date
}

func cqEither(stated, otherwise int) int {
	if stated != cqNoDay {
		return stated
	}
	return otherwise
}

// holdsOn are the holds in force on e: by code and exact scope the events after the last
// unhold, and the latest end of theirs.
func (s *cqSubject) holdsOn(e int) (list [][2]string) {
	for i := range s.rows {
		h := &s.rows[i]
		code, scope := h.holdOf(), s.scopeOf(h)
		if code == "" || e >= s.holdEnd(h) || !cqReadings.futureHoldsNow && cqDayIn(h.at, s.home) > e {
			continue
		}
		lifted := slices.ContainsFunc(s.rows, func(u cqContact) bool { // unhold before hold on a tie
			return u.liftOf() == code && s.scopeOf(&u) == scope && u.at.After(h.at)
		})
		if !lifted {
			list = append(list, [2]string{code, scope})
		}
	}
	return list
}

// flagCodes are the codes of flags; unknown ones are unknown_flag, and the rest has none.
func (s *cqSubject) flagCode(name string) string {
	switch name {
	case "deceased", "vulnerable", "fraud", "military", "time_barred":
		return name
	case "bankrupt":
		return "bankruptcy"
	case "identity_theft":
		return "fraud"
	}
	others := []string{
		"guarantor", "bad_debt", "settled_by_assets", "paid_by_guarantor", "transferred", "credit_impaired", "loss_50", "loss_90", "loss_identified",
		"evasion", "watch", "in_difficulty", "diverted_funds", "refinanced", "technical_delay", "default", "unlikely_to_pay",
		"distressed_restructuring", "npa", "loss_determined", "repayment_likely",
	}
	if slices.Contains(others, name) || len(name) > 3 && name[:3] == "m2_" || slices.Contains(s.p.C.Rules.Ignored, name) {
		return ""
	}
	return "unknown_flag"
}

// flagsOn are codes and loans of the flags in force on e.
func (s *cqSubject) flagsOn(e int) (list [][2]string) {
	for _, f := range s.flags {
		if f.from <= e && (f.until == cqNoDay || e < f.until) {
			list = append(list, [2]string{s.flagCode(f.flag), f.loan})
		}
	}
	return list
}

// blockersOn are the reasons of scope B, and those of scope L of the loans that are asked
// for. Codes of scope B alone hold the borrower even with a loan.
func (s *cqSubject) blockersOn(e int) (list []cqReason) {
	add := func(code, loan string) {
		r := cqReason{code: code, rule: code, scope: "borrower"}
		if loan != "" && slices.Contains(cqScopeL, code) {
			r.loan, r.scope = loan, "loan"
			if !slices.ContainsFunc(s.candidates, func(l cqLoan) bool { return l.id == loan }) {
				return
			}
		}
		if !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	for _, h := range append(s.holdsOn(e), s.flagsOn(e)...) {
		if h[0] != "military" && h[0] != "time_barred" {
			add(h[0], h[1])
		}
	}
	for i := range s.promises {
		if x := &s.promises[i]; s.promiseHolds(x, e) {
			add("promise_pending", x.row.loan)
		}
	}
	for _, l := range s.candidates {
		if l.recovered { // whatever is paid of it is credit: there is nothing to ask for
			add("recovered", l.id)
		}
	}
	if s.placed() {
		add("agency", "")
	}
	if s.unknownPlace {
		add("jurisdiction_unknown", "")
	}
	if s.coolsOff(e) {
		add("cool_off", "")
	}
	if s.pastDue && s.caseOn(e) != nil && !s.canOffer(withheld(s.candidates, s.withheldIn(list, s.candidates), false)) {
		add("hardship_review", "")
	}
	return list
}

// withheldIn are the loans that reasons of scope L hold.
func (s *cqSubject) withheldIn(list []cqReason, of []cqLoan) (ids []string) {
	for _, l := range of {
		if slices.ContainsFunc(list, func(r cqReason) bool { return r.loan == l.id }) {
			ids = append(ids, l.id)
		}
	}
	return ids
}

// withheld are the loans that are among the ids, or those that are not.
func withheld(loans []cqLoan, ids []string, among bool) (list []cqLoan) {
	for _, l := range loans {
		if slices.Contains(ids, l.id) == among {
			list = append(list, l)
		}
	}
	return list
}

// channelReasonsOn are the reasons of scope C of a channel on e, for a task that would
// cover some loans.
func (s *cqSubject) channelReasonsOn(channel string, e int, covered []cqLoan) (list []cqReason) {
	add := func(code, rule, loan string) {
		r := cqReason{code: code, rule: rule, loan: loan, channel: channel, scope: "channel"}
		if !slices.Contains(list, r) {
			list = append(list, r)
		}
	}
	_, _, closed := s.windowOn(channel, e)
	for _, code := range closed {
		add(code, code, "")
	}
	if s.asksConsent(channel, e) && !s.consentOn(channel, e) {
		add("no_consent", "no_consent", "")
	}
	if s.optedOut(channel) {
		add("opted_out", "opted_out", "")
	}
	if s.wrongNumber(channel, e) {
		add("wrong_number", "wrong_number", "")
	}
	if len(covered) == 0 && cqReadings.capsOfWithheld {
		covered = s.candidates
	}
	is := func(id string) bool { return slices.ContainsFunc(covered, func(l cqLoan) bool { return l.id == id }) }
	for _, f := range s.flagsOn(e) {
		if channel == "legal" && (f[0] == "military" || f[0] == "time_barred") && (f[1] == "" || is(f[1])) {
			add(f[0], f[0], f[1])
		}
	}
	for _, w := range s.waitsOn(e) {
		for _, loan := range cqSubjects(w.Per, covered) {
			if slices.Contains(w.Channels, channel) && s.waits(&w, loan, e) {
				add("wait", w.Name, loan)
			}
		}
	}
	for _, c := range s.capsOn(e) {
		for _, loan := range cqSubjects(c.Per, covered) {
			if slices.Contains(c.Channels, channel) && s.capCount(&c, loan, e) >= c.Max {
				add("cap", c.Name, loan)
			}
		}
	}
	return list
}

// cqSubjects are whom a rule counts: each covered loan, or the borrower once.
func cqSubjects(per string, covered []cqLoan) (list []string) {
	if per != "loan" {
		return []string{""}
	}
	for _, l := range covered {
		list = append(list, l.id)
	}
	return list
}

// latestConsent is the channel's last consent by (at, contact_id).
func (s *cqSubject) latestConsent(channel string) (best *cqContact) {
	for i := range s.rows {
		c := &s.rows[i]
		if c.kind == "consent" && c.channel == channel && (best == nil || cqOrder(c.at.Compare(best.at), cqText(c.id, best.id)) > 0) {
			best = c
		}
	}
	return best
}

// consentOn reports whether a consent is in force on e.
func (s *cqSubject) consentOn(channel string, e int) bool {
	c := s.latestConsent(channel)
	return c != nil && (c.until == cqNoDay || e < c.until) && !(cqReadings.optOutEndsConsent && s.optedOut(channel))
}

// optedOut: "the channel's latest word (at; a tie is an opt_out) is opt_out". One without a
// channel, or with an unknown one, is of all.
func (s *cqSubject) optedOut(channel string) bool {
	consent := s.latestConsent(channel)
	return slices.ContainsFunc(s.rows, func(c cqContact) bool {
		of := c.channel == channel || !slices.Contains(cqChannels, c.channel)
		return c.kind == "opt_out" && of && (consent == nil || !c.at.Before(consent.at))
	})
}

// wrongNumber: "the channel's last attempt row (at, contact_id) says so, and no later
// consent" (that still allows the channel).
func (s *cqSubject) wrongNumber(channel string, e int) bool {
	var last *cqContact
	for i := range s.rows {
		c := &s.rows[i]
		if c.kind == "attempt" && s.channelOf(c) == channel && (last == nil || cqOrder(c.at.Compare(last.at), cqText(c.id, last.id)) > 0) {
			last = c
		}
	}
	if last == nil || last.outcome != "wrong_number" {
		return false
	}
	consent := s.latestConsent(channel)
	return consent == nil || !consent.at.After(last.at) || consent.until != cqNoDay && e >= consent.until
}

// placed reports whether the borrower is placed with an agency and not recalled (§9), nor
// returned by an unhold of that day or later.
func (s *cqSubject) placed() bool {
	for _, k := range s.tasks {
		if k.channel != "agency" {
			continue
		}
		_, recalled := s.m.recalled[k.key]
		returned := slices.ContainsFunc(s.rows, func(c cqContact) bool {
			return c.kind == "unhold" && c.reason == "agency" && cqDayIn(c.at, s.home) >= k.on
		})
		if !recalled && !returned {
			return true
		}
	}
	return false
}

// caseOn is the case that is open on e (§6): the latest row, where no unhold is at or after
// it, its days are not over, and no adjustment of an offer was applied on its night or a
// later one.
func (s *cqSubject) caseOn(e int) *cqContact {
	var row *cqContact
	for i := range s.rows {
		c := &s.rows[i]
		if c.kind == "hardship" && (row == nil || cqOrder(c.at.Compare(row.at), cqText(c.id, row.id)) > 0) {
			row = c
		}
	}
	if row == nil {
		return nil
	}
	opened := cqDayIn(row.at, s.home)
	if e >= opened+s.p.C.Hardship.Review || !cqReadings.futureHoldsNow && e < opened {
		return nil
	}
	for i := range s.rows {
		c := &s.rows[i]
		if c.kind == "unhold" && c.reason == "hardship" && !c.at.Before(row.at) {
			return nil
		}
	}
	for _, a := range s.m.adjustments {
		if s.m.loans[a.loan] == s.id && len(a.reason) >= 6 && a.reason[:6] == "offer:" && a.night >= row.night {
			return nil
		}
	}
	return row
}

// canOffer reports whether an offer can be made for one of the loans, for the reason of the
// open case. Plans are judged only as far as the driver goes: no affordable amount, so a
// plan with a number of instalments that the law takes is made.
func (s *cqSubject) canOffer(covered []cqLoan) bool {
	row := s.caseOn(s.c)
	if row == nil {
		return true
	}
	for _, kind := range s.p.C.Hardship.Offers[row.reason] {
		for i := range covered {
			if terms, has := s.p.C.Hardship.Kinds[kind]; has && s.made(kind, terms, &covered[i]) {
				return true
			}
		}
	}
	return false
}

func (s *cqSubject) made(kind string, terms map[string]any, l *cqLoan) bool {
	from, to := cqRat(terms["from_days"], 0).Num().Int64(), cqRat(terms["to_days"], 1<<30).Num().Int64()
	if l.status != "active" || l.credit != 0 || l.unscheduled || int64(l.dpd) < from || int64(l.dpd) > to {
		return false
	}
	share := func(name string, of int64) int64 {
		r := cqRat(terms[name], 0)
		return cqHalfEven(r.Mul(r, cqRat(of, 0)))
	}
	switch kind {
	case "penalty_waiver":
		return share("share", l.penalties) > 0
	case "interest_waiver":
		return share("share", l.interest) > 0
	case "settlement":
		r := cqRat(terms["discount"], 0)
		r.Sub(cqRat(1, 0), r)
		return l.total-cqHalfEven(r.Mul(r, cqRat(l.total, 0))) > 0
	case "pause":
		return true
	case "installment_plan":
		return true // what can be afforded is not known
	}
	panic("the model knows no " + kind)
}
