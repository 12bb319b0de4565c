//go:build unix

package batch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"daybook/batch/book"
	"daybook/batch/verify"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/store"
)

// The simulator drives a book through nights of every kind of event, with stops,
// reruns and repeated files, and after each night proves every promise: verify is
// silent, the control totals tie, each row that does not hold is rejected for its
// reason, and each loan is what its own life, run from its beginning by what the
// simulator knows, says. Loans of the plain product draw only kinds that the naive
// model knows, and are told by it alone; lives of the others are run by [loan.Run].
//
//	SIMULATE_SEED=7 SIMULATE_NIGHTS=500 go test -run Simulator ./batch

type simulator struct {
	t       testing.TB
	l       *lender
	r       *rand.Rand
	day     civil.Date
	loans   map[string]*simLoan
	names   []string
	events  int
	rows    map[string]string // tonight's adjustments: id by file and row
	refused map[string]string // and why some of them do not hold, by id
	corrupt bool              // forget one event on purpose
}

type simLoan struct {
	file   loanFile
	terms  loan.Terms
	events []loan.Event // that were applied, and tonight's
	stand  int          // how many of them an earlier night applied

	waiting []loan.Event // money that it refused, which each night tries again
}

func (x *simLoan) plain() bool { return x.file.Product == "plain" }

const simulatedPolicy = `
format_version: 1
name: simulated
classification: {non_performing_from: substandard}
products:
  default:
    late_charges:
      penalty_interest: {rate_multiplier: 1.5, on: [principal], day_count: ACT/360, grace_days: 1, wait_days: 2}
      fixed_fee: {amount: 5.00, wait_days: 4}
    settle: {fee_rate: 0.01}
    allocation:
      - when: {kind: goodwill}
        order: [interest, fee, penalty, principal]
        in_advance: last_installment
      - order: [penalty, fee, interest, principal]
        in_advance: hold_as_credit
  daily:
    interest: daily
    day_count: ACT/365F
    allocation:
      - when: {kind: goodwill}
        order: [interest, fee, penalty, principal]
        in_advance: prepay_principal
      - order: [penalty, fee, interest, principal]
        in_advance: hold_as_credit
  plain:
    late_charges: {}
    settle: {}
    allocation:
      - when: {days_past_due: "> 90"}
        order: [principal, interest, fee, penalty]
        mode: vertical
        in_advance: hold_as_credit
      - order: [penalty, fee, interest, principal]
        in_advance: hold_as_credit
`

func newSimulator(t testing.TB, seed uint64) *simulator {
	s := &simulator{t: t, l: newLender(t), r: rand.New(rand.NewPCG(seed, 1)), day: civil.Of(2025, 1, 15), loans: map[string]*simLoan{}}
	s.l.policy(simulatedPolicy)
	return s
}

// night makes the files of a night, closes it, perhaps only at the second attempt,
// and checks.
func (s *simulator) night() {
	t, in := s.t, s.l.in(s.day.String())
	var loans []loanFile
	for range s.r.IntN(12) {
		name := crowded(fmt.Sprintf("L%04d", len(s.names)))
		f := loanFile{
			LoanID: name, BorrowerID: fmt.Sprint("B", s.r.IntN(50)), Product: []string{"default", "default", "daily", "plain"}[s.r.IntN(4)],
			Currency: "CNY", Principal: 10_000 + s.r.Int64N(500_000), Fee: ptr(int64(s.r.IntN(2) * 150)),
			DisbursedOn: int32(s.day) - int32(s.r.IntN(40)), Installments: 3 + int32(s.r.IntN(10)), AnnualRate: s.r.Int64N(240_000_000),
			Method: ptr([]string{"annuity", "equal_principal", "flat", "interest_only"}[s.r.IntN(4)]), DayCount: ptr("ACT/365F"), Frequency: ptr([]string{"1M", "14D"}[s.r.IntN(2)]),
		}
		f.FirstDueOn = f.DisbursedOn + 1 + int32(s.r.IntN(40))
		loans = append(loans, f)
		s.names = append(s.names, name)
		s.loans[name] = &simLoan{file: f, terms: simTerms(t, f)}
	}
	repayments, adjustments := s.makeEvents()
	s.rows = map[string]string{}
	for i := range adjustments {
		s.rows[fmt.Sprintf("adjustments-1.parquet:%d", i)] = adjustments[i].AdjustmentID
	}
	write(t, in, "loans-1", loans)
	write(t, in, "repayments-1", repayments)
	if len(repayments) > 0 && s.r.IntN(3) == 0 {
		write(t, in, "repayments-again", repayments) // delivered twice
	}
	write(t, in, "adjustments-1", adjustments)
	if s.r.IntN(3) == 0 {
		s.stop()
	}
	s.l.close(s.day.String())
	s.l.nights = append(s.l.nights, s.day.String())
	s.l.o.Policy = nil // from the second night on the book's own
	products := s.products()
	s.decide(products)
	s.check(products)
	s.day += 1 + civil.Date(s.r.IntN(20))
}

