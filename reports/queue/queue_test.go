package queue

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
	"pgregory.net/rapid"

	"daybook/aging"
	"daybook/ledger/civil"
	"daybook/reports"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A Row is one loan past due.
type Row struct {
	Borrower, Loan, Currency, Bucket string
	DaysPastDue                      int32
	PastDue, Total                   int64
}

func rows() []Row {
	return []Row{
		{"borrower-0001", "loan-00000001", "CNY", "M1", 12, 10_500, 50_500},
		{"borrower-0001", "loan-00000002", "CNY", "M2", 45, 30_000, 71_000},
		{"borrower-0001", "loan-00000003", "USD", "M1", 3, 1_200, 9_999},
		{"borrower-0002", "loan-00000004", "CNY", "M4", 120, 31_001, 31_001},
		{"borrower-0003", "loan-00000005", "CNY", "M1", 2, 500, 80_000},
		{"borrower-0004", "loan-00000006", "CNY", "M1", 5, 500, 80_000},
		{"borrower-0005", "loan-00000007", "CNY", "M1", 2, 500, 80_000},
	}
}

func options() Options {
	return Options{Form: reports.CurrentForm("daybook 1.2.3", new(aging.Dictionaries)), BusinessDate: civil.Of(2026, 11, 23), Scale: 2, Secret: []byte("of the lender")}
}

func TestOneTaskABorrowerInOrder(t *testing.T) {
	tasks := tasksOf(rows(), options())
	var got []string
	for _, k := range tasks {
		got = append(got, k.Borrower+" "+k.Channel)
	}
	want := []string{"borrower-0001 letter", "borrower-0002 agency", "borrower-0004 sms", "borrower-0003 push", "borrower-0005 push"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	first := tasks[0]
	if first.Worst != "loan-00000002" || first.Loans != 3 || first.PastDue != 40_500 || first.Total != 121_500 || first.Other != "USD 12.00" {
		t.Errorf("got %+v", first)
	}
}

func TestKeysAreStableAndTheSecretsOwn(t *testing.T) {
	a, b := tasksOf(rows(), options()), tasksOf(rows(), options())
	o := options()
	o.Secret = []byte("of another")
	c := tasksOf(rows(), o)
	seen := map[string]bool{}
	for i := range a {
		if a[i].Key != b[i].Key || a[i].Key == c[i].Key || len(a[i].Key) != 20 || seen[a[i].Key] {
			t.Errorf("keys %s, %s and %s", a[i].Key, b[i].Key, c[i].Key)
		}
		seen[a[i].Key] = true
	}
}

func TestMask(t *testing.T) {
	for id, want := range map[string]string{
		"13812345678": "138****78", "borrower-0001": "bor****01", "B0001": "B****1", "B1": "****", "": "****", "借款人甲乙丙丁戊己": "借款人****戊己",
	} {
		if got := Mask(id); got != want {
			t.Errorf("%q is masked as %q, want %q", id, got, want)
		}
	}
}

// The queue has each borrower once and every cent of what is past due.
func TestQueueTiesToItsRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in []Row
		var total int64
		borrowers := map[string]bool{}
		for i := range rapid.IntRange(0, 60).Draw(t, "rows") {
			r := Row{
				Borrower: string(rune('a' + rapid.IntRange(0, 12).Draw(t, "borrower"))), Loan: civil.Date(i).String(), Currency: "CNY",
				DaysPastDue: int32(rapid.IntRange(1, 400).Draw(t, "days")), PastDue: rapid.Int64Range(0, 1000).Draw(t, "past due"),
			}
			total += r.PastDue
			borrowers[r.Borrower] = true
			in = append(in, r)
		}
		q, remove := queueOf(in, options(), 1<<20)
		defer remove()
		tasks, s := q.all(7)
		var sum int64
		for _, c := range s.Channels {
			sum += c.PastDue
		}
		if len(tasks) != len(borrowers) || sum != total || s.Loans != int64(len(in)) {
			t.Fatalf("%d tasks, %d loans and %d, want %d, %d and %d", len(tasks), s.Loans, sum, len(borrowers), len(in), total)
		}
	})
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "queue")
	q, remove := queueOf(rows(), options(), 1<<20)
	defer remove()
	outputs, _, err := q.Write(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for _, o := range outputs {
		got.WriteString("# " + filepath.Base(o.Path) + "\n")
		if filepath.Ext(o.Path) == ".csv" {
			b, err := os.ReadFile(o.Path)
			if err != nil {
				t.Fatal(err)
			}
			if bytes.Contains(b, []byte("borrower-0")) || bytes.Contains(b, []byte("loan-0000")) {
				t.Errorf("%s has an id in full", o.Path)
			}
			got.Write(b)
			continue
		}
		table, err := reports.ReadParquet(o.Path)
		if err != nil {
			t.Fatal(err)
		}
		w, err := reports.NewCSVWriter(&got, table.Columns)
		if err == nil {
			err = w.Write(table.Columns)
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	path := filepath.Join("testdata", "queue.txt")
	if *update {
		os.MkdirAll("testdata", 0o755)
		os.WriteFile(path, got.Bytes(), 0o644)
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the queue differs from its golden file; look, then run with -update:\n%s", got.Bytes())
	}
}

// A Task is a row of tasks.parquet.
type Task struct {
	Rank                                          int32
	Key, Borrower, Currency, Worst, Bucket, Other string
	Loans, DaysPastDue                            int32
	PastDue, Total                                int64
	Channel, Tone, Template                       string
}

// tasksOf is all tasks of rows, which come from two workers.
func tasksOf(rows []Row, o Options) []Task {
	q, remove := queueOf(rows, o, 1<<20)
	defer remove()
	tasks, _ := q.all(3)
	return tasks
}

// all is the tasks that are made so many at once.
func (q *Queue) all(atOnce int) (tasks []Task, totals reports.QueueTotals) {
	q.atOnce = atOnce
	w := &writing{q: q, records: q.tasks.Records(context.Background())}
	for b := q.newBlock(); ; {
		if err := w.take(b); err != nil {
			panic(err)
		}
		if len(b.batch.Recs) == 0 {
			return tasks, w.sums.totals()
		}
		if err := b.format(); err != nil {
			panic(err)
		}
		w.sums.add(b)
		c := b.columns
		for i := range c {
			c[i].Names = b.names[i]
		}
		value := func(column, row int) string { return string(c[column].AppendValue(nil, row)) }
		for i := range c[0].Counts {
			tasks = append(tasks, Task{
				c[0].Counts[i], value(1, i), value(2, i), value(3, i), value(5, i), value(7, i), value(10, i),
				c[4].Counts[i], c[6].Counts[i], c[8].Ints[i], c[9].Ints[i], value(11, i), value(12, i), value(13, i),
			})
		}
	}
}

func queueOf(rows []Row, o Options, budget int64) (*Queue, func()) {
	dir, err := os.MkdirTemp("", "queue")
	if err != nil {
		panic(err)
	}
	c := Collect(dir, budget)
	if err := collect(c, byBorrower(rows), 2); err != nil {
		panic(err)
	}
	return c.Queue(o), func() { c.Remove(); os.RemoveAll(dir) }
}

// A person is the loans of one borrower, as [AppendLoan] writes them.
type person struct {
	id    []byte
	loans [][]byte
}

func byBorrower(rows []Row) (list []*person) {
	known := map[string]*person{}
	for _, r := range rows {
		p := known[r.Borrower]
		if p == nil {
			p = &person{id: []byte(r.Borrower)}
			known[r.Borrower] = p
			list = append(list, p)
		}
		p.loans = append(p.loans, appendLoan(nil, []byte(r.Loan), r.Currency, r.Bucket, r.DaysPastDue, r.PastDue, r.Total))
	}
	return list
}

// collect has workers collect borrowers in turn.
func collect(c *Collector, people []*person, workers int) error {
	for number := range workers {
		w := c.Writer(workers, 2)
		for i := number; i < len(people); i += workers {
			w.Begin(people[i].id)
			for _, loan := range people[i].loans {
				if err := w.Loan(loan); err != nil {
					return err
				}
			}
			if err := w.End(); err != nil {
				return err
			}
		}
		if err := w.Close(); err != nil {
			return err
		}
	}
	return nil
}

// TestBudgetDoesNotChangeTheQueue: neither do the order of the rows nor who brings
// them.
func TestBudgetDoesNotChangeTheQueue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var in []Row
		for i := range rapid.IntRange(0, 200).Draw(t, "rows") {
			in = append(in, Row{
				Borrower: fmt.Sprint("B", rapid.IntRange(0, 40).Draw(t, "borrower")), Loan: fmt.Sprint("L", i), Bucket: "M1",
				Currency: rapid.SampledFrom([]string{"CNY", "USD", "EUR"}).Draw(t, "currency"), Total: int64(i),
				DaysPastDue: int32(rapid.IntRange(1, 3).Draw(t, "days")), PastDue: rapid.Int64Range(-2, 3).Draw(t, "past due"),
			})
		}
		want := tasksOf(in, options())
		for i := 1; i < len(want); i++ {
			a, b := &want[i-1], &want[i]
			if a.PastDue < b.PastDue || a.PastDue == b.PastDue && (a.DaysPastDue < b.DaysPastDue ||
				a.DaysPastDue == b.DaysPastDue && a.Borrower >= b.Borrower) {
				t.Fatalf("%+v is before %+v", a, b)
			}
		}
		in = rapid.Permutation(in).Draw(t, "order")
		q, remove := queueOf(in, options(), 0)
		defer remove()
		got, _ := q.all(7)
		if !slices.Equal(got, want) {
			t.Fatalf("without memory the queue is %+v, want %+v", got, want)
		}
	})
}

