package borrower

import (
	"slices"

	"daybook/ledger/civil"
)

const (
	dayMicros = 86400 * 1e6

	// afterEndDays is how long promises and cases are kept after their end.
	afterEndDays = 180

	// marginDays is added to every day that is counted in UTC: no place's date is
	// further from it.
	marginDays = 2
)

// selfEnding are the reasons of holds that end by themselves: at their stated end,
// or, where that is not said, so many days after; 0: only at a stated one.
var selfEnding = map[string]int{
	"breathing_space": 61, "mental_health_crisis": 0, "illness": 30, "bereavement": 30, "disaster": 30, "plan": 0,
}

// EndsItself reports whether holds of a reason end by themselves: at their stated end or,
// where that is not said, so many days after; 0: only at a stated one.
// Source: collections.md, section 4.
func EndsItself(reason string) (days int, ends bool) {
	days, ends = selfEnding[reason]
	return days, ends
}

// Expire returns what is still to be kept of a borrower on a night. Contacts are
// kept whole for the days of the retention after the last of them; then those go
// that nothing can need any more. What may still restrain contact stays: refusals
// and holds that were not taken back, consents, an attempt that is a channel's last and
// reached a wrong number, open cases, and promises and cases until 180 days after their end.
// Flags stay, since what a loan was on an earlier day depends on them. A borrower whose loans
// are all gone is erased whole; one who never had a loan waits for it.
//
// A task that was exported is a contact, too, and t has all that are kept of his.
func Expire(s State, hasLoan bool, t *Treatment, n *Night) State {
	last := max(t.LastTask(), s.lastContact())
	if !hasLoan && s.HadLoan && n.over(max(last, s.lastWord())) {
		return State{}
	}
	if len(s.Contacts) == 0 || !n.over(last) {
		return s
	}
	w := s.weigh(t)
	var contacts []Contact
	for i := range s.Contacts {
		if c := &s.Contacts[i]; w.needed(c, n) {
			contacts = append(contacts, *c)
		}
	}
	s.Contacts = slices.Clip(contacts)
	return s
}

// over reports whether the retention is over since a day; [civil.None]: there was none.
func (n *Night) over(d civil.Date) bool {
	return d == civil.None || int(n.Date-d) > n.RetentionDays+marginDays
}

// lastContact returns the day of the last contact; [civil.None] without one.
func (s *State) lastContact() civil.Date {
	last := civil.None
	for i := range s.Contacts {
		last = max(last, s.Contacts[i].Day())
	}
	return last
}

// Expire returns what is still to be kept of a treatment on a night, and the keys of the
// tasks that are not: of all, once the retention is over since the last contact, but for
// placements that are not recalled, and tasks from which an attempt that is kept has its
// channel. s is what is still kept of the borrower; where he is not there any more, nothing stays.
func (t Treatment) Expire(s *State, isThere bool, n *Night) (_ Treatment, dropped []string) {
	if len(t.Tasks) == 0 || !n.over(max(t.LastTask(), s.lastContact())) {
		return t, nil
	}
	named := map[string]bool{}
	for i := range s.Contacts {
		if c := &s.Contacts[i]; c.Meaning() == Attempt {
			named[c.TaskKey] = true
		}
	}
	var kept []Task
	for _, task := range t.Tasks {
		if isThere && (named[task.Key] || task.Channel == Agency && task.RecalledOn == civil.None) {
			kept = append(kept, task)
		} else {
			dropped = append(dropped, task.Key)
		}
	}
	if !isThere {
		return NoTreatment(), dropped
	}
	t.Tasks = kept
	return t, dropped
}

// Day returns the row's date in UTC.
func (c *Contact) Day() civil.Date {
	d := c.At / dayMicros
	if c.At%dayMicros < 0 {
		d--
	}
	return civil.Date(d)
}

// lastWord returns the last night that brought the record or a flag.
func (s *State) lastWord() civil.Date {
	last := civil.None
	if s.Record != nil {
		last = s.Record.Night
	}
	for i := range s.Flags {
		last = max(last, s.Flags[i].Night)
	}
	return last
}

