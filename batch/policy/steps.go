package policy

import (
	"fmt"
	"slices"

	"daybook/aging/treat"
)

type ladderStep struct {
	From      int32    `yaml:"from" min:"1" max:"36500" required:"true" doc:"First delinquent day."`
	Channels  []string `yaml:"channels" enum:"@channel" none:"true" doc:"Channels, in the order in which they are tried. Without any nobody is contacted."`
	Tone      string   `yaml:"tone" enum:"informative,helpful,firm" doc:"How the text speaks."`
	Template  string   `yaml:"template" doc:"Name of the text."`
	Education string   `yaml:"education" empty:"true" doc:"Name of what the text may teach."`
	Every     int32    `yaml:"every" min:"1" max:"36500" default:"1" doc:"Days from one contact to the next."`
	Attempts  int32    `yaml:"attempts" min:"1" max:"1000" default:"1" doc:"Attempts that a task allows."`
	Recover   decimal  `yaml:"recover" min:"0" max:"1" default:"1" doc:"Share of the amount past due that a contact brings in, by which tasks are ranked."`
}

type hardshipStep struct {
	Channels  []string `yaml:"channels" enum:"@channel" required:"true" doc:"Channels, in the order in which they are tried."`
	Tone      string   `yaml:"tone" enum:"informative,helpful,firm" required:"true" doc:"How the text speaks."`
	Template  string   `yaml:"template" required:"true" doc:"Name of the text."`
	Education string   `yaml:"education" empty:"true" doc:"Name of what the text may teach."`
	Every     int32    `yaml:"every" min:"1" max:"36500" default:"1" doc:"Days from one contact to the next."`
	Attempts  int32    `yaml:"attempts" min:"1" max:"1000" default:"1" doc:"Attempts that a task allows."`
	Recover   decimal  `yaml:"recover" min:"0" max:"1" default:"1" doc:"Share of the amount past due that a contact brings in, by which tasks are ranked."`
}

type reminderSection struct {
	DaysBefore int32    `yaml:"days_before" min:"0" max:"366" required:"true" doc:"Days from the contact to the day on which the instalment falls due."`
	Channels   []string `yaml:"channels" enum:"@channel" required:"true" doc:"Channels, in the order in which they are tried."`
	Tone       string   `yaml:"tone" enum:"informative,helpful,firm" required:"true" doc:"How the text speaks."`
	Template   string   `yaml:"template" required:"true" doc:"Name of the text."`
	Education  string   `yaml:"education" empty:"true" doc:"Name of what the text may teach."`
	Every      int32    `yaml:"every" min:"1" max:"36500" default:"1" doc:"Days from one contact to the next."`
	Attempts   int32    `yaml:"attempts" min:"1" max:"1000" default:"1" doc:"Attempts that a task allows."`
}

func (t *treatment) reminders(list []reminderSection) []treat.Reminder {
	reminders := make([]treat.Reminder, len(list))
	for i := range list {
		x := &list[i]
		one := decimal("1")
		reminders[i] = treat.Reminder{DaysBefore: x.DaysBefore, Step: t.step(fmt.Sprintf("collections.reminders[%d]", i), &ladderStep{
			Channels: x.Channels, Tone: x.Tone, Template: x.Template, Education: x.Education, Every: x.Every, Attempts: x.Attempts, Recover: one,
		})}
	}
	return reminders
}

// step returns what is done, and by which channels. Where the law has no hours of a
// channel that has some, the policy must.
func (t *treatment) step(path string, x *ladderStep) treat.Step {
	step := treat.Step{
		From: x.From, Channels: t.channels(path+".channels", x.Channels), Template: x.Template, Education: x.Education,
		Tone: treat.Tone(max(slices.Index(tones, x.Tone), 0)), Every: int(x.Every), Attempts: int(x.Attempts), Recover: t.rate(path+".recover", &x.Recover),
	}
	for i, c := range step.Channels {
		if treat.Timed.Has(c) && len(t.law.Hours) == 0 && !t.hours.Has(c) && !t.kept {
			t.fail(fmt.Sprintf("%s.channels[%d]", path, i), "the law of jurisdiction %s has no hours of %s: state some in collections.contact_rules.hours",
				t.p.Jurisdiction, c)
		}
	}
	if len(step.Channels) == 0 {
		return step
	}
	if x.Tone == "" {
		t.fail(path, "needs the key tone")
	}
	if x.Template == "" {
		t.fail(path, "needs the key template")
	}
	return step
}

var tones = []string{treat.Informative.String(), treat.Helpful.String(), treat.Firm.String()}
