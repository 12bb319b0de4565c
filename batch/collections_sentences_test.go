package batch

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// Sentences of the contract, one small case each, for the model itself.

const cqSentencesPolicy = `
jurisdiction: none
time_zone: Europe/London
collections:
  retention_days: 1096
  time_zone_when_unstated: Europe/London
  contact_rules:
    hours: [{channels: [call, sms], days: [mon, tue, wed, thu, fri, sat, sun], from: "09:00", until: "17:00"}]
    caps:
      - {name: three, channels: [call], measure: attempts, per: borrower, days: 2, max: 3}
      - {name: each, channels: [call], measure: connected, per: loan, days: 5, max: 2}
    waits: [{name: talk, channels: [call], per: loan, days: 7, callback: true}]
    cool_off: {after_attempt: 0, after_conversation: 0}
  promises: {grace_days: 2, kept_share: 0.9, tolerance: 0.50, horizon_days: 60, broken_max: 2}
  hardship: {review_days: 10, valid_days: 5, step: {channels: [letter], tone: helpful, template: x}, offers: {illness: [pause]}, kinds: {pause: {months: 1}}}
  segments: [{name: all, when: {}, ladder: [{from: 1, channels: [call, letter], tone: helpful, template: x, attempts: 2}]}]
`

// cqSaid is a small night: rows of one borrower B with the loans L and M past due, told as
// "kind key=value …"; day 0 is 2026-05-04, a Monday.
type cqSaid struct {
	rows  []string
	tasks []cqTask
	paid  []cqRepayment
	back  []cqAdjustment
	b     int // day of the night
}

var cqDay0 = cqDay("2026-05-04")

func (x *cqSaid) subject(t *testing.T) *cqSubject {
	m := newCQModel(cqPolicyOf(t, cqSentencesPolicy))
	m.loans = map[string]string{"L": "B", "M": "B", "X": "C"}
	m.tasks, m.repayments, m.adjustments = x.tasks, x.paid, x.back
	for i, text := range x.rows {
		c := cqContact{id: fmt.Sprint("K", i), borrower: "B", promisedOn: cqNoDay, until: cqNoDay, at: time.Unix(int64(cqDay0)*86400+12*3600, 0).UTC()}
		for k, word := range strings.Fields(text) {
			name, value, _ := strings.Cut(word, "=")
			number := func() (n int) {
				if _, err := fmt.Sscan(value, &n); err != nil {
					t.Fatal(err)
				}
				return n
			}
			switch {
			case k == 0:
				c.kind = word
			case name == "day":
				c.at = c.at.AddDate(0, 0, number())
			case name == "hour":
				c.at = c.at.Truncate(24 * time.Hour).Add(time.Duration(number()) * time.Hour)
			case name == "until":
				c.until = cqDay0 + number()
			case name == "promised":
				c.promisedOn = cqDay0 + number()
			case name == "night":
				c.night = number()
			default:
				into := map[string]*string{
					"id": &c.id, "loan": &c.loan, "channel": &c.channel, "outcome": &c.outcome, "reason": &c.reason, "target": &c.target, "key": &c.key,
					"amount": &c.amount, "currency": &c.currency,
				}[name]
				*into = value
			}
		}
		m.contacts = append(m.contacts, c)
	}
	s := newCQSubject(m, "B", cqDay0+x.b, []cqLoan{
		{id: "L", borrower: "B", currency: "GBP", status: "active", dpd: 9, delinquent: 9, pastDue: 5000, total: 50000},
		{id: "M", borrower: "B", currency: "GBP", status: "active", dpd: 5, delinquent: 5, pastDue: 7000, total: 70000},
	})
	s.population()
	return s
}

