package night

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"daybook/batch/policy"
	"daybook/ledger"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/ledger/record"
)

// A tinyBook is one loan as the book keeps it: its record and its journal entries
// by night, through the store's own codec.
type tinyBook struct {
	t       *testing.T
	product loan.Product
	plan    []loan.Installment // explicit, or nil
	record  []byte
	journal map[civil.Date][]byte
	last    civil.Date
	gl      [ledger.Roles]money.Amount
	earlier []Grading
	seen    func(*Processor, *loan.Loan, *Result) // what a night did, where one looks
	prepare func(*Rules)                          // changes a night's rules
}

var builtinPolicy = sync.OnceValues(func() (*policy.Policy, error) { return policy.Builtin(policy.Default) })

// close runs one night; it returns the outcomes of its events.
func (b *tinyBook) close(d civil.Date, terms *loan.Terms, events []loan.Event) []loan.Reason {
	b.t.Helper()
	builtin, err := builtinPolicy()
	if err != nil {
		b.t.Fatal(err)
	}
	rules := &Rules{Date: d, Previous: b.last, Products: []loan.Product{b.product}, Scale: []int64{1}, Aging: builtin.Aging, Score: builtin.Score, Earlier: b.earlier}
	for _, g := range b.earlier {
		if d <= g.Until {
			rules.Aging, rules.Score, rules.Earlier = *g.Aging, *g.Score, nil
		}
	}
	if b.prepare != nil {
		b.prepare(rules)
	}
	p := NewProcessor(rules)
	var l loan.Loan
	in := Input{Loan: &l, Events: events}
	if b.record == nil {
		l = loan.Loan{ID: []byte("L"), Borrower: []byte("B"), Terms: *terms, BookedOn: d, OpeningScore: 600}
		in.Plan = slices.Clone(b.plan)
		l.Begin(in.Plan)
		in.Booked = true
	} else {
		if err := record.DecodeLoan(b.record, &l); err != nil {
			b.t.Fatal(err)
		}
		l.ID = []byte("L")
		if p.NeedsHistory(&Input{Loan: &l, Events: events}) {
			in.History = b.history(&l)
		}
	}
	if !in.Booked && len(events) == 0 {
		b.quiet(d)
	}
	r := p.Process(&in)
	b.count(p, r.Log)
	if r.Touched {
		var applied []*loan.Event
		if in.Booked {
			applied = append(applied, &loan.Event{Kind: loan.KindBooking, ValueDate: l.Terms.DisbursedOn, ID: l.ID, Plan: in.Plan})
		}
		for _, i := range r.Applied {
			applied = append(applied, &events[i])
		}
		b.journal[d] = record.AppendLoanNight(nil, l.LastEntryOn, 0, applied, r.Log)
		l.LastEntryOn = d
	}
	before := b.record
	b.record, b.last = record.AppendLoan(nil, &l), d
	if r.Passed {
		if got, ok := record.AppendPassed(nil, before, &l); !ok || !bytes.Equal(got, b.record) {
			b.t.Errorf("%s: a loan that only time has passed is passed on as\n%x, want\n%x", d, got, b.record)
		}
	}
	b.check(&l)
	if b.seen != nil {
		b.seen(p, &l, r)
	}
	return slices.Clone(r.Outcomes)
}

// quiet holds the short way of a loan to which nothing happens to the general one.
func (b *tinyBook) quiet(d civil.Date) {
	b.t.Helper()
	var short, long loan.Loan
	for _, l := range []*loan.Loan{&short, &long} {
		if err := record.DecodeLoan(b.record, l); err != nil {
			b.t.Fatal(err)
		}
	}
	got, ok := loan.Quiet(&short, &b.product, d)
	if !ok {
		if record.DecodeLoan(b.record, &long); !reflect.DeepEqual(short, long) {
			b.t.Errorf("%s: what is not quiet was changed to\n%+v, from\n%+v", d, short, long)
		}
		return
	}
	quietNights.Add(1)
	var run loan.Run
	var log loan.Log
	run.Start(&long, &b.product, &log)
	run.Advance(d)
	if want := run.Close(d); got != want || !reflect.DeepEqual(short, long) || log.Len() > 0 {
		b.t.Errorf("%s: a quiet night comes to\n%+v, %+v\nand in the general way to\n%+v, %+v, with %d entries", d, got, short, want, long, log.Len())
	}
}

