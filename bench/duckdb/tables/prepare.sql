-- What all tables are reckoned from: the published tapes, journals and manifests
-- of a lender, and the lists of its policy (currencies, buckets, packs), which
-- the test has filled in. Amounts are whole minor units of their own currency,
-- as HUGEINT; nothing is a floating-point number.

-- docs/formats.md, Outputs: as text amounts have the minor digits of their own currency.
CREATE MACRO minor(amount, unit) AS (amount * unit)::HUGEINT;
CREATE MACRO money(n, unit) AS CASE WHEN n < 0 THEN '-' ELSE '' END || (abs(n) // unit)::VARCHAR
	|| CASE unit WHEN 1 THEN '' ELSE '.' || lpad((abs(n) % unit)::VARCHAR, (length(unit::VARCHAR) - 1)::INTEGER, '0') END;

-- Section 8: rates have six decimals, half-even from the exact quotient of integers, empty where the divisor is 0.
CREATE MACRO half_even_of(n, d) AS n // d + CASE WHEN 2 * (n % d) > d OR 2 * (n % d) = d AND (n // d) % 2 = 1 THEN 1 ELSE 0 END;
CREATE MACRO half_even(n, d) AS CASE WHEN (n < 0) <> (d < 0) THEN -half_even_of(abs(n), abs(d)) ELSE half_even_of(abs(n), abs(d)) END;
CREATE MACRO rate(n, d) AS CASE WHEN d <> 0 THEN money(half_even(n::HUGEINT * 1000000, d::HUGEINT), 1000000) END;

-- Whole numbers of any length, for products of many balances: lists of limbs of twelve digits, the lowest first, always 16 of them.
-- long_times multiplies by a whole number below 10^18; the carry is the first of the list that is passed on.
CREATE MACRO long_of(n) AS list_transform(range(16), lambda i : CASE i WHEN 0 THEN n % 1000000000000 WHEN 1 THEN n // 1000000000000 ELSE 0 END::HUGEINT);
CREATE MACRO long_times(a, k) AS list_slice(list_reduce(list_transform(a, lambda x : [x]),
	lambda done, x : list_prepend((x[1] * k + done[1]) // 1000000000000, list_append(list_slice(done, 2, 17), (x[1] * k + done[1]) % 1000000000000)),
	[0::HUGEINT]), 2, 17);
CREATE MACRO long_product(factors) AS list_reduce(list_transform(factors, lambda f : [f::HUGEINT]), lambda done, f : long_times(done, f[1]), long_of(1));

-- The sixth decimal of over / under, which is at most 1, half-even: the greatest r with (2r - 1) under < 2 over 10^6, or equal where r is even.
-- It is near what floating point has, and the comparison of whole numbers decides.
CREATE MACRO long_about(a) AS list_sum(list_transform(a, lambda x, i : x::DOUBLE * pow(10, 12 * (i - 1))));
CREATE MACRO long_rate(over, under) AS list_max(list_filter(
	list_transform(range(-2, 3), lambda d : greatest(floor(1e6 * long_about(over) / long_about(under))::BIGINT + d, 0)),
	lambda r : r = 0 OR list_reverse(long_times(under, 2 * r - 1)) < list_reverse(long_times(long_times(over, 1000000), 2))
		OR r % 2 = 0 AND long_times(under, 2 * r - 1) = long_times(long_times(over, 1000000), 2)))::HUGEINT;

-- The contract's head: addMonths clamps to the month's end (31 Jan + 1 = 28 Feb).
CREATE MACRO add_months(day, n) AS (day + to_months(n))::DATE;
CREATE MACRO months_between(a, b) AS (year(b) - year(a)) * 12 + month(b) - month(a);

-- Section 7: the base of B is the last close in an earlier calendar month.
CREATE TABLE closes AS
SELECT business_date, lag(business_date) OVER (ORDER BY business_date) AS previous,
	max(business_date) OVER (ORDER BY date_trunc('month', business_date) RANGE BETWEEN UNBOUNDED PRECEDING AND INTERVAL 1 DAY PRECEDING) AS base_date
FROM (SELECT DISTINCT business_date FROM read_parquet('{out}/*/loans/*.parquet', union_by_name = true));

CREATE TABLE loans AS
SELECT business_date, loan_id, borrower_id, product, currency, c.n AS currency_n, unit, status, status IN ('active', 'quarantined') AS on_book, disbursed_on,
	minor(principal, unit) AS originated, minor(principal_outstanding, unit) AS principal, minor(interest_outstanding, unit) AS interest,
	minor(interest_suspended, unit) AS suspended, minor(fees_outstanding, unit) AS fees, minor(penalties_outstanding, unit) AS penalties,
	minor(total_outstanding, unit) AS total, minor(total_outstanding - interest_suspended, unit) AS carrying, minor(past_due_amount, unit) AS past_due,
	minor(credit_balance, unit) AS credit, minor(principal_paid + interest_paid + fees_paid + penalties_paid, unit) AS paid,
	minor(charged_off, unit) AS charged_off, minor(recovered, unit) AS recovered, days_past_due, installments_missed, oldest_unpaid_due_on, bucket,
	accrual, classification, stage, score, score_delta, reason_1, reason_2, reason_3, reason_4, next_due_on, history_24m, cures, last_cured_on,
	last_cured_bucket, measures
FROM read_parquet('{out}/*/loans/*.parquet', union_by_name = true) JOIN currencies c USING (currency);

-- One row a loan and pack in force: section 4's columns P_class, P_rule, P_non_performing_since, P_provision.
CREATE TABLE standings AS {standings};

-- "Every currency with a loan on the book has all its buckets and classes, zeros included."
CREATE TABLE book_currencies AS SELECT DISTINCT business_date, currency, currency_n, unit FROM loans WHERE on_book;

-- Each loan of a close beside what an earlier close said of it: span night is P to B, span month the base to B.
CREATE TABLE moves AS
SELECT span, l.*, since, o.loan_id IS NOT NULL AS was_known, coalesce(o.on_book, false) AS was_on_book, o.bucket AS old_bucket,
	coalesce(o.total, 0) AS old_total, coalesce(o.carrying, 0) AS old_carrying, l.paid - coalesce(o.paid, 0) AS paid_since,
	l.charged_off - coalesce(o.charged_off, 0) AS charged_off_since, l.recovered - coalesce(o.recovered, 0) AS recovered_since
FROM (SELECT 'night' AS span, business_date, previous AS since FROM closes
	UNION ALL SELECT 'month', business_date, base_date FROM closes WHERE base_date IS NOT NULL)
JOIN loans l USING (business_date)
LEFT JOIN loans o ON o.business_date = since AND o.loan_id = l.loan_id;

CREATE TABLE journal AS
SELECT business_date, entry_id, kind, source_id, loan_id, account, currency, c.n AS currency_n, unit, minor(debit, unit) AS debit, minor(credit, unit) AS credit
FROM read_parquet('{out}/*/journal/*.parquet', union_by_name = true) JOIN currencies c USING (currency);

-- The chart of accounts as `daybook policy show` has it; types as docs/accounting.md books them.
CREATE TABLE accounts (account VARCHAR, name VARCHAR, type VARCHAR);
INSERT INTO accounts VALUES
	('1001', 'cash_clearing', 'asset'), ('1301', 'loan_principal', 'asset'), ('1302', 'interest_receivable', 'asset'),
	('1303', 'fee_receivable', 'asset'), ('1304', 'penalty_receivable', 'asset'), ('1309', 'allowance', 'asset'),
	('2201', 'borrower_credit', 'liability'), ('2202', 'unapplied_receipts', 'liability'), ('6001', 'interest_income', 'income'),
	('6002', 'fee_income', 'income'), ('6003', 'penalty_income', 'income'), ('6004', 'recovery_income', 'income'),
	('6701', 'impairment_expense', 'expense'), ('6702', 'goodwill_expense', 'expense'), ('9001', 'interest_in_suspense', 'memo'),
	('9002', 'interest_in_suspense_contra', 'memo');

-- The GL by account, at the end of each close from the first one that posted to it.
CREATE TABLE balances AS
SELECT *, sum(debits - credits) OVER (PARTITION BY account, currency ORDER BY business_date) AS closing
FROM (
	SELECT c.business_date, account, currency, a.currency_n, a.unit, coalesce(sum(debit), 0) AS debits, coalesce(sum(credit), 0) AS credits
	FROM (SELECT account, currency, currency_n, unit, min(business_date) AS since FROM journal GROUP BY ALL) a
	JOIN closes c ON c.business_date >= since LEFT JOIN journal j USING (business_date, account, currency)
	GROUP BY ALL);

-- The credit balance of the account allowance; there is no row while nothing was ever posted to it.
CREATE VIEW allowance AS SELECT business_date, currency, -closing AS balance FROM balances WHERE account = '1309';

-- Statuses of the contract, in the order of their list.
CREATE TABLE statuses AS SELECT * FROM (VALUES (1, 'active'), (2, 'settled'), (3, 'overpaid'), (4, 'charged_off'), (5, 'written_off')) s (n, status);

CREATE VIEW last_of_month AS SELECT max(business_date) AS business_date FROM closes GROUP BY date_trunc('month', business_date);

-- Section 8, vintage: booked_month is the month of disbursed_on, whatever night booked the loan; months_on_book calendar months
-- from it to the close's. All loans count; the totals of those 30, 60, 90 days past due and on the book are nested.
CREATE VIEW vintages AS
SELECT business_date AS as_of, currency, currency_n, strftime(disbursed_on, '%Y-%m') AS booked_month,
	months_between(any_value(disbursed_on), business_date) AS months_on_book, count(*) AS loans, money(sum(originated), unit) AS originated,
	money(sum(CASE WHEN on_book AND days_past_due >= 30 THEN total ELSE 0 END), unit) AS past_due_30,
	money(sum(CASE WHEN on_book AND days_past_due >= 60 THEN total ELSE 0 END), unit) AS past_due_60,
	money(sum(CASE WHEN on_book AND days_past_due >= 90 THEN total ELSE 0 END), unit) AS past_due_90,
	money(sum(charged_off), unit) AS charged_off, money(sum(recovered), unit) AS recovered,
	rate(sum(charged_off) - sum(recovered), sum(originated)) AS cumulative_loss_rate
FROM loans
GROUP BY business_date, currency, currency_n, unit, booked_month;
