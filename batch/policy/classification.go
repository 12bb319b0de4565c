package policy

import "slices"

type classificationSection struct {
	Tiers             []bandSection `yaml:"tiers" doc:"Tiers by days past due."`
	NonPerformingFrom string        `yaml:"non_performing_from" doc:"First tier that is non-performing."`
	Stages            []bandSection `yaml:"stages" doc:"Impairment stages by days past due."`
}

func (c *classificationSection) compile(s *source, _ *document, p *Policy) {
	r := &p.Aging
	r.Tiers = s.bands("classification.tiers", c.Tiers)
	r.Stages = s.bands("classification.stages", c.Stages)
	first := slices.Index(r.Tiers.Names(), c.NonPerformingFrom)
	if first < 0 {
		s.fail("classification.non_performing_from", "unknown tier %q: %s", c.NonPerformingFrom, suggest(c.NonPerformingFrom, r.Tiers.Names()))
		first = 0
	}
	r.NonPerforming = uint8(first)
}

// tierNames are the names of the tiers in their order.
func tierNames(c *classificationSection) []string {
	list := make([]string, len(c.Tiers))
	for i := range c.Tiers {
		list[i] = c.Tiers[i].Name
	}
	return list
}
