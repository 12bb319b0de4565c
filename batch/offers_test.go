package batch

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"daybook/aging/treat"
	"daybook/batch/lookup"
	"daybook/batch/meet"
	"daybook/batch/offers"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"
)

// everyOffer is a policy that has every kind of offer, each for a reason of its own name.
func everyOffer() *treat.Hardship {
	h := &treat.Hardship{Offers: map[string][]treat.OfferKind{}}
	for k := range treat.OfferKinds {
		h.Offers[k.String()] = []treat.OfferKind{k}
		h.Kinds[k] = treat.OfferTerms{
			Set: true, Months: []int{6, 12, 24, 36}, ContractRate: true, WaivePenalties: money.RateOne, Share: money.RateOne / 2,
			Discount: 3 * money.RateOne / 10, PayWithinDays: 30, ToDays: math.MaxInt32,
		}
	}
	return h
}

// offered is a loan of the night's tape as the queue will say it.
func (l *lender) offered(date, id string) *treat.Loan {
	row := l.tape(date)[id]
	amount := func(name string) int64 {
		v, err := money.ParseDecimal(row[name], 2)
		if err != nil {
			l.t.Fatal(err)
		}
		return v
	}
	rate, err := money.ParseDecimal(row["annual_rate"], 9)
	if err != nil {
		l.t.Fatal(err)
	}
	dayCount, err := civil.ParseDayCount(row["day_count"])
	if err != nil {
		l.t.Fatal(err)
	}
	days := 0
	fmt.Sscan(row["days_past_due"], &days)
	loan := &treat.Loan{
		ID: id, Currency: row["currency"], Active: row["status"] == "active", DaysPastDue: int32(days), Total: amount("total_outstanding"),
		Owed: treat.Owed{
			Principal: amount("principal_outstanding"), Interest: amount("interest_outstanding"), Fees: amount("fees_outstanding"),
			Penalties: amount("penalties_outstanding"), Credit: amount("credit_balance"), Rate: money.Rate(rate), DayCount: dayCount, Scheduled: true, Unit: 1,
		},
	}
	for _, i := range l.view(id).Schedule {
		if i.DueOn > day(l.t, date) {
			loan.Remaining++
		}
	}
	return loan
}

// view is what the book says of a loan.
func (l *lender) view(id string) *lookup.LoanView {
	l.t.Helper()
	r, done := reading(l.t, l)
	defer done()
	v, err := r.Loan(id)
	if err != nil {
		l.t.Fatal(err)
	}
	return v
}

// publish writes offers of a night as its queue has them, beside a copy of its loan tape,
// and returns the folder. The id of an offer is OFFER and its index.
func (l *lender) publish(date string, list []treat.Offer, validDays int) string {
	l.t.Helper()
	dir := filepath.Join(l.dir, "offers-"+date, date)
	if err := os.MkdirAll(filepath.Join(dir, "queue"), 0o700); err != nil {
		l.t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "loans"), os.DirFS(filepath.Join(l.o.Out, date, "loans"))); err != nil {
		l.t.Fatal(err)
	}
	text := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Text} }
	on := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Date, Optional: true}
	}
	amount := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Amount, Digits: 2, Optional: true}
	}
	number := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Number, Optional: true}
	}
	table := &reports.Table{Name: "offers", Columns: []reports.Column{
		on("business_date"), text("offer_id"), text("task_key"), text("borrower_id"), text("loan_id"), {Name: "currency", Kind: reports.Coded},
		{Name: "kind", Kind: reports.Coded}, number("offer_rank"), text("reason"), on("value_date"), on("valid_until"), number("months"),
		on("first_due_on"), on("until"), {Name: "annual_rate", Kind: reports.Rate, Digits: 9, Optional: true}, amount("installment_amount"),
		amount("last_amount"), amount("new_interest"), amount("waived"), amount("forgiven"), amount("pay_amount"), on("pay_by"), amount("total_to_pay"), amount("extra_cost"),
	}}
	lines := &reports.Table{Name: "offer_installments", Columns: []reports.Column{
		on("business_date"), text("offer_id"), number("number"), on("due_on"), amount("principal"), amount("interest"), amount("owed_interest"), amount("owed_fee"), amount("total"),
	}}
	b := day(l.t, date)
	for i := range list {
		o := &list[i]
		either := func(is bool, v any) any {
			if !is {
				return nil
			}
			return v
		}
		id, plan := fmt.Sprint("OFFER", i), len(o.Lines) > 0
		table.Append(b, id, "task", "borrower", o.Loan.ID, "CNY", o.Kind.String(), o.Rank, "reason", b, b+civil.Date(validDays), either(o.Months > 0, o.Months),
			either(plan, o.FirstDueOn), either(o.Kind == treat.Pause, o.Until), either(o.HasRate, int64(o.Rate)), either(plan, o.Installment), either(plan, o.Last),
			o.NewInterest, o.Waived, o.Forgiven, either(o.Kind == treat.Settlement, o.Pay), either(o.Kind == treat.Settlement, o.PayBy),
			either(o.HasTotal, o.TotalToPay), o.ExtraCost)
		for k := range o.Lines {
			x := &o.Lines[k]
			lines.Append(b, id, x.Number, x.DueOn, x.Principal, x.Interest, x.OwedInterest, x.OwedFee, x.Total())
		}
	}
	for _, t := range []*reports.Table{table, lines} {
		if _, err := reports.WriteParquet(filepath.Join(dir, "queue", t.Name+".parquet"), t); err != nil {
			l.t.Fatal(err)
		}
	}
	return dir
}

