package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"strings"
)

// compared are the columns of the loan tape on which the two sides must agree
// in every loan.
var compared = []string{"principal", "principal_outstanding", "interest_outstanding", "fees_outstanding", "penalties_outstanding",
	"total_outstanding", "past_due_amount", "credit_balance", "principal_paid", "interest_paid", "fees_paid", "penalties_paid",
	"oldest_unpaid_due_on", "days_past_due", "installments_missed", "next_due_on", "next_due_amount", "status",
	"history_24m", "regulatory_pause_days", "material_days", "worst_days_past_due", "clean_since", "first_delinquency_on", "months_since_last_late",
	"worst_3m", "worst_6m", "worst_12m", "worst_24m", "times_30", "times_60", "times_90", "cures", "last_cured_on", "last_cured_bucket",
	"measure_on", "measures"}

// compare reports every column in which two loan tapes differ, with examples, and fails
// when there is one, or a loan that only one side has, or when the journals differ in their
// sums. Queues are not compared: the peer's is one task for each borrower past due, as a
// script would have it, and Daybook's depends on what it did the nights before.
func compare(ctx context.Context, db *sql.Conn, w io.Writer, a, b string) error {
	loans, err := compareTables(ctx, db, w, compared, pairOf(a, b, "loans/*.parquet", "", "loan_id"))
	if err != nil {
		return fmt.Errorf("the tapes: %w", err)
	}
	postings, err := compareJournals(ctx, db, w, a, b)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "the tapes agree on %d columns of %d loans, the journals on the sums of %d postings by kind and account\n",
		len(compared), loans, postings)
	return nil
}

// A pair is the same table of two sides, joined row by row.
type pair struct{ from, key string }

// pairOf pairs the rows of two folders' Parquet files that meet a condition. A row
// of a side that does not meet it is then in the other side's only.
func pairOf(a, b, files, where, key string) pair {
	table := func(dir string) string {
		return "(FROM read_parquet('" + quote(dir) + "/" + files + "', file_row_number = true) " + where + ")"
	}
	return pair{fmt.Sprintf("FROM %s a FULL JOIN %s b ON a.%[3]s = b.%[3]s", table(a), table(b), key), key}
}

// compareTables reports every column in which two tables differ, and fails when
// there is one, or a row that only one side has. It returns the rows of both.
func compareTables(ctx context.Context, db *sql.Conn, w io.Writer, columns []string, p pair) (rows int64, err error) {
	sums := []string{"count(*)", fmt.Sprintf("count(*) FILTER (a.%[1]s IS NULL OR b.%[1]s IS NULL)", p.key)}
	for _, c := range columns {
		sums = append(sums, fmt.Sprintf("count(*) FILTER (a.%[1]s IS DISTINCT FROM b.%[1]s)", c))
	}
	counts := make([]int64, len(sums))
	into := make([]any, len(sums))
	for i := range counts {
		into[i] = &counts[i]
	}
	if err := db.QueryRowContext(ctx, "SELECT "+strings.Join(sums, ", ")+" "+p.from).Scan(into...); err != nil {
		return 0, err
	}
	differ := 0
	if counts[1] > 0 {
		differ++
		fmt.Fprintf(w, "%d rows are on one side only\n", counts[1])
	}
	for i, c := range columns {
		if n := counts[i+2]; n > 0 {
			differ++
			if err := examples(ctx, db, w, c, n, p); err != nil {
				return 0, err
			}
		}
	}
	if differ > 0 {
		return 0, fmt.Errorf("%d rows differ in %d ways", counts[0], differ)
	}
	return counts[0], nil
}

// compareJournals reports every kind of entry and account on which two journals
// have other sums or another number of postings. It returns the postings of both.
func compareJournals(ctx context.Context, db *sql.Conn, w io.Writer, a, b string) (postings int64, err error) {
	sums := func(dir string) string {
		return "(SELECT kind, account, currency, count(*) AS n, sum(debit) AS debit, sum(credit) AS credit FROM read_parquet('" +
			quote(dir) + "/journal/*.parquet') GROUP BY ALL)"
	}
	rows, err := db.QueryContext(ctx, `SELECT kind || ' ' || account || ' ' || currency, coalesce(a.n, 0), coalesce(b.n, 0),
		coalesce(a.debit - a.credit, 0)::VARCHAR, coalesce(b.debit - b.credit, 0)::VARCHAR, a.n = b.n AND a.debit = b.debit AND a.credit = b.credit
		FROM `+sums(a)+" a FULL JOIN "+sums(b)+" b USING (kind, account, currency) ORDER BY 1")
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	differ := 0
	for rows.Next() {
		var name, x, y string
		var n, m int64
		var equal sql.NullBool
		if err := rows.Scan(&name, &n, &m, &x, &y, &equal); err != nil {
			return 0, err
		}
		postings += n
		if !equal.Bool {
			differ++
			fmt.Fprintf(w, "%s: %d postings of %s, %d of %s\n", name, n, x, m, y)
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if differ > 0 {
		return 0, fmt.Errorf("the journals differ in %d kinds and accounts", differ)
	}
	return postings, nil
}

func examples(ctx context.Context, db *sql.Conn, w io.Writer, column string, n int64, p pair) error {
	rows, err := db.QueryContext(ctx, fmt.Sprintf(`SELECT coalesce(a.%[3]s, b.%[3]s), coalesce(a.%[1]s::VARCHAR, 'null'),
		coalesce(b.%[1]s::VARCHAR, 'null') %[2]s WHERE a.%[1]s IS DISTINCT FROM b.%[1]s ORDER BY 1 LIMIT 3`, column, p.from, p.key))
	if err != nil {
		return err
	}
	defer rows.Close()
	fmt.Fprintf(w, "%s differs in %d rows:", column, n)
	for rows.Next() {
		var id, x, y string
		if err := rows.Scan(&id, &x, &y); err != nil {
			return err
		}
		fmt.Fprintf(w, " %s %s, %s;", id, x, y)
	}
	fmt.Fprintln(w)
	return rows.Err()
}
