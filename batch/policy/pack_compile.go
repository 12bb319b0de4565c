package policy

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"daybook/aging/classify"
	"daybook/aging/provision"
	"daybook/ledger/civil"
)

// Classifying is what a policy says of classes and provisions.
type Classifying struct {
	Materiality Materiality
	Packs       []*classify.Pack // in the order in which they are heard; none: tiers by days, as Aging has them
	// Flags are the names of the flags that are read, by bit.
	Flags []string
	// Subjects are what the products are to conditions, by product.
	Subjects []classify.Subject
	// Post is the index of the pack whose provisions are posted, below 0 for none.
	Post int
	// AtMonthEnd says that provisions are reckoned on the first close on or after a month's end,
	// and kept until the next.
	AtMonthEnd bool
}

// FirstFlags are the flags that every policy reads, by bit: they mark a loan's history.
var FirstFlags = []string{"bad_debt", "settled_by_assets", "paid_by_guarantor"}

// flagsMax is how many flags conditions may name.
const flagsMax = 64

var packName = regexp.MustCompile(`^[a-z][a-z0-9]{0,15}$`)

// packFor is where a pack stands: the file that has it, and the path of its keys in it.
type packFor struct {
	*source
	path string
}

func (x *packFor) under(format string, args ...any) string {
	return strings.TrimPrefix(x.path+"."+fmt.Sprintf(format, args...), ".")
}

// packs compiles packs; it is one policy's.
type packs struct {
	p          *Policy
	attributes []string
	flags      []string
	at         packFor
	doc        *packSection
	out        *classify.Pack
}

func (list *packsSection) compile(s *source, doc *document, p *Policy) {
	p.Post = -1
	x := &packs{p: p, flags: slices.Clone(FirstFlags), attributes: attributesOf(s, doc)}
	if len(*list) > classify.PacksMax {
		s.fail("packs", "has %d packs, at most %d are possible", len(*list), classify.PacksMax)
		return
	}
	if len(*list) > 0 && s.stated("classification") && s.stated("packs") {
		s.fail("classification", "there is packs too: a policy classifies by packs or by tiers of its own")
	}
	for i := range *list {
		x.at = packFor{s, fmt.Sprintf("packs[%d]", i)}
		if of := s.packFiles[i]; of != nil {
			x.at = packFor{of, ""}
		}
		x.doc, x.out = &(*list)[i], &classify.Pack{}
		if slices.ContainsFunc(p.Packs, func(o *classify.Pack) bool { return o.Name == x.doc.Pack }) {
			s.fail(fmt.Sprintf("packs[%d]", i), "pack %s is there twice", x.doc.Pack)
			continue
		}
		x.compile()
		p.Packs = append(p.Packs, x.out)
		if x.at.source != s {
			s.faults = append(s.faults, x.at.faults...)
		}
	}
	p.Flags = x.flags
	if len(x.flags) > flagsMax {
		s.fail("packs", "name %d flags, at most %d are possible", len(x.flags), flagsMax)
	}
	for i := range p.Products {
		products, name := in[*productsSection](doc), p.Products[i].Name
		p.Subjects = append(p.Subjects, classify.Subject{
			Product: int32(i), Attributes: x.attributesOf(products, name), OpenEnd: slices.Contains(productAttributes((*products)[name]), openEnd),
		})
	}
}

// attributesOf lists all attributes that products have.
func attributesOf(s *source, doc *document) (list []string) {
	for name, x := range *in[*productsSection](doc) {
		for i, word := range productAttributes(x) {
			if !flagPattern.MatchString(word) {
				s.fail(s.from(name, fmt.Sprintf("attributes[%d]", i)), "%q is no attribute: use a to z, digits and _, at most 32", word)
			}
			if !slices.Contains(list, word) {
				list = append(list, word)
			}
		}
	}
	slices.Sort(list)
	if len(list) > 64 {
		s.fail("products", "have %d attributes, at most 64 are possible", len(list))
		return list[:64]
	}
	return list
}

var flagPattern = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// openEnd is the attribute of products that are drawn and paid again and again.
const openEnd = "open_end"