// isScheduled holds what a loan is to pay from a day on to an offer's instalments.
func (l *lender) isScheduled(o *treat.Offer, from civil.Date) {
	l.t.Helper()
	schedule := slices.DeleteFunc(l.view(o.Loan.ID).Schedule, func(i lookup.ScheduledView) bool { return i.DueOn <= from })
	if len(schedule) != len(o.Lines) {
		l.t.Fatalf("loan %s: %d instalments, want %d of the offer", o.Loan.ID, len(schedule), len(o.Lines))
	}
	for k, got := range schedule {
		x := &o.Lines[k]
		text := func(v int64) string { return money.Amount(v).Text(2) }
		if got.DueOn != x.DueOn || got.Principal != text(x.Principal) || got.Interest != text(x.Interest+x.OwedInterest) || got.Fee != text(x.OwedFee) || got.Total != text(x.Total()) {
			l.t.Errorf("loan %s: instalment %+v, want %+v", o.Loan.ID, got, x)
		}
	}
}

// TestStoryOfAPlan: the story of a lost job from its nights' files to the instalments of
// the plan, which is booked on the last day on which it is valid.
func TestStoryOfAPlan(t *testing.T) {
	file, err := os.ReadFile("../testdata/collections-stories/cn_job_loss_to_plan.json")
	if err != nil {
		t.Fatal(err)
	}
	var story struct {
		Nights []struct {
			Expect struct {
				Lines []struct {
					DueOn     string `json:"due_on"`
					Principal string `json:"principal"`
					Interest  string `json:"interest"`
					Owed      string `json:"owed_interest"`
					Total     string `json:"total"`
				} `json:"offer_installments"`
			} `json:"expect"`
		} `json:"nights"`
		Booked struct {
			Adjustments []map[string]any `json:"adjustments"`
		} `json:"booked"`
	}
	if err := json.Unmarshal(file, &story); err != nil {
		t.Fatal(err)
	}
	l := newLender(t)
	f := aLoan(t, "L2", "2026-06-15", "2026-07-15")
	f.Principal, f.AnnualRate, f.DayCount = 12000_00, 180_000_000, ptr("30/360")
	penalty := adjusts(t, "A1", "L2", "penalty", "2026-11-01")
	penalty.Amount = ptr(int64(88_88))
	write(t, l.in("2026-11-20"), "loans-a", []loanFile{f})
	write(t, l.in("2026-11-20"), "repayments-a", []repaymentFile{pays(t, "R1", "L2", "2026-07-15", "1100.16"), pays(t, "R2", "L2", "2026-08-15", "1100.16")})
	write(t, l.in("2026-11-20"), "adjustments-a", []adjustmentFile{penalty})
	l.close("2026-11-20")
	h := everyOffer()
	h.Kinds[treat.InstallmentPlan].Months = []int{12, 24, 36, 48, 60}
	list := h.OffersTo(&treat.OfferAsk{
		On: day(t, "2026-11-20"), Reason: "installment_plan", Loans: []*treat.Loan{l.offered("2026-11-20", "L2")}, Affordable: 400_00, AffordableCurrency: "CNY",
		PlanMonthsMax: 60, Planner: new(meet.Planner),
	})
	for k, w := range story.Nights[0].Expect.Lines {
		x := &list[0].Lines[k]
		if got, want := fmt.Sprint(x.DueOn, money.Amount(x.Principal).Text(2), money.Amount(x.Interest).Text(2), money.Amount(x.OwedInterest).Text(2), money.Amount(x.Total()).Text(2)),
			fmt.Sprint(w.DueOn, w.Principal, w.Interest, w.Owed, w.Total); got != want {
			t.Errorf("instalment %d is %s, want %s", k+1, got, want)
		}
	}
	l.close("2026-12-03")
	if err := os.MkdirAll(l.in("2026-12-04"), 0o700); err != nil {
		t.Fatal(err)
	}
	taken, err := offers.Take(offers.Options{
		Night: l.publish("2026-11-20", list, 14), IDs: []string{"OFFER0"}, PaidOn: civil.None, Today: day(t, "2026-12-04"), Inbox: l.in("2026-12-04"),
	})
	if err != nil {
		t.Fatal(err)
	}
	booked, err := reports.ReadParquet(taken.Files[0].Path)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range story.Booked.Adjustments {
		for name, v := range want {
			c := booked.Columns[slices.IndexFunc(booked.Columns, func(c reports.Column) bool { return c.Name == name })]
			got := string(c.AppendValue(nil, i))
			if name == "annual_rate" {
				got = "0.18" + got[min(len("0.180000000"), len(got)):]
			}
			if got != fmt.Sprint(v) {
				t.Errorf("row %d: %s is %s, want %v", i+1, name, got, v)
			}
		}
	}
	if booked.Rows() != len(story.Booked.Adjustments) {
		t.Errorf("%d rows, want %d", booked.Rows(), len(story.Booked.Adjustments))
	}
	s := l.close("2026-12-04")
	tallyIs(t, s, "adjustments-offers-2026-11-20", 2, 0, 0, 0)
	tallyIs(t, s, "schedules-offers-2026-11-20", 36, 0, 0, 0)
	l.isScheduled(&list[0], day(t, "2026-11-20"))
	// 14 of the 30 days of the first period: 152.19 · 14/30 is 71.02.
	expect(t, "L2", l.tape("2026-12-04")["L2"], "total_outstanding=10648.75 days_past_due=0 penalties_outstanding=0.00 next_due_on=2026-12-20 next_due_amount=378.80")
	verifySilent(t, l)
}

