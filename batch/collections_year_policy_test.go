package batch

import "fmt"

// cqYearRules are the rules of contact of the year's policies, by jurisdiction.
var cqYearRules = map[string]struct{ zone, currencies, rules, start string }{
	"cn": {"Asia/Shanghai", "[CNY, USD]", `
  time_zone_when_unstated: Asia/Shanghai
  retention_days: 1096
  contact_rules:
    hours: [{channels: [call, visit], days: [mon, tue, wed, thu, fri, sat], from: "09:00", until: "20:00"}]
    holidays: {channels: [call, visit], dates: [2026-02-16, 2026-02-17, 2026-02-18]}
    caps:
      - {name: all_week, channels: [sms, push, in_app, call], measure: attempts, per: borrower, days: 7, max: 5}
      - {name: cn_dials_day, channels: [call], measure: attempts, per: borrower, days: 1, max: 2}
      - {name: visits, channels: [visit], measure: connected, per: loan, days: 30, max: 1}
    waits: [{name: after_talk, channels: [call, visit], per: borrower, days: 3}]
    consent_required: [social]
    cool_off: {after_attempt: 1, after_conversation: 3}
    ignored_flags: [vip]`, "2026-01-22"},
	"us": {"America/New_York", "[USD, EUR]", `
  retention_days: 1096
  contact_rules:
    hours:
      - {channels: [call], days: [mon, tue, wed, thu, fri], from: "09:00", until: "20:00"}
      - {channels: [call], days: [sat], from: "10:00", until: "17:00"}
    holidays: {channels: [letter, call], dates: [2026-03-13, 2026-07-03]}
    caps: [{name: us_7_in_7, channels: [call], measure: connected, per: loan, days: 7, max: 3}]
    waits: []
    consent_required: [visit]
    cool_off: {after_attempt: 0, after_conversation: 1}
    ignored_flags: []`, "2026-02-20"},
	"uk": {"Europe/London", "[GBP]", `
  time_zone_when_unstated: Europe/London
  retention_days: 1096
  contact_rules:
    hours: []
    holidays: {channels: [], dates: []}
    caps:
      - {name: uk_contacts_week, channels: [sms, push, email, in_app, social, call, visit, letter], measure: attempts, per: borrower, days: 7, max: 4}
      - {name: talks, channels: [call, sms], measure: conversations, per: loan, days: 14, max: 2}
    waits: [{name: talk_then_write, channels: [sms, email], per: loan, days: 5}]
    consent_required: [in_app]
    cool_off: {after_attempt: 1, after_conversation: 0}
    ignored_flags: [vip]`, "2026-03-10"},
	"in": {"Asia/Kolkata", "[INR]", `
  time_zone_when_unstated: Asia/Kolkata
  retention_days: 1096
  contact_rules:
    hours: [{channels: [sms], days: [mon, wed, fri, sun], from: "10:00", until: "18:30"}]
    holidays: {channels: [sms, call], dates: [2026-03-04]}
    caps: [{name: in_calls_day, channels: [call, visit], measure: attempts, per: borrower, days: 1, max: 1}]
    waits: [{name: after_talk, channels: [call], per: loan, days: 4, callback: true}]
    consent_required: []
    cool_off: {after_attempt: 0, after_conversation: 2}
    ignored_flags: []`, "2026-02-20"},
	"none": {"Europe/London", "[GBP]", `
  retention_days: 1096
  contact_rules:
    hours:
      - {channels: [call, sms, email, visit], days: [mon, tue, wed, thu, fri, sat, sun], from: "01:30", until: "05:00"}
      - {channels: [push, in_app, social], days: [sat, sun], from: "00:00", until: "02:15"}
    holidays: {channels: [], dates: []}
    caps: [{name: eu_contacts_week, channels: [sms, push, email, in_app, social, call, visit], measure: attempts, per: borrower, days: 7, max: 3}]
    waits: []
    consent_required: [social]
    cool_off: {after_attempt: 1, after_conversation: 2}
    ignored_flags: []`, "2026-03-20"},
}

