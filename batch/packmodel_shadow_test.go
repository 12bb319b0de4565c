package batch

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"daybook/batch/lookup"
	"daybook/ledger/store"
)

// TestPacksAgainstShadowBook: of loans that the naive arithmetic does not know (interest that
// is restructured, earned by the day, late charges, moratoriums, waivers) the figures of each
// day are those of a book that is closed every night; what the packs make of them is the
// model's, both there and in a book that gets the same rows once or twice a month.
func TestPacksAgainstShadowBook(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it closes a book on 150 nights, and starts what TestPacksAgainstModel starts")
	}
	first, seeds := seedsToTry(1)
	for seed := first; seed < first+seeds; seed++ {
		packsAgainstShadow(t, uint64(seed))
	}
}

const pmShadowPolicy = `
format_version: 1
name: shadow
jurisdiction: none
currencies: [CNY]
aging: {grace_days: 2, materiality: {amount: 40, share: 0.02}}
products:
  default:
    attributes: [small_business]
    late_charges: {penalty_interest: {rate_multiplier: 1.5, on: [principal], day_count: ACT/360}, fixed_fee: {amount: 5.00, wait_days: 4}}
  daily: {interest: daily, attributes: [non_retail]}
packs: [in, eu, ifrs9, us, cn]
provisions: {post: in}
`

// A pmShadow is the two books, and the rows of each of their nights.
type pmShadow struct {
	t            testing.TB
	r            *rand.Rand
	daily, few   *lender
	first, b     int32
	loans        []loanFile
	lives        map[string]*pmTapeLife
	last         map[string]map[string]string // the daily book's rows of the day before
	measures     map[string][]pmMeasure
	flags        map[string][]pmFlag
	dailyB, fewB *pmBook
	waiting      pmRowsOf // that the few nights have not had
	ids          int
}

// pmRowsOf is the rows of a night.
type pmRowsOf struct {
	loans       []loanFile
	repayments  []repaymentFile
	adjustments []cqAdjustmentsFile
	flags       []flagFile
}

func (f *pmRowsOf) write(t testing.TB, in string) {
	write(t, in, "loans-a", f.loans)
	write(t, in, "repayments-a", f.repayments)
	write(t, in, "adjustments-a", f.adjustments)
	write(t, in, "flags-a", f.flags)
}

func packsAgainstShadow(t *testing.T, seed uint64) {
	policy := func() *pmPolicy {
		return &pmPolicy{
			packs: pmPacks(t, "in", "eu", "ifrs9", "us", "cn"), post: "in", when: "nightly", share: big.NewRat(2, 100), currencies: []string{"CNY"},
			amount: map[string]int64{"CNY": 4000}, attributes: map[string][]string{"default": {"small_business"}, "daily": {"non_retail"}},
		}
	}
	s := &pmShadow{
		t: t, r: rand.New(rand.NewPCG(seed, 23)), daily: newLender(t), few: newLender(t), first: pmYMD(2025, 10, 28), lives: map[string]*pmTapeLife{}, last: map[string]map[string]string{},
		measures: map[string][]pmMeasure{}, flags: map[string][]pmFlag{}, dailyB: newPMBook(policy()), fewB: newPMBook(policy()),
	}
	s.daily.policy(pmShadowPolicy)
	s.few.policy(pmShadowPolicy)
	n := 0
	for s.b = s.first; s.b < s.first+150 && !t.Failed(); s.b++ {
		rows := s.draw()
		date := pmDay8(s.b)
		rows.write(t, s.daily.in(date))
		s.daily.close(date)
		s.daily.o.Policy = nil
		for at, reason := range s.daily.rejects(date) {
			t.Errorf("seed %d, %s: %s is rejected as %s", seed, date, at, reason)
		}
		for _, row := range s.daily.table(date, "loans/part-*.parquet") {
			id := row["loan_id"]
			if s.lives[id] == nil {
				s.lives[id] = newPMTapeLife(row)
			}
			s.lives[id].add(row)
			s.last[id] = row
		}
		n += s.compare(s.daily, s.dailyB, fmt.Sprintf("seed %d, %s, every night", seed, date))
		w := &s.waiting
		w.loans, w.repayments = append(w.loans, rows.loans...), append(w.repayments, rows.repayments...)
		w.adjustments, w.flags = append(w.adjustments, rows.adjustments...), append(w.flags, rows.flags...)
		if _, _, day := pmSplit(s.b); day == 3 || day == 21 {
			w.write(t, s.few.in(date))
			s.waiting = pmRowsOf{}
			s.few.close(date)
			s.few.o.Policy = nil
			n += s.compare(s.few, s.fewB, fmt.Sprintf("seed %d, %s, few nights", seed, date))
		}
	}
	if n < 30_000 && !t.Failed() {
		t.Errorf("only %d figures were compared", n)
	}
}

