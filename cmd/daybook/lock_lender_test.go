package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"daybook/ledger/civil"
	"daybook/reports"
)

// A lockLender is a lender of several currencies and products whose nights bring all that a
// period may have, as its dice say.
type lockLender struct {
	t                      testing.TB
	dir, book, out, policy string
	*rand.Rand
	loans  []lockLoan
	paid   []lockRow // repayments that may be reversed
	held   []lockRow // payments that may be in suspense
	serial int
	nights []civil.Date
}

type lockLoan struct {
	id, currency string
	disbursed    civil.Date
}

// A lockRow is a row of repayments (no kind) or of adjustments.
type lockRow struct {
	id, loan, kind, currency  string
	value                     civil.Date
	amount                    int64 // at three digits; 0: none
	target, choice, component string
}

const lockPolicy = `
name: periods
jurisdiction: none
time_zone: UTC
currencies: [EUR, JPY, KWD]
packs: [in]
provisions: {post: in}
products:
  default: {}
  car: {late_charges: {penalty_interest: {rate_multiplier: 1.5, on: [principal], grace_days: 1}}}
  home: {interest: daily, day_count: ACT/365F, settle: {fee_rate: 0.01}}
intake: {allow_empty: true, reject_threshold: {rows: 1, amount: 1}, gap_days_max: 400}
`

func newLockLender(t testing.TB, seed uint64, more string) *lockLender {
	t.Helper()
	return newLenderOf(t, seed, lockPolicy+more)
}

// newLenderOf makes a lender with a policy.
func newLenderOf(t testing.TB, seed uint64, policy string) *lockLender {
	t.Helper()
	dir := t.TempDir()
	l := &lockLender{
		t: t, dir: dir, book: filepath.Join(dir, "book"), out: filepath.Join(dir, "out"), policy: filepath.Join(dir, "policy.yaml"),
		Rand: rand.New(rand.NewPCG(seed, 7)),
	}
	if err := os.WriteFile(l.policy, []byte(policy), 0o600); err != nil {
		t.Fatal(err)
	}
	l.must(statusDone, "init", "--book", l.book, "--policy", l.policy)
	return l
}

// must runs the program and expects a status.
func (l *lockLender) must(status int, args ...string) (stdout, stderr string) {
	l.t.Helper()
	var out, errs bytes.Buffer
	if got := newApp(&out, &errs).run(l.t.Context(), args); got != status {
		l.t.Fatalf("daybook %q: exit status %d, want %d\n%s%s", args, got, status, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// lock locks, and expects a status.
func (l *lockLender) lock(status int, through string, more ...string) (stdout, stderr string) {
	l.t.Helper()
	return l.must(status, append([]string{"lock", "--book", l.book, "--through", through, "--out", l.out}, more...)...)
}

func lockDay(s string) civil.Date {
	d, err := civil.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// close closes a night of some rows.
func (l *lockLender) close(date string, loans []lockLoan, rows []lockRow, more ...string) {
	l.t.Helper()
	l.must(statusDone, append([]string{"close", "--book", l.book, "--in", l.inbox(date, loans, rows), "--out", l.out, "--date", date, "-q"}, more...)...)
	l.nights = append(l.nights, lockDay(date))
}

func (l *lockLender) inbox(date string, loans []lockLoan, rows []lockRow) string {
	l.t.Helper()
	text := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Text, Optional: true}
	}
	day := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Date} }
	amount := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Amount, Digits: 3, Optional: true}
	}
	booked := &reports.Table{Name: "loans", Columns: []reports.Column{
		text("loan_id"), text("borrower_id"), text("product"), text("currency"), amount("principal"), day("disbursed_on"), day("first_due_on"),
		{Name: "installments", Kind: reports.Count}, {Name: "annual_rate", Kind: reports.Amount, Digits: 9},
	}}
	for _, x := range loans {
		product := []string{"default", "car", "home"}[int(x.id[len(x.id)-1])%3]
		booked.Append(x.id, "B"+x.id, product, x.currency, int64(1_200_000), x.disbursed, x.disbursed+20, 12, int64(180_000_000))
	}
	repayments := &reports.Table{Name: "repayments", Columns: []reports.Column{text("repayment_id"), text("loan_id"), day("value_date"), amount("amount"), text("currency")}}
	adjustments := &reports.Table{Name: "adjustments", Columns: []reports.Column{
		text("adjustment_id"), text("loan_id"), text("kind"), day("value_date"), amount("amount"), text("target_id"), text("choice"), text("component"),
	}}
	for _, x := range rows {
		if x.kind == "" {
			repayments.Append(x.id, x.loan, x.value, x.amount, x.currency)
			continue
		}
		var stated any
		if x.amount != 0 {
			stated = x.amount
		}
		adjustments.Append(x.id, x.loan, x.kind, x.value, stated, x.target, x.choice, x.component)
	}
	in := filepath.Join(l.dir, "in", date)
	if err := os.MkdirAll(in, 0o700); err != nil {
		l.t.Fatal(err)
	}
	for _, t := range []*reports.Table{booked, repayments, adjustments} {
		if t.Rows() == 0 {
			continue
		}
		if _, err := reports.WriteParquet(filepath.Join(in, t.Name+".parquet"), t); err != nil {
			l.t.Fatal(err)
		}
	}
	return in
}

