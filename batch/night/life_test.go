package night

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// A whole life is made of every kind of event that takes part in one, under a random
// contract and random rules. Some events hold only on top of others (a waiver needs
// what it forgives): they arrive after all that lies before them and after every reversal.
// Which of them hold is found by running the life in one night.
type wholeLife struct {
	product loan.Product
	terms   loan.Terms
	plan    []loan.Installment
	end     civil.Date
	events  []lifeEvent
	weighed *weighedLife // how it is scored beyond points, where it is
}

func randomProduct(r *rand.Rand) loan.Product {
	order := [loan.Components]loan.Component{loan.Penalty, loan.Fee, loan.Interest, loan.Principal}
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	advance := func() loan.Advance { return loan.Advance(r.IntN(int(loan.Advances))) }
	p := loan.Product{
		Name: "random", TierFrom: []int32{0, 1, 91}, NonAccrualFromDays: []int32{0, 20, 91}[r.IntN(3)], CountCharges: r.IntN(3) == 0,
		DailyInterest: r.IntN(3) == 0, Rounding: loan.Rounding{Mode: loan.RoundingMode(r.IntN(3)), Multiple: []money.Amount{1, 100}[r.IntN(2)]},
		CountsAsFull: []money.Rate{0, 900_000_000}[r.IntN(2)], Settle: loan.SettleFee{Rate: []money.Rate{0, 10_000_000}[r.IntN(2)], FreeAfterMonths: -1},
		Allocation: []loan.AllocationRule{
			{AboveDays: 30, Order: [loan.Components]loan.Component{loan.Principal, loan.Interest, loan.Fee, loan.Penalty}, Vertical: true, InAdvance: advance()},
			{AboveDays: -1, Kinds: 1 << loan.KindGoodwill, Order: order, InAdvance: advance()},
			{AboveDays: -1, Order: order, Vertical: r.IntN(2) == 0, InAdvance: advance()},
		},
	}
	if r.IntN(4) == 0 {
		for _, timing := range []loan.Timing{loan.PastDue, loan.DueToday, loan.InAdvance} {
			for _, c := range order {
				p.Allocation[2].Steps = append(p.Allocation[2].Steps, loan.Step{Timing: timing, Component: c})
			}
		}
		p.Allocation[2].InAdvance = loan.NextInstallment
	}
	if r.IntN(2) == 0 {
		p.LateCharges = loan.LateCharges{
			PenaltyInterest: loan.PenaltyInterest{Multiplier: 1_500_000_000, On: [loan.Components]bool{true, r.IntN(2) == 0, r.IntN(2) == 0},
				DayCount: civil.Act360, GraceDays: int32(r.IntN(4)), WaitDays: int32(r.IntN(8))},
			FixedFee: loan.FixedFee{Amount: money.Amount(r.IntN(2) * 700), Component: []loan.Component{loan.Fee, loan.Penalty}[r.IntN(2)], WaitDays: int32(r.IntN(8)), Max: money.Amount(r.IntN(2) * 1500)},
			Share: loan.LateShare{Rate: money.Rate(r.IntN(2) * 30_000_000), Overdue: r.IntN(2) == 0, On: [loan.Components]bool{true, r.IntN(2) == 0, r.IntN(2) == 0},
				Min: money.Amount(r.IntN(2) * 300), Max: money.Amount(r.IntN(2) * 600), Component: []loan.Component{loan.Fee, loan.Penalty}[r.IntN(2)], WaitDays: int32(r.IntN(8))},
			CapAmount: money.Amount(r.IntN(2) * 4000),
		}
	}
	if r.IntN(4) == 0 {
		p.Ceiling = 360_000_000
	}
	p.SimpleInterest = p.DailyInterest && r.IntN(2) == 0
	if r.IntN(4) == 0 {
		p.DueDates = loan.DueDates{Roll: loan.Roll(r.IntN(int(loan.Rolls))), Interest: r.IntN(2) == 0}
		p.DueDates.Calendar.Weekend = [7]bool{true, 6: true}
		for d := civil.Of(2026, 1, 1); d < civil.Of(2029, 1, 1); d += 1 + civil.Date(r.IntN(40)) {
			p.DueDates.Calendar.Holidays = append(p.DueDates.Calendar.Holidays, d)
		}
	}
	return p
}

