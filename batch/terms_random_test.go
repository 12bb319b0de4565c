package batch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"daybook/batch/lookup"
	"daybook/ledger/civil"
)

// termsFile is a row of loans with its grace.
type termsFile struct {
	loanFile
	PrincipalGrace *int32 `parquet:"principal_grace,optional"`
	InterestGrace  *int32 `parquet:"interest_grace,optional"`
	InterestFree   *int32 `parquet:"interest_free,optional"`
}

// A termsCase is a loan of the model.
type termsCase struct {
	f        termsFile
	p        *termsProduct
	parts    []termsPart
	original int64 // all that was disbursed
	paid     int64
	tranches []adjustmentFile
}

// TestTermsAgainstModel: random loans with random grace, rounding, frequencies and moves
// of due dates, some paid and some with a later tranche: every instalment, and on random
// days what is earned, owed and past due, is what the model says.
func TestTermsAgainstModel(t *testing.T) {
	t.Parallel()
	first, seeds := seedsToTry(6)
	for seed := first; seed < first+seeds; seed++ {
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { termsAgainstModel(t, rand.New(rand.NewPCG(uint64(seed), 7))) }) {
			t.Fatalf("seed %d; run again with SEED=%d", seed, seed)
		}
	}
}

func termsAgainstModel(t *testing.T, r *rand.Rand) {
	l := newLender(t)
	products, yaml := randomTermsPolicy(r, false)
	l.policy(yaml)
	business := int32(day(t, "2023-11-15")) + int32(r.IntN(200))
	var cases []*termsCase
	var rows []termsFile
	for i := range 120 {
		c := randomTermsCase(t, r, crowded(fmt.Sprintf("L%03d", i)), business, products)
		cases = append(cases, c)
		rows = append(rows, c.f)
	}
	date := func() string { return civil.Date(business).String() }
	write(t, l.in(date()), "loans-1", rows)
	l.close(date())
	for at, reason := range l.rejects(date()) {
		t.Errorf("%s: %s\n%s", at, reason, yaml)
	}
	compareTerms(t, l, cases, business)
	for night := range 5 {
		from := business
		business += 1 + int32(r.IntN(70))*int32(1+r.IntN(3))
		var payments []repaymentFile
		var adjustments []adjustmentFile
		for _, c := range cases {
			if r.IntN(6) == 0 {
				adjustments = append(adjustments, c.disburse(r, from, business)...)
			}
			if r.IntN(3) == 0 {
				payments = append(payments, c.pay(r, from, business, night)...)
			}
		}
		write(t, l.in(date()), "repayments-1", payments)
		write(t, l.in(date()), "adjustments-1", adjustments)
		l.close(date())
		for at, reason := range l.rejects(date()) {
			t.Errorf("%s: %s", at, reason)
		}
		compareTerms(t, l, cases, business)
	}
	verifySilent(t, l)
	if t.Failed() {
		t.Log(yaml)
	}
}

// randomTermsPolicy makes products with every kind of terms, and a calendar.
func randomTermsPolicy(r *rand.Rand, simple bool) ([]*termsProduct, string) {
	c := &termsCalendar{weekend: []time.Weekday{time.Saturday, time.Sunday}}
	weekend := ""
	if r.IntN(3) == 0 {
		c.weekend, weekend = []time.Weekday{time.Friday}, "  weekend: [friday]\n"
	}
	start := int32(19600) // 2023-08-31
	var holidays, working []string
	for range 60 {
		at := start + int32(r.IntN(1500))
		for range 1 + r.IntN(1+r.IntN(12)) {
			at++
			switch {
			case slices.Contains(c.holidays, at) || slices.Contains(c.working, at):
			case r.IntN(6) == 0 && slices.Contains(c.weekend, timeOf(at).Weekday()):
				c.working = append(c.working, at)
				working = append(working, civil.Date(at).String())
			default:
				c.holidays = append(c.holidays, at)
				holidays = append(holidays, civil.Date(at).String())
			}
		}
	}
	var products []*termsProduct
	var b strings.Builder
	fmt.Fprintf(&b, "name: t\ncurrencies: [CNY]\njurisdiction: none\ncalendar:\n%s  holidays: [%s]\n", weekend, strings.Join(holidays, ", "))
	if len(working) > 0 {
		fmt.Fprintf(&b, "  working_days: [%s]\n", strings.Join(working, ", "))
	}
	b.WriteString("products:\n  default: {}\n")
	for i := range 16 {
		p := &termsProduct{name: fmt.Sprintf("p%d", i), calendar: c, move: []string{"", "following", "modified_following", "preceding"}[i%4], interest: r.IntN(2) == 0 && !simple}
		fmt.Fprintf(&b, "  %s:\n", p.name)
		if simple {
			b.WriteString("    interest: simple\n")
		}
		if p.move != "" {
			fmt.Fprintf(&b, "    due_dates: {move: %s, interest: %t}\n", p.move, p.interest)
		} else {
			b.WriteString("    method: annuity\n")
		}
		if r.IntN(2) == 0 {
			p.mode, p.multiple = []string{"half_even", "up", "down"}[r.IntN(3)], []int64{1, 5, 100, 1000}[r.IntN(4)]
			fmt.Fprintf(&b, "    installment_rounding: {mode: %s, multiple_of: %d.%02d}\n", p.mode, p.multiple/100, p.multiple%100)
		}
		if r.IntN(3) == 0 {
			p.grace = [3]int32{int32(r.IntN(4)), int32(r.IntN(3)), int32(r.IntN(3))}
			if simple {
				p.grace[1] = 0
			}
			fmt.Fprintf(&b, "    grace: {principal: %d, interest: %d, interest_free: %d}\n", p.grace[0], p.grace[1], p.grace[2])
		}
		products = append(products, p)
	}
	return products, b.String()
}

