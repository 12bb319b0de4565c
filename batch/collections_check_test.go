package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"daybook/ledger/civil"
)

// cqTableOf reads a Parquet table whole, of any types: amounts with two digits or more as
// decimals of two, instants in UTC, nulls as [cqNull]. It reads by parquet-go alone.
func cqTableOf(path string) (rows []cqRow, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	f, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return nil, err
	}
	schema := f.Metadata().Schema[1:]
	for _, g := range f.RowGroups() {
		first := len(rows)
		for range g.NumRows() {
			rows = append(rows, cqRow{})
		}
		for i, chunk := range g.ColumnChunks() {
			values, err := cqValues(chunk)
			if err != nil || int64(len(values)) != g.NumRows() {
				return nil, fmt.Errorf("%s: %s: %d values: %w", path, schema[i].Name, len(values), err)
			}
			for k, v := range values {
				rows[first+k][schema[i].Name] = cqValue(&schema[i], v)
			}
		}
	}
	return rows, nil
}

func cqValues(chunk parquet.ColumnChunk) (all []parquet.Value, err error) {
	pages := chunk.Pages()
	defer pages.Close()
	for {
		p, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		values := make([]parquet.Value, p.NumValues())
		if n, err := p.Values().ReadValues(values); n != len(values) {
			return nil, err
		}
		for _, v := range values {
			all = append(all, v.Clone())
		}
		parquet.Release(p)
	}
}

func cqValue(e *format.SchemaElement, v parquet.Value) string {
	if v.IsNull() {
		return cqNull
	}
	switch logical := e.LogicalType.Value.(type) {
	case *format.DateType:
		return civil.Date(v.Int32()).String()
	case *format.DecimalType:
		n := v.Int64()
		if v.Kind() == parquet.Int32 {
			n = int64(v.Int32())
		}
		for range int(logical.Scale) - 2 {
			n /= 10
		}
		return cqMoney(n)
	case *format.TimestampType:
		at := time.UnixMicro(v.Int64())
		switch logical.Unit.Value.(type) {
		case *format.MilliSeconds:
			at = time.UnixMilli(v.Int64())
		case *format.NanoSeconds:
			at = time.Unix(0, v.Int64())
		}
		if !logical.IsAdjustedToUTC {
			return "not adjusted to UTC: " + at.UTC().Format(time.RFC3339Nano)
		}
		return at.UTC().Format(time.RFC3339Nano)
	}
	switch v.Kind() {
	case parquet.Boolean:
		return fmt.Sprint(v.Boolean())
	case parquet.Int32:
		return fmt.Sprint(v.Int32())
	case parquet.Int64:
		return fmt.Sprint(v.Int64())
	case parquet.Double, parquet.Float:
		return "a float: " + v.String()
	}
	return string(v.ByteArray())
}

// cqQueue is a table of a night's queue; cqMissing says that there is none.
func (l *lender) cqQueue(date, name string) []cqRow {
	l.t.Helper()
	rows, err := cqTableOf(filepath.Join(l.o.Out, date, "queue", name+".parquet"))
	if err != nil {
		l.t.Errorf("%s: queue/%s.parquet: %v", date, name, err)
	}
	return rows
}

// cqTape is the night's loan tape.
func (l *lender) cqTape(date string) (list []cqLoan) {
	l.t.Helper()
	paths, err := filepath.Glob(filepath.Join(l.o.Out, date, "loans", "*.parquet"))
	if err != nil {
		l.t.Fatal(err)
	}
	sort.Strings(paths)
	for _, path := range paths {
		rows, err := cqTableOf(path)
		if err != nil {
			l.t.Fatal(err)
		}
		for _, r := range rows {
			list = append(list, cqLoanOf(r))
		}
	}
	return list
}