// newLoans are loans that were paid out some days ago.
func (l *lockLender) newLoans(on civil.Date, n int) (list []lockLoan) {
	for range n {
		x := lockLoan{fmt.Sprintf("L%03d", len(l.loans)), []string{"EUR", "JPY", "KWD"}[l.IntN(3)], on - civil.Date(l.IntN(60))}
		if l.IntN(4) == 0 {
			x.disbursed -= 200 // long past due
		}
		l.loans, list = append(l.loans, x), append(list, x)
	}
	return list
}

func (l *lockLender) id(prefix string) string {
	l.serial++
	return fmt.Sprintf("%s%04d", prefix, l.serial)
}

// random closes a night of random rows.
func (l *lockLender) random(date string) {
	l.t.Helper()
	on := lockDay(date)
	n := l.IntN(4)
	if len(l.loans) == 0 {
		n = 40
	}
	loans := l.newLoans(on, n)
	var rows []lockRow
	for range 12 + l.IntN(10) {
		rows = append(rows, l.row(on))
	}
	for _, x := range rows {
		switch {
		case x.kind == "" && x.loan[0] == 'L':
			l.paid = append(l.paid, x)
		case x.kind == "":
			l.held = append(l.held, x)
		}
	}
	l.close(date, loans, rows)
}

// row is one random row of a night: not all of them can be applied.
func (l *lockLender) row(on civil.Date) lockRow {
	x := l.loans[l.IntN(len(l.loans))]
	value := on
	if l.IntN(3) == 0 {
		value = max(on-civil.Date(l.IntN(30)), x.disbursed)
	}
	amount := int64(1000 * (1 + l.IntN(200)))
	row := lockRow{loan: x.id, currency: x.currency, value: value, amount: amount}
	adjust := func(kind string) lockRow {
		row.id, row.kind = l.id("A"), kind
		return row
	}
	switch k := l.IntN(30); {
	case k == 0:
		return adjust("fee")
	case k == 1:
		return adjust("penalty")
	case k == 2:
		row.component = []string{"interest", "fee", "penalty"}[l.IntN(3)]
		row.amount = int64(1000 * (1 + l.IntN(3)))
		return adjust("waiver")
	case k == 3:
		return adjust("goodwill")
	case k == 4:
		row.amount = 0
		return adjust("charge_off")
	case k == 5:
		return adjust("recovery")
	case k == 6:
		return adjust("refund")
	case k == 7:
		row.choice = "shorter_term"
		return adjust("prepay")
	case k == 8:
		row.amount, row.value = 0, on
		return adjust("settle")
	case k <= 11 && len(l.paid) > 0:
		target := l.paid[l.IntN(len(l.paid))]
		row = lockRow{loan: target.loan, target: target.id, value: on}
		if k == 9 {
			row.amount = target.amount
			return adjust("chargeback")
		}
		return adjust("reversal")
	case k <= 14 && len(l.held) > 0:
		target := l.held[l.IntN(len(l.held))]
		row = lockRow{loan: x.id, target: target.id, value: on}
		if k == 12 {
			row.choice = "return"
		}
		return adjust("release")
	case k <= 17: // money of a loan that is not there, or not yet
		row.loan, row.id = fmt.Sprintf("X%d", l.IntN(5)), l.id("P")
		if l.IntN(2) == 0 {
			row.loan = fmt.Sprintf("L%03d", len(l.loans)+l.IntN(3))
		}
		return row
	case k == 18: // in another currency
		row.currency = map[string]string{"EUR": "JPY", "JPY": "KWD", "KWD": "EUR"}[row.currency]
	case k == 19:
		row.amount *= 50
	}
	row.id = l.id("P")
	return row
}

// csvRows reads a CSV of the output folder as rows by name.
func (l *lockLender) csvRows(path ...string) []map[string]string {
	l.t.Helper()
	return readCSVRows(l.t, filepath.Join(append([]string{l.out}, path...)...))
}

// copy copies the lender's book and what it published.
func (l *lockLender) copy() *lockLender {
	l.t.Helper()
	c := *l
	c.dir = l.t.TempDir()
	c.book, c.out, c.nights = filepath.Join(c.dir, "book"), filepath.Join(c.dir, "out"), slices.Clone(l.nights)
	for _, name := range []string{"book", "out"} {
		if err := os.CopyFS(filepath.Join(c.dir, name), os.DirFS(filepath.Join(l.dir, name))); err != nil {
			l.t.Fatal(err)
		}
	}
	return &c
}
