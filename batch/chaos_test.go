package batch

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"testing"

	"daybook/batch/lookup"
	"daybook/batch/publish"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/reports/statement"
)

// A chaosAdjustment has every column of the contract, in minor units.
type chaosAdjustment struct {
	AdjustmentID string  `parquet:"adjustment_id"`
	LoanID       string  `parquet:"loan_id"`
	Kind         string  `parquet:"kind"`
	ValueDate    int32   `parquet:"value_date,date"`
	Amount       *int64  `parquet:"amount,optional"`
	Component    *string `parquet:"component,optional"`
	TargetID     *string `parquet:"target_id,optional"`
	Until        *int32  `parquet:"until,optional,date"`
	Installments *int32  `parquet:"installments,optional"`
	AnnualRate   *int64  `parquet:"annual_rate,optional,decimal(9:18)"`
	Frequency    *string `parquet:"frequency,optional"`
	FirstDueOn   *int32  `parquet:"first_due_on,optional,date"`
	Choice       *string `parquet:"choice,optional"`
	Reason       *string `parquet:"reason,optional"`
}

const chaosPolicy = minorPolicy + `
products:
  default: {}
  late:
    late_charges:
      penalty_interest: {rate_multiplier: 1.5, on: [principal, interest], day_count: ACT/360, grace_days: 2, wait_days: 3}
  daily: {interest: daily, day_count: ACT/365F, method: annuity}
  spread:
    allocation:
      - order: [principal, interest, fee, penalty]
        mode: vertical
        in_advance: spread
`

// A chaos writes rows of every kind with anything in their columns.
type chaos struct {
	r        *rand.Rand
	business int32
	digests  []string
	ids      []string
}

// pick is one of a list, or null.
func pick(r *rand.Rand, list ...string) *string {
	if r.IntN(3) == 0 {
		return nil
	}
	return &list[r.IntN(len(list))]
}

func (c *chaos) loanID() string { return fmt.Sprint("L", c.r.IntN(14)) }

// id is a new one, or one that came before.
func (c *chaos) id() string {
	if len(c.ids) == 0 || c.r.IntN(6) > 0 {
		c.ids = append(c.ids, fmt.Sprint("E", len(c.ids)))
		return c.ids[len(c.ids)-1]
	}
	return c.ids[c.r.IntN(len(c.ids))]
}

func (c *chaos) date(back, ahead int) int32 {
	return c.business - int32(c.r.IntN(back)) + int32(c.r.IntN(ahead)/max(ahead-1, 1))
}

// fitting are the choices of each kind.
var fitting = map[string][]string{
	"waiver": {"", "", "principal_forgiveness"}, "prepay": {"shorter_term", "lower_installment"}, "pause": {"", "shift"},
	"restructure": {"reage", "reamortize", "extend", "schedule", "plan"}, "release": {"", "return"},
}

func (c *chaos) adjustment() chaosAdjustment {
	r := c.r
	var kinds []string
	for k := loan.KindFee; k < loan.Kinds; k++ {
		kinds = append(kinds, k.String())
	}
	a := chaosAdjustment{
		AdjustmentID: c.id(), LoanID: c.loanID(), Kind: kinds[r.IntN(len(kinds))], ValueDate: c.date(120, 20),
		Component: pick(r, "principal", "interest", "fee", "penalty", "soul"), Frequency: pick(r, "1M", "14D", "0D"),
		Choice: pick(r, "shorter_term", "lower_installment", "shift", "reage", "reamortize", "extend", "schedule", "plan", "principal_forgiveness", "return", "other"),
		Reason: pick(r, "because"),
	}
	if len(c.ids) > 0 {
		a.TargetID = pick(r, c.ids[r.IntN(len(c.ids))], c.ids[r.IntN(len(c.ids))], "nothing")
	}
	if fits := fitting[a.Kind]; fits != nil && r.IntN(4) > 0 {
		a.Choice, a.Component, a.Frequency = ptr(fits[r.IntN(len(fits))]), ptr([]string{"interest", "fee", "penalty"}[r.IntN(3)]), nil
		if *a.Choice == "principal_forgiveness" {
			a.Component = ptr("principal")
		}
		if *a.Choice == "" {
			a.Choice = nil
		}
	}
	if len(c.digests) > 0 && r.IntN(20) == 0 {
		a.Kind, a.TargetID = "reversal", &c.digests[r.IntN(len(c.digests))]
	}
	if r.IntN(4) > 0 {
		a.Amount = ptr(r.Int64N(60000) - 1000)
	}
	if r.IntN(3) > 0 {
		a.Until, a.FirstDueOn = ptr(c.date(60, 20)+int32(r.IntN(90))), ptr(c.date(60, 20)+int32(r.IntN(90)))
		a.Installments, a.AnnualRate = ptr(int32(r.IntN(30))-1), ptr(r.Int64N(400_000_000)-1000)
	}
	return a
}

