package batch

import (
	"fmt"
	"math/big"
	"slices"
	"testing"
)

// pmStory is a worked story of testdata/pack-stories; its README has the format.
type pmStory struct {
	Name   string
	Nights []string
	Loans  []struct {
		Loan_id, Borrower_id, Product, Currency, Principal, Disbursed_on, First_due_on, Annual_rate, Method, Day_count, Arrives_on string
		Installments                                                                                                               int32
	}
	Repayments  []struct{ Repayment_id, Loan_id, Value_date, Amount, Arrives_on string }
	Adjustments []struct {
		Adjustment_id, Loan_id, Kind, Value_date, Arrives_on, Choice string
		Schedule                                                     []struct{ Due_on, Principal string }
	}
	Flags    []struct{ Borrower_id, Loan_id, Flag, Valid_from, Valid_until, Arrives_on string }
	Expected []map[string]any
}

// pmStoryPolicy is the README's.
func pmStoryPolicy(t testing.TB) *pmPolicy {
	return &pmPolicy{
		packs: pmPacks(t, "cn", "ifrs9", "eu", "us", "in"), post: "cn", when: "nightly", share: big.NewRat(1, 100), currencies: []string{"CNY", "USD"},
		attributes: map[string][]string{
			"card": {"card", "open_end"}, "home": {"secured", "home", "home_secured"}, "business": {"non_retail"},
		},
	}
}

// loan is the contract of one.
func (s *pmStory) loan(id string) loanFile {
	for _, x := range s.Loans {
		if x.Loan_id == id {
			return loanFile{
				LoanID: x.Loan_id, BorrowerID: x.Borrower_id, Product: x.Product, Currency: x.Currency, Principal: pmCents(x.Principal),
				DisbursedOn: pmDate(x.Disbursed_on), FirstDueOn: pmDate(x.First_due_on), Installments: x.Installments, AnnualRate: pm9(pmRat(x.Annual_rate)).Int64(),
				Method: ptr(x.Method), DayCount: ptr(x.Day_count), Frequency: ptr("1M"), Fee: ptr(int64(0)),
			}
		}
	}
	panic("no loan " + id)
}

// lives are the story's loans as what has arrived by a night tells them.
func (s *pmStory) lives(b int32) (lives []*pmLife) {
	here := func(on string) bool { return pmDate(on) <= b }
	for _, x := range s.Loans {
		if !here(x.Arrives_on) {
			continue
		}
		f := s.loan(x.Loan_id)
		var events []pmEvent
		for _, r := range s.Repayments {
			if r.Loan_id == x.Loan_id && here(r.Arrives_on) {
				events = append(events, pmEvent{naiveEvent: naiveEvent{kind: "repayment", id: r.Repayment_id, on: pmDate(r.Value_date), amount: pmCents(r.Amount)}})
			}
		}
		for _, a := range s.Adjustments {
			if a.Loan_id != x.Loan_id || !here(a.Arrives_on) {
				continue
			}
			e := pmEvent{naiveEvent: naiveEvent{kind: a.Kind, id: a.Adjustment_id, on: pmDate(a.Value_date), choice: a.Choice}}
			for _, p := range a.Schedule {
				e.plan = append(e.plan, pmDue{on: pmDate(p.Due_on), principal: pmCents(p.Principal)})
			}
			events = append(events, e)
		}
		l := pmLifeOf(f, events, b)
		for _, g := range s.Flags {
			if (g.Loan_id == l.id || g.Borrower_id == l.borrower) && here(g.Arrives_on) {
				until := pmNone
				if g.Valid_until != "" {
					until = pmDate(g.Valid_until)
				}
				l.flags = append(l.flags, pmFlag{g.Flag, pmDate(g.Valid_from), until})
			}
		}
		lives = append(lives, l)
	}
	return lives
}

// TestPackModelTellsTheStories: the model alone has every expected figure.
func TestPackModelTellsTheStories(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, s := range stories[*pmStory](t, "pack-stories") {
		t.Run(s.Name, func(t *testing.T) {
			book := newPMBook(pmStoryPolicy(t))
			for _, night := range s.Nights {
				b := pmDate(night)
				lives := s.lives(b)
				rows, _ := book.close(b, lives)
				for _, l := range lives {
					i := slices.IndexFunc(s.Expected, func(w map[string]any) bool { return w["night"] == night && w["loan"] == l.id })
					if i < 0 {
						t.Errorf("%s %s: the story expects nothing", night, l.id)
						continue
					}
					row := rows[l.id]
					d := l.day(b)
					row["status"], row["total_outstanding"], row["interest_suspended"] = d.status, naiveMoney(d.total), naiveMoney(d.suspended)
					row["days_past_due"], row["bucket"] = fmt.Sprint(d.dpd), pmBucket(d.delinquent)
					for _, fault := range pmStoryFaults(row, s.Expected[i], &compared) {
						t.Errorf("%s %s: %s", night, l.id, fault)
					}
				}
			}
		})
	}
	if compared < 5000 {
		t.Errorf("only %d figures were compared", compared)
	}
	t.Logf("%d figures were compared", compared)
}

// pmStoryFaults compares a row with what a story expects of it.
func pmStoryFaults(row map[string]string, want map[string]any, compared *int) (faults []string) {
	one := func(name string, value any) {
		text := ""
		if value != nil {
			text = fmt.Sprint(value)
		}
		*compared++
		if got, is := row[name]; !is || got != text {
			faults = append(faults, fmt.Sprintf("%s is %q (there: %t), want %q", name, got, is, text))
		}
	}
	for name, value := range want {
		switch of := value.(type) {
		case map[string]any:
			for column, x := range of {
				one(name+"_"+column, x)
			}
		default:
			if name != "night" && name != "loan" {
				one(name, value)
			}
		}
	}
	slices.Sort(faults)
	return faults
}
