package main

import (
	"bytes"
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

//go:embed tables/lender.sql
var lenderSQL string

// A lender is one that the program itself closes: a folder with the inbox of
// each close, and what each close published.
type lender struct {
	program string // the binary
	dir     string // in/DATE, out/DATE, book
	terms   []term // of its policy, the first from the first close on
	closes  []string
}

// build builds the program, as its users have it.
func build(t *testing.T) (program string) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "daybook")
	cmd := exec.Command("go", "build", "-o", program, "./cmd/daybook")
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return program
}

// closingDays are random days of the months from the first: of most months
// the last, up to three others, and of one month in the middle none.
func closingDays(r *rand.Rand, first time.Time, months int) (days []string) {
	for m := range months {
		if m == months/2 {
			continue
		}
		begin := first.AddDate(0, m, 1-first.Day())
		last := begin.AddDate(0, 1, -1).Day()
		chosen := map[int]bool{last: r.IntN(10) < 7 || m == 0}
		for range 1 + r.IntN(3) {
			chosen[1+r.IntN(last-1)] = true
		}
		for d := 1; d <= last; d++ {
			if day := begin.AddDate(0, 0, d-1); chosen[d] && !day.Before(first) {
				days = append(days, day.Format(time.DateOnly))
			}
		}
	}
	return days
}

// generated are the files of a lender of the program's own generator for the months from first.
func generated(t *testing.T, program string, first time.Time, months, loans int, seed uint64) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "generated")
	nights := int(first.AddDate(0, months, 0).Sub(first).Hours()/24) + 1
	cmd := exec.Command(program, "generate", "--out", dir, "--loans", fmt.Sprint(loans), "--nights", fmt.Sprint(nights),
		"--first-night", first.Format(time.DateOnly), "--seed", fmt.Sprint(seed), "--quiet")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("generate: %v\n%s", err, out)
	}
	return dir
}

// run closes the lender's days one after the other; what each inbox has
// follows from the seed and from the tape of the close before.
func (l *lender) run(t *testing.T, generated string, seed uint64) {
	t.Helper()
	db, conn, err := open(context.Background(), "", "1GiB", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	defer conn.Close()
	policy := filepath.Join(l.dir, "policy.yaml")
	execute(t, conn, fmt.Sprintf(lenderMacros, seed, quote(generated)))
	for i := range l.closes {
		if err := os.WriteFile(policy, []byte(inForce(l.terms, i).policy()), 0o600); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			l.daybook(t, "init", "--book", filepath.Join(l.dir, "book"), "--policy", policy)
		}
		l.fillInbox(t, conn, i)
		l.daybook(t, "close", "--policy", policy, "--book", filepath.Join(l.dir, "book"), "--in", filepath.Join(l.dir, "in", l.closes[i]),
			"--out", filepath.Join(l.dir, "out"), "--date", l.closes[i], "--quiet", "--workers", "2")
	}
}

