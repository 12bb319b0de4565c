package borrower

import (
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"testing"

	"daybook/ledger/civil"

	"pgregory.net/rapid"
)

// restraint says in the words of the contract what keeps a lender from contacting
// on a day: each hold by reason and loan, each channel that is refused, the case.
// endedCounts: whether a consent that has ended still is a channel's latest word;
// the contract does not say, and nothing may depend on it.
func restraint(s State, on civil.Date, reviewDays int, endedCounts bool) names {
	var events []Contact
	for _, c := range s.Contacts {
		if happened(s, c.ID, 0) {
			events = append(events, c)
		}
	}
	sort.SliceStable(events, func(i, j int) bool { // an unhold is before a hold of its instant, a consent before a refusal
		a, b := events[i], events[j]
		early := func(c Contact) bool { return c.Kind == "unhold" || c.Kind == "consent" }
		return a.At < b.At || a.At == b.At && early(a) && !early(b)
	})
	out := names{}
	for _, channel := range channelWords {
		refused, allowed := false, false
		for _, c := range events {
			all := !slices.Contains(channelWords[:], c.Channel)
			switch {
			case c.Kind == "opt_out" && (all || c.Channel == channel):
				refused, allowed = true, false
			case c.Kind == "consent" && c.Channel == channel && (endedCounts || c.Until == civil.None || c.Until > on):
				refused, allowed = false, c.Until == civil.None || c.Until > on
			}
		}
		if refused {
			out["refused "+channel] = true
		}
		if allowed {
			out["allowed "+channel] = true
		}
	}
	for _, channel := range channelWords { // the last attempt had a wrong number, and no later consent is in force
		wrong := int64(-1)
		var consent *Contact
		for i, c := range events {
			switch {
			case c.Kind == "attempt" && (c.Channel == channel || channel == "call" && !slices.Contains(channelWords[:], c.Channel)):
				if wrong = -1; c.Outcome == "wrong_number" {
					wrong = c.At
				}
			case c.Kind == "consent" && c.Channel == channel:
				consent = &events[i]
			}
		}
		if wrong >= 0 && (consent == nil || consent.At <= wrong || consent.Until != civil.None && consent.Until <= on) {
			out["wrong "+channel] = true
		}
	}
	latest := map[string]civil.Date{} // ends of the holds that stand, by reason and loan
	open := civil.None                // the case of hardship
	for _, c := range events {
		reason := c.Reason
		switch c.Kind {
		case "attempt", "inbound", "consent", "callback", "promise", "void", "opt_out":
			continue
		case "hardship":
			open = civil.Date(c.At/dayMicros) + civil.Date(reviewDays)
			continue
		case "complaint", "dispute", "cease", "represented":
			reason = c.Kind
		case "hold", "unhold":
			known := slices.Contains(strings.Fields("deceased bankruptcy fraud identity_theft breathing_space mental_health_crisis represented cease vulnerable "+
				"dispute complaint illness bereavement disaster plan legal"), reason)
			if !known && c.Kind != "unhold" {
				reason = "unknown_hold"
			}
		default:
			reason = "unknown_hold"
		}
		k := reason + "/" + c.Loan
		if c.Kind == "unhold" {
			delete(latest, k)
			if reason == "hardship" {
				open = civil.None
			}
			continue
		}
		end := civil.Max
		days, own := map[string]int{"breathing_space": 61, "illness": 30, "bereavement": 30, "disaster": 30, "mental_health_crisis": -1, "plan": -1}[reason]
		switch {
		case own && c.Until != civil.None:
			end = c.Until
		case own && days > 0:
			end = civil.Date(c.At/dayMicros) + civil.Date(days)
		}
		latest[k] = max(latest[k], end)
	}
	for k, end := range latest {
		if on < end {
			out["held "+k] = true
		}
	}
	if on < open {
		out["case"] = true
	}
	return out
}

