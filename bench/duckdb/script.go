package main

import (
	_ "embed"
	"fmt"
	"path/filepath"
	"strings"
)

//go:embed sql/book.sql
var bookSQL string

//go:embed sql/night.sql
var nightSQL string

//go:embed sql/journal.sql
var journalSQL string

//go:embed sql/tape.sql
var tapeSQL string

//go:embed sql/queue.sql
var queueSQL string

// script returns the night's statements. previous is the date of the night before, closes the list of those of its
// month.
func (n *Night) script(previous, closes string) string {
	night := nightSQL
	if loans, _ := filepath.Glob(filepath.Join(n.In, "loans-*.parquet")); len(loans) == 0 {
		before, rest, _ := strings.Cut(nightSQL, "-- stage: book")
		_, after, _ := strings.Cut(rest, "-- stage: allocate")
		night = before + "-- stage: allocate" + after
	}
	return n.fill("-- stage: allocate\nBEGIN;\n"+night+tapeSQL+queueSQL, previous, closes)
}

// terms are those of a loan's contract that the table of touched loans has: all
// for a whole new table, else what the night needs.
const (
	allTerms = "loan_id, borrower_id, product, region, currency, booked_on, disbursed_on, first_due_on, installments, annual_rate, " +
		"method, day_count, opening_score, principal, fee, part, rate, number, past_codes, past_worst_3m, past_worst_6m, past_worst_12m, past_worst_24m, " +
		"past_times_30, past_times_60, past_times_90"
	neededTerms = "loan_id, currency, booked_on, first_due_on, installments, method, principal, fee, part, rate, number"
)

// fill fills in a script's placeholders.
func (n *Night) fill(script, previous, closes string) string {
	script = strings.NewReplacer("{journal}", journalSQL, "{store}", n.store(), "{channels}", channels()).Replace(script)
	only, row, touched, kind, terms := "WHERE p.payments > 0 OR next_due_on <= DATE '{date}'", ", row", "touched", "OR REPLACE TEMP", neededTerms
	if n.Rewrite {
		only, row, touched, kind, terms = "", "", "loans_next", "", allTerms
	}
	script = strings.NewReplacer("{only_changed}", only).Replace(script)
	return strings.NewReplacer(
		"{row}", row, "{touched}", touched, "{touched_kind}", kind, "{terms}", terms, "{join}", "FULL JOIN",
		"{date}", n.Date, "{previous}", previous, "{closes}", closes, "{out}", quote(n.Out),
		"{repayments}", "read_parquet('"+quote(n.In)+"/repayments-*.parquet')",
		"{loans}", "read_parquet('"+quote(n.In)+"/loans-*.parquet')",
		"{parquet}", n.parquet(),
	).Replace(script)
}

// parquet returns the options of a COPY to Parquet. Of a tape of a million loans,
// in processor time and size: snappy V1 with DuckDB's own limits 1.95 s, 44 MiB; with
// these limits 1.73 s, 49 MiB; V2 1.64 s, 39 MiB; zstd V2 1.74 s, 33 MiB;
// uncompressed V1 1.53 s, 116 MiB; uncompressed V2 (deltas for numbers) 1.54 s, 58
// MiB. Limits of 50 and 1,000 words and row groups from 30,720 to 245,760 rows make
// no difference that the noise does not: these stay DuckDB's.
func (n *Night) parquet() string {
	return fmt.Sprintf("FORMAT parquet, COMPRESSION %s, PARQUET_VERSION %s, DICTIONARY_SIZE_LIMIT 200, WRITE_BLOOM_FILTER false",
		n.Compression, n.Parquet)
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

// channels returns the statements that write the files of the queue's channels.
func channels() string {
	var sql strings.Builder
	for _, name := range []string{"push", "sms", "call", "letter", "agency"} {
		fmt.Fprintf(&sql, `COPY (
	SELECT task_key, business_date, rank, masked(borrower_id) AS borrower, masked(worst_loan_id) AS worst_loan, currency, loans,
		days_past_due, bucket, past_due_amount, total_outstanding, tone, template
	FROM tasks WHERE channel = '%[1]s'
) TO '{out}/queue/%[1]s.csv' (HEADER, WRITE_EMPTY_FILE false);
`, name)
	}
	return sql.String()
}