func randomContract(r *rand.Rand, p *loan.Product) loan.Terms {
	t := loan.Terms{
		Principal: 50_000 + money.Amount(r.IntN(100_000)), DisbursedOn: civil.Of(2026, 1, 1+r.IntN(28)), Installments: 1 + int32(r.IntN(9)),
		Rate: money.Rate(r.IntN(300_000_000)), Frequency: []loan.Frequency{1, 1, 3, -7, -14, twiceAMonth}[r.IntN(6)], Method: loan.Method(r.IntN(int(loan.Methods))),
		Fee: money.Amount(r.IntN(2) * 150), DayCount: civil.DayCount(r.IntN(int(civil.DayCounts))),
	}
	switch t.Method {
	case loan.Zero:
		t.Rate = 0
	case loan.LumpSum:
		t.Installments = 1
	}
	if t.Method == loan.Capitalized && p.DailyInterest {
		t.Method = loan.Flat
	}
	t.FirstDueOn = t.DisbursedOn + 1 + civil.Date(r.IntN(45))
	if n := t.Installments; n > 1 && r.IntN(4) == 0 {
		t.Grace = loan.Grace{Principal: r.Int32N(n), Free: r.Int32N(n + 1)}
		if !p.DailyInterest {
			t.Grace.Interest = r.Int32N(n)
		}
	}
	t.RoundedBy(new(loan.Annuities), p.Rounding)
	return t
}

var twiceAMonth, _ = loan.DaysOfMonth(5, 20)

// explicitPlan is uneven instalments with a balloon.
func explicitPlan(r *rand.Rand, t *loan.Terms) (plan []loan.Installment) {
	left, from := t.Principal, t.DisbursedOn
	for k := range t.Installments {
		i := loan.Installment{No: k + 1, From: from, DueOn: t.DueOn(k + 1)}
		i.Due = [loan.Fee + 1]money.Amount{left / 3, money.Amount(r.IntN(900)), money.Amount(r.IntN(2) * 70)}
		if k == t.Installments-1 {
			i.Due[loan.Principal] = left
		}
		left, from = left-i.Due[loan.Principal], i.DueOn
		plan = append(plan, i)
	}
	if r.IntN(3) == 0 { // all of the interest with the last, or the first
		last := len(plan) - 1
		at := last * r.IntN(2)
		for i := range plan {
			if i != at {
				plan[at].Due[loan.Interest] += plan[i].Due[loan.Interest]
				plan[i].Due[loan.Interest] = 0
			}
		}
	}
	loan.Earning(r.IntN(int(loan.Earnings))).Earn(plan, t.DisbursedOn)
	return plan
}

