package treat_test

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"daybook/aging/treat"
	"daybook/batch/meet"
	"daybook/ledger/civil"
	"daybook/ledger/money"
)

func cents(t *testing.T, s *string) int64 {
	t.Helper()
	if s == nil {
		return math.MinInt64
	}
	v, err := money.ParseDecimal(*s, 2)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// storyOffer is an offer as the story tells it.
type storyOffer struct {
	Kind       string  `json:"kind"`
	Rank       int     `json:"offer_rank"`
	Months     *int    `json:"months"`
	FirstDueOn *string `json:"first_due_on"`
	Until      *string `json:"until"`
	Greatest   *string `json:"installment_amount"`
	Last       *string `json:"last_amount"`
	New        *string `json:"new_interest"`
	Waived     *string `json:"waived"`
	Total      *string `json:"total_to_pay"`
	Extra      *string `json:"extra_cost"`
}

type storyLine struct {
	Number    int     `json:"number"`
	DueOn     string  `json:"due_on"`
	Principal *string `json:"principal"`
	Interest  *string `json:"interest"`
	Owed      *string `json:"owed_interest"`
	Fee       *string `json:"owed_fee"`
	Total     *string `json:"total"`
}

// kinds has the terms of the policy's example in collections.md.
func kinds() (k [treat.OfferKinds]treat.OfferTerms) {
	for i := range k {
		k[i].Set, k[i].ToDays = true, math.MaxInt32
	}
	one := money.RateOne
	k[treat.InstallmentPlan] = treat.OfferTerms{Set: true, Months: []int{12, 24, 36, 48, 60}, ContractRate: true, WaivePenalties: one, ToDays: math.MaxInt32}
	k[treat.ReducedInstallment] = treat.OfferTerms{Set: true, Months: []int{6}, ContractRate: true, WaivePenalties: one, ToDays: math.MaxInt32}
	k[treat.Extension] = treat.OfferTerms{Set: true, Months: []int{6, 12}, ContractRate: true, WaivePenalties: one / 2, ToDays: math.MaxInt32}
	k[treat.Pause].Months = []int{2}
	k[treat.PenaltyWaiver].Share = one
	k[treat.InterestWaiver].Share = one / 2
	k[treat.Settlement].Discount, k[treat.Settlement].PayWithinDays, k[treat.Settlement].FromDays = 3*one/10, 30, 181
	return k
}

func hardship(list ...treat.OfferKind) *treat.Hardship {
	return &treat.Hardship{Offers: map[string][]treat.OfferKind{"reason": list}, Kinds: kinds()}
}

// aLoan is one that is past due, in cents.
func aLoan(principal, interest, fees, penalties int64) *treat.Loan {
	return &treat.Loan{
		ID: "L", Currency: "CNY", Active: true, DaysPastDue: 66, Total: principal + interest + fees + penalties,
		Owed: treat.Owed{
			Principal: principal, Interest: interest, Fees: fees, Penalties: penalties, Rate: 180_000_000, DayCount: civil.Thirty360,
			Remaining: 7, Scheduled: true, Unit: 1,
		},
	}
}

func ask(affordable int64, loans ...*treat.Loan) *treat.OfferAsk {
	return &treat.OfferAsk{
		On: civil.Of(2026, 11, 20), Reason: "reason", Loans: loans, Affordable: affordable, AffordableCurrency: "CNY",
		PlanMonthsMax: 60, Planner: &meet.Planner{},
	}
}

// TestOffersOfTheStory: the offers of the story of a lost job, and the instalments of its
// plan, to the cent.
func TestOffersOfTheStory(t *testing.T) {
	file, err := os.ReadFile("../../testdata/collections-stories/cn_job_loss_to_plan.json")
	if err != nil {
		t.Fatal(err)
	}
	var story struct {
		Nights []struct {
			Expect struct {
				Offers []storyOffer `json:"offers"`
				Lines  []storyLine  `json:"offer_installments"`
			} `json:"expect"`
		} `json:"nights"`
	}
	if err := json.Unmarshal(file, &story); err != nil {
		t.Fatal(err)
	}
	want := story.Nights[0].Expect
	principal, interest := int64(0), int64(0)
	for _, l := range want.Lines {
		principal += cents(t, l.Principal)
		interest += cents(t, l.Owed)
	}
	offers := hardship(treat.InstallmentPlan, treat.Pause, treat.PenaltyWaiver).OffersTo(ask(40000, aLoan(principal, interest, 0, 8888)))
	if len(offers) != 3 || len(want.Offers) != 3 {
		t.Fatalf("%d offers, want %d", len(offers), len(want.Offers))
	}
	date := func(d civil.Date) string {
		if d == civil.None {
			return ""
		}
		return d.String()
	}
	text := func(s *string) string {
		if s == nil {
			return ""
		}
		return *s
	}
	for i, w := range want.Offers {
		o := offers[i]
		plan, total := len(o.Lines) > 0, int64(math.MinInt64)
		if o.HasTotal {
			total = o.TotalToPay
		}
		months := 0
		if w.Months != nil {
			months = *w.Months
		}
		if o.Kind.String() != w.Kind || o.Rank != w.Rank || o.Months != months || date(o.FirstDueOn) != text(w.FirstDueOn) || date(o.Until) != text(w.Until) ||
			plan && (o.Installment != cents(t, w.Greatest) || o.Last != cents(t, w.Last)) || plan != (w.Greatest != nil) || plan != o.HasRate ||
			o.NewInterest != cents(t, w.New) || o.Waived != cents(t, w.Waived) || total != cents(t, w.Total) || o.ExtraCost != cents(t, w.Extra) {
			t.Errorf("offer %d is %+v, want %+v", i+1, o, w)
		}
	}
	if len(offers[0].Lines) != len(want.Lines) {
		t.Fatalf("%d instalments, want %d", len(offers[0].Lines), len(want.Lines))
	}
	for k, w := range want.Lines {
		l := offers[0].Lines[k]
		if l.Number != w.Number || l.DueOn.String() != w.DueOn || l.Principal != cents(t, w.Principal) || l.Interest != cents(t, w.Interest) ||
			l.OwedInterest != cents(t, w.Owed) || l.OwedFee != cents(t, w.Fee) || l.Total() != cents(t, w.Total) {
			t.Errorf("instalment %d is %+v, want %+v", k+1, l, w)
		}
	}
}

// TestPlansThatCanBeMade: the least number of months whose greatest instalment the
// borrower can pay, and not one more than he can.
func TestPlansThatCanBeMade(t *testing.T) {
	h := hardship(treat.InstallmentPlan)
	months := func(a *treat.OfferAsk) int {
		offers := h.OffersTo(a)
		if len(offers) == 0 {
			return 0
		}
		return offers[0].Months
	}
	l := aLoan(10_000_00, 431_55, 30_00, 0)
	greatest := h.OffersTo(ask(-1, l))[0].Installment // of 12: he has not said what he can pay
	for _, x := range []struct {
		name  string
		ask   *treat.OfferAsk
		spoil func(l *treat.Loan, a *treat.OfferAsk)
		want  int
	}{
		{"not known", ask(-1), nil, 12},
		{"exactly what he can pay", ask(greatest), nil, 12},
		{"a cent less", ask(greatest - 1), nil, 24},
		{"another currency", ask(1), func(_ *treat.Loan, a *treat.OfferAsk) { a.AffordableCurrency = "USD" }, 12},
		{"no currency", ask(1), func(_ *treat.Loan, a *treat.OfferAsk) { a.AffordableCurrency = "" }, 12},
		{"nothing", ask(0), nil, 0},
		{"more than the law's months", ask(305_00), func(_ *treat.Loan, a *treat.OfferAsk) { a.PlanMonthsMax = 36 }, 0},
		{"no law", ask(305_00), func(_ *treat.Loan, a *treat.OfferAsk) { a.PlanMonthsMax = 0 }, 48},
		{"credit", ask(-1), func(l *treat.Loan, _ *treat.OfferAsk) { l.Credit = 1 }, 0},
		{"charged off", ask(-1), func(l *treat.Loan, _ *treat.OfferAsk) { l.Active = false }, 0},
		{"interest by the day", ask(-1), func(l *treat.Loan, _ *treat.OfferAsk) { l.Scheduled = false }, 0},
		{"another reason", ask(-1), func(_ *treat.Loan, a *treat.OfferAsk) { a.Reason = "family" }, 0},
		{"interest below zero", ask(-1), func(l *treat.Loan, _ *treat.OfferAsk) { l.Interest = -1 }, 0},
	} {
		loan := *l
		x.ask.Loans = []*treat.Loan{&loan}
		if x.spoil != nil {
			x.spoil(&loan, x.ask)
		}
		if got := months(x.ask); got != x.want {
			t.Errorf("%s: %d months, want %d", x.name, got, x.want)
		}
	}
	// Each loan has its share of what he can pay, by all that is covered of its currency.
	other := aLoan(5_000_00, 0, 0, 0)
	other.ID, other.Active = "M", false
	all := l.Total + other.Total
	least := (greatest*all + l.Total - 1) / l.Total // the least amount whose share is enough
	if a, b := months(ask(least, l, other)), months(ask(least-1, l, other)); a != 12 || b != 24 {
		t.Errorf("with a share of %d %d months, with less %d, want 12 and 24", least, a, b)
	}
	other.Currency = "USD"
	if got := months(ask(greatest, l, other)); got != 12 {
		t.Errorf("a loan of another currency takes a share: %d months", got)
	}
}

// TestDaysOfKinds: a kind is made from and to so many days past due, both included.
func TestDaysOfKinds(t *testing.T) {
	h := hardship(treat.Settlement)
	h.Kinds[treat.Settlement].ToDays = 400
	for days, want := range map[int32]int{180: 0, 181: 1, 400: 1, 401: 0} {
		l := aLoan(100_01, 0, 0, 0)
		l.DaysPastDue = days
		offers := h.OffersTo(ask(-1, l))
		if len(offers) != want {
			t.Errorf("%d offers at %d days, want %d", len(offers), days, want)
		}
		for _, o := range offers {
			if o.Pay != 70_01 || o.Forgiven != 30_00 || o.PayBy != civil.Of(2026, 12, 20) || o.TotalToPay != 70_01 || o.ExtraCost != -30_00 || o.Waived != 0 {
				t.Errorf("%+v", o)
			}
		}
	}
}

// TestWaivers: what they come to, rounded half-even, and that none is made of nothing.
func TestWaivers(t *testing.T) {
	h := hardship(treat.InterestWaiver, treat.PenaltyWaiver)
	offers := h.OffersTo(ask(-1, aLoan(100_00, 5, 7, 9)))
	if len(offers) != 2 || offers[0].Waived != 2 || offers[1].Waived != 9 || offers[0].ExtraCost != -2 || offers[1].TotalToPay != 100_00+5+7 {
		t.Errorf("%+v", offers)
	}
	if offers := h.OffersTo(ask(-1, aLoan(100_00, 1, 7, 0))); len(offers) != 0 { // half a cent is none
		t.Errorf("%+v", offers)
	}
	// At most three kinds, the first that can be made, with ranks of their own.
	h = hardship(treat.PenaltyWaiver, treat.Settlement, treat.Pause, treat.InterestWaiver, treat.Extension, treat.InstallmentPlan)
	offers = h.OffersTo(ask(-1, aLoan(100_00, 5, 7, 0)))
	if len(offers) != 3 || offers[0].Kind != treat.Pause || offers[1].Kind != treat.InterestWaiver || offers[2].Kind != treat.Extension || offers[2].Rank != 3 {
		t.Errorf("%+v", offers)
	}
	if o := offers[2]; o.Months != 7+6 || o.Waived != 0 || len(o.Lines) != 13 {
		t.Errorf("an extension of %d months", o.Months)
	}
}

// TestReduced: what he can pay for so many months, then level: the principal of each is at
// least zero, and some is left.
func TestReduced(t *testing.T) {
	h := hardship(treat.ReducedInstallment)
	l := aLoan(9_000_00, 100_00, 20_00, 33)
	offers := h.OffersTo(ask(200_00, l))
	if len(offers) != 1 {
		t.Fatalf("%+v", offers)
	}
	o := offers[0]
	for k := range 6 {
		if line := o.Lines[k]; line.Total() != 200_00 || line.Principal < 0 {
			t.Errorf("instalment %d is %+v", k+1, line)
		}
	}
	if o.Months != 6+7 || o.Lines[6].Total() < 1000_00 || o.Lines[7].Total()-o.Lines[6].Total() > 1 || o.Waived != 33 {
		t.Errorf("%+v", o)
	}
	for affordable, want := range map[int64]int{
		-1: 0, 0: 0,
		144_23: 0, 144_24: 1, // the first month's interest is 135.00, its parts of what is owed 7.69 and 1.54; 0.01 is rounding
		1540_00: 1, 1700_00: 0, // all principal is paid within six months
	} {
		if got := len(h.OffersTo(ask(affordable, l))); got != want {
			t.Errorf("%d offers for %d a month, want %d", got, affordable, want)
		}
	}
	l.Remaining = 0
	if o := h.OffersTo(ask(200_00, l))[0]; o.Months != 7 || o.Last < 8000_00 {
		t.Errorf("with nothing to come: %d months, the last %d", o.Months, o.Last)
	}
}

// TestPlansOfOddLoans: no interest, one instalment, no minor unit, the ends of months.
func TestPlansOfOddLoans(t *testing.T) {
	h := hardship(treat.InstallmentPlan)
	k := &h.Kinds[treat.InstallmentPlan]
	k.Months, k.ContractRate = []int{1, 3}, false
	l := aLoan(100_00, 1, 2, 3)
	a := ask(-1, l)
	a.On = civil.Of(2028, 1, 31)
	o := h.OffersTo(a)[0]
	if o.Months != 1 || o.Installment != 100_03 || o.Last != 100_03 || o.NewInterest != 0 || o.TotalToPay != 100_03 || o.ExtraCost != -3 || o.FirstDueOn != civil.Of(2028, 2, 29) {
		t.Errorf("one instalment without interest: %+v", o)
	}
	a.Affordable = 40_00
	if o = h.OffersTo(a)[0]; o.Months != 3 || o.Lines[0].Principal != 33_33 || o.Lines[2].Principal != 33_34 || o.Lines[2].DueOn != civil.Of(2028, 4, 29) {
		t.Errorf("three: %+v", o)
	}
	// A yen of a book of two digits: 1,000 at 36 % is a yen's 30, in units 3000.
	yen := aLoan(1000_00, 7_00, 0, 5_00)
	yen.Currency, yen.Unit, yen.Rate = "JPY", 100, 360_000_000
	k.ContractRate, k.WaivePenalties = true, money.RateOne/2
	a = ask(-1, yen)
	k.Months = []int{3}
	o = h.OffersTo(a)[0]
	want := []treat.OfferLine{{1, civil.Of(2026, 12, 20), 324_00, 30_00, 2_00, 0}, {2, civil.Of(2027, 1, 20), 334_00, 20_00, 3_00, 0}, {3, civil.Of(2027, 2, 20), 342_00, 10_00, 2_00, 0}}
	if !slices.Equal(o.Lines, want) || o.Waived != 2_00 || o.TotalToPay != 1067_00+3_00 {
		t.Errorf("%+v, want %+v", o, want)
	}
	a.Affordable, a.AffordableCurrency = 357_99, "JPY" // no part of a yen
	if len(h.OffersTo(a)) != 1 {
		t.Error("the greatest instalment of 357 is not offered to one who can pay 357.99")
	}
	if a.Affordable = 356_99; len(h.OffersTo(a)) != 0 {
		t.Error("the greatest instalment of 357 is offered to one who can pay 356.99")
	}
}

// TestOffersAddUp: of random loans each plan repays what is owed in even parts, costs what
// it says, and is the least that can be paid.
func TestOffersAddUp(t *testing.T) {
	made := 0
	for seed := range uint64(3000) {
		r := rand.New(rand.NewPCG(seed, 5))
		unit := []int64{1, 100, 1000}[r.IntN(3)]
		amount := func() int64 { return unit * r.Int64N(1<<(1+r.IntN(24))) }
		l := aLoan(unit+amount(), amount(), amount()*r.Int64N(2), amount()*r.Int64N(2))
		l.Unit, l.DayCount, l.Remaining, l.Rate = unit, civil.DayCount(r.IntN(int(civil.DayCounts))), int32(r.IntN(20)), money.Rate(r.Int64N(400_000_000))
		a := ask(r.Int64N(l.Total/6+1)-1, l)
		a.On += civil.Date(r.IntN(800))
		h := hardship(treat.InstallmentPlan, treat.ReducedInstallment, treat.Extension)
		for _, o := range h.OffersTo(a) {
			made++
			principal, total := int64(0), int64(0)
			interest, fees := int64(0), int64(0)
			for k := range o.Lines {
				x := &o.Lines[k]
				principal, interest, fees, total = principal+x.Principal, interest+x.OwedInterest, fees+x.OwedFee, total+x.Total()
				if x.Principal < 0 || x.Principal%unit != 0 || x.Interest%unit != 0 || interest != spread(l.Interest, unit, k+1, len(o.Lines)) {
					t.Fatalf("seed %d: instalment %+v", seed, x)
				}
				if over := a.Affordable >= 0 && x.Total() > a.Affordable; over && (o.Kind != treat.ReducedInstallment || k < 6) {
					t.Fatalf("seed %d: %d to pay of %d", seed, x.Total(), a.Affordable)
				}
			}
			if principal != l.Principal || interest != l.Interest || fees != l.Fees || o.TotalToPay != total+l.Penalties-o.Waived || o.ExtraCost != o.TotalToPay-l.Total ||
				o.ExtraCost != o.NewInterest-o.Waived {
				t.Fatalf("seed %d: %+v of %+v", seed, o, l)
			}
		}
	}
	if made < 1000 {
		t.Errorf("only %d plans were made", made)
	}
}

// spread is round(amount·k/n) in units, by rationals.
func spread(amount, unit int64, k, n int) int64 {
	x := big.NewRat(amount/unit*int64(k), int64(n))
	floor := new(big.Int).Quo(x.Num(), x.Denom())
	rest := new(big.Rat).Sub(x, new(big.Rat).SetInt(floor))
	if c := rest.Cmp(big.NewRat(1, 2)); c > 0 || c == 0 && floor.Bit(0) == 1 {
		floor.Add(floor, big.NewInt(1))
	}
	return floor.Int64() * unit
}
