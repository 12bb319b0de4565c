package policy

import (
	"fmt"
	"slices"

	"daybook/aging"
)

type agingSection struct {
	GraceDays    int32              `yaml:"grace_days" min:"0" max:"3660" doc:"Days that delinquent days leave out; regulatory tiers never do."`
	CountCharges bool               `yaml:"count_charges" doc:"Charges on their own count as days past due."`
	CountsAsFull decimal            `yaml:"counts_as_full" min:"0.5" max:"1" doc:"Share of an instalment whose payment counts as all of it: FFIEC allows 0.9."`
	Materiality  materialitySection `yaml:"materiality" doc:"Arrears are material on days when they exceed both (EU retail: 100 and 0.01). No rule of this version asks for it: what is not 0 is refused."`
	Buckets      []bandSection      `yaml:"buckets" doc:"Delinquency buckets by delinquent days, each up to the next."`
}

type materialitySection struct {
	Amount decimal `yaml:"amount" min:"0" doc:"Amount."`
	Share  decimal `yaml:"share" min:"0" max:"1" doc:"Share of the loan's exposure."`
}

type bandSection struct {
	Name string `yaml:"name" required:"true" doc:"Name in reports."`
	From int32  `yaml:"from" min:"0" max:"36500" required:"true" doc:"First day of the band; it ends where the next begins."`
}

func (a *agingSection) compile(s *source, _ *document, p *Policy) {
	p.Aging.GraceDays, p.Aging.Buckets = a.GraceDays, s.bands("aging.buckets", a.Buckets)
	p.Materiality = Materiality{
		Amount: s.money("aging.materiality.amount", &a.Materiality.Amount, p),
		Share:  s.rate("aging.materiality.share", &a.Materiality.Share),
	}
	if p.Materiality != (Materiality{}) && !s.kept {
		s.fail("aging.materiality", "does nothing: no rule of this version asks whether arrears are material; leave it out")
	}
}

// bands compiles ranges of days, which must cover every day once.
func (s *source) bands(path string, list []bandSection) aging.Bands {
	bands := make(aging.Bands, len(list))
	if len(list) > bandsMax {
		s.fail(path, "has %d bands, at most %d are possible", len(list), bandsMax)
	}
	if list[0].From != 0 {
		s.fail(path+"[0].from", "the first band, %q, starts at %d days: days from 0 on would have no band", list[0].Name, list[0].From)
	}
	for i, b := range list {
		under := fmt.Sprintf("%s[%d]", path, i)
		bands[i] = aging.Band{Name: b.Name, From: b.From}
		if i > 0 && b.From <= list[i-1].From {
			s.fail(under+".from", "band %q starts at %d days, not after band %q at %d: they would overlap", b.Name, b.From,
				list[i-1].Name, list[i-1].From)
		}
		if slices.ContainsFunc(list[:i], func(x bandSection) bool { return x.Name == b.Name }) {
			s.fail(under+".name", "there is a band %q already", b.Name)
		}
	}
	return bands
}