func makeLife(r *rand.Rand) *wholeLife {
	p := randomProduct(r)
	w := &wholeLife{product: p, terms: randomContract(r, &p)}
	t := &w.terms
	if r.IntN(4) == 0 { // the rules change in the middle of the life
		old := randomProduct(r)
		old.Ceiling, old.CountCharges, old.CountsAsFull = p.Ceiling, p.CountCharges, p.CountsAsFull
		old.DailyInterest, old.SimpleInterest = p.DailyInterest, p.SimpleInterest
		w.product.Before, w.product.From = &old, t.DisbursedOn+civil.Date(r.IntN(120))
	}
	if r.IntN(5) == 0 && !p.DailyInterest && t.Method != loan.LumpSum {
		t.Grace, t.Rounding = loan.Grace{}, loan.Rounding{}
		if t.Method == loan.Capitalized {
			t.Method = loan.InterestOnly
		}
		w.plan = explicitPlan(r, t)
	}
	if w.plan == nil {
		w.plan = w.product.Plan(t)
	}
	until := t.DisbursedOn + 30 + civil.Date(r.IntN(200))
	w.end = until + 5
	on := func() civil.Date { return t.DisbursedOn + civil.Date(r.IntN(int(until-t.DisbursedOn)+1)) }
	var conditional []lifeEvent
	n := 0
	add := func(holds bool, e loan.Event, after ...string) string {
		n++
		e.ID = fmt.Appendf(nil, "E%03d", r.IntN(10)*100+n)
		if e.Kind != loan.KindRestructure {
			e.Rate = -1
		}
		if holds {
			w.events = append(w.events, lifeEvent{e, after})
		} else {
			conditional = append(conditional, lifeEvent{e, after})
		}
		return string(e.ID)
	}
	amount := func() money.Amount { return 1 + money.Amount(r.IntN(int(t.Principal)/3)) }
	var reversible, paid []string
	for range 1 + r.IntN(7) {
		k := []loan.Kind{loan.KindRepayment, loan.KindRepayment, loan.KindRelease}[r.IntN(3)]
		paid = append(paid, add(true, loan.Event{Kind: k, ValueDate: on(), Amount: amount(), Held: k == loan.KindRelease}))
	}
	for range r.IntN(4) {
		k := []loan.Kind{loan.KindFee, loan.KindPenalty}[r.IntN(2)]
		reversible = append(reversible, add(p.Ceiling == 0, loan.Event{Kind: k, ValueDate: on(), Amount: amount() / 20}))
	}
	for range r.IntN(3) {
		paid = append(paid, add(true, loan.Event{Kind: loan.KindGoodwill, ValueDate: on(), Amount: amount() / 8}))
	}
	for range r.IntN(3) {
		paid = append(paid, add(true, loan.Event{Kind: loan.KindPrepay, ValueDate: on(), Amount: amount(), Choice: loan.ShorterTerm + loan.Choice(r.IntN(2))}))
	}
	if r.IntN(4) == 0 {
		reversible = append(reversible, add(true, loan.Event{Kind: loan.KindDisburse, ValueDate: on(), Amount: amount()}))
	}
	for range r.IntN(3) {
		e := loan.Event{Kind: loan.KindPause, ValueDate: on()}
		e.Until = e.ValueDate + 1 + civil.Date(r.IntN(40))
		switch {
		case r.IntN(3) == 0 && !p.DailyInterest:
			e.Choice = loan.Shift
		case r.IntN(3) == 0:
			e.Choice = loan.Regulatory
		}
		reversible = append(reversible, add(true, e))
	}
	for range r.IntN(3) {
		e := loan.Event{Kind: loan.KindRestructure, ValueDate: on(), Choice: loan.Reage + loan.Choice(r.IntN(3)), Installments: 1 + int32(r.IntN(6)), Rate: -1}
		if e.Choice == loan.Reage || r.IntN(2) == 0 {
			e.FirstDueOn = e.ValueDate + 1 + civil.Date(r.IntN(40))
		}
		if r.IntN(3) == 0 && t.Method != loan.Zero {
			e.Rate = 70_000_000
		}
		add(false, e)
	}
	if r.IntN(5) == 0 {
		off := until - civil.Date(r.IntN(2)*r.IntN(30))
		add(off == until, loan.Event{Kind: loan.KindChargeOff, ValueDate: off})
		add(true, loan.Event{Kind: loan.KindRecovery, ValueDate: off + civil.Date(r.IntN(4)), Amount: 3 * amount()})
		paid = append(paid, add(true, loan.Event{Kind: loan.KindRepayment, ValueDate: until + civil.Date(r.IntN(4)), Amount: amount()}))
	}
	if r.IntN(8) == 0 {
		off := until - civil.Date(r.IntN(2)*r.IntN(30)) + civil.Date(r.IntN(3))
		add(off >= until, loan.Event{Kind: loan.KindWriteOff, ValueDate: off})
	}
	for range r.IntN(3) {
		add(false, loan.Event{Kind: loan.KindWaiver, ValueDate: on(), Amount: amount() / 50, Component: loan.Component(r.IntN(4)), Choice: loan.PrincipalForgiveness})
	}
	for range r.IntN(3) {
		add(true, loan.Event{Kind: loan.KindRefund, ValueDate: on(), Amount: amount() / 10})
	}
	if r.IntN(3) == 0 {
		e := loan.Event{Kind: loan.KindSettle, ValueDate: on()}
		if r.IntN(2) == 0 {
			paid = append(paid, add(true, loan.Event{Kind: loan.KindRepayment, ValueDate: e.ValueDate, Amount: 2 * t.Principal}))
		}
		add(false, e)
	}
	for range r.IntN(3) {
		target := paid[r.IntN(len(paid))]
		add(true, loan.Event{Kind: loan.KindChargeback, ValueDate: on(), Amount: amount() / 4, Target: []byte(target)}, target)
	}
	reversible = append(reversible, paid...)
	for range min(r.IntN(3), len(reversible)) {
		i := r.IntN(len(reversible))
		target := reversible[i]
		reversible = slices.Delete(reversible, i, i+1)
		if p.Ceiling > 0 && slices.ContainsFunc(conditional, func(e lifeEvent) bool { return string(e.ID) == target }) {
			continue
		}
		add(true, loan.Event{Kind: loan.KindReversal, ValueDate: on(), Target: []byte(target)}, target)
	}
	slices.SortFunc(conditional, func(a, b lifeEvent) int { return a.Event.Compare(&b.Event) })
	for _, c := range conditional {
		for _, e := range w.events {
			if e.Kind == loan.KindReversal || e.Event.Compare(&c.Event) < 0 {
				c.after = append(c.after, string(e.ID))
			}
		}
		w.events = append(w.events, c)
	}
	return w
}