func simTerms(t testing.TB, f loanFile) loan.Terms {
	method, _ := loan.ParseMethod(*f.Method)
	frequency, _ := loan.ParseFrequency(*f.Frequency)
	terms := loan.Terms{
		Principal: money.Amount(f.Principal), Rate: money.Rate(f.AnnualRate), DisbursedOn: civil.Date(f.DisbursedOn),
		FirstDueOn: civil.Date(f.FirstDueOn), Installments: f.Installments, Frequency: frequency, Method: method, DayCount: civil.Act365F,
		Fee: money.Amount(*f.Fee),
	}
	terms.Level = new(loan.Annuities).Level(&terms, loan.Rounding{})
	return terms
}

// plainKinds are those that the naive model knows; a kind that stands twice is drawn
// twice as often.
var (
	plainKinds = []loan.Kind{
		loan.KindFee, loan.KindPenalty, loan.KindGoodwill, loan.KindReversal, loan.KindWaiver, loan.KindWaiver, loan.KindRefund, loan.KindPause, loan.KindRecovery,
		loan.KindSettle, loan.KindSettle, loan.KindChargeback, loan.KindChargeOff, loan.KindWriteOff,
	}
	simKinds = append([]loan.Kind{loan.KindPrepay, loan.KindPrepay, loan.KindRestructure}, plainKinds...)
)

// makeEvents deals out events, most of them with a value date of some days ago. The
// adjustments among them may hold or not.
func (s *simulator) makeEvents() (repayments []repaymentFile, adjustments []adjustmentFile) {
	for _, name := range s.names {
		x := s.loans[name]
		add := func(e loan.Event) {
			s.events++
			e.ID = fmt.Appendf(nil, "E%06d", s.events)
			x.events = append(x.events, e)
			if e.Kind == loan.KindRepayment {
				repayments = append(repayments, repaymentFile{string(e.ID), name, int32(e.ValueDate), int64(e.Amount), "CNY"})
			} else {
				adjustments = append(adjustments, adjustmentOf(name, &e))
			}
		}
		for range s.r.IntN(3) {
			from := max(int(x.terms.DisbursedOn), int(s.day)-25)
			e := loan.Event{
				Kind: loan.KindRepayment, ValueDate: civil.Date(from + s.r.IntN(int(s.day)-from+1)), Amount: money.Amount(100 + s.r.Int64N(60_000)), Rate: -1,
			}
			if due := x.terms.DueOn(1 + int32(s.r.IntN(4))); s.r.IntN(3) == 0 && int(due) >= from && due <= s.day {
				e.ValueDate = due
			}
			if s.r.IntN(14) < 8 {
				add(e)
				continue
			}
			kinds := simKinds
			if x.plain() {
				kinds = plainKinds
			}
			if e.Kind = kinds[s.r.IntN(len(kinds))]; !s.refine(x, &e) {
				continue
			}
			if e.Kind == loan.KindSettle && s.r.IntN(2) == 0 {
				add(loan.Event{Kind: loan.KindRepayment, ValueDate: e.ValueDate, Amount: 2 * x.terms.Principal, Rate: -1})
			}
			add(e)
		}
	}
	return repayments, adjustments
}