// night writes a night's files.
func (c *chaos) night(t *testing.T, in string) {
	r := c.r
	var loans []minorLoan
	for range r.IntN(8) {
		disbursed := c.date(200, 2)
		loans = append(loans, minorLoan{
			c.loanID(), fmt.Sprint("B", r.IntN(5)), []string{"default", "late", "daily", "spread"}[r.IntN(4)], []string{"CNY", "JPY", "KWD"}[r.IntN(3)],
			1 + r.Int64N(500000), disbursed, disbursed + int32(r.IntN(45)), int32(r.IntN(20)), r.Int64N(400_000_000),
		})
	}
	write(t, in, "loans-a", loans)
	for _, file := range []string{"a", "b"} {
		var paid []minorRepayment
		var adjustments []chaosAdjustment
		for range 5 + r.IntN(30) {
			paid = append(paid, minorRepayment{c.id(), c.loanID(), c.date(150, 20), r.Int64N(90000) - 500, []string{"CNY", "JPY", "KWD", "USD"}[r.IntN(4)]})
			adjustments = append(adjustments, c.adjustment())
		}
		write(t, in, "repayments-"+file, paid)
		write(t, in, "adjustments-"+file, adjustments)
	}
	var plan []minorPlan
	for range r.IntN(6) {
		plan = append(plan, minorPlan{c.loanID(), int32(r.IntN(4)), c.date(60, 2) + int32(r.IntN(120)), r.Int64N(90000) - 100, r.Int64N(900) - 10})
	}
	write(t, in, "schedules-a", plan)
}

type minorPlan struct {
	LoanID    string `parquet:"loan_id"`
	Number    int32  `parquet:"number"`
	DueOn     int32  `parquet:"due_on,date"`
	Principal int64  `parquet:"principal"`
	Interest  int64  `parquet:"interest"`
}

// TestNoRowStopsANight: whatever rows say, of every kind and in any combination, the
// night closes, its control totals tie, verify finds nothing, and it is published
// again byte for byte.
func TestNoRowStopsANight(t *testing.T) {
	t.Parallel()
	first, seeds := seedsToTry(12)
	for seed := first; seed < first+seeds; seed++ {
		c := &chaos{r: rand.New(rand.NewPCG(uint64(seed), 5)), business: int32(day(t, "2026-01-31"))}
		l := newLender(t)
		l.policy(chaosPolicy)
		for range 5 {
			d := civil.Date(c.business).String()
			c.night(t, l.in(d))
			s, err := l.try(d)
			if err != nil {
				t.Fatalf("seed %d, %s: %v; run again with SEED=%d", seed, d, err, seed)
			}
			for _, in := range s.Manifest.Inputs {
				c.digests = append(c.digests, in.SHA256)
			}
			verifySilent(t, l)
			c.business += 1 + int32(c.r.IntN(40))
		}
		if _, err := publish.Report(t.Context(), openRead(t, l), publish.ReportOptions{Out: l.dir + "/again", Date: civil.None}); err != nil {
			t.Error(err)
		}
		everyLoanIsTold(t, l)
		if t.Failed() {
			t.Fatalf("run again with SEED=%d", seed)
		}
	}
}

