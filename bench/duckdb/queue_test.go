package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"daybook/reports/channel"
)

// The queue's SQL and a naive reckoning agree on a tape of enough loans for several
// threads, with ties in every column of the order, ids of every length, borrowers
// with several loans past due, and loans past due that no one collects.
func TestQueueFollowsTheTape(t *testing.T) {
	ctx, n := context.Background(), Night{Out: t.TempDir(), Date: "2026-11-24", Compression: "uncompressed", Parquet: "V2"}
	db, conn, err := open(ctx, "", "1GiB", 4)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	defer conn.Close()
	if _, err := prepare(ctx, conn); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(n.Out, "loans"), 0o700); err != nil {
		t.Fatal(err)
	}
	_, err = conn.ExecContext(ctx, `COPY (
		SELECT (i * 7919 % 500000)::VARCHAR AS loan_id, (hash(i) % 400000)::VARCHAR AS borrower_id, (hash(i + 1) % 110)::INTEGER AS days_past_due,
			(hash(i + 2) % 40)::DECIMAL(18, 2) / 4 AS past_due_amount, (hash(i + 3) % 1000)::DECIMAL(18, 2) AS total_outstanding,
			CASE WHEN i % 50 = 0 THEN 'settled' ELSE 'active' END AS status
		FROM range(500000) r(i)) TO '`+quote(n.Out)+"/loans/1.parquet'")
	if err != nil {
		t.Fatal(err)
	}
	var r Report
	if err := r.execute(ctx, conn, n, n.fill(queueSQL, n.Date, "[]::DATE[]")); err != nil {
		t.Fatal(err)
	}
	if several := checkQueue(t, conn, n.Out, n.Date); several < 1000 {
		t.Errorf("only %d borrowers have several loans past due", several)
	}
}

// ladder is what the peer does from a number of days past due on.
var ladder = []struct {
	From                    int32
	Channel, Tone, Template string
}{
	{1, "push", "informative", "gentle_reminder"}, {4, "sms", "informative", "reminder"}, {8, "call", "helpful", "find_a_way"},
	{31, "letter", "helpful", "offer"}, {61, "call", "firm", "specialist"}, {91, "agency", "firm", "handover"},
}

// checkQueue reckons a night's queue from its tape, and compares it with the files.
// It returns how many borrowers have several loans past due.
func checkQueue(t *testing.T, db *sql.Conn, out, date string) (several int) {
	t.Helper()
	tasks := reckonQueue(t, db, out)
	night := sha256.Sum256([]byte("bench " + date))
	var want [][]string
	channels := map[string][][]string{}
	for i, k := range tasks {
		if k.loans > 1 {
			several++
		}
		key := sha256.Sum256([]byte(hex.EncodeToString(night[:])[:32] + k.borrower))
		at := len(ladder) - 1
		for ladder[at].From > k.days {
			at--
		}
		s, rank, loans, days := ladder[at], strconv.Itoa(i+1), strconv.Itoa(k.loans), strconv.Itoa(int(k.days))
		name, bucket := hex.EncodeToString(key[:])[:20], "M"+strconv.Itoa(int(min((k.days+29)/30, 7)))
		want = append(want, []string{date, rank, name, k.borrower, "CNY", loans, k.worst, days, bucket, amount(k.pastDue), amount(k.total), "",
			s.Channel, s.Tone, s.Template})
		channels[s.Channel] = append(channels[s.Channel], []string{name, date, rank, masked(k.borrower), masked(k.worst), "CNY", loans, days,
			bucket, amount(k.pastDue), amount(k.total), s.Tone, s.Template})
	}
	same(t, "tasks", readTable(t, db, filepath.Join(out, "queue", "tasks.parquet"), []string{"business_date", "rank", "task_key", "borrower_id",
		"currency", "loans", "worst_loan_id", "days_past_due", "bucket", "past_due_amount", "total_outstanding", "other_past_due", "channel", "tone",
		"template"}), want)
	for _, name := range []string{"push", "sms", "call", "letter", "agency"} {
		path := filepath.Join(out, "queue", name+".csv")
		if len(channels[name]) > 0 {
			same(t, name, readCSV(t, path)[1:], channels[name])
		} else if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s has no task, and its file gives the error %v", name, err)
		}
	}
	return several
}

