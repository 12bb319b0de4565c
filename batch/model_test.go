package batch

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"sort"
	"strconv"
	"testing"

	"daybook/ledger/civil"
)

// A modelLender is what the naive model knows of a lender: which rows came, what
// became of each, and what each loan's life is by them.
type modelLender struct {
	t        *testing.T
	r        *rand.Rand
	l        *lender
	business int32
	loans    map[string]loanFile
	names    []string // of loans, booked or not
	booked   map[string]loanFile
	life     map[string][]naiveEvent // of booked loans, what counts
	held     map[string][]naiveEvent // by the id that it was sent for
	sent     []naiveRow              // on all nights so far
	files    map[string][]naiveRow   // of tonight, by name
	want     map[string]*naiveTally
	ids      int
}

// A naiveRow is a row of a repayments or adjustments file.
type naiveRow struct {
	loan string
	naiveEvent
}

// A naiveTally is what becomes of one file: rows and money, in, applied,
// duplicates, rejected, held.
type naiveTally [5][2]int64

func (x *naiveTally) count(outcome int, amount int64) {
	for _, k := range []int{0, outcome} {
		x[k][0]++
		x[k][1] += amount
	}
}

const (
	applied = 1 + iota
	duplicate
	rejected
	held
)

// TestAgainstNaiveModel: random lenders over random nights with gaps, with payments
// that come late, twice, on other nights, in renamed and split files, with other
// content, before their loan, or are reversed: every night ends as the model says, in
// each column of the tape, each account and each control total.
func TestAgainstNaiveModel(t *testing.T) {
	seeds := 40
	if testing.Short() {
		seeds = 10
	}
	first := 1
	if s := os.Getenv("SEED"); s != "" {
		first, _ = strconv.Atoi(s)
		seeds = 1
	}
	for seed := first; seed < first+seeds; seed++ {
		r := rand.New(rand.NewPCG(uint64(seed), 99))
		m := &modelLender{
			t: t, r: r, l: newLender(t), business: int32(day(t, "2025-06-30")) + int32(r.IntN(400)), loans: map[string]loanFile{},
			booked: map[string]loanFile{}, life: map[string][]naiveEvent{}, held: map[string][]naiveEvent{},
		}
		m.l.o.Workers = 1 + r.IntN(4)
		for range 5 {
			m.night()
			m.business += 1 + int32(r.IntN(60))
		}
		verifySilent(t, m.l)
		if t.Failed() {
			t.Fatalf("seed %d; run again with SEED=%d", seed, seed)
		}
	}
}

func randomTerms(t *testing.T, r *rand.Rand, id string, on int32) loanFile {
	pick := func(list ...string) *string { return ptr(list[r.IntN(len(list))]) }
	f := aLoan(t, id, "2026-01-01", "2026-02-01")
	f.Method, f.DayCount = pick("annuity", "equal_principal", "interest_only", "lump_sum", "flat", "zero"), pick("30/360", "ACT/365F", "ACT/360", "ACT/ACT")
	f.Frequency, f.Fee = pick("1M", "3M", "7D", "14D"), ptr(int64(r.IntN(2)*r.IntN(300)))
	f.Principal, f.AnnualRate = 1+r.Int64N(500000), r.Int64N(400_000_000)
	f.DisbursedOn = on - int32(r.IntN(250))
	f.FirstDueOn = f.DisbursedOn + 1 + int32(r.IntN(45))
	f.Installments = 1 + int32(r.IntN(24))
	switch *f.Method {
	case "lump_sum":
		f.Installments = 1
	case "zero":
		f.AnnualRate = 0
	}
	return f
}

