package policy

import (
	"fmt"
	"slices"
	"time"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// calendarSection says on which days no business is done.
type calendarSection struct {
	Weekend     []string     `yaml:"weekend" enum:"monday,tuesday,wednesday,thursday,friday,saturday,sunday" doc:"Days of the week on which no business is done. Left out: saturday and sunday."`
	Holidays    []civil.Date `yaml:"holidays" doc:"Other days on which none is done."`
	WorkingDays []civil.Date `yaml:"working_days" doc:"Days of a weekend on which business is done."`
}

func (c *calendarSection) compile(s *source, _ *document, p *Policy) {
	for _, list := range [...]struct {
		key  string
		days []civil.Date
	}{{"holidays", c.Holidays}, {"working_days", c.WorkingDays}} {
		for i, day := range list.days {
			if slices.Contains(list.days[:i], day) {
				s.fail(fmt.Sprintf("calendar.%s[%d]", list.key, i), "%s is there twice", day)
			}
		}
	}
	for i, day := range c.WorkingDays {
		if slices.Contains(c.Holidays, day) {
			s.fail(fmt.Sprintf("calendar.working_days[%d]", i), "%s is a holiday, too", day)
		}
	}
	if k := c.calendar(); !slices.Contains(k.Weekend[:], false) {
		s.fail("calendar.weekend", "leaves no day on which business is done")
	}
	stated := len(c.Weekend)+len(c.Holidays)+len(c.WorkingDays) > 0
	if stated && !slices.ContainsFunc(p.Products, func(x loan.Product) bool { return x.DueDates.Roll != loan.Unmoved }) {
		s.fail("calendar", "does nothing: no product has due_dates that move")
	}
}

// weekdays are the days of the week by name.
var weekdays = map[string]time.Weekday{
	"monday": time.Monday, "tuesday": time.Tuesday, "wednesday": time.Wednesday, "thursday": time.Thursday,
	"friday": time.Friday, "saturday": time.Saturday, "sunday": time.Sunday,
}

// calendar is what the section says, for a loan.
func (c *calendarSection) calendar() (k loan.Calendar) {
	weekend := c.Weekend
	if len(weekend) == 0 {
		weekend = []string{"saturday", "sunday"}
	}
	for _, name := range weekend {
		k.Weekend[weekdays[name]] = true
	}
	k.Holidays, k.Working = slices.Sorted(slices.Values(c.Holidays)), slices.Sorted(slices.Values(c.WorkingDays))
	return k
}

type dueDatesSection struct {
	Move     string `yaml:"move" enum:"following,modified_following,preceding" required:"true" doc:"Where a due date goes on which no business is done: to the next day of business; likewise, but to the one before where the next is in another month; to the one before."`
	Interest bool   `yaml:"interest" doc:"A period bears interest for as long as its dates are apart as they are; else for as long as they were before they were moved."`
}

// dueDates compiles what becomes of due dates on which no business is done.
func (s *source) dueDates(name string, x *productSection, doc *document) (m loan.DueDates) {
	if x.DueDates == nil {
		return m
	}
	m.Roll, _ = loan.ParseRoll(x.DueDates.Move)
	m.Interest = x.DueDates.Interest
	m.Calendar = in[*calendarSection](doc).calendar()
	if *x.Interest != "scheduled" && m.Interest {
		s.fail(s.from(name, "due_dates")+".interest", "does nothing where interest is %s: it is earned by the day in any case", *x.Interest)
	}
	return m
}
