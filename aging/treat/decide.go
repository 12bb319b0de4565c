package treat

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"math/bits"
	"slices"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// A Decider decides for one borrower after the other. It belongs to one goroutine.
type Decider struct {
	Rules      *Rules
	Zones      Zones
	Planner    Planner
	Currencies []string // of the book
	Units      []int64  // of each its minor unit, in units of the amounts

	night     civil.Date // the business date
	on        civil.Date // the contact day
	k         known
	found     []found
	foundBy   map[reasonKey]int // where each is, of the first foundIn
	foundIn   int
	withheld  map[string]int // by loan, of what was found
	about     map[string]int // contacts, by loan
	talks     map[string]civil.Date
	noOffer   bool // a case is open, and nothing can be offered
	recalled  bool // a placement with an agency, tonight
	intervals intervals
	decision  Decision
	conduct   Conduct
	offset    struct {
		zone string
		at   int64
		is   int
	}
}

// Begin makes it ready for a night.
func (d *Decider) Begin(night civil.Date) {
	d.night, d.on, d.intervals = night, night+1, newIntervals()
}

// A Place is where a borrower is tonight. Each borrower past due is in exactly one, and so
// is each to whom a reminder is due.
type Place uint8

// The places. A candidate becomes a task or falls below capacity, which all borrowers
// decide together.
const (
	Nowhere Place = iota // nothing is due, and nothing to be reminded of
	Candidate
	Suppressed
	NotDue
)

// A Class is the first thing by which tasks are ordered.
type Class uint8

// The classes.
const (
	InHardship Class = iota
	OnLadder
	Reminded
)

// The segments that are built in.
const (
	HardshipSegment = "hardship"
	ReminderSegment = "reminder"
)

// Champion is the arm of those of an experiment who have the ladder as it is.
const Champion = "champion"

// A Decision is what a night decides about a borrower. It is valid until the next.
type Decision struct {
	Place   Place
	Class   Class
	Segment string
	Arm     string
	Step    *Step // nil: there is none
	Worst   *Loan
	Sums
	Reasons    []Reason // of a suppressed borrower, in their order
	Ways       []Way    // the step's channels of a candidate, in their order
	Value      int64
	NotDueCode string
	NextOn     civil.Date // of a borrower whose cadence is not reached
	EarliestAt int64      // of a suppressed borrower
	HasEarly   bool
	Offers     []Offer
	Withheld   []Withheld
}

// Sums are what a decision is about: the loans past due, or those of a reminder.
type Sums struct {
	Due     []*Loan // past due, ascending by id; of a reminder those that it covers
	Covered []*Loan // those of Due that are not withheld
}

// A Withheld is a loan of which nothing may be asked, with the first reason.
type Withheld struct {
	Loan *Loan
	Code string
}

// A Way is a channel of the step: open, or passed over for reasons.
type Way struct {
	Channel  borrower.Channel
	Blocked  []string // codes, with the rule behind a colon where it has another name
	Window   Window
	Attempts int
}

// Open reports whether nothing blocks the channel.
func (w *Way) Open() bool { return len(w.Blocked) == 0 }

// Home returns the borrower's home zone.
func (d *Decider) Home() string { return d.k.home }

// HardshipReason returns the reason of the open case.
func (d *Decider) HardshipReason() string { return d.k.hardship.Reason }

// Offset returns how many seconds a place is ahead of UTC at an instant: most ask for the
// same.
func (d *Decider) Offset(zone string, at int64) int {
	if zone != d.offset.zone || at != d.offset.at {
		d.offset.zone, d.offset.at, d.offset.is = zone, at, d.Zones.Offset(zone, at)
	}
	return d.offset.is
}

// Pack returns the jurisdiction whose law binds, of the borrower at hand.
func (d *Decider) Pack() string { return d.k.pack }