// night makes a night's files, works them in the model and in the engine, and
// compares.
func (m *modelLender) night() {
	date := civil.Date(m.business).String()
	m.want, m.files = map[string]*naiveTally{}, map[string][]naiveRow{}
	for range 6 {
		name := fmt.Sprintf("L%d", len(m.names))
		m.loans[name] = randomTerms(m.t, m.r, name, m.business)
		m.names = append(m.names, name)
	}
	m.bookLoans(date)
	m.makeRows()
	m.work()
	for name, rows := range m.files {
		var repayments []repaymentFile
		var adjustments []adjustmentFile
		for _, x := range rows {
			if x.kind == "repayment" {
				repayments = append(repayments, repaymentFile{x.id, x.loan, x.on, x.amount, "CNY"})
				continue
			}
			a := adjustmentFile{AdjustmentID: x.id, LoanID: x.loan, Kind: x.kind, ValueDate: x.on}
			if x.target != "" {
				a.TargetID = ptr(x.target)
			} else {
				a.Amount = ptr(x.amount)
			}
			adjustments = append(adjustments, a)
		}
		if name[0] == 'r' {
			write(m.t, m.l.in(date), name, repayments)
		} else {
			write(m.t, m.l.in(date), name, adjustments)
		}
	}
	m.compare(date, m.l.close(date))
}

// bookLoans writes the loans files: new loans, and some that come again, as they were
// or with another contract.
func (m *modelLender) bookLoans(date string) {
	for k := range 1 + m.r.IntN(2) {
		var rows []loanFile
		file := fmt.Sprintf("loans-%d", k)
		x := &naiveTally{}
		m.want[file] = x
		for _, name := range m.names {
			f := m.loans[name]
			if m.r.IntN(3) == 0 || f.DisbursedOn > m.business {
				continue
			}
			if m.r.IntN(8) == 0 {
				f.Principal += int64(m.r.IntN(2))
			}
			outcome := applied
			if before, ok := m.booked[name]; ok && before == f {
				outcome = duplicate
			} else if ok {
				outcome = rejected
			} else {
				m.booked[name] = f
			}
			rows = append(rows, f)
			x.count(outcome, f.Principal)
		}
		write(m.t, m.l.in(date), file, rows)
	}
}

// makeRows makes tonight's rows and deals them out over files.
func (m *modelLender) makeRows() {
	r := m.r
	var rows []naiveRow
	for _, name := range m.names {
		for range r.IntN(4) {
			m.ids++
			e := naiveEvent{
				kind: []string{"repayment", "repayment", "repayment", "fee", "penalty", "reversal"}[r.IntN(6)],
				id:   fmt.Sprintf("E%05d", r.IntN(90000)*10+m.ids%10), on: m.business - int32(r.IntN(260)) + int32(r.IntN(12)/10), amount: r.Int64N(40000),
			}
			if e.kind == "reversal" {
				e.amount, e.target = 0, "nothing"
				if known := m.life[name]; len(known) > 0 && r.IntN(5) > 0 {
					e.target = known[r.IntN(len(known))].id
				}
			}
			rows = append(rows, naiveRow{name, e})
		}
	}
	for range r.IntN(12) { // come again
		if len(m.sent) > 0 {
			rows = append(rows, m.sent[r.IntN(len(m.sent))])
		}
		if len(rows) > 0 {
			rows = append(rows, rows[r.IntN(len(rows))])
		}
	}
	for range r.IntN(4) { // and with other content
		if all := append(slices.Clone(m.sent), rows...); len(all) > 0 {
			x := all[r.IntN(len(all))]
			if x.kind != "reversal" {
				x.amount++
			}
			rows = append(rows, x)
		}
	}
	r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	for _, x := range rows {
		kind := "adjustments"
		if x.kind == "repayment" {
			kind = "repayments"
		}
		file := fmt.Sprintf("%s-%d", kind, r.IntN(1+r.IntN(4)))
		m.files[file] = append(m.files[file], x)
	}
	m.sent = append(m.sent, rows...)
}

// work decides what becomes of each row, in the order of files and rows.
func (m *modelLender) work() {
	for name, f := range m.booked { // what was held goes first, where it can
		var left []naiveEvent
		for _, e := range m.held[name] {
			if e.on < f.DisbursedOn {
				left = append(left, e)
				continue
			}
			m.life[name] = append(m.life[name], e)
		}
		m.held[name] = left
	}
	names := make([]string, 0, len(m.files))
	for name := range m.files {
		names = append(names, name)
	}
	sort.Strings(names)
	type reversal struct {
		tally *naiveTally
		naiveRow
	}
	var reversals []reversal
	for _, name := range names {
		x := &naiveTally{}
		m.want[name] = x
		for _, row := range m.files[name] {
			outcome := m.outcome(row)
			if outcome == applied && row.kind == "reversal" {
				reversals = append(reversals, reversal{x, row})
				continue
			}
			x.count(outcome, row.amount)
		}
	}
	for _, v := range reversals { // their targets are among all that came, and one of them counts
		m.life[v.loan] = slices.DeleteFunc(m.life[v.loan], func(e naiveEvent) bool { return e == v.naiveEvent })
	}
	for _, v := range reversals {
		isTarget := func(e naiveEvent) bool { return e.id == v.target && e.kind != "reversal" }
		isReversed := func(e naiveEvent) bool { return e.target == v.target }
		if !slices.ContainsFunc(m.life[v.loan], isTarget) || slices.ContainsFunc(m.life[v.loan], isReversed) {
			v.tally.count(rejected, 0)
			continue
		}
		v.tally.count(applied, 0)
		m.life[v.loan] = append(m.life[v.loan], v.naiveEvent)
	}
}

