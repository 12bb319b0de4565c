package policy

import (
	"fmt"
	"regexp"
	"slices"

	"daybook/aging/treat"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// contactSection restrains contact beyond the law.
type contactSection struct {
	Hours           []hoursSection  `yaml:"hours" none:"true" doc:"When channels are open, within the hours of the law. A channel that is named here is open at no other time; eu and none, whose law has no hours, need them for each channel in use that has hours."`
	Holidays        holidaysSection `yaml:"holidays" doc:"Days on which some channels are closed."`
	Caps            []capRule       `yaml:"caps" none:"true" doc:"Most contacts within some days. One with the name of a row of the law stands for it, and may only be tighter."`
	Waits           []waitRule      `yaml:"waits" none:"true" doc:"Days without contact after a conversation. One with the name of a row of the law stands for it, and may only be tighter."`
	ConsentRequired []string        `yaml:"consent_required" enum:"@channel" none:"true" doc:"Channels that need the borrower's consent, beside those of the law."`
	CoolOff         coolOffSection  `yaml:"cool_off" doc:"Days without any contact after one, but by agency and legal."`
	IgnoredFlags    []string        `yaml:"ignored_flags" none:"true" doc:"Flags of the lender's own that stop no contact. Any other that no rule asks for does."`
}

type hoursSection struct {
	Channels []string `yaml:"channels" enum:"@timed_channel" required:"true" doc:"The channels."`
	Days     []string `yaml:"days" enum:"sun,mon,tue,wed,thu,fri,sat" required:"true" doc:"Days of the week on which they are open."`
	From     string   `yaml:"from" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$" required:"true" doc:"First minute, in the borrower's own time: \"09:00\"."`
	Until    string   `yaml:"until" pattern:"^([01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$" required:"true" doc:"The minute after the last: \"20:00\"; the end of the day is \"24:00\"."`
}

type holidaysSection struct {
	Channels []string     `yaml:"channels" enum:"@channel" none:"true" doc:"The channels."`
	Dates    []civil.Date `yaml:"dates" none:"true" doc:"The days, in the borrower's own time."`
}

type capRule struct {
	Name     string   `yaml:"name" required:"true" doc:"Its name, as reasons have it."`
	Channels []string `yaml:"channels" enum:"@channel" required:"true" doc:"Channels whose contacts count together."`
	Measure  string   `yaml:"measure" enum:"attempts,connected,conversations" required:"true" doc:"What counts: every attempt, those that connected, or conversations."`
	Per      string   `yaml:"per" enum:"borrower,loan" required:"true" doc:"Whose contacts: all of the borrower, or those for a loan."`
	Days     int32    `yaml:"days" min:"1" max:"92" required:"true" doc:"Days on end, the last that of the contact."`
	Max      int32    `yaml:"max" min:"0" max:"1000000" required:"true" doc:"Most contacts within them."`
}

type waitRule struct {
	Name     string   `yaml:"name" required:"true" doc:"Its name, as reasons have it."`
	Channels []string `yaml:"channels" enum:"@channel" required:"true" doc:"The channels of the conversation, and those that wait."`
	Per      string   `yaml:"per" enum:"borrower,loan" required:"true" doc:"Whose conversation: any of the borrower, or one for a loan."`
	Days     int32    `yaml:"days" min:"1" max:"92" required:"true" doc:"Days to wait; the day of the conversation is the first."`
	Callback bool     `yaml:"callback" doc:"A callback that the borrower asked for lifts it."`
}

type coolOffSection struct {
	AfterAttempt      int32 `yaml:"after_attempt" min:"0" max:"91" doc:"Days after an attempt. 0 is none."`
	AfterConversation int32 `yaml:"after_conversation" min:"0" max:"91" doc:"Days after a conversation. 0 is none."`
}

const contactKey = "collections.contact_rules"

// cite is how a rule of the policy's own is cited.
func (t *treatment) cite(key string) string {
	return "policy " + t.p.Name + ": " + contactKey + "." + key
}

// contacts returns the rules of contact for each jurisdiction: its law, and the policy's.
func (t *treatment) contacts(x *contactSection, planMonthsMax int32) map[string]*treat.Contact {
	own := treat.Contact{
		Own: t.ownHours(x.Hours), Holidays: t.holidays(&x.Holidays), Caps: t.caps(x.Caps), Waits: t.waits(x.Waits),
		Consents:      t.consents(x.ConsentRequired),
		CoolOff:       treat.CoolOff{AfterAttempt: int(x.CoolOff.AfterAttempt), AfterConversation: int(x.CoolOff.AfterConversation)},
		PlanMonthsMax: t.planMonths(planMonthsMax),
	}
	if own.CoolOff != (treat.CoolOff{}) {
		own.Citations = map[string]string{"cool_off": t.cite("cool_off")}
	}
	all := make(map[string]*treat.Contact, len(treat.Laws))
	for i := range treat.Laws {
		all[treat.Laws[i].Jurisdiction] = bound(&treat.Laws[i], &own)
	}
	return all
}

// ownHours returns when the policy lets channels be open.
func (t *treatment) ownHours(list []hoursSection) []treat.Hours {
	hours := make([]treat.Hours, len(list))
	for i := range list {
		x, path := &list[i], fmt.Sprintf("%s.hours[%d]", contactKey, i)
		h := treat.Hours{
			Span: treat.Always, Channels: treat.Of(t.channels(path+".channels", x.Channels)...),
			Open: t.minute(path+".from", x.From), Close: t.minute(path+".until", x.Until),
			Citation: t.cite(fmt.Sprintf("hours[%d]", i)),
		}
		for k, name := range x.Days {
			t.unique(fmt.Sprintf("%s.days[%d]", path, k), name, x.Days[:k])
			h.Days[slices.Index(shortDays, name)] = true
		}
		switch {
		case h.Open < 0 || h.Close < 0: // no times
		case h.Open == treat.DayMinutes:
			t.fail(path+".from", "24:00 is the end of the day: nothing is open from then on")
		case h.Open >= h.Close:
			t.fail(path+".until", "%s is not after from, %s", x.Until, x.From)
		default:
			t.withinLaw(path, &h)
			t.leavesOpen(path, &h, hours[:i])
		}
		hours[i] = h
	}
	return hours
}

// leavesOpen refuses hours that leave a channel closed on a day that they name, beside those before them: all hold, so
// that a pause within a day can't be stated.
func (t *treatment) leavesOpen(path string, h *treat.Hours, before []treat.Hours) {
	if t.kept {
		return
	}
	for channel := range borrower.Channels {
		for day, named := range h.Days {
			if !named || !h.Channels.Has(channel) {
				continue
			}
			open, close, met := h.Open, h.Close, false
			for i := range before {
				if o := &before[i]; o.Channels.Has(channel) && o.Days[day] && o.Open < o.Close {
					open, close, met = max(open, o.Open), min(close, o.Close), true
				}
			}
			if met && open >= close {
				t.fail(path+".from", "%s has other hours on %s, and all that are stated hold: none is left; state one span of a day", channel, shortDays[day])
				return
			}
		}
	}
}

// shortDays are the days of the week, as [civil.Date.Weekday] counts.
var shortDays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

var clockPattern = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

// minute returns the minute of the day that a text such as 09:30 names, below zero where
// it names none.
func (t *treatment) minute(path, text string) int16 {
	if text == "24:00" {
		return treat.DayMinutes
	}
	if !clockPattern.MatchString(text) {
		t.fail(path, "%q is not a time of day such as \"09:00\"", text)
		return -1
	}
	digit := func(i int) int16 { return int16(text[i] - '0') }
	return (digit(0)*10+digit(1))*60 + digit(3)*10 + digit(4) // of HH:MM
}

// holidays returns the days on which channels are closed.
func (t *treatment) holidays(x *holidaysSection) treat.Holidays {
	const path = contactKey + ".holidays"
	if (len(x.Channels) == 0) != (len(x.Dates) == 0) {
		t.fail(path, "needs both channels and dates: either does nothing by itself")
	}
	for i, day := range x.Dates {
		if slices.Contains(x.Dates[:i], day) {
			t.fail(fmt.Sprintf("%s.dates[%d]", path, i), "%s is there twice", day)
		}
	}
	return treat.Holidays{
		Channels: treat.Of(t.channels(path+".channels", x.Channels)...),
		Dates:    slices.Sorted(slices.Values(x.Dates)),
	}
}

// caps returns the policy's own caps.
func (t *treatment) caps(list []capRule) []treat.Cap {
	caps, names := make([]treat.Cap, len(list)), make([]string, len(list))
	for i := range list {
		x, path := &list[i], fmt.Sprintf("%s.caps[%d]", contactKey, i)
		t.unique(path+".name", x.Name, names[:i])
		names[i] = x.Name
		caps[i] = treat.Cap{
			Span: treat.Always, Name: x.Name, Channels: treat.Of(t.channels(path+".channels", x.Channels)...),
			Measure: treat.Measure(slices.Index(measures, x.Measure)), PerLoan: x.Per == "loan", Days: int(x.Days), Max: int(x.Max),
			Citation: t.cite("caps[" + x.Name + "]"),
		}
		t.tighterCap(path, &caps[i])
	}
	return caps
}

var measures = []string{treat.Attempts.String(), treat.Connected.String(), treat.Conversations.String()}

// waits returns the policy's own waits.
func (t *treatment) waits(list []waitRule) []treat.Wait {
	waits, names := make([]treat.Wait, len(list)), make([]string, len(list))
	for i := range list {
		x, path := &list[i], fmt.Sprintf("%s.waits[%d]", contactKey, i)
		t.unique(path+".name", x.Name, names[:i])
		names[i] = x.Name
		waits[i] = treat.Wait{
			Span: treat.Always, Name: x.Name, Channels: treat.Of(t.channels(path+".channels", x.Channels)...),
			PerLoan: x.Per == "loan", Days: int(x.Days), Callback: x.Callback, Citation: t.cite("waits[" + x.Name + "]"),
		}
		t.tighterWait(path, &waits[i])
	}
	return waits
}

// consents returns the channels that need consent by the policy.
func (t *treatment) consents(names []string) []treat.Consent {
	if len(names) == 0 {
		return nil
	}
	channels := t.channels(contactKey+".consent_required", names)
	return []treat.Consent{{
		Span: treat.Always, ID: "consent_required", Channels: treat.Of(channels...), Citation: t.cite("consent_required"),
	}}
}