func cqLoanOf(r cqRow) cqLoan {
	whole := func(name string) (n int) {
		if r[name] == cqNull {
			return 0
		}
		if _, err := fmt.Sscan(r[name], &n); err != nil {
			panic(name + ": " + r[name])
		}
		return n
	}
	money := func(name string) int64 {
		if r[name] == cqNull {
			return 0
		}
		return cqMoneyOf(r[name])
	}
	x := cqLoan{
		id: r["loan_id"], borrower: r["borrower_id"], product: r["product"], currency: r["currency"], status: r["status"],
		dpd: whole("days_past_due"), delinquent: whole("delinquent_days"), pastDue: money("past_due_amount"), total: money("total_outstanding"),
		interest: money("interest_outstanding"), penalties: money("penalties_outstanding"), credit: money("credit_balance"),
		score: int64(whole("score")), nextDueOn: cqNoDay, nextDue: money("next_due_amount"),
	}
	x.recovered = x.status == "charged_off" && money("recovered") >= money("charged_off")
	if r["next_due_on"] != cqNull {
		x.nextDueOn = cqDay(r["next_due_on"])
	}
	return x
}

// cqCompare compares tables row for row, in the columns that the model has. Keys make a
// difference readable: the rows of one key are compared in their order.
func cqCompare(t testing.TB, what string, got, want []cqRow, ordered bool, keys ...string) {
	t.Helper()
	key := func(r cqRow) (k string) {
		for _, name := range keys {
			k += r[name] + " "
		}
		return k
	}
	by := func(rows []cqRow) (m map[string][]cqRow) {
		m = map[string][]cqRow{}
		for _, r := range rows {
			m[key(r)] = append(m[key(r)], r)
		}
		return m
	}
	g, w := by(got), by(want)
	clean := true
	for _, k := range cqUnion(g, w) {
		if len(g[k]) != len(w[k]) {
			clean = false
			t.Errorf("%s: %s: %d rows, the model has %d:\ngot  %v\nwant %v", what, k, len(g[k]), len(w[k]), cqBrief(g[k], w[k]), w[k])
			continue
		}
		for i := range w[k] {
			for _, name := range cqUnion(w[k][i], nil) {
				have, has := g[k][i][name]
				if !has || !cqSame(name, have, w[k][i][name]) {
					clean = false
					t.Errorf("%s: %s: row %d: %s is %q (there: %t), the model has %q", what, k, i, name, have, has, w[k][i][name])
				}
			}
		}
	}
	for i := range want {
		if clean && ordered && key(got[i]) != key(want[i]) {
			t.Errorf("%s: row %d is %s, the model has %s there", what, i, key(got[i]), key(want[i]))
			return
		}
	}
}

// cqBrief is rows in the columns of others.
func cqBrief(rows, columns []cqRow) (list []cqRow) {
	for _, r := range rows {
		if len(columns) == 0 {
			list = append(list, r)
			continue
		}
		b := cqRow{}
		for name := range columns[0] {
			b[name] = r[name]
		}
		list = append(list, b)
	}
	return list
}