func randomTermsCase(t *testing.T, r *rand.Rand, id string, business int32, products []*termsProduct) *termsCase {
	c := &termsCase{f: termsFile{loanFile: randomTerms(t, r, id, business)}, p: products[r.IntN(len(products))]}
	f := &c.f
	f.Product, f.DisbursedOn = c.p.name, business-int32(r.IntN(20))
	f.FirstDueOn = f.DisbursedOn + 1 + int32(r.IntN(45))
	f.Frequency = ptr([]string{"1M", "1M", "2M", "3M", "7D", "14D", "1D", "10D", "1,15", "5,20", "10,20,30", "1,8,15,22", "15,31", "27,29"}[r.IntN(14)])
	if r.IntN(3) == 0 && strings.HasSuffix(*f.Frequency, "M") {
		f.DisbursedOn = monthsOn(f.FirstDueOn, -1, timeOf(f.FirstDueOn).Day())
	}
	if f.DisbursedOn > business {
		f.DisbursedOn, f.FirstDueOn = business, business+30
	}
	if n := f.Installments; r.IntN(2) == 0 || n <= 4 {
		f.PrincipalGrace, f.InterestGrace, f.InterestFree = ptr(r.Int32N(min(n, 6))), ptr(r.Int32N(min(n, 5))), ptr(r.Int32N(min(n, 4)+1))
	}
	c.original = f.Principal
	c.parts = termsPlan(f, c.p)
	return c
}

// disburse makes later tranches within a night's days: of loans under 30/360, where two in
// one period may differ by a cent from one, and with interest grace one in all.
func (c *termsCase) disburse(r *rand.Rand, from, to int32) (rows []adjustmentFile) {
	on := from + 1 + r.Int32N(to-from)
	for range 1 + r.IntN(3) {
		if (*c.f.DayCount == "30/360" || termsGrace(&c.f, c.p)[1] > 0) && len(c.tranches) > 0 {
			return rows
		}
		a := adjustmentFile{AdjustmentID: fmt.Sprintf("D%d", len(c.tranches)), LoanID: c.f.LoanID, Kind: "disburse", ValueDate: on, Amount: ptr(1 + r.Int64N(100000))}
		c.original += *a.Amount
		c.parts = termsTranche(&c.f, c.p, c.parts, a.ValueDate, *a.Amount, c.original)
		c.tranches = append(c.tranches, a)
		rows = append(rows, a)
		on = min(on+r.Int32N(8), to)
	}
	return rows
}

// pay makes a payment of what is owed on a day, or of some of it.
func (c *termsCase) pay(r *rand.Rand, from, to int32, night int) []repaymentFile {
	on := from + 1 + r.Int32N(to-from)
	owed := -c.paid
	for _, x := range c.parts {
		if x.on <= on {
			owed += x.principal + x.interest + x.fee(c)
		}
	}
	if owed <= 0 || len(c.tranches) > 0 && c.tranches[len(c.tranches)-1].ValueDate > from {
		return nil
	}
	if r.IntN(3) > 0 {
		owed = 1 + r.Int64N(owed)
	}
	c.paid += owed
	return []repaymentFile{{fmt.Sprintf("P%d", night), c.f.LoanID, on, owed, "CNY"}}
}