// String tells the life for one who looks into a failure.
func (w *wholeLife) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%+v\n%+v\n%+v\n", w.product, w.terms, w.plan)
	events := slices.Clone(w.events)
	slices.SortFunc(events, func(a, b lifeEvent) int { return a.Event.Compare(&b.Event) })
	for i := range events {
		e := &events[i]
		fmt.Fprintf(&b, "%s %s %s %s %s %s %s until %s, %d from %s at %s\n", e.ValueDate, e.Kind, e.ID, e.Amount.Text(0), e.Target,
			e.Component, e.Choice, e.Until, e.Installments, e.FirstDueOn, e.Rate)
	}
	return b.String()
}

// settleWhatHolds drops the events that do not hold when all come in one night: those that
// are reversed where they do not hold without the reversals, with what names them.
func (w *wholeLife) settleWhatHolds(t *testing.T) {
	reversed := map[string]bool{}
	for i := range w.events {
		if e := &w.events[i].Event; e.Kind == loan.KindReversal {
			reversed[string(e.Target)] = true
		}
	}
	for before := -1; before != len(w.events); {
		before = len(w.events)
		w.dropRefused(t, func(e *loan.Event) (tried, dropped bool) {
			return e.Kind != loan.KindReversal, reversed[string(e.ID)] || e.Kind == loan.KindChargeback
		})
		w.dropRefused(t, func(e *loan.Event) (tried, dropped bool) {
			return e.Kind != loan.KindReversal && !reversed[string(e.ID)] && !reversed[string(e.Target)], true
		})
	}
}

