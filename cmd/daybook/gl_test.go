package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"daybook/ledger/civil"
	"daybook/ledger/store"
	"daybook/reports"
)

const glPolicy = `
name: general
jurisdiction: none
time_zone: UTC
currencies: [EUR, JPY, KWD]
packs: [in]
provisions: {post: in}
products: {default: {}, car: {}, home: {}}
gl_export:
  company: "=1000,<&>"
  accounts:
    cash_clearing: {code: "113100", cost_center: ""}
    interest_income: {code: "800100", cost_center: CC20, name: "Interest, <earned>"}
    fee_income: {code: "800200"}
    penalty_income: {code: "800200"}
    interest_in_suspense: {code: "990100"}
    interest_in_suspense_contra: {}
  xero: {tracking: {Cost centre: cost_center}}
`

var glCenters = map[string]string{
	"product": "  cost_centers: {by: product, map: {default: CC10, car: CC11, home: CC12}}\n",
	"region":  "  cost_centers: {by: region, map: {default: CC10, north: CC31, south: CC32}}\n",
}

// glNights are the nights of the lender, the last one in another month.
var glNights = []string{"2026-11-27", "2026-11-28", "2026-11-30", "2026-12-01"}

// glLender closes nights of loans of several currencies, products and regions, of which some
// pay, one late, with money that fits no loan, and provisions.
func glLender(t *testing.T, by string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	policy := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(policy, []byte(glPolicy+glCenters[by]), 0o600); err != nil {
		t.Fatal(err)
	}
	text := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Text} }
	date := func(name string) reports.Column { return reports.Column{Name: name, Kind: reports.Date} }
	amount := func(name string) reports.Column {
		return reports.Column{Name: name, Kind: reports.Amount, Digits: 3}
	}
	loans := &reports.Table{Name: "loans", Columns: []reports.Column{
		text("loan_id"), text("borrower_id"), text("product"), text("currency"), amount("principal"), date("disbursed_on"), date("first_due_on"),
		{Name: "installments", Kind: reports.Count}, {Name: "annual_rate", Kind: reports.Amount, Digits: 9}, text("method"), text("day_count"), amount("fee_per_installment"), text("region"),
	}}
	on := func(s string) civil.Date {
		d, err := civil.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	products, regions := []string{"car", "home", "default"}, []string{"north", "south", "", "east"}
	for i := range 60 {
		first := on("2026-10-28")
		if i%5 == 0 {
			first = on("2026-06-28") // long past due
		}
		loans.Append(fmt.Sprintf("L%02d", i), fmt.Sprintf("B%02d", i), products[i%3], []string{"EUR", "JPY", "KWD"}[i%7%3], 1000_000+i*1000, first.AddMonths(-1, 28), first,
			12, 120_000_000+i*1_000_000, "annuity", "30/360", i%2*1000, regions[i%4])
	}
	for n, night := range glNights {
		in := filepath.Join(dir, "in", night)
		if err := os.MkdirAll(in, 0o700); err != nil {
			t.Fatal(err)
		}
		paid := &reports.Table{Name: "repayments", Columns: []reports.Column{text("repayment_id"), text("loan_id"), date("value_date"), amount("amount"), text("currency")}}
		for i := range 60 {
			if i%4 == n {
				paid.Append(fmt.Sprintf("P%d-%02d", n, i), fmt.Sprintf("L%02d", i), on(night), 100_000+i*1000, []string{"EUR", "JPY", "KWD"}[i%7%3])
			}
		}
		paid.Append(fmt.Sprintf("H%d", n), "nobody", on(night), 77_000, "JPY")
		tables := []*reports.Table{paid}
		if n == 0 {
			tables = append(tables, loans)
		}
		for _, table := range tables {
			if _, err := reports.WriteParquet(filepath.Join(in, table.Name+".parquet"), table); err != nil {
				t.Fatal(err)
			}
		}
		var stderr bytes.Buffer
		args := []string{"close", "--book", filepath.Join(dir, "book"), "--in", in, "--out", filepath.Join(dir, "out"), "--date", night, "--policy", policy, "--gap", "9", "-q"}
		if status := newApp(&bytes.Buffer{}, &stderr).run(t.Context(), args); status != statusDone && status != statusAbove {
			t.Fatalf("close of %s: %d\n%s", night, status, stderr.String())
		}
	}
	return dir
}