// Decide decides about a person.
func (d *Decider) Decide(p *Person) *Decision {
	x := &d.decision
	*x = Decision{Sums: Sums{x.Due[:0], x.Covered[:0]}, Reasons: x.Reasons[:0], Ways: x.Ways[:0], Withheld: x.Withheld[:0], NextOn: civil.None}
	d.noOffer, d.recalled = false, false
	d.learn(p)
	reminder := d.populate(p, x)
	if len(x.Due) == 0 {
		return x
	}
	d.recalled = !asked(x.Due)
	d.lookNow(p)
	d.withhold(x)
	d.choose(p, x, reminder)
	if d.noOffer { // it is known only now
		d.lookNow(p)
	}
	silent := len(x.Covered) == 0 || slices.ContainsFunc(d.found, found.ofBorrower)
	if x.Step != nil {
		d.ways(p, x)
	}
	switch {
	case silent:
		d.suppress(p, x)
	case x.Step == nil:
		x.Place, x.NotDueCode = NotDue, "no_step"
	case d.isEarly(x):
		x.Place, x.NotDueCode = NotDue, "cadence"
	case !slices.ContainsFunc(x.Ways, func(w Way) bool { return w.Open() }):
		d.suppress(p, x)
	default:
		d.rank(x)
	}
	return x
}

// populate finds the loans that the night is about, and the reminder if it is about one.
func (d *Decider) populate(p *Person, x *Decision) *Reminder {
	for _, l := range p.Loans {
		if l.DaysPastDue > 0 {
			x.Due = append(x.Due, l)
		}
	}
	if len(x.Due) > 0 {
		return nil
	}
	for i := range d.Rules.Reminders {
		r := &d.Rules.Reminders[i]
		for _, l := range p.Loans {
			if l.Active && l.DaysPastDue == 0 && l.NextDueOn != civil.None && int32(l.NextDueOn-d.on) == r.DaysBefore {
				x.Due = append(x.Due, l)
			}
		}
		if len(x.Due) > 0 {
			return r
		}
	}
	return nil
}

// withhold parts the loans that may be asked for from those that may not, and finds the
// worst.
func (d *Decider) withhold(x *Decision) {
	by := d.withheldBy()
	for _, l := range x.Due {
		if first, is := by[l.ID]; is {
			x.Withheld = append(x.Withheld, Withheld{l, d.found[first].Code})
		} else {
			x.Covered = append(x.Covered, l)
		}
	}
	worst := x.Covered
	if len(worst) == 0 {
		worst = x.Due
	}
	x.Worst = worstOf(worst)
}

// worstOf returns the loan with most days past due, then most past due, then the least id.
func worstOf(loans []*Loan) *Loan {
	worst := loans[0]
	for _, l := range loans[1:] {
		if Worse(l, worst) {
			worst = l
		}
	}
	return worst
}

// Worse reports whether a loan decides rather than another: more days past due, then more
// past due, then the lesser id.
func Worse(l, o *Loan) bool {
	return cmp.Or(cmp.Compare(l.DaysPastDue, o.DaysPastDue), cmp.Compare(l.PastDue, o.PastDue), cmp.Compare(o.ID, l.ID)) > 0
}

// PastDue returns what is past due of some loans in a currency.
func PastDue(loans []*Loan, currency string) (sum int64) {
	for _, l := range loans {
		if l.Currency == currency {
			sum += l.PastDue
		}
	}
	return sum
}

// choose finds the segment and the step.
func (d *Decider) choose(p *Person, x *Decision, reminder *Reminder) {
	if reminder != nil {
		x.Class, x.Segment, x.Step = Reminded, ReminderSegment, &reminder.Step
		return
	}
	if d.isOpen(d.on) {
		x.Class, x.Segment = InHardship, HardshipSegment
		x.Offers = d.offers(p, x.Covered)
		if d.noOffer = len(x.Offers) == 0; d.Rules.Hardship.HasStep {
			x.Step = &d.Rules.Hardship.Step
		}
		return
	}
	x.Class = OnLadder
	for i := range d.Rules.Segments {
		s := &d.Rules.Segments[i]
		if !d.isOf(s, x) {
			continue
		}
		x.Segment = s.Name
		x.Step = stepOf(d.ladder(s, p, x), x.Worst.DelinquentDays)
		return
	}
}

func (d *Decider) isOf(s *Segment, x *Decision) bool {
	w := x.Worst
	loans := x.Covered
	if len(loans) == 0 {
		loans = x.Due
	}
	return s.DelinquentDays.holds(int64(w.DelinquentDays)) && s.PastDue.holds(PastDue(loans, w.Currency)) && s.Score.holds(int64(w.Score)) &&
		s.BrokenPromises.holds(d.k.broken) && s.Unanswered.holds(d.k.unanswered) && (s.Products == nil || slices.Contains(s.Products, w.Product))
}