// lenderMacros are what chance means, and the generator's files. Of what is late one part in
// eight comes up to twenty days later.
const lenderMacros = `
CREATE MACRO chance(id, what) AS (hash(id || what || '%[1]d') %% 1000)::INTEGER;
CREATE MACRO lender_currency(id) AS ['CNY', 'CNY', 'EUR', 'EUR', 'JPY', 'KWD'][1 + chance(id, 'currency') %% 6];
CREATE MACRO lender_product(id) AS ['default', 'default', 'card', 'home', 'farm'][1 + chance(id, 'product') %% 5];
CREATE MACRO lender_delay(id, came) AS CASE WHEN chance(id, 'delay') < 125 THEN chance(id, 'by') %% 20 ELSE 0 END;
CREATE MACRO hopeless(id) AS chance(id, 'age') < 120 AND chance(id, 'hopeless') < 700;
CREATE MACRO lender_flag(id) AS ['watch', 'bankrupt', 'fraud', 'credit_impaired', 'unlikely_to_pay', 'technical_delay', 'npa',
	'bad_debt', 'settled_by_assets', 'paid_by_guarantor', 'loss_90', 'refinanced'][1 + chance(id, 'flag') %% 12];
CREATE TEMP TABLE all_loans AS SELECT *, filename.regexp_extract('(\d{4}-\d\d-\d\d)/', 1)::DATE AS night
	FROM read_parquet('%[2]s/*/loans-*.parquet', filename = true, hive_partitioning = false, union_by_name = true);
CREATE MACRO lender_age(id, came) AS CASE WHEN came > (SELECT min(night) FROM all_loans) OR chance(id, 'age') >= 120 THEN 0
	ELSE [1, 2, 3, 4, 6, 8][1 + chance(id, 'years') %% 6] END;
CREATE TEMP TABLE all_repayments AS SELECT *, night + lender_delay(repayment_id, night) AS delivered FROM (
	SELECT *, filename.regexp_extract('(\d{4}-\d\d-\d\d)/', 1)::DATE AS night
	FROM read_parquet('%[2]s/*/repayments-*.parquet', filename = true, hive_partitioning = false, union_by_name = true));
CREATE TEMP TABLE all_adjustments AS SELECT *, filename.regexp_extract('(\d{4}-\d\d-\d\d)/', 1)::DATE AS delivered
	FROM read_parquet('%[2]s/*/adjustments-*.parquet', filename = true, hive_partitioning = false, union_by_name = true);
CREATE TEMP TABLE delivered_repayments (repayment_id VARCHAR, loan_id VARCHAR, amount DECIMAL(18, 3), delivered DATE);
CREATE TEMP TABLE delivered_adjustments (adjustment_id VARCHAR, loan_id VARCHAR, kind VARCHAR, delivered DATE);
CREATE TEMP TABLE last_tape (loan_id VARCHAR, borrower_id VARCHAR, product VARCHAR, currency VARCHAR, status VARCHAR, days_past_due INTEGER,
	past_due_amount DECIMAL(18, 3), total_outstanding DECIMAL(18, 3), interest_outstanding DECIMAL(18, 3), charged_off DECIMAL(18, 3),
	credit_balance DECIMAL(18, 3), measures INTEGER)`

// fillInbox writes the files of close i.
func (l *lender) fillInbox(t *testing.T, conn *sql.Conn, i int) {
	t.Helper()
	in := filepath.Join(l.dir, "in", l.closes[i])
	if err := os.MkdirAll(in, 0o700); err != nil {
		t.Fatal(err)
	}
	previous := "1900-01-01"
	if i > 0 {
		previous = l.closes[i-1]
		execute(t, conn, `DELETE FROM last_tape; INSERT INTO last_tape SELECT loan_id, borrower_id, product, currency, status, days_past_due, past_due_amount,
			total_outstanding, interest_outstanding, charged_off, credit_balance, measures
			FROM read_parquet('`+quote(filepath.Join(l.dir, "out", previous))+`/loans/*.parquet')`)
	}
	day := func(s string) string { return "DATE '" + s + "'" }
	script := strings.NewReplacer("{previous}", day(previous), "{date}", day(l.closes[i]), "{first}", day(l.closes[0])).Replace(lenderSQL)
	execute(t, conn, script)
	for _, kind := range []string{"loans", "repayments", "adjustments", "flags"} {
		key := map[string]string{"loans": "loan_id", "repayments": "repayment_id", "adjustments": "adjustment_id", "flags": "flag, loan_id, borrower_id"}[kind]
		execute(t, conn, fmt.Sprintf("COPY (SELECT * FROM new_%s ORDER BY %s) TO '%s' (FORMAT parquet)", kind, key, quote(filepath.Join(in, kind+".parquet"))))
	}
	execute(t, conn, "INSERT INTO delivered_repayments SELECT repayment_id, loan_id, amount, "+day(l.closes[i])+" FROM new_repayments")
	execute(t, conn, "INSERT INTO delivered_adjustments SELECT adjustment_id, loan_id, kind, "+day(l.closes[i])+" FROM new_adjustments")
}

// daybook runs a command. Rejected rows (3) are part of a lender's life.
func (l *lender) daybook(t *testing.T, args ...string) {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.Command(l.program, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 3) {
		t.Fatalf("daybook %s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
}

func execute(t *testing.T, conn *sql.Conn, script string) {
	t.Helper()
	if _, err := conn.ExecContext(context.Background(), script); err != nil {
		t.Fatalf("%v\n%.300s", err, script)
	}
}