func (m *modelLender) outcome(x naiveRow) int {
	f, isLoan := m.booked[x.loan]
	list, before := m.life, isLoan && x.on < f.DisbursedOn
	switch {
	case x.kind != "reversal" && x.amount <= 0, x.on > m.business, x.kind != "repayment" && (before || !isLoan):
		return rejected
	case !isLoan:
		list = m.held
	case before: // its money is held, unless its id is one that the loan has
		for _, e := range list[x.loan] {
			if e.id == x.id {
				return rejected
			}
		}
		list = m.held
	}
	for _, e := range list[x.loan] {
		if e == x.naiveEvent {
			return duplicate
		}
		if e.id == x.id {
			return rejected
		}
	}
	list[x.loan] = append(list[x.loan], x.naiveEvent)
	if !isLoan || before {
		return held
	}
	return applied
}

// compare compares the night's tape, accounts and control totals.
func (m *modelLender) compare(date string, s *Summary) {
	t, tape := m.t, m.l.tape(date)
	accounts := map[string]int64{}
	if len(tape) != len(m.booked) {
		t.Errorf("%s: %d loans, want %d", date, len(tape), len(m.booked))
	}
	for name, f := range m.booked {
		want := naiveTape(f, m.life[name], m.business)
		for column, value := range want {
			if got := tape[name][column]; got != value {
				t.Errorf("%s %s: %s is %q, want %q (%+v)", date, name, column, got, value, f)
			}
		}
		of := func(column string) int64 { return amountOf(t, want[column]) }
		suspended := of("interest_suspended")
		for account, amount := range map[string]int64{
			"1301": of("principal_outstanding"), "1302": of("interest_outstanding") - suspended, "1303": of("fees_outstanding"),
			"1304": of("penalties_outstanding"), "2201": -of("credit_balance"), "6001": suspended - of("interest_outstanding") - of("interest_paid"),
			"6002": -of("fees_outstanding") - of("fees_paid"), "6003": -of("penalties_outstanding") - of("penalties_paid"), "9001": suspended, "9002": -suspended,
		} {
			accounts[account] += amount
			accounts["1001"] -= amount // whatever the others have came out of cash
		}
	}
	for _, list := range m.held {
		for _, e := range list {
			accounts["2202"] -= e.amount
			accounts["1001"] += e.amount
		}
	}
	for _, row := range m.l.table(date, "regulatory/trial_balance.parquet") {
		if got, want := amountOf(t, row["closing"]), accounts[row["account"]]; got != want {
			t.Errorf("%s: account %s closes with %d, want %d", date, row["account"], got, want)
		}
		delete(accounts, row["account"])
	}
	for account, want := range accounts {
		if want != 0 {
			t.Errorf("%s: account %s is missing, want %d", date, account, want)
		}
	}
	for _, f := range s.Manifest.ControlTotals.Files {
		got := naiveTally{
			{f.RowsIn, amountOf(t, f.AmountIn)}, {f.Applied, amountOf(t, f.AmountApplied)}, {f.Duplicates, amountOf(t, f.AmountDuplicates)},
			{f.Rejected, amountOf(t, f.AmountRejected)}, {f.Held, amountOf(t, f.AmountHeld)},
		}
		if want := m.want[f.Path[:len(f.Path)-len(".parquet")]]; want == nil || got != *want {
			t.Errorf("%s: %s: rows and money in, applied, duplicates, rejected, held are %v, want %v", date, f.Path, got, want)
		}
	}
}
