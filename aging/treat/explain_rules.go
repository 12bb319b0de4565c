package treat

import (
	"fmt"
	"slices"
	"strings"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// A RuleView is one rule that may forbid a contact, and whether it does on the contact day.
type RuleView struct {
	Code      string     `json:"reason_code"`
	Rule      string     `json:"rule"`
	Scope     string     `json:"scope"`   // borrower, loan or channel
	Loan      string     `json:"loan_id"` // empty: none
	Channel   string     `json:"channel"` // empty: none; of a rule of channels that no channel of the step is asked for it
	Held      bool       `json:"held"`
	OtherLoan bool       `json:"other_loan"` // it holds a loan of which nothing is asked tonight
	Citation  string     `json:"citation"`
	Facts     string     `json:"facts"`
	LiftsOn   civil.Date `json:"lifts_on"`
	Limit     *LimitView `json:"limit"` // of a cap or a wait; else nil
}

// A LimitView is how many contacts a rule counts, and how many it takes to hold.
type LimitView struct {
	Measure string        `json:"measure"`
	Count   int           `json:"count"`
	Max     int           `json:"max"`
	From    civil.Date    `json:"from"` // the days that are counted, both included
	To      civil.Date    `json:"to"`
	Counted []CountedView `json:"counted"`
}

// A CountedView is a contact that is counted.
type CountedView struct {
	On      civil.Date `json:"on"`
	Channel string     `json:"channel"`
	Count   int        `json:"count"`
}

// ofChannels are the codes of rules of channels, with the channels that each may block.
var ofChannels = map[string]Channels{
	"time_zone_unknown": Timed, "no_common_hours": Timed, "closed_day": All, "no_consent": All, "opted_out": All, "wrong_number": All,
	"military": Of(borrower.Legal), "time_barred": Of(borrower.Legal),
}

// explainRules returns all rules in the order of the table, those that hold as a suppressed
// borrower's reasons are found.
func (d *Decider) explainRules(p *Person, x *Decision) []RuleView {
	d.recalled = d.recalled || !asked(x.Due) // nothing is past due
	d.lookNow(p)
	if x.Step != nil {
		for _, channel := range x.Step.Channels {
			d.lookChannel(p, channel, x.Covered, d.on)
		}
	}
	held := d.inOrder()
	type rule struct {
		reasonKey
		RuleView
	}
	var list []rule
	for i, r := range d.reasons(p, held, nil) {
		k := &held[i].reasonKey
		v := d.explainRule(k)
		v.Held, v.OtherLoan, v.Citation, v.Facts, v.LiftsOn = true, len(x.Due) > 0 && !x.concerns(k), r.Citation, r.Facts, r.LiftsOn
		list = append(list, rule{*k, v})
	}
	for _, k := range d.ruleKeys(x, held) {
		v := d.explainRule(&k)
		v.Facts = d.silentFacts(p, x, &k)
		list = append(list, rule{k, v})
	}
	slices.SortStableFunc(list, func(a, b rule) int { return a.compare(&b.reasonKey) })
	views := make([]RuleView, len(list))
	for i := range list {
		views[i] = list[i].RuleView
	}
	return views
}

// explainRule says of a rule all but whether it holds.
func (d *Decider) explainRule(k *reasonKey) RuleView {
	v := RuleView{Code: k.Code, Rule: k.Rule, Scope: k.Scope.String(), Loan: k.Loan, Citation: d.cite(k), LiftsOn: civil.None, Limit: d.limit(k)}
	if k.Channel != NoChannel {
		v.Channel = k.Channel.String()
	}
	return v
}

// ruleKeys returns the rules that do not hold: each code of which nothing does, and each rule
// of a channel for the channels of the step.
func (d *Decider) ruleKeys(x *Decision, held []found) (list []reasonKey) {
	add := func(scope Scope, code, rule, loan string, channel borrower.Channel) {
		k := reasonKey{placeOf[code], scope, code, rule, loan, channel}
		if !slices.ContainsFunc(held, func(f found) bool { return f.reasonKey == k }) && !slices.Contains(list, k) {
			list = append(list, k)
		}
	}
	channels := func(of Channels) (list []borrower.Channel) {
		if x.Step != nil {
			for _, c := range x.Step.Channels {
				if of.Has(c) {
					list = append(list, c)
				}
			}
		}
		if list == nil {
			list = append(list, NoChannel)
		}
		return list
	}
	loans := func(each bool) (list []string) {
		if !each {
			return []string{""}
		}
		for _, l := range x.Covered {
			list = append(list, l.ID)
		}
		if list == nil {
			list = append(list, "")
		}
		return list
	}
	for _, code := range blockers {
		of, is := ofChannels[code]
		switch {
		case code == "wait", code == "cap":
		case is:
			for _, c := range channels(of) {
				add(OfChannel, code, code, "", c)
			}
		case !slices.ContainsFunc(held, func(f found) bool { return f.Code == code }):
			add(OfBorrower, code, code, "", NoChannel)
		}
	}
	limits := func(code, name string, in Span, of Channels, perLoan bool) {
		if !in.holds(d.on) {
			return
		}
		for _, c := range channels(of) {
			for _, loan := range loans(perLoan) {
				add(OfChannel, code, name, loan, c)
			}
		}
	}
	for i := range d.k.rules.Waits {
		w := &d.k.rules.Waits[i]
		limits("wait", w.Name, w.Span, w.Channels, w.PerLoan)
	}
	for i := range d.k.rules.Caps {
		c := &d.k.rules.Caps[i]
		limits("cap", c.Name, c.Span, c.Channels, c.PerLoan)
	}
	return list
}

// limit returns what the cap or the wait of a rule counts on the contact day, or nil.
func (d *Decider) limit(k *reasonKey) *LimitView {
	switch k.Code {
	case "cap":
		if c := d.capOf(k); c != nil {
			v := &LimitView{Measure: c.Measure.String(), Count: d.countOf(c, k.Loan, d.on), Max: c.Max, From: c.first(d.on), To: d.on, Counted: []CountedView{}}
			for i := range d.k.touches {
				t := &d.k.touches[i]
				if n := c.of(t, k.Loan, d.on); n > 0 {
					v.Counted = append(v.Counted, CountedView{t.dateIn(v.From, v.To), t.channel.String(), n})
				}
			}
			slices.SortStableFunc(v.Counted, func(a, b CountedView) int { return int(a.On) - int(b.On) })
			return v
		}
	case "wait":
		if w := d.waitOf(k); w != nil {
			v := &LimitView{Measure: Conversations.String(), Max: 1, From: d.on - civil.Date(w.Days-1), To: d.on, Counted: []CountedView{}}
			if last := d.lastTalk(w, k.Loan); last != civil.None && last >= v.From {
				v.Count, v.Counted = 1, append(v.Counted, CountedView{last, d.talkOn(w, k.Loan, last), 1})
			}
			return v
		}
	}
	return nil
}

func (d *Decider) capOf(k *reasonKey) *Cap {
	list := d.k.rules.Caps
	if i := slices.IndexFunc(list, func(c Cap) bool { return c.Name == k.Rule && c.Span.holds(d.on) }); i >= 0 {
		return &list[i]
	}
	return nil
}

func (d *Decider) waitOf(k *reasonKey) *Wait {
	list := d.k.rules.Waits
	if i := slices.IndexFunc(list, func(w Wait) bool { return w.Name == k.Rule && w.Span.holds(d.on) }); i >= 0 {
		return &list[i]
	}
	return nil
}

// talkOn returns the channel of the conversation of a day that a wait is of.
func (d *Decider) talkOn(w *Wait, loan string, on civil.Date) string {
	for i := range d.k.touches {
		t := &d.k.touches[i]
		if t.Conversations > 0 && w.Channels.Has(t.channel) && (loan == "" || t.about(loan)) && t.latest() == on {
			return t.channel.String()
		}
	}
	return ""
}

// dateIn returns the first of a contact's dates that is within some days.
func (t *touch) dateIn(from, to civil.Date) civil.Date {
	for _, d := range t.dates[:t.zones] {
		if from <= d && d <= to {
			return d
		}
	}
	return t.dates[0]
}

// noLoan is what a rule by loan met where no loan is asked for.
const noLoan = "no_loan_asked_for=true"

// silentFacts says what a rule met that does not hold.
func (d *Decider) silentFacts(p *Person, x *Decision, k *reasonKey) string {
	_, is := ofChannels[k.Code]
	if (is || k.Code == "wait" || k.Code == "cap") && k.Channel == NoChannel {
		if x.Step == nil {
			return "no_step=true"
		}
		return "channel_not_in_step=true"
	}
	switch k.Code {
	case "promise_pending":
		if len(d.k.promises) > 0 {
			return fmt.Sprintf("broken=%d; broken_max=%d", d.k.broken, d.Rules.Promises.BrokenMax)
		}
	case "agency":
		if t := d.placement(p); t != nil {
			return "placed_on=" + t.On.String() + "; recalled=true"
		}
	case "cool_off":
		var list []string
		for _, q := range d.quiet() {
			if q.last != civil.None {
				list = append(list, q.facts())
			}
		}
		return strings.Join(list, "; ")
	case "time_zone_unknown", "no_common_hours":
		return "zones=" + strings.Join(d.k.zones, ",")
	case "closed_day":
		if open, close := d.hours(k.Channel, d.on, p.State.Record); Timed.Has(k.Channel) && open < close {
			return "hours=" + clock(open) + "-" + clock(close)
		}
	case "no_consent":
		required := slices.ContainsFunc(d.k.rules.Consents, func(c Consent) bool { return c.Span.holds(d.on) && c.Channels.Has(k.Channel) })
		return fmt.Sprintf("required=%t; consent=%t", required, d.k.words[k.Channel].allows(d.on))
	case "wait":
		if w := d.waitOf(k); w != nil {
			if w.PerLoan && k.Loan == "" {
				return noLoan
			}
			if last := d.lastTalk(w, k.Loan); last != civil.None {
				return w.facts(last)
			}
		}
	case "cap":
		if c := d.capOf(k); c != nil {
			if c.PerLoan && k.Loan == "" {
				return noLoan
			}
			return c.facts(d.countOf(c, k.Loan, d.on))
		}
	}
	return ""
}
