package batch

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"daybook/aging/classify"
	"daybook/batch/book"
	"daybook/batch/policy"
	"daybook/ledger/civil"
	"daybook/ledger/record"
	"daybook/ledger/store"
	"daybook/reports"
)

const monthsPolicy = `
format_version: 1
name: months
jurisdiction: none
currencies: [CNY, USD]
products:
  default: {}
  card: {card: true, attributes: [open_end]}
packs: [cn, ifrs9, in]
provisions: {post: cn, when: nightly}
`

// monthsAfter has other buckets, another order of packs, one pack less and one more.
const monthsAfter = `
format_version: 1
name: months-after
jurisdiction: none
currencies: [CNY, USD]
aging:
  buckets: [{name: C, from: 0}, {name: early, from: 1}, {name: M3, from: 61}, {name: over, from: 91}]
products:
  default: {}
  card: {card: true, attributes: [open_end]}
packs: [in, us, cn]
provisions: {post: cn, when: nightly}
`

// monthTables are the tables that compare with the last close of an earlier month.
var monthTables = []string{"migration_month", "roll_rates", "stage_movement", "charge_offs_month", "npa_movement"}

// A monthsRun closes random nights of a lender with borrowers of several loans.
type monthsRun struct {
	t      *testing.T
	l      *lender
	r      *rand.Rand
	loans  []loanFile
	events int
	offOf  map[string]string
	nights []string
	views  map[string]*policy.Policy
}

func newMonthsRun(t *testing.T, seed uint64) *monthsRun {
	l := newLender(t)
	l.policy(monthsPolicy)
	return &monthsRun{t: t, l: l, r: rand.New(rand.NewPCG(seed, 7)), offOf: map[string]string{}, views: map[string]*policy.Policy{}}
}

// night closes a night: new loans, payments of which some are late files, measures,
// charge-offs and their reversals, flags from today or from weeks ago.
func (m *monthsRun) night(date civil.Date) {
	r, dir := m.r, m.l.in(date.String())
	var loans []loanFile
	for range r.IntN(4) {
		x := aLoan(m.t, crowded(fmt.Sprintf("L%03d", len(m.loans))), "2026-01-01", "2026-02-01")
		x.BorrowerID, x.Product, x.Currency = fmt.Sprint("B", r.IntN(9)), []string{"default", "card"}[r.IntN(2)], []string{"CNY", "CNY", "USD"}[r.IntN(3)]
		x.Principal, x.Installments = 1000+r.Int64N(300_000), 1+int32(r.IntN(9))
		x.DisbursedOn = int32(date) - int32(r.IntN(140))
		x.FirstDueOn = x.DisbursedOn + 1 + int32(r.IntN(40))
		loans, m.loans = append(loans, x), append(m.loans, x)
	}
	var repayments []repaymentFile
	var adjustments []adjustmentFile
	for _, x := range m.loans {
		if r.IntN(5) != 0 {
			continue
		}
		m.events++
		id, on := fmt.Sprint("E", m.events), max(x.DisbursedOn, int32(date)-int32(r.IntN(30)))
		a := adjustmentFile{AdjustmentID: id, LoanID: x.LoanID, ValueDate: on}
		switch k := r.IntN(24); {
		case k < 14:
			repayments = append(repayments, repaymentFile{id, x.LoanID, on, 1 + r.Int64N(x.Principal), x.Currency})
			continue
		case k < 17:
			a.Kind, a.Choice, a.Installments, a.FirstDueOn = "restructure", ptr("reage"), ptr(1+int32(r.IntN(6))), ptr(on+1+int32(r.IntN(40)))
		case k < 19:
			a.Kind = []string{"charge_off", "write_off"}[r.IntN(2)]
			m.offOf[x.LoanID] = id
		case k < 21:
			a.Kind, a.Amount = "recovery", ptr(1+r.Int64N(20_000))
		case k < 22:
			a.Kind, a.Amount = "fee", ptr(1+r.Int64N(900))
		default:
			if m.offOf[x.LoanID] == "" {
				continue
			}
			a.Kind, a.TargetID = "reversal", ptr(m.offOf[x.LoanID])
			delete(m.offOf, x.LoanID)
		}
		adjustments = append(adjustments, a)
	}
	if b := fmt.Sprint("B", r.IntN(9)); r.IntN(6) == 0 { // a borrower pays much on all his loans
		for _, x := range m.loans {
			if m.events++; x.BorrowerID == b {
				repayments = append(repayments, repaymentFile{fmt.Sprint("E", m.events), x.LoanID, int32(date), x.Principal / 2, x.Currency})
			}
		}
	}
	if len(loans) > 0 {
		write(m.t, dir, "loans-1", loans)
	}
	if len(repayments) > 0 {
		write(m.t, dir, "repayments-1", repayments)
	}
	if len(adjustments) > 0 {
		write(m.t, dir, "adjustments-1", adjustments)
	}
	if flags := m.flags(date); len(flags) > 0 {
		write(m.t, dir, "flags-1", flags)
	}
	m.l.close(date.String())
	m.nights = append(m.nights, date.String())
}

