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

	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
)

// The simulator drives a book through nights of every kind of event, with stops,
// reruns and repeated files, and after each night proves every promise: verify is
// silent, the control totals tie, and each loan is what its own life, run from its
// beginning by what the simulator knows, says.
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
	corrupt bool // forget one event on purpose
}

type simLoan struct {
	terms  loan.Terms
	events []loan.Event
	off    bool
}

const simulatedPolicy = `
format_version: 1
name: simulated
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
		name := fmt.Sprintf("L%04d", len(s.names))
		f := loanFile{
			LoanID: name, BorrowerID: fmt.Sprint("B", s.r.IntN(50)), Product: "default", Currency: "CNY", Principal: 10_000 + s.r.Int64N(500_000),
			DisbursedOn: int32(s.day) - int32(s.r.IntN(40)), Installments: 3 + int32(s.r.IntN(10)), AnnualRate: s.r.Int64N(240_000_000),
			Method: ptr([]string{"annuity", "equal_principal", "flat", "interest_only"}[s.r.IntN(4)]), DayCount: ptr("ACT/365F"), Frequency: ptr([]string{"1M", "14D"}[s.r.IntN(2)]),
		}
		f.FirstDueOn = f.DisbursedOn + 1 + int32(s.r.IntN(40))
		loans = append(loans, f)
		s.names = append(s.names, name)
		s.loans[name] = &simLoan{terms: simTerms(t, f)}
	}
	repayments, adjustments := s.makeEvents()
	write(t, in, "loans-1", loans)
	write(t, in, "repayments-1", repayments)
	if len(repayments) > 0 && s.r.IntN(3) == 0 {
		write(t, in, "repayments-again", repayments) // delivered twice
	}
	write(t, in, "adjustments-1", adjustments)
	if s.r.IntN(3) == 0 {
		s.stop()
	}
	sum := s.l.close(s.day.String())
	s.l.nights = append(s.l.nights, s.day.String())
	if n, bad := int64(0), sum.Above; bad {
		for row, reason := range s.l.rejects(s.day.String()) {
			n++
			t.Errorf("%s: %s is rejected: %s", s.day, row, reason)
		}
	}
	s.l.o.Policy = nil // from the second night on the book's own
	s.check()
	s.day += 1 + civil.Date(s.r.IntN(20))
}

func simTerms(t testing.TB, f loanFile) loan.Terms {
	method, _ := loan.ParseMethod(*f.Method)
	frequency, _ := loan.ParseFrequency(*f.Frequency)
	terms := loan.Terms{
		Principal: money.Amount(f.Principal), Rate: money.Rate(f.AnnualRate), DisbursedOn: civil.Date(f.DisbursedOn),
		FirstDueOn: civil.Date(f.FirstDueOn), Installments: f.Installments, Frequency: frequency, Method: method, DayCount: civil.Act365F,
	}
	terms.Level = new(loan.Annuities).Level(&terms, loan.Rounding{})
	return terms
}

// makeEvents deals out events that hold, most of them with a value date of some
// days ago.
func (s *simulator) makeEvents() (repayments []repaymentFile, adjustments []adjustmentFile) {
	for _, name := range s.names {
		x := s.loans[name]
		for range s.r.IntN(3) {
			s.events++
			id := fmt.Sprintf("E%06d", s.events)
			from := max(int(x.terms.DisbursedOn), int(s.day)-25)
			on := civil.Date(from + s.r.IntN(int(s.day)-from+1))
			amount := money.Amount(100 + s.r.Int64N(60_000))
			e := loan.Event{ID: []byte(id), ValueDate: on, Amount: amount, Rate: -1}
			a := adjusts(s.t, id, name, "", on.String())
			a.Amount = ptr(int64(amount))
			switch k := s.r.IntN(14); {
			case k < 8:
				e.Kind = loan.KindRepayment
				repayments = append(repayments, repaymentFile{id, name, int32(on), int64(amount), "CNY"})
				x.events = append(x.events, e)
				continue
			case x.off:
				continue
			case k == 8:
				e.Kind, e.Amount = loan.KindFee, amount%3000+1
				a.Amount = ptr(int64(e.Amount))
			case k == 9:
				e.Kind, e.Amount = loan.KindPenalty, amount%3000+1
				a.Amount = ptr(int64(e.Amount))
			case k == 10:
				e.Kind = loan.KindGoodwill
			case k == 11:
				e.Kind, e.Choice = loan.KindPrepay, loan.ShorterTerm
				a.Choice = ptr("shorter_term")
			case k == 12:
				target := s.target(x)
				if target == nil {
					continue
				}
				e.Kind, e.Amount, e.Target = loan.KindReversal, 0, target
				a.Amount, a.TargetID = nil, ptr(string(target))
			case s.r.IntN(12) == 0:
				e.Kind, e.Amount, e.ValueDate = loan.KindChargeOff, 0, s.day
				a.Amount, a.ValueDate, x.off = nil, int32(s.day), true
			default:
				e.Kind, e.Amount, e.Until = loan.KindPause, 0, on+10
				a.Amount, a.Until = nil, ptr(int32(on+10))
			}
			a.Kind = e.Kind.String()
			adjustments = append(adjustments, a)
			x.events = append(x.events, e)
		}
	}
	return repayments, adjustments
}

// target picks a payment that no event has reversed.
func (s *simulator) target(x *simLoan) []byte {
	for range 5 {
		if len(x.events) == 0 {
			return nil
		}
		e := x.events[s.r.IntN(len(x.events))]
		reversed := false
		for _, o := range x.events {
			reversed = reversed || string(o.Target) == string(e.ID)
		}
		if e.Kind == loan.KindRepayment && !reversed {
			return e.ID
		}
	}
	return nil
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
		if text, err := run(s.l.dir, s.day.String(), "DAYBOOK_KILL_AT="+at); err == nil || text != "" {
			s.t.Fatalf("%s, to be killed when %s: %v %s", s.day, at, err, text)
		}
	case 2:
		limit := s.r.IntN(1 << (6 + s.r.IntN(12)))
		if text, err := run(s.l.dir, s.day.String(), fmt.Sprint("DAYBOOK_FILE_LIMIT=", limit)); err != nil && text == "" {
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

// check proves the night.
func (s *simulator) check() {
	s.t.Helper()
	verifySilent(s.t, s.l)
	set, err := bookPolicies(openRead(s.t, s.l))
	if err != nil {
		s.t.Fatal(err)
	}
	product := productsAt(set, s.day)[0]
	tape := s.l.tape(s.day.String())
	for _, name := range s.names {
		x := s.loans[name]
		events := x.events
		if s.corrupt && len(events) > 2 {
			events = events[1:]
		}
		l, f := simulate(name, x.terms, events, &product, s.day)
		want := map[string]string{
			"principal_outstanding": f.Outstanding[loan.Principal].Text(2), "interest_outstanding": f.Outstanding[loan.Interest].Text(2),
			"fees_outstanding": f.Outstanding[loan.Fee].Text(2), "penalties_outstanding": f.Outstanding[loan.Penalty].Text(2),
			"past_due_amount": f.PastDue.Text(2), "credit_balance": l.Credit.Text(2), "days_past_due": fmt.Sprint(f.DaysPastDue),
			"charged_off": l.Off.Amount.Text(2), "recovered": l.Off.Recovered.Text(2), "next_due_on": f.NextDueOn.String(),
		}
		for column, w := range want {
			if got := tape[name][column]; got != w {
				s.t.Errorf("%s %s: %s is %q, its life says %q", s.day, name, column, got, w)
			}
		}
	}
}

// simulate runs a life from its beginning.
func simulate(name string, terms loan.Terms, events []loan.Event, product *loan.Product, day civil.Date) (*loan.Loan, loan.Figures) {
	l := &loan.Loan{ID: []byte(name), Terms: terms}
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
		run.Again(&life[i])
	}
	run.Advance(day)
	return l, run.Close(day)
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
// changed, the checks say so.
func TestSimulatorFindsPlantedFault(t *testing.T) {
	quiet := &quietTB{TB: t}
	s := newSimulator(t, 3)
	for range 3 {
		s.night()
	}
	s.t, s.corrupt = quiet, true
	s.day, _ = civil.Parse(s.l.nights[2])
	s.check()
	if quiet.errors == 0 {
		t.Error("an event that was forgotten is not found")
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
	v, err := Verify(t.Context(), openRead(t, s.l), 1)
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
