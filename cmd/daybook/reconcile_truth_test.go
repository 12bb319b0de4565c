package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/match"
)

// A recRun is a run of reconciliation: after which night, and what came.
type recRun struct {
	night *recNight
	came  []recDelivery
}

// runs divides the deliveries of a world into runs: after some nights, and after the last.
func (w *recWorld) runs(often int) (runs []recRun) {
	given := map[int]bool{}
	for _, n := range w.nights[1:] {
		if n.index < len(w.nights)-1 && (often == 0 || w.Intn(often) > 0) {
			continue
		}
		run := recRun{night: n}
		for i, d := range w.deliveries {
			if d.night <= n.index && !given[i] {
				given[i] = true
				run.came = append(run.came, d)
			}
		}
		runs = append(runs, run)
	}
	return runs
}

// A recState is what a model knows after some runs.
type recState struct {
	w     *recWorld
	books recBooks
	items []*recItem // of the ledger
}

// run runs the model.
func (s *recState) run(r recRun) (*recModel, map[*recStatement]match.State) {
	var came []*recStatement
	for _, d := range r.came {
		came = append(came, d.recStatement)
	}
	states := s.books.load(r.night.date, came)
	var loans []string
	for _, l := range s.w.loans {
		if l.night <= r.night.index {
			loans = append(loans, l.id)
		}
	}
	m := s.w.policy.reconcile(r.night.date, s.books.lines(), s.items, loans, s.books.matches)
	s.books.matches = m.matches
	return m, states
}

func (w *recWorld) items() (all []*recItem) {
	for _, n := range w.nights {
		all = append(all, n.items...)
	}
	return all
}