// productAttributes are a product's attributes; that of a card is card.
func productAttributes(x *productSection) []string {
	list := slices.Clone([]string(x.Attributes))
	if x.Card != nil && *x.Card {
		list = append(list, "card")
	}
	return list
}

func (x *packs) attributesOf(products *productsSection, name string) (bits uint64) {
	for _, word := range productAttributes((*products)[name]) {
		if i := slices.Index(x.attributes, word); i >= 0 {
			bits |= 1 << i
		}
	}
	return bits
}

// compile compiles one pack.
func (x *packs) compile() {
	d, p := x.doc, x.out
	p.Name, p.Title, p.Fills, p.NonPerforming = d.Pack, string(d.Title), d.Fills, -1
	if !packName.MatchString(d.Pack) {
		x.at.fail(x.at.under("pack"), "%q is no name of a pack: use a to z and digits, beginning with a letter, at most 16", d.Pack)
	}
	for i, c := range d.Classes {
		if slices.Contains(p.ClassNames(), c.Name) || c.Name == "" {
			x.at.fail(x.at.under("classes[%d].name", i), "there is a class %q already", c.Name)
		}
		p.Classes = append(p.Classes, classify.Class{Name: c.Name, Title: string(c.Title), NonPerforming: c.NonPerforming != nil && *c.NonPerforming})
	}
	if len(p.Classes) > classify.ClassesMax {
		x.at.fail(x.at.under("classes"), "has %d classes, at most %d are possible", len(p.Classes), classify.ClassesMax)
	}
	x.holds()
	x.tables()
	x.contagion()
	x.provision()
	x.rest()
	p.Digest = digestOf(d)
	p.Compile()
}

func (x *packs) holds() {
	d, p := x.doc, x.out
	for i := range d.Holds {
		h := &d.Holds[i]
		if p.HoldOf(h.Name) >= 0 {
			x.at.fail(x.at.under("holds[%d].name", i), "there is a hold %q already", h.Name)
		}
		p.Holds = append(p.Holds, classify.Hold{Name: h.Name, OfBorrower: h.Scope == "borrower", Cite: string(h.Cite)})
	}
	if len(p.Holds) > classify.HoldsMax {
		x.at.fail(x.at.under("holds"), "has %d holds, at most %d are possible", len(p.Holds), classify.HoldsMax)
		p.Holds = p.Holds[:classify.HoldsMax]
	}
	if p.NonPerforming = p.HoldOf("non_performing"); p.NonPerforming < 0 {
		x.at.fail(x.at.under("holds"), "needs a hold non_performing: its day of entry is published")
	}
	for i := range p.Holds {
		h := &d.Holds[i]
		where := askedIn{inHold: true, self: i}
		for k := range h.Enter {
			c := x.condition(x.at.under("holds[%d].enter[%d]", i, k), &h.Enter[k], where)
			if c.OnlyHold(i) {
				x.at.fail(x.at.under("holds[%d].enter[%d]", i, k), "the hold enters itself as long as it is active: it would never be left")
			}
			p.Holds[i].Enter = append(p.Holds[i].Enter, c)
		}
		for k := range h.Until {
			p.Holds[i].Until = append(p.Holds[i].Until, x.until(x.at.under("holds[%d].until[%d]", i, k), &h.Until[k], where))
		}
		if u := h.Until; p.Holds[i].OfBorrower && (len(u) != 1 || u[0].Applies != nil || u[0].From != nil || u[0].Months != nil || u[0].Days != nil || u[0].Periods != nil) {
			x.at.fail(x.at.under("holds[%d].until", i), "of a borrower's hold is one entry with when alone")
		}
	}
}

