package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/reports"
)

// The lender of a world on disk: its inbox, its nights closed, and what its journal says of
// cash.

// A recLender is a world's lender in a folder.
type recLender struct {
	*recWorld
	dir, book, out string
}

func (w *recWorld) policyText(reconciles bool) string {
	text := fmt.Sprintf(`format_version: 1
name: lender
jurisdiction: none
time_zone: Europe/Berlin
currencies: [%s]
intake: {allow_empty: true, reject_threshold: {rows: 1, amount: 1}, gap_days_max: 400}
`, strings.Join(w.currencies(), ", "))
	if !reconciles {
		return text
	}
	p := &w.policy
	text += "reconciliation:\n"
	if p.from != civil.None {
		text += fmt.Sprintf("  from: %s\n", p.from)
	}
	text += fmt.Sprintf("  reference_window_days: %d\n  amount_window_days: %d\n  outstanding_days: %d\n  minimum_reference: %d\n  tolerance: %s\n",
		p.referenceWindow, p.amountWindow, p.outstandingDay, p.minimumReference, recUnits(p.tolerance, 2))
	text += "  fees:\n"
	for _, f := range p.fees {
		text += fmt.Sprintf("    - {channel: %s, rate: %s, fixed: %s, tolerance: %s}\n", f.channel, recUnits(f.rate, 9), recUnits(f.fixed, 2), recUnits(f.tolerance, 2))
	}
	text += "  settlements:\n"
	for _, s := range p.settlements {
		text += fmt.Sprintf("    - {channel: %s, group_by: %s, lag_days: %d, rate: %s, fixed: %s, tolerance: %s, text: %q}\n", s.channel, s.groupBy, s.lagDays,
			recUnits(s.rate, 9), recUnits(s.fixed, 2), recUnits(s.tolerance, 2), s.text)
	}
	return text + fmt.Sprintf("  fee_codes: [%s]\n", strings.Join(p.feeCodes, ", "))
}

// recUnits writes a whole number of small units as a decimal.
func recUnits(x int64, digits int) string {
	sign := ""
	if x < 0 {
		sign = "-"
	}
	text := fmt.Sprintf("%0*d", digits+1, abs64(x))
	if digits == 0 {
		return sign + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}

// lender makes the book of a world.
func (w *recWorld) lender(t *testing.T, reconciles bool) *recLender {
	t.Helper()
	dir := t.TempDir()
	l := &recLender{w, dir, filepath.Join(dir, "book"), filepath.Join(dir, "out")}
	policy := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte(w.policyText(reconciles)), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "init", "--book", l.book, "--policy", policy)
	return l
}

// close closes a night, with such further files in its inbox, and gives its items the
// numbers that the journal has for them.
func (l *recLender) close(t *testing.T, n *recNight, reconciles bool) {
	t.Helper()
	in := l.inbox(t, n)
	run(t, "close", "--book", l.book, "--in", in, "--out", l.out, "--date", n.date.String(), "--quiet")
	posted := l.cash(t, n.date)
	for _, x := range n.items {
		at := slices.IndexFunc(posted, func(y *recItem) bool {
			return x.kind == y.kind && x.source == y.source && x.loan == y.loan && x.currency == y.currency && x.value == y.value && x.amount == y.amount &&
				(!reconciles || x.channel == y.channel && x.reference == y.reference)
		})
		if at < 0 {
			t.Errorf("seed %d: %s has no %+v", l.seed, n.date, *x)
			continue
		}
		x.entry = posted[at].entry
		posted = slices.Delete(posted, at, at+1)
	}
	for _, y := range posted {
		t.Errorf("seed %d: %s has also %+v", l.seed, n.date, *y)
	}
}

