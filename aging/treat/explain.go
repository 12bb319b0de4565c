package treat

import (
	"fmt"
	"slices"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// An Explanation is what a night decided about a borrower and why, in plain values: amounts
// are decimals, a text or a date that is not there is empty, instants are RFC 3339, in UTC or
// in the borrower's home zone.
type Explanation struct {
	Night     civil.Date    `json:"business_date"`
	On        civil.Date    `json:"contact_on"`
	Place     PlaceView     `json:"place"`
	Who       WhoView       `json:"who"`
	Loans     []LoanView    `json:"loans"`
	TooMany   bool          `json:"too_many_loans"`
	Treatment TreatmentView `json:"treatment"`
	Rules     []RuleView    `json:"rules"`
	Promises  []PromiseView `json:"promises"`
	Hardship  *CaseView     `json:"hardship"` // nil: there is no case
	Offers    []OfferView   `json:"offers"`
	Tasks     []TaskView    `json:"tasks"` // of the last 92 days, tonight's as well
}

// A PlaceView is where the night put the borrower.
type PlaceView struct {
	Place         string     `json:"place"` // task, suppressed, below_capacity, not_due or nothing
	Code          string     `json:"reason_code"`
	NextOn        civil.Date `json:"next_on"`
	EarliestAt    string     `json:"earliest_at"`
	EarliestLocal string     `json:"earliest_local"`
	TimesBelow    int32      `json:"times_below"`
	Channel       string     `json:"channel"` // of a task; of one below capacity the first that is open
	TaskKey       string     `json:"task_key"`
	Differs       bool       `json:"differs"` // this release decides otherwise than the one that closed the night did
}

// A WhoView is what is known of a borrower's place.
type WhoView struct {
	HasRecord    bool       `json:"has_record"`
	AsOf         civil.Date `json:"as_of"`
	Stated       string     `json:"jurisdiction_stated"`
	Jurisdiction string     `json:"jurisdiction"` // whose law binds
	HasLaw       bool       `json:"has_law"`
	TimeZone     string     `json:"time_zone"`
	Second       string     `json:"second_time_zone"`
	Home         string     `json:"home_zone"`
	Zones        []string   `json:"zones"`
	ZonesKnown   bool       `json:"zones_known"`
	From         string     `json:"contact_from"`
	Until        string     `json:"contact_until"`
	Language     string     `json:"language"`
}

// A LoanView is a loan that the night was about.
type LoanView struct {
	ID             string     `json:"loan_id"`
	Product        string     `json:"product"`
	Currency       string     `json:"currency"`
	Bucket         string     `json:"bucket"`
	DaysPastDue    int32      `json:"days_past_due"`
	DelinquentDays int32      `json:"delinquent_days"`
	Score          int32      `json:"score"`
	PastDue        string     `json:"past_due_amount"`
	Total          string     `json:"total_outstanding"`
	NextDueOn      civil.Date `json:"next_due_on"`
	NextDue        string     `json:"next_due_amount"`
	Worst          bool       `json:"worst"`
	Covered        bool       `json:"covered"`
	Withheld       string     `json:"withheld_by"` // the first reason
}

// A TreatmentView is by what rules of the policy the borrower is treated.
type TreatmentView struct {
	Class          string     `json:"class"` // hardship, ladder or reminder
	Segment        string     `json:"segment"`
	Arm            string     `json:"arm"`
	Step           *StepView  `json:"step"` // nil: there is none
	Value          string     `json:"value"`
	Currency       string     `json:"currency"`
	LastContact    civil.Date `json:"last_contact_on"` // through the step's channels
	NextOn         civil.Date `json:"next_on"`
	BrokenPromises int64      `json:"broken_promises"`
	Unanswered     int64      `json:"unanswered"`
}

// A StepView is a step of a ladder.
type StepView struct {
	From      *int32    `json:"from"` // delinquent days; nil: it is of no ladder
	Tone      string    `json:"tone"`
	Template  string    `json:"template"`
	Education string    `json:"education"`
	Every     int       `json:"every"`
	Attempts  int       `json:"attempts"`
	Recover   string    `json:"recover"`
	Channels  []WayView `json:"channels"` // in their order
}

// A WayView is a channel of the step.
type WayView struct {
	Channel  string   `json:"channel"`
	Open     bool     `json:"open"`
	Blocked  []string `json:"blocked_by"`
	Earliest string   `json:"earliest_local"`
	Latest   string   `json:"latest_local"`
	Attempts int      `json:"attempts"`
}

// A PromiseView is a promise as it stands.
type PromiseView struct {
	ID         string     `json:"promise_id"`
	Loan       string     `json:"loan_id"`
	Currency   string     `json:"currency"`
	Status     string     `json:"status"`
	Amount     string     `json:"amount"`
	Paid       string     `json:"paid_amount"`
	MadeOn     civil.Date `json:"made_on"`
	PromisedOn civil.Date `json:"promised_on"`
	Deadline   civil.Date `json:"deadline"`
	DecidedOn  civil.Date `json:"decided_on"`
	Holds      bool       `json:"holds"`
}

// A CaseView is the case of hardship.
type CaseView struct {
	Reason   string     `json:"reason"`
	OpenedOn civil.Date `json:"opened_on"`
	EndsOn   civil.Date `json:"ends_on"` // the first day on which it is over
	Open     bool       `json:"open"`
}

// An OfferView is an offer as the night computed it.
type OfferView struct {
	Loan        string     `json:"loan_id"`
	Currency    string     `json:"currency"`
	Kind        string     `json:"kind"`
	Rank        int        `json:"offer_rank"`
	Months      int        `json:"months"`
	FirstDueOn  civil.Date `json:"first_due_on"`
	Until       civil.Date `json:"until"`
	Rate        string     `json:"annual_rate"`
	Installment string     `json:"installment_amount"`
	Waived      string     `json:"waived"`
	Forgiven    string     `json:"forgiven"`
	Pay         string     `json:"pay_amount"`
	PayBy       civil.Date `json:"pay_by"`
	TotalToPay  string     `json:"total_to_pay"`
	ExtraCost   string     `json:"extra_cost"`
}

// A TaskView is a task that was exported.
type TaskView struct {
	Key        string     `json:"task_key"`
	On         civil.Date `json:"contact_on"`
	Channel    string     `json:"channel"`
	Attempts   int        `json:"attempts"`
	Loans      []string   `json:"loans"`
	Reported   bool       `json:"reported"`
	Unreported bool       `json:"unreported"` // its day is over, and nobody has reported it
	RecalledOn civil.Date `json:"recalled_on"`
}

var classes = [...]string{"hardship", "ladder", "reminder"}

func (c Class) String() string { return classes[c] }

// Explain decides about a person as [Decider.Decide] does, and says why. Whether a candidate
// has a task is what his treatment says, which has tonight's.
func (d *Decider) Explain(p *Person) *Explanation {
	x := d.Decide(p)
	e := &Explanation{Night: d.night, On: d.on, TooMany: p.TooMany, Who: d.explainWho(p.State.Record), Loans: d.explainLoans(x), Offers: []OfferView{}}
	e.Treatment = d.explainTreatment(x)
	e.Place = d.explainPlace(p, x)
	e.Promises, e.Hardship, e.Tasks = d.explainPromises(), d.explainCase(), d.explainTasks(p.Treatment)
	for i := range x.Offers {
		e.Offers = append(e.Offers, d.explainOffer(&x.Offers[i]))
	}
	e.Rules = d.explainRules(p, x) // which looks at other days
	return e
}

func (d *Decider) explainWho(r *borrower.Record) WhoView {
	k := &d.k
	v := WhoView{
		AsOf: civil.None, Jurisdiction: k.pack, HasLaw: k.packKnown, Home: k.home, Zones: append([]string{}, k.zones...), ZonesKnown: k.zoneKnown,
	}
	if r != nil {
		v.HasRecord, v.AsOf, v.Stated, v.TimeZone, v.Second, v.Language = true, r.AsOf, r.Jurisdiction, r.TimeZone, r.SecondTimeZone, r.Language
		v.From, v.Until = clock(r.ContactFrom), clock(r.ContactUntil)
	}
	return v
}

// clock writes a minute of the day.
func clock(minute int16) string {
	if minute == borrower.NoTime {
		return ""
	}
	return fmt.Sprintf("%02d:%02d", minute/60, minute%60)
}

func (d *Decider) explainLoans(x *Decision) []LoanView {
	list := []LoanView{}
	for _, l := range x.Due {
		v := LoanView{
			ID: l.ID, Product: l.Product, Currency: l.Currency, Bucket: l.Bucket, DaysPastDue: l.DaysPastDue, DelinquentDays: l.DelinquentDays, Score: l.Score,
			PastDue: d.text(l.PastDue, l.Currency), Total: d.text(l.Total, l.Currency), NextDueOn: l.NextDueOn, Worst: l == x.Worst,
			Covered: slices.Contains(x.Covered, l),
		}
		if l.NextDueOn != civil.None {
			v.NextDue = d.text(l.NextDue, l.Currency)
		}
		if i := slices.IndexFunc(x.Withheld, func(h Withheld) bool { return h.Loan == l }); i >= 0 {
			v.Withheld = x.Withheld[i].Code
		}
		list = append(list, v)
	}
	return list
}

func (d *Decider) explainTreatment(x *Decision) TreatmentView {
	v := TreatmentView{LastContact: civil.None, NextOn: civil.None, BrokenPromises: d.k.broken, Unanswered: d.k.unanswered}
	if len(x.Due) == 0 {
		return v
	}
	v.Class, v.Segment, v.Arm, v.Currency = x.Class.String(), x.Segment, x.Arm, x.Worst.Currency
	if x.Place == Candidate || x.NotDueCode == "uneconomic" {
		v.Value = d.text(x.Value, x.Worst.Currency)
	}
	if x.Step == nil {
		return v
	}
	v.Step = d.explainStep(x)
	if v.LastContact = d.lastAttempt(x.Step.Channels); v.LastContact != civil.None {
		v.NextOn = v.LastContact + civil.Date(x.Step.Every)
	}
	return v
}

func (d *Decider) explainStep(x *Decision) *StepView {
	s := x.Step
	v := &StepView{
		Tone: s.Tone.String(), Template: s.Template, Education: s.Education, Every: s.Every, Attempts: s.Attempts, Recover: s.Recover.String(), Channels: []WayView{},
	}
	if x.Class == OnLadder {
		from := s.From
		v.From = &from
	}
	for i := range x.Ways {
		w := &x.Ways[i]
		way := WayView{Channel: w.Channel.String(), Open: w.Open(), Blocked: append([]string{}, w.Blocked...), Attempts: w.Attempts}
		if way.Open && Timed.Has(w.Channel) {
			way.Earliest, way.Latest = d.local(w.Window.Earliest), d.local(w.Window.Latest)
		}
		v.Channels = append(v.Channels, way)
	}
	return v
}

// explainPlace says where the night put the borrower: what becomes of a candidate is kept.
func (d *Decider) explainPlace(p *Person, x *Decision) PlaceView {
	t := p.Treatment
	v := PlaceView{Place: "nothing", NextOn: x.NextOn}
	switch x.Place {
	case Candidate:
		v.Place = "below_capacity"
		v.Channel = x.Ways[slices.IndexFunc(x.Ways, func(w Way) bool { return w.Open() })].Channel.String()
		if x.Class != Reminded { // of whom it is not counted
			v.TimesBelow = t.TimesBelow(d.night)
		}
	case Suppressed:
		if v.Place = "suppressed"; x.HasEarly {
			v.EarliestAt, v.EarliestLocal = utc(x.EarliestAt), d.local(x.EarliestAt)
		}
	case NotDue:
		v.Place, v.Code = "not_due", x.NotDueCode
	}
	i := slices.IndexFunc(t.Tasks, func(k borrower.Task) bool { return k.On == d.on })
	switch {
	case i >= 0:
		v.Differs = x.Place != Candidate
		v.Place, v.Channel, v.TaskKey, v.TimesBelow = "task", t.Tasks[i].Channel.String(), t.Tasks[i].Key, 0
	case x.Place == Candidate && x.Class != Reminded:
		v.Differs = t.BelowOn != d.night
	default:
		v.Differs = t.BelowOn == d.night
	}
	return v
}

func (d *Decider) explainPromises() []PromiseView {
	list := []PromiseView{}
	d.Promises(func(row *borrower.Contact, s *PromiseState) {
		unit := d.unit(s.Currency)
		list = append(list, PromiseView{
			ID: row.ID, Loan: row.Loan, Currency: s.Currency, Status: s.Standing.String(), Amount: d.text(int64(s.Amount)*unit, s.Currency),
			Paid: d.text(int64(s.Taken)*unit, s.Currency), MadeOn: s.MadeOn, PromisedOn: row.PromisedOn, Deadline: s.Deadline, DecidedOn: s.DecidedOn, Holds: s.Holds,
		})
	})
	return list
}

func (d *Decider) explainCase() *CaseView {
	row := d.k.hardship
	if row == nil {
		return nil
	}
	opened := d.localDate(row.At)
	return &CaseView{Reason: row.Reason, OpenedOn: opened, EndsOn: opened + civil.Date(d.Rules.Hardship.ReviewDays), Open: d.isOpen(d.on)}
}

func (d *Decider) explainOffer(o *Offer) OfferView {
	currency := o.Loan.Currency
	v := OfferView{
		Loan: o.Loan.ID, Currency: currency, Kind: o.Kind.String(), Rank: o.Rank, Months: o.Months, FirstDueOn: o.FirstDueOn, Until: o.Until, PayBy: o.PayBy,
		Waived: d.text(o.Waived, currency), Forgiven: d.text(o.Forgiven, currency), ExtraCost: d.text(o.ExtraCost, currency),
	}
	if o.HasRate {
		v.Rate = o.Rate.String()
	}
	if len(o.Lines) > 0 {
		v.Installment = d.text(o.Installment, currency)
	}
	if o.PayBy != civil.None {
		v.Pay = d.text(o.Pay, currency)
	}
	if o.HasTotal {
		v.TotalToPay = d.text(o.TotalToPay, currency)
	}
	return v
}

func (d *Decider) explainTasks(t *borrower.Treatment) []TaskView {
	list := []TaskView{}
	for i := range t.Tasks {
		k := &t.Tasks[i]
		if k.On <= d.on-windowMax {
			continue
		}
		reported := d.k.reported[k.Key]
		list = append(list, TaskView{
			Key: k.Key, On: k.On, Channel: k.Channel.String(), Attempts: k.Attempts, Loans: append([]string{}, k.Loans...), Reported: reported,
			Unreported: !reported && k.On <= d.night, RecalledOn: k.RecalledOn,
		})
	}
	return list
}

// text writes an amount with the digits of its currency, or more where it has them.
func (d *Decider) text(amount int64, currency string) string {
	digits, ok := money.Digits(currency)
	if unit := money.Pow10(max(d.Rules.Scale-digits, 0)); ok && amount%unit == 0 {
		return money.Amount(amount / unit).Text(min(digits, d.Rules.Scale))
	}
	return money.Amount(amount).Text(d.Rules.Scale)
}

// local writes an instant as in the borrower's home zone.
func (d *Decider) local(at int64) string {
	offset := d.Offset(d.k.home, at)
	sign, minutes := '+', offset/60
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%s%c%02d:%02d", clockAt(at, offset), sign, minutes/60, minutes%60)
}

// utc writes an instant as in UTC.
func utc(at int64) string { return clockAt(at, 0) + "Z" }

// clockAt writes what clocks show at an instant, so many seconds ahead of UTC.
func clockAt(at int64, offset int) string {
	const second, day = 1e6, 86400
	s := at/second + int64(offset)
	if at%second < 0 {
		s--
	}
	date := s / day
	if s %= day; s < 0 {
		date, s = date-1, s+day
	}
	return fmt.Sprintf("%sT%02d:%02d:%02d", civil.Date(date), s/3600, s/60%60, s%60)
}