func (x *packs) until(path string, u *packUntil, where askedIn) (out classify.Until) {
	out.Applies, out.When = x.optional(path+".applies", u.Applies, where), x.optional(path+".when", u.When, where)
	for k, word := range u.From {
		under := fmt.Sprintf("%s.from[%d]", path, k)
		if name, ok := strings.CutPrefix(word, "left:"); ok {
			h := x.out.HoldOf(name)
			if h < 0 {
				x.at.fail(under, "unknown hold %q: %s", name, suggest(name, x.holdNames()))
			}
			out.From = append(out.From, classify.From{Kind: classify.FromLeft, Hold: max(h, 0)})
			continue
		}
		kind, ok := classify.ParseFrom(word)
		if !ok {
			x.at.fail(under, "unknown day %q: use quiet, clean, entered, measure, measure_first_due, last_late_due or left:NAME", word)
		}
		out.From = append(out.From, classify.From{Kind: kind})
	}
	for _, n := range []struct {
		from *int32
		to   *int
	}{{u.Months, &out.Months}, {u.Days, &out.Days}, {u.Periods, &out.Periods}} {
		if n.from != nil {
			if *n.to = int(*n.from); len(u.From) == 0 {
				x.at.fail(path, "needs the key from: the days that months, days and periods count from")
			}
		}
	}
	return out
}

func (x *packs) holdNames() (list []string) {
	for i := range x.out.Holds {
		list = append(list, x.out.Holds[i].Name)
	}
	return list
}

func (x *packs) tables() {
	d, p := x.doc, x.out
	rules := map[string]bool{classify.Contagious: true}
	for t := range d.Tables {
		from := &d.Tables[t]
		path := x.at.under("tables[%d]", t)
		to := classify.Table{Name: from.Name, Applies: x.optional(path+".applies", from.Applies, askedIn{self: -1})}
		for r := range from.Rows {
			to.Rows = append(to.Rows, x.row(fmt.Sprintf("%s.rows[%d]", path, r), &from.Rows[r], r == len(from.Rows)-1, rules))
		}
		p.Tables = append(p.Tables, to)
	}
	switch last := len(d.Tables) - 1; {
	case len(rules) > classify.RulesMax:
		x.at.fail(x.at.under("tables"), "have %d rules, at most %d are possible", len(rules), classify.RulesMax)
	case last >= 0 && d.Tables[last].Applies != nil:
		x.at.fail(x.at.under("tables[%d].applies", last), "the last table must be for all loans that no other is for: leave applies out")
	}
	for t := range len(d.Tables) - 1 {
		if d.Tables[t].Applies == nil {
			x.at.fail(x.at.under("tables[%d]", t), "is for all loans: no table after it is ever used")
		}
	}
}

func (x *packs) row(path string, r *packRow, last bool, rules map[string]bool) classify.Row {
	if rules[r.Rule] {
		x.at.fail(path+".rule", "there is a rule %q already", r.Rule)
	}
	rules[r.Rule] = true
	from, until := dayOf(r.From), dayOf(r.Until)
	free := r.When == nil && from == civil.None && until == civil.None
	switch {
	case last && !free:
		x.at.fail(path, "the last row must be free of when, from and until: every loan has a class")
	case !last && free:
		x.at.fail(path, "holds always: no row after it is ever used")
	case from != civil.None && until != civil.None && until <= from:
		x.at.fail(path+".until", "is not after from")
	}
	return classify.Row{
		Rule: r.Rule, When: x.optional(path+".when", r.When, askedIn{self: -1}), Class: x.class(path+".class", r.Class), Cite: string(r.Cite),
		From: from, Until: until,
	}
}

// dayOf is a day that may be left out.
func dayOf(d *civil.Date) civil.Date {
	if d == nil {
		return civil.None
	}
	return *d
}

func (x *packs) class(path, name string) int {
	i := slices.Index(x.out.ClassNames(), name)
	if i < 0 {
		x.at.fail(path, "unknown class %q: %s", name, suggest(name, x.out.ClassNames()))
	}
	return max(i, 0)
}

func (x *packs) contagion() {
	c := x.doc.Contagion
	if c == nil {
		return
	}
	path, out := x.at.under("contagion"), &x.out.Contagion
	out.Spread, out.Cite, out.Applies = c.Spread == "worst", string(c.Cite), x.optional(path+".applies", c.Applies, askedIn{self: -1})
	switch {
	case out.Spread && (c.Over != nil || c.AtLeast != ""):
		x.at.fail(path, "has spread and over: state one of the two")
	case out.Spread:
	case c.Over == nil || c.AtLeast == "":
		x.at.fail(path, "needs spread, or over and at_least")
	default:
		out.Over, out.AtLeast = int64(x.at.rate(path+".over", c.Over)), x.class(path+".at_least", c.AtLeast)
		if out.Over == 0 {
			x.at.fail(path+".over", "must be above 0")
		}
	}
}

