package treat

import (
	"slices"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// Zones answers what day and which instant it is where. Names are in the IANA database, spelled
// as there. Instants are microseconds since 1970; minutes are of the local day.
type Zones interface {
	Known(name string) bool
	// Date returns the local date of an instant.
	Date(name string, at int64) civil.Date
	// Open returns the instant at which something opens: in a repeated hour the second one,
	// in a gap its end. Close returns that at which it closes: the first one, and the gap's
	// begin, which is the same instant.
	Open(name string, on civil.Date, minute int16) int64
	Close(name string, on civil.Date, minute int16) int64
	// Offset returns how many seconds a place is ahead of UTC.
	Offset(name string, at int64) int
}

// A Person is one borrower, as a night decides about him.
type Person struct {
	ID        []byte
	State     *borrower.State     // what is known, with tonight's rows
	Treatment *borrower.Treatment // what was done, with tonight's money
	Loans     []*Loan             // ascending by id: those past due, those that a reminder may be of, and those with flags
	TooMany   bool                // he has more loans than are looked at: none of them is asked for
}

// A touch is one contact as the rules count it.
type touch struct {
	dates   [2]civil.Date // in each of the borrower's zones
	zones   int           // how many of them there are
	channel borrower.Channel
	borrower.Counts
	loans []string // that it is about; nil: all
}

// latest returns the latest of its dates.
func (t *touch) latest() civil.Date {
	if t.zones == 2 {
		return max(t.dates[0], t.dates[1])
	}
	return t.dates[0]
}

// within reports whether one of its dates is within some days.
func (t *touch) within(from, to civil.Date) bool {
	for _, d := range t.dates[:t.zones] {
		if from <= d && d <= to {
			return true
		}
	}
	return false
}

// about reports whether it is about a loan.
func (t *touch) about(loan string) bool { return t.loans == nil || slices.Contains(t.loans, loan) }

// A hold is one that stands: of a code and a scope.
type hold struct {
	code   string
	loan   string     // of the borrower; empty: it holds him
	until  civil.Date // [civil.None]: without end
	review civil.Date // the latest review date that was stated
}

// known is what follows from all that is known of the borrower at hand. Its memory is used
// again for the next.
type known struct {
	zoneKnown bool
	zones     []string // Z, where they are known
	home      string
	rules     *Contact
	packKnown bool   // his jurisdiction has a pack
	pack      string // its jurisdiction

	rows     []*borrower.Contact // that happened, in their order
	gone     map[string]bool     // ids of those that did not
	touches  []touch             // attempts, talks, and tasks that nobody reported
	holds    []hold
	standing map[scope]int           // of each code and scope its place among the holds
	words    [borrower.Channels]word // the latest of each channel
	hardship *borrower.Contact       // the case, if one is open on the business date
	promises []promise
	reported map[string]bool           // keys of tasks that an attempt reports
	tasks    map[string]*borrower.Task // by key, once somebody has asked for one
	asked    bool                      // somebody has
	over     map[overKey]bool          // caps that were looked at
	counted
}

// A scope is what a hold holds: a code, of a loan or of the borrower.
type scope struct{ code, loan string }

// counted is what is found of contacts once for all rules.
type counted struct {
	unanswered int64
	broken     int64
	wrong      [borrower.Channels]bool  // the channel's last attempt had a wrong number
	triedAt    [borrower.Channels]int64 // when it was
	talkedAt   int64                    // the last conversation
	talked     bool
	returnedOn civil.Date          // the last day on which a placement with an agency was given back; [civil.None]
	callbacks  []*borrower.Contact // that the borrower still asks for
}

// A word is what was said last of a channel: consent and refusal.
type word struct {
	allowed, refused     bool
	allowedAt, refusedAt int64
	until                civil.Date // of the consent
}

// out reports whether the refusal is the last word; of one instant it is.
func (w *word) out() bool { return w.refused && (!w.allowed || w.refusedAt >= w.allowedAt) }

// allows reports whether the last consent is in force on a day.
func (w *word) allows(on civil.Date) bool {
	return w.allowed && (w.until == civil.None || on < w.until)
}

// learn reads all that is known of a person.
func (d *Decider) learn(p *Person) {
	k := &d.k
	k.rows, k.touches, k.holds, k.promises = k.rows[:0], k.touches[:0], k.holds[:0], k.promises[:0]
	k.hardship, k.words, k.counted, k.asked = nil, [borrower.Channels]word{}, counted{returnedOn: civil.None, callbacks: k.callbacks[:0]}, false
	k.over, k.gone = emptied(k.over), nil
	d.learnPlace(p.State.Record)
	if len(p.State.Contacts) == 0 && len(p.Treatment.Tasks) == 0 {
		return
	}
	k.reported = emptied(k.reported)
	k.rows, k.gone = happened(p.State.Contacts, k.rows)
	for _, c := range k.rows {
		d.learnRow(p, c)
	}
	d.learnAsked()
	tasks := p.Treatment.Before(d.night)
	for i := range tasks {
		t := &tasks[i]
		if !k.reported[t.Key] {
			k.touches = append(k.touches, touch{
				dates: [2]civil.Date{t.On}, zones: 1, channel: t.Channel, Counts: borrower.Counts{Attempts: t.Attempts, Connected: t.Attempts}, loans: t.Loans,
			})
		}
	}
	d.learnHolds()
	d.learnWords()
	d.learnCase(p)
	d.learnPromises(p)
	d.learnUnanswered()
}

// emptied returns a map without anything: the same, if it did not grow large, as emptying it
// takes as long as it once was for everybody who comes after.
func emptied[K comparable, V any](m map[K]V) map[K]V {
	switch {
	case m == nil || len(m) > 256:
		return map[K]V{}
	case len(m) > 0: // it is not so nearly always
		clear(m)
	}
	return m
}

// noLaw is the jurisdiction without a law of its own.
const noLaw = "none"

// learnPlace finds whose law binds and which zones a day is counted in.
func (d *Decider) learnPlace(r *borrower.Record) {
	k := &d.k
	k.pack = d.Rules.packOf(r)
	if k.rules, k.packKnown = d.Rules.Contacts[k.pack]; !k.packKnown {
		k.rules = d.Rules.Contacts[noLaw] // the policy's own alone
	}
	k.zones, k.zoneKnown = d.Rules.zonesOf(r, d.Zones, k.zones[:0])
	k.home = k.zones[0]
}

// packOf returns the jurisdiction whose law binds a borrower.
func (r *Rules) packOf(of *borrower.Record) string {
	if of != nil && of.Jurisdiction != "" {
		return of.Jurisdiction
	}
	return r.Jurisdiction
}

// zonesOf appends the zones in which a borrower may be, and whether they are known: that of
// his address and, where it is stated, that of his number. Where the zone is unknown, days
// are those of the policy's zone.
func (r *Rules) zonesOf(of *borrower.Record, zones Zones, dst []string) (list []string, known bool) {
	first, second := "", ""
	if of != nil {
		first, second = of.TimeZone, of.SecondTimeZone
	}
	if first == "" && second == "" && r.packOf(of) == r.Jurisdiction { // it has one legal time
		first = r.UnstatedZone
	}
	known = first != "" || second != ""
	for _, name := range [...]string{first, second} {
		if name == "" || name == first && len(dst) > 0 {
			continue
		}
		known = known && zones.Known(name)
		dst = append(dst, name)
	}
	if !known {
		return append(dst[:0], r.HomeZone), false
	}
	return dst, true
}

// LocalDate returns the date of an instant in a borrower's home zone.
func (r *Rules) LocalDate(of *borrower.Record, zones Zones, at int64) civil.Date {
	var room [2]string
	list, _ := r.zonesOf(of, zones, room[:0])
	return zones.Date(list[0], at)
}

// Happened reports whether no void takes a row of the borrower at hand back.
func (d *Decider) Happened(id string) bool { return !d.k.gone[id] }

// happened appends the rows that no void takes back, and returns the ids of the others; nil: there is no void. A
// void that is itself taken back takes nothing back; voids that name each other in a ring did not happen.
func happened(all []borrower.Contact, dst []*borrower.Contact) (_ []*borrower.Contact, gone map[string]bool) {
	var voids []*borrower.Contact
	for i := range all {
		if c := &all[i]; c.Meaning() == borrower.Void {
			voids = append(voids, c)
		} else if len(voids) == 0 {
			dst = append(dst, c)
		}
	}
	if len(voids) == 0 {
		return dst, nil
	}
	gone = voided(all, voids)
	dst = dst[:0]
	for i := range all {
		if c := &all[i]; c.Meaning() != borrower.Void && !gone[c.ID] {
			dst = append(dst, c)
		}
	}
	return dst, gone
}

// voided returns the ids of what never happened.
func voided(all []borrower.Contact, voids []*borrower.Contact) map[string]bool {
	by := map[string][]string{} // of each id the voids that name it
	for _, v := range voids {
		by[v.Target] = append(by[v.Target], v.ID)
	}
	is := map[string]bool{}      // of the voids that are decided: whether they happened
	waits := map[string]int{}    // for how many others a void waits
	names := map[string]string{} // of each void what it names
	var next []string            // decided, of which what they name is to be looked at
	for _, v := range voids {
		names[v.ID], waits[v.ID] = v.Target, len(by[v.ID])
		if waits[v.ID] == 0 {
			is[v.ID], next = true, append(next, v.ID)
		}
	}
	for len(next) > 0 {
		id := next[len(next)-1]
		next = next[:len(next)-1]
		target := names[id]
		if _, decided := is[target]; decided || names[target] == "" { // it is no void
			continue
		}
		if waits[target]--; is[id] || waits[target] == 0 {
			is[target], next = !is[id], append(next, target)
		}
	}
	gone := map[string]bool{}
	for target, list := range by {
		for _, id := range list {
			gone[target] = gone[target] || is[id]
		}
	}
	return gone
}

// learnRow counts a row, and notes the task that it reports.
func (d *Decider) learnRow(p *Person, c *borrower.Contact) {
	k := &d.k
	kind := c.Meaning()
	if kind != borrower.Attempt && kind != borrower.Inbound {
		return
	}
	way, task := d.Way(p, c)
	if task != nil && kind == borrower.Attempt {
		k.reported[task.Key] = true
	}
	t := touch{Counts: c.CountsAs(), zones: min(len(k.zones), 2), channel: way}
	if task != nil {
		t.loans = task.Loans
	}
	if c.Loan != "" {
		t.loans = []string{c.Loan}
	}
	for i, zone := range k.zones[:t.zones] {
		t.dates[i] = d.Zones.Date(zone, c.At)
	}
	if kind == borrower.Attempt {
		k.wrong[t.channel], k.triedAt[t.channel] = c.Went() == borrower.WrongNumber, c.At
	}
	if t.Conversations > 0 {
		k.talkedAt, k.talked = c.At, true
	}
	k.touches = append(k.touches, t)
}

// Way returns the channel of a row of the borrower at hand, and his task whose key it has;
// nil: he has none.
func (d *Decider) Way(p *Person, c *borrower.Contact) (borrower.Channel, *borrower.Task) {
	if c.TaskKey == "" {
		return c.Way(0, false), nil
	}
	k := &d.k
	if !k.asked {
		k.asked, k.tasks = true, emptied(k.tasks)
		for i := range p.Treatment.Tasks {
			t := &p.Treatment.Tasks[i]
			k.tasks[t.Key] = t
		}
	}
	if t := k.tasks[c.TaskKey]; t != nil {
		return c.Way(t.Channel, true), t
	}
	return c.Way(0, false), nil
}

// learnAsked finds what the borrower still asks for, and what an agency gave back.
func (d *Decider) learnAsked() {
	k := &d.k
	for _, c := range k.rows {
		switch c.Meaning() {
		case borrower.Callback:
			ended := c.Until != civil.None && c.Until <= d.on || k.talked && k.talkedAt > c.At
			if !ended && d.localDate(c.At)+callbackDays > d.on {
				k.callbacks = append(k.callbacks, c)
			}
		case borrower.Unhold:
			if c.HoldReason() == borrower.Agency.String() {
				k.returnedOn = max(k.returnedOn, d.localDate(c.At))
			}
		}
	}
}

// callbackDays is on how many days a callback lifts a wait, the first that of the request.
const callbackDays = 7

// localDate is the date of an instant in the borrower's home zone.
func (d *Decider) localDate(at int64) civil.Date { return d.Zones.Date(d.k.home, at) }

// learnHolds finds the holds that stand: of each reason and scope the rows after the last
// unhold, with the latest end of theirs.
func (d *Decider) learnHolds() {
	k := &d.k
	k.standing = emptied(k.standing)
	for i := 0; i < len(k.rows); {
		to := i + 1
		for to < len(k.rows) && k.rows[to].At == k.rows[i].At {
			to++
		}
		for _, c := range k.rows[i:to] { // on a tie the unhold is first
			if c.Meaning() == borrower.Unhold {
				of := scope{codeOf(c), scopeOf(c)}
				if at, stands := k.standing[of]; stands {
					k.holds[at].code = "" // lifted
					delete(k.standing, of)
				}
			}
		}
		for _, c := range k.rows[i:to] {
			switch c.Meaning() {
			case borrower.Hold, borrower.Complaint, borrower.Dispute, borrower.Cease, borrower.Represented:
				d.hold(c)
			}
		}
		i = to
	}
	k.holds = slices.DeleteFunc(k.holds, func(h hold) bool { return h.code == "" })
}

// codeOf returns the code that a row holds for, or that an unhold lifts.
func codeOf(c *borrower.Contact) string {
	if reason := c.HoldReason(); reason != "identity_theft" {
		return reason
	}
	return "fraud"
}

// scopeOf returns the loan that a row holds; empty: the borrower, as one that is not his.
func scopeOf(c *borrower.Contact) string {
	if c.OwnLoan {
		return c.Loan
	}
	return ""
}

func (d *Decider) hold(c *borrower.Contact) {
	k := &d.k
	h := hold{code: codeOf(c), loan: scopeOf(c), until: civil.None, review: c.Until}
	switch days, ends := borrower.EndsItself(h.code); {
	case ends && c.Until != civil.None:
		h.until = c.Until
	case ends && days > 0:
		h.until = d.localDate(c.At) + civil.Date(days)
	}
	of := scope{h.code, h.loan}
	at, stands := k.standing[of]
	if !stands {
		k.standing[of] = len(k.holds)
		k.holds = append(k.holds, h)
		return
	}
	o := &k.holds[at]
	if o.review = max(o.review, h.review); o.until == civil.None || h.until == civil.None {
		o.until = civil.None
	} else {
		o.until = max(o.until, h.until)
	}
}

// learnWords finds what was said last of each channel.
func (d *Decider) learnWords() {
	for _, c := range d.k.rows { // in their order
		kind := c.Meaning()
		if kind != borrower.Consent && kind != borrower.OptOut {
			continue
		}
		channel, known := borrower.ParseChannel(c.Channel)
		for x := range borrower.Channels {
			if known && x != channel {
				continue
			}
			w := &d.k.words[x]
			if kind == borrower.Consent {
				w.allowed, w.allowedAt, w.until = true, c.At, c.Until
			} else {
				w.refused, w.refusedAt = true, c.At
			}
		}
	}
}

// wrongNumber reports whether the channel's last attempt had a wrong number, and no
// consent that came after it is in force on a day.
func (d *Decider) wrongNumber(channel borrower.Channel, on civil.Date) bool {
	w := &d.k.words[channel]
	return d.k.wrong[channel] && (!w.allows(on) || w.allowedAt <= d.k.triedAt[channel])
}

// learnCase finds the case of hardship: the latest row, as long as nothing has ended it.
func (d *Decider) learnCase(p *Person) {
	var row *borrower.Contact
	for _, c := range d.k.rows {
		if c.Meaning() == borrower.Hardship {
			row = c
		}
	}
	if row == nil || d.isLifted(row) || p.Treatment.Offered != civil.None && p.Treatment.Offered >= row.Night {
		return
	}
	d.k.hardship = row
}

// isLifted reports whether an unhold at or after a case ends it.
func (d *Decider) isLifted(row *borrower.Contact) bool {
	return slices.ContainsFunc(d.k.rows, func(c *borrower.Contact) bool {
		return c.Meaning() == borrower.Unhold && c.HoldReason() == borrower.Hardship.String() && c.At >= row.At
	})
}

// isOpen reports whether the case of hardship is open on a day.
func (d *Decider) isOpen(on civil.Date) bool {
	row := d.k.hardship
	return row != nil && on < d.localDate(row.At)+civil.Date(d.Rules.Hardship.ReviewDays)
}

// learnUnanswered counts the attempts of the last 92 days since the last conversation.
func (d *Decider) learnUnanswered() {
	talked := civil.None // in the home zone
	for i := range d.k.touches {
		if t := &d.k.touches[i]; t.Conversations > 0 {
			talked = max(talked, t.dates[0])
		}
	}
	for i := range d.k.touches {
		if t := &d.k.touches[i]; t.dates[0] > talked && t.dates[0] > d.on-windowMax && t.dates[0] <= d.on {
			d.k.unanswered += int64(t.Attempts)
		}
	}
}

// windowMax is the longest window of a rule, in days.
const windowMax = 92
