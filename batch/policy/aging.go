package policy

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/goccy/go-yaml/ast"

	"daybook/aging"
	"daybook/ledger/money"
)

type agingSection struct {
	GraceDays    int32              `yaml:"grace_days" min:"0" max:"3660" doc:"Days that delinquent days leave out; regulatory tiers never do."`
	CountCharges bool               `yaml:"count_charges" doc:"Charges on their own count as days past due."`
	CountsAsFull decimal            `yaml:"counts_as_full" min:"0.5" max:"1" doc:"Share of an instalment whose payment counts as all of it: FFIEC allows 0.9."`
	Materiality  materialitySection `yaml:"materiality" doc:"Arrears are material on days when they exceed both (EU retail: 100 and 0.01). Packs ask for it as material_days."`
	Buckets      []bandSection      `yaml:"buckets" doc:"Delinquency buckets by delinquent days, each up to the next."`
}

type materialitySection struct {
	Amount amounts `yaml:"amount" min:"0" doc:"Amount: a number where the policy has one currency, or one for each, {EUR: 100, CNY: 800}."`
	Share  decimal `yaml:"share" min:"0" max:"1" doc:"Share of the principal outstanding."`
}

type bandSection struct {
	Name string `yaml:"name" required:"true" doc:"Name in reports."`
	From int32  `yaml:"from" min:"0" max:"36500" required:"true" doc:"First day of the band; it ends where the next begins."`
}

func (a *agingSection) compile(s *source, _ *document, p *Policy) {
	p.Aging.GraceDays, p.Aging.Buckets = a.GraceDays, s.bands("aging.buckets", a.Buckets)
	p.Materiality = Materiality{
		Amounts: s.amounts("aging.materiality.amount", a.Materiality.Amount, p),
		Share:   s.rate("aging.materiality.share", &a.Materiality.Share),
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

// amounts are an amount of money by currency; that of "" is a plain number, in the policy's
// one currency.
type amounts map[string]decimal

func (s *source) decodeAmounts(n ast.Node, v reflect.Value, path string, tag reflect.StructTag) {
	if _, ok := scalarText(n); ok {
		var d decimal
		s.decodeScalar(n, reflect.ValueOf(&d).Elem(), path, tag)
		v.Set(reflect.ValueOf(amounts{"": d}))
		return
	}
	v.Set(reflect.ValueOf(amounts{}))
	s.decodeMap(n, v, path, tag)
}

// amounts returns amounts in minor units of their currencies; those that are 0 are left out.
func (s *source) amounts(path string, list amounts, p *Policy) map[string]money.Amount {
	out := map[string]money.Amount{}
	for code, d := range list {
		under := path
		if code == "" && len(p.Currencies) > 1 && d.sign() != 0 {
			s.fail(path, "a number needs one currency, the policy has %v: write {EUR: 100, CNY: 800}", p.Currencies)
			continue
		}
		if code == "" && len(p.Currencies) > 0 {
			code = p.Currencies[0]
		} else {
			under += "." + code
		}
		if !slices.Contains(p.Currencies, code) {
			s.fail(under, "the policy has no currency %s", code)
			continue
		}
		digits, _ := money.Digits(code)
		if a := s.amount(under, &d, digits); a != 0 {
			out[code] = a
		}
	}
	return out
}

// plain returns the number that amounts are, where they are one.
func (a amounts) plain() (d decimal, ok bool) {
	d, ok = a[""]
	return d, ok && len(a) == 1
}
