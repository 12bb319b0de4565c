package policy

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"daybook/aging/treat"
	"daybook/ledger/borrower"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

func step(from int32, every, attempts int, share money.Rate, tone treat.Tone, template string, channels ...borrower.Channel) treat.Step {
	return treat.Step{
		From: from, Every: every, Attempts: attempts, Recover: share, Tone: tone, Template: template, Channels: channels,
	}
}

// Every key of the first example of the contract lands in its field.
func TestCollectionsCompile(t *testing.T) {
	p := load(t, "testdata/examples/cn-collections.yaml")
	r := *p.Collections
	contact := r.Contacts["cn"]
	r.Contacts = nil
	least := treat.Range{Has: true, From: 1, To: math.MaxInt64}
	always := func(o treat.OfferTerms) treat.OfferTerms {
		o.Set, o.ToDays = true, math.MaxInt32
		return o
	}
	want := treat.Rules{
		Policy: "cn-collections", Jurisdiction: "cn", HomeZone: "Asia/Shanghai", UnstatedZone: "Asia/Shanghai", RetentionDays: 1096, Scale: 2,
		Promises: treat.Promises{GraceDays: 2, KeptShare: 1e9, HorizonDays: 60, BrokenMax: 2},
		Hardship: treat.Hardship{
			ReviewDays: 30, ValidDays: 14, HasStep: true,
			Step: step(0, 7, 1, 1e9, treat.Helpful, "hardship_offer", borrower.InApp, borrower.Call, borrower.Letter),
			Offers: map[string][]treat.OfferKind{
				"unemployment": {treat.InstallmentPlan, treat.Pause, treat.PenaltyWaiver},
				"income_cut":   {treat.ReducedInstallment, treat.InstallmentPlan, treat.PenaltyWaiver},
				"illness":      {treat.Pause, treat.PenaltyWaiver}, "disaster": {treat.Pause, treat.InterestWaiver},
				"bereavement": {treat.Pause}, "family": {treat.Extension, treat.PenaltyWaiver},
			},
			Kinds: [treat.OfferKinds]treat.OfferTerms{
				treat.InstallmentPlan:    always(treat.OfferTerms{Months: []int{12, 24, 36, 48, 60}, ContractRate: true, WaivePenalties: 1e9}),
				treat.ReducedInstallment: always(treat.OfferTerms{Months: []int{6}, ContractRate: true, WaivePenalties: 1e9}),
				treat.Extension:          always(treat.OfferTerms{Months: []int{6, 12}, ContractRate: true, WaivePenalties: 5e8}),
				treat.Pause:              always(treat.OfferTerms{Months: []int{2}}),
				treat.PenaltyWaiver:      always(treat.OfferTerms{Share: 1e9}), treat.InterestWaiver: always(treat.OfferTerms{Share: 5e8}),
				treat.Settlement: always(treat.OfferTerms{Discount: 3e8, FromDays: 181, PayWithinDays: 30}),
			},
		},
		Reminders: []treat.Reminder{{DaysBefore: 3, Step: treat.Step{
			Channels: []borrower.Channel{borrower.Push, borrower.SMS}, Template: "due_soon", Education: "how_score_works", Every: 1, Attempts: 1, Recover: 1e9,
		}}},
		Segments: []treat.Segment{
			{Name: "returning", BrokenPromises: least, DelinquentDays: least, Ladder: []treat.Step{
				step(1, 3, 1, 25e7, treat.Helpful, "find_a_way", borrower.Call, borrower.SMS),
			}},
			{Name: "all", Ladder: []treat.Step{
				step(1, 3, 1, 5e8, treat.Informative, "gentle_reminder", borrower.Push, borrower.SMS),
				step(8, 2, 2, 3e8, treat.Helpful, "find_a_way", borrower.Call, borrower.SMS),
				step(31, 15, 1, 15e7, treat.Helpful, "offer", borrower.Letter, borrower.Call),
				step(91, 365, 1, 8e7, treat.Firm, "handover", borrower.Agency),
			}},
		},
		Experiments: []treat.Experiment{{
			Name: "early_call", Segment: "all", From: civil.Of(2026, 11, 1), Until: civil.Of(2027, 2, 1),
			Arms: []treat.Arm{{Name: "sooner", Share: 1000, Ladder: []treat.Step{step(1, 3, 1, 5e8, treat.Helpful, "find_a_way", borrower.Call)}}},
		}},
		Capacity: [borrower.Channels]int64{-1, -1, -1, -1, -1, 400, 0, -1, -1, -1},
		Cost:     [borrower.Channels]int64{borrower.SMS: 5, borrower.Call: 300, borrower.Letter: 250, borrower.Agency: 5000},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
	if len(contact.Own) != 1 || contact.Own[0] != (treat.Hours{
		Span: treat.Always, Channels: treat.Of(borrower.Call, borrower.Visit), Days: [7]bool{1: true, 2: true, 3: true, 4: true, 5: true, 6: true},
		Open: 9 * 60, Close: 20 * 60, Citation: "policy cn-collections: collections.contact_rules.hours[0]",
	}) {
		t.Errorf("hours: %+v", contact.Own)
	}
	if h := contact.Holidays; h.Channels != contact.Own[0].Channels || !slices.Equal(h.Dates, []civil.Date{civil.Of(2027, 2, 6), civil.Of(2027, 2, 7)}) {
		t.Errorf("holidays: %+v", h)
	}
	files := []ChannelFile{
		{Channel: borrower.SMS, Profile: "sms", Plus: true}, {Channel: borrower.Call, Profile: "vicidial", ListID: 9001},
		{Channel: borrower.Agency, Profile: "agency"},
	}
	if !reflect.DeepEqual(p.ChannelFiles, files) {
		t.Errorf("files: got %+v, want %+v", p.ChannelFiles, files)
	}
}

// The policies of the worked stories load, with the lists and maps that they state empty.
func TestCollectionsOfStories(t *testing.T) {
	paths, err := filepath.Glob("testdata/stories/*.json") // JSON is YAML
	if err != nil || len(paths) != 3 {
		t.Fatal(paths, err)
	}
	for _, path := range paths {
		p := load(t, path)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		// What is stated empty is left out, and the policy is the same.
		lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
			return strings.HasSuffix(line, "[],") || strings.HasSuffix(line, "{},")
		})
		q, err := Parse([]byte(strings.Join(lines, "\n")), path)
		if err != nil {
			t.Error(err)
			continue
		}
		if p.Digest != q.Digest || !reflect.DeepEqual(p.Treatment, q.Treatment) {
			t.Errorf("%s: empty lists make another policy", path)
		}
		if r := p.Collections; r.RetentionDays != 1096 || len(r.Segments) == 0 || r.Segments[0].Ladder[0].Every == 0 ||
			!r.Hardship.Kinds[treat.InstallmentPlan].ContractRate || r.Hardship.Kinds[treat.Settlement].Set {
			t.Errorf("%s: %+v", path, r)
		}
	}
}

