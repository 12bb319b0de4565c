package policy

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"daybook/aging/treat"
	"daybook/ledger/money"
)

type hardshipSection struct {
	ReviewDays    int32               `yaml:"review_days" min:"0" max:"3660" doc:"Days after which a case ends by itself."`
	ValidDays     int32               `yaml:"valid_days" min:"0" max:"366" doc:"Days for which an offer may be taken."`
	PlanMonthsMax int32               `yaml:"plan_months_max" min:"0" max:"1200" doc:"Most months of a plan that is offered, below those of the law. 0: the law's."`
	Step          *hardshipStep       `yaml:"step" doc:"What is done while a case is open, in place of the ladder. It carries the offers."`
	Offers        map[string][]string `yaml:"offers" none:"true" enum:"@offer_kind" doc:"By reason of hardship: the kinds that are tried, in this order. A case of another reason is reviewed by a person."`
	Kinds         kindsSection        `yaml:"kinds" doc:"What offers of a kind are made with."`
}

type kindsSection struct {
	InstallmentPlan    *planSection       `yaml:"installment_plan" doc:"All that is owed, over the least number of months that the borrower can afford."`
	ReducedInstallment *reducedSection    `yaml:"reduced_installment" doc:"What the borrower can afford for some months, and the rest over those that the loan had left."`
	Extension          *planSection       `yaml:"extension" doc:"All that is owed, over the months that the loan has left and some more."`
	Pause              *pauseSection      `yaml:"pause" doc:"Nothing falls due for some months."`
	PenaltyWaiver      *waiverSection     `yaml:"penalty_waiver" doc:"Some of the penalties is forgiven."`
	InterestWaiver     *waiverSection     `yaml:"interest_waiver" doc:"Some of the interest is forgiven."`
	Settlement         *settlementSection `yaml:"settlement" doc:"Some of all that is owed settles it."`
}

type planSection struct {
	Months         []int32  `yaml:"months" min:"1" max:"1200" required:"true" doc:"Numbers of months: the least that can be afforded is offered."`
	AnnualRate     planRate `yaml:"annual_rate" default:"0" doc:"Rate a year: contract, or a number such as 0.12."`
	WaivePenalties decimal  `yaml:"waive_penalties" min:"0" max:"1" default:"0" doc:"Share of the penalties that is forgiven."`
	FromDays       int32    `yaml:"from_days" min:"0" max:"36500" doc:"Fewest days past due of a loan that it is offered for."`
	ToDays         *int32   `yaml:"to_days" min:"0" max:"36500" doc:"Most days past due. Left out: any."`
}

type reducedSection struct {
	Months         int32    `yaml:"months" min:"1" max:"1200" required:"true" doc:"Months with the lower instalment."`
	AnnualRate     planRate `yaml:"annual_rate" default:"0" doc:"Rate a year: contract, or a number such as 0.12."`
	WaivePenalties decimal  `yaml:"waive_penalties" min:"0" max:"1" default:"0" doc:"Share of the penalties that is forgiven."`
	FromDays       int32    `yaml:"from_days" min:"0" max:"36500" doc:"Fewest days past due of a loan that it is offered for."`
	ToDays         *int32   `yaml:"to_days" min:"0" max:"36500" doc:"Most days past due. Left out: any."`
}

type pauseSection struct {
	Months   int32  `yaml:"months" min:"1" max:"1200" required:"true" doc:"Months without anything due."`
	FromDays int32  `yaml:"from_days" min:"0" max:"36500" doc:"Fewest days past due of a loan that it is offered for."`
	ToDays   *int32 `yaml:"to_days" min:"0" max:"36500" doc:"Most days past due. Left out: any."`
}

type waiverSection struct {
	Share    decimal `yaml:"share" min:"0" max:"1" default:"0" doc:"Share that is forgiven."`
	FromDays int32   `yaml:"from_days" min:"0" max:"36500" doc:"Fewest days past due of a loan that it is offered for."`
	ToDays   *int32  `yaml:"to_days" min:"0" max:"36500" doc:"Most days past due. Left out: any."`
}

type settlementSection struct {
	Discount      decimal `yaml:"discount" min:"0" max:"1" default:"0" doc:"Share of all that is owed that is forgiven."`
	PayWithinDays int32   `yaml:"pay_within_days" min:"0" max:"366" doc:"Days within which the rest is paid."`
	FromDays      int32   `yaml:"from_days" min:"0" max:"36500" doc:"Fewest days past due of a loan that it is offered for."`
	ToDays        *int32  `yaml:"to_days" min:"0" max:"36500" doc:"Most days past due. Left out: any."`
}

// A planRate is the rate of a plan: contract, or a decimal as text.
type planRate string

const contractRate planRate = "contract"

