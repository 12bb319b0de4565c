package book

import (
	"fmt"
	"slices"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
	"daybook/ledger/store"
)

// Names are the book's dictionaries, ready to look codes up.
type Names struct {
	record.Names
	products, currencies, regions map[string]int
}

// CodesMax is the most codes of one dictionary: those of facts have 16 bits.
const CodesMax = aging.NoCode - 1

// CurrenciesMax is the most currencies: a row under way has one byte for their codes,
// and one of its values says that there is none.
const CurrenciesMax = 0xFF - 1

// LoadNames reads the dictionaries of a book and adds what a policy names.
func LoadNames(b *store.Book, products []loan.Product, currencies []string) (*Names, error) {
	stored, _, err := b.Meta(record.MetaNames)
	if err != nil {
		return nil, err
	}
	n := &Names{}
	if n.Names, err = record.ParseNames(stored); err != nil {
		return nil, fmt.Errorf("book's dictionaries: %w", err)
	}
	n.products, n.currencies, n.regions = index(n.Products), index(n.Currencies), index(n.Regions)
	for i := range products {
		add(&n.Products, n.products, products[i].Name)
	}
	for _, c := range currencies {
		add(&n.Currencies, n.currencies, c)
	}
	if len(n.Products) > CodesMax || len(n.Currencies) > CurrenciesMax {
		return nil, fmt.Errorf("the policy names too many products or currencies: at most %d and %d are possible", CodesMax, CurrenciesMax)
	}
	return n, nil
}

func index(list []string) map[string]int {
	m := make(map[string]int, len(list))
	for i, s := range list {
		m[s] = i
	}
	return m
}

func add(list *[]string, index map[string]int, name string) {
	if _, ok := index[name]; !ok {
		index[name] = len(*list)
		*list = append(*list, name)
	}
}

func code(m map[string]int, name []byte) int {
	if c, ok := m[string(name)]; ok {
		return c
	}
	return -1
}

// Product returns a product's code, or -1.
func (n *Names) Product(name []byte) int { return code(n.products, name) }

// Currency returns a currency's code, or -1.
func (n *Names) Currency(name []byte) int { return code(n.currencies, name) }

// Region returns a region's code. Every region of tonight's files has one once
// they are read.
func (n *Names) Region(name []byte) int { return code(n.regions, name) }

// HasRegion reports whether a region has a code.
func (n *Names) HasRegion(name []byte) bool { return n.Region(name) >= 0 }

// AddRegions gives codes to new regions, which come sorted, so that the codes do
// not depend on which worker met which first.
func (n *Names) AddRegions(regions []string) error {
	for _, r := range regions {
		add(&n.Regions, n.regions, r)
	}
	if len(n.Regions) > CodesMax {
		return TooManyRegions(len(n.Regions))
	}
	return nil
}

// TooManyRegions is the error of more regions than a book takes.
func TooManyRegions(count int) error {
	return fmt.Errorf("the loans have %d different regions or more, at most %d are possible in one book: map them to fewer before the close", count, CodesMax)
}

// forgetCurrencies leaves the currencies that the book had on a night: as many as its
// record says or, where it does not, those that policies named up to its date.
func (n *Names) forgetCurrencies(policies *policy.Set, night *record.Night) {
	known, ok := night.Currencies()
	if !ok {
		for _, p := range policies.Policies() {
			if p == policies.At(night.Date) || p.EffectiveFrom <= night.Date {
				for _, c := range p.Currencies {
					known = max(known, n.currencies[c]+1)
				}
			}
		}
	}
	n.Currencies = n.Currencies[:min(max(known, 0), len(n.Currencies))]
}

// RulesFor returns the products by code and the currencies' scales. A product
// that loans of the book may have must stay in the policy.
func (n *Names) RulesFor(products []loan.Product, scale int) ([]loan.Product, []int64, error) {
	byName := map[string]*loan.Product{}
	for i := range products {
		byName[products[i].Name] = &products[i]
	}
	var out []loan.Product
	for _, name := range n.Products {
		p, ok := byName[name]
		if !ok {
			return nil, nil, fmt.Errorf("the policy has no product %q, which loans of the book may have: keep it in the policy", name)
		}
		out = append(out, *p)
	}
	var scales []int64
	for _, c := range n.Currencies {
		digits, ok := money.Digits(c)
		if !ok || digits > scale {
			return nil, nil, fmt.Errorf("the policy must go on naming currency %s, which loans of the book may have", c)
		}
		scales = append(scales, money.Pow10(scale-digits))
	}
	return out, scales, nil
}