// dropRefused tries some of the events in one night, and drops some of those that are
// refused but for money, which will be held, and what names them.
func (w *wholeLife) dropRefused(t *testing.T, which func(e *loan.Event) (tried, dropped bool)) {
	var all []loan.Event
	for i := range w.events {
		if tried, _ := which(&w.events[i].Event); tried {
			all = append(all, w.events[i].Event)
		}
	}
	gone := map[string]bool{}
	for i, reason := range w.book(t).close(w.end, &w.terms, all) {
		_, dropped := which(&all[i])
		gone[string(all[i].ID)] = reason != loan.OK && dropped && all[i].Kind != loan.KindRecovery
	}
	w.events = slices.DeleteFunc(slices.Clone(w.events), func(e lifeEvent) bool { return gone[string(e.ID)] || gone[string(e.Target)] })
}

// addGivenPlan adds a restructuring to instalments of its own, which add up to what is
// owed on its day; it comes after all that lies before it.
func (w *wholeLife) addGivenPlan(r *rand.Rand) {
	e := loan.Event{Kind: loan.KindRestructure, ID: []byte("plan"), ValueDate: w.terms.DisbursedOn + 1 + civil.Date(r.IntN(60)), Choice: []loan.Choice{loan.Explicit, loan.Planned}[r.IntN(2)], Rate: -1}
	var before []loan.Event
	var after []string
	for i := range w.events {
		o := &w.events[i]
		if o.Kind == loan.KindReversal || o.Event.Compare(&e) < 0 {
			before = append(before, o.Event)
			after = append(after, string(o.ID))
		} else if len(o.after) > 0 {
			o.after = append(slices.Clip(o.after), string(e.ID)) // it may hold only on top of the plan
		}
	}
	l := loan.Loan{Terms: w.terms, State: loan.State{Life: w.fromScratch(before, e.ValueDate)}}
	left, due := l.PrincipalOwed(), e.ValueDate
	for k := range int32(1 + r.IntN(4)) {
		due += 1 + civil.Date(r.IntN(30))
		i := loan.Installment{No: k + 1, DueOn: due}
		i.Due = [loan.Fee + 1]money.Amount{left / 3, money.Amount(r.IntN(500)), money.Amount(r.IntN(2) * 40)}
		left -= i.Due[loan.Principal]
		e.Plan = append(e.Plan, i)
	}
	e.Plan[len(e.Plan)-1].Due[loan.Principal] += left
	loan.Earning(r.IntN(int(loan.Earnings))).Earn(e.Plan, e.ValueDate)
	w.events = append(w.events, lifeEvent{e, after})
}

func (w *wholeLife) book(t *testing.T) *tinyBook {
	b := &tinyBook{t: t, product: w.product, plan: w.plan, journal: map[civil.Date][]byte{}, last: civil.None}
	if w.weighed != nil {
		w.weighed.prepare(b)
	}
	return b
}

// cash is what should have come in less what went out.
func (w *wholeLife) cash(events []loan.Event) money.Amount {
	sum := -w.terms.Principal
	reversed := map[string]bool{}
	for i := range events {
		if events[i].Kind == loan.KindReversal {
			reversed[string(events[i].Target)] = true
		}
	}
	for i := range events {
		if e := &events[i]; !reversed[string(e.ID)] {
			switch e.Kind {
			case loan.KindRepayment, loan.KindPrepay, loan.KindRecovery, loan.KindRelease:
				sum += e.Amount
			case loan.KindRefund, loan.KindDisburse:
				sum -= e.Amount
			case loan.KindChargeback:
				if !reversed[string(e.Target)] { // what never came cannot go back
					sum -= e.Amount
				}
			}
		}
		if events[i].Held {
			sum -= events[i].Amount // it came in when it was held
		}
	}
	return sum
}

// fromScratch is the life run once through by all the events known.
func (w *wholeLife) fromScratch(events []loan.Event, day civil.Date) loan.Life {
	life, _ := w.closeOf(events, day)
	return life
}

// closeOf is the life run once through by all the events known, and its figures.
func (w *wholeLife) closeOf(events []loan.Event, day civil.Date) (loan.Life, loan.Figures) {
	var run loan.Run
	l := w.replay(&run, events, day)
	f := run.Close(day)
	return tidy(l.Life), f
}

