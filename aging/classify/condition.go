package classify

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"daybook/ledger/civil"
)

// A Range is whole numbers from Low to High, both within.
type Range struct{ Low, High int32 }

// Has reports whether a number is in the range.
func (r Range) Has(n int32) bool { return n >= r.Low && n <= r.High }

// ParseRange reads comparisons: "> 90", ">= 90", "< 5", "<= 5", "= 0" and "1..7"; several,
// joined by commas, must all hold.
func ParseRange(text string) (r Range, err error) {
	r = Range{math.MinInt32, math.MaxInt32}
	for part := range strings.SplitSeq(text, ",") {
		one, ok := parseComparison(strings.TrimSpace(part))
		if !ok {
			return r, fmt.Errorf("%q is no comparison: write \"> 90\", \">= 90\", \"< 5\", \"<= 5\", \"= 0\" or \"1..7\"", text)
		}
		r = Range{max(r.Low, one.Low), min(r.High, one.High)}
	}
	if r.Low > r.High {
		return r, fmt.Errorf("%q never holds", text)
	}
	return r, nil
}

func parseComparison(s string) (r Range, ok bool) {
	if from, to, is := strings.Cut(s, ".."); is {
		low, ok1 := parseNumber(from)
		high, ok2 := parseNumber(to)
		return Range{low, high}, ok1 && ok2
	}
	digits := strings.TrimLeft(s, "<>=")
	n, ok := parseNumber(strings.TrimSpace(digits))
	switch s[:len(s)-len(digits)] {
	case ">":
		return Range{n + 1, math.MaxInt32}, ok
	case ">=":
		return Range{n, math.MaxInt32}, ok
	case "<":
		return Range{math.MinInt32, n - 1}, ok
	case "<=":
		return Range{math.MinInt32, n}, ok
	case "=":
		return Range{n, n}, ok
	}
	return r, false
}

func parseNumber(s string) (int32, bool) {
	n, err := strconv.ParseInt(s, 10, 32)
	return int32(n), err == nil && strconv.FormatInt(n, 10) == s && n > -1_000_000 && n < 1_000_000
}

// A Span compares a day with the one that is so many months after another.
type Span struct {
	Op     string // ">", ">=", "<", "<="
	Months int
}

// ParseSpans reads comparisons of months: "> 12", ">= 12", "< 12", "<= 12", joined by commas.
func ParseSpans(text string) (list []Span, err error) {
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		digits := strings.TrimLeft(part, "<>=")
		n, ok := parseNumber(strings.TrimSpace(digits))
		op := part[:len(part)-len(digits)]
		if !ok || n < 0 || n > 1200 || op != ">" && op != ">=" && op != "<" && op != "<=" {
			return nil, fmt.Errorf("%q compares no months: write \"> 12\", \">= 12\", \"< 12\" or \"<= 12\"", text)
		}
		list = append(list, Span{op, int(n)})
	}
	return list, nil
}

// has reports whether a day is so far from another.
func (s *Span) has(from, t civil.Date) bool {
	switch on := from.Later(s.Months); s.Op {
	case ">":
		return t > on
	case ">=":
		return t >= on
	case "<":
		return t < on
	default:
		return t <= on
	}
}

// A Number is what a comparison is of.
type Number uint8

// The numbers.
const (
	DaysPastDue Number = iota
	DelinquentDays
	MaterialDays
	MonthsOnBook
	Score
	Numbers // how many there are
)

var numberNames = [Numbers]string{"days_past_due", "delinquent_days", "material_days", "months_on_book", "score"}

func (n Number) String() string { return numberNames[n] }

// A Condition holds where all holds that it states. The zero value holds always.
type Condition struct {
	Compared []Compared

	UnpaidDue, Measure, Restructured, MeasureInHold Asked

	Flags    uint64 // any of them; 0: not asked
	FlagDays *Range // days since the earliest of those that hold began

	Attributes uint64  // any of them; 0: not asked
	Products   []int32 // any of them; nil: not asked
	Buckets    uint64  // any of them; 0: not asked
	Classes    uint64  // any of them; 0: not asked; of a provision

	Holds      uint32 // any of them, or all, by index in the pack; 0: not asked
	AllHolds   bool
	HoldMonths []Span // since they were entered; all must be so

	Not *Condition

	Text string // as the pack states it

	asksOf asksOf // set once the pack is whole
}

