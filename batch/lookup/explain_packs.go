package lookup

import (
	"context"
	"fmt"
	"strings"

	"daybook/aging"
	"daybook/aging/classify"
	"daybook/batch/night"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/ledger/store"
)

// packs explains what each pack of the policy says of the loan: its class, the holds that are
// active, and what is provided for it.
func (r *Reader) packs(ctx context.Context, e *explainer, proc *night.Processor) (list []Fired, err error) {
	set := r.Rules.Classes.Set()
	if len(set.Packs) == 0 {
		return nil, nil
	}
	bond, err := r.Bond(e.l)
	if err != nil {
		return nil, err
	}
	m, verdicts := proc.Classified()
	x := packExplainer{explainer: e, machine: m, nth: proc.NthDue(e.l), bond: &bond}
	x.takeHolds()
	for i, p := range set.Packs {
		x.pack, x.states, x.verdict, x.source = p, set.Of(p, m.Standing.States), verdicts[i], 0
		for k := range bond.Overrides {
			if o := &bond.Overrides[k]; o.Loan == store.Hash(e.l.ID) && int(o.Pack) == i {
				x.verdict, x.source = o.Verdict, o.Source
			}
		}
		f, err := x.class(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, f)
		list = append(list, x.holds()...)
		if p.Provision.Method != classify.NoProvision {
			list = append(list, x.provision())
		}
	}
	return list, nil
}

// A packExplainer explains one pack's say in a loan.
type packExplainer struct {
	*explainer
	machine *classify.Machine
	nth     func(civil.Date, int) civil.Date
	bond    *classify.Bond
	pack    *classify.Pack
	states  []classify.State
	verdict classify.Verdict
	source  uint64
}

// takeHolds gives the loan's states the holds of its borrower.
func (x *packExplainer) takeHolds() {
	for i := range x.bond.Holds {
		h := &x.bond.Holds[i]
		for slot, code := range x.r.Rules.Classes.Codes {
			if code == h.Code {
				x.machine.Standing.States[slot] = h.State
			}
		}
	}
}

func (x *packExplainer) key(name string) string { return "packs." + x.pack.Name + "." + name }

// class says which row gave the loan its class.
func (x *packExplainer) class(ctx context.Context) (Fired, error) {
	p := x.pack
	f := Fired{Decides: p.Name + "_class", Result: p.Classes[x.verdict.Class].Name}
	if title := p.Classes[x.verdict.Class].Title; title != "" {
		f.Result += " (" + title + ")"
	}
	row := p.RowOf(int(x.verdict.Rule))
	if row == nil {
		f.Rule, f.Citation = x.key("contagion"), p.Contagion.Cite
		id, err := x.loanOf(ctx, x.source)
		f.Because = spreads(&p.Contagion, id)
		return f, err
	}
	f.Rule, f.Citation = x.key("tables."+x.tableOf(row)+": "+row.Rule), row.Cite
	f.Because = row.When.String() + " holds: " + x.facts()
	if row.When == nil {
		f.Because = "no row before it holds: " + x.facts()
	}
	return f, nil
}

// spreads says why a loan has a class that contagion gave it: from which loan, where that is known.
func spreads(c *classify.Contagion, loan string) string {
	switch {
	case c.Over > 0 && loan == "":
		return fmt.Sprintf("more than %s of what the borrower owes in this currency is non-performing", percent(c.Over))
	case c.Over > 0:
		return fmt.Sprintf("more than %s of what the borrower owes in this currency is non-performing, as loan %q is", percent(c.Over), loan)
	case loan == "":
		return "another loan of the borrower has it"
	}
	return fmt.Sprintf("loan %q of the borrower has it", loan)
}

func (x *packExplainer) tableOf(row *classify.Row) string {
	for t := range x.pack.Tables {
		rows := x.pack.Tables[t].Rows
		for i := range rows {
			if &rows[i] == row {
				return x.pack.Tables[t].Name
			}
		}
	}
	return ""
}

// facts are what conditions read of the loan.
func (x *packExplainer) facts() string {
	f := x.machine.Facts()
	list := []string{days(f.Days) + " past due"}
	if f.Material > 0 {
		list = append(list, days(f.Material)+" in material arrears")
	}
	if f.UnpaidDue && f.Days == 0 {
		list = append(list, "an instalment that is due today is unpaid")
	}
	if f.Measures > 0 {
		list = append(list, fmt.Sprintf("restructured on %s", f.MeasureOn))
	}
	for i := range f.Flags {
		if b := &f.Flags[i]; b.Holds(f.On) {
			list = append(list, fmt.Sprintf("flag %s since %s", x.r.Policy.Flags[b.Bit], b.From))
		}
	}
	return strings.Join(list, ", ")
}

