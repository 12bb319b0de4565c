package batch

import (
	"daybook/aging"
	"daybook/aging/classify"
	"daybook/batch/meet"
	"daybook/ledger"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/reports"
)

// changeClasses brings the reports to the classes that borrowers' loans make of each other.
func (n *posted) changeClasses(moves []meet.ClassMove) {
	column := classify.Filling(n.policy.Packs, classify.FillsClassification)
	for i := range moves {
		m := &moves[i]
		n.builder.Change(&reports.ClassChange{
			Pack: m.Pack, Currency: int(m.Currency), FromClass: int(m.From.Class), FromRule: int(m.From.Rule), ToClass: int(m.To.Class), ToRule: int(m.To.Rule),
			ColumnFrom: int(m.ColumnFrom), ColumnTo: int(m.ColumnTo), IsColumn: m.Pack == column, Loans: m.Loans, Total: m.Total, Suspended: m.Suspended,
			Before: m.Before, After: m.After, Base: baseChange(m),
		})
	}
}

// baseChange is how loans whose class changes stood at the base.
func baseChange(m *meet.ClassMove) reports.BaseChange {
	c := reports.BaseChange{
		State: m.BaseState, Class: uint16(m.BaseClass), Carrying: m.BaseCarrying, Provision: m.BaseProvision, Paid: m.BasePaid,
	}
	if m.BaseClass == classify.NoClass {
		c.Class = aging.NoCode
	}
	return c
}

// superviseAgain brings the tables of supervisors to those classes.
func (n *posted) superviseAgain(moves []meet.SupervisedMove) {
	for i := range moves {
		m := &moves[i]
		n.builder.Supervise(&reports.SupervisedChange{
			Currency: int(m.Currency), Band: int(m.Band), FromClass: int(m.FromClass), ToClass: int(m.ToClass), FromYears: int(m.FromYears),
			ToYears: int(m.ToYears), Loans: m.Loans, Carrying: m.Carrying,
			Before: reports.SupervisedAmounts(m.Before), After: reports.SupervisedAmounts(m.After),
		})
	}
}

// provided is what the pack that is posted provides for the loans on the book, in minor units
// by code of currency; nil where none is posted, as between a month's ends where that is done
// at them alone.
func (n *posted) provided() []int64 {
	if n.policy.Post < 0 || n.rules.Classes.Keeps {
		return nil
	}
	list := make([]int64, len(n.rules.Scale))
	for c, amount := range n.builder.Provided(n.policy.Post) {
		list[c] = amount / n.rules.Scale[c]
	}
	return list
}

// postProvisions brings the allowance to what the posted pack provides, by one entry a
// currency: after all others, so that what charge-offs took of it is the night's expense.
// Source: regulatory.md, section 5, posting.
func (n *posted) postProvisions(s *summaryPoster) error {
	for c, target := range n.provided() {
		tonight := n.gl.Role(c, ledger.Allowance)
		balance := tonight.Credits - tonight.Debits
		if n.last != nil {
			line := n.last.Line(c, ledger.Allowance)
			balance -= line.Closing()
		}
		amount := money.Amount(target - balance)
		if amount == 0 {
			continue
		}
		var log loan.Log
		log.Begin(ledger.Provision, n.o.Date, []byte(n.policy.Packs[n.policy.Post].Name))
		log.Post(ledger.ImpairmentExpense, amount)
		log.Post(ledger.Allowance, -amount)
		if err := s.post(c, &log); err != nil {
			return err
		}
	}
	return nil
}

// packInfos are what the tables need to know of the policy's packs.
func packInfos(packs []*classify.Pack) (list []reports.PackInfo) {
	for _, p := range packs {
		x := reports.PackInfo{Name: p.Name, Provides: p.Provision.Method != classify.NoProvision, Illustrative: p.Provision.Illustrative}
		for _, f := range p.Backstop.Factors {
			x.Backstop = append(x.Backstop, reports.BackstopFactor{Years: f.Years, Factor: f.Factor})
		}
		for i := range p.Classes {
			x.NonPerforming = append(x.NonPerforming, p.Classes[i].NonPerforming)
		}
		for r := range p.Rules() {
			cite := p.Contagion.Cite
			if row := p.RowOf(r); row != nil {
				cite = row.Cite
			}
			x.Cites = append(x.Cites, cite)
		}
		list = append(list, x)
	}
	return list
}

// nonPerforming are the names of the classes of the column classification that are
// non-performing.
func (n *posted) nonPerforming() (names []string) {
	i := classify.Filling(n.policy.Packs, classify.FillsClassification)
	if i < 0 {
		return n.policy.Aging.Tiers.Names()[n.policy.Aging.NonPerforming:]
	}
	for _, c := range n.policy.Packs[i].Classes {
		if c.NonPerforming {
			names = append(names, c.Name)
		}
	}
	return names
}