// recEnv reads a number from the environment.
func recEnv(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// The model finds each planted fault by its name and nothing else, and its identity ties,
// however the statements come.
func TestReconcileModelFindsWhatIsPlanted(t *testing.T) {
	seeds, nights := recEnv("RECONCILE_SEEDS", 8), recEnv("RECONCILE_NIGHTS", 12)
	first := recEnv("RECONCILE_SEED", 1)
	seen := map[string]int{}
	for seed := int64(first); seed < int64(first+seeds); seed++ {
		var open [2]map[string]int64
		for often := range 2 {
			w := newRecWorld(seed, nights)
			s := recState{w: w, items: w.items()}
			for _, r := range w.runs(2 * often) {
				m, _ := s.run(r)
				s.check(t, m, seen)
				open[often] = openAmounts(w, s.books.summary(m, s.items))
			}
		}
		if fmt.Sprint(open[0]) != fmt.Sprint(open[1]) {
			t.Errorf("seed %d: open are %v at once and %v in runs", seed, open[0], open[1])
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if seeds >= 8 && first == 1 {
		for _, kind := range []string{
			"bank_fee", "returned", "swapped_reference", "sign_differs", "currency_differs", "date_differs", "amount_differs", "duplicate_on_bank",
			"ambiguous", "unknown_on_bank", "duplicate_in_ledger", "missing_in_batch", "outstanding", "missing_on_bank", "statement_gap",
			"statement_unbalanced", "sequence_gap", "suspense", "reference", "net_of_fee", "reference_sum", "split", "internal", "loan", "settlement",
			"amount_date", "repayment", "reversal",
		} {
			if seen[kind] == 0 {
				t.Errorf("no %s in %d seeds", kind, seeds)
			}
		}
	}
}

// openAmounts returns what is open, by currency. Where amounts repeat, which of two lines pays
// the fee of a channel may depend on which came first: there it is what is open with the
// fees and differences so far.
func openAmounts(w *recWorld, all map[string]*recSummary) map[string]int64 {
	open := map[string]int64{}
	for currency, s := range all {
		open[currency] = s.outstanding - s.unmatched
		if w.crowded {
			open[currency] += s.fees + s.differences
		}
	}
	return open
}

// check holds a model to the truth of its world and to the identity.
func (s *recState) check(t *testing.T, m *recModel, seen map[string]int) {
	t.Helper()
	for currency, x := range s.books.summary(m, s.items) {
		if x.explained() != x.glBalance-x.glBefore {
			t.Errorf("seed %d, %s, %s: %+v comes to %d", s.w.seed, m.date, currency, *x, x.explained())
		}
	}
	for _, x := range m.matches {
		if x.date == m.date {
			seen[x.pass]++
		}
	}
	found := map[any]*recBreak{}
	for _, b := range append(m.breaks(), s.books.statementBreaks(m.date)...) {
		seen[b.kind]++
		seen[b.suggestion]++
		switch {
		case b.line != nil:
			found[b.line.id] = b
		case b.item != nil:
			found[b.item] = b
		}
	}
	lines := map[string]*recLine{}
	for _, l := range m.lines {
		lines[l.id] = l
		if m.stateOf(l) == "suspense" {
			seen["suspense"]++
		}
	}
	if s.w.crowded {
		return
	}
	s.checkChains(t, seen)
	for _, c := range s.w.cases {
		s.checkCase(t, m, c, lines, found)
	}
}

// checkCase holds the model to how a case ends, once all of it is known.
func (s *recState) checkCase(t *testing.T, m *recModel, c *recCase, lines map[string]*recLine, found map[any]*recBreak) {
	t.Helper()
	kindOf := func(b *recBreak) string {
		if b == nil {
			return ""
		}
		return b.kind
	}
	var got, want, gotItems, wantItems []string
	known, booked := 0, 0
	for i, l := range c.lines {
		if lines[l.id] != nil {
			known++
		}
		got, want = append(got, kindOf(found[l.id])), append(want, c.lineKinds[i])
	}
	for i, x := range c.items {
		if x.business <= m.date {
			booked++
		}
		kind := c.itemKinds[i]
		if kind == "missing_on_bank" && m.date-x.value <= m.outstandingDay {
			kind = "outstanding"
		}
		gotItems, wantItems = append(gotItems, kindOf(found[x])), append(wantItems, kind)
	}
	switch {
	case booked < len(c.items):
		return
	case known == 0 && len(c.lines) > 0:
		for i, x := range c.items {
			wantItems[i] = agedKind(m, x)
		}
		got, want = nil, nil
	case known < len(c.lines):
		return
	}
	if c.alike {
		slices.Sort(got)
		slices.Sort(want)
		slices.Sort(gotItems)
		slices.Sort(wantItems)
	}
	if !slices.Equal(got, want) || !slices.Equal(gotItems, wantItems) {
		t.Errorf("seed %d, %s: %s: lines are %q, want %q; items are %q, want %q%s", s.w.seed, m.date, c.name, got, want, gotItems, wantItems, c.tell(lines))
	}
	for i, x := range c.items {
		if l := c.lines; x.kind == "hold" && known == len(l) && (m.stateOf(lines[l[i].id]) == "suspense") != (x.releasedOn == civil.None || m.date < x.releasedOn) {
			t.Errorf("seed %d, %s: %s: the line is %s%s", s.w.seed, m.date, c.name, m.stateOf(lines[l[i].id]), c.tell(lines))
		}
		if by := m.itemIn[x]; by != nil && c.pass != "" && by.pass != c.pass {
			t.Errorf("seed %d, %s: %s: matched by %s, want %s%s", s.w.seed, m.date, c.name, by.pass, c.pass, c.tell(lines))
		}
	}
}

func agedKind(m *recModel, x *recItem) string {
	if m.date-x.value <= m.outstandingDay {
		return "outstanding"
	}
	return "missing_on_bank"
}

// tell shows a case.
func (c *recCase) tell(lines map[string]*recLine) (text string) {
	for _, x := range c.items {
		text += fmt.Sprintf("\n  item %+v", *x)
	}
	for _, l := range c.lines {
		text += fmt.Sprintf("\n  line of %s: %+v", l.account, l.Line)
		if lines[l.id] == nil {
			text += " unknown"
		}
	}
	return text
}

// checkChains holds what does not tie in statements to what the bank kept back and did wrong.
func (s *recState) checkChains(t *testing.T, seen map[string]int) {
	t.Helper()
	loaded := map[string]*recStatement{}
	for _, chain := range s.books.chains() {
		for _, x := range chain {
			loaded[x.key] = x
		}
	}
	for _, a := range s.w.accounts {
		var before *recStatement
		for _, day := range a.days {
			for _, x := range day {
				got := loaded[x.key]
				if got == nil {
					continue
				}
				sum := int64(0)
				for _, l := range x.lines {
					sum += int64(l.Amount)
				}
				off, gap, skipped := int64(x.Closing.Amount-x.Opening.Amount)-sum, int64(0), false
				if before != nil {
					gap = int64(x.Opening.Amount - before.Closing.Amount)
					was, is := atoi(before.Number), atoi(x.Number)
					skipped = gap == 0 && is != was+1 && is != 1 && (is != was || x.ClosingDate != before.ClosingDate)
				}
				if got.off != off || got.gap != gap || got.sequenceGap != skipped {
					t.Errorf("seed %d: %s of %s: off by %d, gap %d, %t, want %d, %d, %t", s.w.seed, x.key, x.ClosingDate, got.off, got.gap, got.sequenceGap,
						off, gap, skipped)
				}
				if skipped {
					seen["sequence_gap"]++
				}
				before = x
			}
		}
	}
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// Fees are rounded half to even.
func TestReconcileFees(t *testing.T) {
	f := recFee{rate: 5_000_000, fixed: 10}
	for amount, want := range map[int64]int64{100: 20, 300: 22, 500: 22, 500_00: 270, 501: 23, -100: 20, -300: 18, 99: 20} {
		if got := f.of(amount, 2); got != want {
			t.Errorf("fee of %d is %d, want %d", amount, got, want)
		}
	}
}
