package batch

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sort"
	"strconv"
	"strings"
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
	held     map[string][]naiveEvent // by the id that it was sent for, waiting for the loan
	refused  map[string][]naiveEvent // money that waits for a release
	waited   map[string][]naiveEvent // what was held and its loan took
	stands   map[string]bool         // events that an earlier night applied, by loan and id
	sent     []naiveRow              // on all nights so far
	files    map[string][]naiveRow   // of tonight, by name
	want     map[string]*naiveTally
	rejects  map[string]string // tonight's reason codes, by file and row
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
// and adjustments that come late, twice, on other nights, in renamed and split files,
// with other content, before their loan, or are reversed: every night ends as the model says, in
// each column of the tape, each account, each reject's reason and each control total.
func TestAgainstNaiveModel(t *testing.T) {
	t.Parallel()
	seeds := 16
	if testing.Short() {
		seeds = 10
	}
	first, seeds := seedsToTry(seeds)
	for seed := first; seed < first+seeds; seed++ {
		if !t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { againstNaiveModel(t, uint64(seed)) }) {
			t.Fatalf("seed %d; run again with SEED=%d", seed, seed)
		}
	}
}

func againstNaiveModel(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 99))
	m := &modelLender{
		t: t, r: r, l: newLender(t), business: int32(day(t, "2025-06-30")) + int32(r.IntN(400)), loans: map[string]loanFile{},
		booked: map[string]loanFile{}, life: map[string][]naiveEvent{}, held: map[string][]naiveEvent{}, refused: map[string][]naiveEvent{},
		waited: map[string][]naiveEvent{}, stands: map[string]bool{},
	}
	m.l.policy(byTiers)
	m.l.o.Workers = 1 + r.IntN(4)
	for range 5 {
		m.night()
		m.business += 1 + int32(r.IntN(60))
	}
	verifySilent(t, m.l)
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
	m.want, m.files, m.rejects = map[string]*naiveTally{}, map[string][]naiveRow{}, map[string]string{}
	for range 6 {
		name := crowded(fmt.Sprintf("L%d", len(m.names)))
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
			}
			if naiveAmount[x.kind] {
				a.Amount = ptr(x.amount)
			}
			if x.component != "" {
				a.Component = ptr(x.component)
			}
			if x.choice != "" {
				a.Choice = ptr(x.choice)
			}
			if x.until != 0 {
				a.Until = ptr(x.until)
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
				m.rejects[fmt.Sprintf("%s.parquet:%d", file, len(rows))] = "duplicate_loan"
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
			known := slices.Clone(m.life[name])
			for _, x := range rows {
				if x.loan == name {
					known = append(known, x.naiveEvent)
				}
			}
			e := m.makeEvent(name, known)
			rows = append(rows, naiveRow{name, e})
			if e.kind == "settle" && r.IntN(2) == 0 { // with the money for it
				rows = append(rows, naiveRow{name, naiveEvent{kind: "repayment", id: e.id + "p", on: e.on, amount: 2 * m.loans[name].Principal}})
			}
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
			switch {
			case naiveAmount[x.kind]:
				x.amount++
			case x.kind != "reversal":
				x.on--
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

// naiveAmount are the kinds with an amount.
var naiveAmount = map[string]bool{
	"repayment": true, "fee": true, "penalty": true, "waiver": true, "goodwill": true, "refund": true, "recovery": true, "chargeback": true,
}

// makeEvent makes an event of any kind, of any time, that may hold or not.
func (m *modelLender) makeEvent(name string, known []naiveEvent) naiveEvent {
	r := m.r
	m.ids++
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	e := naiveEvent{
		kind: pick("repayment", "repayment", "repayment", "repayment", "repayment", "repayment", "fee", "penalty", "reversal", "reversal",
			"waiver", "waiver", "goodwill", "pause", "refund", "recovery", "off", "chargeback", "chargeback", "settle"),
		id: fmt.Sprintf("E%05d", r.IntN(90000)*10+m.ids%10), on: m.business - int32(r.IntN(260)) + int32(r.IntN(12)/10),
	}
	f := m.loans[name]
	if r.IntN(4) > 0 {
		e.on = max(e.on, min(f.DisbursedOn+int32(r.IntN(20)), m.business))
	}
	loan, _ := naiveRun(f, m.life[name], func(string) bool { return true }, m.business)
	if due := loan.dates(m.business); len(due) > 0 && r.IntN(3) == 0 {
		e.on = due[r.IntN(len(due))]
	}
	switch e.kind {
	case "off":
		e.kind = pick("charge_off", "charge_off", "write_off")
	case "recovery", "penalty":
		if loan.off != "" {
			e.kind = "recovery"
			e.on = min(loan.offOn+int32(r.IntN(40)), m.business)
		}
	case "waiver":
		e.component = pick("interest", "interest", "fee", "penalty", "principal")
		if e.component == "principal" && r.IntN(5) > 0 {
			e.choice = "principal_forgiveness"
		}
	case "pause":
		e.until = e.on + int32(r.IntN(60))
		if k := slices.IndexFunc(known, func(o naiveEvent) bool { return o.kind == "pause" }); k >= 0 && r.IntN(2) == 0 { // one in another
			e.on = known[k].on + int32(r.IntN(30))
			e.until = e.on + int32(r.IntN(20))
		}
	case "settle":
		e.on = m.business - int32(r.IntN(2)*r.IntN(30))
	case "reversal", "chargeback": // of what came before, or comes tonight
		e.target = "nothing"
		if len(known) > 0 && r.IntN(5) > 0 {
			e.target = known[r.IntN(len(known))].id
		}
	}
	if naiveAmount[e.kind] {
		e.amount = r.Int64N(40000)
		if e.kind == "waiver" || r.IntN(6) == 0 {
			e.amount = r.Int64N(1 + r.Int64N(4000))
		}
		if r.IntN(12) == 0 || loan.off != "" && r.IntN(3) == 0 {
			e.amount *= 10
		}
	}
	if e.kind == "chargeback" && len(known) > 0 {
		o := known[r.IntN(len(known))] // mostly of money that came
		if k := slices.IndexFunc(known, func(o naiveEvent) bool { return o.kind == "chargeback" }); k >= 0 && r.IntN(2) == 0 {
			o = known[k]
		}
		if o.amount > 0 {
			e.target, e.on, e.amount = o.id, min(o.on+int32(r.IntN(60)), m.business), 1+r.Int64N(o.amount+o.amount/5+1)
			if o.kind == "chargeback" { // more of the same money
				e.target = o.target
			}
		}
	}
	if loan.credit > 0 && r.IntN(4) == 0 {
		e.kind, e.amount = "refund", 1+r.Int64N(loan.credit)
		if r.IntN(2) == 0 {
			e.on = m.business - int32(r.IntN(2)*r.IntN(30))
		}
		e.target, e.component, e.choice, e.until = "", "", "", 0
	}
	if slices.ContainsFunc(known, func(e naiveEvent) bool { return e.kind == "refund" }) && r.IntN(3) == 0 {
		// What it gave back may never have been there.
		if o := known[r.IntN(len(known))]; o.kind == "repayment" || o.kind == "goodwill" {
			return naiveEvent{kind: "reversal", id: e.id, on: m.business, target: o.id}
		}
	}
	return e
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
			m.waited[name] = append(m.waited[name], e)
		}
		m.held[name] = left
		for _, e := range m.refused[name] { // what its loan refused is tried again
			if e.on >= f.DisbursedOn {
				m.life[name] = append(m.life[name], e)
			}
		}
	}
	names := make([]string, 0, len(m.files))
	for name := range m.files {
		names = append(names, name)
	}
	sort.Strings(names)
	type placed struct {
		tally *naiveTally
		at    string
		naiveRow
	}
	var rows, named []placed   // that count; those named concern another event
	var money []placed         // that is held, unless the loan has its id
	var unnamed []placed       // reversals and chargebacks of what does not stand
	why := map[string]string{} // by the place of its row
	decide := func(x placed, outcome int, reason string) {
		x.tally.count(outcome, x.amount)
		if outcome == rejected || outcome == held {
			m.rejects[x.at] = reason
		}
	}
	for _, name := range names {
		m.want[name] = &naiveTally{}
		for k, row := range m.files[name] {
			x := placed{m.want[name], fmt.Sprintf("%s.parquet:%d", name, k), row}
			outcome, reason := m.outcome(row)
			switch {
			case outcome == rejected && m.isMoney(row, reason):
				money, why[x.at] = append(money, x), reason
			case outcome != applied:
				decide(x, outcome, reason)
			case row.kind == "reversal" || row.kind == "chargeback":
				named = append(named, x)
			default:
				rows = append(rows, x)
			}
		}
	}
	// Chargebacks are decided first, as they are targets; then the first reversal by id.
	slices.SortFunc(named, func(a, b placed) int { return strings.Compare(a.kind+a.id, b.kind+b.id) })
	for again := true; again; { // their targets are among all that counts, and the first reversal of one
		again = false
		for i, v := range named {
			isTarget := func(e naiveEvent) bool {
				return e.id == v.target && e.kind != "reversal" && (v.kind == "reversal" || naiveReturnable[e.kind] && e.before(v.naiveEvent))
			}
			isReversed := func(e naiveEvent) bool {
				return e.target == v.target && e.kind == "reversal" &&
					(m.stands[v.loan+"/"+e.id] || slices.ContainsFunc(named[:i], func(o placed) bool { return o.naiveRow == naiveRow{v.loan, e} }))
			}
			reason := ""
			switch {
			case !slices.ContainsFunc(m.life[v.loan], isTarget):
				reason = "unknown_target"
			case v.kind == "reversal" && slices.ContainsFunc(m.life[v.loan], isReversed):
				reason = "target_already_reversed"
			default:
				continue
			}
			unnamed, why[v.at] = append(unnamed, v), reason
			m.life[v.loan] = slices.DeleteFunc(m.life[v.loan], func(e naiveEvent) bool { return e == v.naiveEvent })
			named, again = slices.Delete(named, i, i+1), true
			break
		}
	}
	rows = append(rows, named...)
	refused := map[string]map[string]string{} // what came tonight and does not hold in its place
	for name, f := range m.booked {
		stands := func(id string) bool { return m.stands[name+"/"+id] }
		refused[name] = naiveNight(m.life[name], stands, func(events []naiveEvent, stands func(id string) bool) map[string]string {
			_, no := naiveRun(f, events, stands, m.business)
			return no
		})
		m.life[name] = slices.DeleteFunc(m.life[name], func(e naiveEvent) bool { return refused[name][e.id] != "" && !m.stands[name+"/"+e.id] })
		for _, e := range m.life[name] {
			m.stands[name+"/"+e.id] = true
		}
	}
	for _, x := range unnamed {
		if why[x.at] == "target_already_reversed" && refused[x.loan][x.target] != "" {
			why[x.at] = "unknown_target" // neither the first reversal has one
		}
		decide(x, rejected, why[x.at])
	}
	for name := range m.booked {
		m.refused[name] = slices.DeleteFunc(m.refused[name], func(e naiveEvent) bool {
			if m.stands[name+"/"+e.id] {
				m.waited[name] = append(m.waited[name], e)
				return true
			}
			return false
		})
	}
	for _, x := range rows {
		switch reason := refused[x.loan][x.id]; {
		case reason != "" && m.isMoney(x.naiveRow, reason):
			money, why[x.at] = append(money, x), reason
		case reason != "":
			decide(x, rejected, reason)
		default:
			decide(x, applied, "")
		}
	}
	slices.SortStableFunc(money, func(a, b placed) int { return m.place(a.at) - m.place(b.at) })
	for _, x := range money {
		switch kept := slices.Concat(m.held[x.loan], m.refused[x.loan], m.waited[x.loan]); {
		case m.stands[x.loan+"/"+x.id]:
			decide(x, rejected, why[x.at])
		default:
			outcome, reason := sameMoney(kept, x.naiveEvent)
			if outcome == 0 {
				outcome, reason = held, why[x.at]
				m.refused[x.loan] = append(m.refused[x.loan], x.naiveEvent)
			}
			decide(x, outcome, reason)
		}
	}
}

