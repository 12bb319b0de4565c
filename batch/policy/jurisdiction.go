package policy

import (
	"fmt"
	"maps"
	"slices"

	"daybook/ledger/civil"
)

// A law is one rule of a jurisdiction that binds every product, or the ageing of all.
// It says what is wrong with it, under which key, or "".
type law struct {
	jurisdiction string
	from, until  civil.Date // holds for policies in force within [from, until); civil.None: open
	citation     string
	broken       func(p *productSection) (key, reason string)
	brokenAging  func(a *agingSection) (key, reason string)
}

// jurisdictions that a policy may name; none has no pack.
func jurisdictionNames() []string { return []string{"cn", "in", "us", "uk", "eu", "none"} }

// laws are what is refused when a policy is loaded. A lender may only be
// stricter. The lender's counsel must confirm them: see docs/accounting.md.
var laws = []law{
	{
		jurisdiction: "cn", from: civil.Of(2004, 1, 1), until: civil.None,
		citation: "银发〔2003〕251号",
		broken: func(p *productSection) (key, reason string) {
			x := p.LateCharges.PenaltyInterest
			if x == nil || x.RateMultiplier == nil || x.RateMultiplier.rat().Cmp(decimal("1.5").rat()) <= 0 {
				return "", ""
			}
			return "late_charges.penalty_interest.rate_multiplier",
				fmt.Sprintf("%s is above 1.5: penalty interest is the contract's rate and at most half of it more", *x.RateMultiplier)
		},
	},
	{
		// Cards are excepted by the circular. The date is that of its extension for
		// new loans (RBI notification of 2023-12-29).
		jurisdiction: "in", from: civil.Of(2024, 4, 1), until: civil.None,
		citation: "RBI circular of 2023-08-18, RBI/2023-24/53, DoR.MCS.REC.28/01.01.001/2023-24",
		broken: func(p *productSection) (key, reason string) {
			if p.LateCharges.PenaltyInterest == nil || *p.Card {
				return "", ""
			}
			return "late_charges.penalty_interest",
				"penalty interest is forbidden: late charges may only be penal charges that are no rate and bear no interest, such as fixed_fee"
		},
	},
	{
		// No late charge on a late charge (16 CFR 444.4) is no key: no loan ever has one.
		jurisdiction: "us", from: civil.Of(2000, 6, 12), until: civil.None,
		citation: "FFIEC Uniform Retail Credit Classification, 65 FR 36903",
		brokenAging: func(a *agingSection) (key, reason string) {
			if a.CountsAsFull.rat().Cmp(decimal("0.9").rat()) >= 0 {
				return "", ""
			}
			return "aging.counts_as_full", fmt.Sprintf("%s is below 0.9: only 90 %% or more of an instalment may count as all of it", a.CountsAsFull)
		},
	},
	{
		jurisdiction: "uk", from: civil.Of(1985, 5, 19), until: civil.None,
		citation: "Consumer Credit Act 1974 s. 93",
		broken: func(p *productSection) (key, reason string) {
			switch x := p.LateCharges.PenaltyInterest; {
			case x == nil:
			case x.AnnualRate != nil:
				return "late_charges.penalty_interest.annual_rate",
					"a rate of its own may exceed a contract's: interest on sums in default is at most the agreement's rate; use rate_multiplier up to 1"
			case x.RateMultiplier != nil && x.RateMultiplier.rat().Cmp(decimal("1").rat()) > 0:
				return "late_charges.penalty_interest.rate_multiplier",
					fmt.Sprintf("%s is above 1: interest on sums in default is at most the agreement's rate", *x.RateMultiplier)
			}
			return "", ""
		},
	},
	{
		jurisdiction: "uk", from: civil.Of(2011, 2, 1), until: civil.None,
		citation: "Consumer Credit Act 1974 s. 95A", broken: settlesAbovePercent,
	},
	{
		jurisdiction: "eu", from: civil.Of(2010, 6, 11), until: civil.None,
		citation: "Directive 2008/48/EC art. 16(2), Directive (EU) 2023/2225 art. 29", broken: settlesAbovePercent,
	},
}

// settlesAbovePercent holds the price of early settlement to 1 % of what is repaid early.
func settlesAbovePercent(p *productSection) (key, reason string) {
	if r := p.Settle.FeeRate; r != nil && r.rat().Cmp(decimal("0.01").rat()) > 0 {
		return "settle.fee_rate", fmt.Sprintf("%s is above 0.01: compensation for early repayment is at most 1 %% of it", *r)
	}
	return "", ""
}

// checkLaw refuses what the jurisdiction forbids.
func (s *source) checkLaw(doc *document) {
	for _, l := range laws {
		if l.jurisdiction != doc.Jurisdiction || !l.holds(doc.EffectiveFrom) {
			continue
		}
		if l.brokenAging != nil {
			if key, reason := l.brokenAging(in[*agingSection](doc)); reason != "" {
				s.failLaw(key, reason, &l)
			}
			continue
		}
		products := *in[*productsSection](doc)
		for _, name := range slices.Sorted(maps.Keys(products)) {
			if key, reason := l.broken(products[name]); reason != "" {
				s.failLaw(s.from(name, key), reason, &l)
			}
		}
	}
}

func (s *source) failLaw(path, reason string, l *law) {
	s.fail(path, "%s (jurisdiction %s: %s)", reason, l.jurisdiction, l.citation)
}

// holds reports whether a law binds a policy that begins on a date; one without
// a date begins now.
func (l *law) holds(from civil.Date) bool {
	return from == civil.None && l.until == civil.None ||
		from != civil.None && from >= l.from && (l.until == civil.None || from < l.until)
}
