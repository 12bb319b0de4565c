// Package treat decides what is done about a borrower who is past due, or has a payment
// coming: whether he may be contacted, by which channel and at which hours, what is kept
// of his promises, and what is offered to one in hardship. Each refusal has its rule, its
// citation, its facts and the day it lifts.
//
// It is pure: time zones and schedules of loans are the caller's answers. Amounts are in
// whole units of one scale for all currencies, as in [daybook/aging.Facts]. Source of the
// rules: docs/collections.md.
//
// It errs to one side: what is not known never makes a contact lawful.
package treat

import (
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// Channels is a set of channels.
type Channels uint16

// Of returns the set of some channels.
func Of(list ...borrower.Channel) (s Channels) {
	for _, c := range list {
		s |= 1 << c
	}
	return s
}

// Has reports whether a channel is of the set.
func (s Channels) Has(c borrower.Channel) bool { return s>>c&1 == 1 }

// All is every channel. Timed are those that have hours; the others may come any day.
var (
	All   = Channels(1<<borrower.Channels - 1)
	Timed = Of(borrower.SMS, borrower.Push, borrower.Email, borrower.InApp, borrower.Social, borrower.Call, borrower.Visit)
)

// Electronic are the channels whose messages carry a way to opt out.
var Electronic = Of(borrower.SMS, borrower.Push, borrower.Email, borrower.InApp, borrower.Social)

// DayMinutes is the end of a day, in minutes of it.
const DayMinutes = 24 * 60

// A Span is the days on which a rule holds: from From, before Until, where they are not
// [civil.None].
type Span struct{ From, Until civil.Date }

// Always is all days.
var Always = Span{civil.None, civil.None}

func (s Span) holds(on civil.Date) bool {
	return (s.From == civil.None || on >= s.From) && (s.Until == civil.None || on < s.Until)
}

// Hours are when some channels may be used: minutes [From, Until) of the local day, on
// some days of the week.
type Hours struct {
	Span
	ID          string // of a row of law
	Channels    Channels
	Days        [7]bool // as [civil.Date.Weekday] counts
	Open, Close int16
	Citation    string
}

// A Measure is what a cap counts.
type Measure uint8

// The measures.
const (
	Attempts Measure = iota
	Connected
	Conversations
)

func (m Measure) String() string { return [...]string{"attempts", "connected", "conversations"}[m] }

// A Cap is the most contacts within some days.
type Cap struct {
	Span
	Name     string
	Channels Channels
	Measure  Measure
	PerLoan  bool // it is counted for each loan
	Days     int  // 1 to 92
	Max      int
	Citation string
}

// A Wait is how long a conversation keeps the lender from the next contact: the day of
// the conversation is its first.
type Wait struct {
	Span
	Name     string
	Channels Channels
	PerLoan  bool
	Days     int
	Callback bool // a callback that the borrower asked for lifts it
	Citation string
}

// CoolOff is how many days after a contact there is none.
type CoolOff struct{ AfterAttempt, AfterConversation int }

// A Consent is channels that may be used only with the borrower's consent.
type Consent struct {
	Span
	ID       string // of a row of law
	Channels Channels
	Citation string
}

// A Contact is the rules of contact that bind a borrower of a jurisdiction: the law's, and
// the policy's own, which only tighten.
type Contact struct {
	Law      []Hours // none: a timed channel that the policy names no hours for is closed
	Own      []Hours // a channel that any of them names is open only as they say
	Holidays Holidays
	Caps     []Cap  // by name
	Waits    []Wait // by name
	Consents []Consent
	CoolOff  CoolOff
	// Citations are the law's, by reason code; a code that is not there is the policy's own.
	Citations map[string]string
	// PlanMonthsMax is the most instalments of an offered plan; 0: no limit.
	PlanMonthsMax int
}

// Holidays are days on which some channels are closed.
type Holidays struct {
	Channels Channels
	Dates    []civil.Date // ascending
}

// Promises say what a promise needs to be kept.
type Promises struct {
	GraceDays   int
	KeptShare   money.Rate
	Tolerance   int64 // amount
	HorizonDays int
	BrokenMax   int
}

// A Tone is how a text speaks. There is no other.
type Tone uint8

// The tones.
const (
	Informative Tone = iota
	Helpful
	Firm
)

var tones = [...]string{"informative", "helpful", "firm"}

func (t Tone) String() string { return tones[t] }

// A Step is what is done from a number of delinquent days on.
type Step struct {
	From      int32
	Channels  []borrower.Channel // in the order in which they are tried
	Tone      Tone
	Template  string
	Education string
	Every     int // days from one contact to the next, at least 1
	Attempts  int // that a task allows, at least 1
	Recover   money.Rate
}

// A Range is a condition: From to To, both included.
type Range struct {
	Has      bool
	From, To int64 // open ends are the least and greatest
}

func (r Range) holds(v int64) bool { return !r.Has || r.From <= v && v <= r.To }

// A Segment is borrowers who are treated alike: those who meet all its conditions and
// those of none before.
type Segment struct {
	Name           string
	DelinquentDays Range
	PastDue        Range // amount
	Score          Range
	BrokenPromises Range
	Unanswered     Range
	Products       []string // nil: any
	Ladder         []Step   // by From, ascending
}

// An Experiment gives some borrowers of a segment another ladder.
type Experiment struct {
	Name        string
	Segment     string
	From, Until civil.Date // contact days [From, Until)
	Arms        []Arm
}

// An Arm is a share of an experiment's borrowers, in ten-thousandths.
type Arm struct {
	Name   string
	Share  int
	Ladder []Step
}

// A Reminder is what is said some days before an instalment is due.
type Reminder struct {
	DaysBefore int32
	Step
}

// An OfferKind is what may be offered to a borrower in hardship.
type OfferKind uint8

// The kinds of offer.
const (
	InstallmentPlan OfferKind = iota
	ReducedInstallment
	Extension
	Pause
	PenaltyWaiver
	InterestWaiver
	Settlement
	OfferKinds // how many there are
)

var offerKinds = [OfferKinds]string{
	"installment_plan", "reduced_installment", "extension", "pause", "penalty_waiver", "interest_waiver", "settlement",
}

func (k OfferKind) String() string { return offerKinds[k] }

// OfferTerms are what an offer of a kind is made with.
type OfferTerms struct {
	Set            bool  // the policy has the kind
	Months         []int // ascending; of reduced_installment and pause one
	ContractRate   bool
	Rate           money.Rate // a year, where it is not the contract's
	WaivePenalties money.Rate // share
	Share          money.Rate // of a waiver
	Discount       money.Rate // of a settlement
	PayWithinDays  int
	FromDays       int32 // days past due that it is made for, both included
	ToDays         int32
}

// Hardship is what is done for a borrower in hardship.
type Hardship struct {
	ReviewDays int
	ValidDays  int
	Step       Step
	HasStep    bool
	Offers     map[string][]OfferKind // by reason, in the order in which they are tried
	Kinds      [OfferKinds]OfferTerms
}

// Rules are the collection rules of a policy for a night.
type Rules struct {
	Policy        string // its name
	Jurisdiction  string
	HomeZone      string // of the policy
	UnstatedZone  string // of a borrower whose zone is not stated; empty: it is unknown
	RetentionDays int
	// Contacts are the rules of contact by jurisdiction: each is the law's on the contact
	// day and the policy's own.
	Contacts     map[string]*Contact
	IgnoredFlags []string // ascending
	Promises     Promises
	Hardship     Hardship
	Reminders    []Reminder
	Segments     []Segment
	Experiments  []Experiment
	Capacity     [borrower.Channels]int64 // tasks a night; below zero: no limit
	Cost         [borrower.Channels]int64 // of a contact, an amount
	Scale        int                      // digits of all amounts
}

// Channels returns the channels that the rules use.
func (r *Rules) Channels() (s Channels) {
	use := func(steps ...Step) {
		for i := range steps {
			s |= Of(steps[i].Channels...)
		}
	}
	use(r.Hardship.Step)
	for i := range r.Reminders {
		use(r.Reminders[i].Step)
	}
	for i := range r.Segments {
		use(r.Segments[i].Ladder...)
	}
	for i := range r.Experiments {
		for k := range r.Experiments[i].Arms {
			use(r.Experiments[i].Arms[k].Ladder...)
		}
	}
	return s
}
