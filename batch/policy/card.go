package policy

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"daybook/aging/score"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// applies are conditions over features, by their names: all must hold.
type applies map[string]words

type cardSection struct {
	Name       string           `yaml:"name" required:"true" doc:"Name of the card."`
	Applies    applies          `yaml:"applies" keys:"@score_condition" none:"true" doc:"For which loans: features with comparisons such as \"> 90\", \"<= 5\", \"= 0\", \"1..7\", joined by commas, or lists of product, region, bucket, or attribute of the product. All must hold; what is null meets none."`
	Scale      *scaleSection    `yaml:"scale" doc:"What the points were made for: score = offset + factor · ln odds. It is shown, and nothing is computed with it."`
	Base       int32            `yaml:"base" min:"-100000" max:"100000" doc:"Points that each loan has."`
	Attributes []attributeEntry `yaml:"attributes" required:"true" doc:"Points by feature."`
}

type scaleSection struct {
	At   int32   `yaml:"at" min:"-100000" max:"100000" required:"true" doc:"The score at which the odds are those stated."`
	Odds decimal `yaml:"odds" min:"0.000001" max:"1000000000" required:"true" doc:"Goods for one bad."`
	PDO  decimal `yaml:"pdo" min:"0.000001" max:"100000" required:"true" doc:"Points that double the odds."`
}

type attributeEntry struct {
	Feature string     `yaml:"feature" enum:"@feature" required:"true" doc:"Whose value decides."`
	Bins    []binEntry `yaml:"bins" required:"true" doc:"The first that takes the value gives the points; the last takes all others."`
	Missing int32      `yaml:"missing" min:"-10000" max:"10000" required:"true" doc:"Points where the feature is null."`
	Reason  string     `yaml:"reason" required:"true" doc:"Why points were lost here, as reasons of the score have it."`
}

type binEntry struct {
	UpTo   *decimal `yaml:"upto" min:"-1000000000000000" max:"1000000000000000" doc:"Greatest value of the bin, a whole number."`
	In     words    `yaml:"in" doc:"Texts of the bin: names of products, regions or buckets."`
	Points int32    `yaml:"points" min:"-10000" max:"10000" required:"true" doc:"Points of the bin."`
}

// scoreMax is the most cards, models and attributes of one card.
const scoreMax = 64

// A scorer compiles what a section says of scores beyond points.
type scorer struct {
	*source
	doc     *document
	sc      *scoreSection
	p       *Policy
	g       *score.Scoring
	reasons []string // texts of cards and models, in the order of their codes
}

// scoring compiles models, cards and adjustments. A policy without any has none, and
// scores as ever.
func (s *source) scoring(sc *scoreSection, doc *document, p *Policy) {
	c := &scorer{source: s, doc: doc, sc: sc, p: p, g: &score.Scoring{Regions: sc.Regions}}
	for i, r := range sc.Regions {
		if slices.Contains(sc.Regions[:i], r) {
			s.fail(fmt.Sprintf("score.regions[%d]", i), "%q is there twice", r)
		}
	}
	c.monitoring()
	names := map[string]bool{}
	unique := func(path, name string) {
		if names[name] {
			s.fail(path+".name", "%q is there twice among cards and models", name)
		}
		names[name] = true
	}
	if n := max(len(sc.Models), len(sc.Cards)); n > scoreMax {
		s.fail("score", "has %d cards or models, at most %d are possible", n, scoreMax)
		return
	}
	for i := range sc.Models {
		path := fmt.Sprintf("score.models[%d]", i)
		unique(path, sc.Models[i].Name)
		c.model(path, doc, &sc.Models[i])
	}
	for i := range sc.Cards {
		path := fmt.Sprintf("score.cards[%d]", i)
		unique(path, sc.Cards[i].Name)
		c.card(path, &sc.Cards[i])
	}
	adjustments := s.adjustments(sc, &p.Score)
	c.g.Texts = c.reasons
	if len(sc.Models)+len(sc.Cards)+len(sc.Adjustments) > 0 {
		p.Score.Scoring, p.Score.Adjustments = c.g, &adjustments
	}
}

// monitoring checks the edges of the bins.
func (c *scorer) monitoring() {
	m := c.sc.Monitoring
	if c.p.Monitors = m != nil; m != nil && slices.ContainsFunc(c.p.Products, func(p loan.Product) bool { return p.Name == "all" }) {
		c.fail("score.monitoring", "has the segment all beside each product, and a product is called all")
	}
	if m == nil || len(m.Edges) == 0 {
		return
	}
	if n := len(m.Edges); n != score.Bins && n != score.Bins-1 {
		c.fail("score.monitoring.edges", "has %d edges, and %d bins have the upper edges of %d or of all", n, score.Bins, score.Bins-1)
		return
	}
	for i := 1; i < len(m.Edges); i++ {
		if m.Edges[i] <= m.Edges[i-1] {
			c.fail(fmt.Sprintf("score.monitoring.edges[%d]", i), "%d is not above the edge before it, %d", m.Edges[i], m.Edges[i-1])
		}
	}
	c.p.Score.Edges = m.Edges[:score.Bins-1]
}

