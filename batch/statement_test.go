package batch

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports/statement"
)

// statementLender is a lender with a loan of each sort that a statement must tell of, one
// night a week from the third of February to the end of March 2026.
func statementLender(t testing.TB) *lender {
	t.Helper()
	l := newLender(t)
	l.policy("format_version: 1\nname: charges\nproducts:\n  default:\n    late_charges:\n      penalty_interest: {rate_multiplier: 1.5, on: [principal, interest], day_count: ACT/360}\n")
	var loans []loanFile
	var people []borrowerFile
	for _, x := range []struct{ id, language string }{
		{"late", "en-GB"}, {"reversed", "zh-Hans-CN"}, {"off", "de"}, {"over", "es-MX"}, {"paused", "hi"}, {"quiet", "sw"}, {"changed", ""},
	} {
		f := aLoan(t, x.id, "2026-01-01", "2026-02-01")
		f.Principal *= 1000
		loans = append(loans, f)
		if x.language != "" {
			people = append(people, borrowerFile{BorrowerID: "B-" + x.id, Language: ptr(x.language)})
		}
	}
	amount := func(a adjustmentFile, minor int64) adjustmentFile { a.Amount = ptr(minor); return a }
	until := func(a adjustmentFile, day civil.Date) adjustmentFile { a.Until = ptr(int32(day)); return a }
	target := func(a adjustmentFile, id string) adjustmentFile { a.TargetID = ptr(id); return a }
	component := func(a adjustmentFile, c string) adjustmentFile { a.Component = ptr(c); return a }
	changed := adjusts(t, "S1", "changed", "restructure", "2026-03-10")
	changed.Choice, changed.Installments, changed.FirstDueOn, changed.AnnualRate = ptr("extend"), ptr(int32(24)), ptr(int32(day(t, "2026-04-10"))), ptr(int64(90_000_000))
	const level = "106618.55"
	pays := func(id, loan, on, amount string) repaymentFile { return pays(t, id, loan, on, amount) }
	for _, n := range []struct {
		date        string
		repayments  []repaymentFile
		adjustments []adjustmentFile
	}{
		{"2026-02-03", []repaymentFile{pays("P1", "late", "2026-02-01", level), pays("Q1", "reversed", "2026-02-01", level), pays("O1", "over", "2026-02-02", "2000000.00"),
			pays("C1", "changed", "2026-02-01", level)}, nil},
		{"2026-02-10", []repaymentFile{pays("Q2", "reversed", "2026-02-09", "5000.00")}, []adjustmentFile{amount(adjusts(t, "F1", "late", "fee", "2026-02-09"), 2500)}},
		{"2026-02-17", nil, []adjustmentFile{target(adjusts(t, "V1", "reversed", "reversal", "2026-02-12"), "Q1"), until(adjusts(t, "Z1", "paused", "pause", "2026-02-12"), day(t, "2026-04-01")),
			component(amount(adjusts(t, "W1", "late", "waiver", "2026-02-12"), 1000), "fee")}},
		{"2026-02-24", []repaymentFile{pays("P2", "late", "2026-02-20", "10000.00")}, nil},
		{"2026-03-03", []repaymentFile{pays("P3", "late", "2026-03-01", "50000.00")}, []adjustmentFile{adjusts(t, "X1", "off", "charge_off", "2026-03-02")}},
		{"2026-03-10", []repaymentFile{pays("P0", "late", "2026-02-05", "7777.00")}, []adjustmentFile{changed, amount(adjusts(t, "Y1", "off", "recovery", "2026-03-09"), 900000),
			amount(adjusts(t, "B1", "over", "refund", "2026-03-09"), 10000000)}},
		{"2026-03-17", nil, []adjustmentFile{target(adjusts(t, "V2", "late", "reversal", "2026-03-15"), "P3")}},
		{"2026-03-31", []repaymentFile{pays("P4", "late", "2026-03-31", "40000.00")}, nil},
	} {
		if n.date == "2026-02-03" {
			write(t, l.in(n.date), "loans-a", loans)
			write(t, l.in(n.date), "borrowers-a", people)
		}
		if n.repayments != nil {
			write(t, l.in(n.date), "repayments-a", n.repayments)
		}
		if n.adjustments != nil {
			write(t, l.in(n.date), "adjustments-a", n.adjustments)
		}
		l.close(n.date)
		for key, reason := range l.rejects(n.date) {
			t.Errorf("%s: %s is refused: %s", n.date, key, reason)
		}
	}
	return l
}

