package night

import (
	"bytes"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/aging/provision"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// Classes are how loans are classified, by the packs of the policies.
type Classes struct {
	Versions []classify.Version // by their last days; the last of them is tonight's
	Flags    []string           // that packs of any of them read, by their bits
	// Codes has the book's code of each slot of tonight's set, Slots the slot of each code.
	Codes []uint16
	Slots []int
	// New says that the last close had not all of tonight's packs: what only a life tells of
	// them is read out of it. Bare says that no close kept what loans' days come to.
	New, Bare bool
	Posted    int    // one more than the place of the pack whose provisions are posted; 0: none
	Late      []bool // by pack: a loan's class may be another loan's doing, or tables have it beside one of which that holds
	Settled   []bool // by pack: it never is
	// AtMonthEnd says that what is provided is kept for the nights until the next month's end,
	// Keeps that tonight is one of those nights.
	AtMonthEnd, Keeps bool

	Scenarios   []Scenarios // by pack: of expected losses
	latePacks   []int
	supervised  classify.Supervised
	classified  int  // the pack that fills the column classification; below zero: none
	staged      int  // and stage
	reAges      bool // the table re_age_exceptions is asked for
	twoPayments bool // the table past_due counts instalments
	isPlain     bool // all packs say the same of all loans of a product that are at rest
	derives     bool // what is provided for those tonight under the late packs follows from that
}

// Scenarios are the courses of things of a pack's expected loss, by its rows of probabilities
// and of losses given default.
type Scenarios [][][]provision.Scenario

// Prepare works out what does not depend on a loan.
func (c *Classes) Prepare(date civil.Date) {
	now := &c.Versions[len(c.Versions)-1]
	c.isPlain = !now.Set.Watches()
	for i := range c.Versions {
		c.Versions[i].Named()
	}
	for i, late := range c.Late {
		if late {
			c.latePacks = append(c.latePacks, i)
		}
	}
	c.reAges, c.twoPayments = mayReAge(now.Set.Packs), twoPaymentsOf(now.Set.Packs)
	c.supervised = classify.Supervise(now.Set.Packs, c.Posted-1)
	c.classified, c.staged = classify.Filling(now.Set.Packs, classify.FillsClassification), classify.Filling(now.Set.Packs, classify.FillsStage)
	for _, p := range now.Set.Packs {
		c.isPlain = c.isPlain && p.Plain()
		var s Scenarios
		if v := &p.Provision; v.Method == classify.ExpectedLoss {
			for _, annual := range v.PD {
				s = append(s, scenariosOf(date, v, annual.PD))
			}
		}
		c.Scenarios = append(c.Scenarios, s)
	}
	c.derives = c.isPlain && !c.Keeps
	for _, i := range c.latePacks {
		c.derives = c.derives && now.Set.Packs[i].Provision.Method != classify.ExpectedLoss
	}
}

func scenariosOf(date civil.Date, v *classify.Provision, annual []int64) (byLoss [][]provision.Scenario) {
	byLoss = make([][]provision.Scenario, len(v.LGD))
	for _, s := range v.Scenarios {
		curve := provision.NewCurve(date, annual, s.PD, provision.YearsMax)
		for i := range v.LGD {
			lgd := min(provision.One, money.MulDiv(v.LGD[i].Rate, s.LGD, provision.One))
			byLoss[i] = append(byLoss[i], provision.Scenario{Weight: s.Weight, LGD: lgd, Curve: curve})
		}
	}
	return byLoss
}

// Set returns tonight's packs; nil where there are none.
func (c *Classes) Set() *classify.Set {
	if c == nil {
		return nil
	}
	return c.Versions[len(c.Versions)-1].Set
}

// A classing is a processor's memory for classes.
type classing struct {
	machine     classify.Machine
	watch       loan.Watch
	version     int
	flags       []classify.Flag
	of          *loan.Loan // whose days are told
	run         *loan.Run  // that tells them
	atRest      classify.Resting
	stoodBefore int32 // days past due at the last close, for accounts
	// lateBeforeSince is the first day of the run that those are of; civil.None below 30.
	lateBeforeSince civil.Date
	nth             func(after civil.Date, n int) civil.Date
	stood           []byte // standing as written
	carried         []byte // what is provided, as kept
	report          classify.Report
	dues            []provision.Due
	lastDue         civil.Date // no more is asked for behind it
	addDue          func(due civil.Date, principal money.Amount) bool

	living
	closing
}

// A living is a life that is run once more.
type living struct {
	relives bool     // the loan's days are to be told from its first
	relived bool     // they were
	second  loan.Run // that tells them
	life    loan.Loan
	lifeLog loan.Log
}

// A closing is what the close makes of the loan at hand.
type closing struct {
	verdicts [classify.PacksMax]classify.Verdict
	provided [classify.PacksMax]money.Amount
	resting  bool // the loan is at rest, so that its product alone tells its classes
	active   bool // it was, at the last close
	relapsed bool // tonight, for the first time since its last cure
	pushed   int  // months that the night opens in the loan's history
	newest   byte // status of the newest month, but for what flags and earlier closes make of it
	wasLate  bool // at some close of the month before tonight's, as the last close knew the life
	toldLate bool // at one of them, by the days that the machine was told
}

// ready makes it ready for a night.
func (c *classing) ready(tell func(*loan.Day)) {
	c.watch.Tell = tell
	c.nth = func(after civil.Date, n int) civil.Date { return c.run.NthDue(after, n) }
	c.addDue = func(due civil.Date, principal money.Amount) bool {
		c.dues = append(c.dues, provision.Due{On: due, Principal: principal})
		return due < c.lastDue
	}
}

// NeedsHistory reports whether a loan's night cannot be dealt with from its state alone: an
// event may have been applied before, is older than what was applied last or had points, or
// concerns an earlier event; or what its days come to must be told again.
func (p *Processor) NeedsHistory(in *Input) bool {
	return p.eventsNeedHistory(in.Loan, in.Events) || !in.Booked && in.Loan.LastEntryOn != civil.None && p.mustRelive(in)
}

// MustRelive reports whether a loan that no event of tonight names needs its history.
func (p *Processor) MustRelive(in *Input) bool {
	c := p.rules.Classes
	return c != nil && (c.New || c.Bare || in.Reflagged || p.newlyScored()) && p.mustRelive(in)
}

// mustRelive reports whether what a loan's days come to cannot be told from where the last
// close left it.
func (p *Processor) mustRelive(in *Input) bool {
	c, l := p.rules.Classes, in.Loan
	if c == nil || p.rules.Previous == civil.None {
		return false
	}
	if in.Reflagged || p.newlyScored() && !p.eventless(l) {
		return true
	}
	if (c.New || c.Bare) && (c.Set().Watches() || len(in.Flags) > 0 || !p.spotless(l)) {
		return true
	}
	from := earliest(in.Events, p.rules.Previous)
	if from >= p.rules.Previous {
		return false
	}
	if len(in.Flags) > 0 || c.Set().Watches() || p.rules.Products[l.Product].CountsAsFull != 0 {
		return true
	}
	p.takeStanding(l)
	return !p.machine.Standing.UnchangedSince(from)
}

// earliest returns the day before the first event, or a day where that is earlier.
func earliest(events []loan.Event, day civil.Date) civil.Date {
	for i := range events {
		day = min(day, events[i].ValueDate-1)
	}
	return day
}

// spotless reports whether nothing ever happened to a loan but that it was paid in time, as
// far as its state tells.
func (p *Processor) spotless(l *loan.Loan) bool {
	if p.rules.Classes.Bare {
		return l.Changed == nil && l.MetWhen[1] == 0 && l.MetWhen[2] == 0 && l.Off.Kind == 0 && l.Bucket == 0 && l.Waived == (loan.Sums{}) &&
			len(l.Charges) == 0 && l.Plan == nil
	}
	return len(l.Standing) == 0 && l.Measures == 0
}

// takeStanding reads what the last close kept of a loan's days.
func (p *Processor) takeStanding(l *loan.Loan) {
	c := p.rules.Classes
	if err := p.machine.Standing.Read(l.Standing, l.Terms.DisbursedOn, c.Set(), c.Slots); err != nil {
		panic("night: internal error: loan " + string(l.ID) + ": " + err.Error())
	}
	if x := &p.machine.Standing.Cures; int(x.Bucket) < len(p.rules.OldBuckets) {
		x.Bucket = p.rules.CuredBucket(x.Bucket)
	}
}

// CuredBucket is what a bucket of the last close is called of a loan that was cured from it, where the policy's have changed
// since: the bucket of its name, or where there is none that of its days.
func (r *Rules) CuredBucket(old uint8) uint8 {
	if same := r.OldBucketNames[old]; same != loan.NoBucket {
		return same
	}
	return r.OldBuckets[old]
}

// beginDays makes the run of tonight's events tell the loan's days from the first that they
// may change, or notes that its whole life is to tell them.
func (p *Processor) beginDays(in *Input) {
	p.run.Watch, p.relives, p.relived = nil, false, false
	if p.rules.Classes == nil {
		return
	}
	l := in.Loan
	p.flags, p.active = in.Flags, aging.LoanStatus(l.LastStatus) == aging.LoanActive && !in.Booked
	if !in.Booked && p.mustRelive(in) {
		p.relives = true
		return
	}
	from := l.Terms.DisbursedOn - 1
	if !in.Booked {
		from = earliest(in.Events, p.rules.Previous)
		p.takeStanding(l)
	} else {
		p.machine.Standing.Begin(p.rules.Classes.Set())
	}
	p.beginMachine(l, &p.run, from, in.Booked)
}

// beginMachine takes up a loan behind the close of a day.
func (p *Processor) beginMachine(l *loan.Loan, run *loan.Run, from civil.Date, newborn bool) {
	c, m := p.rules.Classes, &p.machine
	p.of, p.classing.run, p.version, p.toldLate = l, run, len(c.Versions)-1, false
	m.Set, m.Flags, m.DisbursedOn, m.Since = c.Set(), p.flags, l.Terms.DisbursedOn, p.rules.Previous
	if newborn {
		m.Since = civil.None
	}
	m.Subject = c.Versions[p.version].Subjects[l.Product]
	m.Begin()
	p.watch.Begin(from)
	run.Watch = &p.watch
}

// tellDay brings the machine to the closes that a day stands for, under the packs of each.
func (p *Processor) tellDay(d *loan.Day) {
	x := classify.Day{
		On: d.On, Through: d.Through, DaysPastDue: d.DaysPastDue, PastDue: d.PastDue, Principal: d.Principal, UnpaidDue: d.Oldest != civil.None,
		Unmet: d.Unmet, Measures: d.Measures, MeasureOn: d.MeasureOn, MeasureFirst: d.MeasureFirstDue, NthDue: p.nth,
	}
	for x.On <= d.Through {
		v := p.useVersion(x.On)
		x.Through = min(d.Through, v.Until)
		rules := p.rules.gradingOf(x.On)
		x.Through = min(x.Through, rules.Until)
		x.Delinquent = rules.Aging.DelinquentDays(d.DaysPastDue, d.Paused)
		x.Bucket = rules.Aging.Buckets.Index(x.Delinquent)
		x.Materiality = v.Material[p.of.Currency]
		p.machine.Step(&x)
		if d.DaysPastDue > 0 {
			p.tellLate(x.On, x.Through)
		}
		x.On, x.Unmet = x.Through+1, false
	}
}

// tellLate notes that the loan was late from one day to another.
func (p *Processor) tellLate(from, through civil.Date) {
	for _, on := range p.rules.MonthCloses {
		if on >= max(from, p.of.BookedOn) && on <= through {
			p.toldLate = true
		}
	}
}

// useVersion makes the machine go by the packs of a day.
func (p *Processor) useVersion(day civil.Date) *classify.Version {
	list := p.rules.Classes.Versions
	at := 0
	for list[at].Until < day {
		at++
	}
	if at != p.version {
		p.machine.Use(&list[p.version], &list[at])
		p.machine.Subject = list[at].Subjects[p.of.Product]
		p.version = at
	}
	return &list[at]
}

// classifyQuiet classifies a loan to which nothing happens. It reports whether the standing
// is what it was.
func (p *Processor) classifyQuiet(in *Input) (same bool) {
	c, l := p.rules.Classes, in.Loan
	p.relapsed, p.relived, p.toldLate = false, false, false
	if c == nil {
		return true
	}
	p.flags = in.Flags
	if p.resting = len(l.Standing) == 0 && len(in.Flags) == 0 && l.Measures == 0 && !c.Set().Watches(); p.resting {
		p.machine.Standing.Begin(c.Set())
		p.settle(l)
		p.decideResting(l)
		return p.keepProvided(l)
	}
	f, from := &p.result.Figures, p.rules.Previous+1
	product := &p.rules.Products[l.Product]
	if p.mustRelive(in) {
		p.relive(in, product)
		from = p.rules.Date
	} else {
		p.takeStanding(l)
		p.beginMachine(l, &p.run, p.rules.Previous, false)
	}
	p.of, p.classing.run = l, &p.run
	p.run.Start(l, product, &p.log)
	p.run.Watch = nil
	p.tellDay(&loan.Day{
		On: from, Through: p.rules.Date, Oldest: f.Oldest, Principal: f.Outstanding[loan.Principal], Restructured: l.Restructured,
	})
	return p.decideTold(l)
}

// classify brings the machine of a loan that was not quiet to the close: its classes are to be decided then.
func (p *Processor) classify(in *Input, product *loan.Product) {
	l, f, c := in.Loan, &p.result.Figures, p.rules.Classes
	p.relapsed = false
	if c == nil {
		return
	}
	p.resting = false
	if p.relives || p.replayed || p.run.Watch == nil {
		p.relive(in, product)
	}
	p.classing.run = &p.run
	p.of = l
	p.run.Watch = nil
	p.tellDay(&loan.Day{
		On: p.rules.Date, Through: p.rules.Date, Oldest: f.Oldest, DaysPastDue: f.DaysPastDue, Paused: f.PausedDays, PastDue: f.PastDue,
		Principal: f.Outstanding[loan.Principal], Unmet: p.run.UnmetOn(p.rules.Date), Restructured: l.Restructured,
	})
	p.cure(l)
}

// cure counts a cure, and the first relapse since the last one: as reported, at the close.
// Source: regulatory.md, sections 2 and 8.
func (p *Processor) cure(l *loan.Loan) {
	s := &p.machine.Standing
	switch {
	case p.active && p.result.Status == aging.LoanActive && l.Bucket == 0 && l.PrevBucket != 0 && l.PrevBucket != loan.NoBucket:
		s.Cures = classify.Cures{Count: s.Cures.Count + 1, On: p.rules.Date, Bucket: l.PrevBucket}
	case s.Cures.Count > 0 && !s.Cures.Relapsed && p.result.Figures.DaysPastDue > relapseDays:
		s.Cures.Relapsed, p.relapsed = true, true
	}
}

// relapseDays is what a cured loan may be past due at a close without a relapse.
const relapseDays = 30

// relive runs a loan's life once more, with what stands of it tonight, and has it tell each
// of its days before tonight.
func (p *Processor) relive(in *Input, product *loan.Product) {
	l := in.Loan
	cures, bad := classify.Cures{On: civil.None}, uint32(0)
	if !in.Booked {
		p.takeStanding(l)
		cures, bad = p.machine.Standing.Cures, p.machine.Standing.Bad // as reported
	}
	h, plan := in.History, in.Plan
	if h == nil {
		h = &p.none
		h.Reset()
	}
	if !in.Booked {
		plan = h.Booking.Plan
	}
	if len(in.Events) == 0 {
		p.indexPast(in)
	}
	p.merge(in, h, true)
	x := p.takeLife(l, product, plan, p.marksOfLife(in))
	p.relived = true
	p.machine.Standing.Begin(p.rules.Classes.Set())
	p.machine.Standing.Cures, p.machine.Standing.Bad = cures, bad
	p.beginMachine(x, &p.second, l.Terms.DisbursedOn-1, in.Booked)
	p.liveOn()
	if p.second.Marks != nil {
		p.second.NoteClose(p.rules.Date, false)
		l.MetDays = p.life.MetDays
		p.keepMet(l)
		p.weighAnew(l)
	}
}

// takeLife readies the second run for a loan's life from its first day on, by the merged
// events. It returns the loan that lives it.
func (p *Processor) takeLife(l *loan.Loan, product *loan.Product, plan []loan.Installment, marks *loan.Marks) *loan.Loan {
	x := &p.life
	*x = loan.Loan{ID: l.ID, Borrower: l.Borrower, Terms: l.Terms, Product: l.Product, Currency: l.Currency, Region: l.Region, BookedOn: l.BookedOn}
	p.lifeLog.Reset()
	p.second.Watch, p.second.Marks = nil, marks
	p.second.Replay(x, product, plan, &p.lifeLog)
	return x
}

// liveOn runs the life that was taken up to the night's close; its last day is not told.
func (p *Processor) liveOn() {
	for _, m := range p.merged {
		p.second.Again(m.event)
	}
	p.second.Advance(p.rules.Date)
	p.second.Watch = nil
}

// decideTold decides the classes of a loan whose machine has come to the close, and keeps
// what its days come to. It reports whether that is what it was.
func (p *Processor) decideTold(l *loan.Loan) (same bool) {
	p.useVersion(p.rules.Date)
	p.markHistory(l)
	p.settle(l)
	f := p.machine.Facts()
	f.Score, f.Bucket = l.Score, l.Bucket
	p.decideClasses(l)
	p.stood = p.machine.Standing.Append(p.stood[:0], l.Terms.DisbursedOn, p.rules.Classes.Codes)
	same = bytes.Equal(p.stood, l.Standing)
	l.Standing = p.stood
	return p.keepProvided(l) && same
}

// decideClasses decides by the machine's facts.
func (p *Processor) decideClasses(l *loan.Loan) {
	p.takeDecided(l, p.machine.Decide())
}

// decideResting decides the classes of a loan at rest.
func (p *Processor) decideResting(l *loan.Loan) {
	c, m := p.rules.Classes, &p.machine
	now := &c.Versions[len(c.Versions)-1]
	*m.Facts() = classify.Facts{
		On: p.rules.Date, DisbursedOn: l.Terms.DisbursedOn, Score: l.Score, Subject: now.Subjects[l.Product], Bucket: l.Bucket,
	}
	m.Set = now.Set
	if !c.isPlain {
		p.decideClasses(l)
		return
	}
	if p.atRest.Set == nil {
		p.atRest = classify.Resting{Set: now.Set, On: p.rules.Date, Subjects: now.Subjects}
	}
	p.takeDecided(l, &p.atRest.Of(l.Product).Decided)
}

// takeDecided takes the classes that were decided, and reckons what each pack provides for a loan of them: nothing
// once it is off the book.
func (p *Processor) takeDecided(l *loan.Loan, d *classify.Decided) {
	p.verdicts = d.Verdicts
	switch {
	case p.rules.Classes.Keeps:
		p.takeProvided(l)
		return
	case !p.result.Status.OnBook():
		p.provided = [classify.PacksMax]money.Amount{}
		return
	}
	last := struct { // packs often agree
		base, amount money.Amount
		rate         int64
	}{}
	for i, pack := range p.rules.Classes.Set().Packs {
		switch v := &pack.Provision; v.Method {
		case classify.Rates:
			if base, rate := p.base(l, v), d.Rates[i]; base != last.base || rate != last.rate {
				last.base, last.rate, last.amount = base, rate, provision.AtRate(base, rate)
			}
			p.provided[i] = last.amount
		case classify.ExpectedLoss:
			p.provided[i] = p.expect(l, i, d.Verdicts[i].Class)
		default:
			p.provided[i] = 0
		}
	}
}

// base returns what a pack's provision of a loan is reckoned on.
func (p *Processor) base(l *loan.Loan, v *classify.Provision) money.Amount {
	owed := &p.result.Figures.Outstanding
	if v.OfPrincipal {
		return owed[loan.Principal]
	}
	return owed.Total() - l.Suspended
}

// expect returns what a pack by expected loss provides for a loan of a class: nothing once it is off the
// book.
func (p *Processor) expect(l *loan.Loan, pack int, class uint8) money.Amount {
	if !p.result.Status.OnBook() {
		return 0
	}
	set, m := p.rules.Classes.Set(), &p.machine
	v, states := &set.Packs[pack].Provision, set.Of(set.Packs[pack], m.Standing.States)
	g := *m.Facts()
	g.Class = class
	row, loss := classify.AnnualOf(v.PD, &g, states), classify.RateOf(v.LGD, &g, states)
	x := provision.Loan{Base: p.base(l, v), Rate: v.Rate, Scope: provision.Scope(v.Horizon[class])}
	if x.Rate < 0 {
		x.Rate = int64(l.InForce().Rate)
	}
	if x.Scope != provision.Impaired {
		p.run.Start(l, &p.rules.Products[l.Product], &p.log)
		p.takeDues(x.Scope == provision.TwelveMonths, p.rules.Classes.Scenarios[pack][row][loss][0].Curve.Year(1))
		x.Dues = p.dues
	}
	return provision.Expected(&x, p.rules.Classes.Scenarios[pack][row][loss])
}

// takeDues lists the principal that falls due after tonight and is unpaid; of twelve months
// only up to the first due date that is not before their end.
func (p *Processor) takeDues(twelve bool, end civil.Date) {
	p.dues, p.lastDue = p.dues[:0], civil.Max
	if twelve {
		p.lastDue = end
	}
	p.run.EachDue(p.rules.Date, p.addDue)
}

// restateClasses decides the classes of a loan as a night has left it.
func (p *Processor) restateClasses(l *loan.Loan) {
	c := p.rules.Classes
	p.relapsed = false
	if c == nil {
		return
	}
	p.version = len(c.Versions) - 1
	m, f := &p.machine, &p.result.Figures
	m.Set = c.Set()
	if p.resting = p.quietly(l); p.resting {
		m.Standing.Begin(m.Set)
		p.decideResting(l)
		return
	}
	p.takeStanding(l)
	*m.Facts() = classify.Facts{
		On: p.rules.Date, DisbursedOn: l.Terms.DisbursedOn, Days: f.DaysPastDue, Delinquent: p.rules.Aging.DelinquentDays(f.DaysPastDue, f.PausedDays),
		Score: l.Score, UnpaidDue: f.Oldest != civil.None, Measures: l.Measures, MeasureOn: l.MeasureOn, MeasureFirstDue: l.MeasureFirstDue,
		Flags: p.flags, Subject: c.Versions[p.version].Subjects[l.Product], Bucket: l.Bucket,
	}
	m.Facts().Material = m.Standing.Material(p.rules.Date)
	m.Begin()
	p.decideClasses(l)
}

// quietly reports whether a loan is at rest as its state is.
func (p *Processor) quietly(l *loan.Loan) bool {
	f := &p.result.Figures
	return len(l.Standing) == 0 && len(p.flags) == 0 && l.Measures == 0 && !p.rules.Classes.Set().Watches() && f.Oldest == civil.None && f.PastDue == 0
}

// fillClasses writes a loan's classes into a row of the tape, and since when it is clean.
func (p *Processor) fillClasses(f *aging.Facts, row int, l *loan.Loan, scale int64) {
	c, s := p.rules.Classes, &p.machine.Standing
	if c == nil {
		s.Begin(noSet)
	}
	f.Days[aging.CleanSince][row] = s.Clean(p.rules.Date, l.Terms.DisbursedOn)
	if c != nil {
		p.fillPacks(f, row, scale)
	}
}

// fillCounters writes what a loan's days come to: of one that rests, nothing.
func (p *Processor) fillCounters(f *aging.Facts, row int, l *loan.Loan) {
	s := &p.machine.Standing
	f.Counts[aging.MaterialDays][row], f.Counts[aging.WorstDaysPastDue][row] = s.Material(p.rules.Date), s.Worst
	f.Days[aging.FirstDelinquencyOn][row] = s.DelinquentSince
	f.Amounts[aging.MonthsSinceLate][row] = aging.NoAmount
	if s.LastLate != civil.None {
		f.Amounts[aging.MonthsSinceLate][row] = int64(classify.MonthsBetween(s.LastLate, p.rules.Date))
	}
	h := aging.History(l.History).Without(s.Bad)
	worst, times := h.Lateness()
	for i, n := range worst {
		f.Counts[int(aging.Worst3M)+i][row] = n
	}
	for i, n := range times {
		f.Counts[int(aging.Times30)+i][row] = n
	}
	f.Counts[aging.Cures][row], f.Days[aging.LastCuredOn][row] = s.Cures.Count, s.Cures.On
	f.Codes[aging.LastCuredBucket][row] = aging.NoCode
	if s.Cures.Count > 0 {
		f.Codes[aging.LastCuredBucket][row] = bucketCode(s.Cures.Bucket)
	}
	f.Counts[aging.Measures][row], f.Days[aging.MeasureOn][row] = l.Measures, civil.None
	if l.Measures > 0 {
		f.Days[aging.MeasureOn][row] = l.MeasureOn
	}
	f.CureEvent[row] = p.cureEvent()
}

// noSet is no packs.
var noSet = classify.NewSet(nil)

// fillPacks writes the columns of the packs.
func (p *Processor) fillPacks(f *aging.Facts, row int, scale int64) {
	c := p.rules.Classes
	packs := c.Set().Packs
	n := len(packs)
	if n == 0 {
		return
	}
	classes, rules := f.Codes[aging.PackClass:][:n], f.Codes[aging.PackRule:][:n]
	sinces, provisions := f.Days[aging.NonPerformingSince:][:n], f.Amounts[aging.Provision:][:n]
	verdicts, provided := p.verdicts[:n], p.provided[:n]
	for i := range verdicts {
		classes[i][row], rules[i][row] = uint16(verdicts[i].Class), uint16(verdicts[i].Rule)
		sinces[i][row], provisions[i][row] = civil.None, int64(provided[i])*scale
	}
	if !p.resting {
		for i, pack := range packs {
			if x := &c.Set().Of(pack, p.machine.Standing.States)[pack.NonPerforming]; x.Active {
				sinces[i][row] = x.Entered
			}
		}
	}
	class, stage := uint16(aging.NoCode), uint16(aging.NoCode)
	if c.classified >= 0 {
		class = uint16(verdicts[c.classified].Class)
	}
	if c.staged >= 0 {
		stage = uint16(verdicts[c.staged].Class)
	}
	f.Codes[aging.Classification][row], f.Codes[aging.Stage][row], f.Codes[aging.BorrowerClassification][row] = class, stage, class
}

// tellClasses writes what the pass by borrower must know of a loan to decide its classes,
// where they may be another loan's doing.
func (p *Processor) tellClasses(f *aging.Facts, row int, l *loan.Loan, hash uint64) {
	c := p.rules.Classes
	if c == nil || c.Late == nil {
		return
	}
	owed, status := &p.result.Figures.Outstanding, p.result.Status
	total, principal := int64(owed.Total()), int64(owed[loan.Principal])
	carrying := total - int64(l.Suspended)
	base := classify.Base{}
	if b := p.since; b != nil {
		base = classify.Base{State: b.State, Carrying: int64(b.Carrying), Paid: int64(l.Paid.Total() - b.Paid)}
	}
	derived := p.resting && c.derives
	if derived && status == aging.LoanActive && base.State != classify.BaseOn && f.Band[row] == 0 {
		f.Told.Data = classify.AppendDerived(f.Told.Data, hash, l.Product, base.State, l.Terms.DisbursedOn, l.Score, carrying, principal, total)
		f.Told.End()
		return
	}
	r := &p.report
	r.Loan, r.Product, r.Resting, r.Derived = hash, l.Product, p.resting, derived
	r.Counts, r.OnBook = status == aging.LoanActive || status == aging.LoanQuarantined || status == aging.LoanChargedOff, status.OnBook()
	r.Total, r.Principal, r.Carrying = total, principal, carrying
	r.Score, r.Band, r.Disbursed = l.Score, f.Band[row], l.Terms.DisbursedOn
	r.Own, r.Base, r.Told = r.Own[:0], base, nil
	if !derived || base.State == classify.BaseOn {
		p.tellPosted(f, row, l)
	}
	r.Asks = !p.resting && p.machine.Asking()
	f.Told.Data = classify.AppendReport(f.Told.Data, r)
	if !p.resting {
		f.Told.Data = p.machine.AppendTold(f.Told.Data)
	}
	f.Told.End()
}

// tellPosted adds what posting says of a loan under each late pack to its report.
func (p *Processor) tellPosted(f *aging.Facts, row int, l *loan.Loan) {
	set, r := p.rules.Classes.Set(), &p.report
	for _, i := range p.rules.Classes.LatePacks() {
		own := r.Next()
		own.Verdict, own.Since, own.Provision = p.verdicts[i], f.Days[int(aging.NonPerformingSince)+i][row], int64(p.provided[i])
		if p.since != nil {
			own.BaseClass, own.BaseProvision = uint8(min(p.since.Class[i], classify.NoClass)), int64(p.since.Provision[i])
		}
		if pack := set.Packs[i]; pack.Provision.Method == classify.ExpectedLoss {
			for class := range pack.Classes {
				amount := p.provided[i]
				if uint8(class) != p.verdicts[i].Class {
					amount = p.expect(l, i, uint8(class))
				}
				own.ByClass = append(own.ByClass, int64(amount))
			}
		}
	}
}

// Supervised says which packs the tables of supervisors are about.
func (c *Classes) Supervised() *classify.Supervised { return &c.supervised }

// LatePacks returns the indexes of the packs whose classes may be another loan's doing.
func (c *Classes) LatePacks() []int { return c.latePacks }

// The first flags that a policy reads mark a loan's history.
const (
	badDebt = iota
	settledByAssets
	paidByGuarantor
)

// flagged reports whether one of the first flags holds tonight.
func (p *Processor) flagged(bit uint8) bool {
	for i := range p.flags {
		if x := &p.flags[i]; x.Bit == bit && x.Holds(p.rules.Date) {
			return true
		}
	}
	return false
}

// marked returns the status of the newest month as flags, and closes of the month before
// tonight's, make it.
// Source: regulatory.md, section 2, history_24m.
func (p *Processor) marked(status byte, wasLate bool) byte {
	switch {
	case len(p.flags) > 0 && p.flagged(settledByAssets):
		return aging.StatusAssets
	case len(p.flags) > 0 && p.flagged(paidByGuarantor):
		return aging.StatusGuaranteed
	case wasLate && (status == aging.StatusNormal || status == aging.StatusNoneDue):
		return aging.StatusLateOnce
	}
	return status
}

// markHistory sets the status of the newest month as flags, and closes of the month before
// tonight's, make it.
func (p *Processor) markHistory(l *loan.Loan) {
	s := &p.machine.Standing
	late, bad := p.lateBefore(), p.rules.Watches && p.badByNow(l)
	s.Bad = s.Bad << p.pushed & (1<<24 - 1) &^ 1
	if p.flagged(badDebt) {
		s.Bad |= 1
	}
	h := aging.History(l.History)
	status := p.marked(p.newest, late)
	h.Set(status)
	if hides := status == aging.StatusAssets || status == aging.StatusGuaranteed; hides && (late || p.result.Figures.DaysPastDue > 0) {
		s.Bad |= hiddenLate
	}
	if bad {
		s.Bad |= wasBad
	}
	l.History = h
}

// badByNow reports whether the loan was bad at tonight's close or at one of the month before it.
// Source: regulatory.md, section 6, monitoring.
func (p *Processor) badByNow(l *loan.Loan) bool {
	return p.result.Figures.DaysPastDue >= 90 || l.Off.Kind != 0 || p.pushed == 0 && p.machine.Standing.Bad&wasBad != 0
}

// WasBad reports whether a loan, as a night has left it, was bad at some close of that night's
// month. The processor goes by the night's rules.
func (p *Processor) WasBad(l *loan.Loan) bool {
	if l.Off.Kind != 0 {
		return true
	}
	if p.rules.Classes == nil || len(l.Standing) == 0 {
		return false
	}
	p.takeStanding(l)
	return p.machine.Standing.Bad&wasBad != 0
}

// lateBefore reports whether the loan was late at some close of the month before tonight's, by
// its life as it is known tonight: what a later file says was paid in time is no lateness.
func (p *Processor) lateBefore() bool {
	if p.relived || p.toldLate {
		return p.toldLate
	}
	return p.pushed == 0 && (p.wasLate || p.machine.Standing.Bad&hiddenLate != 0)
}

// hiddenLate says in [classify.Standing.Bad] that the loan was late at some close of the
// newest month, whose code is that of a flag.
const hiddenLate = 1 << 31

// wasBad says there that the loan was bad at some close of the newest month, where scores are
// watched.
const wasBad = 1 << 30

// Classified is what the packs say of the loan that was taken up last, for explanations: the
// machine at the close, and the verdict under each pack by the loan's own days.
func (p *Processor) Classified() (m *classify.Machine, verdicts []classify.Verdict) {
	return &p.machine, p.verdicts[:len(p.rules.Classes.Set().Packs)]
}

// NthDue returns the n-th due date after a day under the terms in force of a loan.
func (p *Processor) NthDue(l *loan.Loan) func(after civil.Date, n int) civil.Date {
	p.run.Start(l, &p.rules.Products[l.Product], &p.log)
	p.classing.run = &p.run
	return p.nth
}
