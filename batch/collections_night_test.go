package batch

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

// cqRow is a row of a table as texts; a null is [cqNull].
type cqRow map[string]string

// cqResult is what the model says of a night.
type cqResult struct {
	tasks, taskLoans, suppressed, below, notDue, promises []cqRow
	exported                                              []cqTask // without keys
	places                                                map[string]string
	totals                                                map[[2]string]int64 // past due by currency and place
}

// cqDecision is where a borrower is, and why.
type cqDecision struct {
	s                  *cqSubject
	place              string
	class              int
	segment, arm       string
	reasons            []cqReason
	covered, held      []cqLoan
	firstOpen, channel string
	value              int64
	from, until        time.Time
	attempts           int
	next               int
	notDue             string
	passed             map[string][]string
	basis              []cqLoan // of the worst loan that treatment reads
	reminder           bool
	lifts              map[cqReason]int
	earliest           time.Time
	blocked            map[string][]cqReason // by channel, tonight
}

// night says where everybody of the population is (§8), after the night's rows were
// accepted, and remembers what later nights ask of this one.
func (m *cqModel) night(b int, tape []cqLoan) *cqResult {
	m.nights = append(m.nights, b)
	r := &cqResult{places: map[string]string{}, totals: map[[2]string]int64{}}
	var ids []string
	for _, l := range tape {
		if !slices.Contains(ids, l.borrower) {
			ids = append(ids, l.borrower)
		}
	}
	slices.Sort(ids)
	var all []*cqDecision
	for _, id := range ids {
		s := newCQSubject(m, id, b, tape)
		s.population()
		m.recall(s)
		r.promises = append(r.promises, s.promiseRows()...)
		if !s.pastDue {
			m.below[id] = 0
		}
		if len(s.candidates) > 0 {
			all = append(all, s.decide())
		}
	}
	m.rank(all, r)
	for _, d := range all {
		r.places[d.s.id] = d.place
		r.add(d)
		switch d.place {
		case "below_capacity":
			if d.s.pastDue {
				m.below[d.s.id]++
			}
		case "task":
			m.below[d.s.id] = 0
		}
	}
	return r
}

// population finds the loans that are asked for: those past due, or, with nothing past
// due, those of the first reminder that is due.
func (s *cqSubject) population() {
	for _, l := range s.loans {
		if (l.status == "active" || l.status == "charged_off") && l.dpd > 0 {
			s.candidates, s.pastDue = append(s.candidates, l), true
		}
	}
	if s.pastDue {
		return
	}
	for i := range s.p.C.Reminders {
		step := &s.p.C.Reminders[i]
		for _, l := range s.loans {
			if l.status == "active" && l.dpd == 0 && l.nextDueOn != cqNoDay && l.nextDueOn-s.c == step.DaysBefore {
				s.candidates = append(s.candidates, l)
			}
		}
		if len(s.candidates) > 0 {
			s.step = step
			return
		}
	}
}

// recall: "a placement is recalled on the first night on which the borrower is not past due,
// or a B reason but agency and cool_off holds" (§9). Who is past due only with loans of which
// all is recovered that was charged off is not.
func (m *cqModel) recall(s *cqSubject) {
	now := !s.pastDue || !slices.ContainsFunc(s.candidates, func(l cqLoan) bool { return !l.recovered })
	for _, r := range s.blockersOn(s.c) {
		now = now || r.scope == "borrower" && r.code != "agency" && r.code != "cool_off"
	}
	for _, k := range m.tasks {
		if _, done := m.recalled[k.key]; now && !done && k.borrower == s.id && k.channel == "agency" {
			m.recalled[k.key] = s.b
		}
	}
}

// cqWorst: "most days past due, most past due, least id".
func cqWorst(loans []cqLoan) *cqLoan {
	best := &loans[0]
	for i := range loans {
		l := &loans[i]
		if cqOrder(best.dpd-l.dpd, int(best.pastDue-l.pastDue), cqText(l.id, best.id)) < 0 {
			best = l
		}
	}
	return best
}

