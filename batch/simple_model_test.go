package batch

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"testing"

	"daybook/ledger/civil"
)

// A simpleModel is a loan of simple interest: a balance, the interest that it has earned in
// all, exactly, and what payments met of it.
type simpleModel struct {
	f        termsFile
	balance  int64
	since    int32    // the balance is what it is from here on
	before   *big.Rat // earned until then
	freeTo   int32    // no interest is earned before
	met      int64    // interest
	credit   int64
	original int64
}

// earned is what is earned by the close of a day, rounded once.
func (m *simpleModel) earned(d int32) int64 { return halfEvenRat(m.exact(d)) }

func (m *simpleModel) exact(d int32) *big.Rat {
	sum := new(big.Rat).Set(m.before)
	if from := max(m.since, m.freeTo); d > from {
		y := yearShare(*m.f.DayCount, from, d, false, 0)
		sum.Add(sum, y.Mul(y, new(big.Rat).Mul(big.NewRat(m.f.AnnualRate, 1e9), big.NewRat(m.balance, 1))))
	}
	return sum
}

// change gives the loan another balance from a day on.
func (m *simpleModel) change(d int32, by int64) {
	if by != 0 {
		m.before, m.since = m.exact(d), d
		m.balance += by
	}
}

func (m *simpleModel) pay(d int32, amount int64) {
	interest := min(amount, m.earned(d)-m.met)
	m.met += interest
	principal := min(amount-interest, m.balance)
	m.change(d, -principal)
	m.credit += amount - interest - principal
}

// TestSimpleInterestAgainstModel: random loans of simple interest with grace, moved dates and later
// tranches, and payments on any days: what is owed of principal and interest is what the model says.
func TestSimpleInterestAgainstModel(t *testing.T) {
	t.Parallel()
	first, seeds := seedsToTry(3)
	for seed := first; seed < first+seeds; seed++ {
		simpleAgainstModel(t, rand.New(rand.NewPCG(uint64(seed), 11)))
		if t.Failed() {
			t.Fatalf("seed %d; run again with SEED=%d", seed, seed)
		}
	}
}

func simpleAgainstModel(t *testing.T, r *rand.Rand) {
	l := newLender(t)
	products, yaml := randomTermsPolicy(r, true)
	l.policy(yaml)
	business := int32(day(t, "2023-11-15")) + int32(r.IntN(200))
	date := func() string { return civil.Date(business).String() }
	var models []*simpleModel
	var rows []termsFile
	for i := range 60 {
		c := randomTermsCase(t, r, crowded(fmt.Sprintf("L%03d", i)), business, products)
		c.f.Fee, c.f.InterestGrace = ptr(int64(0)), nil
		m := &simpleModel{f: c.f, balance: c.f.Principal, since: c.f.DisbursedOn, before: new(big.Rat), original: c.f.Principal}
		if free := termsGrace(&c.f, c.p)[2]; free > 0 {
			m.freeTo = c.parts[free-1].on
		}
		models, rows = append(models, m), append(rows, c.f)
	}
	write(t, l.in(date()), "loans-1", rows)
	l.close(date())
	for range 6 {
		from := business
		business += 1 + int32(r.IntN(60))
		var payments []repaymentFile
		var tranches []adjustmentFile
		for _, m := range models {
			on := from
			for k := range r.IntN(3) {
				if on >= business {
					break
				}
				on += 1 + r.Int32N(business-on)
				id := fmt.Sprintf("E%d-%d", business, k)
				if m.credit == 0 && m.balance > 0 && r.IntN(6) == 0 {
					tranches = append(tranches, adjustmentFile{AdjustmentID: id, LoanID: m.f.LoanID, Kind: "disburse", ValueDate: on, Amount: ptr(1 + r.Int64N(100000))})
					m.original += *tranches[len(tranches)-1].Amount
					m.change(on, *tranches[len(tranches)-1].Amount)
					continue
				}
				x := repaymentFile{id, m.f.LoanID, on, 1 + r.Int64N(1+m.f.Principal/int64(1+r.IntN(8))), "CNY"}
				payments = append(payments, x)
				m.pay(on, x.Amount)
			}
		}
		write(t, l.in(date()), "repayments-1", payments)
		write(t, l.in(date()), "adjustments-1", tranches)
		l.close(date())
		for at, reason := range l.rejects(date()) {
			t.Errorf("%s: %s", at, reason)
		}
		for id, row := range l.tape(date()) {
			k := slices.IndexFunc(models, func(m *simpleModel) bool { return m.f.LoanID == id })
			m := models[k]
			want := fmt.Sprintf("principal=%s principal_outstanding=%s interest_outstanding=%s credit_balance=%s",
				yuan(m.original), yuan(m.balance), yuan(m.earned(business)-m.met), yuan(m.credit))
			expect(t, fmt.Sprintf("%s %s %s %s %s free to %s", date(), id, *m.f.Method, *m.f.DayCount, *m.f.Frequency, civil.Date(m.freeTo)), row, want)
		}
		if t.Failed() {
			return
		}
	}
	verifySilent(t, l)
}
