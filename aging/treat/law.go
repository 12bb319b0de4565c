package treat

import (
	"slices"

	"daybook/ledger/borrower"
	"daybook/ledger/civil"
)

// A Pack is the law of contact of a jurisdiction, as dated rows. Sources stand in each row;
// the lender's counsel confirms them. "(ours)" marks a limit that this project sets where
// the law has no number.
type Pack struct {
	Jurisdiction  string
	Hours         []Hours
	Caps          []Cap
	Waits         []Wait
	Consents      []Consent
	PlanMonthsMax int
	PlanID        string
	PlanCitation  string
	RetentionDays int // the fewest that contacts are kept
	OneLegalTime  bool
	Citations     map[string]string // by reason code
}

var everyDay = [7]bool{true, true, true, true, true, true, true}

func since(year, month, day int) Span { return Span{civil.Of(year, month, day), civil.None} }

func timed(id string, in Span, open, until int16, citation string) []Hours {
	return []Hours{{Span: in, ID: id, Channels: Timed, Days: everyDay, Open: open * 60, Close: until * 60, Citation: citation}}
}

// Laws are the packs there are, by jurisdiction. A policy may only tighten them.
var Laws = []Pack{
	{
		Jurisdiction: "cn", RetentionDays: 731, OneLegalTime: true,
		Hours: timed("cn_hours", since(2025, 2, 28), 8, 22, "GB/T 45251-2025; CBA guideline of 2026-01-30"),
		Caps: []Cap{
			{Span: since(2026, 1, 30), Name: "cn_dials_day", Channels: Of(borrower.Call), Measure: Attempts, Days: 1, Max: 6, Citation: "CBA guideline of 2026-01-30"},
			{Span: since(2025, 2, 28), Name: "cn_talks_day", Channels: Of(borrower.Call), Measure: Conversations, Days: 1, Max: 3, Citation: "GB/T 45251-2025"},
		},
		Consents: []Consent{{
			Span: since(2026, 1, 30), ID: "cn_social", Channels: Of(borrower.Social),
			Citation: "CBA guideline of 2026-01-30 (agencies); PIPL art. 29",
		}},
		PlanMonthsMax: 60, PlanID: "cn_plan", PlanCitation: "Measures for credit card business of commercial banks art. 70",
		Citations: map[string]string{
			"dispute": "Measures for credit card business of commercial banks art. 69", "plan": "Measures for credit card business of commercial banks art. 70",
			"complaint": "GB/T 45251-2025",
		},
	},
	{
		Jurisdiction: "us", RetentionDays: 1096,
		Hours: timed("us_hours", since(2021, 11, 30), 8, 21, "12 CFR 1006.6(b)(1)(i)"),
		Caps: []Cap{{
			Span: since(2021, 11, 30), Name: "us_7_in_7", Channels: Of(borrower.Call), Measure: Connected, PerLoan: true, Days: 7, Max: 7,
			Citation: "12 CFR 1006.14(b)(2)(i)(A), (b)(3)(ii)",
		}},
		Waits: []Wait{{
			Span: since(2021, 11, 30), Name: "us_wait_7", Channels: Of(borrower.Call), PerLoan: true, Days: 7, Callback: true,
			Citation: "12 CFR 1006.14(b)(2)(i)(B), (b)(3)(i)",
		}},
		Consents: []Consent{{
			Span: since(2021, 11, 30), ID: "us_consent", Channels: Of(borrower.SMS, borrower.Email, borrower.Social),
			Citation: "47 CFR 64.1200(a)(1); 12 CFR 1006.6(d)(3)-(5); (ours)",
		}},
		Citations: map[string]string{
			"cease": "12 CFR 1006.6(c)(1)", "represented": "12 CFR 1006.6(b)(2)", "dispute": "12 CFR 1006.38(d)(2)",
			"opted_out": "12 CFR 1006.14(h)(1)", "bankruptcy": "11 USC 362", "time_barred": "12 CFR 1006.26(b)", "military": "50 USC 3931",
			"no_common_hours": "12 CFR 1006.6(b)(1) comment 2",
		},
	},
	{
		Jurisdiction: "uk", RetentionDays: 1096, OneLegalTime: true,
		Hours: timed("uk_hours", since(2014, 4, 1), 8, 21, "CONC 7.9.4R (ours)"),
		Caps: []Cap{
			{Span: since(2014, 4, 1), Name: "uk_calls_day", Channels: Of(borrower.Call), Measure: Attempts, Days: 1, Max: 3, Citation: "CONC 7.9.4R (ours)"},
			{Span: since(2014, 4, 1), Name: "uk_contacts_week", Channels: Timed, Measure: Attempts, Days: 7, Max: 7, Citation: "CONC 7.3, 7.9 (ours)"},
		},
		Consents: []Consent{{Span: since(2014, 4, 1), ID: "uk_social", Channels: Of(borrower.Social), Citation: "CONC 7.9.7R (ours)"}},
		Citations: map[string]string{
			"dispute": "CONC 7.14.1R", "vulnerable": "CONC 7.10.1R", "time_barred": "CONC 7.15",
			"breathing_space": "SI 2020/1311 reg. 7, 11", "mental_health_crisis": "SI 2020/1311 reg. 28-32",
		},
	},
	{
		Jurisdiction: "in", RetentionDays: 1096, OneLegalTime: true,
		Hours: timed("in_hours", since(2022, 8, 12), 8, 19, "RBI/2022-23/108"),
		Caps: []Cap{{
			Span: since(2022, 8, 12), Name: "in_calls_day", Channels: Of(borrower.Call), Measure: Attempts, Days: 1, Max: 3,
			Citation: `RBI/2022-23/108 ("persistently calling"; ours)`,
		}},
		Consents:  []Consent{{Span: since(2022, 8, 12), ID: "in_social", Channels: Of(borrower.Social), Citation: "RBI/2022-23/108 (ours)"}},
		Citations: map[string]string{"complaint": "RBI Responsible Business Conduct Directions 2025-11-28"},
	},
	{
		Jurisdiction: "eu", RetentionDays: 1096,
		Caps: []Cap{{
			Span: since(2024, 1, 1), Name: "eu_contacts_week", Channels: Timed, Measure: Attempts, Days: 7, Max: 7,
			Citation: "Directive (EU) 2021/2167 art. 10 (ours)",
		}},
	},
	{Jurisdiction: "none", RetentionDays: 1096},
}

// Law returns the pack of a jurisdiction.
func Law(jurisdiction string) (p *Pack, ok bool) {
	i := slices.IndexFunc(Laws, func(p Pack) bool { return p.Jurisdiction == jurisdiction })
	if i < 0 {
		return nil, false
	}
	return &Laws[i], true
}