// isMoney reports whether a row that is rejected brought money all the same.
func (m *modelLender) isMoney(x naiveRow, reason string) bool {
	return (x.kind == "repayment" || x.kind == "recovery") && x.amount > 0 && x.on <= m.business &&
		(reason == "value_date_before_disbursement" || reason == "not_allowed_in_status" || reason == "unknown_loan")
}

// place is a row's place in the order of tonight's files and rows.
func (m *modelLender) place(at string) int {
	file, row, _ := strings.Cut(at, ".parquet:")
	names := make([]string, 0, len(m.files))
	for name := range m.files {
		names = append(names, name)
	}
	sort.Strings(names)
	n, _ := strconv.Atoi(row)
	return slices.Index(names, file)*1000 + n
}

// sameMoney is what becomes of money whose id was held before: 0 where none was.
func sameMoney(kept []naiveEvent, x naiveEvent) (outcome int, reason string) {
	for _, e := range kept {
		switch {
		case e.id != x.id:
		case e.on == x.on && e.amount == x.amount:
			return duplicate, ""
		default:
			return rejected, "conflicting_duplicate"
		}
	}
	return 0, ""
}

// outcome is what becomes of a row, as far as it depends on the rows before it, and
// the reason code that it gets in the rejects.
func (m *modelLender) outcome(x naiveRow) (outcome int, reason string) {
	f, isLoan := m.booked[x.loan]
	list := m.life
	if isLoan && (x.kind == "recovery" || x.kind == "repayment" && x.amount > 0) {
		if outcome, reason := sameMoney(slices.Concat(m.refused[x.loan], m.waited[x.loan]), x.naiveEvent); outcome != 0 {
			return outcome, reason
		}
	}
	switch {
	case x.kind == "repayment" && x.amount <= 0:
		return rejected, "amount_not_positive"
	case !isLoan && x.kind != "repayment":
		return rejected, "unknown_loan"
	case x.on > m.business:
		return rejected, "value_date_after_business_date"
	case isLoan && x.on < f.DisbursedOn:
		return rejected, "value_date_before_disbursement"
	case naiveAmount[x.kind] && x.amount <= 0:
		return rejected, "amount_not_positive"
	case !isLoan:
		list = m.held
	}
	for _, e := range list[x.loan] {
		if e == x.naiveEvent {
			return duplicate, ""
		}
		if e.id == x.id {
			return rejected, "conflicting_duplicate"
		}
	}
	list[x.loan] = append(list[x.loan], x.naiveEvent)
	if !isLoan {
		return held, "unknown_loan"
	}
	return applied, ""
}