// refine gives an event what its kind needs; false says that there is none of the
// kind for the loan.
func (s *simulator) refine(x *simLoan, e *loan.Event) bool {
	amount := e.Amount
	switch e.Kind {
	case loan.KindFee, loan.KindPenalty:
		e.Amount = amount%3000 + 1
	case loan.KindWaiver:
		e.Amount, e.Component = amount%900+1, loan.Component(s.r.IntN(int(loan.Components)))
		if e.Component == loan.Principal {
			e.Choice = loan.PrincipalForgiveness
		}
	case loan.KindRefund:
		e.Amount = amount%6000 + 1
	case loan.KindPrepay:
		e.Choice = loan.ShorterTerm + loan.Choice(s.r.IntN(2))
	case loan.KindReversal, loan.KindChargeback:
		e.Target = s.target(x, e.Kind == loan.KindChargeback)
		if e.Kind == loan.KindReversal {
			e.Amount = 0
		} else {
			e.Amount = amount%20_000 + 1
		}
		return e.Target != nil
	case loan.KindPause:
		e.Amount, e.Until = 0, e.ValueDate+10
		if !x.plain() && s.r.IntN(3) == 0 {
			e.Choice = loan.Shift
		}
	case loan.KindRestructure:
		e.Amount, e.Choice, e.Installments = 0, loan.Reage+loan.Choice(s.r.IntN(3)), 1+int32(s.r.IntN(6))
		if e.Choice == loan.Reage || s.r.IntN(2) == 0 {
			e.FirstDueOn = e.ValueDate + 1 + civil.Date(s.r.IntN(40))
		}
		if s.r.IntN(3) == 0 {
			e.Rate = 70_000_000
		}
	case loan.KindSettle:
		e.Amount = 0
	case loan.KindRecovery:
		off, ok := x.offOn()
		if ok {
			e.ValueDate = max(e.ValueDate, off)
		}
		return ok || s.r.IntN(6) == 0
	case loan.KindChargeOff, loan.KindWriteOff:
		e.Amount = 0
		return s.r.IntN(3) == 0
	}
	return true
}

// adjustmentOf is an event as a row of its file.
func adjustmentOf(name string, e *loan.Event) adjustmentFile {
	a := adjustmentFile{AdjustmentID: string(e.ID), LoanID: name, Kind: e.Kind.String(), ValueDate: int32(e.ValueDate)}
	if e.Amount > 0 {
		a.Amount = ptr(int64(e.Amount))
	}
	if e.Kind == loan.KindWaiver {
		a.Component = ptr(e.Component.String())
	}
	if e.Choice != loan.NoChoice {
		a.Choice = ptr(e.Choice.String())
	}
	if e.Target != nil {
		a.TargetID = ptr(string(e.Target))
	}
	if e.Until > 0 {
		a.Until = ptr(int32(e.Until))
	}
	if e.Installments > 0 {
		a.Installments = ptr(e.Installments)
	}
	if e.FirstDueOn > 0 {
		a.FirstDueOn = ptr(int32(e.FirstDueOn))
	}
	if e.Rate >= 0 {
		a.AnnualRate = ptr(int64(e.Rate))
	}
	return a
}

// target picks an event that no event has reversed, with money or of any kind.
func (s *simulator) target(x *simLoan, money bool) []byte {
	for range 5 {
		if len(x.events) == 0 {
			return nil
		}
		e := x.events[s.r.IntN(len(x.events))]
		skip := e.Kind == loan.KindReversal
		for _, o := range x.events {
			skip = skip || o.Kind == loan.KindReversal && string(o.Target) == string(e.ID)
		}
		switch e.Kind {
		case loan.KindRepayment, loan.KindGoodwill, loan.KindPrepay, loan.KindRecovery:
		default:
			skip = skip || money
		}
		if !skip {
			return e.ID
		}
	}
	return nil
}

// offOn returns the date of a charge-off or write-off among the loan's events.
func (x *simLoan) offOn() (civil.Date, bool) {
	for i := range x.events {
		if k := x.events[i].Kind; k == loan.KindChargeOff || k == loan.KindWriteOff {
			return x.events[i].ValueDate, true
		}
	}
	return civil.None, false
}

// stop begins the night and stops it: cancelled or killed (SIGKILL) at a boundary,
// or because a file can't grow any more, as on a full disk.
func (s *simulator) stop() {
	at, kind := boundaries[s.r.IntN(len(boundaries))], s.r.IntN(3)
	if len(s.l.nights) == 0 {
		kind = 0 // a process of its own finds the policy in the book, which is not there yet
	}
	switch kind {
	case 0:
		s.cancel(at)
	case 1:
		if text, err := runProcess(s.l.dir, s.day.String(), "DAYBOOK_KILL_AT="+at); err == nil || text != "" {
			s.t.Fatalf("%s, to be killed when %s: %v %s", s.day, at, err, text)
		}
	case 2:
		limit := s.r.IntN(1 << (6 + s.r.IntN(12)))
		if text, err := runProcess(s.l.dir, s.day.String(), fmt.Sprint("DAYBOOK_FILE_LIMIT=", limit)); err != nil && text == "" {
			s.t.Fatalf("%s, with files of %d bytes: %v without a word", s.day, limit, err)
		}
	}
	if len(s.l.nights) > 0 { // else there is no book yet
		verifySilent(s.t, s.l)
	}
}