// cqSum is what is past due in a currency.
func cqSum(loans []cqLoan, currency string) (sum int64) {
	for _, l := range loans {
		if l.currency == currency {
			sum += l.pastDue
		}
	}
	return sum
}

func (s *cqSubject) decide() *cqDecision {
	d := &cqDecision{s: s, class: 1, reminder: !s.pastDue}
	blockers := s.blockersOn(s.c)
	ids := s.withheldIn(blockers, s.candidates)
	d.covered, d.held = withheld(s.candidates, ids, false), withheld(s.candidates, ids, true)
	if d.basis = d.covered; len(d.covered) == 0 {
		d.basis = s.candidates
	}
	s.treatment(d)
	d.reasons = blockers
	d.blocked = map[string][]cqReason{}
	if s.step != nil {
		for _, c := range s.step.Channels {
			d.blocked[c] = s.channelReasonsOn(c, s.c, d.covered)
			d.reasons = append(d.reasons, d.blocked[c]...)
			if len(d.blocked[c]) == 0 && d.firstOpen == "" {
				d.firstOpen = c
			}
		}
	}
	d.putWhere(blockers)
	if d.place == "suppressed" {
		d.search()
	}
	return d
}

// putWhere is steps 1 to 4 of section 8.
func (d *cqDecision) putWhere(blockers []cqReason) {
	s := d.s
	held := slices.ContainsFunc(blockers, func(r cqReason) bool { return r.scope == "borrower" })
	switch {
	case held || len(d.covered) == 0:
		d.place = "suppressed"
		return
	case s.step == nil:
		d.place, d.notDue, d.next = "not_due", "no_step", cqNoDay
		return
	}
	if last := s.lastOn(s.step.Channels); last != cqNoDay && s.c-last < max(s.step.Every, 1) {
		d.place, d.notDue, d.next = "not_due", "cadence", last+max(s.step.Every, 1)
		return
	}
	if d.firstOpen == "" {
		d.place = "suppressed"
		return
	}
	if d.class != 2 {
		worst := cqWorst(d.covered)
		r := cqRat(s.step.Recover, 1)
		d.value = cqFloor(r.Mul(r, cqRat(cqSum(d.covered, worst.currency), 0))) - cqMinor(s.p.C.Cost[d.firstOpen])
	}
	if d.value < 0 && d.class == 1 {
		d.place, d.notDue, d.next = "not_due", "uneconomic", cqNoDay
	}
}

// lastOn is the date of the last attempt, or exported task, on any of some channels.
func (s *cqSubject) lastOn(channels []string) int {
	last := cqNoDay
	for i := range s.touches {
		if t := &s.touches[i]; t.attempts > 0 && slices.Contains(channels, t.channel) {
			last = max(last, t.last())
		}
	}
	return last
}

// treatment finds segment, arm and step (§7).
func (s *cqSubject) treatment(d *cqDecision) {
	switch {
	case d.reminder:
		d.class, d.segment = 2, "reminder"
	case s.caseOn(s.c) != nil:
		d.class, d.segment, s.step = 0, "hardship", &s.p.C.Hardship.Step
	default:
		worst := cqWorst(d.basis)
		for i := range s.p.C.Segments {
			if g := &s.p.C.Segments[i]; s.meets(g.When, d.basis, worst) {
				d.segment = g.Name
				ladder := s.experiment(g, &d.arm)
				for k := range ladder {
					if ladder[k].From <= worst.delinquent && (s.step == nil || ladder[k].From > s.step.From) {
						s.step = &ladder[k]
					}
				}
				break
			}
		}
	}
	if s.step != nil && len(s.step.Channels) == 0 {
		s.step = nil
	}
}

// experiment is the ladder of a segment, or that of the arm that the borrower is in.
func (s *cqSubject) experiment(g *cqSegment, arm *string) []cqStep {
	for _, x := range s.p.C.Experiments {
		if x.Segment != g.Name || s.c < cqDay(x.From) || s.c >= cqDay(x.Until) {
			continue
		}
		sum := sha256.Sum256([]byte(x.Name + "\x00" + s.id))
		n := int64(binary.BigEndian.Uint64(sum[:8]) % 10000)
		*arm = "champion"
		low := int64(0)
		for _, a := range x.Arms {
			share := cqRat(a.Share, 0)
			high := low + cqFloor(share.Mul(share, big.NewRat(10000, 1)))
			if n >= low && n < high {
				*arm = a.Name
				return a.Ladder
			}
			low = high
		}
		break
	}
	return g.Ladder
}

