package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// productsSection has the products by name.
type productsSection map[string]*productSection

type productSection struct {
	Card                *bool               `yaml:"card" doc:"Credit card receivables, where the law sets them apart."`
	Attributes          words               `yaml:"attributes" doc:"Words of your own that packs ask for: secured, home, home_secured, home_secured_ltv_60, open_end, farm, small_business, non_retail. A card has the word card."`
	Method              *string             `yaml:"method" enum:"@method" doc:"Repayment method where a loan's row names none."`
	DayCount            *string             `yaml:"day_count" enum:"@day_count" doc:"Day count where a loan's row names none."`
	Frequency           *string             `yaml:"frequency" pattern:"^([1-9][0-9]{0,3}[DM]|[1-9][0-9]?(,[1-9][0-9]?)+)$" doc:"Distance of due dates where a loan's row names none: 1M, 3M, 7D, 14D and the like, or days of each month: \"1,15\"."`
	Interest            *string             `yaml:"interest" enum:"scheduled,daily,simple" doc:"scheduled: each instalment's interest is fixed by the schedule. daily: interest is earned on the principal really outstanding. simple: likewise, and a payment meets what is earned up to its own value date, then fees and principal."`
	InstallmentRounding *roundingSection    `yaml:"installment_rounding" doc:"How a level payment is rounded."`
	Grace               *graceSection       `yaml:"grace" doc:"What the first instalments leave out, where a loan's row says nothing of it."`
	DueDates            *dueDatesSection    `yaml:"due_dates" doc:"Due dates move off days on which no business is done, as calendar says. Left out: they don't."`
	Allocation          []allocationSection `yaml:"allocation" doc:"Order in which money meets what is owed. The first rule whose conditions hold decides; the last has no conditions."`
	LateCharges         *lateSection        `yaml:"late_charges" doc:"What lateness costs. {} is nothing."`
	Ceiling             *ceilingSection     `yaml:"ceiling" doc:"Limit on all charges of a loan together. {} is none."`
	Settle              *settleSection      `yaml:"settle" doc:"Price of early settlement. {} is nothing."`
	NonAccrualFromDays  *int32              `yaml:"non_accrual_from_days" min:"0" max:"36500" doc:"Days past due from which interest is memo only. 0 is never."`
}

type roundingSection struct {
	Mode       string   `yaml:"mode" enum:"half_even,up,down" default:"half_even" doc:"Direction of rounding."`
	MultipleOf *decimal `yaml:"multiple_of" min:"0" doc:"Amount that a payment is a multiple of. Left out: one minor unit."`
}

type graceSection struct {
	Principal    *int32 `yaml:"principal" min:"0" max:"1199" doc:"So many instalments pay no principal; the level payment is that of those after them."`
	Interest     *int32 `yaml:"interest" min:"0" max:"1199" doc:"The interest of so many instalments falls due with the first one after them."`
	InterestFree *int32 `yaml:"interest_free" min:"0" max:"1200" doc:"The periods of so many instalments bear no interest."`
}

type lateSection struct {
	PenaltyInterest *penaltySection  `yaml:"penalty_interest" doc:"Interest on overdue amounts, by the day."`
	FixedFee        *fixedFeeSection `yaml:"fixed_fee" doc:"A fee for each instalment missed."`
	Share           *shareSection    `yaml:"share" doc:"A share of each instalment missed, or of what of it is overdue."`
	Cap             *capSection      `yaml:"cap" doc:"Limits on the late charges of one loan over its life."`
}

type penaltySection struct {
	RateMultiplier *decimal `yaml:"rate_multiplier" min:"0" max:"10" doc:"Penalty rate as a multiple of the contract's rate. Either this or annual_rate."`
	AnnualRate     *decimal `yaml:"annual_rate" min:"0" max:"10" doc:"Penalty rate a year: 0.18 is 18 %."`
	On             []string `yaml:"on" enum:"principal,interest,fee" default:"principal" doc:"Overdue components that bear penalty interest."`
	DayCount       string   `yaml:"day_count" enum:"ACT/365F,ACT/360" default:"ACT/360" doc:"Day count of the penalty rate: days over 365 or over 360."`
	GraceDays      int32    `yaml:"grace_days" min:"0" max:"3660" doc:"First days past due, which are never charged."`
	WaitDays       int32    `yaml:"wait_days" min:"0" max:"3660" doc:"Days past due above which charging starts, back to the end of the grace."`
}