// loanOf returns the id of the borrower's loan that has a hash; "" for none.
func (x *packExplainer) loanOf(ctx context.Context, hash uint64) (string, error) {
	if hash == 0 {
		return "", nil
	}
	ids, err := x.r.loansOf(ctx, x.l.Debtor())
	for i := range ids {
		if store.Hash(ids[i]) == hash {
			return string(ids[i]), err
		}
	}
	return "", err
}

// holds says which holds are active: since when, and from when on each may be left.
func (x *packExplainer) holds() (list []Fired) {
	for _, v := range x.machine.Active(x.pack, x.states, x.nth) {
		f := Fired{
			Decides: x.pack.Name + " hold " + v.Hold.Name, Result: "since " + v.State.Entered.String(),
			Rule: x.key("holds." + v.Hold.Name), Citation: v.Hold.Cite,
			Because: fmt.Sprintf("what enters it held last on %s", v.State.Last),
		}
		if v.Hold.OfBorrower {
			f.Because += "; it is the borrower's, for all his loans: it is left on a close on which none of them enters it and of each " + v.Waits.String() + " holds"
			list = append(list, f)
			continue
		}
		switch {
		case v.Earliest > x.r.Last():
			f.Because += fmt.Sprintf("; it may be left from %s on", v.Earliest)
		case v.Earliest != civil.None:
			f.Because += fmt.Sprintf("; it might have been left from %s on", v.Earliest)
		}
		if v.Waits != nil {
			f.Because += ", on a day on which " + v.Waits.String() + " holds"
		}
		list = append(list, f)
	}
	return list
}

// provision says what is provided for the loan, and by which figures.
func (x *packExplainer) provision() Fired {
	p := &x.pack.Provision
	f := Fired{Decides: x.pack.Name + "_provision", Result: x.tape.Get(x.pack.Name+"_provision") + " " + x.tape.Get("currency")}
	if !aging.LoanStatus(x.l.LastStatus).OnBook() {
		f.Rule, f.Because = x.key("provision"), "the loan is off the book"
		return f
	}
	if x.r.Rules.Classes.Keeps {
		f.Rule, f.Because = "provisions.when: month_end", "it is what the last run left, on the first close on or after a month's end"
		return f
	}
	facts := *x.machine.Facts()
	facts.Class = x.verdict.Class
	base := "carrying amount " + x.carrying()
	if p.OfPrincipal {
		base = "principal " + x.tape.Get("principal_outstanding")
	}
	if p.Method == classify.Rates {
		row := &p.Rates[classify.RateOf(p.Rates, &facts, x.states)]
		f.Rule, f.Citation = x.key("provision.rates: "+share(row.Rate)), row.Cite
		f.Because = fmt.Sprintf("%s of the %s, as %s holds", percent(row.Rate), base, row.When)
		return f
	}
	loss, scope := &p.LGD[classify.RateOf(p.LGD, &facts, x.states)], p.Horizon[x.verdict.Class]
	f.Rule, f.Citation = x.key("provision, "+scope.String()), loss.Cite
	f.Because = fmt.Sprintf("%s; loss given default %s, as %s holds", base, percent(loss.Rate), loss.When)
	if scope != classify.Impaired {
		annual := &p.PD[classify.AnnualOf(p.PD, &facts, x.states)]
		var rates []string
		for _, pd := range annual.PD {
			rates = append(rates, percent(pd))
		}
		f.Because += fmt.Sprintf("; default by year %s, as %s holds", strings.Join(rates, ", "), annual.When)
	}
	for i := range p.Scenarios {
		s := &p.Scenarios[i]
		f.Because += fmt.Sprintf("; scenario %s weighs %s, PD × %s, LGD × %s", s.Name, percent(s.Weight), share(s.PD), share(s.LGD))
	}
	if p.Illustrative {
		f.Because += "; the numbers are illustrations"
	}
	return f
}

// carrying is what the GL carries of the loan.
func (x *packExplainer) carrying() string {
	owed := x.figures.Outstanding
	return x.r.Text(x.l.Currency, owed.Total()-x.l.Suspended)
}

// share writes billionths as a plain number, percent as a percentage.
func share(n int64) string { return money.Rate(n).String() }

func percent(n int64) string { return money.Rate(n*100).String() + " %" }