// meets reports whether all conditions of a segment hold.
func (s *cqSubject) meets(when map[string]any, basis []cqLoan, worst *cqLoan) bool {
	for name, condition := range when {
		var v int64
		unit := int64(1)
		switch name {
		case "delinquent_days":
			v = int64(worst.delinquent)
		case "past_due":
			v, unit = cqSum(basis, worst.currency), 100
		case "score":
			v = worst.score
		case "broken_promises":
			v = int64(s.broken)
		case "unanswered":
			v = int64(s.unanswered())
		case "product":
			if !slices.Contains(condition.([]any), any(worst.product)) {
				return false
			}
			continue
		default:
			panic("no condition: " + name)
		}
		within := condition.(map[string]any)
		if from, has := within["from"]; has && big.NewRat(v, 1).Cmp(new(big.Rat).Mul(cqRat(from, 0), cqRat(unit, 0))) < 0 {
			return false
		}
		if to, has := within["to"]; has && big.NewRat(v, 1).Cmp(new(big.Rat).Mul(cqRat(to, 0), cqRat(unit, 0))) > 0 {
			return false
		}
	}
	return true
}

// unanswered: "attempts, exported ones too, dated in [C − 91, C] and after the date of the
// last conversation", by the home zone.
func (s *cqSubject) unanswered() (n int) {
	talked := cqNoDay
	for i := range s.touches {
		if t := &s.touches[i]; t.talks > 0 {
			talked = max(talked, t.homeDate)
		}
	}
	for i := range s.touches {
		if t := &s.touches[i]; t.homeDate >= s.c-91 && t.homeDate <= s.c && t.homeDate > talked {
			n += t.attempts
		}
	}
	return n
}

// search finds lifts_on of each reason and earliest_at, day by day (§4, §8).
func (d *cqDecision) search() {
	s := d.s
	d.lifts = map[cqReason]int{}
	found := cqNoDay
	for e := s.c; e <= s.c+400; e++ {
		blockers := s.blockersOn(e)
		covered := withheld(s.candidates, s.withheldIn(blockers, s.candidates), false)
		holds := slices.Clone(blockers)
		free := len(covered) > 0 && !slices.ContainsFunc(blockers, func(r cqReason) bool { return r.scope == "borrower" })
		if s.step != nil {
			for _, c := range s.step.Channels {
				reasons := s.channelReasonsOn(c, e, covered)
				holds = append(holds, reasons...)
				if !free || len(reasons) > 0 || found != cqNoDay && e > found+2 { // a window begins within two days of its day
					continue
				}
				if from, _, _ := s.windowOn(c, e); d.earliest.IsZero() || from.Before(d.earliest) {
					d.earliest = from
				}
				if found == cqNoDay {
					found = e
				}
			}
		}
		missing := false
		for _, r := range d.reasons {
			if _, has := d.lifts[r]; !has && e > s.c && !slices.Contains(holds, r) {
				d.lifts[r] = e
			}
			_, has := d.lifts[r]
			missing = missing || !has
		}
		if !missing && (s.step == nil || found != cqNoDay && e > found+2) {
			return
		}
	}
}

// rank is step 5 of section 8.
func (m *cqModel) rank(all []*cqDecision, r *cqResult) {
	var list []*cqDecision
	for _, d := range all {
		if d.place == "" {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b *cqDecision) int {
		return cqOrder(a.class-b.class, int(b.value-a.value), cqWorst(b.covered).dpd-cqWorst(a.covered).dpd, cqText(a.s.id, b.s.id))
	})
	used := map[string]int{}
	for _, d := range list {
		d.place, d.passed = "below_capacity", map[string][]string{}
		for _, c := range d.s.step.Channels {
			most, limited := m.p.C.Capacity[c]
			if len(d.blocked[c]) > 0 {
				for _, x := range d.blocked[c] {
					text := x.code
					if x.rule != x.code {
						text += ":" + x.rule
					}
					if !slices.Contains(d.passed[c], text) {
						d.passed[c] = append(d.passed[c], text)
					}
				}
				continue
			}
			if limited && used[c] >= most {
				d.passed[c] = nil // for want of capacity
				continue
			}
			used[c]++
			d.place, d.channel = "task", c
			break
		}
		if d.place == "task" {
			m.task(d, r)
		}
	}
}