func (x *packs) provision() {
	d := x.doc.Provision
	if d == nil {
		return
	}
	path, out := x.at.under("provision"), &x.out.Provision
	where := askedIn{self: -1, provision: true}
	out.OfPrincipal, out.Illustrative = d.Base == "principal", d.Illustrative != nil && *d.Illustrative
	switch d.Method {
	case "rates":
		out.Method = classify.Rates
		out.Rates = x.rated(path+".rates", d.Rates, where)
	case "ecl":
		out.Method = classify.ExpectedLoss
		x.expected(path, d, out, where)
	}
	stated := map[string]bool{"rates": len(d.Rates) > 0, "horizon": len(d.Horizon) > 0, "pd": len(d.PD) > 0, "lgd": len(d.LGD) > 0, "scenarios": len(d.Scenarios) > 0}
	for _, key := range []string{"rates", "horizon", "pd", "lgd", "scenarios"} {
		if stated[key] && (key == "rates") != (d.Method == "rates") || stated[key] && d.Method == "none" {
			x.at.fail(path+"."+key, "does nothing where method is %s", d.Method)
		}
	}
}

// expected compiles an expected loss.
func (x *packs) expected(path string, d *provisionSection, out *classify.Provision, where askedIn) {
	out.Rate = -1
	if d.Rate != "" && d.Rate != contractRate {
		rate := decimal(d.Rate)
		out.Rate = int64(x.at.rate(path+".rate", &rate))
	}
	for _, name := range x.out.ClassNames() {
		h, ok := classify.ParseHorizon(d.Horizon[name])
		if !ok {
			x.at.fail(path+".horizon", "needs the class %q: 12_months, lifetime or impaired", name)
		}
		out.Horizon = append(out.Horizon, h)
	}
	for name := range d.Horizon {
		x.class(path+".horizon."+name, name)
	}
	for i := range d.PD {
		row := &d.PD[i]
		under := fmt.Sprintf("%s.pd[%d]", path, i)
		to := classify.Annual{When: x.optional(under+".when", row.When, where), Cite: string(row.Cite)}
		for k := range row.Annual {
			to.PD = append(to.PD, int64(x.at.rate(fmt.Sprintf("%s.annual[%d]", under, k), &row.Annual[k])))
		}
		out.PD = append(out.PD, to)
	}
	if n := len(d.PD); n == 0 || d.PD[n-1].When != nil {
		x.at.fail(path+".pd", "the last row must have no conditions: every loan has a probability of default")
	}
	out.LGD = x.rated(path+".lgd", d.LGD, where)
	sum := int64(0)
	for i := range d.Scenarios {
		row := &d.Scenarios[i]
		under := fmt.Sprintf("%s.scenarios[%d]", path, i)
		to := classify.Scenario{
			Name: row.Name, Weight: int64(x.at.rate(under+".weight", &row.Weight)), PD: int64(x.at.rate(under+".pd", &row.PD)), LGD: int64(x.at.rate(under+".lgd", &row.LGD)),
		}
		sum += to.Weight
		out.Scenarios = append(out.Scenarios, to)
	}
	if sum != provision.One || len(d.Scenarios) > provision.ScenariosMax {
		x.at.fail(path+".scenarios", "must be 1 to %d whose weights add up to 1", provision.ScenariosMax)
	}
}

func (x *packs) rated(path string, rows []ratedSection, where askedIn) (out []classify.Rated) {
	for i := range rows {
		under := fmt.Sprintf("%s[%d]", path, i)
		out = append(out, classify.Rated{
			When: x.optional(under+".when", rows[i].When, where), Rate: int64(x.at.rate(under+".rate", &rows[i].Rate)), Cite: string(rows[i].Cite),
		})
	}
	if n := len(rows); n == 0 || rows[n-1].When != nil {
		x.at.fail(path, "the last row must have no conditions: every loan has a rate")
	}
	return out
}