// ladder returns the segment's ladder or, where an experiment runs in it, that of the
// borrower's arm.
func (d *Decider) ladder(s *Segment, p *Person, x *Decision) []Step {
	for i := range d.Rules.Experiments {
		e := &d.Rules.Experiments[i]
		if e.Segment != s.Name || d.on < e.From || d.on >= e.Until {
			continue
		}
		at := ArmPlace(e.Name, p.ID)
		for k := range e.Arms {
			if at -= e.Arms[k].Share; at < 0 {
				x.Arm = e.Arms[k].Name
				return e.Arms[k].Ladder
			}
		}
		x.Arm = Champion
		break
	}
	return s.Ladder
}

// ArmPlace returns where of ten thousand an experiment puts a borrower: the first 8 bytes of
// SHA-256 of its name, a zero and his id.
func ArmPlace(experiment string, borrowerID []byte) int {
	sum := sha256.Sum256(append(append([]byte(experiment), 0), borrowerID...))
	return int(binary.BigEndian.Uint64(sum[:8]) % 10000)
}

// stepOf returns the last step that begins by then, if it has channels.
func stepOf(ladder []Step, days int32) *Step {
	for i := len(ladder) - 1; i >= 0; i-- {
		if ladder[i].From <= days {
			if len(ladder[i].Channels) == 0 {
				return nil
			}
			return &ladder[i]
		}
	}
	return nil
}

// offers returns what can be offered to a borrower in hardship for some loans.
func (d *Decider) offers(p *Person, covered []*Loan) []Offer {
	ask := OfferAsk{
		On: d.night, Reason: d.k.hardship.Reason, Loans: covered, Affordable: -1, PlanMonthsMax: d.k.rules.PlanMonthsMax, Planner: d.Planner,
	}
	if r := p.State.Record; r != nil && r.HasAffordable && r.Currency != "" {
		if i := slices.Index(d.Currencies, r.Currency); i >= 0 {
			ask.Affordable, ask.AffordableCurrency = int64(d.minorOf(&borrower.Contact{Amount: r.Affordable, Digits: r.Digits}, r.Currency))*d.Units[i], r.Currency
		}
	}
	return d.Rules.Hardship.OffersTo(&ask)
}

// ways looks at the step's channels.
func (d *Decider) ways(p *Person, x *Decision) {
	for _, channel := range x.Step.Channels {
		w := Way{Channel: channel}
		from := len(d.found)
		d.lookChannel(p, channel, x.Covered, d.on)
		mine := d.found[from:]
		slices.SortStableFunc(mine, func(a, b found) int { return a.compare(&b.reasonKey) })
		d.foundIn = 0 // they have moved
		for i := range mine {
			name := mine[i].Code
			if mine[i].Rule != name {
				name += ":" + mine[i].Rule
			}
			if !slices.Contains(w.Blocked, name) {
				w.Blocked = append(w.Blocked, name)
			}
		}
		if w.Open() {
			w.Window = d.window(channel, d.on, p.State.Record)
			w.Attempts = d.attempts(x.Step, channel, x.Covered)
		}
		x.Ways = append(x.Ways, w)
	}
}

// isEarly reports whether the step's cadence is not reached, and notes when it is.
func (d *Decider) isEarly(x *Decision) bool {
	last := d.lastAttempt(x.Step.Channels)
	if last == civil.None || int(d.on-last) >= x.Step.Every {
		return false
	}
	x.NextOn = last + civil.Date(x.Step.Every)
	return true
}

// lastAttempt returns the day of the last attempt through some channels, or [civil.None].
func (d *Decider) lastAttempt(channels []borrower.Channel) civil.Date {
	last := civil.None
	for i := range d.k.touches {
		if t := &d.k.touches[i]; t.Attempts > 0 && slices.Contains(channels, t.channel) {
			last = max(last, t.latest())
		}
	}
	return last
}

// rank gives a candidate his value, or finds that a contact costs more than it brings.
func (d *Decider) rank(x *Decision) {
	x.Place = Candidate
	if x.Class == Reminded {
		return
	}
	first := slices.IndexFunc(x.Ways, func(w Way) bool { return w.Open() })
	x.Value = recovered(PastDue(x.Covered, x.Worst.Currency), x.Step.Recover, x.Worst.Unit) - d.Rules.Cost[x.Ways[first].Channel]
	if x.Value < 0 && x.Class == OnLadder {
		x.Place, x.NotDueCode = NotDue, "uneconomic"
	}
}