// paysOff holds what a payoff says to what a payment of it and a settlement make of
// the loan: nothing is owed, and nothing over.
func (w *wholeLife) paysOff(t *testing.T, events []loan.Event, day civil.Date) {
	var run loan.Run
	p := loan.PayoffOn(day, func() *loan.Run {
		w.replay(&run, events, day)
		return &run
	})
	l := w.replay(&run, events, day)
	if l.Off.Kind != 0 {
		return
	}
	pay := loan.Event{Kind: loan.KindRepayment, ID: []byte("zz1"), ValueDate: day, Amount: p.Amount, Rate: -1}
	settle := loan.Event{Kind: loan.KindSettle, ID: []byte("zz2"), ValueDate: day, Rate: -1}
	if p.Amount > 0 {
		if reason := run.Apply(&pay); reason != loan.OK {
			t.Errorf("a payoff of %d on %s: %s", p.Amount, day, reason.Code())
		}
	}
	if reason := run.Apply(&settle); reason != loan.OK {
		t.Errorf("a settlement for a payoff of %+v on %s: %s", p, day, reason.Code())
	}
	run.Advance(day)
	f := run.Close(day)
	over := money.Amount(0) // a fee that is rounded on what a payment leaves may let no amount be exact
	if w.product.Settle.Rate > 0 {
		over = 1
	}
	if f.Outstanding != (loan.Sums{}) || !f.Settled || p.Amount > 0 && l.Credit > over {
		t.Errorf("after a payoff of %+v on %s %v is owed, settled %v, credit %d", p, day, f.Outstanding, f.Settled, l.Credit)
	}
	if p.Amount > 0 && p.Owed.Total()+p.Fee-p.Credit != p.Amount || p.Fee < 0 {
		t.Errorf("the parts of a payoff on %s do not come to its amount: %+v", day, p)
	}
}

// replay runs the life once through by all the events known.
func (w *wholeLife) replay(run *loan.Run, events []loan.Event, day civil.Date) *loan.Loan {
	l := &loan.Loan{ID: []byte("L"), Terms: w.terms}
	reversed := map[string]bool{}
	for i := range events {
		if events[i].Kind == loan.KindReversal {
			reversed[string(events[i].Target)] = true
		}
	}
	events = slices.Clone(events)
	slices.SortFunc(events, func(a, b loan.Event) int { return a.Compare(&b) })
	run.Replay(l, &w.product, w.plan, &loan.Log{})
	for i := range events {
		if e := &events[i]; e.Kind != loan.KindReversal && !reversed[string(e.ID)] {
			run.Again(e)
		}
	}
	run.Advance(day)
	return l
}

// tidy makes empty lists nil.
func tidy(f loan.Life) loan.Life {
	if len(f.Plan) == 0 {
		f.Plan = nil
	}
	if len(f.Charges) == 0 {
		f.Charges = nil
	}
	if len(f.Pauses) == 0 {
		f.Pauses = nil
	}
	if len(f.Regulated) == 0 {
		f.Regulated = nil
	}
	if len(f.Later) == 0 {
		f.Later = nil
	}
	if len(f.Late.Items) == 0 {
		f.Late.Items = nil
	}
	return f
}

