package treat

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// A Scope is what a reason blocks.
type Scope uint8

// The scopes.
const (
	OfBorrower Scope = iota
	OfLoan           // the loan is withheld; the others may be asked for
	OfChannel
)

func (s Scope) String() string { return [...]string{"borrower", "loan", "channel"}[s] }

// NoChannel is the channel of a reason of none.
const NoChannel = borrower.Channels

// A Reason is one rule that forbids a contact on the contact day.
type Reason struct {
	reasonKey
	Citation string
	Facts    string
	LiftsOn  civil.Date // the first day on which it does not hold; [civil.None]: none is known
}

// A reasonKey is what tells one reason from another: code, rule, loan and channel. Its place
// is that in the table of blockers.
type reasonKey struct {
	place   uint8
	Scope   Scope
	Code    string
	Rule    string
	Loan    string           // empty: none
	Channel borrower.Channel // [NoChannel]: none
}

func (k *reasonKey) compare(o *reasonKey) int {
	channel := func(c borrower.Channel) string {
		if c == NoChannel {
			return ""
		}
		return c.String()
	}
	return cmp.Or(cmp.Compare(k.place, o.place), cmp.Compare(k.Rule, o.Rule), cmp.Compare(k.Loan, o.Loan), cmp.Compare(channel(k.Channel), channel(o.Channel)))
}

// A found is a reason that holds on a day.
type found struct {
	reasonKey
	forever bool // on no later day it does not hold
	facts   func() string
}

// blockers are the codes in the order of the table. Source: collections.md, section 4; the last two are ours.
var blockers = [...]string{
	"deceased", "bankruptcy", "fraud", "breathing_space", "mental_health_crisis", "represented", "cease", "vulnerable", "dispute",
	"complaint", "illness", "bereavement", "disaster", "plan", "promise_pending", "legal", "agency", "unknown_hold", "unknown_flag",
	"jurisdiction_unknown", "hardship_review", "cool_off", "time_zone_unknown", "no_common_hours", "closed_day", "no_consent",
	"opted_out", "wrong_number", "military", "time_barred", "wait", "cap", "too_many_loans", "recovered",
}

// Blockers returns the codes of all reasons, in the order of the table.
func Blockers() []string { return blockers[:] }

var placeOf = func() map[string]uint8 {
	m := map[string]uint8{}
	for i, code := range blockers {
		m[code] = uint8(i)
	}
	return m
}()

// borrowerOnly are the codes whose holds hold the borrower even where they name a loan.
var borrowerOnly = map[string]bool{
	"deceased": true, "bankruptcy": true, "breathing_space": true, "mental_health_crisis": true, "vulnerable": true, "complaint": true,
	"illness": true, "bereavement": true, "disaster": true,
}

// flagCodes are the codes of flags that forbid contact.
var flagCodes = map[string]string{
	"deceased": "deceased", "bankrupt": "bankruptcy", "fraud": "fraud", "identity_theft": "fraud", "vulnerable": "vulnerable",
}

func (d *Decider) add(scope Scope, code, rule, loan string, channel borrower.Channel, forever bool, facts func() string) {
	k := reasonKey{placeOf[code], scope, code, rule, loan, channel}
	if i := d.foundAt(&k); i >= 0 {
		d.found[i].forever = d.found[i].forever || forever
		return
	}
	d.found = append(d.found, found{k, forever, facts})
}

// findNothing empties what was found.
func (d *Decider) findNothing() { d.found, d.foundIn = d.found[:0], 0 }

// fewFound is how many reasons are looked through one by one: nearly nobody has more.
const fewFound = 16

// foundAt returns where a reason is that was found, below zero where it was not.
func (d *Decider) foundAt(k *reasonKey) int {
	if len(d.found) <= fewFound {
		return slices.IndexFunc(d.found, func(f found) bool { return f.reasonKey == *k })
	}
	if d.foundIn == 0 {
		d.foundBy = emptied(d.foundBy)
	}
	for ; d.foundIn < len(d.found); d.foundIn++ {
		d.foundBy[d.found[d.foundIn].reasonKey] = d.foundIn
	}
	if i, ok := d.foundBy[*k]; ok {
		return i
	}
	return -1
}

// withheldBy returns of each loan that a reason withholds where the first of them is, in the
// order of the table.
func (d *Decider) withheldBy() map[string]int {
	d.withheld = emptied(d.withheld)
	for i := range d.found {
		f := &d.found[i]
		if f.Scope != OfLoan {
			continue
		}
		if first, has := d.withheld[f.Loan]; !has || f.place < d.found[first].place {
			d.withheld[f.Loan] = i
		}
	}
	return d.withheld
}

