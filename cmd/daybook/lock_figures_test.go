package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"daybook/reports"

	"github.com/xuri/excelize/v2"
)

// readCSVRows reads a CSV as rows by name.
func readCSVRows(t testing.TB, path string) (rows []map[string]string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("%s: %d rows, %v", path, len(all), err)
	}
	for _, values := range all[1:] {
		row := map[string]string{}
		for i, v := range values {
			row[all[0][i]] = v
		}
		rows = append(rows, row)
	}
	return rows
}

// parts reads a table of a night that is published in parts, as rows by name.
func (l *lockLender) parts(date, name string) (rows []map[string]string) {
	l.t.Helper()
	paths, err := filepath.Glob(filepath.Join(l.out, date, name, "part-*.parquet"))
	if err != nil || len(paths) == 0 {
		l.t.Fatalf("%s of %s: %d parts, %v", name, date, len(paths), err)
	}
	for _, path := range paths {
		t, err := reports.ReadParquet(path)
		if err != nil {
			l.t.Fatal(err)
		}
		for i := range t.Rows() {
			row := map[string]string{}
			for c := range t.Columns {
				row[t.Columns[c].Name] = string(t.Columns[c].AppendValue(nil, i))
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// thousandths reads an amount at three digits.
func thousandths(t testing.TB, text string) (v int64) {
	t.Helper()
	if text == "" {
		return 0
	}
	whole, part, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	for _, c := range whole + (part + "000")[:3] {
		v = 10*v + int64(c-'0')
	}
	if strings.HasPrefix(text, "-") {
		return -v
	}
	return v
}

// A lockReckoning is what the published nights come to, by one who knows the journal's columns and
// nothing of the program's.
type lockReckoning struct {
	roll    map[string]int64 // currency, product, component, column
	prior   map[string][3]int64
	columns map[string]bool // that something moved
}

var lockColumns = map[string]string{
	"booking": "booked", "disburse": "booked", "accrual": "accrued", "accrual_totals": "accrued", "late_charge": "accrued", "non_accrual": "accrued", "fee": "accrued",
	"penalty": "accrued", "credit_applied": "repaid", "repayment": "repaid", "prepay": "repaid", "settle": "repaid", "waiver": "waived", "goodwill": "waived",
	"charge_off": "charged_off", "write_off": "charged_off", "recovery": "recovered", "reversal": "reversed", "correction": "corrected", "capitalization": "capitalized",
	"restructure": "capitalized", "chargeback": "refunded", "refund": "refunded", "hold": "held", "release": "released", "provision": "provided",
}

var lockComponents = map[string]struct {
	name string
	sign int64
	each bool // product
}{
	"1301": {"principal", 1, true}, "1302": {"interest", 1, true}, "1303": {"fees", 1, true}, "1304": {"penalties", 1, true}, "2201": {"credit", -1, true},
	"2202": {"suspense", -1, false}, "1309": {"allowance", -1, false},
}

// reckon adds up the published journals of a month up to a night. Locked says what was locked
// when each night was closed.
func (l *lockLender) reckon(from, through string, locked func(night string) string) *lockReckoning {
	r := &lockReckoning{map[string]int64{}, map[string][3]int64{}, map[string]bool{}}
	product := map[string]string{}
	for _, row := range l.parts(through, "loans") {
		product[row["loan_id"]] = row["product"]
	}
	for _, d := range l.nights {
		night := d.String()
		if night > through {
			break
		}
		seen := map[string]bool{}
		for _, row := range l.parts(night, "journal") {
			debit, credit := thousandths(l.t, row["debit"]), thousandths(l.t, row["credit"])
			column := lockColumns[row["kind"]]
			if night < from {
				column = "opening"
			} else if row["kind"] == "settle" && row["account"] == "1303" && debit > 0 {
				column = "accrued"
			}
			if x, ok := lockComponents[row["account"]]; ok {
				p := ""
				if x.each {
					if p = product[row["loan_id"]]; row["loan_id"] == "" {
						p = row["source_id"]
					}
				}
				r.roll[strings.Join([]string{row["currency"], p, x.name, column}, " ")] += x.sign * (debit - credit)
				r.columns[column] = true
			}
			if night >= from && row["value_date"] <= locked(night) {
				key := strings.Join([]string{row["value_date"][:7], row["account"], row["currency"]}, " ")
				x := r.prior[key]
				x[0], x[1] = x[0]+debit, x[1]+credit
				if entry := row["entry_id"] + key; !seen[entry] {
					seen[entry] = true
					x[2]++
				}
				r.prior[key] = x
			}
		}
	}
	return r
}

// checkRoll holds the roll-forward to the reckoning, and its ends to the tapes and the trial balance.
func (l *lockLender) checkRoll(folder, through string, r *lockReckoning) {
	l.t.Helper()
	got, closing := map[string]int64{}, map[string]int64{}
	for _, row := range l.csvRows("periods", folder, "roll_forward.csv") {
		key := strings.Join([]string{row["currency"], row["product"], row["component"]}, " ")
		sum := int64(0)
		for name, text := range row {
			switch name {
			case "business_date", "currency", "product", "component":
				continue
			case "closing":
				closing[key] = thousandths(l.t, text)
				continue
			}
			v := thousandths(l.t, text)
			sum += v
			if v != 0 {
				got[key+" "+name] = v
			}
		}
		if sum != closing[key] {
			l.t.Errorf("%s: opening and movements of %s come to %d, and it closes with %d", folder, key, sum, closing[key])
		}
	}
	maps.DeleteFunc(r.roll, func(_ string, v int64) bool { return v == 0 })
	if !maps.Equal(got, r.roll) {
		for key := range r.roll {
			if got[key] != r.roll[key] {
				l.t.Errorf("%s: %s is %d, and by the journals %d", folder, key, got[key], r.roll[key])
			}
		}
		for key := range got {
			if _, ok := r.roll[key]; !ok {
				l.t.Errorf("%s: %s is %d, and the journals have none", folder, key, got[key])
			}
		}
	}
	want := map[string]int64{}
	for _, row := range l.parts(through, "loans") {
		at := row["currency"] + " " + row["product"] + " "
		want[at+"credit"] += thousandths(l.t, row["credit_balance"])
		if row["status"] == "charged_off" || row["status"] == "written_off" {
			continue
		}
		want[at+"principal"] += thousandths(l.t, row["principal_outstanding"])
		want[at+"interest"] += thousandths(l.t, row["interest_outstanding"]) - thousandths(l.t, row["interest_suspended"])
		want[at+"fees"] += thousandths(l.t, row["fees_outstanding"])
		want[at+"penalties"] += thousandths(l.t, row["penalties_outstanding"])
	}
	for key, v := range want {
		if closing[key] != v {
			l.t.Errorf("%s: %s closes with %d, and the tape has %d", folder, key, closing[key], v)
		}
	}
}

func (l *lockLender) checkPrior(folder string, r *lockReckoning) {
	l.t.Helper()
	got := map[string][3]int64{}
	for _, row := range l.csvRows("periods", folder, "prior_period.csv") {
		var entries int64
		fmt.Sscan(row["entries"], &entries)
		got[strings.Join([]string{row["period"], row["account"], row["currency"]}, " ")] = [3]int64{thousandths(l.t, row["debits"]), thousandths(l.t, row["credits"]), entries}
	}
	if !maps.Equal(got, r.prior) {
		l.t.Errorf("%s: prior period is\n%v\nand by the journals\n%v", folder, got, r.prior)
	}
}

// checkGL holds the trial balance and the days to the tables of the nights.
func (l *lockLender) checkGL(folder, from, through string) {
	l.t.Helper()
	days := map[string]string{}
	month := map[string][4]int64{}
	for _, d := range l.nights {
		night := d.String()
		if night < from || night > through {
			continue
		}
		for _, row := range l.csvRows(night, "regulatory", "trial_balance.csv") {
			key := row["account"] + " " + row["currency"]
			days[night+" "+key] = row["debits"] + " " + row["credits"] + " " + row["closing"]
			x, ok := month[key]
			if !ok {
				x[0] = thousandths(l.t, row["opening"])
			}
			x[1], x[2], x[3] = x[1]+thousandths(l.t, row["debits"]), x[2]+thousandths(l.t, row["credits"]), thousandths(l.t, row["closing"])
			month[key] = x
		}
	}
	rows := l.csvRows("periods", folder, "gl_by_day.csv")
	for _, row := range rows {
		key := row["business_date"] + " " + row["account"] + " " + row["currency"]
		if got := row["debits"] + " " + row["credits"] + " " + row["balance"]; got != days[key] {
			l.t.Errorf("%s: %s is %s, and that night %s", folder, key, got, days[key])
		}
	}
	if len(rows) != len(days) {
		l.t.Errorf("%s: gl_by_day has %d rows, want %d", folder, len(rows), len(days))
	}
	rows = l.csvRows("periods", folder, "trial_balance.csv")
	for _, row := range rows {
		got := [4]int64{thousandths(l.t, row["opening"]), thousandths(l.t, row["debits"]), thousandths(l.t, row["credits"]), thousandths(l.t, row["closing"])}
		if key := row["account"] + " " + row["currency"]; got != month[key] {
			l.t.Errorf("%s: %s is %v, and by the nights %v", folder, key, got, month[key])
		}
	}
	if len(rows) != len(month) {
		l.t.Errorf("%s: trial_balance has %d rows, want %d", folder, len(rows), len(month))
	}
	for _, row := range l.csvRows("periods", folder, "subledger_proof.csv") {
		x := month[row["gl_account"]+" "+row["currency"]]
		if v := thousandths(l.t, row["gl_balance"]); row["tied"] != "true" || v != x[3] && v != -x[3] || row["loans_total"] != row["gl_balance"] || thousandths(l.t, row["difference"]) != 0 {
			l.t.Errorf("%s: %v, and the account closes with %d", folder, row, x[3])
		}
	}
}

// suspenseNow is what show suspense lists after the last night.
func (l *lockLender) suspenseNow() (list []string) {
	l.t.Helper()
	out, _ := l.must(statusDone, "show", "suspense", "--book", l.book, "--json")
	var v struct {
		Held []struct {
			Loan      string `json:"loan_id"`
			ID        string `json:"repayment_id"`
			Amount    string `json:"amount"`
			Currency  string `json:"currency"`
			ValueDate string `json:"value_date"`
			ArrivedOn string `json:"arrived_on"`
			Days      int    `json:"days_held"`
		} `json:"held"`
	}
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		l.t.Fatal(err)
	}
	for _, x := range v.Held {
		list = append(list, fmt.Sprint(x.Loan, " ", x.ID, " ", x.Currency, " ", x.Amount, " ", x.ValueDate, " ", x.ArrivedOn, " ", x.Days))
	}
	return list
}

func (l *lockLender) suspenseIn(folder string) (list []string) {
	l.t.Helper()
	for _, row := range l.csvRows("periods", folder, "suspense_items.csv") {
		list = append(list, strings.Join([]string{row["loan_id"], row["repayment_id"], row["currency"], row["amount"], row["value_date"], row["arrived_on"], row["days_held"]}, " "))
	}
	return list
}

// tables has the bytes of a package's tables.
func (l *lockLender) tables(folder string) map[string]string {
	l.t.Helper()
	all := map[string]string{}
	paths, err := filepath.Glob(filepath.Join(l.out, "periods", folder, "*"))
	if err != nil || len(paths) == 0 {
		l.t.Fatal(paths, err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			l.t.Fatal(err)
		}
		all[filepath.Base(path)] = string(raw)
	}
	return all
}

// The figures of packages are what the published journals, tapes and trial balances come to, of
// months of random nights; and they are the same whether a month is locked at once or when
// nights have followed that released what was in suspense then.
func TestPackageIsWhatTheNightsCameTo(t *testing.T) {
	for seed := range uint64(2) {
		l := newLockLender(t, 10+seed, "")
		night := func(dates ...string) {
			for _, d := range dates {
				l.random(d)
			}
		}
		night("2026-10-12", "2026-10-20", "2026-10-31", "2026-11-02", "2026-11-03")
		l.lock(statusDone, "2026-10-31")
		locked := func(night string) string {
			if night > "2026-11-03" {
				return "2026-10-31"
			}
			return ""
		}
		night("2026-11-04", "2026-11-09", "2026-11-10", "2026-11-17", "2026-11-23", "2026-11-30")
		held := l.suspenseNow()
		soon := l.copy()
		soon.lock(statusDone, "2026-11-30")
		night("2026-12-01", "2026-12-02", "2026-12-03")
		l.lock(statusDone, "2026-11-30")
		reckoning := l.reckon("2026-11-01", "2026-11-30", locked)
		l.checkRoll("2026-11", "2026-11-30", reckoning)
		l.checkPrior("2026-11", reckoning)
		l.checkGL("2026-11", "2026-11-01", "2026-11-30")
		l.checkRoll("2026-10", "2026-10-31", l.reckon("2026-10-01", "2026-10-31", func(string) string { return "" }))
		if got := l.suspenseIn("2026-11"); !slices.Equal(got, held) {
			t.Errorf("seed %d: in suspense are\n%s\nand show suspense said\n%s", seed, strings.Join(got, "\n"), strings.Join(held, "\n"))
		}
		now, before := l.tables("2026-11"), soon.tables("2026-11")
		for name := range now {
			if name == "manifest.json" || name == "checklist.json" || name == "package.xlsx" { // they know the lock
				continue
			}
			if now[name] != before[name] {
				t.Errorf("seed %d: %s is not what it was when the month was locked at once", seed, name)
			}
		}
		for _, column := range []string{"opening", "booked", "repaid", "accrued", "waived", "charged_off", "reversed", "refunded", "held", "released", "provided"} {
			if !reckoning.columns[column] {
				t.Errorf("seed %d: nothing is %s", seed, column)
			}
		}
		if len(reckoning.prior) == 0 || len(held) == 0 || slices.Equal(held, l.suspenseNow()) {
			t.Errorf("seed %d: %d prior sums, %d items in suspense", seed, len(reckoning.prior), len(held))
		}
		night("2026-12-04")
		l.lock(statusDone, "2026-11-30", "--workers", "1")
		for name, text := range l.tables("2026-11") {
			if text != now[name] {
				t.Errorf("seed %d: %s is not the same again", seed, name)
			}
		}
		l.must(statusDone, "verify", "--book", l.book, "--out", l.out)
		checkPackageBook(t, filepath.Join(l.out, "periods", "2026-11"))
	}
}

// checkPackageBook reads the workbook with another reader: a sheet a table, with the cells of its CSV.
func checkPackageBook(t *testing.T, folder string) {
	t.Helper()
	f, err := excelize.OpenFile(filepath.Join(folder, "package.xlsx"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	paths, err := filepath.Glob(filepath.Join(folder, "*.csv"))
	if err != nil || len(f.GetSheetList()) != len(paths)+1 {
		t.Errorf("%d sheets for %d tables, %v", len(f.GetSheetList()), len(paths), err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(path), ".csv")
		got, err := f.GetRows(name)
		if err != nil || len(got) != len(want) {
			t.Errorf("%s has %d rows, its CSV %d, %v", name, len(got), len(want), err)
			continue
		}
		for i, row := range want {
			for k, text := range row {
				cell := ""
				if k < len(got[i]) {
					cell = strings.ReplaceAll(got[i][k], ",", "")
				}
				if cell != text && !(i > 0 && strings.EqualFold(cell, text)) {
					t.Errorf("%s, row %d, %s: %q, and in the CSV %q", name, i, want[0][k], cell, text)
				}
			}
		}
	}
}
