package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"daybook/ledger/loan"
)

type allocationSection struct {
	When      *whenSection `yaml:"when" doc:"Conditions that must all hold."`
	Order     []string     `yaml:"order" enum:"@step" required:"true" doc:"Components, first paid first: plain for what is past due or due, or with a position: past_due:fee, due:principal, in_advance:principal."`
	Mode      string       `yaml:"mode" enum:"horizontal,vertical" default:"horizontal" doc:"horizontal finishes an instalment before the next, vertical a component before the next."`
	InAdvance string       `yaml:"in_advance" enum:"@advance" default:"hold_as_credit" doc:"What becomes of money beyond what is due."`
}

type whenSection struct {
	DaysPastDue    string `yaml:"days_past_due" pattern:"^>=? *[0-9]+$" doc:"Days past due on the value date, such as \"> 90\" or \">= 91\"."`
	Kind           words  `yaml:"kind" enum:"@allocating_kind" doc:"Kinds of event."`
	Classification words  `yaml:"classification" doc:"Tiers that the days past due on the value date are in."`
}

// rulesMax is the most allocation rules of a product.
const rulesMax = 64

// allocation compiles a product's rules: the first whose conditions hold
// decides, so the last must have none and no other may.
func (s *source) allocation(path string, list []allocationSection, tiers []string) []loan.AllocationRule {
	if len(list) > rulesMax {
		s.fail(path, "has %d rules, at most %d are possible", len(list), rulesMax)
		return nil
	}
	rules := make([]loan.AllocationRule, len(list))
	for i := range list {
		under := fmt.Sprintf("%s[%d]", path, i)
		rules[i] = s.allocationRule(under, &list[i], tiers)
		last := i == len(list)-1
		switch always := list[i].When == nil; {
		case always && !last:
			s.fail(under, "this rule always holds, so the rules after it never do: put it last or give it a when")
		case !always && last:
			s.fail(under+".when", "the last rule must always hold: add a rule without when")
		}
	}
	return rules
}

func (s *source) allocationRule(path string, x *allocationSection, tiers []string) loan.AllocationRule {
	r := loan.AllocationRule{AboveDays: -1, Vertical: x.Mode == "vertical"}
	r.InAdvance = loan.Advance(slices.Index(wordsOf("advance"), x.InAdvance))
	s.conditions(path+".when", x.When, &r, tiers)
	steps, plain := s.steps(path+".order", x.Order)
	advance := slices.ContainsFunc(steps, func(t loan.Step) bool { return t.Timing == loan.InAdvance })
	if !s.checkSteps(path+".order", steps, r.InAdvance, advance) {
		return r
	}
	n := 0
	for _, t := range steps {
		if t.Timing&loan.PastDue != 0 {
			r.Order[n] = t.Component
			n++
		}
	}
	if plain && r.InAdvance == loan.HoldAsCredit {
		return r // Order says it all
	}
	if !advance && r.InAdvance != loan.HoldAsCredit {
		for _, c := range r.Order {
			if c == loan.Principal || r.InAdvance != loan.PrepayPrincipal {
				steps = append(steps, loan.Step{Timing: loan.InAdvance, Component: c})
			}
		}
	}
	r.Steps = steps
	return r
}

// conditions compiles a rule's when.
func (s *source) conditions(path string, w *whenSection, r *loan.AllocationRule, tiers []string) {
	if w == nil {
		return
	}
	if w.DaysPastDue == "" && w.Kind == nil && w.Classification == nil {
		s.fail(path, "has no condition: leave when out for a rule that always holds")
	}
	if w.DaysPastDue != "" {
		text, least := strings.CutPrefix(w.DaysPastDue, ">=")
		text, above := strings.CutPrefix(text, ">")
		days, err := strconv.ParseInt(strings.TrimSpace(text), 10, 32)
		switch {
		case !least && !above || err != nil || days < 0 || days > daysMax:
			s.fail(path+".days_past_due", "%q is not a condition such as \"> 90\" or \">= 91\": of two ranges the later comes first, as the first rule that holds decides", w.DaysPastDue)
		case least:
			r.AboveDays = int32(days) - 1
		default:
			r.AboveDays = int32(days)
		}
	}
	for i, name := range w.Kind {
		k, ok := loan.ParseAllocating(name)
		if !ok {
			panic("policy: internal error: kind " + name)
		}
		if r.Kinds.Has(k) {
			s.fail(fmt.Sprintf("%s.kind[%d]", path, i), "%s is there twice", name)
		}
		r.Kinds |= 1 << k
	}
	for i, name := range w.Classification {
		tier := slices.Index(tiers, name)
		if tier < 0 {
			s.fail(fmt.Sprintf("%s.classification[%d]", path, i), "unknown tier %q: %s", name, suggest(name, tiers))
			continue
		}
		r.Tiers |= 1 << tier
	}
}

// daysMax is a hundred years.
const daysMax = 36500

// steps compiles an order; plain reports that no entry names a position.
func (s *source) steps(path string, order []string) (steps []loan.Step, plain bool) {
	plain = true
	var kept []string
entries:
	for i, entry := range order {
		position, name := "", entry
		if j := strings.IndexByte(entry, ':'); j >= 0 {
			position, name = entry[:j+1], entry[j+1:]
			plain = false
		}
		c, _ := loan.ParseComponent(name)
		t := loan.Step{Component: c}
		for _, p := range positions {
			if p.prefix == position {
				t.Timing = p.timing
			}
		}
		for j, other := range steps {
			if other.Component == c && other.Timing&t.Timing != 0 {
				under := fmt.Sprintf("%s[%d]", path, i)
				if entry == kept[j] {
					s.fail(under, "%s is there twice", entry)
				} else {
					s.fail(under, "%s is in %s already", entry, kept[j])
				}
				continue entries
			}
		}
		steps, kept = append(steps, t), append(kept, entry)
	}
	return steps, plain
}

// checkSteps holds an order to reach all that is past due and due, once, and
// to agree with the rule for money in advance. It reports whether all is reached.
func (s *source) checkSteps(path string, steps []loan.Step, rule loan.Advance, advance bool) bool {
	var missing []string
	for _, p := range positions[1:3] {
		for c := range loan.Components {
			if !slices.ContainsFunc(steps, func(t loan.Step) bool { return t.Component == c && t.Timing&p.timing != 0 }) {
				missing = append(missing, p.prefix+c.String())
			}
		}
	}
	if len(missing) > 0 {
		s.fail(path, "leaves out %s: no money would ever reach it", strings.Join(missing, ", "))
	}
	if advance && rule == loan.HoldAsCredit {
		s.fail(path, "names what is in advance, but in_advance is hold_as_credit: use one of %s", strings.Join(wordsOf("advance")[1:], ", "))
	}
	if rule == loan.PrepayPrincipal {
		for i, t := range steps {
			if t.Timing == loan.InAdvance && t.Component != loan.Principal {
				s.fail(fmt.Sprintf("%s[%d]", path, i), "in_advance is prepay_principal: only in_advance:principal can be paid ahead")
			}
		}
	}
	return len(missing) == 0
}