// recalls reports whether a reason takes the borrower back from an agency.
func (f found) recalls() bool {
	return f.Scope == OfBorrower && f.Code != "agency" && f.Code != "cool_off"
}

// ofBorrower reports whether a reason forbids any contact with the borrower.
func (f found) ofBorrower() bool { return f.Scope == OfBorrower }

// lookNow finds the reasons that hold on the contact day. One that has a placement with an
// agency recalled takes the placement's place tonight.
func (d *Decider) lookNow(p *Person) {
	d.look(p, d.on)
	if !d.recalled && slices.ContainsFunc(d.found, found.recalls) {
		d.recalled = true
		d.look(p, d.on)
	}
}

// look finds the reasons of the borrower and of his loans that hold on a day.
func (d *Decider) look(p *Person, on civil.Date) {
	d.findNothing()
	k := &d.k
	for i := range k.holds {
		d.lookHold(&k.holds[i], on)
	}
	d.lookFlags(p, on)
	d.lookPromises(on)
	if t := d.placement(p); t != nil && !d.recalled {
		d.add(OfBorrower, "agency", "agency", "", NoChannel, true, func() string { return "placed_on=" + t.On.String() })
	}
	if !k.packKnown {
		d.add(OfBorrower, "jurisdiction_unknown", "jurisdiction_unknown", "", NoChannel, true, func() string { return "" })
	}
	if d.noOffer && d.isOpen(on) && !d.offersOn(p, on) {
		d.add(OfBorrower, "hardship_review", "hardship_review", "", NoChannel, false, func() string {
			return "opened_on=" + d.localDate(k.hardship.At).String()
		})
	}
	d.lookCoolOff(on)
	if p.TooMany {
		d.add(OfBorrower, "too_many_loans", "too_many_loans", "", NoChannel, true, func() string { return "" })
	}
	d.lookRecovered(p)
}

// asked reports whether any of some loans is past due by what is still to be paid of it.
func asked(loans []*Loan) bool {
	return slices.ContainsFunc(loans, func(l *Loan) bool { return l.DaysPastDue > 0 && !l.Recovered })
}

// lookRecovered finds the loans past due of which nothing is left to be paid: what was charged
// off is recovered, and whatever comes beyond is the borrower's credit, so that no payment
// could end what is past due of them.
func (d *Decider) lookRecovered(p *Person) {
	for _, l := range p.Loans {
		if l.Recovered && l.DaysPastDue > 0 {
			d.add(OfLoan, "recovered", "recovered", l.ID, NoChannel, true, func() string { return "credit=" + d.text(l.Credit, l.Currency) })
		}
	}
}

// covered appends the loans that none of the reasons that were found withholds.
func (d *Decider) covered(dst []*Loan) []*Loan {
	withheld := d.withheldBy()
	for _, l := range d.decision.Due {
		if _, is := withheld[l.ID]; !is {
			dst = append(dst, l)
		}
	}
	return dst
}

// offersOn reports whether an offer can be made on a later day, for loans that are withheld
// tonight and are not by then.
func (d *Decider) offersOn(p *Person, on civil.Date) bool {
	if on == d.on || len(d.decision.Withheld) == 0 {
		return false
	}
	covered := d.covered(nil)
	return len(covered) > len(d.decision.Covered) && len(d.offers(p, covered)) > 0
}

func (d *Decider) lookHold(h *hold, on civil.Date) {
	if h.until != civil.None && on >= h.until {
		return
	}
	facts := func() string { return endFacts(h) }
	if h.loan != "" && !borrowerOnly[h.code] {
		d.add(OfLoan, h.code, h.code, h.loan, NoChannel, h.until == civil.None, facts)
		return
	}
	d.add(OfBorrower, h.code, h.code, "", NoChannel, h.until == civil.None, facts)
}

func endFacts(h *hold) string {
	switch {
	case h.until != civil.None:
		return "until=" + h.until.String()
	case h.review != civil.None:
		return "review_on=" + h.review.String()
	}
	return ""
}

func (d *Decider) lookFlags(p *Person, on civil.Date) {
	for i := range p.State.Flags {
		d.lookFlag(&p.State.Flags[i], "", on)
	}
	for _, l := range p.Loans {
		for i := range l.Flags {
			d.lookFlag(&l.Flags[i], l.ID, on)
		}
	}
}

