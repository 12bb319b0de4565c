package policy

import (
	"slices"

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

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
func (s *source) product(name string, doc *document, p *Policy) loan.Product {
	x := doc.Products[name]
	method, _ := loan.ParseMethod(*x.Method)
	dayCount, _ := civil.ParseDayCount(*x.DayCount)
	frequency, ok := loan.ParseFrequency(*x.Frequency)
	if !ok {
		s.fail(s.from(name, "frequency"), "unknown frequency %q: use 1M to 120M or 1D to 3660D", *x.Frequency)
	}
	daily := *x.Interest == "daily"
	if daily && dayCount == civil.Thirty360 {
		path := s.from(name, "interest")
		if own := "products." + name + ".day_count"; s.stated(own) {
			path = own
		}
		s.fail(path, "daily interest counts actual days: day_count must be ACT/365F, ACT/360 or ACT/ACT, not 30/360")
	}
	return loan.Product{
		Name: name, Card: *x.Card, Method: method, DayCount: dayCount, Frequency: frequency,
		Rounding:           s.rounding(s.from(name, "installment_rounding"), x.InstallmentRounding, p),
		Allocation:         s.allocation(s.from(name, "allocation"), x.Allocation, p),
		NonAccrualFromDays: *x.NonAccrualFromDays,
		CountCharges:       doc.Aging.CountCharges,
		CountsAsFull:       s.rate("aging.counts_as_full", &doc.Aging.CountsAsFull),
		DailyInterest:      daily,
		LateCharges:        s.lateCharges(s.from(name, "late_charges"), x.LateCharges, p),
		Ceiling:            s.rate(s.from(name, "ceiling")+".annual_rate", x.Ceiling.AnnualRate),
		Settle:             s.settle(s.from(name, "settle"), x.Settle),
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