// TestPanicInATurn: a panic in a goroutine of the queue comes back to its caller, who
// makes an error of it, and who waits behind it waits no more.
func TestPanicInATurn(t *testing.T) {
	var l line
	var turns []turn
	for range 5 {
		turns = append(turns, l.join())
	}
	var order []int
	g, ctx := errgroup.WithContext(t.Context())
	for i := range turns {
		g.Go(reports.Guarded(func() error {
			return turns[i].take(ctx, func() error {
				if order = append(order, i); i == 3 {
					panic("planted")
				}
				return nil
			})
		}))
	}
	if err := g.Wait(); err == nil || !strings.Contains(err.Error(), "planted") || !slices.Equal(order, []int{0, 1, 2, 3}) {
		t.Errorf("the turns were %v, the error is %v", order, err)
	}
}

// The queue's tables have the columns of the form, the business date first.
func TestTablesAreTheForms(t *testing.T) {
	tables := append(emptyTables(2), &reports.Table{Name: "tasks", Columns: taskColumns(2)})
	for _, table := range tables {
		want := []string{"business_date"}
		for i := range table.Columns {
			want = append(want, table.Columns[i].Name)
		}
		if got := options().Form.Tables[table.Name]; !slices.Equal(got, want) {
			t.Errorf("%s: the form has %v, the table %v", table.Name, got, want)
		}
		if got := reports.FirstForm().Tables[table.Name]; !slices.Equal(got, want[1:]) {
			t.Errorf("%s: the first form has %v, the table %v", table.Name, got, want[1:])
		}
	}
}
