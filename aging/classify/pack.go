// Package classify tells which class a loan has under each pack of a policy: a table of
// rows of which the first that holds decides, and holds, which are state machines over the
// days of the loan's life. It is pure.
//
// A class is a function of the life as it is known, of flags, and of the packs in force on
// each day: never of which nights closed. What a night keeps of a loan is a [Standing], from
// which one day more is O(1).
//
// Source: regulatory.md, sections 2 to 5.
package classify

import (
	"fmt"
	"slices"
	"strings"

	"daybook/ledger/civil"
)

// A Pack is a law or a standard as data, compiled.
type Pack struct {
	Name    string // [a-z][a-z0-9]{0,15}: the prefix of its columns
	Title   string
	Digest  string // SHA-256 of the pack with every key, in hex
	Fills   string // FillsClassification, FillsStage, or empty
	Classes []Class
	Holds   []Hold
	Tables  []Table
	Contagion
	Provision Provision
	// NonPerforming is the index of the hold of that name.
	NonPerforming int
	Marks         Marks
	Backstop      Backstop
	PastDue       string // rule of the table past_due: "30_days", "two_payments", or empty

	rules []string // of all tables, contagion's last
	first int      // slot of the first hold
	// ratesByClass says that rates ask for nothing but a loan's class and product.
	ratesByClass bool
}

// The columns of the tape that a pack may fill with its classes.
const (
	FillsClassification = "classification"
	FillsStage          = "stage"
)

// Filling returns the index of the first pack that fills a column; below zero where none does.
func Filling(packs []*Pack, column string) int {
	return slices.IndexFunc(packs, func(p *Pack) bool { return p.Fills == column })
}

// A Class is a class of a pack; the first of a pack is the best.
type Class struct {
	Name, Title   string
	NonPerforming bool
}

// A Hold is a state that a loan, or a borrower, is in from the day on which a condition
// holds until it may leave.
type Hold struct {
	Name       string
	OfBorrower bool // looked at on closes, for all loans of a borrower together
	Cite       string
	Enter      []*Condition // any of them
	Until      []Until      // the first that applies
}

// An Until says when a hold is left: on the first day on which When holds, and which is not
// before the latest of the periods after the latest of From.
type Until struct {
	Applies, When *Condition // nil holds always
	From          []From
	Months        int
	Days          int
	Periods       int // due dates of the terms in force
}

// A From is a day that a period counts from.
type From struct {
	Kind FromKind
	Hold int // of FromLeft: index in the pack
}

// A FromKind is the kind of a [From].
type FromKind uint8

// The kinds.
const (
	FromQuiet           FromKind = iota // the day after the last on which an entering condition held
	FromClean                           // the first day of the run of days without days past due
	FromEntered                         // the day the hold was entered
	FromMeasure                         // value date of the last measure
	FromMeasureFirstDue                 // first due date that the measure agreed
	FromLastLateDue                     // latest due date before the day that was not wholly met at its own close
	FromLeft                            // the day another hold was last left
	FromKinds                           // how many there are
)

var fromNames = [FromKinds]string{"quiet", "clean", "entered", "measure", "measure_first_due", "last_late_due", "left"}

func (k FromKind) String() string { return fromNames[k] }

// ParseFrom reads a kind by its name; of left:NAME it is left to the caller.
func ParseFrom(name string) (FromKind, bool) {
	i := slices.Index(fromNames[:FromLeft], name)
	return FromKind(max(i, 0)), i >= 0
}

// A Table is rows for the loans that it applies to.
type Table struct {
	Name    string
	Applies *Condition // nil: all
	Rows    []Row
}

// A Row gives a class where its condition holds, on days from From up to Until.
type Row struct {
	Rule        string
	When        *Condition // nil holds always
	Class       int
	Cite        string
	From, Until civil.Date // [From, Until); civil.None: without end

	index int // among the pack's rules
}

// A Contagion says what the loans of one borrower do to each other.
type Contagion struct {
	Spread  bool  // each takes the worst class among them
	Over    int64 // share in billionths of non-performing loans, above which AtLeast; 0: none
	AtLeast int
	Applies *Condition // to which loans; nil: all
	Cite    string
}

// Any reports whether there is contagion.
func (c *Contagion) Any() bool { return c.Spread || c.Over > 0 }

// A Method is how provisions are reckoned.
type Method uint8

// The methods.
const (
	NoProvision Method = iota
	Rates
	ExpectedLoss
)

// A Provision is how a pack reckons what is to be provided for.
type Provision struct {
	Method       Method
	OfPrincipal  bool // the base; else the carrying amount
	Rates        []Rated
	Illustrative bool
	Horizon      []Horizon // by class
	Rate         int64     // billionths a year; below 0: the contract's
	PD           []Annual
	LGD          []Rated
	Scenarios    []Scenario
}

// A Rated is a row of rates: the first whose condition holds counts.
type Rated struct {
	When *Condition
	Rate int64 // billionths
	Cite string
}

// An Annual is a row of probabilities of default by year, in billionths; the last goes on.
type Annual struct {
	When *Condition
	PD   []int64
	Cite string
}