// A scale weighs which of the contacts may go.
type scale struct {
	voids    map[string]bool     // ids of the voids there are
	targeted map[string]bool     // ids that a void names
	gone     map[string]bool     // ids that a void names which no other one names: they never happened
	lifted   map[[2]string]int64 // by reason and loan: the last unhold
	consent  map[string]int64    // by channel: the last consent without end
	wrong    map[string]bool     // ids of attempts from which a channel's number is known to be wrong
}

// weigh looks at all contacts once. What a void names takes nothing back: voids of
// voids are left undecided here, and everything stays on which they bear.
func (s *State) weigh(t *Treatment) *scale {
	w := &scale{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[[2]string]int64{}, map[string]int64{}, map[string]bool{}}
	for i := range s.Contacts {
		if c := &s.Contacts[i]; c.Meaning() == Void {
			w.voids[c.ID], w.targeted[c.Target] = true, true
		}
	}
	for i := range s.Contacts { // in the order of their instants
		c := &s.Contacts[i]
		switch k := c.Meaning(); {
		case k == Void && !w.targeted[c.ID] && !w.voids[c.Target]:
			w.gone[c.Target] = true
		case w.targeted[c.ID]:
		case k == Unhold:
			w.lifted[[2]string{c.HoldReason(), c.Loan}] = c.At
		case k == Consent && c.Until == civil.None:
			w.consent[c.Channel] = c.At
		}
	}
	w.weighNumbers(s, t)
	return w
}

// weighNumbers finds the attempts that must stay for what they say of a channel's number: that of the last which
// reached a wrong one, unless the channel's last consent came after it and has no end. A row whose void is
// undecided makes nothing right.
// Source: collections.md, section 4, wrong_number.
func (w *scale) weighNumbers(s *State, t *Treatment) {
	tasks := map[string]Channel{}
	for i := range t.Tasks {
		tasks[t.Tasks[i].Key] = t.Tasks[i].Channel
	}
	var wrong [Channels]*Contact
	var ends [Channels]bool // the last consent does, or may never have been
	for i := range s.Contacts {
		c := &s.Contacts[i]
		if w.gone[c.ID] {
			continue
		}
		switch c.Meaning() {
		case Attempt:
			task, is := tasks[c.TaskKey]
			way := c.Way(task, is)
			switch {
			case w.targeted[c.ID]: // it stays
			case c.Went() == WrongNumber:
				wrong[way] = c
			default:
				wrong[way] = nil
			}
		case Consent:
			if way, ok := ParseChannel(c.Channel); ok {
				ends[way] = w.targeted[c.ID] || c.Until != civil.None
			}
		}
	}
	for way, c := range wrong {
		if c == nil {
			continue
		}
		at, endless := w.consent[Channel(way).String()]
		w.wrong[c.ID] = ends[way] || !endless || at <= c.At
	}
}

// needed reports whether a row is still to be kept, though the retention is over.
func (w *scale) needed(c *Contact, n *Night) bool {
	after := func(d civil.Date, days int) bool { return int(n.Date-d) > days+marginDays }
	if w.targeted[c.ID] {
		return !w.gone[c.ID]
	}
	switch kind := c.Meaning(); kind {
	case Void:
		return w.voids[c.Target]
	case Attempt:
		return w.wrong[c.ID]
	case Promise:
		return !after(c.PromisedOn, n.GraceDays+afterEndDays)
	case Consent, OptOut: // also consents that have ended: they stand before older ones
		_, ok := ParseChannel(c.Channel) // a refusal of all: no consent takes it back
		return !ok || !w.renewed(c)
	case Hardship, Hold, Complaint, Dispute, Cease, Represented:
		at, ok := w.lifted[[2]string{c.HoldReason(), c.Loan}]
		lifted := ok && at > c.At
		if kind == Hardship {
			return !lifted && !after(c.Day(), n.ReviewDays+afterEndDays)
		}
		return !lifted && !c.ended(after)
	}
	return false
}

// renewed reports whether a later consent without end stands for the channel.
func (w *scale) renewed(c *Contact) bool {
	at, ok := w.consent[c.Channel]
	return ok && at > c.At
}

// ended reports whether a hold has ended by itself.
func (c *Contact) ended(after func(civil.Date, int) bool) bool {
	days, ok := selfEnding[c.HoldReason()]
	switch {
	case !ok:
		return false
	case c.Until != civil.None:
		return after(c.Until, 0)
	}
	return days > 0 && after(c.Day(), days)
}
