package queue

import (
	"bytes"
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"daybook/reports"
)

// TestFilesAreWhatANaiveReckoningMakes: whoever collects and writes, and whatever goes to
// the disk.
func TestFilesAreWhatANaiveReckoningMakes(t *testing.T) {
	root := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		in := oddRows(t)
		o := options()
		atOnce := rapid.IntRange(1, 70).Draw(t, "at once")
		want := naiveFiles(t, in, o, atOnce)
		o.Workers = rapid.IntRange(0, 5).Draw(t, "workers")
		collectors := rapid.IntRange(1, 4).Draw(t, "collectors")
		budget := rapid.SampledFrom([]int64{0, 1 << 13, 1 << 30}).Draw(t, "budget")
		dir, err := os.MkdirTemp(root, "")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		c := Collect(dir, budget)
		defer c.Remove()
		if err := collect(c, byBorrower(rapid.Permutation(in).Draw(t, "order")), collectors); err != nil {
			t.Fatal(err)
		}
		q := c.Queue(o)
		q.atOnce, q.budget = atOnce, 1<<30 // for many writers, too, where little is collected in memory
		outputs, _, err := q.Write(t.Context(), filepath.Join(dir, "queue"))
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, out := range outputs {
			b, err := os.ReadFile(out.Path)
			if err != nil {
				t.Fatal(err)
			}
			name := filepath.Base(out.Path)
			if name == "suppressed.parquet" || name == "below_capacity.parquet" {
				continue
			}
			got[name] = string(b)
			if sum := fmt.Sprintf("%x", sha256.Sum256(b)); out.Rows != int64(want[name].rows) || out.SHA256 != sum {
				t.Fatalf("%s has %d rows and the digest %s, the output says %d and %s", name, want[name].rows, sum, out.Rows, out.SHA256)
			}
		}
		for name := range want {
			if got[name] != want[name].text {
				t.Fatalf("%s: got\n%q\nwant\n%q", name, got[name], want[name].text)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%d files, want %d", len(got), len(want))
		}
	})
}

type file struct {
	text string
	rows int
}

// oddRows are rows whose ids have what CSV and spreadsheets take for their own.
func oddRows(t *rapid.T) (in []Row) {
	id := rapid.StringOfN(rapid.SampledFrom([]rune(`a0,"'=+-@ é中`+"\n\r\t\x00")), 0, 12, -1)
	borrowers := rapid.SliceOfNDistinct(id, 1, 80, rapid.ID).Draw(t, "borrowers")
	for i := range rapid.IntRange(0, 160).Draw(t, "rows") {
		in = append(in, Row{
			Borrower: rapid.SampledFrom(borrowers).Draw(t, "borrower"), Loan: id.Draw(t, "loan") + fmt.Sprint(i),
			Currency:    rapid.SampledFrom([]string{"CNY", "USD", "EUR", "JPY"}).Draw(t, "currency"),
			Bucket:      rapid.SampledFrom([]string{"M1", "M2", "", "+90, and more"}).Draw(t, "bucket"),
			DaysPastDue: int32(rapid.SampledFrom([]int{1, 3, 4, 8, 31, 32, 61, 91, 40_000}).Draw(t, "days")),
			PastDue:     rapid.OneOf(rapid.Int64Range(-2, 3), rapid.Int64Range(0, 1e15)).Draw(t, "past due"),
			Total:       rapid.Int64Range(-1, 1e16).Draw(t, "total"),
		})
	}
	return in
}

// naiveTasks reckons the tasks of rows borrower by borrower.
func naiveTasks(in []Row, o Options) (tasks []Task) {
	loans := map[string][]Row{}
	for _, r := range in {
		loans[r.Borrower] = append(loans[r.Borrower], r)
	}
	for id, rows := range loans {
		worst := slices.MinFunc(rows, func(a, b Row) int {
			return cmp.Or(cmp.Compare(b.DaysPastDue, a.DaysPastDue), cmp.Compare(b.PastDue, a.PastDue), strings.Compare(a.Loan, b.Loan))
		})
		k := Task{Borrower: id, Currency: worst.Currency, Worst: worst.Loan, Bucket: worst.Bucket, DaysPastDue: worst.DaysPastDue, Loans: int32(len(rows))}
		others := map[string]int64{}
		for _, r := range rows {
			if r.Currency == worst.Currency {
				k.PastDue, k.Total = k.PastDue+r.PastDue, k.Total+r.Total
			} else {
				others[r.Currency] += r.PastDue
			}
		}
		var list []string
		for currency, sum := range others {
			list = append(list, currency+" "+decimal(currency, sum))
		}
		slices.Sort(list)
		k.Other = strings.Join(list, "; ")
		for _, s := range DefaultLadder() {
			if s.From <= k.DaysPastDue {
				k.Channel, k.Tone, k.Template = s.Channel, s.Tone, s.Template
			}
		}
		mac := hmac.New(sha256.New, o.Secret)
		fmt.Fprint(mac, o.BusinessDate)
		sum := sha256.Sum256(append(mac.Sum(nil), id...))
		k.Key = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").EncodeToString(sum[:])[:20]
		tasks = append(tasks, k)
	}
	slices.SortFunc(tasks, func(a, b Task) int {
		return cmp.Or(cmp.Compare(b.PastDue, a.PastDue), cmp.Compare(b.DaysPastDue, a.DaysPastDue), strings.Compare(a.Borrower, b.Borrower))
	})
	for i := range tasks {
		tasks[i].Rank = int32(i + 1)
	}
	return tasks
}