// quietNights is how many nights were quiet.
var quietNights atomic.Int64

func (b *tinyBook) count(p *Processor, log *loan.Log) {
	b.t.Helper()
	for i := range log.Len() {
		e := log.Entry(i)
		if e.Sum() != 0 {
			b.t.Errorf("%s entry is off by %d", e.Kind, e.Sum())
		}
		for _, x := range e.Postings {
			b.gl[x.Role] += x.Amount
		}
	}
	for _, kinds := range p.Summary[0][0] {
		for role, a := range kinds {
			b.gl[role] += a
		}
	}
}

// check ties the state to what was posted, and money to where it went.
func (b *tinyBook) check(l *loan.Loan) {
	b.t.Helper()
	in := l.Receivables()
	for c := range loan.Components {
		role := c.Receivable()
		if b.gl[role] != in[c] {
			b.t.Errorf("%s: %s is %d in the GL, %d in the state", b.last, role2(role), b.gl[role], in[c])
		}
	}
	if b.gl[ledger.BorrowerCredit] != -l.Credit {
		b.t.Errorf("%s: credit is %d in the GL, %d in the state", b.last, -b.gl[ledger.BorrowerCredit], l.Credit)
	}
}

func role2(r ledger.Role) string { return ledger.DefaultChart()[r].Name }

func (b *tinyBook) history(l *loan.Loan) *loan.History {
	h := &loan.History{}
	for d := l.LastEntryOn; d != civil.None; {
		var n record.LoanNight
		if err := n.Decode(bytes.Clone(b.journal[d]), d); err != nil {
			b.t.Fatal(err)
		}
		for i := range n.Events {
			if n.Events[i].Kind == loan.KindBooking {
				h.Booking = n.Events[i]
			} else {
				h.Events = append(h.Events, n.Events[i])
			}
		}
		for _, e := range n.Entries {
			h.Post(e)
		}
		d = n.Previous
	}
	return h
}

// life is what the events have made of the loan, without what depends on the
// nights that it was closed on.
func (b *tinyBook) life() loan.Life { return tidy(b.load().Life) }

func (b *tinyBook) load() *loan.Loan {
	var l loan.Loan
	if err := record.DecodeLoan(b.record, &l); err != nil {
		b.t.Fatal(err)
	}
	return &l
}

// The products that orders are tried under.
func products() map[string]loan.Product {
	plain := loan.Product{Name: "plain", Allocation: loan.DefaultAllocation(), NonAccrualFromDays: 91, TierFrom: []int32{0}}
	m := map[string]loan.Product{"plain": plain}
	late := plain
	late.LateCharges = loan.LateCharges{
		PenaltyInterest: loan.PenaltyInterest{Multiplier: 1_500_000_000, On: [loan.Components]bool{true, true}, DayCount: civil.Act360, GraceDays: 2, WaitDays: 3},
		FixedFee:        loan.FixedFee{Amount: 700, Component: loan.Fee, WaitDays: 5},
	}
	m["late"] = late
	share := late
	share.LateCharges = loan.LateCharges{Share: loan.LateShare{Overdue: true, Rate: 50_000_000, On: [loan.Components]bool{true, true, true}, Min: 300, Max: 900, Component: loan.Fee, WaitDays: 9}, CapShare: 10_000_000}
	m["share"] = share
	daily := plain
	daily.DailyInterest = true
	m["daily"] = daily
	simple := late
	simple.DailyInterest, simple.SimpleInterest = true, true
	m["simple"] = simple
	for _, a := range []loan.Advance{loan.NextInstallment, loan.LastInstallment, loan.Spread, loan.PrepayPrincipal} {
		ahead := plain
		ahead.Allocation = []loan.AllocationRule{{AboveDays: -1, Order: [4]loan.Component{loan.Penalty, loan.Fee, loan.Interest, loan.Principal}, InAdvance: a}}
		m["ahead_"+a.String()] = ahead
	}
	both := late
	both.CountsAsFull = 900_000_000
	m["late_counts_as_full"] = both
	return m
}