// compare compares the night's tape, accounts and control totals.
func (m *modelLender) compare(date string, s *Summary) {
	t, tape := m.t, m.l.tape(date)
	var off [4]int64 // loans, what was lent, charged off and recovered
	accounts := map[string]int64{}
	if len(tape) != len(m.booked) {
		t.Errorf("%s: %d loans, want %d", date, len(tape), len(m.booked))
	}
	for name, f := range m.booked {
		loan, _ := naiveRun(f, m.life[name], func(string) bool { return true }, m.business)
		want, carries := loan.close(m.business)
		for column, value := range want {
			if got := tape[name][column]; got != value {
				t.Errorf("%s %s: %s is %q, want %q (%+v)", date, name, column, got, value, f)
			}
		}
		off[0]++
		off[1] += f.Principal
		off[2] += loan.offAmount
		off[3] += loan.recovered
		sum := int64(0)
		for account, amount := range carries {
			accounts[account] += amount
			sum += amount
		}
		if sum != 0 {
			t.Errorf("%s %s: the model's accounts are out by %d", date, name, sum)
		}
		if t.Failed() {
			for _, e := range m.life[name] {
				t.Logf("%s %+v", civil.Date(e.on), e)
			}
			return
		}
	}
	for _, held := range []map[string][]naiveEvent{m.held, m.refused} {
		for _, list := range held {
			for _, e := range list {
				accounts["2202"] -= e.amount
				accounts["1001"] += e.amount
			}
		}
	}
	for _, row := range m.l.table(date, "regulatory/charge_offs_and_recoveries.parquet") {
		want := fmt.Sprintf("loans=%d originated=%s charged_off=%s recovered=%s net=%s", off[0], naiveMoney(off[1]), naiveMoney(off[2]), naiveMoney(off[3]), naiveMoney(off[2]-off[3]))
		expect(t, date+", charge-offs and recoveries", row, want)
	}
	got := m.l.rejects(date)
	for at, reason := range m.rejects {
		if got[at] != reason {
			t.Errorf("%s: %s is rejected as %q, want %q", date, at, got[at], reason)
		}
		delete(got, at)
	}
	for at, reason := range got {
		t.Errorf("%s: %s is rejected as %q", date, at, reason)
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