// naiveFiles writes the files of rows line by line, and tasks.parquet as one worker who
// has the columns whole.
func naiveFiles(t *rapid.T, in []Row, o Options, atOnce int) map[string]file {
	tasks, files := naiveTasks(in, o), map[string]file{}
	for _, k := range tasks {
		f := files[k.Channel+".csv"]
		if f.rows == 0 {
			f.text = "task_key,business_date,rank,borrower,worst_loan,currency,loans,days_past_due,bucket,past_due_amount,total_outstanding,tone,template\n"
		}
		f.rows++
		f.text += strings.Join([]string{
			k.Key, o.BusinessDate.String(), fmt.Sprint(k.Rank), cell(naiveMask(k.Borrower)), cell(naiveMask(k.Worst)), cell(k.Currency), fmt.Sprint(k.Loans),
			fmt.Sprint(k.DaysPastDue), cell(k.Bucket), decimal(k.Currency, k.PastDue), decimal(k.Currency, k.Total), cell(k.Tone), cell(k.Template),
		}, ",") + "\n"
		files[k.Channel+".csv"] = f
	}
	path := filepath.Join(os.TempDir(), fmt.Sprintf("naive-%d-%p.parquet", os.Getpid(), t))
	columns, sheet := taskColumns(o.Scale), o.Form.Sheet("tasks", o.BusinessDate)
	w, err := o.Form.CreateParquet(path, sheet.Columns(columns))
	if err != nil {
		t.Fatal(err)
	}
	defer os.Remove(path)
	for some := range slices.Chunk(tasks, atOnce) {
		for i := range columns {
			columns[i].Reset()
		}
		for i := range some {
			appendNaive(columns, &some[i])
		}
		if err := w.Write(sheet.Columns(columns)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	files["tasks.parquet"] = file{string(b), len(tasks)}
	return files
}

func appendNaive(columns []reports.Column, k *Task) {
	for i, v := range []any{
		k.Rank, k.Key, k.Borrower, k.Currency, k.Loans, k.Worst, k.DaysPastDue, k.Bucket, k.PastDue, k.Total, k.Other, k.Channel, k.Tone, k.Template,
	} {
		c := &columns[i]
		switch v := v.(type) {
		case int32:
			c.Counts = append(c.Counts, v)
		case int64:
			c.Ints = append(c.Ints, v)
		case string:
			if c.Kind == reports.Coded {
				c.AppendName(v)
			} else {
				c.Texts.AppendString(v)
			}
		}
	}
}

// cell is a text in a CSV that no spreadsheet runs.
func cell(s string) string {
	if bare := strings.TrimLeft(s, "'"); bare != "" && strings.ContainsAny(bare[:1], "=+-@\t\r") {
		s = "'" + s
	}
	if strings.ContainsAny(s, ",\"\r\n") || strings.Trim(s, " ") != s {
		return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
	}
	return s
}

func naiveMask(id string) string {
	r := []rune(id)
	switch n := len(r); {
	case n < 5:
		return "****"
	case n < 8:
		return string(r[:1]) + "****" + string(r[n-1:])
	default:
		return string(r[:3]) + "****" + string(r[n-2:])
	}
}

// decimal is a sum of cents: of yen, which have none, in whole ones where it is that.
func decimal(currency string, v int64) string {
	if currency == "JPY" && v%100 == 0 {
		return fmt.Sprint(v / 100)
	}
	return new(big.Rat).SetFrac64(v, 100).FloatString(2)
}

// A task that is cut anywhere is not read as another.
func TestDamagedTask(t *testing.T) {
	b := borrower{}
	b.begin([]byte("borrower\x00"))
	b.add(&pastDue{loan: []byte("loan"), currency: []byte("CNY"), bucket: []byte("M1"), days: 3, pastDue: 1200, total: 5000})
	rec := b.appendTask(nil, 2)
	if k, err := readTask(rec); err != nil || string(k.borrower) != "borrower\x00" || k.days != 3 || k.pastDue != 1200 || k.total != 5000 {
		t.Errorf("read back as %+v, %v", k, err)
	}
	for n := range rec {
		if k, err := readTask(bytes.Clone(rec[:n])); err == nil {
			t.Errorf("cut after %d of %d bytes it is read as %+v", n, len(rec), k)
		}
	}
}