// card compiles one card.
func (c *scorer) card(path string, x *cardSection) {
	card := score.Card{Name: x.Name, Base: x.Base, Applies: c.applies(path+".applies", x.Applies)}
	if n := len(x.Attributes); n > scoreMax {
		c.fail(path+".attributes", "has %d attributes, at most %d are possible", n, scoreMax)
		return
	}
	for i := range x.Attributes {
		card.Attributes = append(card.Attributes, c.attribute(fmt.Sprintf("%s.attributes[%d]", path, i), &x.Attributes[i]))
	}
	c.g.Cards = append(c.g.Cards, card)
}

// feature returns a feature by its name, and notes that it is used.
func (c *scorer) feature(path, name string) score.Feature {
	f, _ := score.FeatureOf(name)
	c.g.Uses = c.g.Uses.With(f)
	return f
}

// attribute compiles one attribute of a card.
func (c *scorer) attribute(path string, x *attributeEntry) score.Attribute {
	f := c.feature(path+".feature", x.Feature)
	a := score.Attribute{Feature: f, Missing: x.Missing, Reason: c.reason(path+".reason", x.Reason)}
	last := len(x.Bins) - 1
	for i := range x.Bins {
		b := &x.Bins[i]
		at := fmt.Sprintf("%s.bins[%d]", path, i)
		bin := score.Bin{Points: b.Points}
		open := b.UpTo == nil && len(b.In) == 0
		switch {
		case i == last && !open:
			c.fail(at, "the last bin takes all other values, and so has neither upto nor in: add a last one with points alone")
		case i < last && open:
			c.fail(at, "has neither upto nor in: only the last bin takes all other values")
		case f.Coded() && b.UpTo != nil:
			c.fail(at+".upto", "%s is a text: name its values with in", f)
		case !f.Coded() && len(b.In) > 0:
			c.fail(at+".in", "%s is a number: use upto", f)
		case b.UpTo != nil:
			bin.UpTo = c.whole(at+".upto", *b.UpTo)
			if i > 0 && x.Bins[i-1].UpTo != nil && bin.UpTo <= a.Bins[i-1].UpTo {
				c.fail(at+".upto", "%d is not above the bin before it, %d", bin.UpTo, a.Bins[i-1].UpTo)
			}
		case len(b.In) > 0:
			bin.Codes = c.codes(at+".in", f, b.In)
		}
		a.Bins = append(a.Bins, bin)
	}
	return a
}

// whole returns a decimal that must be a whole number.
func (c *scorer) whole(path string, d decimal) int64 {
	v, err := money.ParseDecimal(string(d), 0)
	if err != nil {
		c.fail(path, "%s is not a whole number", d)
	}
	return v
}

// reason returns the code of a reason's text: an event's where it has the event's name.
func (c *scorer) reason(path, text string) score.Reason {
	if strings.ContainsFunc(text, func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_' }) {
		c.fail(path, "%q is not a word of a to z, 0 to 9 and _", text)
	}
	if r, ok := score.ReasonOf(text); ok {
		return r
	}
	i := slices.Index(c.reasons, text)
	if i < 0 {
		i = len(c.reasons)
		c.reasons = append(c.reasons, text)
	}
	if i > math.MaxUint8-int(score.Reasons) {
		c.fail(path, "there are more than %d different reasons", math.MaxUint8-int(score.Reasons))
		return score.None
	}
	return score.Reasons + score.Reason(i)
}

// codes returns the places of names in the policy's list of a feature.
func (c *scorer) codes(path string, f score.Feature, names []string) (codes []int64) {
	list := c.namesOf(f)
	for i, name := range names {
		code := slices.Index(list, name)
		if code < 0 && len(list) == 0 {
			c.fail(path, "unknown %s %q: the policy has no score.regions", f, name)
		} else if code < 0 {
			c.fail(fmt.Sprintf("%s[%d]", path, i), "unknown %s %q: %s", f, name, suggest(name, list))
		}
		codes = append(codes, int64(code))
	}
	return codes
}

// namesOf returns the names behind the codes of a feature: products by name, the others in
// the order of the policy.
func (c *scorer) namesOf(f score.Feature) (list []string) {
	switch f {
	case score.ProductCode:
		for i := range c.p.Products {
			list = append(list, c.p.Products[i].Name)
		}
	case score.RegionCode:
		list = c.sc.Regions
	case score.BucketCode:
		list = c.p.Aging.Buckets.Names()
	}
	return list
}