func stated(t testing.TB, r *lookup.Reader, id, from, to string, then bool) *statement.Statement {
	t.Helper()
	s, err := r.Statement(id, lookup.StatementOf{From: day(t, from), To: day(t, to), AsOf: civil.None, Then: then})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// spaced writes values with a space between each two.
func spaced(list ...any) string { return strings.TrimSuffix(fmt.Sprintln(list...), "\n") }

func plainMoney(m statement.Money) string { return m.Amount.Text(m.Digits) }

// TestStatementsFollowOneAnother: told as the nights told it, each statement begins where
// the one before it ended, at the figures of that night's tape; what its lines say of
// principal is what the published journals of its nights post for the loan, event by event;
// and the year's totals are what the tape has.
func TestStatementsFollowOneAnother(t *testing.T) {
	l := statementLender(t)
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for id := range l.tape("2026-03-31") {
		var before *statement.Statement
		from := "2026-01-01"
		for _, night := range nightsOf(t, r) {
			s := stated(t, r, id, from, night.String(), true)
			row := l.tape(night.String())[id]
			for column, m := range map[string]statement.Money{"principal_outstanding": s.Closing.Principal, "interest_outstanding": s.Closing.Interest,
				"fees_outstanding": s.Closing.Fees, "penalties_outstanding": s.Closing.Penalties, "total_outstanding": s.Closing.Owed, "credit_balance": s.Closing.Credit,
				"past_due_amount": s.PastDue.Amount, "principal_paid": s.Year.PrincipalPaid, "interest_paid": s.Year.InterestPaid, "fees_paid": s.Year.FeesPaid, "penalties_paid": s.Year.PenaltiesPaid} {
				if got := plainMoney(m); got != row[column] {
					t.Errorf("%s, %s: %s is %s, the tape has %s", id, night, column, got, row[column])
				}
			}
			if s.Status != row["status"] {
				t.Errorf("%s, %s: it is %s, the tape has %s", id, night, s.Status, row["status"])
			}
			if before != nil && (before.Closing != s.Opening || before.To+1 != s.From) {
				t.Errorf("%s: the statement from %s begins with %+v, the one before it ended with %+v", id, s.From, s.Opening, before.Closing)
			}
			posted := map[string]int64{}
			for _, p := range l.table(night.String(), "journal/part-*.parquet") {
				if p["loan_id"] == id && p["account"] == "1301" {
					posted[p["source_id"]] += amountOf(t, p["debit"]) - amountOf(t, p["credit"])
				}
			}
			said := map[string]int64{}
			for _, e := range s.Events {
				lines++
				switch e.Kind {
				case "reversal":
					said[e.TargetID] += int64(e.Principal.Amount)
				case "recovery", "charge_off", statement.CreditUsed:
				default:
					said[e.ID] += int64(e.Principal.Amount)
				}
			}
			late := slices.ContainsFunc(s.Events, func(e statement.Event) bool { return e.Late || e.Kind == "reversal" }) // what comes late moves others, too
			for source, sum := range posted {
				if id != "off" && id != "over" && !late && said[source] != sum {
					t.Errorf("%s, %s: %q moves principal by %d, the journal posts %d", id, night, source, said[source], sum)
				}
			}
			before, from = s, (night + 1).String()
		}
	}
	if lines < 60 {
		t.Errorf("only %d lines", lines)
	}
}

// TestStatementLines: what is told of each sort of loan, on its value date or as posted.
func TestStatementLines(t *testing.T) {
	l := statementLender(t)
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	line := func(s *statement.Statement, id string) *statement.Event {
		for i := range s.Events {
			if s.Events[i].ID == id {
				return &s.Events[i]
			}
		}
		t.Errorf("%s from %s, known %s: no line %s", s.LoanID, s.From, s.Known, id)
		return &statement.Event{}
	}
	is := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	// A payment that came late: told in February by all that is known now, and in March as posted.
	now, then := stated(t, r, "late", "2026-02-01", "2026-02-28", false), stated(t, r, "late", "2026-02-01", "2026-02-28", true)
	p0 := line(now, "P0")
	is("P0", spaced(p0.ValueDate, p0.PostedOn, p0.Late, plainMoney(p0.Amount)), "2026-02-05 2026-03-10 true 7777.00")
	is("P2 is not late: no night lies between", spaced(line(now, "P2").Late), "false")
	if slices.ContainsFunc(then.Events, func(e statement.Event) bool { return e.ID == "P0" }) {
		t.Error("what came in March is told as known then in February")
	}
	march := stated(t, r, "late", "2026-03-01", "2026-03-31", true)
	is("P0 as posted", spaced(line(march, "P0").PostedOn, line(march, "P0").Late), "2026-03-10 true")
	if s := stated(t, r, "late", "2026-03-01", "2026-03-31", false); s.OpeningStated == nil || *s.OpeningStated != then.Closing || s.Opening != now.Closing {
		t.Errorf("opening %+v, as stated %+v; want %+v and %+v", s.Opening, s.OpeningStated, now.Closing, then.Closing)
	}
	// One that is reversed is told, and moves nothing; as posted both are told.
	s := stated(t, r, "reversed", "2026-02-01", "2026-02-28", false)
	q1 := line(s, "Q1")
	is("Q1", spaced(q1.ReversedOn, q1.ReversedBy, plainMoney(q1.Principal), plainMoney(q1.Amount)), "2026-02-17 V1 0.00 106618.55")
	s = stated(t, r, "reversed", "2026-02-01", "2026-02-28", true)
	is("Q1 as posted", spaced(line(s, "Q1").ReversedOn, line(s, "Q1").Principal.Amount < 0, line(s, "V1").TargetID, line(s, "V1").Principal.Amount > 0), "2026-02-17 true Q1 true")
	s, err = r.Statement("late", lookup.StatementOf{From: day(t, "2026-03-01"), To: day(t, "2026-03-10"), AsOf: day(t, "2026-03-10"), Then: true})
	if err != nil || line(s, "P3").ReversedOn != civil.None {
		t.Errorf("the reversal of the 17th is known on the 10th: %v", err)
	}
	// Charged off: it is owed still, and a recovery lowers it.
	s = stated(t, r, "off", "2026-03-01", "2026-03-31", false)
	is("off", spaced(s.Status, plainMoney(line(s, "X1").Principal), s.Closing.Owed.Amount > 0, plainMoney(line(s, "Y1").Amount), line(s, "Y1").Balance.Amount-line(s, "X1").Balance.Amount < 0),
		"charged_off 0.00 true 9000.00 true")
	// Overpaid: its credit is told beside what is owed.
	s = stated(t, r, "over", "2026-01-01", "2026-03-31", false)
	is("over", spaced(s.Status, s.Closing.Owed.Amount > 0, s.HasCredit(), plainMoney(line(s, "B1").Credit)), "active true true -100000.00")
	s = stated(t, r, "paused", "2026-02-01", "2026-02-28", false)
	is("paused", spaced(line(s, "Z1").Until, plainMoney(line(s, "Z1").Amount)), "2026-04-01 0.00")
	s = stated(t, r, "changed", "2026-03-01", "2026-03-31", false)
	is("changed", spaced(s.InForce != nil, s.InForce.Installments, s.InForce.AnnualRate, s.Terms.Installments), "true 34 0.09 12")
	for id, want := range map[string]string{"late": "en", "reversed": "zh", "off": "de", "over": "es", "paused": "hi", "quiet": "en", "changed": "en"} {
		is(id, stated(t, r, id, "2026-02-01", "2026-02-28", false).Language, want)
	}
}

// TestStatementStands: what a payoff costs is what payoff says, what is past due what the
// balances of that day say, with what was known or is; and a day that can't be told is refused.
func TestStatementStands(t *testing.T) {
	l := statementLender(t)
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	for id := range l.tape("2026-03-31") {
		for _, to := range []string{"2026-02-10", "2026-02-26", "2026-03-31"} {
			s := stated(t, r, id, "2026-02-01", to, false)
			p, err := r.Payoff(id, day(t, to))
			if s.OffBooks() {
				if err == nil || s.Payoff.Amount.Amount != 0 || len(s.Payoff.Following) > 0 || s.Closing.Owed.Amount == 0 {
					t.Errorf("%s, %s: %+v pays off what is out of the books: %v", id, to, s.Payoff, err)
				}
			} else if err != nil {
				t.Fatal(err)
			} else if got := plainMoney(s.Payoff.Amount); got != p.Amount || plainMoney(s.Payoff.Interest) != p.Interest || plainMoney(s.Payoff.Following[9].Amount) != p.Following[9].Amount {
				t.Errorf("%s, %s: the payoff is %s, payoff says %s", id, to, got, p.Amount)
			}
			for _, then := range []bool{true, false} {
				s := stated(t, r, id, "2026-02-01", to, then)
				b, err := r.AsOf(id, day(t, to), then)
				if err != nil {
					t.Fatal(err)
				}
				want := spaced(b.PastDue, b.Total, b.Credit)
				if got := spaced(plainMoney(s.PastDue.Amount), plainMoney(s.Closing.Owed), plainMoney(s.Closing.Credit)); got != want {
					t.Errorf("%s, %s, then %v: past due, owed, credit are %s, want %s", id, to, then, got, want)
				}
				if b.PastDue != "0.00" && (s.PastDue.Since != b.Oldest || s.PastDue.Days != b.DaysPastDue) {
					t.Errorf("%s, %s: past due since %s, want %s", id, to, s.PastDue.Since, b.Oldest)
				}
			}
			sum := money.Amount(0)
			for _, d := range s.NextDues {
				sum += d.Amount.Amount
				if d.DueOn <= day(t, to) || d.Principal.Amount+d.Interest.Amount+d.Fees.Amount != d.Amount.Amount {
					t.Errorf("%s, %s: next due %+v", id, to, d)
				}
			}
			if sum == 0 {
				t.Errorf("%s, %s: nothing falls due", id, to)
			}
		}
	}
	for _, of := range []lookup.StatementOf{
		{From: day(t, "2026-03-01"), To: day(t, "2026-04-01"), AsOf: civil.None}, {From: day(t, "2025-03-01"), To: day(t, "2025-04-01"), AsOf: civil.None},
		{From: day(t, "2026-01-01"), To: day(t, "2026-01-31"), AsOf: civil.None, Then: true}, {From: day(t, "2026-03-01"), To: day(t, "2026-03-31"), AsOf: day(t, "2026-04-01")},
	} {
		if _, err := r.Statement("late", of); err == nil {
			t.Errorf("there is a statement of %+v", of)
		}
	}
	if _, err := r.Statement("nobody", lookup.StatementOf{From: 0, To: r.Last(), AsOf: civil.None}); err == nil {
		t.Error("there is a statement of nobody")
	}
}

// TestStatementsAreWritten writes each in each format, twice with the same bytes. With
// DAYBOOK_STATEMENTS they go to that folder, to be looked at.
func TestStatementsAreWritten(t *testing.T) {
	t.Parallel()
	l := statementLender(t)
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	dir := os.Getenv("DAYBOOK_STATEMENTS")
	for _, f := range statement.Formats {
		var writers [2]*statement.Writer
		for i := range writers {
			if writers[i], err = statement.NewWriter(statement.Format(f), nil); err != nil {
				t.Fatal(err)
			}
		}
		for id := range l.tape("2026-03-31") {
			for _, then := range []bool{false, true} {
				var data [2][]byte
				for i := range data {
					s := stated(t, r, id, "2026-01-01", "2026-03-31", then)
					s.Addressee = []string{"Ada Lovelace 张伟 अनिता शर्मा", "12 Musterstraße"}
					if data[i], err = writers[i].Write(s); err != nil {
						t.Fatal(err)
					}
				}
				if string(data[0]) != string(data[1]) {
					t.Errorf("%s as %s: other bytes the second time", id, f)
				}
				if f == "json" && !json.Valid(data[0]) {
					t.Errorf("%s: no JSON", id)
				}
				if dir != "" {
					if err := os.WriteFile(fmt.Sprintf("%s/%s-%v.%s", dir, id, then, f), data[0], 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
	}
}