// happened reports whether no void that happened names a row. Voids that name each
// other in a ring did not happen.
func happened(s State, id string, depth int) bool {
	if depth > len(s.Contacts) {
		return false
	}
	for _, v := range s.Contacts {
		if v.Kind == "void" && v.Target == id && happened(s, v.ID, depth+1) {
			return false
		}
	}
	return true
}

func drawHistory(t *rapid.T) State {
	var s State
	s.HadLoan = true
	for i := range rapid.IntRange(0, 10).Draw(t, "contacts") {
		day := civil.Date(rapid.IntRange(20000, 20010).Draw(t, "day"))
		c := Contact{ID: fmt.Sprint("C", i), At: int64(day) * dayMicros, PromisedOn: day, Until: civil.None, Night: day,
			Kind:    pick(t, "kind", "hold", "hold", "unhold", "unhold", "opt_out", "opt_out", "consent", "consent", "hardship", "void", "void", "cease", "attempt", "attempt", "promise", "signal"),
			Channel: pick(t, "channel", "", "call", "sms", "fax"), Loan: pick(t, "loan", "", "L1"),
			Reason: pick(t, "reason", "", "illness", "plan", "dispute", "cease", "because", "hardship", "breathing_space")}
		if c.Kind == "attempt" {
			c.Outcome = pick(t, "outcome", "wrong_number", "wrong_number", "no_answer", "")
		}
		if c.Kind == "hold" && c.Reason == "hardship" {
			c.Reason = "legal"
		}
		if rapid.Bool().Draw(t, "until?") {
			c.Until = day + civil.Date(rapid.IntRange(0, 400).Draw(t, "until"))
		}
		if c.Kind == "void" {
			c.Target = fmt.Sprint("C", rapid.IntRange(0, 10).Draw(t, "target"))
		}
		s.Contacts = append(s.Contacts, c)
	}
	slices.SortFunc(s.Contacts, compareContacts)
	return s
}

// Whatever is erased, all that restrains contact on some later day still does, and
// what is allowed is what was.
func TestRetentionNeverLiftsARestraint(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawHistory(t)
		n := nightOf(20000 + civil.Date(rapid.IntRange(0, 700).Draw(t, "later")))
		before := clone(s)
		got := Expire(s, true, &Treatment{}, n)
		if !reflect.DeepEqual(s, before) {
			t.Fatal("Expire changes what it is given")
		}
		for _, later := range []civil.Date{0, 1, 30, 100, 500} {
			for _, counts := range []bool{true, false} {
				want, has := restraint(s, n.Date+later, n.ReviewDays, counts), restraint(got, n.Date+later, n.ReviewDays, counts)
				for code := range want {
					if !has[code] {
						t.Fatalf("%d days later %v, was %v\nof   %+v\nleft %+v", later, has, want, s.Contacts, got.Contacts)
					}
				}
				for code := range has {
					if !want[code] && strings.HasPrefix(code, "allowed ") {
						t.Fatalf("%d days later %v, was %v\nof   %+v\nleft %+v", later, has, want, s.Contacts, got.Contacts)
					}
				}
			}
		}
		if again := Expire(got, true, &Treatment{}, n); !reflect.DeepEqual(again, got) {
			t.Fatalf("once more: %+v, was %+v", again, got)
		}
		last := civil.None
		for _, c := range s.Contacts {
			last = max(last, c.Day())
			if kept := slices.Contains(got.Contacts, c); c.Kind == "promise" && n.Date-c.PromisedOn <= 180 && !kept && happened(s, c.ID, 0) {
				t.Fatalf("the promise of %s is erased on %s", c.PromisedOn, n.Date)
			}
		}
		if n.Date-last <= testRetention && !reflect.DeepEqual(got, s) {
			t.Fatal("something is erased before the retention is over")
		}
	})
}

func contactOf(kind string, day civil.Date, change func(*Contact)) Contact {
	c := Contact{ID: kind + day.String(), Kind: kind, At: int64(day) * dayMicros, PromisedOn: civil.None, Until: civil.None, Night: day}
	if change != nil {
		change(&c)
	}
	return c
}