func (d *Decider) lookFlag(f *borrower.Flag, loan string, on civil.Date) {
	if !covers(f, on) {
		return
	}
	code, scope := flagCodes[f.Name], OfBorrower
	if code == "" {
		if borrower.KnownFlag(f.Name) || slices.Contains(d.Rules.IgnoredFlags, f.Name) {
			return
		}
		code = "unknown_flag"
	}
	if loan != "" && !borrowerOnly[code] {
		scope = OfLoan
	} else {
		loan = ""
	}
	d.add(scope, code, code, loan, NoChannel, f.Until == civil.None, func() string { return "flag=" + f.Name + "; valid_from=" + f.From.String() })
}

// Forbids reports whether flags of a name forbid some contact, or may, as nobody knows
// what they say.
func Forbids(name string) bool {
	return flagCodes[name] != "" || name == "military" || name == "time_barred" || !borrower.KnownFlag(name)
}

// covers reports whether a flag holds on a day.
func covers(f *borrower.Flag, on civil.Date) bool {
	return f.From <= on && (f.Until == civil.None || on < f.Until)
}

func (d *Decider) lookPromises(on civil.Date) {
	for i := range d.k.promises {
		x := &d.k.promises[i]
		if !d.promiseHolds(x, on) {
			continue
		}
		facts := func() string { return "promised_on=" + x.row.PromisedOn.String() + "; deadline=" + x.deadline.String() }
		if x.row.Loan != "" {
			d.add(OfLoan, "promise_pending", "promise_pending", x.row.Loan, NoChannel, false, facts)
		} else {
			d.add(OfBorrower, "promise_pending", "promise_pending", "", NoChannel, false, facts)
		}
	}
}

// placement returns the placement with an agency that is not recalled, as earlier nights
// left it.
func (d *Decider) placement(p *Person) *borrower.Task {
	tasks := p.Treatment.Before(d.night)
	for i := range tasks {
		t := &tasks[i]
		if t.Channel == borrower.Agency && (t.RecalledOn == civil.None || t.RecalledOn >= d.night) && !d.returned(t) {
			return t
		}
	}
	return nil
}

// returned reports whether an unhold takes a placement back.
func (d *Decider) returned(t *borrower.Task) bool {
	return d.k.returnedOn != civil.None && d.k.returnedOn >= t.On
}

// Recall returns the placement with an agency that comes back tonight, and why: the borrower
// is past due no more, something else forbids contact, or it was given back.
func (d *Decider) Recall(p *Person) (t *borrower.Task, code string) {
	tasks := p.Treatment.Before(d.night)
	for i := range tasks {
		t := &tasks[i]
		if t.Channel != borrower.Agency || t.RecalledOn != civil.None && t.RecalledOn < d.night {
			continue
		}
		if d.returned(t) {
			return t, "unhold"
		}
		if !asked(p.Loans) {
			return t, "not_past_due"
		}
		d.look(p, d.on)
		code, place := "", uint8(0)
		for i := range d.found {
			f := &d.found[i]
			if f.recalls() && (code == "" || f.place < place) {
				code, place = f.Code, f.place
			}
		}
		if code != "" {
			return t, code
		}
	}
	return nil, ""
}

// NoCalls reports whether the borrower may not be called any more: something forbids any
// contact, or he has opted out of calls.
func (d *Decider) NoCalls(p *Person) bool {
	d.look(p, d.on)
	w := &d.k.words[borrower.Call]
	return w.out() || slices.ContainsFunc(d.found, found.ofBorrower)
}

func (d *Decider) lookCoolOff(on civil.Date) {
	for _, q := range d.quiet() {
		if q.days > 0 && q.last != civil.None && on <= q.last+civil.Date(q.days) {
			holds := q // it outlives the loop
			d.add(OfBorrower, "cool_off", "cool_off", "", NoChannel, false, holds.facts)
		}
	}
}

// A quiet is how long it is quiet after the last contact of a kind.
type quiet struct {
	last civil.Date // [civil.None]: there was none
	days int
	what string
}

func (q *quiet) facts() string { return fmt.Sprintf("%s=%s; days=%d", q.what, q.last, q.days) }