// A glSum is what an account moved in a currency.
type glSum struct{ debits, credits int64 }

// glMovements are those of the trial balances of some nights, by posting date, currency and
// account of the general ledger.
func glMovements(t *testing.T, dir, from, to string, monthly bool) map[string]glSum {
	t.Helper()
	codes := map[string]string{"1001": "113100", "6001": "800100", "6002": "800200", "6003": "800200", "9001": "990100"}
	sums := map[string]glSum{}
	for _, night := range glNights {
		if night < from || night > to {
			continue
		}
		var v trialBalanceJSON
		if err := json.Unmarshal([]byte(run(t, "trial-balance", "--book", filepath.Join(dir, "book"), "--date", night, "--json")), &v); err != nil {
			t.Fatal(err)
		}
		date := night
		if monthly {
			d, _ := civil.Parse(night)
			date = min(d.MonthEnd().String(), to)
		}
		for _, l := range v.Accounts {
			code := l.Account
			if codes[code] != "" {
				code = codes[code]
			}
			k := date + " " + l.Currency + " " + code
			s := sums[k]
			s.debits, s.credits = s.debits+glMinor(t, l.Debits), s.credits+glMinor(t, l.Credits)
			if s != (glSum{}) {
				sums[k] = s
			}
		}
	}
	return sums
}

// glMinor is an amount without its point.
func glMinor(t *testing.T, text string) int64 {
	t.Helper()
	if text == "" {
		return 0
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(text, ".", ""), 10, 64)
	if err != nil {
		t.Fatalf("%q is no amount", text)
	}
	return n
}