// TestWholeLives: a life in any order of arrival, over any nights, with events that
// come again. After each night the state is that of the life run from its beginning,
// the GL ties to it, cash is what came in, and days past due have not fallen for
// nothing; at the end all is equal whatever the order.
func TestWholeLives(t *testing.T) {
	first, seeds := seedsToTry(600) // .ci/run asks for more
	if testing.Short() {
		seeds = min(seeds, 300)
	}
	quiet, rested := quietNights.Load(), restedRows.Load()
	defer func() {
		if n := restedRows.Load() - rested; n < int64(seeds)/10 && seeds >= 300 && !t.Failed() {
			t.Errorf("of the rows of %d lives %d were written over those of a loan at rest: the short way was hardly tried", seeds, n)
		}
		if n := quietNights.Load() - quiet; n < int64(seeds) && seeds >= 300 && !t.Failed() {
			t.Errorf("of the nights of %d lives %d were quiet: the short way was hardly tried", seeds, n)
		}
	}()
	for seed := first; seed < first+seeds; seed++ {
		r := rand.New(rand.NewPCG(uint64(seed), 11))
		w := makeLife(r)
		whole := w.String()
		w.run(t, r, "some refused", seed)
		if t.Failed() {
			t.Fatalf("run again with SEED=%d\n%s", seed, whole)
		}
		w.settleWhatHolds(t)
		if !w.product.DailyInterest && r.IntN(6) == 0 {
			w.addGivenPlan(r)
			w.settleWhatHolds(t)
		}
		var want *tinyBook
		score := int32(0) // of those that are booked on one day
		for try := range 4 {
			if t.Failed() {
				break
			}
			b := w.run(t, r, []string{"one night", "an order", "another order", "a third order"}[try], seed)
			if want == nil {
				want = b
			} else if got, first := b.state(), want.state(); !reflect.DeepEqual(got, first) {
				t.Errorf("seed %d, order %d: the loan is\n%+v, want\n%+v", seed, try, got, first)
			}
			if try == 1 {
				score = b.load().Score
			} else if got := b.load().Score; try > 1 && got != score {
				t.Errorf("seed %d, order %d: the score is %d, want %d", seed, try, got, score)
			}
			for role := range b.gl {
				if b.gl[role] != want.gl[role] {
					t.Errorf("seed %d, order %d: %s is %d, want %d", seed, try, role2(ledger.Role(role)), b.gl[role], want.gl[role])
				}
			}
		}
		if t.Failed() {
			t.Fatalf("run again with SEED=%d\n%s", seed, w)
		}
	}
}

// run feeds the life in one order of arrival.
func (w *wholeLife) run(t *testing.T, r *rand.Rand, how string, seed int) *tinyBook {
	name := fmt.Sprintf("seed %d, %s", seed, how)
	b := w.book(t)
	if b.prepare == nil && w.terms.Principal%2 == 0 {
		b.prepare = countDays
	}
	nights := []civil.Date{w.end}
	for d := w.terms.DisbursedOn; how != "one night" && d < w.end; d += 1 + civil.Date(r.IntN(25)) {
		nights = append(nights, d)
	}
	slices.Sort(nights)
	list := slices.Clone(w.events)
	for i := range list {
		if how == "some refused" && list[i].Kind != loan.KindReversal {
			list[i].after = nil
		}
	}
	dealt := arrivals(r, list, nights)
	var known, waiting []loan.Event // waiting is money that was refused: each night tries it again
	days, credit := int32(0), money.Amount(0)
	var rows usedRows
	b.seen = func(p *Processor, l *loan.Loan, res *Result) {
		rows.check(t, p, l)
		if len(res.Applied) == 0 && l.Credit >= credit && res.Figures.DaysPastDue < days {
			t.Errorf("%s: days past due fell from %d to %d on %s for nothing", name, days, res.Figures.DaysPastDue, b.last)
		}
		days, credit = res.Figures.DaysPastDue, l.Credit
	}
	for _, d := range nights {
		events := append(waiting, dealt[d]...)
		waiting = nil
		fresh := len(events)
		if len(known) > 0 && r.IntN(4) == 0 {
			events = append(events, known[r.IntN(len(known))]) // comes again
		}
		for i, reason := range b.close(d, &w.terms, events) {
			switch {
			case i < fresh && reason == loan.OK:
				known = append(known, events[i])
			case i < fresh && events[i].Kind == loan.KindRecovery:
				waiting = append(waiting, events[i])
			case i < fresh && how != "some refused":
				t.Errorf("%s: %s %s is rejected on %s: %s", name, events[i].Kind, events[i].ID, d, reason.Code())
			case i >= fresh && reason != loan.ExactDuplicate:
				t.Errorf("%s: %s %s comes again on %s: %s", name, events[i].Kind, events[i].ID, d, reason.Code())
			}
		}
		if got, want := b.life(), w.fromScratch(known, d); !reflect.DeepEqual(got, want) {
			t.Errorf("%s, night %s: the life is\n%+v, from scratch\n%+v", name, d, got, want)
		}
		if got, want := b.gl[ledger.CashClearing], w.cash(known); got != want {
			t.Errorf("%s, night %s: cash is %d, want %d", name, d, got, want)
		}
		w.sound(t, b, name)
		if got := b.load().Score; d == w.end || d%30 == 0 {
			want := int32(0)
			if w.weighed != nil {
				want = w.weighedOf(t, known, nights[0], d)
			} else {
				want = w.scoreOf(t, known, nights[0], d)
			}
			if got != want {
				t.Errorf("%s, night %s: the score is %d, graded day by day it is %d", name, d, got, want)
			}
		}
		if t.Failed() {
			break
		}
	}
	w.paysOff(t, known, w.end)
	w.paysOff(t, known, w.end+civil.Date(r.IntN(40)))
	return b
}