func same(t *testing.T, name string, got, want [][]string) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d rows, want %d", name, len(got), len(want))
		return
	}
	for i := range got {
		if !slices.Equal(got[i], want[i]) {
			t.Errorf("%s: row %d is %v, want %v", name, i, got[i], want[i])
			return
		}
	}
}

func amount(cents int64) string { return fmt.Sprintf("%d.%02d", cents/100, cents%100) }

// A task is what the naive reckoning knows of a borrower.
type task struct {
	borrower, worst         string
	days                    int32
	loans                   int
	pastDue, total, atWorst int64
}

// reckonQueue makes the tasks of a tape in their order, one loan after the other.
func reckonQueue(t *testing.T, db *sql.Conn, out string) []*task {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), `SELECT borrower_id, loan_id, days_past_due, (past_due_amount * 100)::BIGINT,
		(total_outstanding * 100)::BIGINT FROM read_parquet('`+quote(out)+"/loans/*.parquet') WHERE days_past_due > 0 AND status = 'active'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	by := map[string]*task{}
	var tasks []*task
	for rows.Next() {
		var l task
		if err := rows.Scan(&l.borrower, &l.worst, &l.days, &l.atWorst, &l.total); err != nil {
			t.Fatal(err)
		}
		k := by[l.borrower]
		if k == nil {
			k = &task{borrower: l.borrower, worst: l.worst, days: l.days, atWorst: l.atWorst}
			by[l.borrower], tasks = k, append(tasks, k)
		}
		if cmp.Or(cmp.Compare(l.days, k.days), cmp.Compare(l.atWorst, k.atWorst), cmp.Compare(k.worst, l.worst)) > 0 {
			k.worst, k.days, k.atWorst = l.worst, l.days, l.atWorst
		}
		k.loans, k.pastDue, k.total = k.loans+1, k.pastDue+l.atWorst, k.total+l.total
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(tasks, func(a, b *task) int {
		return cmp.Or(cmp.Compare(b.pastDue, a.pastDue), cmp.Compare(b.days, a.days), cmp.Compare(a.borrower, b.borrower))
	})
	return tasks
}

// A task that differs, or that stands elsewhere in its file, makes the comparison fail.
func TestCompareFindsAnotherQueue(t *testing.T) {
	ctx := context.Background()
	db, conn, err := open(ctx, "", "1GiB", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	defer conn.Close()
	columns := `, 'B' || rank AS borrower_id, 1 AS loans`
	tables := []string{"SELECT i AS rank" + columns + " FROM range(1, 4) r(i)", "SELECT 4 - i AS rank" + columns + " FROM range(1, 4) r(i)",
		"SELECT i AS rank, 'B' || i AS borrower_id, 1 + (i = 2)::INTEGER AS loans FROM range(1, 4) r(i)"}
	var dirs []string
	for _, query := range tables {
		dirs = append(dirs, t.TempDir())
		if _, err := conn.ExecContext(ctx, "COPY ("+query+") TO '"+quote(dirs[len(dirs)-1])+"/tasks.parquet'"); err != nil {
			t.Fatal(err)
		}
	}
	for i, want := range []bool{true, false, false} {
		p := pairOf(dirs[0], dirs[i], "tasks.parquet", "WHERE rank = file_row_number + 1", "rank")
		if _, err := compareTables(ctx, conn, t.Output(), []string{"borrower_id", "loans"}, p); (err == nil) != want {
			t.Errorf("%s: error %v", tables[i], err)
		}
	}
}

func masked(id string) string { return string(channel.AppendMask(nil, []byte(id))) }