// tell is where the borrower is and why: "place code:rule:loan:channel→day …".
func (x *cqSaid) tell(t *testing.T) string {
	s := x.subject(t)
	d := s.decide()
	words := []string{cqFirst(d.place, "open")}
	for _, r := range cqSorted(d.reasons) {
		word := r.code
		if r.rule != r.code {
			word += ":" + r.rule
		}
		if r.loan != "" {
			word += "/" + r.loan
		}
		if on, has := d.lifts[r]; has {
			word += fmt.Sprintf(">%d", on-cqDay0)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func TestCollectionModelSentences(t *testing.T) {
	for _, x := range []struct {
		what string
		said cqSaid
		want string
	}{
		{"nothing", cqSaid{}, "open"},
		{"a hold", cqSaid{rows: []string{"hold reason=complaint"}}, "suppressed complaint"},
		{"its until is a review date", cqSaid{rows: []string{"hold reason=complaint until=0"}, b: 3}, "suppressed complaint"},
		{"unhold before hold on a tie", cqSaid{rows: []string{"hold reason=complaint", "unhold reason=complaint"}}, "suppressed complaint"},
		{"unhold after it", cqSaid{rows: []string{"hold reason=complaint", "unhold reason=complaint day=1"}}, "open"},
		{"an unhold that came first and is dated later", cqSaid{rows: []string{"unhold reason=complaint day=1", "hold reason=complaint"}}, "open"},
		{"a void of the unhold", cqSaid{rows: []string{"hold reason=complaint", "unhold reason=complaint day=1 id=U", "void target=U"}}, "suppressed complaint"},
		{"a void of the void", cqSaid{rows: []string{"hold reason=complaint", "unhold reason=complaint day=1 id=U", "void target=U id=V", "void target=V"}}, "open"},
		{"a ring of voids", cqSaid{rows: []string{"hold reason=complaint id=H", "void target=W id=V", "void target=V id=W"}}, "suppressed complaint"},
		{"exact scope", cqSaid{rows: []string{"dispute loan=L", "unhold reason=dispute day=1"}}, "open dispute/L"},
		{"both loans", cqSaid{rows: []string{"dispute loan=L", "cease loan=M"}}, "suppressed cease/M dispute/L"},
		{"the borrower", cqSaid{rows: []string{"dispute"}}, "suppressed dispute"},
		{"somebody else's loan", cqSaid{rows: []string{"dispute loan=X"}}, "suppressed dispute"},
		{"a code of scope B", cqSaid{rows: []string{"hold reason=vulnerable loan=L"}}, "suppressed vulnerable"},
		{"illness is 30 days", cqSaid{rows: []string{"hold reason=illness"}, b: 28}, "suppressed illness>30"},
		{"and over", cqSaid{rows: []string{"hold reason=illness"}, b: 29}, "open"},
		{"the latest end of two", cqSaid{rows: []string{"hold reason=illness until=40", "hold reason=illness day=1 until=9"}, b: 5}, "suppressed illness>40"},
		{"breathing space is 60 days after its first", cqSaid{rows: []string{"hold reason=breathing_space"}, b: 59}, "suppressed breathing_space>61"},
		{"a crisis without end", cqSaid{rows: []string{"hold reason=mental_health_crisis"}, b: 59}, "suppressed mental_health_crisis"},
		{"an unknown reason", cqSaid{rows: []string{"hold reason=mood"}}, "suppressed unknown_hold"},
		{"unknown words lift nothing", cqSaid{rows: []string{"hold reason=mood", "unhold reason=mood day=1"}}, "suppressed unknown_hold"},
		{"its code does", cqSaid{rows: []string{"hold reason=mood", "unhold reason=unknown_hold day=1"}}, "open"},
		{"an unknown kind", cqSaid{rows: []string{"shout loan=L"}}, "open unknown_hold/L"},
		{"opt-out of call: the letter goes", cqSaid{rows: []string{"opt_out channel=call"}}, "open opted_out"},
		{"a tie is an opt_out", cqSaid{rows: []string{"consent channel=call", "opt_out"}}, "suppressed opted_out opted_out"},
		{"a later consent", cqSaid{rows: []string{"consent channel=call day=1", "opt_out"}}, "open opted_out"},
		{"a cap of attempts", cqSaid{rows: []string{"attempt channel=call outcome=not_connected", "attempt outcome=undelivered", "attempt channel=fax outcome=not_connected"}}, "open cap:three"},
		{"not attempted", cqSaid{rows: []string{"attempt channel=call outcome=not_attempted", "attempt outcome=undelivered", "attempt outcome=not_connected"}}, "open"},
		{"a cap of each loan", cqSaid{rows: []string{"attempt loan=L outcome=no_answer", "attempt loan=L outcome=voicemail"}, b: 2}, "open cap:each/L"},
		{"both loans of one row", cqSaid{rows: []string{"attempt outcome=no_answer", "attempt outcome=voicemail"}, b: 2}, "open cap:each/L cap:each/M"},
		{"a withheld loan is not asked for", cqSaid{rows: []string{"attempt loan=L outcome=no_answer", "attempt loan=L outcome=voicemail", "dispute loan=L"}, b: 2}, "open dispute/L"},
		{"a wait, by loan", cqSaid{rows: []string{"inbound loan=M"}, b: 5}, "open wait:talk/M"},
		{"day 1 is the day itself", cqSaid{rows: []string{"inbound loan=M"}, b: 6}, "open"},
		{"another channel", cqSaid{rows: []string{"inbound channel=email"}}, "open"},
		{"a callback", cqSaid{rows: []string{"inbound loan=M", "callback"}, b: 5}, "open"},
		{"for one loan", cqSaid{rows: []string{"inbound", "callback loan=L"}, b: 5}, "open wait:talk/M"},
		{"until", cqSaid{rows: []string{"inbound loan=M", "callback until=6"}, b: 5}, "open wait:talk/M"},
		{"after a later talk", cqSaid{rows: []string{"inbound hour=15", "callback"}}, "open wait:talk/L wait:talk/M"},
		{"a wrong number", cqSaid{rows: []string{"attempt outcome=wrong_number"}, b: 9}, "open wrong_number"},
		{"a consent after it", cqSaid{rows: []string{"attempt outcome=wrong_number", "consent channel=call day=1"}, b: 9}, "open"},
		{"a promise of a loan", cqSaid{rows: []string{"promise loan=L amount=50.00 promised=5"}}, "open promise_pending/L"},
		{"of the borrower", cqSaid{rows: []string{"promise currency=GBP amount=50.00 promised=5"}}, "suppressed promise_pending>8"},
		{"on its deadline the ladder may speak of the next day", cqSaid{rows: []string{"promise currency=GBP amount=50.00 promised=5"}, b: 7}, "open"},
		{"two are broken: the third holds nothing", cqSaid{rows: []string{"promise loan=L amount=1 promised=1", "promise loan=L amount=1 promised=2", "promise loan=L amount=9 promised=9"}, b: 5}, "open"},
		{"a case", cqSaid{rows: []string{"hardship reason=illness"}}, "open"},
		{"without an offer", cqSaid{rows: []string{"hardship reason=mood"}}, "suppressed hardship_review>10"},
		{"it is over", cqSaid{rows: []string{"hardship reason=mood"}, b: 9}, "open"},
		{"unhold at its instant ends it", cqSaid{rows: []string{"hardship reason=mood", "unhold reason=hardship"}}, "open"},
		{"the latest is the case", cqSaid{rows: []string{"hardship reason=mood", "hardship reason=illness day=1"}}, "open"},
		{"an adjustment of an offer", cqSaid{rows: []string{"hardship reason=mood"}, back: []cqAdjustment{{night: cqDay0, loan: "M", reason: "offer:x"}}}, "open"},
		{"placed", cqSaid{tasks: []cqTask{{key: "T", borrower: "B", channel: "agency", on: cqDay0, attempts: 1}}}, "suppressed agency"},
		{"returned", cqSaid{tasks: []cqTask{{key: "T", borrower: "B", channel: "agency", on: cqDay0, attempts: 1}}, rows: []string{"unhold reason=agency"}}, "open"},
		{"unreported", cqSaid{tasks: []cqTask{{key: "T", borrower: "B", channel: "call", on: cqDay0, attempts: 3}}}, "open cap:each/L cap:each/M cap:three"},
	} {
		if got := x.said.tell(t); got != x.want {
			t.Errorf("%s: %s, want %s", x.what, got, x.want)
		}
	}
}

// Money counts once, in the order of promises and of repayments.
func TestCollectionModelPromises(t *testing.T) {
	pay := func(id, loan string, on int, amount int64) cqRepayment {
		return cqRepayment{id: id, loan: loan, on: cqDay0 + on, amount: amount, currency: "GBP"}
	}
	for _, x := range []struct {
		what string
		said cqSaid
		want string
	}{
		{"need is 0.9 of it less 0.50", cqSaid{rows: []string{"promise loan=L amount=10.00 promised=1"}, paid: []cqRepayment{pay("R", "L", 1, 850)}}, "8.50 kept 1"},
		{"a cent less", cqSaid{rows: []string{"promise loan=L amount=10.00 promised=1"}, paid: []cqRepayment{pay("R", "L", 1, 849)}, b: 3}, "8.49 partly_kept 3"},
		{"still open", cqSaid{rows: []string{"promise loan=L amount=10.00 promised=1"}, paid: []cqRepayment{pay("R", "L", 1, 849)}, b: 2}, "8.49 open"},
		{"too late", cqSaid{rows: []string{"promise loan=L amount=10.00 promised=1"}, paid: []cqRepayment{pay("R", "L", 4, 1000)}, b: 4}, "0.00 broken 3"},
		{"before it was made", cqSaid{rows: []string{"promise loan=L amount=10.00 promised=1"}, paid: []cqRepayment{pay("R", "L", -1, 1000)}, b: 1}, "0.00 open"},
		{"another loan", cqSaid{rows: []string{"promise loan=L amount=10.00 promised=1"}, paid: []cqRepayment{pay("R", "M", 1, 1000)}}, "0.00 open"},
		{"any loan", cqSaid{rows: []string{"promise currency=GBP amount=10.00 promised=1"}, paid: []cqRepayment{pay("R", "M", 1, 500), pay("S", "L", 2, 500)}}, "10.00 kept 2"},
		{"once", cqSaid{rows: []string{"promise currency=GBP amount=10.00 promised=1", "promise loan=L amount=10.00 promised=2"}, paid: []cqRepayment{pay("R", "L", 1, 1500)}}, "10.00 kept 1, 5.00 open"},
		{"reversed", cqSaid{rows: []string{"promise loan=L amount=10.00 promised=1"}, paid: []cqRepayment{pay("R", "L", 1, 1000)}, back: []cqAdjustment{{kind: "reversal", target: "R"}}}, "0.00 open"},
		{"charged back", cqSaid{rows: []string{"promise loan=L amount=10.00 promised=1"}, paid: []cqRepayment{pay("R", "L", 1, 1000)}, back: []cqAdjustment{{kind: "chargeback", target: "R", amount: 400}}}, "6.00 open"},
	} {
		var words []string
		for _, p := range x.said.subject(t).promises {
			text := cqMoney(p.paid) + " " + p.status
			if p.decided != cqNoDay {
				text += fmt.Sprint(" ", p.decided-cqDay0)
			}
			words = append(words, text)
		}
		if got := strings.Join(words, ", "); got != x.want {
			t.Errorf("%s: %s, want %s", x.what, got, x.want)
		}
	}
}

// Attempts granted are the least of the step's and of what each cap leaves.
func TestCollectionModelAttempts(t *testing.T) {
	for rows, want := range map[string]int{
		"": 2, "attempt loan=L outcome=no_answer": 1, "attempt loan=M outcome=not_connected": 2, "attempt outcome=not_connected|attempt outcome=not_connected": 1,
	} {
		x := cqSaid{}
		if rows != "" {
			x.rows = strings.Split(rows, "|")
		}
		s := x.subject(t)
		d := s.decide()
		r := &cqResult{}
		s.m.rank([]*cqDecision{d}, r)
		if len(r.exported) != 1 || r.exported[0].attempts != want || !slices.Equal(r.exported[0].loans, []string{"L", "M"}) {
			t.Errorf("%q: %+v, want %d attempts", rows, r.exported, want)
		}
	}
}