// asksOf is what a condition asks of, where that is one kind of thing and no more: as nearly all do.
type asksOf uint8

const (
	asksAny asksOf = iota
	asksNumbers
	asksHolds
)

// know notes what the condition asks of.
func (c *Condition) know() {
	if c == nil {
		return
	}
	c.Not.know()
	other := c.UnpaidDue != NotAsked || c.Measure != NotAsked || c.Restructured != NotAsked || c.MeasureInHold != NotAsked || c.Flags != 0 ||
		c.FlagDays != nil || c.Attributes != 0 || c.Products != nil || c.Buckets != 0 || c.Classes != 0 || c.Not != nil
	switch c.asksOf = asksAny; {
	case other:
	case c.Holds == 0:
		c.asksOf = asksNumbers
	case len(c.Compared) == 0:
		c.asksOf = asksHolds
	}
}

// ofClass reports whether the condition asks for nothing but a loan's class and product.
func (c *Condition) ofClass() bool {
	compares := func(x Compared) bool { return x.Low <= x.High } // else it never holds
	return c == nil || !slices.ContainsFunc(c.Compared, compares) && c.UnpaidDue == NotAsked && c.Measure == NotAsked && c.Restructured == NotAsked &&
		c.MeasureInHold == NotAsked && c.Flags == 0 && c.Buckets == 0 && c.Holds == 0 && c.Not.ofClass()
}

// A Compared is a number that must be in a range.
type Compared struct {
	Number
	Range
}

// Asked is whether something is asked to be so or not.
type Asked uint8

// The answers that may be asked for.
const (
	NotAsked Asked = iota
	Yes
	No
)

func (a Asked) allows(is bool) bool { return a == NotAsked || is == (a == Yes) }

// A Flag is a flag of a loan or of its borrower that conditions read, on days [From, Until).
type Flag struct {
	Bit         uint8
	From, Until civil.Date // civil.None: without end
}

// Holds reports whether the flag holds on a day.
func (f *Flag) Holds(t civil.Date) bool {
	return f.From <= t && (f.Until == civil.None || t < f.Until)
}

// Facts are what conditions read of a loan on one day, at its close.
type Facts struct {
	On                         civil.Date
	DisbursedOn                civil.Date
	Days, Delinquent, Material int32 // past due; delinquent; in material arrears
	Score                      int32
	UnpaidDue                  bool
	Measures                   int32
	MeasureOn, MeasureFirstDue civil.Date
	Flags                      []Flag // all that there are, whether or not they hold
	Subject                           // product and attributes
	Bucket                     uint8
	Class                      uint8 // of a provision
}

// A Subject is what a loan's product is to conditions.
type Subject struct {
	Product    int32  // its place among the products that packs name, or -1
	Attributes uint64 // as bits
	OpenEnd    bool   // it has the attribute open_end
}

// flagsOn returns the flags that hold, as bits.
func (f *Facts) flagsOn() (bits uint64) {
	for i := range f.Flags {
		if f.Flags[i].Holds(f.On) {
			bits |= 1 << f.Flags[i].Bit
		}
	}
	return bits
}

// since returns the earliest beginning among the flags of some bits that hold.
func (f *Facts) since(bits uint64) (from civil.Date) {
	from = civil.None
	for i := range f.Flags {
		if x := &f.Flags[i]; bits>>x.Bit&1 != 0 && x.Holds(f.On) && (from == civil.None || x.From < from) {
			from = x.From
		}
	}
	return from
}

func (f *Facts) number(n Number) int32 {
	switch n {
	case DaysPastDue:
		return f.Days
	case DelinquentDays:
		return f.Delinquent
	case MaterialDays:
		return f.Material
	case MonthsOnBook:
		return MonthsBetween(f.DisbursedOn, f.On)
	}
	return f.Score
}