// quiet returns the last attempt and the last conversation, with how long it is quiet after.
func (d *Decider) quiet() [2]quiet {
	rules, attempt, talk := &d.k.rules.CoolOff, civil.None, civil.None
	for i := range d.k.touches {
		t := &d.k.touches[i]
		if t.channel == borrower.Agency || t.channel == borrower.Legal {
			continue
		}
		if t.Attempts > 0 {
			attempt = max(attempt, t.latest())
		}
		if t.Conversations > 0 {
			talk = max(talk, t.latest())
		}
	}
	return [2]quiet{{attempt, rules.AfterAttempt, "last_attempt"}, {talk, rules.AfterConversation, "last_conversation"}}
}

// lookChannel finds the reasons of a channel that hold on a day, for a task that covers some
// loans.
func (d *Decider) lookChannel(p *Person, channel borrower.Channel, covered []*Loan, on civil.Date) {
	add := func(code, rule, loan string, forever bool, facts func() string) {
		d.add(OfChannel, code, rule, loan, channel, forever, facts)
	}
	none := func() string { return "" }
	if Timed.Has(channel) {
		d.lookHours(p, channel, on)
	} else if d.isHoliday(channel, on) {
		add("closed_day", "closed_day", "", false, func() string { return "day=" + on.String() })
	}
	w := &d.k.words[channel]
	for i := range d.k.rules.Consents {
		c := &d.k.rules.Consents[i]
		if c.Span.holds(on) && c.Channels.Has(channel) && !w.allows(on) {
			add("no_consent", "no_consent", "", c.Span.Until == civil.None, none)
		}
	}
	if w.out() {
		add("opted_out", "opted_out", "", true, none)
	}
	if d.wrongNumber(channel, on) {
		add("wrong_number", "wrong_number", "", true, none)
	}
	if channel == borrower.Legal {
		d.lookLegal(p, covered, on)
	}
	d.lookWaits(channel, covered, on)
	d.lookCaps(channel, covered, on)
}

func (d *Decider) lookHours(p *Person, channel borrower.Channel, on civil.Date) {
	if !d.k.zoneKnown {
		d.add(OfChannel, "time_zone_unknown", "time_zone_unknown", "", channel, true, func() string { return "" })
	}
	open, close := d.hours(channel, on, p.State.Record)
	if open >= close {
		d.add(OfChannel, "closed_day", "closed_day", "", channel, false, func() string { return "day=" + on.String() })
		return
	}
	if !d.k.zoneKnown {
		return
	}
	if _, ok := d.common(on, open, close); !ok {
		d.add(OfChannel, "no_common_hours", "no_common_hours", "", channel, false, func() string { return "zones=" + strings.Join(d.k.zones, ",") })
	}
}

func (d *Decider) lookLegal(p *Person, covered []*Loan, on civil.Date) {
	look := func(flags []borrower.Flag, loan string) {
		for i := range flags {
			f := &flags[i]
			if (f.Name == "military" || f.Name == "time_barred") && covers(f, on) {
				d.add(OfChannel, f.Name, f.Name, loan, borrower.Legal, f.Until == civil.None, func() string { return "valid_from=" + f.From.String() })
			}
		}
	}
	look(p.State.Flags, "")
	for _, l := range covered {
		look(l.Flags, l.ID)
	}
}

func (d *Decider) lookWaits(channel borrower.Channel, covered []*Loan, on civil.Date) {
	for i := range d.k.rules.Waits {
		w := &d.k.rules.Waits[i]
		if !w.Channels.Has(channel) || !w.Span.holds(on) || len(d.k.touches) == 0 {
			continue
		}
		if !w.PerLoan {
			last := civil.None
			d.eachTalk(w, func(t *touch) { last = max(last, t.latest()) })
			d.lookWait(w, channel, "", last, on)
			continue
		}
		d.talks = emptied(d.talks)
		all, by := civil.None, d.talks
		d.eachTalk(w, func(t *touch) {
			if t.loans == nil {
				all = max(all, t.latest())
			}
			for _, loan := range t.loans {
				if last, has := by[loan]; !has || last < t.latest() {
					by[loan] = t.latest()
				}
			}
		})
		for _, l := range covered {
			last := all
			if own, has := by[l.ID]; has {
				last = max(last, own)
			}
			d.lookWait(w, channel, l.ID, last, on)
		}
	}
}

// eachTalk calls fn with the conversations through the channels of a wait.
func (d *Decider) eachTalk(w *Wait, fn func(t *touch)) {
	for i := range d.k.touches {
		if t := &d.k.touches[i]; t.Conversations > 0 && w.Channels.Has(t.channel) {
			fn(t)
		}
	}
}

