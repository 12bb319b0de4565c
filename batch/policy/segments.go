package policy

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"daybook/aging/treat"
	"daybook/ledger/civil"
)

type segmentSection struct {
	Name   string            `yaml:"name" required:"true" doc:"Its name. hardship and reminder are built in."`
	When   conditionsSection `yaml:"when" doc:"Conditions that must all hold. {} is everybody."`
	Ladder []ladderStep      `yaml:"ladder" none:"true" doc:"What is done, by delinquent days: the step with the greatest from that is not above them."`
}

type conditionsSection struct {
	DelinquentDays *numberRange `yaml:"delinquent_days" doc:"Days past due without those of grace and pauses, of the worst loan."`
	PastDue        *amountRange `yaml:"past_due" doc:"Amount past due of the loans in question, in the policy's currency."`
	Score          *numberRange `yaml:"score" doc:"Score of the worst loan."`
	BrokenPromises *numberRange `yaml:"broken_promises" doc:"Promises broken within 180 days."`
	Unanswered     *numberRange `yaml:"unanswered" doc:"Attempts of 92 days since the last conversation."`
	Product        []string     `yaml:"product" none:"true" doc:"Products of the worst loan."`
}

type numberRange struct {
	From *int32 `yaml:"from" min:"-100000" max:"100000" doc:"Least. Left out: any."`
	To   *int32 `yaml:"to" min:"-100000" max:"100000" doc:"Most. Left out: any."`
}

type amountRange struct {
	From *decimal `yaml:"from" min:"0" doc:"Least. Left out: any."`
	To   *decimal `yaml:"to" min:"0" doc:"Most. Left out: any."`
}

type experimentSection struct {
	Name    string       `yaml:"name" required:"true" doc:"Its name: with the borrower's id it decides who is in which arm."`
	Segment string       `yaml:"segment" required:"true" doc:"The segment whose ladder it replaces."`
	From    civil.Date   `yaml:"from" required:"true" doc:"First day of contact."`
	Until   civil.Date   `yaml:"until" required:"true" doc:"The day after the last."`
	Arms    []armSection `yaml:"arms" required:"true" doc:"Its arms. The borrowers of none have the segment's ladder: the arm champion."`
}

type armSection struct {
	Name   string       `yaml:"name" required:"true" doc:"Its name."`
	Share  decimal      `yaml:"share" min:"0" max:"1" required:"true" doc:"Share of the segment's borrowers, with at most four digits after the point."`
	Ladder []ladderStep `yaml:"ladder" none:"true" doc:"What is done, as in a segment."`
}

// builtinSegments are those of borrowers whom no ladder is for.
var builtinSegments = []string{"hardship", "reminder"}

func (t *treatment) segments(list []segmentSection) []treat.Segment {
	segments, names, always := make([]treat.Segment, len(list)), make([]string, len(list)), -1
	for i := range list {
		x, path := &list[i], fmt.Sprintf("collections.segments[%d]", i)
		t.unique(path+".name", x.Name, names[:i])
		names[i] = x.Name
		if slices.Contains(builtinSegments, x.Name) {
			t.fail(path+".name", "the segment %s is built in", x.Name)
		}
		if always >= 0 {
			t.fail(path, "the segment %q before it is everybody: put that last", names[always])
		}
		segments[i] = t.segment(path+".when", &x.When)
		segments[i].Name, segments[i].Ladder = x.Name, t.ladder(path+".ladder", x.Ladder)
		if always < 0 && x.When.none() {
			always = i
		}
	}
	return segments
}

// none reports whether there is no condition.
func (x *conditionsSection) none() bool {
	return x.DelinquentDays == nil && x.PastDue == nil && x.Score == nil && x.BrokenPromises == nil && x.Unanswered == nil && len(x.Product) == 0
}

// segment returns a segment with its conditions.
func (t *treatment) segment(path string, x *conditionsSection) treat.Segment {
	for i, name := range x.Product {
		under := fmt.Sprintf("%s.product[%d]", path, i)
		t.unique(under, name, x.Product[:i])
		if !slices.Contains(t.products, name) {
			t.fail(under, "unknown product %q: %s", name, suggest(name, t.products))
		}
	}
	return treat.Segment{
		DelinquentDays: t.numbers(path+".delinquent_days", x.DelinquentDays), PastDue: t.amounts(path+".past_due", x.PastDue),
		Score: t.numbers(path+".score", x.Score), BrokenPromises: t.numbers(path+".broken_promises", x.BrokenPromises),
		Unanswered: t.numbers(path+".unanswered", x.Unanswered), Products: x.Product,
	}
}