// task grants a task's attempts and hours, and makes its rows.
func (m *cqModel) task(d *cqDecision, r *cqResult) {
	s := d.s
	d.from, d.until, _ = s.windowOn(d.channel, s.c)
	d.attempts = max(s.step.Attempts, 1)
	for _, c := range s.capsOn(s.c) {
		if c.Measure == "conversations" || !slices.Contains(c.Channels, d.channel) {
			continue
		}
		for _, loan := range cqSubjects(c.Per, d.covered) {
			d.attempts = min(d.attempts, c.Max-s.capCount(&c, loan, s.c))
		}
	}
	worst := cqWorst(d.covered)
	row := d.common(worst, d.covered)
	row["rank"], row["channel"], row["tone"], row["template"] = fmt.Sprint(len(r.tasks)+1), d.channel, s.step.Tone, s.step.Template
	row["contact_on"], row["jurisdiction"], row["class"] = cqDate(s.c), s.jurisdiction, fmt.Sprint(d.class)
	row["arm"], row["priority"], row["education"] = cqOr(d.arm), cqMoney(d.value), cqOr(s.step.Education)
	row["language"] = cqNull
	if s.record != nil {
		row["language"] = cqOr(s.record.languages)
	}
	row["attempts"] = fmt.Sprint(d.attempts)
	row["withheld_loans"], row["withheld_past_due_amount"] = fmt.Sprint(len(d.held)), cqMoney(cqSum(d.held, worst.currency))
	total, due := int64(0), int64(0)
	for _, l := range d.covered {
		if l.currency == worst.currency {
			total, due = total+l.total, due+l.nextDue
		}
	}
	row["total_outstanding"] = cqMoney(total)
	row["next_due_on"], row["next_due_amount"] = cqNull, cqNull
	if d.reminder {
		row["next_due_on"], row["next_due_amount"] = cqDate(d.covered[0].nextDueOn), cqMoney(due)
	}
	for _, name := range []string{"time_zone", "utc_offset", "earliest_local", "latest_local", "earliest_at", "latest_at"} {
		row[name] = cqNull
	}
	if slices.Contains(cqTimed, d.channel) {
		row["earliest_local"], row["latest_local"] = d.from.In(s.home).Format(cqLocal), d.until.In(s.home).Format(cqLocal)
		row["earliest_at"], row["latest_at"] = cqAt(d.from), cqAt(d.until)
		row["time_zone"], row["utc_offset"] = s.home.String(), d.from.In(s.home).Format("-07:00")
	}
	if d.class == 1 {
		row["step_from"] = fmt.Sprint(s.step.From)
	}
	row["passed_over"] = d.passedText()
	r.tasks = append(r.tasks, row)
	export := cqTask{night: s.b, on: s.c, borrower: s.id, channel: d.channel, attempts: d.attempts}
	for _, l := range d.covered {
		export.loans = append(export.loans, l.id)
	}
	r.exported = append(r.exported, export)
	for _, l := range d.s.candidates {
		t := cqRow{"borrower_id": s.id, "loan_id": l.id, "currency": l.currency, "days_past_due": fmt.Sprint(l.dpd), "past_due_amount": cqMoney(l.pastDue)}
		t["covered"], t["reason_code"] = fmt.Sprint(slices.ContainsFunc(d.covered, func(o cqLoan) bool { return o.id == l.id })), cqNull
		for _, x := range cqSorted(d.reasons) {
			if x.loan == l.id && x.scope == "loan" {
				t["reason_code"] = x.code
				break
			}
		}
		r.taskLoans = append(r.taskLoans, t)
	}
}

