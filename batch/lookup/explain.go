package lookup

import (
	"context"
	"fmt"
	"strings"

	"daybook/aging"
	"daybook/aging/score"
	"daybook/batch/book"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
)

// An Explanation says why a loan is what it is tonight.
type Explanation struct {
	LoanID       string     `json:"loan_id"`
	AsOf         civil.Date `json:"as_of"`
	Policy       string     `json:"policy"`
	PolicyDigest string     `json:"policy_digest"`
	Rules        []Fired    `json:"rules"`
	Steps        []Step     `json:"steps"` // the last night, step by step
}

// A Fired is a rule that decided something of the loan.
type Fired struct {
	Decides  string `json:"decides"`
	Result   string `json:"result"`
	Rule     string `json:"rule"`    // the policy's key and what it says
	Because  string `json:"because"` // the facts that it met
	Citation string `json:"citation,omitempty"`
}

// Explain returns the rules that made a loan what it is at the last close.
func (r *Reader) Explain(id string) (*Explanation, error) {
	l, proc, err := r.loanAt(id)
	if err != nil {
		return nil, err
	}
	tape, err := r.tapeRow(l, proc)
	if err != nil {
		return nil, err
	}
	e := &explainer{r: r, l: l, tape: tape, product: &r.Rules.Products[l.Product], figures: proc.Figures()}
	pages, err := r.View.History(l)
	if err != nil {
		return nil, err
	}
	e.orders = orders(pages)
	if e.final, err = r.View.Final(l.ID); err != nil {
		return nil, err
	}
	e.scoredBy, e.scoreBase = proc.ScoredBy(l, e.final)
	steps, err := r.steps(l, pages)
	if err != nil {
		return nil, err
	}
	rules := []Fired{e.pastDue(), e.bucket()}
	if len(r.Policy.Packs) == 0 {
		rules = append(rules, e.class(), e.borrowerClass(), e.stage())
	} else {
		packs, err := r.packs(context.Background(), e, proc)
		if err != nil {
			return nil, err
		}
		if rules = append(rules, packs...); e.tape.Get("borrower_classification") != "" { // no pack fills it
			rules = append(rules, e.borrowerClass())
		}
	}
	return &Explanation{
		Steps: steps, LoanID: id, AsOf: r.Last(), Policy: r.Night.PolicyName, PolicyDigest: r.Night.PolicyDigest,
		Rules: append(rules, e.accrual(), e.allocation(), e.score()),
	}, nil
}

type explainer struct {
	r       *Reader
	l       *loan.Loan
	tape    Tape
	product *loan.Product
	figures loan.Figures
	orders  []string // the regulatory pauses

	scoredBy  string // the model or card of the score, and what it gives
	scoreBase int32
	final     *score.Final // nil where scores are not finished by borrower
}

func days(n int32) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

func (e *explainer) pastDue() Fired {
	f := Fired{
		Decides: "days_past_due", Result: fmt.Sprint(e.figures.DaysPastDue),
		Rule:    "the oldest unpaid due date counts from the day after it",
		Because: "nothing is past due",
	}
	if e.product.CountCharges {
		f.Rule += "; aging.count_charges: charges on their own count"
	} else {
		f.Rule += "; aging.count_charges: charges on their own do not count"
	}
	switch {
	case e.figures.DaysPastDue == 0 && e.figures.PastDue > 0:
		f.Because = fmt.Sprintf("%s %s are past due, of charges on their own or of what still counts as a whole instalment",
			e.tape.Get("past_due_amount"), e.tape.Get("currency"))
	case e.figures.DaysPastDue > 0 || e.figures.RegulatedDays > 0:
		f.Because = fmt.Sprintf("the oldest unpaid due date is %s; %s %s are past due over %d instalments", e.figures.Oldest,
			e.tape.Get("past_due_amount"), e.tape.Get("currency"), e.figures.Missed)
	}
	if n := e.figures.RegulatedDays; n > 0 {
		f.Because += fmt.Sprintf("; of the %d days since then %d are left out: %s", e.figures.DaysPastDue+n, n, strings.Join(e.orders, ", "))
	}
	return f
}