func (m *monthsRun) flags(date civil.Date) (flags []flagFile) {
	for range m.r.IntN(3) {
		f := flagFile{
			Flag:      []string{"watch", "credit_impaired", "fraud", "default", "npa", "loss_identified"}[m.r.IntN(6)],
			ValidFrom: int32(date) - int32(m.r.IntN(40)), ValidUntil: ptr(int32(date) + int32(m.r.IntN(60))),
		}
		if len(m.loans) > 0 && m.r.IntN(2) == 0 {
			f.LoanID = ptr(m.loans[m.r.IntN(len(m.loans))].LoanID)
		} else {
			f.BorrowerID = ptr(fmt.Sprint("B", m.r.IntN(9)))
		}
		flags = append(flags, f)
	}
	return flags
}

// policies are those of the nights, as the book has them.
func (m *monthsRun) policies() {
	b := openRead(m.t, m.l)
	for _, date := range m.nights {
		v, err := book.At(b, day(m.t, date))
		if err != nil {
			m.t.Fatal(err)
		}
		m.views[date] = v.Policy
	}
}

// TestMonthTablesFollowFromTheTapes: each table of the month is what the two tapes say that
// were published, of its base and of its night, cell for cell: over months, policies, late
// files, flags that come late, and loans that make each other worse.
func TestMonthTablesFollowFromTheTapes(t *testing.T) {
	t.Parallel()
	first, seeds := seedsToTry(2)
	seen := map[string]int{}
	for seed := first; seed < first+seeds; seed++ {
		m := newMonthsRun(t, uint64(seed))
		changed := false
		for d := day(t, "2026-02-20"); d < day(t, "2026-06-10"); d += 1 + civil.Date(m.r.IntN(9)) {
			if !changed && d >= day(t, "2026-04-12") {
				m.l.policy(monthsAfter)
				changed = true
			}
			m.night(d)
		}
		m.policies()
		for i := range m.nights {
			m.check(i, seen)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
		verifySilent(t, m.l)
	}
	if seeds > 1 {
		for _, want := range []string{
			"new", "returned", "transfer_in", "transfer_out", "repaid", "other", "remeasured", "settled", "charged_off", "opening", "closing",
			"class new_pack", "contagion", "bucket early", "npa additions", "npa upgraded", "npa recovered", "npa written_off",
		} {
			if seen[want] == 0 {
				t.Errorf("nothing is %s: it is not tried", want)
			}
		}
	}
}

// check holds the tables of a night to the tapes.
func (m *monthsRun) check(i int, seen map[string]int) {
	m.t.Helper()
	date, base := m.nights[i], ""
	for _, d := range m.nights[:i] {
		if d[:7] < date[:7] {
			base = d
		}
	}
	n := naiveMonth{t: m.t, date: date, base: base, was: map[string]map[string]string{}, now: m.l.tape(date), rows: map[string][]string{}}
	n.policy = m.views[date]
	if base != "" {
		n.was, n.before = m.l.tape(base), m.views[base]
		n.tables()
	}
	for _, row := range n.now {
		if row["cn_rule"] == "contagion" || row["in_rule"] == "contagion" {
			seen["contagion"]++
		}
	}
	for _, name := range monthTables {
		var got []string
		for _, row := range m.l.table(date, "regulatory/"+name+".parquet") {
			if row["base_date"] != base || row["business_date"] != date {
				m.t.Errorf("%s of %s: the base is %s, want %s", name, date, row["base_date"], base)
			}
			delete(row, "base_date")
			delete(row, "business_date")
			got = append(got, flatRow(row))
			seen[row["flow"]]++
			seen["class "+row["class"]]++
			seen["bucket "+row["bucket"]]++
			for _, column := range []string{"additions", "upgraded", "recovered", "written_off"} {
				if name == "npa_movement" && row[column] != "0.00" {
					seen["npa "+column]++
				}
			}
		}
		want := n.rows[name]
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			m.t.Errorf("%s of %s, base %s: %s", name, date, base, differences(got, want))
		}
	}
}