// recovered is a share of an amount, down to the minor unit.
func recovered(amount int64, share money.Rate, unit int64) int64 {
	return floorShare(amount/unit, share) * unit
}

// suppress notes every reason, and when the borrower may be contacted again.
func (d *Decider) suppress(p *Person, x *Decision) {
	x.Place, x.Worst = Suppressed, worstOf(x.Due)
	now := d.inOrder()
	kept := slices.DeleteFunc(slices.Clone(now), func(f found) bool { return !x.concerns(&f.reasonKey) })
	x.Reasons = d.reasons(p, kept, x.Reasons)
	d.findEarliest(p, x, now)
}

// inOrder returns the reasons that were found, in the order of the table.
func (d *Decider) inOrder() []found {
	now := slices.Clone(d.found)
	slices.SortStableFunc(now, func(a, b found) int { return a.compare(&b.reasonKey) })
	return now
}

// concerns reports whether a reason keeps something from being asked tonight: it may be of a
// loan that nothing is asked of.
func (x *Decision) concerns(k *reasonKey) bool {
	if k.Scope != OfLoan {
		return true
	}
	_, is := slices.BinarySearchFunc(x.Due, k.Loan, func(l *Loan, id string) int { return cmp.Compare(l.ID, id) })
	return is
}

// reasons appends the reasons that were found, each with the day on which it lifts.
func (d *Decider) reasons(p *Person, now []found, dst []Reason) []Reason {
	var ending []int // that may lift
	for i := range now {
		f := &now[i]
		if !f.forever {
			ending = append(ending, len(dst))
		}
		dst = append(dst, Reason{reasonKey: f.reasonKey, Facts: f.facts(), Citation: d.cite(&f.reasonKey), LiftsOn: civil.None})
	}
	d.lift(p, dst, ending)
	return dst
}

// searchDays is how far ahead is looked for the day on which something lifts.
const searchDays = 400

// lift finds of some reasons the first day after the contact day on which they do not hold.
func (d *Decider) lift(p *Person, reasons []Reason, ending []int) {
	var covered []*Loan
	for on := d.on + 1; on <= d.on+searchDays && len(ending) > 0; on++ {
		d.look(p, on)
		covered = d.covered(covered[:0])
		var looked Channels
		for _, at := range ending {
			if r := &reasons[at]; r.Scope == OfChannel && !looked.Has(r.Channel) {
				looked |= Of(r.Channel)
				d.lookChannel(p, r.Channel, covered, on)
			}
		}
		ending = slices.DeleteFunc(ending, func(at int) bool {
			if d.foundAt(&reasons[at].reasonKey) >= 0 {
				return false
			}
			reasons[at].LiftsOn = on
			return true
		})
	}
}

// findEarliest finds the first instant at which the borrower may be contacted by the step,
// with what is known tonight.
func (d *Decider) findEarliest(p *Person, x *Decision, now []found) {
	if x.Step == nil || slices.ContainsFunc(now, func(f found) bool { return f.Scope == OfBorrower && f.forever }) {
		return
	}
	var covered []*Loan
	for on := d.on; on <= d.on+searchDays; on++ {
		d.look(p, on)
		if slices.ContainsFunc(d.found, found.ofBorrower) {
			continue
		}
		covered = d.covered(covered[:0])
		if len(covered) > 0 && d.earliestOn(p, x, covered, on) {
			return
		}
	}
}

// earliestOn finds the first instant of a day at which a channel of the step is open.
func (d *Decider) earliestOn(p *Person, x *Decision, covered []*Loan, on civil.Date) bool {
	for _, channel := range x.Step.Channels {
		d.findNothing()
		if d.lookChannel(p, channel, covered, on); len(d.found) > 0 {
			continue
		}
		at := int64(0)
		if Timed.Has(channel) {
			at = d.window(channel, on, p.State.Record).Earliest
		} else {
			at = d.startOf(on)
		}
		if !x.HasEarly || at < x.EarliestAt {
			x.EarliestAt, x.HasEarly = at, true
		}
	}
	return x.HasEarly
}