// compare closes the model's book beside one of the two. Expected loss needs what is unpaid
// of each due date to come, which the book shows: it is asked on some nights.
func (s *pmShadow) compare(l *lender, book *pmBook, what string) int {
	asks := l == s.few || s.b%6 == 0
	unpaid := map[string][]pmDue{}
	if asks {
		unpaid = s.unpaid(l)
	}
	var lives []*pmLife
	for i := range s.loans {
		f := &s.loans[i]
		life := s.lives[f.LoanID].known(unpaid[f.LoanID])
		life.measures, life.flags = s.measures[f.LoanID], append(slices.Clone(s.flags[f.LoanID]), s.flags[f.BorrowerID]...)
		lives = append(lives, life)
	}
	rows, _ := book.close(s.b, lives)
	for _, row := range rows {
		if !asks {
			delete(row, "ifrs9_provision")
		}
	}
	faults, n := comparePacks(l.tape(pmDay8(s.b)), rows)
	for _, fault := range faults {
		s.t.Errorf("%s: %s", what, fault)
	}
	return n
}

// unpaid is what a book shows of the due dates to come.
func (s *pmShadow) unpaid(l *lender) map[string][]pmDue {
	b, err := store.OpenReadOnly(l.o.Book, store.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer b.Close()
	r, err := lookup.Open(b)
	if err != nil {
		s.t.Fatal(err)
	}
	unpaid := map[string][]pmDue{}
	for i := range s.loans {
		v, err := r.Loan(s.loans[i].LoanID)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, x := range v.Schedule {
			if int32(x.DueOn) > s.b {
				unpaid[s.loans[i].LoanID] = append(unpaid[s.loans[i].LoanID], pmDue{on: int32(x.DueOn), principal: pmCents(x.Principal) - pmCents(x.PrincipalPaid)})
			}
		}
	}
	return unpaid
}

func (s *pmShadow) id(prefix string) string {
	s.ids++
	return fmt.Sprintf("%s%05d", prefix, s.ids)
}

// draw makes the rows of a day, all of which come on it.
func (s *pmShadow) draw() (f pmRowsOf) {
	if s.b == s.first {
		for i := range 6 {
			f.loans = append(f.loans, loanFile{
				LoanID: fmt.Sprint("L", i), BorrowerID: fmt.Sprint("B", i/2), Product: []string{"default", "default", "daily"}[i%3], Currency: "CNY",
				Principal: 100_000 + s.r.Int64N(900_000), DisbursedOn: s.b, FirstDueOn: s.b + 5 + int32(s.r.IntN(26)), Installments: 12, AnnualRate: 180_000_000,
				Method: ptr("annuity"), DayCount: ptr("30/360"), Frequency: ptr([]string{"1M", "14D"}[i%2]), Fee: ptr(int64(150)),
			})
		}
		s.loans = f.loans
		return f
	}
	for i := range s.loans {
		x := &s.loans[i]
		last := s.last[x.LoanID]
		pay := func(amount int64) {
			f.repayments = append(f.repayments, repaymentFile{s.id("P"), x.LoanID, s.b, amount, "CNY"})
		}
		late := pmCents(last["past_due_amount"])
		switch n := s.r.IntN(100); {
		case last["next_due_on"] == pmDay8(s.b) && n < 35:
			pay(pmCents(last["next_due_amount"]))
		case late > 0 && n < 2:
			pay(late + 1)
		case late > 0 && n < 4:
			pay(1 + late/3)
		}
		s.drawAdjustment(x, last, &f)
		if s.r.IntN(300) == 0 {
			flag := pmFlag{pmYearFlags[s.r.IntN(len(pmYearFlags))], s.b - int32(s.r.IntN(3)), s.b + int32(s.r.IntN(60))}
			row := flagFile{Flag: flag.name, ValidFrom: flag.from, ValidUntil: &flag.until, LoanID: &x.LoanID}
			f.flags = append(f.flags, row)
			s.flags[x.LoanID] = append(s.flags[x.LoanID], flag)
		}
	}
	return f
}

func (s *pmShadow) drawAdjustment(x *loanFile, last map[string]string, f *pmRowsOf) {
	a := cqAdjustmentsFile{AdjustmentID: s.id("A"), LoanID: x.LoanID, ValueDate: s.b}
	dpd := pmInt(last["days_past_due"])
	if last["status"] != "active" || last["next_due_on"] == "" || last["next_due_on"] == pmDay8(s.b) {
		return
	}
	switch n := s.r.IntN(1000); {
	case n < 3:
		a.Kind, a.Until, a.Choice = "pause", ptr(s.b+10+int32(s.r.IntN(40))), ptr("regulatory")
	case n < 6:
		a.Kind, a.Until = "pause", ptr(s.b+10+int32(s.r.IntN(40)))
	case n < 9 && pmCents(last["penalties_outstanding"]) > 2:
		a.Kind, a.Component, a.Amount = "waiver", ptr("penalty"), ptr(pmCents(last["penalties_outstanding"])/2)
	case x.Product != "daily" && (n < 14 || dpd > 40 && n < 40):
		a.Kind, a.Choice, a.FirstDueOn, a.Installments = "restructure", ptr("reage"), ptr(s.b+1+int32(s.r.IntN(40))), ptr(3+int32(s.r.IntN(12)))
		if s.r.IntN(3) == 0 {
			a.Reason = ptr("commercial")
		} else {
			s.measures[x.LoanID] = append(s.measures[x.LoanID], pmMeasure{s.b, *a.FirstDueOn})
		}
	default:
		return
	}
	f.adjustments = append(f.adjustments, a)
}