func cqUnion[V any](a, b map[string]V) (keys []string) {
	for k := range a {
		keys = append(keys, k)
	}
	for k := range b {
		if _, both := a[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// cqSame compares a value; where the contract leaves a form open, either is the same.
func cqSame(name, got, want string) bool {
	switch {
	case got == want:
		return true
	case want == cqNull && got == "", want == "0.00" && got == cqNull && name == "withheld_past_due_amount":
		return true
	case name == "passed_over":
		return cqPassed(got) == cqPassed(want)
	}
	return false
}

// cqPassed is passed_over with its reasons in the order of texts, without channels that
// only lacked capacity.
func cqPassed(s string) string {
	var parts []string
	for _, part := range strings.Split(strings.TrimPrefix(s, cqNull), "; ") {
		channel, reasons, _ := strings.Cut(part, "=")
		list := strings.Split(reasons, "+")
		slices.Sort(list)
		if reasons != "" && !slices.Contains(list, "capacity") {
			parts = append(parts, channel+"="+strings.Join(slices.Compact(list), "+"))
		}
	}
	return strings.Join(parts, "; ")
}

// cqCheckNight compares all of a night's tables, takes the exported tasks into the model
// with their keys, and returns them.
func (m *cqModel) cqCheckNight(l *lender, date string, r *cqResult) {
	t := l.t
	t.Helper()
	at := func(name string) string { return date + " " + name }
	tasks := l.cqQueue(date, "tasks")
	for i := range r.tasks {
		delete(r.tasks[i], "offers")
	}
	cqCompare(t, at("tasks"), tasks, r.tasks, true, "borrower_id")
	cqCompare(t, at("suppressed"), l.cqQueue(date, "suppressed"), r.suppressed, true, "borrower_id", "reason_code", "rule", "loan_id", "channel")
	cqCompare(t, at("below_capacity"), l.cqQueue(date, "below_capacity"), r.below, true, "borrower_id")
	cqCompare(t, at("not_due"), l.cqQueue(date, "not_due"), r.notDue, true, "borrower_id")
	cqCompare(t, at("promises"), l.cqQueue(date, "promises"), r.promises, false, "promise_id")
	lines := l.cqQueue(date, "task_loans")
	cqCompare(t, at("task_loans"), lines, r.taskLoans, false, "borrower_id", "loan_id")
	m.cqTake(l, date, tasks, lines)
	m.cqOffersCount(l, date, tasks)
	cqTotals(l, date, r)
}

// cqTake remembers the tasks that were really exported.
func (m *cqModel) cqTake(l *lender, date string, tasks, lines []cqRow) {
	for _, row := range tasks {
		k := cqTask{night: cqDay(date), key: row["task_key"], borrower: row["borrower_id"], channel: row["channel"]}
		if k.key == "" || m.taskOf(k.key) != nil || len(k.key) != 20 {
			l.t.Errorf("%s: the key %q of a task is not new, or has not 20 characters", date, k.key)
		}
		k.on = cqDay(row["contact_on"])
		if _, err := fmt.Sscan(row["attempts"], &k.attempts); err != nil {
			l.t.Errorf("%s: task of %s: attempts: %v", date, k.borrower, err)
		}
		for _, line := range lines {
			if line["task_key"] == k.key && line["covered"] == "true" {
				k.loans = append(k.loans, line["loan_id"])
			}
		}
		m.tasks = append(m.tasks, k)
	}
}

// cqOffersCount: the column offers is how many rows of offers have the task's key, and
// only tasks of hardship have any.
func (m *cqModel) cqOffersCount(l *lender, date string, tasks []cqRow) {
	offers := l.cqQueue(date, "offers")
	for _, row := range tasks {
		n := 0
		for _, o := range offers {
			if o["task_key"] == row["task_key"] {
				n++
			}
		}
		if want := fmt.Sprint(n); row["offers"] != want && !(n == 0 && row["offers"] == cqNull) || (n > 0) != (row["class"] == "0") {
			l.t.Errorf("%s: the task of %s, class %s, has %s offers; %d are listed", date, row["borrower_id"], row["class"], row["offers"], n)
		}
	}
}

// cqTotals compares manifest.json: control_totals.queue, of which the contract gives the
// names of the values and not the shape: any object in it that has a currency, a place and
// a past_due_amount is a line.
func cqTotals(l *lender, date string, r *cqResult) {
	l.t.Helper()
	data, err := os.ReadFile(filepath.Join(l.o.Out, date, "manifest.json"))
	if err != nil {
		l.t.Error(err)
		return
	}
	var manifest struct {
		Totals struct {
			Queue any `json:"queue"`
		} `json:"control_totals"`
	}
	if err := json.Unmarshal(data, &manifest); err != nil || manifest.Totals.Queue == nil {
		l.t.Errorf("%s: manifest.json has no control_totals.queue (%v)", date, err)
		return
	}
	lines, untied := 0, 0
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case []any:
			for _, e := range x {
				walk(e)
			}
		case map[string]any:
			if tied, has := x["tied"].(bool); has && !tied {
				untied++
			}
			currency, c := x["currency"].(string)
			place, p := x["place"].(string)
			if c && p && x["past_due_amount"] != nil {
				lines++
				want := cqMoney(r.totals[[2]string{currency, place}])
				if got := fmt.Sprint(x["past_due_amount"]); cqMoney(cqMoneyOf(got)) != want {
					l.t.Errorf("%s: control total of %s, %s: %s past due, the model has %s", date, currency, place, got, want)
				}
			}
			for _, e := range x {
				walk(e)
			}
		}
	}
	walk(manifest.Totals.Queue)
	if untied > 0 || lines == 0 && len(r.places) > 0 {
		l.t.Errorf("%s: control_totals.queue has %d lines that are not tied, and %d lines of currency and place", date, untied, lines)
	}
}