type fixedFeeSection struct {
	Amount    decimal  `yaml:"amount" min:"0" required:"true" doc:"The fee, in the policy's currency."`
	Component string   `yaml:"component" enum:"fee,penalty" default:"penalty" doc:"What it is owed as."`
	WaitDays  int32    `yaml:"wait_days" min:"0" max:"3660" doc:"Charged on the first day on which the instalment is more days past due than this."`
	Per       string   `yaml:"per" enum:"installment" default:"installment" doc:"What it is charged once for."`
	Max       *decimal `yaml:"max" min:"0" doc:"Most that the fixed fees of one loan may total."`
}

type shareSection struct {
	Of        string   `yaml:"of" enum:"installment,overdue" required:"true" doc:"What it is a share of: the whole instalment, or what of it is unpaid on the day of the charge."`
	On        []string `yaml:"on" enum:"principal,interest,fee" default:"principal,interest,fee" doc:"The instalment's components that count."`
	Rate      decimal  `yaml:"rate" min:"0" max:"1" required:"true" doc:"The share: 0.05 is 5 %."`
	Min       *decimal `yaml:"min" min:"0" doc:"Least that one charge comes to, in the policy's currency."`
	Max       *decimal `yaml:"max" min:"0" doc:"Most that one charge comes to."`
	WaitDays  int32    `yaml:"wait_days" min:"0" max:"3660" doc:"Charged on the first day on which the instalment is more days past due than this."`
	Component string   `yaml:"component" enum:"fee,penalty" default:"penalty" doc:"What it is owed as."`
	Per       string   `yaml:"per" enum:"installment" default:"installment" doc:"What it is charged once for."`
}

type capSection struct {
	Amount           *decimal `yaml:"amount" min:"0" doc:"Most that late charges may total."`
	ShareOfPrincipal *decimal `yaml:"share_of_principal" min:"0" max:"10" doc:"The same as a share of the loan's original principal."`
}

type ceilingSection struct {
	AnnualRate *decimal `yaml:"annual_rate" min:"0" max:"10" doc:"Most that interest, fees and penalties may come to a year: 0.24 is 24 %. Loans and charges above it are refused."`
}

type settleSection struct {
	FeeRate         *decimal `yaml:"fee_rate" min:"0" max:"1" doc:"Share of the principal that is paid before it is due."`
	FreeAfterMonths *int32   `yaml:"free_after_months" min:"0" max:"1200" doc:"Months since disbursement from which settlement is free."`
}

func (list *productsSection) compile(s *source, doc *document, p *Policy) {
	for _, name := range slices.Sorted(maps.Keys(*list)) {
		p.Products = append(p.Products, s.product(name, (*list)[name], doc, p))
	}
}

// from returns the path of a product's key where the file states it: under the
// product or, inherited, under default.
func (s *source) from(product, key string) string {
	if path := "products." + product + "." + key; s.stated(path) {
		return path
	}
	if path := "products.default." + key; s.stated(path) {
		return path
	}
	return "products." + product
}