// orders tells of the regulatory pauses that stand.
func orders(pages []book.Page) (list []string) {
	reversed := map[string]bool{}
	for i := range pages {
		for _, x := range pages[i].Events {
			if x.Kind.Undoes() {
				reversed[string(x.Target)] = true
			}
		}
	}
	for i := range pages {
		for _, x := range pages[i].Events {
			if x.Kind != loan.KindPause || x.Choice != loan.Regulatory || reversed[string(x.ID)] {
				continue
			}
			text := fmt.Sprintf("%s, regulatory pause from %s until %s", x.ID, x.ValueDate, x.Until)
			if len(x.Reason) > 0 {
				text += fmt.Sprintf(" (%s)", x.Reason)
			}
			list = append(list, text)
		}
	}
	return list
}

// band writes the band of a list that days fall into, as the policy has it.
func band(key string, bands aging.Bands, n int32) string {
	i := int(bands.Index(n))
	s := fmt.Sprintf("%s[%d]: %s from %s", key, i, bands[i].Name, days(bands[i].From))
	if i+1 < len(bands) {
		s += fmt.Sprintf(", below %d", bands[i+1].From)
	}
	return s
}

func (e *explainer) bucket() Fired {
	rules := &e.r.Rules.Aging
	delinquent := rules.DelinquentDays(e.figures.DaysPastDue, e.figures.PausedDays)
	f := Fired{
		Decides: "bucket", Result: e.tape.Get("bucket"), Rule: band("aging.buckets", rules.Buckets, delinquent),
		Because: days(delinquent) + " delinquent",
	}
	if rules.GraceDays > 0 || e.figures.PausedDays > 0 {
		f.Because += fmt.Sprintf(": %s past due, less %d paused and aging.grace_days %d", days(e.figures.DaysPastDue),
			e.figures.PausedDays, rules.GraceDays)
	}
	if before := e.tape.Get("previous_bucket"); before != "" && before != f.Result {
		f.Because += "; at the close before it was " + before
	}
	return f
}

func (e *explainer) class() Fired {
	rules := &e.r.Rules.Aging
	f := Fired{
		Decides: "classification", Result: e.tape.Get("classification"),
		Rule: band("classification.tiers", rules.Tiers, e.figures.DaysPastDue), Because: days(e.figures.DaysPastDue) + " past due",
		Citation: rules.TiersSource,
	}
	if rules.Tiers.Index(e.figures.DaysPastDue) >= rules.NonPerforming {
		f.Because += "; non-performing, as all tiers from " + rules.Tiers[rules.NonPerforming].Name + " on"
	}
	return f
}

// borrowerClass is what the borrower's loans decide together.
func (e *explainer) borrowerClass() Fired {
	f := Fired{
		Decides: "borrower_classification", Result: e.tape.Get("borrower_classification"),
		Rule: "the worst classification among the borrower's loans on the book", Because: "none of them has a worse one than this loan",
	}
	if own := e.tape.Get("classification"); own != f.Result {
		f.Because = fmt.Sprintf("the worst of them is %s, this loan %s", f.Result, own)
	}
	return f
}

func (e *explainer) stage() Fired {
	rules := &e.r.Rules.Aging
	return Fired{
		Decides: "stage", Result: e.tape.Get("stage"), Rule: band("classification.stages", rules.Stages, e.figures.DaysPastDue),
		Because: days(e.figures.DaysPastDue) + " past due", Citation: rules.StagesSource,
	}
}

// key names a key of the loan's product in the policy.
func (e *explainer) key(name string) string { return "products." + e.product.Name + "." + name }