// exportGL exports to the general ledger and returns the result.
func exportGL(t *testing.T, dir string, args ...string) (v glExportedJSON) {
	t.Helper()
	if err := json.Unmarshal([]byte(run(t, append([]string{"gl", "--book", filepath.Join(dir, "book"), "--json"}, args...)...)), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// The sums of each profile's file, read back by readers that know only the vendors' forms,
// are the trial balances' movements to the cent.
func TestGLExportsAreTheTrialBalance(t *testing.T) {
	for _, by := range []string{"product", "region"} {
		dir := glLender(t, by)
		run(t, "verify", "--book", filepath.Join(dir, "book"))
		for _, days := range []struct{ from, to, by string }{{"2026-11-28", "2026-11-28", "day"}, {"2026-11-27", "2026-12-01", "day"}, {"2026-11-01", "2026-11-30", "month"}} {
			want := glMovements(t, dir, days.from, days.to, days.by == "month")
			for _, profile := range []string{"generic", "sap", "oracle", "xero", "quickbooks", "hledger", "saft"} {
				out := filepath.Join(dir, "gl-"+profile)
				v := exportGL(t, dir, "--from", days.from, "--to", days.to, "--by", days.by, "--profile", profile, "--out", out, "--again")
				got := map[string]glSum{}
				for _, f := range v.Files {
					readGL(t, profile, f.Path, got)
				}
				for k, w := range want {
					if got[k] != w {
						t.Errorf("by %s, %s from %s by %s: %s is %v, the trial balance has %v", by, profile, days.from, days.by, k, got[k], w)
					}
				}
				if len(got) != len(want) || len(v.LeftOut) != 0 {
					t.Errorf("by %s, %s: %d sums, want %d; left out is %v", by, profile, len(got), len(want), v.LeftOut)
				}
			}
		}
		checkCenters(t, dir, by)
	}
}

// checkCenters holds cost centres to the loans: by product and by region none of what
// belongs to a loan has the default.
func checkCenters(t *testing.T, dir, by string) {
	t.Helper()
	rows := glRows(t, filepath.Join(dir, "gl-generic"))
	seen := map[string]bool{}
	for _, row := range rows {
		kind, product, center := row["kind"], row["product"], row["cost_center"]
		want := map[string]string{"car": "CC11", "home": "CC12", "default": "CC10", "": "CC10"}[product]
		switch {
		case row["account"] == "113100":
			want = ""
		case row["account"] == "800100":
			want = "CC20"
		case by == "region" && product != "":
			want = center
			seen[kind+center] = true
		}
		if center != want || (product == "") != slices.Contains([]string{"hold", "provision"}, kind) {
			t.Errorf("by %s: %s of product %q on account %s has the cost centre %q, want %q", by, kind, product, row["account"], center, want)
		}
	}
	for _, want := range []string{"accrual_totalsCC31", "accrual_totalsCC32", "accrual_totalsCC10", "repaymentCC31"} {
		if by == "region" && !seen[want] {
			t.Errorf("by region: nothing is %s: %v", want, seen)
		}
	}
}

// What accrued by region is what the loans of the region accrued.
func TestGLRegionsAreThoseOfTheLoans(t *testing.T) {
	dir := glLender(t, "region")
	book := filepath.Join(dir, "book")
	want := map[string]int64{}
	for _, row := range csvRows(t, run(t, "export", "--book", book, "--date", glNights[3], "--table", "accruals", "--format", "csv")) {
		if row["posted"] == "totals" {
			var i int
			fmt.Sscanf(row["loan_id"], "L%d", &i)
			center := []string{"CC31", "CC32", "CC10", "CC10"}[i%4]
			if n := glMinor(t, row["interest"]); n != 0 {
				want[row["currency"]+center] += n
			}
		}
	}
	exportGL(t, dir, "--date", glNights[3], "--profile", "generic", "--out", filepath.Join(dir, "gl-generic"))
	got := map[string]int64{}
	for _, row := range glRows(t, filepath.Join(dir, "gl-generic")) {
		if row["kind"] == "accrual_totals" && row["account"] == "1302" {
			got[row["currency"]+row["cost_center"]] += glMinor(t, row["debit"]) - glMinor(t, row["credit"])
		}
	}
	if len(want) < 6 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("by region untouched loans accrued %v, the loans have %v", got, want)
	}
}

// An export keeps its number and its bytes, whatever the policy says by then; days that
// overlap are refused, and exported under another number with --again.
func TestGLNumbers(t *testing.T) {
	dir := glLender(t, "product")
	book, out := filepath.Join(dir, "book"), filepath.Join(dir, "gl.csv")
	first := exportGL(t, dir, "--month", "2026-11", "--profile", "sap", "--out", out)
	want, err := os.ReadFile(out)
	if err != nil || first.Number != 1 || !first.New || len(first.Files) != 1 {
		t.Fatalf("the first export is %+v, %v", first, err)
	}
	refused := func(status int, says string, args ...string) {
		t.Helper()
		var stderr bytes.Buffer
		none := filepath.Join(dir, "none.csv")
		args = append([]string{"gl", "--book", book, "--out", none}, args...)
		if got := newApp(&bytes.Buffer{}, &stderr).run(t.Context(), args); got != status || !strings.Contains(stderr.String(), says) {
			t.Errorf("%v: exit status %d, want %d and %q:\n%s", args, got, status, says, stderr.String())
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".daybook*")); len(left) > 0 {
			t.Errorf("left over: %v", left)
		}
		if _, err := os.Stat(none); err == nil {
			t.Errorf("%v wrote a file", args)
		}
	}
	refused(statusGuarded, "DB000001 has days from 2026-11-01 to 2026-11-30 in the profile sap already", "--date", "2026-11-28", "--profile", "sap")
	refused(statusGuarded, "DB000001", "--month", "2026-11", "--by", "month", "--profile", "sap")
	refused(statusFailed, "2026-12-31 is not closed: the last night of the book is 2026-12-01", "--month", "2026-12", "--profile", "sap")
	refused(statusFailed, "--from 2026-12-01 --to 2026-12-01", "--month", "2026-12", "--profile", "sap")
	refused(statusFailed, "no night is closed from 2026-11-29", "--date", "2026-11-29", "--profile", "generic")
	refused(statusUsage, "which days?", "--profile", "sap")
	refused(statusUsage, "--from and --to go together", "--from", "2026-11-28", "--profile", "sap")
	refused(statusUsage, "is no month", "--month", "2026-13", "--profile", "sap")
	refused(statusUsage, "--profile is generic, sap", "--date", "2026-11-28", "--profile", "sage")

	// Another policy, with other codes and without cost centres.
	other := filepath.Join(dir, "other.yaml")
	if err := os.WriteFile(other, []byte(strings.ReplaceAll(glPolicy, "113100", "999")), 0o600); err != nil {
		t.Fatal(err)
	}
	in := filepath.Join(dir, "in", "2026-12-02")
	if err := os.Mkdir(in, 0o700); err != nil {
		t.Fatal(err)
	}
	run(t, "close", "--book", book, "--in", in, "--out", filepath.Join(dir, "out"), "--date", "2026-12-02", "--policy", other, "--allow-empty", "-q")
	again := exportGL(t, dir, "--from", "2026-11-01", "--to", "2026-11-30", "--profile", "sap", "--out", out)
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, want) || again.New || again.Number != 1 || fmt.Sprint(again.Totals) != fmt.Sprint(first.Totals) {
		t.Errorf("exported again it is %+v, %v", again, err)
	}
	second := exportGL(t, dir, "--month", "2026-11", "--profile", "sap", "--out", out, "--again")
	if got, _ := os.ReadFile(out); second.Number != 2 || !second.New || fmt.Sprint(second.Overlaps) != "[1]" || !bytes.Contains(got, []byte(",999,")) || bytes.Contains(got, []byte("CC1")) {
		t.Errorf("with --again it is %+v\n%s", second, got)
	}
	third := exportGL(t, dir, "--month", "2026-11", "--profile", "sap", "--out", out, "--again")
	if third.Number != 2 || third.New {
		t.Errorf("with --again, and nothing else than before, it is %+v", third)
	}
	run(t, "verify", "--book", book)
}