const offersPolicy = `format_version: 1
name: offers
products:
  default:
    late_charges:
      penalty_interest: {rate_multiplier: 1.5, on: [principal, interest]}
      fixed_fee: {amount: 7.01, component: fee, wait_days: 2}
`

// oddOffersPolicy has due dates that move, grace and instalments that are rounded.
const oddOffersPolicy = offersPolicy + `    due_dates: {move: following, interest: true}
    grace: {interest: 1}
    installment_rounding: {mode: up, multiple_of: 1.00}
    non_accrual_from_days: 31
calendar: {weekend: [saturday, sunday]}
`

// TestOffersThatAreTaken: offers of every kind, to loans with any past, that are booked on
// any night while they are valid: the loan has exactly the instalments of its offer, owes
// what the offer says and what it earned since, and what is paid as offered ends it.
func TestOffersThatAreTaken(t *testing.T) {
	t.Parallel()
	first, seeds := seedsToTry(12)
	if testing.Short() {
		seeds = 2 // each is two nights and all that follows
	}
	planned, settled := 0, 0
	for seed := first; seed < first+seeds; seed++ {
		r := rand.New(rand.NewPCG(uint64(seed), 31))
		l := newLender(t)
		l.policy([]string{offersPolicy, oddOffersPolicy}[r.IntN(2)])
		ids := l.pastOf(r, 30)
		l.close("2026-06-01")
		base := day(t, "2026-06-02") + civil.Date(r.IntN(31))
		l.close(base.String())
		date, booked := base.String(), base+1+civil.Date(r.IntN(14))
		h, planner := everyOffer(), new(meet.Planner)
		var list []treat.Offer
		known := l.tape(date)
		for _, id := range ids {
			kind := treat.OfferKind(r.IntN(int(treat.OfferKinds)))
			if known[id] == nil {
				continue // one instalment has no grace: it is not booked
			}
			x := l.offered(date, id)
			list = append(list, h.OffersTo(&treat.OfferAsk{
				On: base, Reason: kind.String(), Loans: []*treat.Loan{x}, Affordable: []int64{-1, x.Total / 10, x.Total / 4}[r.IntN(3)], AffordableCurrency: "CNY", PlanMonthsMax: 60, Planner: planner,
			})...)
		}
		paidOn := base + 1 + civil.Date(r.IntN(int(booked-base)))
		if booked > base+1 && r.IntN(2) == 0 {
			l.close((booked - 1).String())
		}
		o := offers.Options{Night: l.publish(date, list, 14), PaidOn: paidOn, Today: booked, Inbox: l.in(booked.String())}
		var payments []repaymentFile
		rows := int64(0)
		for i := range list {
			o.IDs = append(o.IDs, fmt.Sprint("OFFER", i))
			if x := &list[i]; x.Kind == treat.Settlement {
				payments = append(payments, repaymentFile{fmt.Sprint("S", i), x.Loan.ID, int32(paidOn), x.Pay, "CNY"})
			}
		}
		write(t, o.Inbox, "repayments-a", payments)
		taken, err := offers.Take(o)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range taken.Files {
			rows += f.Rows
		}
		s := l.close(booked.String())
		applied := int64(0)
		for _, f := range s.Manifest.ControlTotals.Files {
			applied += f.Applied
		}
		if want := rows + int64(len(payments)); applied != want {
			t.Errorf("seed %d: %d rows are applied, want %d: %v", seed, applied, want, l.rejects(booked.String()))
		}
		tape := l.tape(booked.String())
		for i := range list {
			x := &list[i]
			row := tape[x.Loan.ID]
			switch {
			case len(x.Lines) > 0:
				planned++
				l.isScheduled(x, base)
				earned := money.MulDiv(x.Lines[0].Interest, int64(min(booked, x.FirstDueOn)-base), int64(x.FirstDueOn-base))
				if got, want := cents(t, row["total_outstanding"]), x.Loan.Total-x.Waived+earned; got != want {
					t.Errorf("seed %d, %s of %s: %d is owed, want %d", seed, x.Kind, x.Loan.ID, got, want)
				}
			case x.Kind == treat.Settlement:
				settled++
				expect(t, x.Loan.ID, row, "status=settled total_outstanding=0.00 credit_balance=0.00")
			}
		}
		verifySilent(t, l)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if seeds >= 12 && (planned < 40 || settled < 10) {
		t.Errorf("only %d plans and %d settlements", planned, settled)
	}
}

// pastOf writes the first night of some loans with a past: payments that were late or too
// small, fees and penalties. It returns their ids.
func (l *lender) pastOf(r *rand.Rand, n int) (ids []string) {
	var loans []loanFile
	var payments []repaymentFile
	var charges []adjustmentFile
	for i := range n {
		id := fmt.Sprint("L", i)
		disbursed := day(l.t, "2026-01-01") + civil.Date(r.IntN(90))
		f := aLoan(l.t, id, disbursed.String(), (disbursed + 1 + civil.Date(r.IntN(40))).String())
		f.Principal, f.Installments, f.AnnualRate = 100_00+r.Int64N(100_000_00), int32(1+r.IntN(24)), r.Int64N(400_000_000)
		f.DayCount = ptr([]string{"30/360", "ACT/365F", "ACT/360", "ACT/ACT"}[r.IntN(4)])
		method := []string{"annuity", "equal_principal", "interest_only", "flat", "zero", "lump_sum", "capitalized"}[r.IntN(7)]
		f.Method = &method
		switch method {
		case "zero":
			f.AnnualRate = 0
		case "lump_sum":
			f.Installments = 1
		}
		if r.IntN(3) == 0 {
			f.Fee = ptr(int64(3_50))
		}
		loans, ids = append(loans, f), append(ids, id)
		for k := range r.IntN(4) {
			on := disbursed + civil.Date(r.IntN(int(day(l.t, "2026-06-01")-disbursed)))
			payments = append(payments, repaymentFile{fmt.Sprint(id, "P", k), id, int32(on), 1 + r.Int64N(f.Principal/int64(f.Installments+6)), "CNY"})
		}
		for k := range r.IntN(3) {
			on := disbursed + civil.Date(r.IntN(int(day(l.t, "2026-06-01")-disbursed)))
			a := adjusts(l.t, fmt.Sprint(id, "C", k), id, []string{"fee", "penalty"}[r.IntN(2)], on.String())
			a.Amount = ptr(1 + r.Int64N(50_00))
			charges = append(charges, a)
		}
	}
	write(l.t, l.in("2026-06-01"), "loans-a", loans)
	write(l.t, l.in("2026-06-01"), "repayments-a", payments)
	write(l.t, l.in("2026-06-01"), "adjustments-a", charges)
	return ids
}