func (e *explainer) accrual() Fired {
	f := Fired{Decides: "accrual", Result: e.tape.Get("accrual")}
	from := e.product.NonAccrualFromDays
	f.Rule = fmt.Sprintf("%s: %d", e.key("non_accrual_from_days"), from)
	switch {
	case e.l.Off.Kind != 0:
		f.Because = fmt.Sprintf("the loan has been out of the books since %s, by %s", e.l.Off.On, e.l.Off.Kind)
	case from == 0:
		f.Rule += ", never"
		f.Because = "interest is income whatever is past due"
	case e.product.NonAccrual(e.l, e.figures.DaysPastDue):
		f.Because = fmt.Sprintf("%s past due: interest of %s %s is kept in memo only", days(e.figures.DaysPastDue),
			e.tape.Get("interest_suspended"), e.tape.Get("currency"))
	default:
		f.Because = days(e.figures.DaysPastDue) + " past due"
	}
	return f
}

// allocation is the rule that a repayment would meet tonight.
func (e *explainer) allocation() Fired {
	f := Fired{Decides: "allocation of a repayment"}
	for i, rule := range e.product.Allocation {
		tier := e.r.Rules.Aging.Tiers.Index(e.figures.DaysPastDue)
		if e.figures.DaysPastDue <= rule.AboveDays || rule.Kinds != 0 && !rule.Kinds.Has(loan.KindRepayment) ||
			rule.Tiers != 0 && rule.Tiers>>tier&1 == 0 {
			continue
		}
		mode := "horizontal: an instalment before the next"
		if rule.Vertical {
			mode = "vertical: a component before the next"
		}
		f.Result = e.orderOf(&rule)
		f.Rule = fmt.Sprintf("%s[%d], %s", e.key("allocation"), i, mode)
		f.Because = days(e.figures.DaysPastDue) + " past due"
		if rule.AboveDays >= 0 {
			f.Because += fmt.Sprintf(", more than %d", rule.AboveDays)
		} else if i > 0 {
			f.Because += ", and no rule before it applies"
		}
		return f
	}
	return f
}

// timings name the positions of a step, as the policy writes them.
var timings = map[loan.Timing]string{loan.PastDue: "past_due:", loan.DueToday: "due:", loan.InAdvance: "in_advance:"}

// orderOf writes the order of a rule, and what comes before and after it where interest is
// simple.
func (e *explainer) orderOf(rule *loan.AllocationRule) string {
	if !e.product.SimpleInterest {
		return orderOf(rule)
	}
	order, _, _ := strings.Cut(orderOf(rule), ", then ")
	return "all interest earned by the value date, then what is due: " + order + ", then principal that is not due"
}

// orderOf writes the order of a rule as the policy does.
func orderOf(rule *loan.AllocationRule) string {
	var order []string
	for _, s := range rule.Steps {
		order = append(order, timings[s.Timing]+s.Component.String())
	}
	if rule.Steps == nil {
		for _, c := range rule.Order {
			order = append(order, c.String())
		}
	}
	return strings.Join(order, ", ") + ", then " + rule.InAdvance.String()
}

func (e *explainer) score() Fired {
	points := &e.r.Rules.Score
	if points.Scoring != nil {
		return e.scoreByScoring()
	}
	f := Fired{
		Decides: "score", Result: fmt.Sprint(e.l.Score),
		Rule:    fmt.Sprintf("score.points, from %d to %d", points.Floor, points.Ceiling),
		Because: fmt.Sprintf("%d before and %+d tonight", e.l.Score-e.l.ScoreDelta, e.l.ScoreDelta),
	}
	var reasons []string
	for _, code := range e.l.Reasons {
		switch reason := score.Reason(code); reason {
		case score.None:
		case score.BucketEntered:
			if e.l.PrevBucket != loan.NoBucket && e.l.Bucket <= e.l.PrevBucket {
				reasons = append(reasons, reason.String()+", as its life is known now")
				continue
			}
			reasons = append(reasons, reason.String()+" "+e.tape.Get("bucket"))
		default:
			reasons = append(reasons, fmt.Sprintf("%s (%+d each)", reason, points.Each[reason]))
		}
	}
	switch {
	case len(reasons) > 0:
		f.Because += ": " + strings.Join(reasons, ", ")
	case e.l.BookedOn == e.r.Last():
		f.Because += ": it was booked tonight, and its opening score knows what came before"
	default:
		f.Because += ": nothing happened that has points"
	}
	return f
}