// inbox writes a night's files.
func (l *recLender) inbox(t *testing.T, n *recNight) string {
	t.Helper()
	in := filepath.Join(l.dir, "in", n.date.String())
	if err := os.MkdirAll(in, 0o700); err != nil {
		t.Fatal(err)
	}
	text := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Text, Optional: true}
	}
	date := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Date} }
	amount := reports.Column{Name: "amount", Kind: reports.Amount, Digits: 2, Optional: true}
	principal, rate := amount, amount
	principal.Name, rate.Name, rate.Digits = "principal", "annual_rate", 4
	loans := reports.Table{Columns: []reports.Column{text("loan_id"), text("borrower_id"), text("product"), text("currency"), principal,
		date("disbursed_on"), date("first_due_on"), {Name: "installments", Kind: reports.Count}, rate}}
	for _, x := range n.loans {
		loans.Append(x.id, "B"+x.id, "default", x.currency, l.cents(x.principal, x.currency), x.disbursed, x.disbursed+30, 24, int64(1200))
	}
	repayments := reports.Table{Columns: []reports.Column{text("repayment_id"), text("loan_id"), date("value_date"), amount, text("currency"), text("channel"),
		text("reference")}}
	for _, x := range n.repayments {
		repayments.Append(x.id, x.loan, x.value, l.cents(x.amount, x.currency), x.currency, x.channel, x.reference)
	}
	adjustments := reports.Table{Columns: []reports.Column{text("adjustment_id"), text("loan_id"), text("kind"), date("value_date"), amount, text("target_id"),
		text("choice")}}
	for _, x := range n.adjustments {
		var stated any
		if x.amount != 0 {
			at := slices.IndexFunc(l.loans, func(y *recLoan) bool { return y.id == x.loan })
			stated = l.cents(x.amount, l.loans[at].currency)
		}
		adjustments.Append(x.id, x.loan, x.kind, x.value, stated, x.target, x.choice)
	}
	for name, table := range map[string]*reports.Table{"loans": &loans, "repayments": &repayments, "adjustments": &adjustments} {
		if table.Rows() > 0 {
			if _, err := reports.WriteParquet(filepath.Join(in, name+"-1.parquet"), table); err != nil {
				t.Fatal(err)
			}
		}
	}
	return in
}

// cents returns an amount in hundredths.
func (w *recWorld) cents(amount int64, currency string) int64 {
	if w.digits[currency] == 0 {
		return 100 * amount
	}
	return amount
}

// cash reads the cash items of a night from its journal.
func (l *recLender) cash(t *testing.T, night civil.Date) (items []*recItem) {
	t.Helper()
	parts, err := filepath.Glob(filepath.Join(l.out, night.String(), "journal", "part-*.parquet"))
	if err != nil || len(parts) == 0 {
		t.Fatalf("%s has %d parts of a journal: %v", night, len(parts), err)
	}
	of := map[string]*recItem{}
	for _, path := range parts {
		table, err := reports.ReadParquet(path)
		if err != nil {
			t.Fatal(err)
		}
		for i := range table.Rows() {
			row := map[string]string{}
			for c := range table.Columns {
				row[table.Columns[c].Name] = string(table.Columns[c].AppendValue(nil, i))
			}
			if row["account"] != "1001" {
				continue
			}
			key := row["entry_id"] + row["currency"]
			if of[key] == nil {
				value, err := civil.Parse(row["value_date"])
				if err != nil {
					t.Fatal(err)
				}
				of[key] = &recItem{business: night, value: value, kind: row["kind"], source: row["source_id"], loan: row["loan_id"], currency: row["currency"],
					channel: row["channel"], reference: row["reference"]}
				fmt.Sscan(row["entry_id"], &of[key].entry)
				items = append(items, of[key])
			}
			of[key].amount += l.amountOf(t, row["debit"], row["currency"]) - l.amountOf(t, row["credit"], row["currency"])
		}
	}
	return slices.DeleteFunc(items, func(x *recItem) bool { return x.amount == 0 })
}

// amountOf reads a decimal as minor units of a currency.
func (w *recWorld) amountOf(t *testing.T, text, currency string) int64 {
	t.Helper()
	if text == "" {
		return 0
	}
	whole, part, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	digits := w.digits[currency]
	for len(part) < digits {
		part += "0"
	}
	if strings.Trim(part[digits:], "0") != "" {
		t.Fatalf("%s %s is not whole", text, currency)
	}
	var v int64
	fmt.Sscan(strings.TrimLeft(whole+part[:digits], "0"), &v)
	if strings.HasPrefix(text, "-") {
		return -v
	}
	return v
}

// The ledger books what the world says it does: the items, which the model reconciles, are
// those of the journal.
func TestReconcileWorldIsBooked(t *testing.T) {
	w := newRecWorld(int64(recEnv("RECONCILE_SEED", 5)), recEnv("RECONCILE_NIGHTS", 4))
	l := w.lender(t, false)
	for _, n := range w.nights {
		l.close(t, n, false)
	}
}