// product compiles the rules of one product, which has every key by now.
func (s *source) product(name string, x *productSection, doc *document, p *Policy) loan.Product {
	aging := in[*agingSection](doc)
	method, _ := loan.ParseMethod(*x.Method)
	dayCount, _ := civil.ParseDayCount(*x.DayCount)
	frequency, ok := loan.ParseFrequency(*x.Frequency)
	if !ok {
		s.fail(s.from(name, "frequency"), "unknown frequency %q: use 1M to 120M, 1D to 3660D, or days of the month such as \"1,15\"", *x.Frequency)
	}
	s.checkAdvance(name, x)
	if method == loan.Capitalized && *x.Interest != "scheduled" {
		s.fail(s.from(name, "method"), "capitalized needs interest: scheduled, the product has %s", *x.Interest)
	}
	return loan.Product{
		Name: name, Card: *x.Card, Method: method, DayCount: dayCount, Frequency: frequency,
		Rounding:           s.rounding(s.from(name, "installment_rounding"), x.InstallmentRounding, p),
		Grace:              s.grace(name, x),
		DueDates:           s.dueDates(name, x, doc),
		Allocation:         s.allocation(s.from(name, "allocation"), x.Allocation, tierNames(in[*classificationSection](doc))),
		NonAccrualFromDays: *x.NonAccrualFromDays,
		CountCharges:       aging.CountCharges,
		CountsAsFull:       s.rate("aging.counts_as_full", &aging.CountsAsFull),
		DailyInterest:      *x.Interest != "scheduled",
		SimpleInterest:     *x.Interest == "simple",
		LateCharges:        s.lateCharges(s.from(name, "late_charges"), x.LateCharges, p),
		Ceiling:            s.rate(s.from(name, "ceiling")+".annual_rate", x.Ceiling.AnnualRate),
		Settle:             s.settle(s.from(name, "settle"), x.Settle),
	}
}

// grace compiles what the first instalments leave out.
func (s *source) grace(name string, product *productSection) (g loan.Grace) {
	x := product.Grace
	if x == nil {
		return g
	}
	if x.Interest != nil && *x.Interest > 0 && *product.Interest != "scheduled" {
		s.fail(s.from(name, "grace")+".interest", "needs interest: scheduled; where interest is %s each payment meets what is earned", *product.Interest)
	}
	stated := [...]*int32{x.Principal, x.Interest, x.InterestFree}
	for k, part := range g.Parts() {
		if stated[k] != nil {
			*part = *stated[k]
		}
	}
	return g
}

// checkAdvance refuses a rule for money in advance that would do nothing: what is
// earned on the principal really outstanding falls due with instalments that are not
// known before their day.
func (s *source) checkAdvance(name string, x *productSection) {
	if s.kept {
		return
	}
	takes := map[string][]string{
		"daily":  {"hold_as_credit", "prepay_principal"},
		"simple": {"hold_as_credit", "prepay_principal", "next_installment"},
	}[*x.Interest]
	for i := range x.Allocation {
		if word := x.Allocation[i].InAdvance; takes != nil && !slices.Contains(takes, word) {
			s.fail(fmt.Sprintf("%s[%d].in_advance", s.from(name, "allocation"), i),
				"%s does nothing where interest is %s: its instalments are not known before they fall due; use one of %s",
				word, *x.Interest, strings.Join(takes, ", "))
		}
	}
}

// rounding compiles how a level payment is rounded. Amounts are minor units of
// the loan's own currency: a multiple of 1.00 would be another number of them in
// currencies with other digits.
func (s *source) rounding(path string, x *roundingSection, p *Policy) loan.Rounding {
	r := loan.Rounding{Multiple: 1}
	switch x.Mode {
	case "up":
		r.Mode = loan.Up
	case "down":
		r.Mode = loan.Down
	}
	mixed := slices.ContainsFunc(p.Currencies, func(code string) bool {
		digits, ok := money.Digits(code)
		return ok && digits != p.digits()
	})
	switch {
	case mixed && x.MultipleOf == nil:
		return r
	case mixed:
		s.fail(path+".multiple_of", "the currencies %v have different minor units: leave multiple_of out for each one's own", p.Currencies)
		return r
	case x.MultipleOf == nil:
		unit, _ := parseDecimal(money.Amount(1).Text(p.digits()))
		x.MultipleOf = &unit
	}
	if x.MultipleOf.sign() == 0 {
		s.fail(path+".multiple_of", "must be above 0")
		return r
	}
	r.Multiple = s.amount(path+".multiple_of", x.MultipleOf, p.digits())
	return r
}

func (s *source) settle(path string, x *settleSection) loan.SettleFee {
	fee := loan.SettleFee{Rate: s.rate(path+".fee_rate", x.FeeRate), FreeAfterMonths: -1}
	if x.FreeAfterMonths != nil {
		fee.FreeAfterMonths = *x.FreeAfterMonths
		if x.FeeRate == nil {
			s.fail(path+".free_after_months", "there is no fee_rate to be free of")
		}
	}
	return fee
}