// rest compiles what tables of reports read.
func (x *packs) rest() {
	d, p := x.doc, x.out
	if m := d.Marks; m != nil {
		path := x.at.under("marks")
		p.Marks = classify.Marks{
			Coverage: int64(x.at.rate(path+".coverage", m.Coverage)), ProvisionRatio: int64(x.at.rate(path+".provision_ratio", m.ProvisionRatio)), Cite: string(m.Cite),
		}
	}
	if b := d.Backstop; b != nil {
		p.Backstop = classify.Backstop{From: b.From, Cite: string(b.Cite)}
		if len(b.Factors) > classify.FactorsMax {
			x.at.fail(x.at.under("backstop.factors"), "there are %d factors, %d at most", len(b.Factors), classify.FactorsMax)
			return
		}
		for i := range b.Factors {
			f := &b.Factors[i]
			under := x.at.under("backstop.factors[%d]", i)
			years, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(f.Years, ">")))
			if err != nil || !strings.HasPrefix(f.Years, ">") || years < 0 || years > 100 {
				x.at.fail(under+".years", "%q is no number of years: write \"> 2\"", f.Years)
			}
			p.Backstop.Factors = append(p.Backstop.Factors, classify.Factor{Years: f.Years, Months: 12 * years, Factor: int64(x.at.rate(under+".factor", &f.Factor))})
		}
	}
	if d.PastDue != nil {
		p.PastDue = d.PastDue.Rule
	}
}

// An askedIn says where a condition stands, which decides what it may ask.
type askedIn struct {
	inHold    bool
	provision bool
	self      int // the hold whose it is; below zero: none
}

// optional compiles a condition that may be left out, and then holds always.
func (x *packs) optional(path string, c *packCondition, where askedIn) *classify.Condition {
	if c == nil {
		return nil
	}
	return x.condition(path, c, where)
}

func (x *packs) condition(path string, c *packCondition, where askedIn) *classify.Condition {
	out := &classify.Condition{Text: textOf(c)}
	for n, text := range [classify.Numbers]string{c.DaysPastDue, c.DelinquentDays, c.MaterialDays, c.MonthsOnBook, c.Score} {
		if text == "" {
			continue
		}
		of := classify.Number(n)
		r, err := classify.ParseRange(text)
		if err != nil {
			x.at.fail(path+"."+of.String(), "%v", err)
		}
		if of == classify.Score && where.inHold {
			x.at.fail(path+".score", "no hold may ask for the score: it is known at closes only")
		}
		out.Compared = append(out.Compared, classify.Compared{Number: of, Range: r})
	}
	out.UnpaidDue, out.Measure, out.Restructured, out.MeasureInHold = asked(c.UnpaidDue), asked(c.Measure), asked(c.Restructured), asked(c.MeasureInHold)
	if c.MeasureInHold != nil && !where.inHold {
		x.at.fail(path+".measure_in_hold", "asks of the hold that it stands in: it has no place here")
	}
	x.named(path, c, out, where)
	if c.FlagDays != "" {
		r, err := classify.ParseRange(c.FlagDays)
		if err != nil || len(c.Flag) == 0 {
			x.at.fail(path+".flag_days", "is a comparison, and needs the key flag beside it")
		}
		out.FlagDays = &r
	}
	if c.HoldMonths != "" {
		spans, err := classify.ParseSpans(c.HoldMonths)
		if err != nil {
			x.at.fail(path+".hold_months", "%v", err)
		} else if len(c.Hold) == 0 && len(c.Holds) == 0 {
			x.at.fail(path+".hold_months", "needs the key hold or holds beside it")
		}
		out.HoldMonths = spans
	}
	if c.Not != nil {
		out.Not = x.condition(path+".not", c.Not, where)
	}
	return out
}

// never is a comparison that holds for no loan.
var never = classify.Compared{Number: classify.DaysPastDue, Range: classify.Range{Low: 1, High: 0}}