// A Scenario weighs factors of PD and LGD, all in billionths.
type Scenario struct {
	Name            string
	Weight, PD, LGD int64
}

// A Horizon is how far expected loss looks.
type Horizon uint8

// The horizons.
const (
	TwelveMonths Horizon = iota
	Lifetime
	Impaired
	Horizons // how many there are
)

var horizonNames = [Horizons]string{"12_months", "lifetime", "impaired"}

func (h Horizon) String() string { return horizonNames[h] }

// ParseHorizon reads a horizon by its name.
func ParseHorizon(name string) (Horizon, bool) {
	i := slices.Index(horizonNames[:], name)
	return Horizon(max(i, 0)), i >= 0
}

// Marks are what a regulator expects of a portfolio, in billionths; 0: not stated.
type Marks struct {
	Coverage, ProvisionRatio int64
	Cite                     string
}

// A Backstop is the least coverage by years since a loan became non-performing.
type Backstop struct {
	From    civil.Date // loans disbursed on or after it
	Factors []Factor
	Cite    string
}

// A Factor counts once B is after so many months since the loan became non-performing.
type Factor struct {
	Years  string // as stated, "> 2"
	Months int
	Factor int64 // billionths
}

// Contagious is the name of the rule of loans whose class is another loan's doing.
const Contagious = "contagion"

// Compile numbers the pack's rules; it is called once, when the pack is whole.
func (p *Pack) Compile() {
	p.eachCondition((*Condition).know)
	p.ratesByClass = !slices.ContainsFunc(p.Provision.Rates, func(r Rated) bool { return !r.When.ofClass() })
	p.rules = nil
	for t := range p.Tables {
		for r := range p.Tables[t].Rows {
			row := &p.Tables[t].Rows[r]
			row.index = len(p.rules)
			p.rules = append(p.rules, row.Rule)
		}
	}
	p.rules = append(p.rules, Contagious)
}

// eachCondition calls look with all conditions.
func (p *Pack) eachCondition(look func(c *Condition)) {
	p.eachAtClose(look)
	look(p.Contagion.Applies)
	for i := range p.Holds {
		for _, c := range p.Holds[i].Enter {
			look(c)
		}
		for k := range p.Holds[i].Until {
			look(p.Holds[i].Until[k].Applies)
			look(p.Holds[i].Until[k].When)
		}
	}
}

// Rules returns the names of the pack's rules by number; the last is contagion's.
func (p *Pack) Rules() []string { return p.rules }

// RowOf returns the row of a rule by its number, nil for contagion.
func (p *Pack) RowOf(rule int) *Row {
	for t := range p.Tables {
		rows := p.Tables[t].Rows
		if len(rows) > 0 && rule >= rows[0].index && rule <= rows[len(rows)-1].index {
			return &rows[rule-rows[0].index]
		}
	}
	return nil
}

// ClassNames returns the names of the classes, best first.
func (p *Pack) ClassNames() []string {
	names := make([]string, len(p.Classes))
	for i := range names {
		names[i] = p.Classes[i].Name
	}
	return names
}

// HoldOf returns the index of a hold by its name, or -1.
func (p *Pack) HoldOf(name string) int {
	return slices.IndexFunc(p.Holds, func(h Hold) bool { return h.Name == name })
}

// Borrowed reports whether what a loan is may depend on the borrower's other loans, where
// products are what they are.
func (p *Pack) Borrowed(products []Subject) bool {
	if slices.ContainsFunc(p.Holds, func(h Hold) bool { return h.OfBorrower }) {
		return true
	}
	c := p.Contagion.Applies
	return p.Contagion.Any() && (c == nil || slices.ContainsFunc(products, func(s Subject) bool { return c.mayHoldFor(s) }))
}

var methodNames = [...]string{NoProvision: "none", Rates: "rates", ExpectedLoss: "ecl"}

func (m Method) String() string { return methodNames[m] }

// A Reading is a rule, a hold or a rate whose citation is marked (m): counsel must confirm it.
type Reading struct{ Where, Cite string }

// ToConfirm returns what counsel must confirm of what is in force on a day, in the order of
// the file; on [civil.None] of all.
func (p *Pack) ToConfirm(on civil.Date) (list []Reading) {
	add := func(where, cite string) {
		if strings.Contains(cite, "(m)") || strings.Contains(cite, "(m for") {
			list = append(list, Reading{where, cite})
		}
	}
	for i := range p.Holds {
		add("holds."+p.Holds[i].Name, p.Holds[i].Cite)
	}
	for t := range p.Tables {
		for r := range p.Tables[t].Rows {
			row := &p.Tables[t].Rows[r]
			if on != civil.None && (row.From > on || row.Until != civil.None && row.Until <= on) {
				continue
			}
			add("tables."+p.Tables[t].Name+": "+row.Rule, row.Cite)
		}
	}
	add("contagion", p.Contagion.Cite)
	for i := range p.Provision.Rates {
		add(fmt.Sprintf("provision.rates[%d]", i), p.Provision.Rates[i].Cite)
	}
	add("backstop", p.Backstop.Cite)
	add("marks", p.Marks.Cite)
	return list
}