func (t *treatment) hardship(x *hardshipSection) treat.Hardship {
	const path = "collections.hardship"
	h := treat.Hardship{ReviewDays: int(x.ReviewDays), ValidDays: int(x.ValidDays), Kinds: t.kinds(path+".kinds", &x.Kinds)}
	if s := x.Step; s != nil {
		h.HasStep = true
		h.Step = t.step(path+".step", &ladderStep{
			Channels: s.Channels, Tone: s.Tone, Template: s.Template, Education: s.Education, Every: s.Every, Attempts: s.Attempts, Recover: s.Recover,
		})
	}
	if len(x.Offers) > 0 {
		h.Offers = map[string][]treat.OfferKind{}
	}
	for _, reason := range slices.Sorted(maps.Keys(x.Offers)) {
		names := x.Offers[reason]
		for i, name := range names {
			under := fmt.Sprintf("%s.offers.%s[%d]", path, reason, i)
			t.unique(under, name, names[:i])
			kind := treat.OfferKind(slices.Index(wordsOf("offer_kind"), name))
			if !h.Kinds[kind].Set {
				t.fail(under, "kinds has no %s", name)
			}
			h.Offers[reason] = append(h.Offers[reason], kind)
		}
	}
	return h
}

// kinds returns what offers are made with, by kind.
func (t *treatment) kinds(path string, x *kindsSection) (list [treat.OfferKinds]treat.OfferTerms) {
	plan := func(kind treat.OfferKind, p *planSection) {
		if p == nil {
			return
		}
		under := path + "." + kind.String()
		o := t.terms(under, p.FromDays, p.ToDays)
		o.Months = t.months(under+".months", p.Months)
		o.ContractRate, o.Rate = t.planRate(under+".annual_rate", &p.AnnualRate)
		o.WaivePenalties = t.rate(under+".waive_penalties", &p.WaivePenalties)
		list[kind] = o
	}
	plan(treat.InstallmentPlan, x.InstallmentPlan)
	plan(treat.Extension, x.Extension)
	if r := x.ReducedInstallment; r != nil {
		p := planSection{Months: []int32{r.Months}, AnnualRate: r.AnnualRate, WaivePenalties: r.WaivePenalties, FromDays: r.FromDays, ToDays: r.ToDays}
		plan(treat.ReducedInstallment, &p)
		r.AnnualRate = p.AnnualRate
	}
	if p := x.Pause; p != nil {
		o := t.terms(path+".pause", p.FromDays, p.ToDays)
		o.Months = []int{int(p.Months)}
		list[treat.Pause] = o
	}
	waiver := func(kind treat.OfferKind, w *waiverSection) {
		if w != nil {
			under := path + "." + kind.String()
			list[kind] = t.terms(under, w.FromDays, w.ToDays)
			list[kind].Share = t.rate(under+".share", &w.Share)
		}
	}
	waiver(treat.PenaltyWaiver, x.PenaltyWaiver)
	waiver(treat.InterestWaiver, x.InterestWaiver)
	if w := x.Settlement; w != nil {
		o := t.terms(path+".settlement", w.FromDays, w.ToDays)
		o.Discount, o.PayWithinDays = t.rate(path+".settlement.discount", &w.Discount), int(w.PayWithinDays)
		list[treat.Settlement] = o
	}
	return list
}

// terms begins the terms of a kind with the days past due that it is offered for.
func (t *treatment) terms(path string, from int32, to *int32) treat.OfferTerms {
	o := treat.OfferTerms{Set: true, FromDays: from, ToDays: math.MaxInt32}
	if to != nil {
		o.ToDays = *to
	}
	if o.ToDays < from {
		t.fail(path+".to_days", "%d is below from_days, %d", o.ToDays, from)
	}
	return o
}

// months returns numbers of months, ascending.
func (t *treatment) months(path string, list []int32) []int {
	var months []int
	for i, m := range list {
		if slices.Contains(list[:i], m) {
			t.fail(fmt.Sprintf("%s[%d]", path, i), "%d is there twice", m)
		}
		months = append(months, int(m))
	}
	slices.Sort(months)
	return months
}

// planRate returns the rate of a plan: the contract's, or a number, which it writes
// plainly.
func (t *treatment) planRate(path string, x *planRate) (contract bool, rate money.Rate) {
	if *x == contractRate {
		return true, 0
	}
	d, ok := parseDecimal(string(*x))
	if !ok {
		t.fail(path, "%q is neither contract nor a plain decimal number such as 0.12", *x)
		return false, 0
	}
	if d.sign() < 0 || d.rat().Cmp(decimal("10").rat()) > 0 {
		t.fail(path, "%s is not within 0 to 10", d)
	}
	*x = planRate(d)
	return false, t.rate(path, &d)
}