// digestOf is the digest of a pack as the book keeps it.
func digestOf(d *packSection) string {
	var b bytes.Buffer
	renderBlock(&b, reflect.ValueOf(d).Elem(), 0)
	sum := sha256.Sum256(b.Bytes())
	return hex.EncodeToString(sum[:])
}

// textOf is a condition as its pack states it.
func textOf(c *packCondition) string {
	var b bytes.Buffer
	renderFlow(&b, reflect.ValueOf(c))
	return b.String()
}

func asked(b *bool) classify.Asked {
	switch {
	case b == nil:
		return classify.NotAsked
	case *b:
		return classify.Yes
	}
	return classify.No
}

// named compiles what a condition asks for by names.
func (x *packs) named(path string, c *packCondition, out *classify.Condition, where askedIn) {
	for i, name := range c.Flag {
		if !flagPattern.MatchString(name) {
			x.at.fail(fmt.Sprintf("%s.flag[%d]", path, i), "%q is no flag: use a to z, digits and _, at most 32", name)
		}
		k := slices.Index(x.flags, name)
		if k < 0 {
			k = len(x.flags)
			x.flags = append(x.flags, name)
		}
		out.Flags |= 1 << min(k, 63)
	}
	for _, name := range c.Attribute {
		if k := slices.Index(x.attributes, name); k >= 0 {
			out.Attributes |= 1 << k
		}
	}
	if len(c.Attribute) > 0 && out.Attributes == 0 {
		out.Compared = append(out.Compared, never) // no product has any of them
	}
	for i, name := range c.Product {
		k, ok := x.p.Product(name)
		if !ok && !x.at.alone {
			x.at.fail(fmt.Sprintf("%s.product[%d]", path, i), "the policy has no product %q", name)
		}
		out.Products = append(out.Products, int32(k))
	}
	buckets := x.p.Aging.Buckets.Names()
	for i, name := range c.Bucket {
		k := slices.Index(buckets, name)
		if k < 0 && !x.at.alone {
			x.at.fail(fmt.Sprintf("%s.bucket[%d]", path, i), "unknown bucket %q: %s", name, suggest(name, buckets))
		}
		out.Buckets |= 1 << max(k, 0)
	}
	for i, name := range c.Class {
		if !where.provision {
			x.at.fail(path+".class", "only a provision may ask for the class")
		}
		out.Classes |= 1 << x.class(fmt.Sprintf("%s.class[%d]", path, i), name)
	}
	if len(c.Hold) > 0 && len(c.Holds) > 0 {
		x.at.fail(path+".holds", "there is hold too: state one of the two")
	}
	out.AllHolds = len(c.Holds) > 0
	for key, list := range map[string]words{"hold": c.Hold, "holds": c.Holds} {
		for _, name := range list {
			h := x.out.HoldOf(name)
			if h < 0 {
				x.at.fail(path+"."+key, "unknown hold %q: %s", name, suggest(name, x.holdNames()))
				continue
			}
			if where.inHold && x.out.Holds[h].OfBorrower && h != where.self {
				x.at.fail(path+"."+key, "%q is a borrower's hold, which changes at closes only: no other hold may ask for it", name)
			}
			out.Holds |= 1 << h
		}
	}
}

func (x *provisionsSection) compile(s *source, _ *document, p *Policy) {
	p.AtMonthEnd = x.When == "month_end"
	if x.Post == "" {
		return
	}
	p.Post = slices.IndexFunc(p.Packs, func(o *classify.Pack) bool { return o.Name == x.Post })
	switch {
	case p.Post < 0:
		s.fail("provisions.post", "the policy has no pack %q: name one of packs", x.Post)
	case p.Packs[p.Post].Provision.Method == classify.NoProvision:
		s.fail("provisions.post", "pack %s reckons no provisions: its method is none", x.Post)
	case p.Packs[p.Post].Provision.Illustrative:
		s.fail("provisions.post", "the numbers of pack %s are illustrations: put your own in a copy of it, without illustrative, and name that", x.Post)
	}
}