// everyLoanIsTold asks for every loan what can be asked, as of each night and with
// what was known then; all must agree with the tape.
func everyLoanIsTold(t *testing.T, l *lender) {
	t.Helper()
	r, err := lookup.Open(openRead(t, l))
	if err != nil {
		t.Fatal(err)
	}
	tapes := map[civil.Date]map[string]map[string]string{}
	for _, d := range nightsOf(t, r) {
		tapes[d] = l.tape(d.String())
	}
	for id, row := range tapes[r.Last()] {
		v, err := r.Loan(id)
		if err != nil {
			t.Fatalf("%q: %v", id, err)
		}
		same := func(what, got, want string) {
			t.Helper()
			a, ok := new(big.Rat).SetString(got) // a currency may have fewer digits than the tape
			b, also := new(big.Rat).SetString(want)
			if !ok || !also || a.Cmp(b) != 0 {
				t.Errorf("%q: %s is %s, the tape has %s", id, what, got, want)
			}
		}
		if n := len(v.History); n > 0 && (row["status"] == "active" || row["status"] == "settled") {
			same("the history's last balance", v.History[n-1].Balance, row["total_outstanding"])
		}
		if _, err := r.Explain(id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
		statementsAreTold(t, r, id, tapes, same)
		for _, d := range nightsOf(t, r) {
			if d < day(t, row["booked_on"]) {
				continue
			}
			for _, then := range []bool{true, false} {
				b, err := r.AsOf(id, d, then)
				if err != nil {
					t.Errorf("%q as of %s: %v", id, d, err)
					continue
				}
				if then || d == r.Last() { // what its night published
					for column, got := range map[string]string{
						"principal_outstanding": b.Principal, "interest_outstanding": b.Interest, "fees_outstanding": b.Fees,
						"penalties_outstanding": b.Penalties, "past_due_amount": b.PastDue, "credit_balance": b.Credit,
						"days_past_due": fmt.Sprint(b.DaysPastDue),
					} {
						same(fmt.Sprintf("%s as of %s", column, d), got, tapes[d][id][column])
					}
				}
			}
		}
	}
}

// statementsAreTold asks for statements of a loan over some of the nights: they tie, or
// it is a panic; told as the nights told it, both ends are what their tapes say, and the
// totals of a year what its tapes differ by; with all that is known now, what
// [lookup.Reader.AsOf] says.
func statementsAreTold(t *testing.T, r *lookup.Reader, id string, tapes map[civil.Date]map[string]map[string]string, same func(what, got, want string)) {
	t.Helper()
	last := r.Last()
	booked := day(t, tapes[last][id]["booked_on"])
	nights := nightsOf(t, r)
	for i, from := range nights {
		for k := i + 1; k < len(nights); k += 1 + i {
			to := nights[k]
			if to < booked {
				continue
			}
			for _, then := range []bool{true, false} {
				s, err := r.Statement(id, lookup.StatementOf{From: from + 1, To: to, AsOf: civil.None, Then: then})
				if err != nil {
					t.Errorf("%q from %s to %s: %v", id, from+1, to, err)
					continue
				}
				for _, end := range []struct {
					on civil.Date
					b  *statement.Balances
				}{{from, &s.Opening}, {to, &s.Closing}} {
					want := map[string]string{"principal_outstanding": "0", "interest_outstanding": "0", "fees_outstanding": "0",
						"penalties_outstanding": "0", "credit_balance": "0"}
					if then && end.on >= booked || end.on == last {
						want = tapes[end.on][id]
					} else if b, err := r.AsOf(id, end.on, false); !then && err == nil {
						want = map[string]string{"principal_outstanding": b.Principal, "interest_outstanding": b.Interest, "fees_outstanding": b.Fees,
							"penalties_outstanding": b.Penalties, "credit_balance": b.Credit}
					}
					for column, m := range map[string]statement.Money{"principal_outstanding": end.b.Principal, "interest_outstanding": end.b.Interest,
						"fees_outstanding": end.b.Fees, "penalties_outstanding": end.b.Penalties, "credit_balance": end.b.Credit} {
						same(fmt.Sprintf("%s on %s, then %v", column, end.on, then), m.Amount.Text(m.Digits), want[column])
					}
				}
				if then {
					same("past due on "+to.String(), s.PastDue.Amount.Amount.Text(s.PastDue.Amount.Digits), tapes[to][id]["past_due_amount"])
				}
			}
		}
	}
}