// cite returns what is behind a reason: the law, or the policy's key.
func (d *Decider) cite(k *reasonKey) string {
	rules, code := d.k.rules, k.Code
	own := d.Rules.own
	switch code {
	case "cap":
		if i := slices.IndexFunc(rules.Caps, func(c Cap) bool { return c.Name == k.Rule }); i >= 0 && rules.Caps[i].Citation != "" {
			return rules.Caps[i].Citation
		}
		return own("contact_rules.caps[" + k.Rule + "]")
	case "wait":
		if i := slices.IndexFunc(rules.Waits, func(w Wait) bool { return w.Name == k.Rule }); i >= 0 && rules.Waits[i].Citation != "" {
			return rules.Waits[i].Citation
		}
		return own("contact_rules.waits[" + k.Rule + "]")
	case "no_consent":
		for i := range rules.Consents {
			if c := &rules.Consents[i]; c.Channels.Has(k.Channel) && c.Span.holds(d.on) && c.Citation != "" {
				return c.Citation
			}
		}
		return own("contact_rules.consent_required")
	}
	return d.Rules.citeCode(rules, code)
}

// Cite returns what a reason cites that has no name of its own, by the law of a jurisdiction.
func (r *Rules) Cite(jurisdiction, code string) string {
	rules, known := r.Contacts[jurisdiction]
	if !known {
		rules = r.Contacts[noLaw]
	}
	return r.citeCode(rules, code)
}

func (r *Rules) citeCode(rules *Contact, code string) string {
	if code == "recovered" {
		return "recoveries end at what was charged off (ours)"
	}
	if c := rules.Citations[code]; c != "" {
		return c
	}
	return r.own(keyOf(code))
}

// own is how a key of the policy's section is cited.
func (r *Rules) own(key string) string { return "policy " + r.Policy + ": collections." + key }

// keyOf returns the key of the policy that stands behind a code without law.
func keyOf(code string) string {
	switch code {
	case "cool_off":
		return "contact_rules.cool_off"
	case "closed_day", "no_common_hours":
		return "contact_rules.hours"
	case "time_zone_unknown":
		return "time_zone_when_unstated"
	case "promise_pending":
		return "promises"
	case "hardship_review":
		return "hardship.offers"
	case "unknown_flag":
		return "contact_rules.ignored_flags"
	}
	return "contact_rules"
}

// Notices returns what a contact through a channel has to carry.
func (d *Decider) Notices(channel borrower.Channel) string {
	switch {
	case d.k.pack == "us" && Electronic.Has(channel):
		return "opt_out"
	case d.k.pack == "cn" && channel == borrower.Visit:
		return "two_collectors"
	}
	return ""
}

// Promises returns the promises of the borrower at hand as they stand, by their place in the
// order in which they take money, those that can still change.
func (d *Decider) Promises(fn func(row *borrower.Contact, s *PromiseState)) {
	for i := range d.k.promises {
		x := &d.k.promises[i]
		s := PromiseState{Currency: x.currency, Amount: x.amount, MadeOn: x.madeOn, Deadline: x.deadline, Taken: x.taken, Frozen: d.night-x.deadline > promiseDays}
		s.Standing, s.DecidedOn = x.standing(d.night)
		if x.frozen != nil {
			s.Taken = x.frozen.Taken
		}
		s.Holds = d.promiseHolds(x, d.on)
		fn(x.row, &s)
	}
}

// A PromiseState is what has come of a promise. Amounts are in minor units.
type PromiseState struct {
	Currency  string
	Amount    money.Amount
	MadeOn    civil.Date
	Deadline  civil.Date
	Taken     money.Amount
	Standing  borrower.Standing
	DecidedOn civil.Date
	Holds     bool
	Frozen    bool
}

// floorShare is a share of a whole number, rounded down.
func floorShare(n int64, share money.Rate) int64 {
	v := money.MulDiv(n, int64(share), int64(money.RateOne)) // half-even: one more at most
	for !atMost(v, n, share) {
		v--
	}
	return v
}

// atMost reports whether v is not above a share of n.
func atMost(v, n int64, share money.Rate) bool {
	hi, lo := bits.Mul64(uint64(v), uint64(money.RateOne))
	atHi, atLo := bits.Mul64(uint64(n), uint64(share))
	return hi < atHi || hi == atHi && lo <= atLo
}