// MoveBuckets makes the policy's buckets those of the book, and returns for each old index the new index: that of the
// bucket which has the days from which the old one began; and that of the bucket of the same name, or [loan.NoBucket],
// as nobody is given points for a list that changes. Both are nil where nothing changed. before are those of the last
// close.
// Source: regulatory.md, section 7.
func (n *Names) MoveBuckets(before, now aging.Bands) (byDays, byName []uint8) {
	first := len(n.Buckets) == 0
	n.Buckets = now.Names()
	if first || slices.Equal(before, now) {
		return nil, nil
	}
	for _, b := range before {
		byDays = append(byDays, now.Index(b.From))
		same := slices.Index(n.Buckets, b.Name)
		if same < 0 {
			same = loan.NoBucket
		}
		byName = append(byName, uint8(same))
	}
	return byDays, byName
}

// DictionariesAt are the names behind the codes of facts of a date, with the columns of the tape that
// are decided late.
func (n *Names) DictionariesAt(policies *policy.Set, date civil.Date) aging.Dictionaries {
	d := n.Dictionaries(policies.At(date))
	if policies.ScoredByBorrower(date) {
		d[aging.LateColumn] = append(d[aging.LateColumn], scoreColumns...)
	}
	return d
}

// scoreColumns are the columns of scores.
var scoreColumns = []string{"score", "score_delta", "reason_1", "reason_2", "reason_3", "reason_4"}

// Dictionaries are the names behind the codes of facts: where the policy has packs, classes and stages are theirs.
func (n *Names) Dictionaries(p *policy.Policy) (d aging.Dictionaries) {
	rules := &p.Aging
	lates := lateOf(p)
	classified, staged := classify.Filling(p.Packs, classify.FillsClassification), classify.Filling(p.Packs, classify.FillsStage)
	d[aging.Product], d[aging.Currency], d[aging.Region] = n.Products, n.Currencies, n.Regions
	for m := range loan.Methods {
		d[aging.Method] = append(d[aging.Method], m.String())
	}
	for c := range civil.DayCounts {
		d[aging.DayCountCode] = append(d[aging.DayCountCode], c.String())
	}
	d[aging.Bucket], d[aging.PreviousBucket] = n.Buckets, n.Buckets
	d[aging.Status], d[aging.Accrual] = aging.StatusNames(), aging.AccrualNames()
	d[aging.Classification], d[aging.BorrowerClassification] = rules.Tiers.Names(), rules.Tiers.Names()
	d[aging.Stage], d[aging.LastCuredBucket] = rules.Stages.Names(), n.Buckets
	if len(p.Packs) > 0 {
		d[aging.Classification], d[aging.BorrowerClassification], d[aging.Stage] = nil, nil, nil
	}
	for i, x := range p.Packs {
		d[aging.PackName] = append(d[aging.PackName], x.Name)
		d[int(aging.PackClass)+i], d[int(aging.PackRule)+i] = x.ClassNames(), x.Rules()
		late := []string{x.Name + "_class", x.Name + "_rule", x.Name + "_non_performing_since", x.Name + "_provision"}
		switch i {
		case classified:
			late = append(late, "classification")
			d[aging.Classification], d[aging.BorrowerClassification] = x.ClassNames(), x.ClassNames()
		case staged:
			late = append(late, "stage")
			d[aging.Stage] = x.ClassNames()
		}
		if lates != nil && lates[i] {
			d[aging.LateColumn] = append(d[aging.LateColumn], late...)
			if settled(p, x) {
				d[aging.SettledColumn] = append(d[aging.SettledColumn], late...)
			}
		}
	}
	d[aging.Reason1] = n.scoreReasons()
	d[aging.Reason2], d[aging.Reason3], d[aging.Reason4] = d[aging.Reason1], d[aging.Reason1], d[aging.Reason1]
	return d
}
