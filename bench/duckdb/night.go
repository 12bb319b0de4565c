package main

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

//go:embed sql/book.sql
var bookSQL string

//go:embed sql/night.sql
var nightSQL string

//go:embed sql/journal.sql
var journalSQL string

//go:embed sql/tape.sql
var tapeSQL string

// A Night is what the peer is to close.
type Night struct {
	Book        string
	In          string
	Out         string
	Date        string // 2006-01-02
	Rewrite     bool   // a whole new table of loans, instead of an update of those that change
	Compression string
	Parquet     string    // V1 or V2
	Trace       io.Writer // where each statement's time goes; nil for nowhere
}

// A Stage is what a part of the night took.
type Stage struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// A Report is what the night did and took.
type Report struct {
	Version    string  `json:"version"`
	Loans      int64   `json:"loans"`
	Repayments int64   `json:"repayments"` // rows applied
	Held       int64   `json:"held"`
	Postings   int64   `json:"postings"`
	Stages     []Stage `json:"stages"`
}

// closeNight runs the night's statements on the book, makes the outputs durable,
// and reports.
func closeNight(ctx context.Context, db *sql.Conn, n Night) (*Report, error) {
	fresh, err := prepare(ctx, db)
	if err != nil {
		return nil, err
	}
	text, err := n.script(ctx, db, fresh)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(n.Out, 0o700); err != nil {
		return nil, err
	}
	var r Report
	for _, statement := range split(text) {
		start, busy := time.Now(), processorTime()
		if _, err := db.ExecContext(ctx, statement.sql); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", statement.stage, err, statement.sql)
		}
		r.add(statement.stage, time.Since(start))
		if n.Trace != nil {
			first, _, _ := strings.Cut(statement.sql, "\n")
			fmt.Fprintf(n.Trace, "%8.3f s wall %8.3f s CPU  %s: %s\n", time.Since(start).Seconds(), (processorTime() - busy).Seconds(),
				statement.stage, first)
		}
	}
	start := time.Now()
	if err := syncTree(n.Out); err != nil {
		return nil, err
	}
	r.add("sync", time.Since(start))
	return &r, r.count(ctx, db, n.Date)
}

// processorTime is what the process has used so far, in all threads.
func processorTime() time.Duration {
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &ru); err != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

func (r *Report) add(stage string, d time.Duration) {
	for i := range r.Stages {
		if r.Stages[i].Name == stage {
			r.Stages[i].Seconds += d.Seconds()
			return
		}
	}
	r.Stages = append(r.Stages, Stage{stage, d.Seconds()})
}

// count fills in what the night did. It is no part of the time measured by stage.
func (r *Report) count(ctx context.Context, db *sql.Conn, date string) error {
	return db.QueryRowContext(ctx, fmt.Sprintf(`SELECT version(), (SELECT count(*) FROM loans WHERE booked_on IS NOT NULL),
		(SELECT count(*) FROM journal WHERE business_date = DATE '%[1]s' AND kind = 'repayment' AND account = '1001'),
		(SELECT count(*) FROM held WHERE business_date = DATE '%[1]s'),
		(SELECT count(*) FROM journal WHERE business_date = DATE '%[1]s')`, date)).
		Scan(&r.Version, &r.Loans, &r.Repayments, &r.Held, &r.Postings)
}

// prepare makes the book's tables where there are none, and reports whether it did.
func prepare(ctx context.Context, db *sql.Conn) (fresh bool, err error) {
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'loans'").Scan(&tables); err != nil {
		return false, err
	}
	if tables > 0 {
		return false, nil
	}
	_, err = db.ExecContext(ctx, bookSQL)
	return true, err
}

// script returns the night's statements with the placeholders filled in.
func (n *Night) script(ctx context.Context, db *sql.Conn, fresh bool) (string, error) {
	previous := n.Date
	if !fresh {
		if err := db.QueryRowContext(ctx, "SELECT max(business_date)::VARCHAR FROM nights").Scan(&previous); err != nil {
			return "", err
		}
	}
	text := "-- stage: allocate\nBEGIN;\n" + nightSQL + tapeSQL
	if loans, _ := filepath.Glob(filepath.Join(n.In, "loans-*.parquet")); len(loans) == 0 {
		before, rest, _ := strings.Cut(nightSQL, "-- stage: book")
		_, after, _ := strings.Cut(rest, "-- stage: allocate")
		text = "-- stage: allocate\nBEGIN;\n" + before + "-- stage: allocate" + after + tapeSQL
	}
	fill := strings.NewReplacer(
		"{journal}", journalSQL,
		"{store}", n.store(),
	).Replace(text)
	only, row, touched, kind := "WHERE p.payments > 0 OR next_due_on <= DATE '{date}'", ", row", "touched", "OR REPLACE TEMP"
	if n.Rewrite {
		only, row, touched, kind = "", "", "loans_next", ""
	}
	fill = strings.NewReplacer("{only_changed}", only).Replace(fill)
	return strings.NewReplacer(
		"{row}", row, "{touched}", touched, "{touched_kind}", kind, "{join}", "FULL JOIN",
		"{date}", n.Date, "{previous}", previous, "{out}", quote(n.Out),
		"{repayments}", "read_parquet('"+quote(n.In)+"/repayments-*.parquet')",
		"{loans}", "read_parquet('"+quote(n.In)+"/loans-*.parquet')",
		"{compression}", n.Compression, "{parquet}", n.Parquet,
	).Replace(fill), nil
}

// store returns the statements that make the new state the book's.
func (n *Night) store() string {
	if n.Rewrite {
		return "DROP TABLE loans;\nALTER TABLE loans_next RENAME TO loans;\n"
	}
	columns := []string{"due_count", "previous_due_on", "next_due_on", "due_interest", "next_interest", "paid_count", "into_open",
		"interest_paid", "credit", "last_paid_on", "last_paid_amount", "touched_on", "was_oldest_on"}
	for i, c := range columns {
		columns[i] = c + " = t." + c
	}
	return "UPDATE loans SET " + strings.Join(columns, ", ") + " FROM touched t WHERE loans.rowid = t.row;\n"
}

// quote makes a path safe between single quotes.
func quote(path string) string { return strings.ReplaceAll(path, "'", "''") }

type statement struct{ stage, sql string }

// split cuts a script into its statements, each with the stage that the last
// "-- stage:" line before it names. A semicolon ends a statement at a line's end.
func split(script string) []statement {
	var all []statement
	stage := ""
	var sql strings.Builder
	for line := range strings.Lines(script) {
		if name, ok := strings.CutPrefix(line, "-- stage: "); ok {
			stage = strings.TrimSpace(name)
			continue
		}
		code := strings.TrimRight(line, " \n")
		if strings.HasPrefix(code, "--") || code == "" {
			continue
		}
		sql.WriteString(line)
		if strings.HasSuffix(code, ";") {
			all = append(all, statement{stage, sql.String()})
			sql.Reset()
		}
	}
	return all
}

// syncTree makes every file below a folder durable, and the folders.
func syncTree(dir string) error {
	return filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return f.Sync()
	})
}