// sound checks what must hold of an explicit plan: nothing is met beyond what is due,
// and what its instalments leave to be paid is what is owed and will be.
func (w *wholeLife) sound(t *testing.T, b *tinyBook, name string) {
	l := b.load()
	if l.Off.Amount < 0 || l.Off.Recovered < 0 || l.Off.Recovered > l.Off.Amount {
		t.Errorf("%s, night %s: recovered %d of %d charged off", name, b.last, l.Off.Recovered, l.Off.Amount)
	}
	for c := range l.Paid {
		if l.Paid[c] < 0 || l.Waived[c] < 0 || l.Credit < 0 {
			t.Errorf("%s, night %s: paid %v, waived %v, credit %d", name, b.last, l.Paid, l.Waived, l.Credit)
			break
		}
	}
	if l.Plan == nil || l.Off.Kind == loan.KindWriteOff {
		return
	}
	left := loan.Sums{l.PrincipalOwed(), l.Before[loan.Interest], l.Before[loan.Fee] + l.Late.Fees + l.Charged[loan.Fee], l.Late.Penalties + l.Charged[loan.Penalty]}
	for c := loan.Interest; c < loan.Components; c++ {
		left[c] += l.Added[c] - l.Paid[c] - l.Waived[c]
	}
	for i := range l.Charges {
		left[l.Charges[i].Component] -= l.Charges[i].Amount - l.Charges[i].Paid
	}
	for i := range l.Plan {
		it := &l.Plan[i]
		for c := range it.Due {
			if it.Paid[c] < 0 || it.Paid[c] > it.Due[c] || c != int(loan.Principal) && it.Extra[c] > it.Due[c] {
				t.Errorf("%s, night %s: instalment %+v", name, b.last, *it)
			}
			if c == int(loan.Principal) {
				left[c] -= it.Due[c] - it.Paid[c]
			} else {
				left[c] += it.Paid[c] - it.Extra[c]
			}
			if c == int(loan.Interest) {
				left[c] += it.More
			}
		}
	}
	if w.product.DailyInterest {
		if left[loan.Principal] > 0 && l.Open.No <= l.Terms.Installments {
			left[loan.Principal] = 0 // it falls due with instalments that are not made yet
		}
		left[loan.Interest] = 0
	}
	if left != (loan.Sums{}) {
		t.Errorf("%s, night %s: the components are out by %v: %+v", name, b.last, left, l.Life)
	}
}

// state is what the book keeps of the loan, without what depends on its nights.
func (b *tinyBook) state() any {
	l := b.load()
	return struct {
		Life                                               loan.Life
		Earned, Fallen, Suspended, LateFees, LatePenalties money.Amount
	}{tidy(l.Life), l.Earned, l.Fallen, l.Suspended, l.LateFees, l.LatePenalties}
}
