package batch

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"daybook/batch/policy"
	"daybook/bench/portfolio"
	"daybook/ledger/civil"
	"daybook/ledger/money"
	"daybook/reports"

	"github.com/parquet-go/parquet-go"
)

// Rows of the nightly files, as a channel would deliver them.

type loanFile struct {
	LoanID       string  `parquet:"loan_id"`
	BorrowerID   string  `parquet:"borrower_id"`
	Product      string  `parquet:"product"`
	Currency     string  `parquet:"currency"`
	Principal    int64   `parquet:"principal,decimal(2:18)"`
	DisbursedOn  int32   `parquet:"disbursed_on,date"`
	FirstDueOn   int32   `parquet:"first_due_on,date"`
	Installments int32   `parquet:"installments"`
	AnnualRate   int64   `parquet:"annual_rate,decimal(9:18)"`
	Method       *string `parquet:"method,optional"`
	DayCount     *string `parquet:"day_count,optional"`
	Frequency    *string `parquet:"frequency,optional"`
	Fee          *int64  `parquet:"fee_per_installment,optional,decimal(2:18)"`
}

type scheduleFile struct {
	LoanID    string `parquet:"loan_id"`
	Number    int32  `parquet:"number"`
	DueOn     int32  `parquet:"due_on,date"`
	Principal int64  `parquet:"principal,decimal(2:18)"`
	Interest  int64  `parquet:"interest,decimal(2:18)"`
}

type repaymentFile struct {
	RepaymentID string `parquet:"repayment_id"`
	LoanID      string `parquet:"loan_id"`
	ValueDate   int32  `parquet:"value_date,date"`
	Amount      int64  `parquet:"amount,decimal(2:18)"`
	Currency    string `parquet:"currency"`
}

type adjustmentFile struct {
	AdjustmentID string  `parquet:"adjustment_id"`
	LoanID       string  `parquet:"loan_id"`
	Kind         string  `parquet:"kind"`
	ValueDate    int32   `parquet:"value_date,date"`
	Amount       *int64  `parquet:"amount,optional,decimal(2:18)"`
	Component    *string `parquet:"component,optional"`
	TargetID     *string `parquet:"target_id,optional"`
	Until        *int32  `parquet:"until,optional,date"`
	Installments *int32  `parquet:"installments,optional"`
	AnnualRate   *int64  `parquet:"annual_rate,optional,decimal(9:18)"`
	FirstDueOn   *int32  `parquet:"first_due_on,optional,date"`
	Frequency    *string `parquet:"frequency,optional"`
	Choice       *string `parquet:"choice,optional"`
}

// write writes a file of a night.
func write[T any](t testing.TB, dir, name string, rows []T) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := parquet.WriteFile(filepath.Join(dir, name+".parquet"), rows); err != nil {
		t.Fatal(err)
	}
}

func ptr[T any](v T) *T { return &v }