// holds reports whether the condition holds. states are the pack's holds; self is the one
// whose condition it is, below zero outside of holds.
func (c *Condition) holds(f *Facts, states []State, self int) bool {
	if c == nil {
		return true
	}
	if c.asksOf == asksHolds {
		return c.held(f.On, states)
	}
	for i := range c.Compared {
		if x := &c.Compared[i]; !x.Has(f.number(x.Number)) {
			return false
		}
	}
	if c.asksOf == asksNumbers {
		return true
	}
	if !c.UnpaidDue.allows(f.UnpaidDue) || !c.Restructured.allows(f.Measures > 0) ||
		c.Measure != NotAsked && !c.Measure.allows(f.Measures > 0 && f.MeasureOn == f.On) {
		return false
	}
	if c.MeasureInHold != NotAsked && !c.MeasureInHold.allows(self >= 0 && f.Measures > 0 && states[self].Active && f.MeasureOn >= states[self].Entered) {
		return false
	}
	if c.Flags != 0 && !c.flagged(f) || c.Attributes != 0 && c.Attributes&f.Attributes == 0 {
		return false
	}
	if c.Products != nil && !slices.Contains(c.Products, f.Product) || c.Buckets != 0 && c.Buckets>>f.Bucket&1 == 0 ||
		c.Classes != 0 && c.Classes>>f.Class&1 == 0 {
		return false
	}
	if c.Holds != 0 && !c.held(f.On, states) {
		return false
	}
	return c.Not == nil || !c.Not.holds(f, states, self)
}

func (c *Condition) flagged(f *Facts) bool {
	if f.flagsOn()&c.Flags == 0 {
		return false
	}
	return c.FlagDays == nil || c.FlagDays.Has(int32(f.On-f.since(c.Flags)))
}

func (c *Condition) held(t civil.Date, states []State) bool {
	for bits, i := c.Holds, 0; bits != 0; bits, i = bits>>1, i+1 {
		if bits&1 == 0 {
			continue
		}
		s := &states[i]
		is := s.Active && (spansHave(c.HoldMonths, s.Entered, t))
		if is != c.AllHolds {
			return is // any: the first that is; all: the first that is not
		}
	}
	return c.AllHolds
}

func spansHave(spans []Span, from, t civil.Date) bool {
	for i := range spans {
		if !spans[i].has(from, t) {
			return false
		}
	}
	return true
}

// MonthsBetween returns the whole months from a day to another: the most that can be added
// to the first without coming behind the second.
func MonthsBetween(from, to civil.Date) int32 {
	if to <= from {
		return 0
	}
	y1, m1, _ := from.Split()
	y2, m2, _ := to.Split()
	n := (y2-y1)*12 + m2 - m1
	if from.Later(n) > to {
		n--
	}
	return int32(max(n, 0))
}

// mayHoldAtRest reports whether the condition might hold for a loan at rest: nothing unpaid,
// no measure, no flag, and no hold active.
func (c *Condition) mayHoldAtRest() bool {
	for i := range c.Compared {
		if x := &c.Compared[i]; x.Number <= MaterialDays && !x.Has(0) {
			return false
		}
	}
	if c.UnpaidDue == Yes || c.Measure == Yes || c.Restructured == Yes || c.MeasureInHold == Yes || c.Flags != 0 || c.Holds != 0 {
		return false
	}
	return c.Not == nil || !c.Not.alwaysAtRest()
}

// alwaysAtRest reports whether the condition surely holds for a loan at rest.
func (c *Condition) alwaysAtRest() bool {
	for i := range c.Compared {
		if x := &c.Compared[i]; x.Number > MaterialDays || !x.Has(0) {
			return false
		}
	}
	return c.UnpaidDue != Yes && c.Measure != Yes && c.Restructured != Yes && c.MeasureInHold != Yes && c.Flags == 0 && c.Holds == 0 &&
		c.Attributes == 0 && c.Products == nil && c.Buckets == 0 && c.Classes == 0 && (c.Not == nil || !c.Not.mayHoldAtRest())
}

// mayHoldFor reports whether the condition may hold for a loan of a product.
func (c *Condition) mayHoldFor(s Subject) bool {
	for i := range c.Compared {
		if r := c.Compared[i].Range; r.Low > r.High {
			return false
		}
	}
	return (c.Attributes == 0 || c.Attributes&s.Attributes != 0) && (c.Products == nil || slices.Contains(c.Products, s.Product))
}

// OnlyHold reports whether the condition asks for nothing but that a hold, by its index, is
// active.
func (c *Condition) OnlyHold(self int) bool {
	return c.Holds>>self&1 != 0 && (!c.AllHolds || c.Holds == 1<<self) && len(c.Compared) == 0 && c.UnpaidDue == NotAsked && c.Measure == NotAsked &&
		c.Restructured == NotAsked && c.MeasureInHold == NotAsked && c.Flags == 0 && c.Attributes == 0 && c.Products == nil && c.Buckets == 0 &&
		c.HoldMonths == nil && c.Not == nil
}
