package policy

import (
	"embed"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"daybook/aging/treat"
	"daybook/ledger/borrower"
	"daybook/ledger/money"
)

// collectionsSection is how loans past due are worked. One that has keys is whole: what
// it leaves out is nothing, or the default of its key. One without keys is that of the
// policy's jurisdiction in treatment/*.yaml.
type collectionsSection struct {
	ZoneWhenUnstated string              `yaml:"time_zone_when_unstated" doc:"IANA name of the zone of a borrower whose own is not stated: only in cn, in and uk, which have one legal time. Left out: his zone is not known, and he gets letters only."`
	RetentionDays    *int32              `yaml:"retention_days" min:"0" max:"36500" doc:"Days that contacts and tasks are kept after the borrower's last contact: in cn at least 731, else 1096. A section that has other keys needs it."`
	ContactRules     *contactSection     `yaml:"contact_rules" doc:"When, how often and on what channels a borrower is not contacted although the law allows it."`
	Promises         *promisesSection    `yaml:"promises" doc:"What a promise to pay needs to be kept."`
	Hardship         *hardshipSection    `yaml:"hardship" doc:"What is done for a borrower in hardship."`
	Reminders        []reminderSection   `yaml:"reminders" none:"true" doc:"What a borrower with nothing past due is told before an instalment falls due: the first that suits."`
	Segments         []segmentSection    `yaml:"segments" none:"true" doc:"Borrowers who are treated alike. The first whose conditions all hold decides."`
	Experiments      []experimentSection `yaml:"experiments" none:"true" doc:"Other ladders for some of a segment's borrowers, for some time."`
	Capacity         map[string]int32    `yaml:"capacity" none:"true" keys:"@channel" min:"0" doc:"Most tasks a night, by channel. A channel that is left out has no limit."`
	Cost             map[string]decimal  `yaml:"cost" none:"true" keys:"@channel" min:"0" doc:"What a contact costs, by channel, in the policy's currency."`
	Files            filesSection        `yaml:"files" none:"true" keys:"@channel" doc:"The file that a channel's system takes, by channel."`
	Templates        Templates           `yaml:"templates" none:"true" most:"4096" doc:"The lender's own texts, by template and language (BCP 47)."`
}

// A Treatment is what a policy says of loans past due.
type Treatment struct {
	Collections  *treat.Rules  // never nil
	ChannelFiles []ChannelFile // by channel; those that the policy names
	Templates    Templates
}

func (c *collectionsSection) compile(s *source, doc *document, p *Policy) {
	if s.statesCollections() {
		c.fill()
		p.Treatment = newTreatment(s, doc, p, c).compile(c)
		return
	}
	s, c = builtinCollections(p)
	p.Treatment = newTreatment(s, doc, p, c).compile(c)
	if len(s.faults) > 0 {
		panic("policy: internal error: " + s.faults.Error())
	}
}

// statesCollections reports whether the section has keys.
func (s *source) statesCollections() bool {
	keys := keysOf(fieldsOf(reflect.ValueOf(new(collectionsSection)).Elem()))
	return slices.ContainsFunc(keys, func(key string) bool { return s.stated("collections." + key) })
}

// fill gives a section what it leaves out, so that the canonical form has it.
func (c *collectionsSection) fill() {
	orNew(&c.ContactRules)
	orNew(&c.Promises)
	orNew(&c.Hardship)
}

// orNew makes what is not there, with the defaults of its tags.
func orNew[T any](p **T) {
	if *p == nil {
		*p = new(T)
		setDefaults(reflect.ValueOf(*p).Elem())
	}
}

//go:embed treatment/*.yaml
var treatmentFiles embed.FS

// builtinCollections reads the section of a policy that says nothing of it: the release's
// own, by the law of the policy.
func builtinCollections(p *Policy) (*source, *collectionsSection) {
	names := []string{"common"}
	switch p.Jurisdiction {
	case "eu", "none":
		names = []string{"letter"}
	case "cn", "uk", "in":
		names = append(names, p.Jurisdiction)
	}
	c := new(collectionsSection)
	s := newSource(nil, "")
	for _, name := range names {
		file := "treatment/" + name + ".yaml"
		text, err := treatmentFiles.ReadFile(file)
		if err != nil {
			panic("policy: internal error: " + err.Error())
		}
		s = newSource(text, file)
		if body := s.parse(); body != nil {
			s.decode(body, reflect.ValueOf(c).Elem(), "collections", "")
		}
		if len(s.faults) > 0 {
			panic("policy: internal error: " + s.faults.Error())
		}
	}
	if len(p.Currencies) != 1 || p.digits() < leastScale {
		c.Cost = nil // its figures are of one currency that has hundredths
	}
	c.fill()
	return s, c
}

// treatment compiles a section for a policy.
type treatment struct {
	*source
	p        *Policy
	law      *treat.Pack // of the policy's jurisdiction
	products []string
	hours    treat.Channels // those that the section has hours of
}