func (s *simulator) cancel(at string) {
	ctx, cancel := context.WithCancel(s.t.Context())
	defer cancel()
	o := s.l.o
	o.In, o.Date = s.l.in(s.day.String()), s.day
	o.At = func(boundary string) {
		if boundary == at {
			cancel()
		}
	}
	if _, err := Close(ctx, o); err != nil && !errors.Is(err, context.Canceled) {
		s.t.Fatalf("%s, stopped when %s: %v", s.day, at, err)
	}
}

// products returns the rules of the book on the night.
func (s *simulator) products() map[string]*loan.Product {
	b, err := store.OpenReadOnly(s.l.o.Book, store.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	defer b.Close()
	set, err := book.Policies(b)
	if err != nil {
		s.t.Fatal(err)
	}
	byName := map[string]*loan.Product{}
	for _, p := range set.RulesAt(s.day).Products {
		byName[p.Name] = &p
	}
	return byName
}

// decide finds which of tonight's events do not hold, and compares the rejects.
func (s *simulator) decide(products map[string]*loan.Product) {
	s.refused = map[string]string{}
	for _, name := range s.names {
		x := s.loans[name]
		x.events, x.waiting = append(x.events, x.waiting...), nil
		refuse := func(id, reason string) {
			s.refused[id] = reason
			x.events = slices.DeleteFunc(x.events, func(e loan.Event) bool {
				if string(e.ID) == id && e.Kind.BringsMoney() {
					x.waiting = append(x.waiting, e)
				}
				return string(e.ID) == id
			})
		}
		stands := map[string]bool{}
		for i := range x.stand {
			stands[string(x.events[i].ID)] = true
		}
		run := func(events []naiveEvent, stands func(id string) bool) map[string]string {
			if x.plain() {
				_, refused := naiveRun(x.file, events, stands, int32(s.day))
				return refused
			}
			return x.refusedOf(events, stands, products[x.file.Product], s.day)
		}
		for id, reason := range naiveNight(naiveEvents(x.events), func(id string) bool { return stands[id] }, run) {
			refuse(id, reason)
		}
		x.stand = len(x.events)
	}
	rejects := s.l.rejects(s.day.String())
	for row, id := range s.rows {
		if got, want := rejects[row], s.refused[id]; got != want {
			s.t.Errorf("%s: %s, %s, is rejected as %q, want %q", s.day, row, id, got, want)
		}
		delete(rejects, row)
	}
	for row, reason := range rejects {
		s.t.Errorf("%s: %s is rejected as %q", s.day, row, reason)
	}
}

// check proves the night.
func (s *simulator) check(products map[string]*loan.Product) {
	s.t.Helper()
	verifySilent(s.t, s.l)
	tape := s.l.tape(s.day.String())
	for _, name := range s.names {
		x := s.loans[name]
		events := x.events
		if s.corrupt && len(events) > 2 {
			events = events[1:]
		}
		for column, w := range s.tells(name, events, products) {
			if got := tape[name][column]; got != w {
				s.t.Errorf("%s %s: %s is %q, its life says %q", s.day, name, column, got, w)
			}
		}
	}
}

// tells returns the columns of a loan's row that its life tells.
func (s *simulator) tells(name string, events []loan.Event, products map[string]*loan.Product) map[string]string {
	x := s.loans[name]
	if x.plain() {
		l, _ := naiveRun(x.file, naiveEvents(events), func(string) bool { return true }, int32(s.day))
		row, _ := l.close(int32(s.day))
		return row
	}
	told := simulate(name, x.terms, events, func(string) bool { return true }, products[x.file.Product], s.day)
	l, f := told.loan, told.figures
	return map[string]string{
		"principal_outstanding": f.Outstanding[loan.Principal].Text(2), "interest_outstanding": f.Outstanding[loan.Interest].Text(2),
		"fees_outstanding": f.Outstanding[loan.Fee].Text(2), "penalties_outstanding": f.Outstanding[loan.Penalty].Text(2),
		"past_due_amount": f.PastDue.Text(2), "credit_balance": l.Credit.Text(2), "days_past_due": fmt.Sprint(f.DaysPastDue),
		"charged_off": l.Off.Amount.Text(2), "recovered": l.Off.Recovered.Text(2), "next_due_on": f.NextDueOn.String(),
	}
}

// naiveEvents are events as the naive model has them.
func naiveEvents(events []loan.Event) (list []naiveEvent) {
	for i := range events {
		e := &events[i]
		n := naiveEvent{
			kind: e.Kind.String(), id: string(e.ID), target: string(e.Target), on: int32(e.ValueDate), amount: int64(e.Amount),
			component: e.Component.String(), choice: e.Choice.String(), until: int32(e.Until),
		}
		list = append(list, n)
	}
	return list
}

// A told is what a life tells.
type told struct {
	loan            *loan.Loan
	figures         loan.Figures
	refused, reason string // the first event that does not hold and does not stand
}

// refusedOf runs a life of some of the loan's events again and again, each time without
// the first that does not hold.
func (x *simLoan) refusedOf(some []naiveEvent, stands func(id string) bool, product *loan.Product, day civil.Date) map[string]string {
	refused, in := map[string]string{}, map[string]bool{}
	for _, e := range some {
		in[e.id] = true
	}
	for {
		events := slices.DeleteFunc(slices.Clone(x.events), func(e loan.Event) bool { return !in[string(e.ID)] })
		told := simulate(x.file.LoanID, x.terms, events, stands, product, day)
		if told.refused == "" {
			return refused
		}
		refused[told.refused], in[told.refused] = told.reason, false
	}
}

// simulate runs a life from its beginning; of its events those that stand hold whatever
// was before them.
func simulate(name string, terms loan.Terms, events []loan.Event, stands func(id string) bool, product *loan.Product, day civil.Date) (x told) {
	l := &loan.Loan{ID: []byte(name), Terms: terms}
	x.loan = l
	reversed := map[string]bool{}
	for _, e := range events {
		if e.Kind == loan.KindReversal {
			reversed[string(e.Target)] = true
		}
	}
	var life []loan.Event
	for _, e := range events {
		if e.Kind != loan.KindReversal && !reversed[string(e.ID)] {
			life = append(life, e)
		}
	}
	sortEvents(life)
	var run loan.Run
	run.Replay(l, product, nil, &loan.Log{})
	for i := range life {
		if stands(string(life[i].ID)) {
			run.Again(&life[i])
		} else if reason := run.Apply(&life[i]); reason != loan.OK {
			x.refused, x.reason = string(life[i].ID), reason.Code()
			return x
		}
	}
	run.Advance(day)
	x.figures = run.Close(day)
	return x
}

func sortEvents(life []loan.Event) {
	slices.SortFunc(life, func(a, b loan.Event) int { return a.Compare(&b) })
}

func TestSimulator(t *testing.T) {
	seed, nights := uint64(1), 14
	if s := os.Getenv("SIMULATE_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	if s := os.Getenv("SIMULATE_NIGHTS"); s != "" {
		nights, _ = strconv.Atoi(s)
	}
	s := newSimulator(t, seed)
	for n := range nights {
		s.night()
		if t.Failed() {
			t.Fatalf("night %d; run again with SIMULATE_SEED=%d SIMULATE_NIGHTS=%d", n+1, seed, n+1)
		}
	}
}

// TestSimulatorFindsPlantedFault: where one event is forgotten, or a record is
// changed, the checks say so; so does the naive model on its own.
func TestSimulatorFindsPlantedFault(t *testing.T) {
	quiet := &quietTB{TB: t}
	s := newSimulator(t, 3)
	for range 5 {
		s.night()
	}
	s.t, s.corrupt = quiet, true
	s.day, _ = civil.Parse(s.l.nights[len(s.l.nights)-1])
	all := s.names
	for _, plain := range []bool{false, true} {
		quiet.errors, s.names = 0, nil
		for _, name := range all {
			if s.loans[name].plain() == plain {
				s.names = append(s.names, name)
			}
		}
		s.check(s.products())
		if quiet.errors == 0 {
			t.Errorf("an event that was forgotten is not found, of plain loans: %t", plain)
		}
	}
	// A byte of a table.
	tables, err := filepath.Glob(filepath.Join(s.l.o.Book, "db", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatal("no tables", err)
	}
	data, err := os.ReadFile(tables[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/3] ^= 1
	if err := os.WriteFile(tables[0], data, 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := store.OpenReadOnly(s.l.o.Book, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	v, err := verify.Book(t.Context(), b, 1)
	if err == nil && len(v.Faults) == 0 {
		t.Error("a flipped bit is not found")
	}
}

// A quietTB counts errors instead of failing the test.
type quietTB struct {
	testing.TB
	errors int
}

func (q *quietTB) Errorf(string, ...any) { q.errors++ }
func (q *quietTB) Helper()               {}
