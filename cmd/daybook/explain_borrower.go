package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/reports"
)

func (a *app) explainBorrower(ctx context.Context, r *lookup.Reader, id string) error {
	v, err := r.Borrower(ctx, id)
	if err != nil {
		return err
	}
	a.print(v, func() { a.printBorrower(v) })
	return nil
}

// ruleWords say of each reason code what it means that the rule holds.
var ruleWords = map[string]string{
	"deceased": "the borrower has died", "bankruptcy": "the borrower is bankrupt", "fraud": "fraud or a stolen identity is being looked into",
	"breathing_space": "the borrower is in a breathing space", "mental_health_crisis": "the borrower is in a mental health crisis",
	"represented": "somebody represents the borrower", "cease": "the borrower asked not to be contacted", "vulnerable": "the borrower is vulnerable",
	"dispute": "the debt is disputed", "complaint": "a complaint is open", "illness": "the borrower is ill", "bereavement": "the borrower is bereaved",
	"disaster": "the borrower was struck by a disaster", "plan": "an agreed plan is being kept", "promise_pending": "a promise to pay is still open",
	"legal": "counsel or a court has it", "agency": "it is placed with an agency", "unknown_hold": "it is held, for a reason that nobody knows",
	"unknown_flag": "there is a flag that nobody knows", "jurisdiction_unknown": "nobody knows whose law binds",
	"hardship_review": "the borrower is in hardship, and nothing can be offered", "cool_off": "the last contact was too short ago",
	"time_zone_unknown": "nobody knows what time it is at the borrower's", "no_common_hours": "no hour is lawful in all of the borrower's zones",
	"closed_day": "the day is closed", "no_consent": "there is no consent to it", "opted_out": "the borrower has opted out", "wrong_number": "the number was wrong",
	"military": "the borrower serves in the military", "time_barred": "the debt is time-barred", "wait": "the last conversation was too short ago",
	"cap": "it was done as often as allowed", "too_many_loans": "the borrower has more loans than are looked at",
	"recovered": "all that was charged off is recovered",
}

// placeWords say why a borrower is not due.
var placeWords = map[string]string{
	"no_step": "The policy has no step for this borrower now: nothing is to be done.", "cadence": "It is too soon after the last contact.",
	"uneconomic": "A contact would cost more than it is expected to bring.",
}

func (a *app) printBorrower(v *lookup.BorrowerView) {
	a.printf("borrower %s on %s (%s), as the night of %s decided; policy %s %.12s\n\n", v.BorrowerID, v.On, weekdays[v.On.Weekday()], v.AsOf, v.Policy, v.PolicyDigest)
	a.printPlace(v)
	a.printWho(v)
	a.printDue(v)
	a.printTreatment(v)
	a.printPromises(v)
	a.printRules(v)
	a.printTasks(v)
}

// weekdays are as [civil.Date.Weekday] counts.
var weekdays = func() (names [7]string) {
	for i, name := range []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"} {
		names[(civil.Of(2026, 11, 23) + civil.Date(i)).Weekday()] = name
	}
	return names
}()

// printPlace says first what it comes to.
func (a *app) printPlace(v *lookup.BorrowerView) {
	p := &v.Place
	switch p.Place {
	case "task":
		a.printf("There is a task: %s. Its key is %s.\n", p.Channel, p.TaskKey)
		a.printWindow(v)
	case "below_capacity":
		a.printf("The borrower may be contacted, and no channel had capacity left; first would be: %s.\n", p.Channel)
		if p.TimesBelow > 0 {
			a.printf("So it was on %s before this one since the last task.\n", plural(p.TimesBelow, "night"))
		}
	case "not_due":
		a.printf("%s\n", placeWords[p.Code])
		if p.NextOn != civil.None {
			a.printf("The next contact is due on %s.\n", p.NextOn)
		}
	case "suppressed":
		a.printf("The borrower is not to be contacted.\n")
		if p.EarliestLocal != "" {
			a.printf("By what is known now, the first contact may be at %s.\n", when(p.EarliestLocal))
		} else {
			a.printf("By what is known now, nothing says when that ends.\n")
		}
	default:
		a.printf("Nothing is to be done: nothing is past due, and there is nothing to be reminded of.\n")
	}
	if p.Differs {
		a.printf("This release would decide otherwise than the night did: daybook verify proves the book.\n")
	}
	first := true
	for _, r := range v.Rules {
		if r.Held {
			if first && p.Place != "suppressed" {
				a.printf("Not all is allowed:\n")
			}
			first = false
			a.printf("  - %s%s%s\n", ruleWords[r.Code], about(r.Code, r.Rule, r.Channel, r.Loan), lifts(r.LiftsOn))
		}
	}
}