// Another run that has the book is waited for or named; an export that the book has needs
// no more than to read it.
func TestGLOfALockedBook(t *testing.T) {
	dir := glLender(t, "product")
	book, out := filepath.Join(dir, "book"), filepath.Join(dir, "gl.csv")
	exportGL(t, dir, "--date", glNights[0], "--profile", "generic", "--out", out)
	b, err := store.Open(book, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if v := exportGL(t, dir, "--date", glNights[0], "--profile", "generic", "--out", out); v.New {
		t.Errorf("it is %+v", v)
	}
	var stderr bytes.Buffer
	if got := newApp(&bytes.Buffer{}, &stderr).run(t.Context(), []string{"gl", "--book", book, "--date", glNights[1], "--profile", "generic", "--out", out}); got != statusLocked {
		t.Errorf("exit status %d, want %d:\n%s", got, statusLocked, stderr.String())
	}
}

// An export that is made again has the settings that it had, and none that a later policy states beside them.
func TestGLComesAgainAsItWas(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	nights := []string{"2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26"}
	run(t, "generate", "--out", at("in"), "--loans", "30", "--nights", "4", "--seed", "7", "-q")
	made := map[string]string{}
	for i, x := range []string{
		"",
		`gl_export: {cost_centers: {by: product, map: {default: CC10}}}`,
		`gl_export: {accounts: {cash_clearing: {code: "113100", cost_center: CC1}}, cost_centers: {by: region, map: {default: CC20, north: CC21}}}`,
		"products: {card: {}}\ngl_export: {company: another, cost_centers: {by: product, map: {default: CC30, card: CC31}}}",
	} {
		args := []string{"close", "--book", at("book"), "--in", filepath.Join(at("in"), nights[i]), "--out", at("out"), "--date", nights[i], "-q"}
		if x != "" {
			policy := at(fmt.Sprint(i, ".yaml"))
			if err := os.WriteFile(policy, []byte(x+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			args = append(args, "--policy", policy)
		}
		run(t, args...)
		for j, night := range nights[:i+1] {
			for _, profile := range []string{"generic", "sap", "hledger"} {
				out := at(profile + fmt.Sprint(i, j))
				exportGL(t, dir, "--date", night, "--profile", profile, "--out", out)
				got, err := os.ReadFile(out)
				if err != nil {
					t.Fatal(err)
				}
				if i == j {
					made[profile+night] = string(got)
				} else if string(got) != made[profile+night] {
					t.Errorf("%s of %s is another under policy %d:\n%s\nwas\n%s", profile, night, i, got, made[profile+night])
				}
			}
		}
	}
}