func (t *treatment) numbers(path string, x *numberRange) treat.Range {
	if x == nil {
		return treat.Range{}
	}
	r := treat.Range{Has: true, From: math.MinInt64, To: math.MaxInt64}
	if x.From != nil {
		r.From = int64(*x.From)
	}
	if x.To != nil {
		r.To = int64(*x.To)
	}
	t.checkEnds(path, r, x.From == nil && x.To == nil)
	return r
}

func (t *treatment) amounts(path string, x *amountRange) treat.Range {
	if x == nil {
		return treat.Range{}
	}
	r := treat.Range{Has: true, From: math.MinInt64, To: math.MaxInt64}
	if x.From != nil {
		r.From = t.units(path+".from", x.From)
	}
	if x.To != nil {
		r.To = t.units(path+".to", x.To)
	}
	t.checkEnds(path, r, x.From == nil && x.To == nil)
	return r
}

func (t *treatment) checkEnds(path string, r treat.Range, open bool) {
	switch {
	case open:
		t.fail(path, "needs from or to; leave it out for any")
	case r.From > r.To:
		t.fail(path+".to", "is below from: it would never hold")
	}
}

// oneShare is all borrowers of a segment, in the unit of [treat.Arm].Share.
const oneShare = 10_000

func (t *treatment) experiments(list []experimentSection, segments []segmentSection) []treat.Experiment {
	var among, names []string
	for i := range segments {
		among = append(among, segments[i].Name)
	}
	experiments := make([]treat.Experiment, len(list))
	for i := range list {
		x, path := &list[i], fmt.Sprintf("collections.experiments[%d]", i)
		t.unique(path+".name", x.Name, names)
		names = append(names, x.Name)
		if !slices.Contains(among, x.Segment) {
			t.fail(path+".segment", "there is no segment %q", x.Segment)
		}
		if x.From >= x.Until {
			t.fail(path+".until", "%s is not after from, %s", x.Until, x.From)
		}
		for k := range list[:i] {
			if y := &list[k]; y.Segment == x.Segment && x.From < y.Until && y.From < x.Until {
				t.fail(path, "runs in the segment %q at the same time as %q: a borrower would have two ladders", x.Segment, y.Name)
			}
		}
		experiments[i] = treat.Experiment{
			Name: x.Name, Segment: x.Segment, From: x.From, Until: x.Until, Arms: t.arms(path+".arms", x.Arms),
		}
	}
	return experiments
}

// champion is the arm of those whom no other has.
const champion = "champion"

func (t *treatment) arms(path string, list []armSection) []treat.Arm {
	arms, all, names := make([]treat.Arm, len(list)), 0, []string{champion}
	for i := range list {
		x, under := &list[i], fmt.Sprintf("%s[%d]", path, i)
		if x.Name == champion {
			t.fail(under+".name", "the arm %s is built in", champion)
		} else {
			t.unique(under+".name", x.Name, names)
		}
		names = append(names, x.Name)
		arms[i] = treat.Arm{Name: x.Name, Share: int(t.scaled(under+".share", &x.Share, 4)), Ladder: t.ladder(under+".ladder", x.Ladder)}
		if all += arms[i].Share; all > oneShare && all-arms[i].Share <= oneShare {
			t.fail(under+".share", "the arms have more than all borrowers from here on")
		}
	}
	return arms
}

// ladder returns steps by the days from which they hold.
func (t *treatment) ladder(path string, list []ladderStep) []treat.Step {
	steps := make([]treat.Step, len(list))
	for i := range list {
		under := fmt.Sprintf("%s[%d]", path, i)
		for k := range list[:i] {
			if list[k].From == list[i].From {
				t.fail(under+".from", "there is a step from %d already", list[i].From)
			}
		}
		steps[i] = t.step(under, &list[i])
	}
	slices.SortStableFunc(steps, func(a, b treat.Step) int { return cmp.Compare(a.From, b.From) })
	return steps
}