// lateCharges compiles what lateness costs.
func (s *source) lateCharges(path string, x *lateSection, p *Policy) loan.LateCharges {
	var l loan.LateCharges
	if x.PenaltyInterest != nil {
		l.PenaltyInterest = s.penaltyInterest(path+".penalty_interest", x.PenaltyInterest)
	}
	if f := x.FixedFee; f != nil {
		under := path + ".fixed_fee"
		l.FixedFee = loan.FixedFee{
			Amount:   s.money(under+".amount", &f.Amount, p),
			WaitDays: f.WaitDays, Max: s.money(under+".max", f.Max, p),
		}
		l.FixedFee.Component, _ = loan.ParseComponent(f.Component)
		switch {
		case f.Amount.sign() == 0:
			s.fail(under+".amount", "must be above 0; leave fixed_fee out for none")
		case f.Max != nil && l.FixedFee.Max < l.FixedFee.Amount:
			s.fail(under+".max", "max %s is below one fee of %s", *f.Max, f.Amount)
		}
	}
	if x.Share != nil {
		l.Share = s.lateShare(path+".share", x.Share, p)
	}
	if c := x.Cap; c != nil {
		l.CapAmount = s.money(path+".cap.amount", c.Amount, p)
		l.CapShare = s.rate(path+".cap.share_of_principal", c.ShareOfPrincipal)
		if c.Amount != nil && c.Amount.sign() == 0 {
			s.fail(path+".cap.amount", "a cap of 0 forbids late charges: leave them out instead")
		}
		if c.ShareOfPrincipal != nil && c.ShareOfPrincipal.sign() == 0 {
			s.fail(path+".cap.share_of_principal", "a cap of 0 forbids late charges: leave them out instead")
		}
	}
	return l
}

// lateShare compiles a late charge that is a share.
func (s *source) lateShare(path string, x *shareSection, p *Policy) loan.LateShare {
	l := loan.LateShare{
		Overdue: x.Of == "overdue", Rate: s.rate(path+".rate", &x.Rate), WaitDays: x.WaitDays,
		Min: s.money(path+".min", x.Min, p), Max: s.money(path+".max", x.Max, p),
	}
	l.Component, _ = loan.ParseComponent(x.Component)
	for _, name := range x.On {
		c, _ := loan.ParseComponent(name)
		l.On[c] = true
	}
	switch {
	case x.Rate.sign() == 0:
		s.fail(path+".rate", "must be above 0; leave share out for none")
	case x.Max != nil && x.Max.sign() == 0:
		s.fail(path+".max", "must be above 0; leave share out for none")
	case x.Max != nil && x.Min != nil && l.Max < l.Min:
		s.fail(path+".max", "max %s is below min %s", *x.Max, *x.Min)
	}
	return l
}

func (s *source) penaltyInterest(path string, x *penaltySection) loan.PenaltyInterest {
	r := loan.PenaltyInterest{
		Multiplier: s.rate(path+".rate_multiplier", x.RateMultiplier),
		Rate:       s.rate(path+".annual_rate", x.AnnualRate),
		GraceDays:  x.GraceDays, WaitDays: x.WaitDays,
	}
	r.DayCount, _ = civil.ParseDayCount(x.DayCount)
	for _, name := range x.On {
		c, _ := loan.ParseComponent(name)
		r.On[c] = true
	}
	switch {
	case x.RateMultiplier != nil && x.AnnualRate != nil:
		s.fail(path+".annual_rate", "there is rate_multiplier too: state one of the two")
	case x.RateMultiplier == nil && x.AnnualRate == nil:
		s.fail(path, "needs the key rate_multiplier or annual_rate")
	case x.RateMultiplier != nil && x.RateMultiplier.sign() == 0:
		s.fail(path+".rate_multiplier", "must be above 0; leave penalty_interest out for none")
	case x.AnnualRate != nil && x.AnnualRate.sign() == 0:
		s.fail(path+".annual_rate", "must be above 0; leave penalty_interest out for none")
	}
	return r
}