// What nothing can need goes when the retention is over, and not before.
func TestRetention(t *testing.T) {
	const day = civil.Date(20000)
	call := func(c *Contact) { c.Channel = "call" }
	wrong := func(c *Contact) { c.Channel, c.Outcome = "call", "wrong_number" }
	for _, x := range []struct {
		name string
		left int // contacts, 1,000 days later
		rows []Contact
	}{
		{"talk", 0, []Contact{contactOf("attempt", day, nil), contactOf("inbound", day+1, nil), contactOf("callback", day+2, nil)}},
		{"a refusal", 1, []Contact{contactOf("opt_out", day, call), contactOf("attempt", day, nil)}},
		{"a refusal that was taken back", 1, []Contact{contactOf("opt_out", day, call), contactOf("consent", day+1, call)}},
		{"a refusal that was taken back for a time", 2, []Contact{contactOf("opt_out", day, call), contactOf("consent", day+1, func(c *Contact) { c.Channel, c.Until = "call", day+9 })}},
		{"a consent that another one ended", 2, []Contact{contactOf("consent", day, call), contactOf("consent", day+1, func(c *Contact) { c.Channel, c.Until = "call", day+9 })}},
		{"a refusal of all", 2, []Contact{contactOf("opt_out", day, nil), contactOf("consent", day+1, call)}},
		{"a hold", 1, []Contact{contactOf("cease", day, nil)}},
		{"a hold that was lifted", 0, []Contact{contactOf("cease", day, nil), contactOf("unhold", day+1, func(c *Contact) { c.Reason = "cease" })}},
		{"a hold lifted at its instant", 1, []Contact{contactOf("cease", day, nil), contactOf("unhold", day, func(c *Contact) { c.Reason = "cease" })}},
		{"a hold that was lifted for a loan", 1, []Contact{contactOf("cease", day, nil), contactOf("unhold", day+1, func(c *Contact) { c.Reason, c.Loan = "cease", "L1" })}},
		{"a hold whose lifting never happened", 1, []Contact{contactOf("cease", day, func(c *Contact) { c.ID = "C1" }),
			contactOf("unhold", day+1, func(c *Contact) { c.Reason, c.ID = "cease", "C2" }), contactOf("void", day+2, func(c *Contact) { c.Target = "C2" })}},
		{"a hold that never happened", 0, []Contact{contactOf("cease", day, func(c *Contact) { c.ID = "C1" }), contactOf("void", day+2, func(c *Contact) { c.Target = "C1" })}},
		{"a hold whose void never happened", 3, []Contact{contactOf("cease", day, func(c *Contact) { c.ID = "C1" }),
			contactOf("void", day+1, func(c *Contact) { c.ID, c.Target = "C2", "C1" }), contactOf("void", day+2, func(c *Contact) { c.ID, c.Target = "C3", "C2" })}},
		{"an illness", 0, []Contact{contactOf("hold", day, func(c *Contact) { c.Reason = "illness" })}},
		{"an illness until far off", 1, []Contact{contactOf("hold", day, func(c *Contact) { c.Reason, c.Until = "illness", day+2000 })}},
		{"a dispute with a date for review", 1, []Contact{contactOf("dispute", day, func(c *Contact) { c.Until = day + 10 })}},
		{"a case and a promise", 0, []Contact{contactOf("hardship", day, nil), contactOf("promise", day, func(c *Contact) { c.PromisedOn = day + 5 })}},
		{"a wrong number", 1, []Contact{contactOf("attempt", day-9, call), contactOf("attempt", day, wrong), contactOf("attempt", day+1, func(c *Contact) { c.Channel = "sms" })}},
		{"a wrong number that then was right", 0, []Contact{contactOf("attempt", day, wrong), contactOf("attempt", day+1, call)}},
		{"a wrong number and a consent", 1, []Contact{contactOf("attempt", day, wrong), contactOf("consent", day+1, call)}},
		{"a wrong number and a consent for a time", 2, []Contact{contactOf("attempt", day, wrong), contactOf("consent", day+1, func(c *Contact) { c.Channel, c.Until = "call", day+9 })}},
		{"a wrong number that never was", 0, []Contact{contactOf("attempt", day, wrong), contactOf("void", day+2, func(c *Contact) { c.Target = "attempt" + day.String() })}},
		{"a word nobody knows", 1, []Contact{contactOf("signal", day, nil)}},
	} {
		s := State{HadLoan: true, Contacts: x.rows}
		slices.SortFunc(s.Contacts, compareContacts)
		n := nightOf(day + 1000)
		if got := Expire(s, true, &Treatment{}, n); len(got.Contacts) != x.left {
			t.Errorf("%s: %d contacts are left of %d, want %d: %+v", x.name, len(got.Contacts), len(x.rows), x.left, got.Contacts)
		}
		n.RetentionDays = 1000
		if got := Expire(s, true, &Treatment{}, n); !reflect.DeepEqual(got, s) {
			t.Errorf("%s: erased within the retention", x.name)
		}
	}
}

