package policy

import "slices"

type classificationSection struct {
	Tiers             []bandSection `yaml:"tiers" doc:"Tiers by days past due."`
	NonPerformingFrom string        `yaml:"non_performing_from" doc:"First tier that is non-performing."`
	Source            string        `yaml:"source" most:"256" doc:"Law or standard that the tiers follow, as explanations cite it. The built-in tiers have their own."`
	Stages            []bandSection `yaml:"stages" doc:"Impairment stages by days past due."`
	StagesSource      string        `yaml:"stages_source" most:"256" doc:"The same of the stages."`
}

func (c *classificationSection) compile(s *source, doc *document, p *Policy) {
	r := &p.Aging
	r.Tiers = s.bands("classification.tiers", c.Tiers)
	r.Stages = s.bands("classification.stages", c.Stages)
	first := slices.Index(r.Tiers.Names(), c.NonPerformingFrom)
	if first < 0 {
		s.fail("classification.non_performing_from", "unknown tier %q: %s", c.NonPerformingFrom, suggest(c.NonPerformingFrom, r.Tiers.Names()))
		first = 0
	}
	r.NonPerforming = uint8(first)
	r.TiersSource = s.cited(c.Source, doc, "classification.tiers")
	r.StagesSource = s.cited(c.StagesSource, doc, "classification.stages")
}

// tierNames are the names of the tiers in their order.
func tierNames(c *classificationSection) []string {
	list := make([]string, len(c.Tiers))
	for i := range c.Tiers {
		list[i] = c.Tiers[i].Name
	}
	return list
}
