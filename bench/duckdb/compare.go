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
	"oldest_unpaid_due_on", "days_past_due", "installments_missed", "next_due_on", "next_due_amount", "status"}

// compare reports every column in which two loan tapes differ, with examples,
// and fails when there is one, or a loan that only one side has, or when the
// journals differ in their sums.
func compare(ctx context.Context, db *sql.Conn, w io.Writer, a, b string) error {
	tape := func(dir string) string { return "read_parquet('" + quote(dir) + "/loans/*.parquet')" }
	sums := []string{"count(*)", "count(*) FILTER (a.loan_id IS NULL OR b.loan_id IS NULL)"}
	for _, c := range compared {
		sums = append(sums, fmt.Sprintf("count(*) FILTER (a.%[1]s IS DISTINCT FROM b.%[1]s)", c))
	}
	from := fmt.Sprintf("FROM %s a FULL JOIN %s b ON a.loan_id = b.loan_id", tape(a), tape(b))
	counts := make([]int64, len(sums))
	into := make([]any, len(sums))
	for i := range counts {
		into[i] = &counts[i]
	}
	if err := db.QueryRowContext(ctx, "SELECT "+strings.Join(sums, ", ")+" "+from).Scan(into...); err != nil {
		return err
	}
	differ := 0
	if counts[1] > 0 {
		differ++
		fmt.Fprintf(w, "%d loans are in one tape only\n", counts[1])
	}
	for i, c := range compared {
		if n := counts[i+2]; n > 0 {
			differ++
			if err := examples(ctx, db, w, c, n, from); err != nil {
				return err
			}
		}
	}
	if differ > 0 {
		return fmt.Errorf("the tapes of %d loans differ in %d columns", counts[0], differ)
	}
	postings, err := compareJournals(ctx, db, w, a, b)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "the tapes agree on %d columns of %d loans, the journals on the sums of %d postings by kind and account\n",
		len(compared), counts[0], postings)
	return nil
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

func examples(ctx context.Context, db *sql.Conn, w io.Writer, column string, n int64, from string) error {
	rows, err := db.QueryContext(ctx, fmt.Sprintf(`SELECT coalesce(a.loan_id, b.loan_id), coalesce(a.%[1]s::VARCHAR, 'null'),
		coalesce(b.%[1]s::VARCHAR, 'null') %[2]s WHERE a.%[1]s IS DISTINCT FROM b.%[1]s ORDER BY 1 LIMIT 3`, column, from))
	if err != nil {
		return err
	}
	defer rows.Close()
	fmt.Fprintf(w, "%s differs in %d loans:", column, n)
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
