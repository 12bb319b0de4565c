package batch

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"

	"daybook/ledger/loan"
	"daybook/reports"
)

const partsPolicy = `
format_version: 1
name: parts
products:
  default: {}
  daily: {interest: daily, day_count: ACT/365F}
  simple: {interest: simple, day_count: ACT/365F}
  daily_ahead:
    interest: daily
    day_count: ACT/360
    allocation: [{order: [penalty, fee, interest, principal], in_advance: prepay_principal}]
  next: {allocation: [{order: [penalty, fee, interest, principal], in_advance: next_installment}]}
  last: {allocation: [{order: [penalty, fee, interest, principal], in_advance: last_installment}]}
  spread: {allocation: [{order: [penalty, fee, interest, principal], in_advance: spread}]}
  shorter:
    late_charges: {fixed_fee: {amount: 5.00, wait_days: 4}}
    allocation: [{order: [principal, interest, fee, penalty], in_advance: prepay_principal}]
`

// A partOf is the amount of a line of a step; one that is given back adds to what there is.
var partOf = regexp.MustCompile(`^(-?[0-9]+\.[0-9]{2}) (to|is over|of [a-z]+ that was paid ahead)`)

// TestExplainedPartsAddUp: what explain says became of an amount is all of it, of each kind of
// money and product, and so is what it says was met out of credit and what was accrued.
func TestExplainedPartsAddUp(t *testing.T) {
	t.Parallel()
	first, seeds := seedsToTry(3)
	tried := map[string]int{}
	for seed := first; seed < first+seeds; seed++ {
		l := newLender(t)
		l.policy(partsPolicy)
		r := rand.New(rand.NewPCG(uint64(seed), 31))
		loans, money, changes := partsLoans(t, r)
		write(t, l.in("2026-03-20"), "loans-a", loans)
		write(t, l.in("2026-03-20"), "adjustments-a", changes)
		l.close("2026-03-20")
		explainAddsUp(t, l, seed, tried)
		for _, night := range []string{"2026-03-28", "2026-04-25"} {
			write(t, l.in(night), "repayments-a", money[night])
			write(t, l.in(night), "adjustments-a", partsAdjustments(t, r, loans, night))
			l.close(night)
			explainAddsUp(t, l, seed, tried)
		}
	}
	for _, kind := range []string{"repayment", "prepay", "goodwill", "recovery", "credit_applied", "accrual"} {
		if tried[kind] < seeds {
			t.Errorf("there are only %d of %s", tried[kind], kind)
		}
	}
}

// partsLoans are loans of all products, what is paid of them by night, and those charged off.
func partsLoans(t *testing.T, r *rand.Rand) (loans []loanFile, money map[string][]repaymentFile, off []adjustmentFile) {
	money = map[string][]repaymentFile{}
	for i := range 80 {
		x := aLoan(t, fmt.Sprintf("L%02d", i), "2026-01-01", "2026-02-01")
		x.Product = []string{"default", "daily", "simple", "daily_ahead", "next", "last", "spread", "shorter"}[i%8]
		x.Installments = 1 + int32(r.IntN(9))
		if i%3 == 0 {
			x.Fee = ptr(int64(150))
		}
		loans = append(loans, x)
		if i%11 == 5 {
			off = append(off, adjusts(t, "O"+x.LoanID, x.LoanID, "charge_off", "2026-03-19"))
		}
		for _, night := range []string{"2026-03-28", "2026-04-25"} {
			for k := range r.IntN(3) {
				p := pays(t, fmt.Sprint("P", night, k), x.LoanID, night, "1.00")
				p.ValueDate -= int32(r.IntN(20))
				p.Amount = 1 + r.Int64N([]int64{2_000, 30_000, 150_000}[r.IntN(3)])
				money[night] = append(money[night], p)
			}
		}
	}
	return loans, money, off
}

// partsAdjustments are other money of a night, and charges.
func partsAdjustments(t *testing.T, r *rand.Rand, loans []loanFile, night string) (list []adjustmentFile) {
	for i := range loans {
		kind := []string{"prepay", "goodwill", "recovery", "fee", "penalty", "waiver", ""}[r.IntN(7)]
		if kind == "" {
			continue
		}
		a := adjusts(t, "A"+night, loans[i].LoanID, kind, night)
		a.ValueDate -= int32(r.IntN(5))
		a.Amount = ptr(1 + r.Int64N(20_000))
		switch kind {
		case "prepay":
			a.Choice = ptr([]string{"shorter_term", "lower_installment"}[r.IntN(2)])
		case "fee", "penalty":
			*a.Amount %= 900
			*a.Amount++
		case "waiver":
			*a.Amount = 1 + *a.Amount%50
			a.Component = ptr("interest")
		}
		list = append(list, a)
	}
	return list
}

func explainAddsUp(t *testing.T, l *lender, seed int, tried map[string]int) {
	t.Helper()
	r, done := reading(t, l)
	defer done()
	met := []string{loan.KindRepayment.String(), loan.KindPrepay.String(), loan.KindGoodwill.String(), loan.KindRecovery.String(), loan.KindWaiver.String(), "credit_applied"}
	accrued := map[string]int64{}
	err := r.EachAccrual(t.Context(), func(c []reports.Column) error {
		for i, interest := range c[5].Ints {
			accrued[string(c[1].Texts.Row(i))] = interest
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for id := range l.tape(r.Last().String()) {
		e, err := r.Explain(id)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range e.Steps {
			tried[s.Did]++
			if s.Did == "accrual" && s.Amount != "" && amountOf(t, s.Amount) != accrued[id] {
				t.Errorf("seed %d, night %s, %s: %s was accrued, by the export %d", seed, r.Last(), id, s.Amount, accrued[id])
			}
			if !slices.Contains(met, s.Did) {
				continue
			}
			sum, lost := int64(0), int64(0)
			for _, line := range s.Lines {
				m := partOf.FindStringSubmatch(line)
				switch {
				case m == nil:
				case m[2] == "to" || m[2] == "is over":
					sum += amountOf(t, m[1])
				default:
					lost += amountOf(t, m[1])
				}
			}
			if want := amountOf(t, s.Amount) + lost; sum != want {
				t.Errorf("seed %d, night %s, %s: of the %s %s of %s the parts are %d, want %d: %q", seed, r.Last(), id, s.Did, s.Source, s.Amount, sum, want, s.Lines)
			}
		}
	}
}
