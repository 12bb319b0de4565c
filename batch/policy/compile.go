package policy

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // a machine without zone files reads time_zone too

	"daybook/ledger/civil"
	"daybook/ledger/money"
)

// currenciesMax and bandsMax are what the book's codes and the night's tables
// have room for.
const (
	currenciesMax = 64
	bandsMax      = 64
)

// compile turns a document into rules; faults say where it cannot.
func (s *source) compile(doc *document) *Policy {
	p := &Policy{
		Name: doc.Name, Jurisdiction: doc.Jurisdiction, EffectiveFrom: doc.EffectiveFrom, Source: s.text,
		Location: s.location(doc.TimeZone), Currencies: doc.Currencies,
	}
	p.Scale = s.scale(doc.Currencies)
	for _, x := range doc.sections {
		x.compile(s, doc, p)
	}
	if !s.kept {
		s.checkLaw(doc)
	}
	if len(s.faults) > 0 {
		return nil
	}
	p.doc = *doc
	p.Canonical = render(doc)
	timeless := p.Canonical
	if doc.EffectiveFrom != civil.None {
		without := *doc
		without.EffectiveFrom = civil.None
		timeless = render(&without)
	}
	p.Digest = sha256.Sum256(timeless)
	return p
}

// from returns the policy with the date from which it holds.
func (p *Policy) from(date civil.Date) *Policy {
	q := *p
	q.EffectiveFrom, q.doc.EffectiveFrom = date, date
	q.Canonical = render(&q.doc)
	return &q
}

func (s *source) location(zone string) *time.Location {
	loc, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		s.fail("time_zone", "unknown time zone %q: use an IANA name such as Asia/Shanghai", zone)
		return time.UTC
	}
	return loc
}

// scale returns the most digits among the currencies.
func (s *source) scale(currencies []string) (scale int) {
	if len(currencies) > currenciesMax {
		s.fail("currencies", "has %d currencies, at most %d are possible", len(currencies), currenciesMax)
	}
	for i, code := range currencies {
		path := fmt.Sprintf("currencies[%d]", i)
		digits, ok := money.Digits(code)
		switch {
		case !ok:
			s.fail(path, "%q is not an ISO 4217 currency in use", code)
		case slices.Contains(currencies[:i], code):
			s.fail(path, "%s is there twice", code)
		}
		scale = max(scale, digits)
	}
	return max(scale, leastScale)
}

// leastScale is the least number of digits that published amounts have.
const leastScale = 2

// money returns an amount of the policy's one currency. The same number would
// be another amount in each of several.
func (s *source) money(path string, d *decimal, p *Policy) money.Amount {
	if d.sign() != 0 && len(p.Currencies) > 1 {
		s.fail(path, "an amount needs one currency, the policy has %v", p.Currencies)
		return 0
	}
	return s.amount(path, d, p.digits())
}