func day(t testing.TB, s string) civil.Date {
	t.Helper()
	d, err := civil.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func amountOf(t testing.TB, s string) int64 {
	t.Helper()
	v, err := money.ParseDecimal(s, 2)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A lender is a book, its inboxes and its outputs in a folder of the test.
type lender struct {
	t      testing.TB
	dir    string
	o      Options
	nights []string // closed by the simulator
}

func newLender(t testing.TB) *lender {
	dir := folder(t)
	return &lender{t: t, dir: dir, o: Options{Book: filepath.Join(dir, "book"), Out: filepath.Join(dir, "out"), Allow: unguarded}}
}

// unguarded passes the guards that look at what tests do by design: nights months
// apart, nights without files, nights of nothing but repeats. Each guard has tests of
// its own.
var unguarded = Allow{Empty: true, Duplicates: true, Gap: 1 << 22}

// folder returns a folder for the test: in memory where the system has one, since
// every close syncs what it writes and the tests close thousands of nights.
func folder(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "daybook-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// in is the folder of a night's files.
func (l *lender) in(date string) string { return filepath.Join(l.dir, "in", date) }

// close closes a night and fails the test if that fails.
func (l *lender) close(date string) *Summary {
	l.t.Helper()
	s, err := l.try(date)
	if err != nil {
		l.t.Fatalf("close %s: %v", date, err)
	}
	if s.Manifest == nil || !s.Manifest.ControlTotals.Tied() {
		l.t.Fatalf("close %s: control totals do not tie", date)
	}
	return s
}

func (l *lender) try(date string) (*Summary, error) {
	l.t.Helper()
	if err := os.MkdirAll(l.in(date), 0o755); err != nil {
		l.t.Fatal(err)
	}
	o := l.o
	o.In, o.Date = l.in(date), day(l.t, date)
	return Close(l.t.Context(), o)
}

func (l *lender) policy(yaml string) {
	l.t.Helper()
	p, err := policy.Parse([]byte(yaml), "test.yaml")
	if err != nil {
		l.t.Fatal(err)
	}
	l.o.Policy = p
}

// table reads all parts of a published table as texts by column; a null is empty.
func (l *lender) table(date, name string) []map[string]string {
	l.t.Helper()
	paths, err := filepath.Glob(filepath.Join(l.o.Out, date, name))
	if err != nil || len(paths) == 0 {
		l.t.Fatalf("no %s of %s: %v", name, date, err)
	}
	sort.Strings(paths)
	var rows []map[string]string
	for _, path := range paths {
		table, err := reports.ReadParquet(path)
		if err != nil {
			l.t.Fatal(err)
		}
		for i := range table.Rows() {
			row := map[string]string{}
			for c := range table.Columns {
				row[table.Columns[c].Name] = string(table.Columns[c].AppendValue(nil, i))
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// tape is the loan tape by loan.
func (l *lender) tape(date string) map[string]map[string]string {
	l.t.Helper()
	m := map[string]map[string]string{}
	for _, row := range l.table(date, "loans/part-*.parquet") {
		m[row["loan_id"]] = row
	}
	return m
}

// rejects is reason codes by "file:row".
func (l *lender) rejects(date string) map[string]string {
	l.t.Helper()
	m := map[string]string{}
	for _, row := range l.table(date, "rejects.parquet") {
		m[row["file"]+":"+row["row_number"]] = row["reason_code"]
	}
	return m
}

// csvRows reads a CSV of testdata by column.
func csvRows(t testing.TB, path string) []map[string]string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, r := range records[1:] {
		m := map[string]string{}
		for i, name := range records[0] {
			m[name] = r[i]
		}
		rows = append(rows, m)
	}
	return rows
}

// aLoan is an ordinary loan: 1,200.00 over 12 months at 12 %, due on the first.
func aLoan(t testing.TB, id, disbursed, firstDue string) loanFile {
	return loanFile{
		LoanID: id, BorrowerID: "B-" + id, Product: "default", Currency: "CNY", Principal: 120000, DisbursedOn: int32(day(t, disbursed)),
		FirstDueOn: int32(day(t, firstDue)), Installments: 12, AnnualRate: 120_000_000,
	}
}

func pays(t testing.TB, id, loan, on, amount string) repaymentFile {
	return repaymentFile{id, loan, int32(day(t, on)), amountOf(t, amount), "CNY"}
}

func adjusts(t testing.TB, id, loan, kind, on string) adjustmentFile {
	return adjustmentFile{AdjustmentID: id, LoanID: loan, Kind: kind, ValueDate: int32(day(t, on))}
}

// adjustsBy is an adjustment of an amount; "" is none.
func adjustsBy(t testing.TB, id, loan, kind, on, amount string) adjustmentFile {
	t.Helper()
	a := adjusts(t, id, loan, kind, on)
	if amount != "" {
		a.Amount = ptr(amountOf(t, amount))
	}
	return a
}

// expect compares columns of a row: "name=value name=value".
func expect(t testing.TB, what string, row map[string]string, want string) {
	t.Helper()
	if row == nil {
		t.Errorf("%s: no such row", what)
		return
	}
	for _, pair := range strings.Fields(want) {
		name, value, _ := strings.Cut(pair, "=")
		if got, ok := row[name]; !ok || got != value {
			t.Errorf("%s: %s is %q, want %q", what, name, got, value)
		}
	}
}

// portfolioLender makes a lender with the files of some nights.
func portfolioLender(t testing.TB, loans, nights int) (*lender, []string) {
	t.Helper()
	l := newLender(t)
	o := portfolio.Options{Loans: loans, Nights: nights, Seed: 5}
	if err := portfolio.Generate(t.Context(), filepath.Join(l.dir, "in"), o); err != nil {
		t.Fatal(err)
	}
	var dates []string
	for i := range nights {
		dates = append(dates, o.Night(i).String())
	}
	return l, dates
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