func (a *app) printWindow(v *lookup.BorrowerView) {
	if v.Treatment.Step == nil {
		return
	}
	for _, w := range v.Treatment.Step.Channels {
		if w.Channel == v.Place.Channel && w.Latest != "" {
			a.printf("From %s, before %s; %s at most.\n", when(w.Earliest), when(w.Latest), plural(w.Attempts, "attempt"))
		}
	}
}

// when writes a local instant as people do.
func when(local string) string {
	at, err := time.Parse(time.RFC3339, local)
	if err != nil {
		return local
	}
	return at.Format("2006-01-02 15:04 (-07:00)")
}

// about says of what a rule holds.
func about(code, rule, channel, loan string) string {
	var list []string
	if rule != code {
		list = append(list, "rule "+rule)
	}
	if channel != "" {
		list = append(list, channel)
	}
	if loan != "" {
		list = append(list, "loan "+loan)
	}
	if list == nil {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}

func lifts(on civil.Date) string {
	if on == civil.None {
		return ""
	}
	return "; no more from " + on.String()
}

func (a *app) printWho(v *lookup.BorrowerView) {
	w := &v.Who
	a.printf("\nwho\n")
	if !w.HasRecord {
		a.printf("  %-23s the book has none\n", "record")
	}
	law := w.Jurisdiction
	if !w.HasLaw {
		law += ", of which no law is known"
	}
	zones := strings.Join(w.Zones, ", ")
	if !w.ZonesKnown {
		zones = "not known; days are those of " + w.Home
	}
	hours := ""
	if w.From != "" || w.Until != "" {
		hours = "from " + orWord(w.From, "any time") + " until " + orWord(w.Until, "any time")
	}
	for _, x := range [][2]string{
		{"record_as_of", w.AsOf.String()}, {"law", law}, {"time_zones", zones}, {"home_zone", w.Home}, {"own_hours", hours}, {"language", w.Language},
		{"loans_in_book", count(v.LoansInBook)},
	} {
		if x[1] != "" {
			a.printf("  %-23s %s\n", x[0], x[1])
		}
	}
}

// orWord is a text, or a word where it is empty.
func orWord(s, word string) string {
	if s == "" {
		return word
	}
	return s
}

func (a *app) printDue(v *lookup.BorrowerView) {
	if len(v.Loans) == 0 {
		return
	}
	a.printf("\nloans that it is about\n")
	var rows [][]string
	for _, l := range v.Loans {
		asked := "yes"
		if !l.Covered {
			asked = "no: " + l.Withheld
		}
		if l.Worst {
			asked += ", the worst"
		}
		rows = append(rows, []string{
			l.ID, l.Currency, fmt.Sprint(l.DaysPastDue), fmt.Sprint(l.DelinquentDays), l.Bucket, reports.Grouped(l.PastDue), reports.Grouped(l.Total),
			fmt.Sprint(l.Score), l.NextDueOn.String(), reports.Grouped(l.NextDue), asked,
		})
	}
	a.table([]column{
		words("loan"), words("currency"), figures("days past due"), figures("delinquent"), words("bucket"), figures("past due"), figures("outstanding"),
		figures("score"), words("next due"), figures("amount"), words("may be asked for"),
	}, rows)
}

func (a *app) printTreatment(v *lookup.BorrowerView) {
	t := &v.Treatment
	if t.Class == "" {
		return
	}
	a.printf("\nhow the policy treats the borrower\n")
	line := func(name, text string) {
		if text != "" {
			a.printf("  %-23s %s\n", name, text)
		}
	}
	line("segment", t.Segment)
	line("arm", t.Arm)
	line("broken_promises", count(t.BrokenPromises))
	line("unanswered", count(t.Unanswered))
	if t.Value != "" {
		line("value", t.Value+" "+t.Currency)
	}
	s := t.Step
	if s == nil {
		line("step", "none")
		return
	}
	from := "outside of the ladders"
	if s.From != nil {
		from = fmt.Sprintf("from %d delinquent days", *s.From)
	}
	line("step", fmt.Sprintf("%s, template %s, %s, every %s, at most %s, recovers %s", from, s.Template, s.Tone, plural(s.Every, "day"), plural(s.Attempts, "attempt"), s.Recover))
	line("education", s.Education)
	line("last_contact", t.LastContact.String())
	line("next_contact_from", t.NextOn.String())
	for _, w := range s.Channels {
		switch {
		case !w.Open:
			line("channel "+w.Channel, "closed: "+strings.Join(w.Blocked, ", "))
		case w.Earliest != "":
			line("channel "+w.Channel, fmt.Sprintf("open from %s, before %s; %s", when(w.Earliest), when(w.Latest), plural(w.Attempts, "attempt")))
		default:
			line("channel "+w.Channel, "open")
		}
	}
}

// printPromises says what the borrower promised, and what is offered to one in hardship.
func (a *app) printPromises(v *lookup.BorrowerView) {
	var rows [][]string
	for _, p := range v.Promises {
		holds := ""
		if p.Holds {
			holds = "yes"
		}
		rows = append(rows, []string{
			p.ID, p.Loan, p.Currency, reports.Grouped(p.Amount), amount(p.Paid), p.MadeOn.String(), p.PromisedOn.String(), p.Deadline.String(),
			strings.ReplaceAll(p.Status, "_", " "), p.DecidedOn.String(), holds,
		})
	}
	if rows != nil {
		a.printf("\npromises\n")
		a.table([]column{
			words("promise"), words("loan"), words("currency"), figures("amount"), figures("paid"), words("made on"), words("promised for"), words("deadline"),
			words("status"), words("decided on"), words("keeps us silent"),
		}, rows)
	}
	if h := v.Hardship; h != nil {
		state := "open"
		if !h.Open {
			state = "over"
		}
		a.printf("\nhardship: %s, opened on %s, ends on %s: %s\n", h.Reason, h.OpenedOn, h.EndsOn, state)
	}
	rows = nil
	for _, o := range v.Offers {
		rows = append(rows, []string{
			o.Loan, fmt.Sprint(o.Rank), strings.ReplaceAll(o.Kind, "_", " "), o.Currency, amount(fmt.Sprint(o.Months)), o.FirstDueOn.String(), amount(o.Installment),
			amount(o.Waived), amount(o.Forgiven), amount(o.TotalToPay),
		})
	}
	if rows != nil {
		a.printf("\noffers\n")
		a.table([]column{
			words("loan"), figures("rank"), words("offer"), words("currency"), figures("months"), words("first due"), figures("instalment"), figures("waived"),
			figures("forgiven"), figures("to pay"),
		}, rows)
	}
}

// factWords say why a rule of channels or loans was not asked.
var factWords = map[string]string{
	"no_step=true": "no channel is asked for: there is no step", "channel_not_in_step=true": "not a channel of the step",
	"no_loan_asked_for=true": "no loan is asked for",
}

// printRules lists all rules, those that hold with a mark.
func (a *app) printRules(v *lookup.BorrowerView) {
	a.printf("\nevery rule, in the order of the table\n")
	var rows [][]string
	for _, r := range v.Rules {
		name, holds, counted := r.Code, "", ""
		if r.Rule != r.Code {
			name += ": " + r.Rule
		}
		if r.Held {
			holds = "holds"
		}
		if l := r.Limit; l != nil {
			counted = fmt.Sprintf("%d of %d %s from %s to %s", l.Count, l.Max, l.Measure, l.From, l.To)
			for i, c := range l.Counted {
				sep := ", "
				if i == 0 {
					sep = ": "
				}
				counted += fmt.Sprintf("%s%s %s", sep, c.On, c.Channel)
				if c.Count != 1 {
					counted += fmt.Sprintf(" (%d)", c.Count)
				}
			}
		} else {
			counted = r.Facts
		}
		if word := factWords[r.Facts]; word != "" {
			counted = word
		}
		rows = append(rows, []string{name, holds, r.Channel, r.Loan, counted, r.LiftsOn.String(), r.Citation})
	}
	a.table([]column{words("rule"), words(""), words("channel"), words("loan"), words("what it met"), words("lifts on"), words("source")}, rows)
}

func (a *app) printTasks(v *lookup.BorrowerView) {
	if len(v.Tasks) == 0 {
		return
	}
	a.printf("\ntasks of the last 92 days\n")
	var rows [][]string
	for _, k := range v.Tasks {
		state := "for the day to come"
		switch {
		case k.RecalledOn != civil.None:
			state = "recalled on " + k.RecalledOn.String()
		case k.Reported:
			state = "reported"
		case k.Unreported:
			state = "not reported: counts as " + plural(k.Attempts, "attempt")
		}
		rows = append(rows, []string{k.On.String(), k.Channel, fmt.Sprint(k.Attempts), strings.Join(k.Loans, ", "), k.Key, state})
	}
	a.table([]column{words("day"), words("channel"), figures("attempts"), words("loans"), words("key"), words("")}, rows)
}