// compareTerms compares tape and schedules with the model.
func compareTerms(t *testing.T, l *lender, cases []*termsCase, business int32) {
	t.Helper()
	tape := l.tape(civil.Date(business).String())
	reader, done := reading(t, l)
	defer done()
	for _, c := range cases {
		id := c.f.LoanID
		v, err := reader.Loan(id)
		if err != nil {
			t.Fatal(err)
		}
		faults := c.compareSchedule(v.Schedule)
		faults = append(faults, c.compareTape(tape[id], business)...)
		if len(faults) > 0 {
			t.Errorf("%s %s: %s\n%s", civil.Date(business), id, c, strings.Join(faults, "\n"))
			if testing.Verbose() {
				for k := range c.parts {
					t.Logf("  %s", c.line(k))
				}
			}
		}
	}
}

func (c *termsCase) String() string {
	f := &c.f
	s := fmt.Sprintf("%s %s %s n=%d rate=%d P=%d disbursed=%s first=%s grace=%v product=%+v", *f.Method, *f.DayCount, *f.Frequency, f.Installments, f.AnnualRate,
		f.Principal, civil.Date(f.DisbursedOn), civil.Date(f.FirstDueOn), termsGrace(f, c.p), *c.p)
	for _, a := range c.tranches {
		s += fmt.Sprintf(" tranche %d on %s", *a.Amount, civil.Date(a.ValueDate))
	}
	return s
}

func (c *termsCase) line(k int) string {
	x := &c.parts[k]
	no := k + 1
	if x.extra {
		no = 0
	}
	return fmt.Sprintf("%d %s principal %s interest %s", no, civil.Date(x.on), yuan(x.principal), yuan(x.interest))
}

// fee is the fee that falls due with a part.
func (x *termsPart) fee(c *termsCase) int64 {
	if x.extra {
		return 0
	}
	return *c.f.Fee
}

func yuan(v int64) string {
	sign := ""
	if v < 0 {
		sign, v = "-", -v
	}
	return fmt.Sprintf("%s%d.%02d", sign, v/100, v%100)
}

func (c *termsCase) compareSchedule(got []lookup.ScheduledView) (faults []string) {
	if len(got) != len(c.parts) {
		return []string{fmt.Sprintf("%d instalments, want %d", len(got), len(c.parts))}
	}
	for k, v := range got {
		if line := fmt.Sprintf("%d %s principal %s interest %s", v.Number, v.DueOn, v.Principal, v.Interest); line != c.line(k) {
			faults = append(faults, fmt.Sprintf("  %s\n    want %s", line, c.line(k)))
		}
	}
	return faults
}

func (c *termsCase) compareTape(row map[string]string, business int32) (faults []string) {
	var earned, due, before, principal int64
	oldest, next, nextOn := int32(0), int64(0), ""
	for k := range c.parts {
		x := &c.parts[k]
		total := x.principal + x.interest + x.fee(c)
		principal += x.principal
		if business >= x.from {
			earned += x.earnedOn(business)
		}
		switch {
		case x.on <= business:
			earned += x.fee(c)
			due += total
			if x.on < business {
				before += total
			}
			if due > c.paid && oldest == 0 && total > 0 {
				oldest = x.on
			}
		case next == 0 && total > 0:
			next, nextOn = total, civil.Date(x.on).String()
		}
	}
	late := int32(0)
	if oldest > 0 {
		late = business - oldest
	}
	want := map[string]string{
		"principal": yuan(c.original), "total_outstanding": yuan(principal + earned - c.paid), "next_due_on": nextOn,
	}
	if c.paid == 0 || due == before { // a payment may meet what is due today first
		want["past_due_amount"] = yuan(max(before-c.paid, 0))
	}
	if next > 0 {
		want["next_due_amount"] = yuan(next)
	}
	if c.paid == 0 {
		want["principal_outstanding"] = yuan(principal)
		want["days_past_due"] = fmt.Sprint(late)
	}
	for name, value := range want {
		if row[name] != value {
			faults = append(faults, fmt.Sprintf("  %s is %q, want %q", name, row[name], value))
		}
	}
	return faults
}