// The task from which an attempt has its channel stays with it: without it a wrong number of messages were one of calls.
func TestWrongNumberOfATask(t *testing.T) {
	const day = civil.Date(20000)
	tasks := NoTreatment()
	tasks.Tasks = []Task{{On: day - 2, Channel: Call, Key: "K1", RecalledOn: civil.None}, {On: day, Channel: SMS, Key: "K2", RecalledOn: civil.None}}
	reports := func(key, outcome string) func(*Contact) {
		return func(c *Contact) { c.TaskKey, c.Outcome = key, outcome }
	}
	s := State{HadLoan: true, Contacts: []Contact{contactOf("attempt", day-2, reports("K1", "no_answer")), contactOf("attempt", day, reports("K2", "wrong_number"))}}
	n := nightOf(day + 2000)
	got := Expire(s, true, &tasks, n)
	if !reflect.DeepEqual(got.Contacts, s.Contacts[1:]) {
		t.Errorf("left: %+v", got.Contacts)
	}
	left, dropped := tasks.Expire(&got, true, n)
	if !reflect.DeepEqual(left.Tasks, tasks.Tasks[1:]) || !slices.Equal(dropped, []string{"K1"}) {
		t.Errorf("left: %+v, dropped: %v", left.Tasks, dropped)
	}
	if again := Expire(got, true, &left, n); !reflect.DeepEqual(again, got) {
		t.Errorf("once more: %+v", again)
	}
}

// A borrower whose loans are gone is erased; one who never had any waits, and flags
// stay as long as there are loans.
func TestRetentionOfBorrowers(t *testing.T) {
	s := State{HadLoan: true, Record: &Record{AsOf: 20000, Night: 20000}, Flags: []Flag{{Name: "watch", From: 19000, Until: 19001, Night: 20002}},
		Contacts: []Contact{contactOf("opt_out", 20001, nil)}}
	over := nightOf(20003 + testRetention + marginDays)
	if got := Expire(s, false, &Treatment{}, over); !reflect.DeepEqual(got, State{}) {
		t.Errorf("left: %+v", got)
	}
	within := nightOf(20002 + testRetention + marginDays)
	if got := Expire(s, false, &Treatment{}, within); !reflect.DeepEqual(got, s) {
		t.Errorf("within the retention: %+v", got)
	}
	if got := Expire(s, true, &Treatment{}, nightOf(30000)); !reflect.DeepEqual(got, s) {
		t.Errorf("with a loan: %+v", got)
	}
	s.HadLoan = false
	if got := Expire(s, false, &Treatment{}, nightOf(30000)); !reflect.DeepEqual(got, s) {
		t.Errorf("without a loan ever: %+v", got)
	}
}