// A policy that says nothing of collections has the treatment of its jurisdiction, states
// none of it, and has it whatever its currencies are.
func TestCollectionsByDefault(t *testing.T) {
	first := load(t, "testdata/examples/cn-collections.yaml").Collections
	for _, x := range []struct{ jurisdiction, zone string }{
		{"cn", "Asia/Shanghai"}, {"us", ""}, {"uk", "Europe/London"}, {"in", "Asia/Kolkata"}, {"eu", ""}, {"none", ""},
	} {
		for _, currencies := range []string{"CNY", "KWD", "JPY", "CNY, USD"} {
			head := fmt.Sprintf("jurisdiction: %s\ncurrencies: [%s]\n", x.jurisdiction, currencies)
			p, q := parse(t, head), parse(t, head+"collections: {}\n")
			r := p.Collections
			if p.Digest != q.Digest || !reflect.DeepEqual(p.Treatment, q.Treatment) || !strings.HasSuffix(p.Show(), "\ncollections: {}\n") {
				t.Errorf("%s: an empty section is not one that is left out", head)
			}
			if r.UnstatedZone != x.zone || r.RetentionDays != 1096 || len(r.Contacts) != len(treat.Laws) || r.Capacity[borrower.Call] != -1 {
				t.Errorf("%s: %+v", head, r)
			}
			if law, _ := treat.Law(x.jurisdiction); len(law.Hours) == 0 {
				want := []treat.Segment{{Name: "all", Ladder: []treat.Step{step(8, 15, 1, 1e9, treat.Helpful, "find_a_way", borrower.Letter)}}}
				if !reflect.DeepEqual(r.Segments, want) || len(r.Reminders) > 0 || r.Hardship.HasStep {
					t.Errorf("%s: %+v", head, r)
				}
				continue
			}
			if !reflect.DeepEqual(r.Segments, first.Segments) || !reflect.DeepEqual(r.Hardship, first.Hardship) || !reflect.DeepEqual(r.Reminders, first.Reminders) ||
				r.Promises != first.Promises || len(r.Experiments) > 0 || len(p.ChannelFiles) > 0 {
				t.Errorf("%s: %+v", head, r)
			}
			call := map[string]int64{"CNY": 300, "KWD": 3000}[currencies] // no figure of one currency is another's
			if r.Cost[borrower.Call] != call {
				t.Errorf("%s: a call costs %d, want %d", head, r.Cost[borrower.Call], call)
			}
			own := r.Contacts[x.jurisdiction]
			if hours := len(own.Own) + len(own.Holidays.Dates); (hours == 3) != (x.jurisdiction == "cn") || (hours == 0) != (x.jurisdiction != "cn") {
				t.Errorf("%s: hours %+v, holidays %+v", head, own.Own, own.Holidays)
			}
			if got := ruleNames(own); !strings.Contains(got, "all_week") || !strings.Contains(got, "after_talk") || own.CoolOff != (treat.CoolOff{AfterAttempt: 1, AfterConversation: 3}) {
				t.Errorf("%s: %s, %+v", head, got, own.CoolOff)
			}
		}
	}
}