// differences names the rows of one list that the other has not.
func differences(got, want []string) string {
	var b strings.Builder
	for _, x := range got {
		if !slices.Contains(want, x) {
			fmt.Fprintf(&b, "\n got %s", x)
		}
	}
	for _, x := range want {
		if !slices.Contains(got, x) {
			fmt.Fprintf(&b, "\nwant %s", x)
		}
	}
	return b.String()
}

// flatRow writes a row as one text.
func flatRow(row map[string]string) string {
	var list []string
	for k, v := range row {
		list = append(list, k+"="+v)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// A naiveMonth computes the month's tables from two tapes.
type naiveMonth struct {
	t              *testing.T
	date, base     string
	was, now       map[string]map[string]string
	before, policy *policy.Policy
	rows           map[string][]string
}

// A monthLoan is a loan on the two tapes.
type monthLoan struct {
	was, now     map[string]string
	wasOn, nowOn bool
}

func onBook(row map[string]string) bool {
	return row["status"] == "active" || row["status"] == "quarantined"
}

func (n *naiveMonth) amount(row map[string]string, names ...string) (sum int64) {
	for _, name := range names {
		if row != nil {
			sum += amountOf(n.t, row[name])
		}
	}
	return sum
}

func (n *naiveMonth) gross(row map[string]string) int64 {
	return n.amount(row, "total_outstanding") - n.amount(row, "interest_suspended")
}

func (n *naiveMonth) paid(row map[string]string) int64 {
	return n.amount(row, "principal_paid", "interest_paid", "fees_paid", "penalties_paid")
}

func (n *naiveMonth) tables() {
	var list []monthLoan
	for id, now := range n.now {
		was := n.was[id]
		list = append(list, monthLoan{was, now, was != nil && onBook(was), onBook(now)})
	}
	for _, currency := range []string{"CNY", "USD"} {
		mine := slices.DeleteFunc(slices.Clone(list), func(x monthLoan) bool { return x.now["currency"] != currency })
		n.chargeOffs(currency, mine)
		mine = slices.DeleteFunc(mine, func(x monthLoan) bool { return !x.wasOn && !x.nowOn })
		if len(mine) == 0 {
			continue
		}
		n.migration(currency, mine)
		n.rollRates(currency, mine)
		for _, p := range n.policy.Packs {
			n.movement(currency, p.Name, mine)
		}
	}
}

func (n *naiveMonth) add(table, format string, args ...any) {
	row := map[string]string{}
	for _, pair := range strings.Split(fmt.Sprintf(format, args...), " ") {
		k, v, _ := strings.Cut(pair, "=")
		row[k] = v
	}
	n.rows[table] = append(n.rows[table], flatRow(row))
}

func twoDigits(v int64) string { return reports.Decimal(v, 2, 2) }

// rate is an exact quotient with six decimals, half-even.
func rate(num, den *big.Int) string {
	if den.Sign() == 0 {
		return ""
	}
	scaled := new(big.Rat).SetFrac(new(big.Int).Mul(num, big.NewInt(1_000_000)), den)
	floor := new(big.Int).Div(scaled.Num(), scaled.Denom())
	rest := new(big.Rat).Sub(scaled, new(big.Rat).SetInt(floor))
	c := rest.Cmp(big.NewRat(1, 2))
	if c > 0 || c == 0 && floor.Bit(0) == 1 {
		floor.Add(floor, big.NewInt(1))
	}
	return reports.Decimal(floor.Int64(), 6, 6)
}

func rateOf(num, den int64) string { return rate(big.NewInt(num), big.NewInt(den)) }

// bucketThen is a loan's bucket at the base, in the words of the night.
func (n *naiveMonth) bucketThen(x monthLoan) string {
	name := x.was["bucket"]
	for _, b := range n.before.Aging.Buckets {
		if b.Name == name {
			last := ""
			for _, c := range n.policy.Aging.Buckets {
				if c.From <= b.From {
					last = c.Name
				}
			}
			return last
		}
	}
	n.t.Fatalf("bucket %q is none of the base's", name)
	return ""
}

func (n *naiveMonth) origin(x monthLoan) string {
	switch {
	case x.wasOn:
		return n.bucketThen(x)
	case x.was == nil:
		return "new"
	}
	return "returned"
}

func (n *naiveMonth) migration(currency string, list []monthLoan) {
	type cell struct{ loans, balance, now int64 }
	cells, all := map[[2]string]cell{}, map[string]cell{}
	for _, x := range list {
		to := x.now["bucket"]
		if !x.nowOn {
			to = x.now["status"]
		}
		key := [2]string{n.origin(x), to}
		c, a := cells[key], all[key[0]]
		c.loans, a.loans, c.now = c.loans+1, a.loans+1, c.now+n.amount(x.now, "total_outstanding")
		if x.wasOn {
			c.balance, a.balance = c.balance+n.amount(x.was, "total_outstanding"), a.balance+n.amount(x.was, "total_outstanding")
		}
		cells[key], all[key[0]] = c, a
	}
	for key, c := range cells {
		n.add("migration_month", "currency=%s from=%s to=%s loans=%d balance=%s balance_now=%s rate_by_count=%s rate_by_balance=%s", currency, key[0], key[1],
			c.loans, twoDigits(c.balance), twoDigits(c.now), rateOf(c.loans, all[key[0]].loans), rateOf(c.balance, all[key[0]].balance))
	}
}

func (n *naiveMonth) rollRates(currency string, list []monthLoan) {
	buckets := n.policy.Aging.Buckets.Names()
	type cell struct{ loans, balance, rolled, rolledBalance int64 }
	cells := make([]cell, len(buckets))
	for _, x := range list {
		if !x.wasOn {
			continue
		}
		k, balance := slices.Index(buckets, n.bucketThen(x)), n.amount(x.was, "total_outstanding")
		c := &cells[k]
		c.loans, c.balance = c.loans+1, c.balance+balance
		if x.nowOn && slices.Index(buckets, x.now["bucket"]) > k || strings.HasSuffix(x.now["status"], "_off") {
			c.rolled, c.rolledBalance = c.rolled+1, c.rolledBalance+balance
		}
	}
	for k, c := range cells {
		num, den := big.NewInt(1), big.NewInt(1)
		for _, later := range cells[k:] {
			num.Mul(num, big.NewInt(later.rolledBalance))
			den.Mul(den, big.NewInt(later.balance))
		}
		n.add("roll_rates", "currency=%s bucket=%s loans=%d balance=%s rolled_loans=%d rolled_balance=%s roll_rate_by_count=%s roll_rate_by_balance=%s flow_to_loss=%s",
			currency, buckets[k], c.loans, twoDigits(c.balance), c.rolled, twoDigits(c.rolledBalance), rateOf(c.rolled, c.loans), rateOf(c.rolledBalance, c.balance), rate(num, den))
	}
}

// A monthFlow is a row of the movement of a class.
type monthFlow struct{ class, flow, other string }

type monthSum struct{ loans, gross, allowance int64 }

// movement is that of a pack, each flow as the contract has it, loan by loan.
func (n *naiveMonth) movement(currency, pack string, list []monthLoan) {
	sums := map[monthFlow]monthSum{}
	add := func(class, flow, other string, gross, allowance int64) {
		key := monthFlow{class, flow, other}
		s := sums[key]
		sums[key] = monthSum{s.loans + 1, s.gross + gross, s.allowance + allowance}
	}
	provision := func(row map[string]string) int64 {
		if row[pack+"_provision"] == "" {
			return 0
		}
		return n.amount(row, pack+"_provision")
	}
	for _, x := range list {
		c0, c1, g0, g1, a0, a1 := x.was[pack+"_class"], x.now[pack+"_class"], n.gross(x.was), n.gross(x.now), provision(x.was), provision(x.now)
		if c0 == "" {
			c0 = "new_pack"
		}
		if x.wasOn {
			add(c0, "opening", "", g0, a0)
		}
		if x.nowOn {
			add(c1, "closing", "", g1, a1)
		}
		switch paid := n.paid(x.now) - n.paid(x.was); {
		case x.wasOn && x.nowOn:
			if c0 != c1 {
				add(c1, "transfer_in", c0, g0, a0)
				add(c0, "transfer_out", c1, -g0, -a0)
			}
			add(c1, "repaid", "", -paid, 0)
			add(c1, "other", "", g1-g0+paid, 0)
			add(c1, "remeasured", "", 0, a1-a0)
		case x.wasOn && strings.HasSuffix(x.now["status"], "_off"):
			add(c0, "charged_off", "", -g0, -a0)
		case x.wasOn:
			add(c0, "settled", "", -g0, -a0)
		case x.was == nil:
			add(c1, "new", "", g1, a1)
		default:
			add(c1, "returned", "", g1, a1)
		}
	}
	n.movementRows(currency, pack, sums)
	if pack == "in" {
		n.npa(currency, list)
	}
}

func (n *naiveMonth) movementRows(currency, pack string, sums map[monthFlow]monthSum) {
	at := slices.IndexFunc(n.policy.Packs, func(p *classify.Pack) bool { return p.Name == pack })
	classes := n.policy.Packs[at].ClassNames()
	if sums[monthFlow{"new_pack", "opening", ""}].loans > 0 {
		classes = append(classes, "new_pack")
	}
	for _, class := range classes {
		for _, end := range []string{"opening", "closing"} { // zeros included
			if key := (monthFlow{class, end, ""}); sums[key].loans == 0 {
				sums[key] = monthSum{}
			}
		}
		total := monthSum{}
		for key, s := range sums {
			if key.class == class && key.flow != "closing" {
				total.gross, total.allowance = total.gross+s.gross, total.allowance+s.allowance
			}
		}
		if end := sums[monthFlow{class, "closing", ""}]; end.gross != total.gross || end.allowance != total.allowance {
			n.t.Errorf("%s, %s %s %s: opening and flows come to %v, closing is %v", n.date, pack, currency, class, total, end)
		}
	}
	for key, s := range sums {
		n.add("stage_movement", "pack=%s currency=%s class=%s flow=%s other_class=%s loans=%d gross=%s allowance=%s",
			pack, currency, key.class, key.flow, key.other, s.loans, twoDigits(s.gross), twoDigits(s.allowance))
	}
}

// npa is the movement of loans that the pack in has as non-performing.
func (n *naiveMonth) npa(currency string, list []monthLoan) {
	at := slices.IndexFunc(n.policy.Packs, func(p *classify.Pack) bool { return p.Name == "in" })
	bad := map[string]bool{}
	for _, c := range n.policy.Packs[at].Classes {
		bad[c.Name] = c.NonPerforming
	}
	var opening, additions, upgraded, recovered, writtenOff, closing int64
	for _, x := range list {
		was, is := x.wasOn && bad[x.was["in_class"]], x.nowOn && bad[x.now["in_class"]]
		g0, g1, paid := n.gross(x.was), n.gross(x.now), n.paid(x.now)-n.paid(x.was)
		if was {
			opening += g0
		}
		if is {
			closing += g1
		}
		switch {
		case was && is:
			additions, recovered = additions+g1-g0+paid, recovered+paid
		case is:
			additions += g1
		case was && x.nowOn:
			upgraded += g0
		case was && strings.HasSuffix(x.now["status"], "_off"):
			writtenOff += g0
		case was:
			recovered += g0
		}
	}
	if opening+additions-upgraded-recovered-writtenOff != closing {
		n.t.Errorf("%s: the movement of NPA does not close", n.date)
	}
	n.add("npa_movement", "currency=%s opening=%s additions=%s upgraded=%s recovered=%s written_off=%s closing=%s", currency,
		twoDigits(opening), twoDigits(additions), twoDigits(upgraded), twoDigits(recovered), twoDigits(writtenOff), twoDigits(closing))
}

func (n *naiveMonth) chargeOffs(currency string, list []monthLoan) {
	for _, product := range []string{"default", "card"} {
		var loans, off, back, total int64
		for _, x := range list {
			if x.now["product"] != product {
				continue
			}
			loans++
			off += n.amount(x.now, "charged_off") - n.amount(x.was, "charged_off")
			back += n.amount(x.now, "recovered") - n.amount(x.was, "recovered")
			if x.wasOn {
				total += n.amount(x.was, "total_outstanding")
			}
			if x.nowOn {
				total += n.amount(x.now, "total_outstanding")
			}
		}
		if loans == 0 {
			continue
		}
		average := total / 2
		if total%2 != 0 && average%2 != 0 {
			average++
		}
		days := int64(day(n.t, n.date) - day(n.t, n.base))
		n.add("charge_offs_month", "currency=%s product=%s charged_off=%s recovered=%s net=%s average_balance=%s annualised_rate=%s", currency, product,
			twoDigits(off), twoDigits(back), twoDigits(off-back), twoDigits(average), rateOf((off-back)*365, average*days))
	}
}

// TestMonthTablesAreTheSameOnAnyMachine: workers and parts change nothing of the tables, nor
// of what the book keeps of the base.
func TestMonthTablesAreTheSameOnAnyMachine(t *testing.T) {
	defer func(rows int64) { partRows = rows }(partRows)
	var want string
	for i, workers := range []int{1, 3} {
		partRows = []int64{1 << 14, 8}[i]
		m := newMonthsRun(t, 5)
		m.l.o.Workers = workers
		for d := day(t, "2026-03-02"); d < day(t, "2026-05-10"); d += 6 {
			m.night(d)
		}
		var got strings.Builder
		for _, date := range m.nights {
			for _, name := range monthTables {
				for _, row := range m.l.table(date, "regulatory/"+name+".parquet") {
					fmt.Fprintln(&got, date, name, flatRow(row))
				}
			}
		}
		b := openRead(t, m.l)
		last, err := book.Last(b)
		if err != nil {
			t.Fatal(err)
		}
		if last.BaseDate == nil || last.BaseDate.String()[:7] != "2026-04" {
			t.Errorf("the base is of %v, want the last close in April", last.BaseDate)
		}
		bases := 0
		for q := range last.Partitions {
			bases += last.Partitions[q].Bases
			fmt.Fprintln(&got, q, last.Partitions[q].Bases, last.Partitions[q].BasesSum)
		}
		if bases == 0 {
			t.Error("the book keeps no base")
		}
		if i == 0 {
			want = got.String()
		} else if got.String() != want {
			t.Error("the tables differ by workers or parts")
		}
	}
}

// TestMonthTablesCompareWithAMonthsEnd: closing each night or a few times gives the same
// tables on a night whose base is the same; and the flags that tonight brings of days before
// the base change nothing of what the base said.
func TestMonthTablesCompareWithAMonthsEnd(t *testing.T) {
	lenders := map[string]*lender{}
	for name, nights := range map[string][]string{
		"nightly": {"2026-02-02", "2026-03-30", "2026-03-31", "2026-04-01", "2026-04-02", "2026-04-14", "2026-04-15"},
		"twice":   {"2026-02-02", "2026-03-31", "2026-04-15"},
	} {
		l := newLender(t)
		lenders[name] = l
		l.policy(monthsPolicy)
		second := aLoan(t, "L2", "2026-01-01", "2026-02-01")
		second.BorrowerID = "B-L1"
		write(t, l.in("2026-02-02"), "loans-1", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01"), second, aLoan(t, "L3", "2026-01-01", "2026-05-01")})
		write(t, l.in("2026-04-15"), "flags-1", []flagFile{{BorrowerID: ptr("B-L3"), Flag: "credit_impaired", ValidFrom: int32(day(t, "2026-03-20"))}})
		write(t, l.in("2026-04-15"), "repayments-1", []repaymentFile{pays(t, "P1", "L1", "2026-03-15", "330.00")})
		for _, date := range nights {
			l.close(date)
		}
		for _, row := range l.table("2026-04-15", "regulatory/stage_movement.parquet") {
			if row["base_date"] != "2026-03-31" {
				t.Errorf("%s: the base is %s", name, row["base_date"])
			}
			// L3 was a pass at the base, whatever is said of that day since.
			if row["pack"] == "cn" && row["class"] == "pass" && row["flow"] == "opening" {
				expect(t, name, row, "loans=1")
			}
		}
	}
	for _, table := range monthTables {
		got, want := lenders["twice"].table("2026-04-15", "regulatory/"+table+".parquet"), lenders["nightly"].table("2026-04-15", "regulatory/"+table+".parquet")
		if len(got) == 0 || fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: closed twice\n%v\nclosed nightly\n%v", table, got, want)
		}
	}
	first := lenders["nightly"].table("2026-02-02", "regulatory/roll_rates.parquet")
	if len(first) != 0 {
		t.Errorf("the first night has no base, and %d rows", len(first))
	}
}

// TestVerifyFindsForgedBases: verify holds month bases to the nights' records, and reads them.
func TestVerifyFindsForgedBases(t *testing.T) {
	l := newLender(t)
	l.policy(monthsPolicy)
	write(t, l.in("2026-02-03"), "loans-1", []loanFile{aLoan(t, "L1", "2026-01-01", "2026-02-01")})
	for _, date := range []string{"2026-02-03", "2026-03-01", "2026-03-02"} {
		l.close(date)
	}
	verifySilent(t, l)
	for _, x := range []struct {
		name   string
		change func(rec []byte) []byte
		night  func(r *record.Night)
		sealed bool
		want   string
	}{
		{"one that is gone", func([]byte) []byte { return nil }, nil, false, "month bases, partition"},
		{"another", func(rec []byte) []byte { return append(rec[:len(rec)-1], rec[len(rec)-1]^2) }, nil, false, "they are not those that the night"},
		{"a damaged one", func(rec []byte) []byte { return rec[:len(rec)-1] }, nil, true, "month base is damaged"},
		{"one of no close", func(rec []byte) []byte { return rec }, func(r *record.Night) { r.BaseDate = nil }, true, "knows of none"},
	} {
		f := &forger{digests: x.sealed, night: x.night, people: func(space store.Space, _ string, rec []byte) []byte {
			if space == store.Bases {
				return x.change(rec)
			}
			return rec
		}}
		_, faults := f.faults(t, l.o.Book)
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.Contains(f, x.want) }) {
			t.Errorf("%s: verify says %q, want %q", x.name, faults, x.want)
		}
	}
}