// lookWait looks at one wait, for a loan or for all, after the last conversation of it.
func (d *Decider) lookWait(w *Wait, channel borrower.Channel, loan string, last, on civil.Date) {
	if last == civil.None || on >= last+civil.Date(w.Days) || w.Callback && d.callback(loan, on) {
		return
	}
	d.add(OfChannel, "wait", w.Name, loan, channel, false, func() string { return w.facts(last) })
}

func (w *Wait) facts(last civil.Date) string {
	return fmt.Sprintf("conversation_on=%s; days=%d", last, w.Days)
}

// lastTalk returns the day of the last conversation that a wait is of, for a loan or for all.
func (d *Decider) lastTalk(w *Wait, loan string) civil.Date {
	last := civil.None
	d.eachTalk(w, func(t *touch) {
		if loan == "" || t.about(loan) {
			last = max(last, t.latest())
		}
	})
	return last
}

// callback reports whether the borrower has asked to be called about a loan (empty: about
// all) on a day: from the day of the request six days on, until it ends or he has been
// talked to.
func (d *Decider) callback(loan string, on civil.Date) bool {
	return slices.ContainsFunc(d.k.callbacks, func(c *borrower.Contact) bool {
		asked := d.localDate(c.At)
		return (c.Loan == "" || c.Loan == loan) && on >= asked && on < asked+callbackDays && (c.Until == civil.None || on < c.Until)
	})
}

func (d *Decider) lookCaps(channel borrower.Channel, covered []*Loan, on civil.Date) {
	for i := range d.k.rules.Caps {
		c := &d.k.rules.Caps[i]
		if !c.Channels.Has(channel) || !c.Span.holds(on) || len(d.k.touches) == 0 && c.Max > 0 {
			continue
		}
		d.eachCount(c, covered, on, func(loan string, n int) {
			if n >= c.Max {
				d.add(OfChannel, "cap", c.Name, loan, channel, false, func() string { return c.facts(n) })
			}
		})
	}
}

func (c *Cap) facts(n int) string {
	return fmt.Sprintf("%s=%d; max=%d; days=%d", c.Measure, n, c.Max, c.Days)
}

// eachCount counts a cap on a day: for each loan where it is by loan.
func (d *Decider) eachCount(c *Cap, covered []*Loan, on civil.Date, fn func(loan string, n int)) {
	all, by := d.count(c, on)
	if !c.PerLoan {
		fn("", all)
		return
	}
	for _, l := range covered {
		fn(l.ID, all+by[l.ID])
	}
}

// count counts the contacts of a cap in the days to one: where it is by loan, those about all
// loans, and of each loan those about it alone.
func (d *Decider) count(c *Cap, on civil.Date) (all int, by map[string]int) {
	d.about = emptied(d.about)
	for i := range d.k.touches {
		t := &d.k.touches[i]
		if !c.Channels.Has(t.channel) || !t.within(c.first(on), on) {
			continue
		}
		n := c.Measure.of(t)
		if !c.PerLoan || t.loans == nil {
			all += n
			continue
		}
		for _, loan := range t.loans {
			d.about[loan] += n
		}
	}
	return all, d.about
}

// of returns what a contact counts.
func (m Measure) of(t *touch) int {
	return [...]int{Attempts: t.Attempts, Connected: t.Connected, Conversations: t.Conversations}[m]
}

// of returns what a contact counts in a cap on a day.
func (c *Cap) of(t *touch, loan string, on civil.Date) int {
	if !c.Channels.Has(t.channel) || loan != "" && !t.about(loan) || !t.within(c.first(on), on) {
		return 0
	}
	return c.Measure.of(t)
}

// countOf counts the contacts of a cap in the days to one, about a loan or all.
func (d *Decider) countOf(c *Cap, loan string, on civil.Date) (n int) {
	for i := range d.k.touches {
		n += c.of(&d.k.touches[i], loan, on)
	}
	return n
}

// first is the first of the days that a cap counts on one.
func (c *Cap) first(on civil.Date) civil.Date { return on - civil.Date(c.Days-1) }

// attempts returns how many attempts a task through a channel may be made of.
func (d *Decider) attempts(step *Step, channel borrower.Channel, covered []*Loan) int {
	n := step.Attempts
	for i := range d.k.rules.Caps {
		c := &d.k.rules.Caps[i]
		if c.Measure != Conversations && c.Channels.Has(channel) && c.Span.holds(d.on) {
			d.eachCount(c, covered, d.on, func(_ string, have int) { n = min(n, c.Max-have) })
		}
	}
	return n
}