func ruleNames(c *treat.Contact) string {
	var list []string
	for _, x := range c.Caps {
		list = append(list, x.Name)
	}
	for _, x := range c.Waits {
		list = append(list, x.Name)
	}
	return strings.Join(list, " ")
}

// What a section with keys leaves out is nothing, or the default of its key.
func TestCollectionsAreWhole(t *testing.T) {
	p := parse(t, "currencies: [JPY]\ncollections: {retention_days: 731, promises: {tolerance: 5}, segments: [{name: a, when: {past_due: {to: 100}}, ladder: [{from: 2}]}]}")
	r := *p.Collections
	r.Contacts = nil
	want := treat.Rules{
		Policy: "custom", Jurisdiction: "cn", HomeZone: "Asia/Shanghai", RetentionDays: 731, Scale: 2,
		Promises: treat.Promises{KeptShare: 1e9, Tolerance: 500}, // yen, in units of the book's scale
		Segments: []treat.Segment{{Name: "a", PastDue: treat.Range{Has: true, From: math.MinInt64, To: 10000}, Ladder: []treat.Step{
			{From: 2, Channels: []borrower.Channel{}, Every: 1, Attempts: 1, Recover: 1e9},
		}}},
		Reminders: []treat.Reminder{}, Experiments: []treat.Experiment{},
		Capacity: [borrower.Channels]int64{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got  %+v\nwant %+v", r, want)
	}
}

// Each jurisdiction has its law and what the policy adds. A rule with the name of a row
// takes its place there, on all days and by the same citation; elsewhere it is the
// policy's own.
func TestCollectionsTighten(t *testing.T) {
	p := parse(t, `
name: tight
jurisdiction: us
collections:
  retention_days: 1096
  contact_rules:
    hours: [{channels: [call], days: [sun], from: "08:00", until: "21:00"}]
    caps:
    - {name: us_7_in_7, channels: [visit, call], measure: connected, per: borrower, days: 7, max: 7}
    - {name: a, channels: [letter], measure: attempts, per: loan, days: 92, max: 0}
    waits: [{name: us_wait_7, channels: [call], per: loan, days: 9, callback: true}]
    consent_required: [push]
    cool_off: {after_attempt: 91}
    ignored_flags: [vip, lost]
  hardship: {plan_months_max: 48}
`)
	us, cn := p.Collections.Contacts["us"], p.Collections.Contacts["cn"]
	tight := treat.Cap{
		Span: treat.Always, Name: "us_7_in_7", Channels: treat.Of(borrower.Call, borrower.Visit), Measure: treat.Connected, Days: 7, Max: 7,
		Citation: "12 CFR 1006.14(b)(2)(i)(A), (b)(3)(ii)",
	}
	if len(us.Caps) != 2 || us.Caps[1] != tight || us.Caps[0].Citation != "policy tight: collections.contact_rules.caps[a]" {
		t.Errorf("caps of us: %+v", us.Caps)
	}
	tight.Citation = "policy tight: collections.contact_rules.caps[us_7_in_7]"
	if got := ruleNames(cn); got != "a cn_dials_day cn_talks_day us_7_in_7 us_wait_7" || cn.Caps[3] != tight {
		t.Errorf("rules of cn: %s, %+v", got, cn.Caps)
	}
	if w := us.Waits; len(w) != 1 || w[0].Days != 9 || !w[0].Callback || w[0].Span != treat.Always || w[0].Citation != "12 CFR 1006.14(b)(2)(i)(B), (b)(3)(i)" {
		t.Errorf("waits of us: %+v", w)
	}
	if c := us.Consents; len(c) != 2 || c[0].ID != "us_consent" || c[1] != (treat.Consent{
		Span: treat.Always, ID: "consent_required", Channels: treat.Of(borrower.Push), Citation: "policy tight: collections.contact_rules.consent_required",
	}) {
		t.Errorf("consents of us: %+v", c)
	}
	if us.PlanMonthsMax != 48 || cn.PlanMonthsMax != 48 || parse(t, "name: a").Collections.Contacts["cn"].PlanMonthsMax != 60 {
		t.Errorf("most months of a plan: %d and %d", us.PlanMonthsMax, cn.PlanMonthsMax)
	}
	if us.Citations["cool_off"] != "policy tight: collections.contact_rules.cool_off" || us.Citations["cease"] == "" || cn.Citations["cease"] != "" {
		t.Errorf("citations: %v, %v", us.Citations, cn.Citations)
	}
	if len(us.Law) != 1 || us.Law[0].ID != "us_hours" || us.Own[0].Open != 8*60 || us.Own[0].Close != 21*60 || !us.Own[0].Days[0] {
		t.Errorf("hours: %+v, %+v", us.Law, us.Own)
	}
	if got := p.Collections.IgnoredFlags; !slices.Equal(got, []string{"lost", "vip"}) {
		t.Errorf("ignored flags: %v", got)
	}
	// The packs themselves stay as they are.
	if law, _ := treat.Law("us"); law.Caps[0].Max != 7 || len(law.Caps) != 1 || law.Citations["cool_off"] != "" {
		t.Errorf("the law has changed: %+v", law)
	}
}

// A policy that a book keeps is read whatever the law of the program is, and never
// loosens it.
func TestCollectionsThatAreKept(t *testing.T) {
	const text = "jurisdiction: uk\ncollections: {retention_days: 100, hardship: {plan_months_max: 90}, contact_rules: {" +
		"hours: [{channels: [call], days: [mon], from: \"00:00\", until: \"24:00\"}], " +
		"caps: [{name: uk_calls_day, channels: [visit], measure: attempts, per: loan, days: 1, max: 9}, " +
		"{name: uk_contacts_week, channels: [call], measure: attempts, per: loan, days: 5, max: 9}], " +
		"waits: [{name: us_wait_7, channels: [sms], per: loan, days: 2}]}}"
	if _, err := Parse([]byte(text), "p.yaml"); err == nil {
		t.Error("it is accepted as a new policy")
	}
	p, err := ParseKept([]byte(text), "p.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	uk, us, cn := p.Collections.Contacts["uk"], p.Collections.Contacts["us"], p.Collections.Contacts["cn"]
	if c := uk.Caps[0]; c.Max != 3 || c.PerLoan || c.Channels != treat.Of(borrower.Call, borrower.Visit) {
		t.Errorf("the law is loosened: %+v", c)
	}
	if got := ruleNames(uk); got != "uk_calls_day uk_contacts_week uk_contacts_week us_wait_7" {
		t.Errorf("the law is replaced: %s", got)
	}
	if w := us.Waits[0]; len(us.Waits) != 1 || w.Days != 7 || w.Callback || w.Channels != treat.Of(borrower.SMS, borrower.Call) {
		t.Errorf("the law is loosened: %+v", us.Waits)
	}
	if cn.PlanMonthsMax != 60 || uk.PlanMonthsMax != 90 {
		t.Errorf("most months of a plan: %d and %d", cn.PlanMonthsMax, uk.PlanMonthsMax)
	}
}

// Rates, texts and results are read exactly, and shown again as they are.
func TestCollectionsTexts(t *testing.T) {
	p := parse(t, `
collections:
  retention_days: 1096
  hardship: {kinds: {extension: {months: [24, 6], annual_rate: 0.1200}, pause: {months: 1, from_days: 5, to_days: 30}}}
  files: {call: {profile: genesys, masked_ids: true, results: {"001": no_answer, B: refused}}}
  templates:
    offer:
      zh-Hans: |
        您好，
        有多种方案。
      en: "Hello: \"you\" \\ {name}\n"
`)
	k := p.Collections.Hardship.Kinds
	if o := k[treat.Extension]; o.ContractRate || o.Rate != 12e7 || !slices.Equal(o.Months, []int{6, 24}) {
		t.Errorf("extension: %+v", o)
	}
	if o := k[treat.Pause]; o.FromDays != 5 || o.ToDays != 30 {
		t.Errorf("pause: %+v", o)
	}
	f, ok := p.ChannelFile(borrower.Call)
	if want := map[string]borrower.Result{"001": borrower.NoAnswer, "B": borrower.Refused}; !ok || !f.MaskedIDs || !reflect.DeepEqual(f.Results, want) {
		t.Errorf("file: %+v", f)
	}
	if _, ok := p.ChannelFile(borrower.SMS); ok {
		t.Error("sms has a file")
	}
	if x := p.Templates["offer"]; x["zh-Hans"] != "您好，\n有多种方案。\n" || x["en"] != "Hello: \"you\" \\ {name}\n" {
		t.Errorf("templates: %q", x)
	}
	q := parse(t, p.Show())
	if q.Digest != p.Digest || !reflect.DeepEqual(q.Treatment, p.Treatment) {
		t.Errorf("shown again it is another policy:\n%s", q.Show())
	}
}