// A lifeEvent is an event and the ids that must have arrived before it.
type lifeEvent struct {
	loan.Event
	after []string
}

// randomLife makes events of every kind that hold in whatever order they come.
func randomLife(r *rand.Rand, t *loan.Terms, daily bool, until civil.Date) (life []lifeEvent) {
	id := 0
	add := func(e loan.Event, after ...string) string {
		id++
		e.ID = fmt.Appendf(nil, "E%03d", id)
		life = append(life, lifeEvent{e, after})
		return string(e.ID)
	}
	on := func() civil.Date { return t.DisbursedOn + civil.Date(r.IntN(int(until-t.DisbursedOn)+1)) }
	var paid []string
	for range 2 + r.IntN(6) {
		paid = append(paid, add(loan.Event{Kind: loan.KindRepayment, ValueDate: on(), Amount: 1000 + money.Amount(r.IntN(40000))}))
	}
	for range r.IntN(3) {
		add(loan.Event{Kind: []loan.Kind{loan.KindFee, loan.KindPenalty}[r.IntN(2)], ValueDate: on(), Amount: 1 + money.Amount(r.IntN(2000))})
	}
	if r.IntN(2) == 0 {
		add(loan.Event{Kind: loan.KindGoodwill, ValueDate: on(), Amount: 1 + money.Amount(r.IntN(3000))})
	}
	if r.IntN(2) == 0 {
		add(loan.Event{Kind: loan.KindPause, ValueDate: on(), Until: until + 5, Choice: loan.NoChoice})
	}
	if r.IntN(3) == 0 {
		add(loan.Event{Kind: loan.KindPrepay, ValueDate: on(), Amount: 1 + money.Amount(r.IntN(30000)), Choice: []loan.Choice{loan.ShorterTerm, loan.LowerInstallment}[r.IntN(2)]})
	}
	if r.IntN(4) == 0 && !daily {
		add(loan.Event{Kind: loan.KindRestructure, ValueDate: on(), Choice: loan.Reage, Installments: 5, FirstDueOn: until + 40, Rate: -1})
	}
	if r.IntN(2) == 0 {
		target := paid[r.IntN(len(paid))]
		add(loan.Event{Kind: loan.KindReversal, ValueDate: until, Rate: -1, Target: []byte(target)}, target)
		paid = slices.DeleteFunc(paid, func(s string) bool { return s == target })
	}
	if r.IntN(3) == 0 && len(paid) > 0 {
		target := paid[r.IntN(len(paid))]
		add(loan.Event{Kind: loan.KindChargeback, ValueDate: until, Amount: 500, Target: []byte(target), Rate: -1}, target)
	}
	switch r.IntN(8) {
	case 0, 1:
		off := add(loan.Event{Kind: loan.KindChargeOff, ValueDate: until, Rate: -1})
		if r.IntN(2) == 0 {
			add(loan.Event{Kind: loan.KindRecovery, ValueDate: until + 3, Amount: 1000 + money.Amount(r.IntN(90000))}, off)
		}
	case 2:
		add(loan.Event{Kind: loan.KindWriteOff, ValueDate: until, Rate: -1})
	}
	first := slices.ContainsFunc(life, func(e lifeEvent) bool { return e.ValueDate == t.DisbursedOn })
	if r.IntN(3) == 0 && !first { // no money comes before it that could meet the fee
		f := add(loan.Event{Kind: loan.KindFee, ValueDate: t.DisbursedOn, Amount: 900})
		add(loan.Event{Kind: loan.KindWaiver, ValueDate: t.DisbursedOn, Amount: 900, Component: loan.Fee}, f)
	}
	if r.IntN(4) == 0 && !daily {
		add(loan.Event{Kind: loan.KindRestructure, ValueDate: t.DisbursedOn + 1, Choice: []loan.Choice{loan.Extend, loan.Reamortize}[r.IntN(2)], Installments: 3, Rate: -1})
	}
	return life
}

