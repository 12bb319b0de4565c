package batch

import (
	"encoding/json"
	"fmt"
	"slices"

	"daybook/aging"
	"daybook/aging/score"
	"daybook/batch/night"
	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/reports"
)

// names are the book's dictionaries: what the codes in its loans stand for. They
// only ever grow, and a night that brings new names stores them with itself.
type names struct {
	Products   []string `json:"products"`
	Currencies []string `json:"currencies"`
	Regions    []string `json:"regions"` // the first is "", no region
	Buckets    []string `json:"buckets"` // of the policy that closed last: buckets are stored by index

	products, currencies, regions map[string]int
}

const namesMeta = "names"

// codesMax is the most codes of one dictionary: those of facts have 16 bits.
const codesMax = aging.NoCode - 1

// currenciesMax keeps a currency's code in one byte of a row.
const currenciesMax = noCurrency - 1

// loadNames reads the dictionaries of a book and adds what the policy names.
func loadNames(stored []byte, products []loan.Product, currencies []string) (*names, error) {
	n := &names{Regions: []string{""}}
	if stored != nil {
		if err := json.Unmarshal(stored, n); err != nil {
			return nil, fmt.Errorf("book's dictionaries: %w", err)
		}
	}
	n.products, n.currencies, n.regions = index(n.Products), index(n.Currencies), index(n.Regions)
	for i := range products {
		add(&n.Products, n.products, products[i].Name)
	}
	for _, c := range currencies {
		add(&n.Currencies, n.currencies, c)
	}
	if len(n.Products) > codesMax || len(n.Currencies) > currenciesMax {
		return nil, fmt.Errorf("the policy names too many products or currencies: at most %d and %d are possible", codesMax, currenciesMax)
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

// product returns a product's code, or -1.
func (n *names) product(name []byte) int { return code(n.products, name) }

// currency returns a currency's code, or -1.
func (n *names) currency(name []byte) int { return code(n.currencies, name) }

// region returns a region's code. Every region of tonight's files has one once
// they are read.
func (n *names) region(name []byte) int { return code(n.regions, name) }

func (n *names) hasRegion(name []byte) bool { return n.region(name) >= 0 }

// addRegions gives codes to new regions, which come sorted, so that the codes do
// not depend on which worker met which first.
func (n *names) addRegions(regions []string) error {
	for _, r := range regions {
		add(&n.Regions, n.regions, r)
	}
	if len(n.Regions) > codesMax {
		return tooManyRegions(len(n.Regions))
	}
	return nil
}

func tooManyRegions(count int) error {
	return fmt.Errorf("the loans have %d different regions or more, at most %d are possible in one book: map them to fewer before the close", count, codesMax)
}

// forgetCurrencies leaves the currencies that the book had on a date: as many as the
// night's form says or, where it does not, those that policies named up to the date.
func (n *names) forgetCurrencies(policies *policy.Set, d civil.Date, form *reports.Form) {
	known, ok := form.Currencies()
	if !ok {
		for _, p := range policies.Policies() {
			if p == policies.At(d) || p.EffectiveFrom <= d {
				for _, c := range p.Currencies {
					known = max(known, n.currencies[c]+1)
				}
			}
		}
	}
	n.Currencies = n.Currencies[:min(max(known, 0), len(n.Currencies))]
}

// encode writes the dictionaries as the book keeps them.
func (n *names) encode() []byte {
	b, err := json.Marshal(n)
	if err != nil {
		panic("batch: internal error: " + err.Error())
	}
	return b
}

// rulesFor returns the products by code and the currencies' scales. A product
// that loans of the book may have must stay in the policy.
func (n *names) rulesFor(products []loan.Product, scale int) ([]loan.Product, []int64, error) {
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

// moveBuckets makes the policy's buckets those of the book, and returns for each
// old index the new index of the bucket of that name, or loan.NoBucket; nil
// where nothing changed.
func (n *names) moveBuckets(buckets []string) []uint8 {
	old := n.Buckets
	n.Buckets = buckets
	if len(old) == 0 || slices.Equal(old, buckets) {
		return nil
	}
	moved := make([]uint8, len(old))
	for i, name := range old {
		moved[i] = loan.NoBucket
		if k := slices.Index(buckets, name); k >= 0 {
			moved[i] = uint8(k)
		}
	}
	return moved
}

// dictionaries are the names behind the codes of facts.
func (n *names) dictionaries(rules *aging.Rules) (d aging.Dictionaries) {
	d[aging.Product], d[aging.Currency], d[aging.Region] = n.Products, n.Currencies, n.Regions
	for m := range loan.Methods {
		d[aging.Method] = append(d[aging.Method], m.String())
	}
	for c := range civil.DayCounts {
		d[aging.DayCountCode] = append(d[aging.DayCountCode], c.String())
	}
	d[aging.Bucket], d[aging.PreviousBucket] = n.Buckets, n.Buckets
	d[aging.Status], d[aging.Accrual] = night.Statuses, night.Accruals
	d[aging.Classification], d[aging.BorrowerClassification] = rules.Tiers.Names(), rules.Tiers.Names()
	d[aging.Stage] = rules.Stages.Names()
	for r := score.None + 1; r < score.Reasons; r++ {
		d[aging.Reason1] = append(d[aging.Reason1], r.String())
	}
	d[aging.Reason2], d[aging.Reason3], d[aging.Reason4] = d[aging.Reason1], d[aging.Reason1], d[aging.Reason1]
	return d
}