func newTreatment(s *source, doc *document, p *Policy, c *collectionsSection) *treatment {
	t := &treatment{source: s, p: p, products: slices.Sorted(maps.Keys(*in[*productsSection](doc)))}
	t.law, _ = treat.Law(p.Jurisdiction)
	for _, h := range c.ContactRules.Hours {
		for _, name := range h.Channels {
			channel, _ := borrower.ParseChannel(name)
			t.hours |= treat.Of(channel)
		}
	}
	return t
}

// compile turns the section into rules.
func (t *treatment) compile(c *collectionsSection) Treatment {
	r := &treat.Rules{
		Policy: t.p.Name, Jurisdiction: t.p.Jurisdiction, HomeZone: t.p.Location.String(),
		UnstatedZone:  t.unstatedZone(c.ZoneWhenUnstated),
		RetentionDays: t.retention(c.RetentionDays),
		Contacts:      t.contacts(c.ContactRules, c.Hardship.PlanMonthsMax),
		IgnoredFlags:  t.ignoredFlags(c.ContactRules.IgnoredFlags),
		Promises:      t.promises(c.Promises),
		Hardship:      t.hardship(c.Hardship),
		Reminders:     t.reminders(c.Reminders),
		Segments:      t.segments(c.Segments),
		Experiments:   t.experiments(c.Experiments, c.Segments),
		Capacity:      t.capacity(c.Capacity),
		Cost:          t.cost(c.Cost),
		Scale:         t.p.Scale,
	}
	return Treatment{Collections: r, ChannelFiles: t.channelFiles(c.Files), Templates: t.templates(c.Templates)}
}

// legalTimes are the zones of jurisdictions that have one legal time.
var legalTimes = map[string]string{"cn": "Asia/Shanghai", "in": "Asia/Kolkata", "uk": "Europe/London"}

// unstatedZone checks the zone of borrowers whose own is not stated: it must be the legal
// time, under any of its names, or some would be contacted at night.
func (t *treatment) unstatedZone(zone string) string {
	const path = "collections.time_zone_when_unstated"
	if zone == "" {
		return ""
	}
	if !t.law.OneLegalTime {
		t.fail(path, "jurisdiction %s has not one legal time: leave it out; such borrowers get letters", t.p.Jurisdiction)
		return ""
	}
	loc, err := time.LoadLocation(zone)
	if err != nil || !strings.Contains(zone, "/") {
		t.fail(path, "unknown time zone %q: use an IANA name such as Asia/Shanghai", zone)
		return ""
	}
	legal, err := time.LoadLocation(legalTimes[t.p.Jurisdiction])
	if err != nil {
		panic("policy: internal error: " + err.Error())
	}
	for month := time.January; month <= time.December; month++ {
		at := time.Date(2026, month, 1, 0, 0, 0, 0, time.UTC)
		_, got := at.In(loc).Zone()
		if _, want := at.In(legal).Zone(); got != want {
			t.fail(path, "%s is not the legal time of jurisdiction %s, %s", zone, t.p.Jurisdiction, legal)
			return ""
		}
	}
	return zone
}

// retention returns how long contacts are kept.
func (t *treatment) retention(days *int32) int {
	const path = "collections.retention_days"
	switch {
	case days == nil:
		t.fail("collections", "needs the key retention_days: a section that has keys takes nothing from the built-in policy")
		return 0
	case int(*days) < t.law.RetentionDays && !t.kept:
		t.fail(path, "%d is below %d, the fewest days that jurisdiction %s keeps contacts", *days, t.law.RetentionDays, t.p.Jurisdiction)
	}
	return int(*days)
}

// effects are the flags that keep a lender from contacting, whatever he says.
var effects = []string{"deceased", "bankrupt", "fraud", "identity_theft", "vulnerable", "military", "time_barred"}

// ignoredFlags returns the names of flags that nobody's rule asks for and the lender lets
// pass.
func (t *treatment) ignoredFlags(names []string) []string {
	for i, name := range names {
		path := fmt.Sprintf("collections.contact_rules.ignored_flags[%d]", i)
		switch {
		case slices.Contains(names[:i], name):
			t.fail(path, "%s is there twice", name)
		case slices.Contains(effects, name):
			t.fail(path, "the flag %s has an effect of its own, which is not ignored", name)
		case borrower.KnownFlag(name) && !t.kept:
			t.fail(path, "the flag %s is known, and stops no contact: leave it out", name)
		}
	}
	return slices.Sorted(slices.Values(names))
}

// channels returns a list of channels, in its order.
func (t *treatment) channels(path string, names []string) []borrower.Channel {
	list := make([]borrower.Channel, len(names))
	for i, name := range names {
		list[i], _ = borrower.ParseChannel(name)
		t.unique(fmt.Sprintf("%s[%d]", path, i), name, names[:i])
	}
	return list
}

// unique records a fault where a name is among those before it.
func (t *treatment) unique(path, name string, before []string) {
	if slices.Contains(before, name) {
		t.fail(path, "%s is there twice", name)
	}
}

// units returns an amount in units of the policy's scale. Of several currencies it is the
// same figure in each, as the queue ranks them as they stand.
func (t *treatment) units(path string, d *decimal) int64 {
	return int64(t.amount(path, d, t.p.digits())) * money.Pow10(t.p.Scale-t.p.digits())
}