// arrivals deals the life out over nights, in any order that its conditions allow.
func arrivals(r *rand.Rand, life []lifeEvent, nights []civil.Date) map[civil.Date][]loan.Event {
	out := map[civil.Date][]loan.Event{}
	at := map[string]int{}
	for _, i := range r.Perm(len(life)) {
		at[string(life[i].ID)] = r.IntN(len(nights))
	}
	for i := range life {
		e := &life[i]
		k := at[string(e.ID)]
		for _, a := range e.after {
			k = max(k, at[a])
		}
		for nights[k] < e.ValueDate {
			k++
		}
		at[string(e.ID)] = k
		out[nights[k]] = append(out[nights[k]], e.Event)
	}
	for _, events := range out {
		r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
	}
	return out
}

// TestOrderDoesNotMatter: the same life in any order of arrival over any nights ends
// in the same balances and GL, under every kind of product; each night ties.
func TestOrderDoesNotMatter(t *testing.T) {
	first, seeds := seedsToTry(300)
	for name, product := range products() {
		for seed := first; seed < first+seeds; seed++ {
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			terms := loan.Terms{
				Principal: 100000 + money.Amount(r.IntN(50000)), DisbursedOn: civil.Of(2026, 1, 1+r.IntN(28)), Installments: 6 + int32(r.IntN(6)),
				Rate: money.Rate(r.IntN(300_000_000)), Frequency: 1, Method: loan.Method(r.IntN(2)), Fee: money.Amount(r.IntN(2) * 150),
				DayCount: civil.DayCount(r.IntN(int(civil.DayCounts))),
			}
			terms.FirstDueOn = terms.DisbursedOn.AddMonths(1, 15)
			terms.Level = new(loan.Annuities).Level(&terms, loan.Rounding{})
			until := terms.DisbursedOn + 60 + civil.Date(r.IntN(150))
			life := randomLife(r, &terms, product.DailyInterest, until)
			var want *tinyBook
			for try := range 4 {
				end := until + 5
				b := &tinyBook{t: t, product: product, journal: map[civil.Date][]byte{}, last: civil.None}
				nights := []civil.Date{end}
				for d := terms.DisbursedOn; try > 0 && d < end; d += 1 + civil.Date(r.IntN(25)) {
					nights = append(nights, d)
				}
				slices.Sort(nights)
				dealt := arrivals(r, life, nights)
				for _, d := range nights {
					for i, reason := range b.close(d, &terms, dealt[d]) {
						if reason != loan.OK {
							t.Errorf("%s seed %d: %s %s is rejected: %s", name, seed, dealt[d][i].Kind, dealt[d][i].ID, reason.Code())
						}
					}
				}
				if want == nil {
					want = b
					continue
				}
				if got, w := b.life(), want.life(); !reflect.DeepEqual(got, w) {
					t.Errorf("%s seed %d, order %d: the life is\n%.900s, want\n%.900s", name, seed, try, fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", w))
				}
				if b.gl != want.gl {
					for role := range b.gl {
						if b.gl[role] != want.gl[role] {
							t.Errorf("%s seed %d, order %d: %s is %d, want %d", name, seed, try, role2(ledger.Role(role)), b.gl[role], want.gl[role])
						}
					}
				}
			}
			if t.Failed() {
				t.Fatalf("%s: run again with SEED=%d", name, seed)
			}
		}
	}
}

// TestSettlementThatHoldsAgain: a settlement whose money was reversed settles after
// all once enough money is there before it, whatever night brings that.
func TestSettlementThatHoldsAgain(t *testing.T) {
	terms := loan.Terms{Principal: 120000, DisbursedOn: civil.Of(2026, 1, 1), FirstDueOn: civil.Of(2026, 2, 1), Installments: 12, Rate: 120_000_000, Frequency: 1}
	terms.Level = new(loan.Annuities).Level(&terms, loan.Rounding{})
	b := &tinyBook{t: t, product: products()["plain"], journal: map[civil.Date][]byte{}, last: civil.None}
	on := func(day int) civil.Date { return civil.Of(2026, 1, day) }
	event := func(k loan.Kind, id string, day int, amount money.Amount, target string) loan.Event {
		e := loan.Event{Kind: k, ID: []byte(id), ValueDate: on(day), Amount: amount}
		if target != "" {
			e.Target = []byte(target)
		}
		if k != loan.KindRepayment {
			e.Rate = -1
		}
		return e
	}
	b.close(on(20), &terms, []loan.Event{event(loan.KindRepayment, "P1", 15, 130000, ""), event(loan.KindSettle, "S", 20, 0, "")})
	b.close(on(21), &terms, []loan.Event{event(loan.KindReversal, "R", 21, 0, "P1")})
	if owed := b.load().PrincipalOwed(); owed != 120000 {
		t.Errorf("without its money %d is owed, want all", owed)
	}
	b.close(on(22), &terms, []loan.Event{event(loan.KindRepayment, "P2", 10, 130000, "")})
	if owed := b.load().PrincipalOwed(); owed != 0 {
		t.Errorf("with money before it %d is owed, want nothing", owed)
	}
}

// TestTargetThatIsRejected: what is rejected tonight is no target, wherever its row
// stands.
func TestTargetThatIsRejected(t *testing.T) {
	terms := loan.Terms{Principal: 120000, DisbursedOn: civil.Of(2026, 1, 1), FirstDueOn: civil.Of(2026, 2, 1), Installments: 12, Rate: 120_000_000, Frequency: 1}
	terms.Level = new(loan.Annuities).Level(&terms, loan.Rounding{})
	back := loan.Event{Kind: loan.KindChargeback, ID: []byte("C"), ValueDate: civil.Of(2026, 2, 2), Amount: 1000, Target: []byte("nothing"), Rate: -1}
	reversal := loan.Event{Kind: loan.KindReversal, ID: []byte("R"), ValueDate: civil.Of(2026, 2, 2), Target: []byte("C"), Rate: -1}
	for _, rows := range [][]loan.Event{{reversal, back}, {back, reversal}} {
		b := &tinyBook{t: t, product: products()["plain"], journal: map[civil.Date][]byte{}, last: civil.None}
		b.close(civil.Of(2026, 2, 1), &terms, []loan.Event{{Kind: loan.KindRepayment, ID: []byte("P"), ValueDate: civil.Of(2026, 2, 1), Amount: 5000}})
		for i, reason := range b.close(civil.Of(2026, 2, 2), &terms, rows) {
			if reason != loan.UnknownTarget {
				t.Errorf("row %d is %q, want unknown_target", i, reason.Code())
			}
		}
	}
}

// seedsToTry returns the first seed and how many there are: as many as a test has
// by itself, or the one that SEED names, or SEEDS of them.
func seedsToTry(seeds int) (first, count int) {
	first = 1
	if s := os.Getenv("SEED"); s != "" {
		first, _ = strconv.Atoi(s)
		seeds = 1
	}
	if s := os.Getenv("SEEDS"); s != "" {
		seeds, _ = strconv.Atoi(s)
	}
	return first, seeds
}
