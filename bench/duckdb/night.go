package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A Night is what the peer is to close.
type Night struct {
	Book        string
	In          string
	Out         string
	Date        string    // 2006-01-02
	Rewrite     bool      // a whole new table of loans, instead of an update of those that change
	Compression string    // of the Parquet files
	Parquet     string    // their version, V1 or V2
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
	previous := n.Date
	if !fresh {
		if err := db.QueryRowContext(ctx, "SELECT max(business_date)::VARCHAR FROM nights").Scan(&previous); err != nil {
			return nil, err
		}
	}
	closes, err := closesOfMonth(ctx, db, n.Date)
	if err != nil {
		return nil, err
	}
	var r Report
	if err := r.execute(ctx, db, n, n.script(previous, closes)); err != nil {
		return nil, err
	}
	start := time.Now()
	if err := syncTree(n.Out); err != nil {
		return nil, err
	}
	r.add("sync", time.Since(start))
	return &r, r.count(ctx, db, n.Date)
}

// closesOfMonth returns the nights before one in its month, as a list. The peer does not open a month for loans
// whose codes of the last one would be kept then: all nights are of one.
func closesOfMonth(ctx context.Context, db *sql.Conn, date string) (list string, err error) {
	rows, err := db.QueryContext(ctx, "SELECT business_date::VARCHAR FROM nights ORDER BY 1")
	if err != nil {
		return "", err
	}
	defer rows.Close()
	var closes []string
	for rows.Next() {
		var night string
		if err := rows.Scan(&night); err != nil {
			return "", err
		}
		if night[:7] != date[:7] {
			return "", fmt.Errorf("the night of %s is in another month than that of %s, and the peer closes nights of one", date, night)
		}
		closes = append(closes, "DATE '"+night+"'")
	}
	return "[" + strings.Join(closes, ", ") + "]::DATE[]", rows.Err()
}

// execute runs a script's statements, one after the other.
func (r *Report) execute(ctx context.Context, db *sql.Conn, n Night, script string) error {
	if err := os.MkdirAll(filepath.Join(n.Out, "queue"), 0o700); err != nil {
		return err
	}
	for _, statement := range split(script) {
		start, busy := time.Now(), processorTime()
		if _, err := db.ExecContext(ctx, statement.sql); err != nil {
			return fmt.Errorf("%s: %w\n%s", statement.stage, err, statement.sql)
		}
		r.add(statement.stage, time.Since(start))
		if n.Trace != nil {
			first, _, _ := strings.Cut(statement.sql, "\n")
			fmt.Fprintf(n.Trace, "%8.3f s wall %8.3f s CPU  %s: %s\n", time.Since(start).Seconds(), (processorTime() - busy).Seconds(),
				statement.stage, first)
		}
	}
	return nil
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