// cqYearPolicy is the whole policy, with or without its collections.
func cqYearPolicy(jurisdiction string, collections bool) string {
	y := cqYearRules[jurisdiction]
	text := fmt.Sprintf(`format_version: 1
name: year
jurisdiction: %s
time_zone: %s
currencies: %s
`, jurisdiction, y.zone, y.currencies)
	if !collections {
		return text
	}
	return text + "collections:" + y.rules + cqYearTreatment
}

const cqYearTreatment = `
  promises: {grace_days: 2, kept_share: 0.95, tolerance: 1, horizon_days: 30, broken_max: 2}
  hardship:
    review_days: 20
    valid_days: 10
    step: {channels: [in_app, call, letter], tone: helpful, template: hardship_offer, every: 5}
    offers:
      unemployment: [installment_plan, pause, penalty_waiver]
      illness: [pause, penalty_waiver]
      family: [penalty_waiver]
      disaster: [interest_waiver]
      bereavement: [settlement]
    kinds:
      installment_plan: {months: [12, 24, 36], annual_rate: contract, waive_penalties: 1}
      pause: {months: 2}
      penalty_waiver: {share: 1}
      interest_waiver: {share: 0.5}
      settlement: {discount: 0.3, from_days: 61, pay_within_days: 30}
  reminders:
    - {days_before: 3, channels: [push, sms], tone: informative, template: due_soon, education: how_score_works}
    - {days_before: 1, channels: [call, letter], tone: informative, template: due_tomorrow}
  segments:
    - name: returning
      when: {broken_promises: {from: 1}, delinquent_days: {from: 1}}
      ladder: [{from: 1, channels: [call, visit, sms, letter], tone: helpful, template: find_a_way, every: 3, recover: 0.25}]
    - name: silent
      when: {unanswered: {from: 6}}
      ladder:
        - {from: 1, channels: [social, email, letter], tone: helpful, template: write, every: 4, recover: 0.2}
        - {from: 60, channels: [letter], tone: firm, template: options, every: 9, recover: 0.01}
    - name: poor_score
      when: {score: {to: 560}, past_due: {from: 150.00}, product: [default]}
      ladder: [{from: 4, channels: [visit, call], tone: firm, template: talk, every: 2, attempts: 2, recover: 0.4}]
    - name: small
      when: {past_due: {to: 60}}
      ladder: [{from: 1, channels: [letter, push], tone: informative, template: small, every: 6, recover: 0.04}]
    - name: all
      when: {}
      ladder:
        - {from: 1, channels: [push, sms], tone: informative, template: gentle_reminder, every: 3, recover: 0.5, education: how_score_works}
        - {from: 8, channels: [call, sms], tone: helpful, template: find_a_way, every: 1, attempts: 2, recover: 0.3}
        - {from: 31, channels: [call, letter], tone: helpful, template: offer, every: 1, attempts: 3, recover: 0.15}
        - {from: 91, channels: [legal, letter], tone: firm, template: options, every: 20, recover: 0.08}
        - {from: 130, channels: [agency, letter], tone: firm, template: handover, every: 30, recover: 0.08}
        - {from: 200, channels: [], tone: firm, template: nothing}
  experiments:
    - name: early_call
      segment: all
      from: 2026-03-01
      until: 2026-09-01
      arms:
        - {name: sooner, share: 0.25, ladder: [{from: 1, channels: [call, push], tone: helpful, template: find_a_way, every: 2, recover: 0.5}]}
        - {name: later, share: 0.15, ladder: [{from: 10, channels: [in_app, letter], tone: helpful, template: find_a_way, every: 2, recover: 0.5}]}
  capacity: {call: 5, sms: 4, visit: 2, letter: 4, push: 3}
  cost: {sms: 0.05, call: 3, letter: 2.5, agency: 50}
`
