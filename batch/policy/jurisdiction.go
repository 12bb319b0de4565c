package policy

import (
	"fmt"
	"maps"
	"slices"

	"daybook/ledger/civil"
)

// A law is one rule of a jurisdiction that binds every product. It says what is
// wrong with a product, under which key, or "".
type law struct {
	jurisdiction string
	from, until  civil.Date // holds for policies in force within [from, until); civil.None: open
	citation     string
	broken       func(p *productSection) (key, reason string)
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
}

// checkLaw refuses what the jurisdiction forbids.
func (s *source) checkLaw(doc *document) {
	for _, l := range laws {
		if l.jurisdiction != doc.Jurisdiction || !l.holds(doc.EffectiveFrom) {
			continue
		}
		products := *in[*productsSection](doc)
		for _, name := range slices.Sorted(maps.Keys(products)) {
			if key, reason := l.broken(products[name]); reason != "" {
				s.fail(s.from(name, key), "%s (jurisdiction %s: %s)", reason, l.jurisdiction, l.citation)
			}
		}
	}
}

// holds reports whether a law binds a policy that begins on a date; one without
// a date begins now.
func (l *law) holds(from civil.Date) bool {
	return from == civil.None && l.until == civil.None ||
		from != civil.None && from >= l.from && (l.until == civil.None || from < l.until)
}