// passedText is passed_over with reasons in the order of their texts; compared as sets.
func (d *cqDecision) passedText() string {
	var parts []string
	for _, c := range d.s.step.Channels {
		if reasons, has := d.passed[c]; has && len(reasons) > 0 {
			slices.Sort(reasons)
			parts = append(parts, c+"="+strings.Join(reasons, "+"))
		}
	}
	return cqOr(strings.Join(parts, "; "))
}

func cqAt(at time.Time) string { return at.UTC().Format("2006-01-02T15:04:05Z") }

// common is the columns that most tables have, of some loans.
func (d *cqDecision) common(worst *cqLoan, loans []cqLoan) cqRow {
	return cqRow{
		"borrower_id": d.s.id, "currency": worst.currency, "loans": fmt.Sprint(len(loans)), "worst_loan_id": worst.id,
		"days_past_due": fmt.Sprint(worst.dpd), "past_due_amount": cqMoney(cqSum(loans, worst.currency)), "segment": cqOr(d.segment),
	}
}

// cqSorted orders reasons: "by table number, then code (the listed order within a number),
// rule, loan_id, channel, nulls first".
func cqSorted(list []cqReason) []cqReason {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b cqReason) int {
		return cqOrder(slices.Index(cqTable, a.code)-slices.Index(cqTable, b.code), cqText(a.rule, b.rule), cqText(a.loan, b.loan), cqText(a.channel, b.channel))
	})
	return list
}

// add makes the rows of those who have no task, and the totals.
func (r *cqResult) add(d *cqDecision) {
	s := d.s
	count := func(place string, loans []cqLoan) {
		for _, l := range loans {
			r.totals[[2]string{l.currency, place}] += l.pastDue
			r.totals[[2]string{l.currency, "tape"}] += l.pastDue
		}
	}
	if d.place == "suppressed" {
		count(d.place, s.candidates)
		for i, x := range cqSorted(d.reasons) {
			row := d.common(cqWorst(s.candidates), s.candidates)
			row["reason_code"], row["rule"], row["scope"], row["loan_id"], row["channel"] = x.code, x.rule, x.scope, cqOr(x.loan), cqOr(x.channel)
			row["reason_number"], row["reasons"], row["lifts_on"] = fmt.Sprint(i+1), fmt.Sprint(len(d.reasons)), cqNull
			if on, has := d.lifts[x]; has {
				row["lifts_on"] = cqDate(on)
			}
			row["earliest_at"], row["earliest_local"] = cqNull, cqNull
			if !d.earliest.IsZero() {
				row["earliest_at"], row["earliest_local"] = cqAt(d.earliest), d.earliest.In(s.home).Format(cqLocal)
			}
			r.suppressed = append(r.suppressed, row)
		}
		return
	}
	count(d.place, d.covered)
	count("withheld", d.held)
	row := d.common(cqWorst(d.covered), d.covered)
	switch d.place {
	case "not_due":
		row["reason_code"], row["next_on"] = d.notDue, cqDate(d.next)
		r.notDue = append(r.notDue, row)
	case "below_capacity":
		row["channel"], row["times_below"], row["priority"] = d.firstOpen, fmt.Sprint(s.m.below[s.id]), cqMoney(d.value)
		if d.class == 1 {
			row["step_from"] = fmt.Sprint(s.step.From)
		}
		r.below = append(r.below, row)
	}
}

// promiseRows are the borrower's promises that are not frozen yet.
func (s *cqSubject) promiseRows() (rows []cqRow) {
	for i := range s.promises {
		x := &s.promises[i]
		if s.b > x.deadline+180 {
			continue
		}
		rows = append(rows, cqRow{
			"promise_id": x.row.id, "borrower_id": s.id, "loan_id": cqOr(x.row.loan), "currency": x.currency, "amount": cqMoney(x.amount),
			"made_on": cqDate(x.made), "promised_on": cqDate(x.row.promisedOn), "deadline": cqDate(x.deadline), "paid_amount": cqMoney(x.paid),
			"status": x.status, "decided_on": cqDate(x.decided), "holds": fmt.Sprint(s.promiseHolds(x, s.c)),
		})
	}
	return rows
}
