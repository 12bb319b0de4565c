package main

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"daybook/aging"
	"daybook/bench/portfolio"
	"daybook/ledger/civil"
	"daybook/ledger/loan"
	"daybook/ledger/money"
	"daybook/reports"
)

// peerNights closes two nights and returns the folder of outputs, one folder a night.
func peerNights(t *testing.T, in string, o portfolio.Options, rewrite bool) string {
	t.Helper()
	dir := t.TempDir()
	ctx := context.Background()
	db, conn, err := open(ctx, filepath.Join(dir, "book.duckdb"), "1GiB", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	defer conn.Close()
	for night := range o.Nights {
		date := o.Night(night).String()
		n := Night{In: filepath.Join(in, date), Out: filepath.Join(dir, date), Date: date, Rewrite: rewrite || night == 0,
			Compression: "uncompressed", Parquet: "V2"}
		if _, err := closeNight(ctx, conn, n); err != nil {
			t.Fatal(err)
		}
		balanced(t, conn, date)
	}
	return dir
}

// balanced checks that a night's postings sum to zero in each entry.
func balanced(t *testing.T, db *sql.Conn, date string) {
	t.Helper()
	var entries, off int
	err := db.QueryRowContext(context.Background(), `SELECT count(*), count(*) FILTER (off <> 0) FROM (
		SELECT sum(debit - credit) AS off FROM journal WHERE business_date = ?::DATE GROUP BY entry_id, source_id, loan_id)`, date).Scan(&entries, &off)
	if err != nil || entries == 0 || off != 0 {
		t.Errorf("%s: %d of %d entries do not balance, error %v", date, off, entries, err)
	}
}

// The peer's figures are those of the arithmetic page: a naive reckoning from
// each loan's schedule and the sum of its payments, oldest instalment first,
// agrees with the SQL in every loan and in the queue; and both ways to store a night
// agree.
func TestPeerFollowsTheArithmetic(t *testing.T) {
	for _, profile := range []portfolio.Profile{portfolio.Ordinary, portfolio.Everyone} {
		o := portfolio.Options{Loans: 4000, Nights: 3, Seed: 21, Profile: profile}
		in := t.TempDir()
		if err := portfolio.Generate(context.Background(), in, o); err != nil {
			t.Fatal(err)
		}
		updated, rewritten := peerNights(t, in, o, false), peerNights(t, in, o, true)
		db, conn, err := open(context.Background(), "", "1GiB", 2)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		defer conn.Close()
		for night := range o.Nights {
			date := o.Night(night).String()
			var w bytes.Buffer
			if err := compare(context.Background(), conn, &w, filepath.Join(updated, date), filepath.Join(rewritten, date)); err != nil {
				t.Errorf("%v, %s: update against rewrite: %v\n%s", profile, date, err, &w)
			}
			checkTape(t, conn, in, filepath.Join(rewritten, date), o, night)
			checkColumns(t, conn, filepath.Join(updated, date))
			if several := checkQueue(t, conn, filepath.Join(updated, date), date); several == 0 {
				t.Errorf("%v, %s: no borrower has several loans past due", profile, date)
			}
		}
	}
}

// checkColumns holds the peer's tape to the columns that Daybook's has without packs: it does the same work.
func checkColumns(t *testing.T, db *sql.Conn, out string) {
	t.Helper()
	want := []string{"business_date"}
	for _, c := range reports.TapeColumns(new(aging.Dictionaries), 2) {
		want = append(want, c.Name)
	}
	rows, err := db.QueryContext(context.Background(), "SELECT column_name FROM (DESCRIBE FROM read_parquet('"+quote(out)+"/loans/*.parquet'))")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var got []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		got = append(got, name)
	}
	if err := rows.Err(); err != nil || !slices.Equal(got, want) {
		t.Errorf("the peer's tape has %v, error %v, want %v", got, err, want)
	}
}

// checkTape reckons each loan of one night's tape again.
func checkTape(t *testing.T, db *sql.Conn, in, out string, o portfolio.Options, night int) {
	t.Helper()
	date := o.Night(night)
	rows, err := db.QueryContext(context.Background(), fmt.Sprintf(`
		SELECT l.loan_id, (l.principal * 100)::BIGINT, l.installments, (l.annual_rate * 1000000000)::BIGINT, l.method,
			(l.fee_per_installment * 100)::BIGINT, l.disbursed_on - DATE '1970-01-01', l.first_due_on - DATE '1970-01-01', coalesce(paid, 0),
			(t.principal_outstanding * 100)::BIGINT, (t.interest_outstanding * 100)::BIGINT, (t.fees_outstanding * 100)::BIGINT,
			(t.credit_balance * 100)::BIGINT, (t.past_due_amount * 100)::BIGINT, t.days_past_due, t.installments_missed,
			(t.next_due_amount * 100)::BIGINT
		FROM read_parquet('%[1]s/*/loans-*.parquet') l
		LEFT JOIN (SELECT loan_id, (sum(amount) * 100)::BIGINT AS paid FROM (
			SELECT DISTINCT repayment_id, loan_id, amount FROM read_parquet('%[1]s/*/repayments-*.parquet', hive_partitioning = false, filename = true)
			WHERE filename.regexp_extract('(\d{4}-\d\d-\d\d)/', 1) <= '%[3]v' AND amount > 0 AND currency = 'CNY') GROUP BY loan_id) USING (loan_id)
		JOIN read_parquet('%[2]s/loans/*.parquet') t USING (loan_id)`, in, out, date))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	seen := 0
	for rows.Next() {
		var id, method string
		var l loan.Terms
		var disbursed, first int32
		var got, want figures
		var paid money.Amount
		if err := rows.Scan(&id, &l.Principal, &l.Installments, &l.Rate, &method, &l.Fee, &disbursed, &first, &paid,
			&got.principal, &got.interest, &got.fees, &got.credit, &got.pastDue, &got.days, &got.missed, &got.next); err != nil {
			t.Fatal(err)
		}
		l.Method, _ = loan.ParseMethod(method)
		l.Frequency, l.DisbursedOn, l.FirstDueOn = loan.Monthly, civil.Date(disbursed), civil.Date(first)
		if want = reckon(&l, paid, date); got != want {
			t.Errorf("%s, %v: peer %+v, schedule %+v", id, date, got, want)
		}
		seen++
	}
	if err := rows.Err(); err != nil || seen != o.Loans {
		t.Errorf("%d of %d loans compared, error %v", seen, o.Loans, err)
	}
}

type figures struct {
	principal, interest, fees, credit, pastDue, next money.Amount
	days, missed                                     int32
}

// reckon is the naive model: all that fell due, met oldest first.
func reckon(l *loan.Terms, paid money.Amount, date civil.Date) (f figures) {
	f.principal = l.Principal
	for _, i := range l.Schedule(nil) {
		f.interest += i.Earned(date)
		if i.DueOn > date {
			if f.next == 0 {
				f.next = i.Total()
			}
			continue
		}
		f.fees += i.Due[loan.Fee]
		met := min(paid, i.Total())
		paid -= met
		fee := min(met, i.Due[loan.Fee])
		interest := min(met-fee, i.Due[loan.Interest])
		f.fees, f.interest, f.principal = f.fees-fee, f.interest-interest, f.principal-(met-fee-interest)
		if met == i.Total() {
			continue
		}
		if f.days == 0 {
			f.days = int32(date - i.DueOn)
		}
		if i.DueOn < date {
			f.missed++
			f.pastDue += i.Total() - met
		}
	}
	f.credit = paid
	return f
}
