-- One night, set-based. Placeholders: {date}, {previous}, {repayments}, {loans}, {out}.
--
-- The shape that was fastest: one pass over the repayments (anti-join with the
-- applied ids, one group a loan) and one join with the loans, which moves the
-- due dates, allocates and makes the new state at once. The few loans that need
-- more than one allocation (two payments, exact duplicates, credit to apply,
-- more than one instalment) are flagged and done by themselves, by overlapping
-- intervals. {touched} is the whole new table of loans on a night on which most
-- loans change (rewrite), else a temporary table of the changed ones: with those
-- terms alone that the night needs (all of them cost a quarter of the statement's
-- processor time more: the join reads them of every loan). Finding the rows first,
-- then their columns, and payers and due loans as two joins were no faster.

-- stage: book
INSERT INTO loans
SELECT loan_id, borrower_id, product, region, currency, DATE '{date}', disbursed_on, first_due_on, installments, annual_rate,
	method, day_count, opening_score, p, fee, part, rate,
	row_number() OVER () + (SELECT count(*) FROM loans),
	rpad(repeat('#', least(23, greatest(0, datediff('month', disbursed_on, DATE '{date}') - 1))::INTEGER), 23, '/'), 0, 0, 0, 0, 0, 0, 0,
	due, CASE WHEN due = 0 THEN disbursed_on ELSE due_date(first_due_on, due) END,
	CASE WHEN due < installments THEN due_date(first_due_on, due + 1) END,
	coalesce(list_sum(list_transform(range(1, due + 1), lambda k: interest_of(k, method::method_name, p, part, rate))), 0),
	interest_of(due + 1, method::method_name, p, part, rate),
	0, 0, 0, 0, NULL, 0, NULL, NULL, 0, NULL, NULL, 0, 0, 0, 0, false, 0
FROM (
	SELECT *, cents(principal) AS p, cents(fee_per_installment) AS fee, half_even(cents(principal), installments) AS part,
		(annual_rate * 10000)::BIGINT AS rate,
		least(installments, greatest(0, datediff('month', first_due_on, DATE '{date}' - 1)
			+ (day(DATE '{date}' - 1) >= day(first_due_on))::INTEGER))::INTEGER AS due
	FROM {loans});

-- stage: allocate
CREATE {touched_kind} TABLE {touched} AS
WITH payers AS (
	SELECT loan_id, count(*) AS payments, first(repayment_id) AS source_id, first(cents(amount)) AS amount,
		first(value_date) AS value_date
	FROM {repayments} r ANTI JOIN applied a USING (repayment_id)
	WHERE amount > 0 AND r.currency = 'CNY' AND r.value_date <= DATE '{date}'
	GROUP BY loan_id
), joined AS (
	SELECT l.* EXCLUDE (loan_id, payments, source_id, value_date, to_fee, to_interest, to_principal, to_credit, complex,
			touched_on, was_oldest_on, earned_before, due_count, previous_due_on, next_due_on, due_interest, next_interest),
		coalesce(l.loan_id, p.loan_id) AS loan_id,
		coalesce(p.payments, 0) AS payments, p.source_id, p.value_date, coalesce(p.amount, 0) AS amount,
		next_due_on <= DATE '{date}' AS falls, l.rowid AS row,
		due_count, due_count + (next_due_on <= DATE '{date}' AND next_due_on IS NOT NULL)::INTEGER AS due_now,
		previous_due_on, next_due_on, due_interest, next_interest,
		CASE WHEN paid_count < due_count THEN due_date(first_due_on, paid_count + 1) END AS was_oldest_on,
		CASE WHEN booked_on = DATE '{date}' THEN 0
			ELSE earned(DATE '{previous}', due_interest, next_interest, previous_due_on, next_due_on) END AS earned_before
	FROM (SELECT *, rowid FROM loans WHERE booked_on IS NOT NULL) l {join} payers p ON l.loan_id = p.loan_id
	{only_changed}
), moved AS (
	SELECT * EXCLUDE (due_count, due_now, previous_due_on, next_due_on, due_interest, next_interest, falls),
		due_now AS due_count,
		CASE WHEN falls THEN next_due_on ELSE previous_due_on END AS previous_due_on,
		CASE WHEN NOT falls THEN next_due_on WHEN due_now < installments THEN due_date(first_due_on, due_now + 1) END AS next_due_on,
		CASE WHEN falls THEN due_interest + next_interest ELSE due_interest END AS due_interest,
		CASE WHEN NOT falls THEN next_interest WHEN due_now < installments
			THEN interest_of(due_now + 1, method, principal, part, rate) ELSE 0 END AS next_interest,
		CASE WHEN payments > 0 AND paid_count < due_now THEN interest_of(paid_count + 1, method, principal, part, rate) END AS i,
		CASE WHEN payments > 0 AND paid_count < due_now THEN principal_of(paid_count + 1, installments, principal, part) END AS p
	FROM joined
), open AS (
	SELECT *, CASE WHEN i IS NULL THEN 0 ELSE greatest(fee - into_open, 0) END AS fee_open,
		CASE WHEN i IS NULL THEN 0 ELSE greatest(i - greatest(into_open - fee, 0), 0) END AS interest_open,
		CASE WHEN i IS NULL THEN 0 ELSE p - greatest(into_open - fee - i, 0) END AS principal_open
	FROM moved
), met AS (
	SELECT *, least(amount, fee_open) AS f, least(greatest(amount - fee_open, 0), interest_open) AS j,
		least(greatest(amount - fee_open - interest_open, 0), principal_open) AS q
	FROM open
), done AS (
	SELECT *, i IS NOT NULL AND f + j + q = fee_open + interest_open + principal_open AS closes,
		-- more than one payment, credit to apply, or more money than the oldest due instalment takes
		payments > 1 OR (credit > 0 AND paid_count < due_count)
			OR (amount > f + j + q AND i IS NOT NULL AND paid_count + 1 < due_count) AS walks
	FROM met
)
SELECT {terms},
	due_count, previous_due_on, next_due_on, due_interest, next_interest,
	CASE WHEN closes AND NOT walks THEN paid_count + 1 ELSE paid_count END AS paid_count,
	CASE WHEN walks THEN into_open WHEN closes THEN 0 ELSE into_open + f + j + q END AS into_open,
	CASE WHEN walks THEN interest_paid ELSE interest_paid + j END AS interest_paid,
	CASE WHEN walks THEN credit ELSE credit + amount - f - j - q END AS credit,
	CASE WHEN payments > 0 THEN value_date ELSE last_paid_on END AS last_paid_on,
	CASE WHEN payments > 0 THEN amount ELSE last_paid_amount END AS last_paid_amount,
	DATE '{date}' AS touched_on, was_oldest_on, payments, source_id, value_date,
	f AS to_fee, j AS to_interest, q AS to_principal, amount - f - j - q AS to_credit, walks AS complex, earned_before{row}
FROM done;

-- stage: allocate
-- Money for loans that are not in the book is held. Their rows, without a contract,
-- stay until the next night leaves them out: a DELETE from a table made in the
-- same transaction makes the COMMIT write it again (2 s a million loans).
INSERT INTO held
SELECT DATE '{date}', repayment_id, loan_id, cents(amount)
FROM {repayments} SEMI JOIN (SELECT loan_id FROM {touched} WHERE booked_on IS NULL) USING (loan_id)
WHERE repayment_id NOT IN (SELECT repayment_id FROM held);

-- stage: allocate
-- The loans that need more than one allocation: their money in order (credit
-- first), exact duplicates out.
CREATE OR REPLACE TEMP TABLE walk_money AS
WITH each AS (
	SELECT DISTINCT ON (repayment_id) repayment_id, loan_id, value_date, cents(amount) AS amount
	FROM {repayments} r SEMI JOIN (SELECT loan_id FROM {touched} WHERE complex) USING (loan_id) ANTI JOIN applied USING (repayment_id)
	WHERE r.amount > 0 AND r.currency = 'CNY' AND r.value_date <= DATE '{date}'
	UNION ALL
	SELECT '', loan_id, NULL, credit FROM {touched} WHERE complex AND credit > 0
)
SELECT *, upto - amount AS since FROM (
	SELECT *, sum(amount) OVER (PARTITION BY loan_id ORDER BY repayment_id <> '', value_date, repayment_id)::BIGINT AS upto FROM each);

-- stage: allocate
CREATE OR REPLACE TEMP TABLE walk_due AS
WITH instalment AS (
	SELECT loan_id, k, k = paid_count + 1 AS first, into_open, fee, principal_of(k, installments, principal, part) AS p,
		interest_of(k, method, principal, part, rate) AS i
	FROM (SELECT *, unnest(range(paid_count + 1, due_count + 1)) AS k FROM {touched} WHERE complex)
), item AS (
	SELECT loan_id, k, 'fee' AS component, CASE WHEN first THEN greatest(fee - into_open, 0) ELSE fee END AS due FROM instalment
	UNION ALL
	SELECT loan_id, k, 'interest', CASE WHEN first THEN greatest(i - greatest(into_open - fee, 0), 0) ELSE i END FROM instalment
	UNION ALL
	SELECT loan_id, k, 'principal', CASE WHEN first THEN p - greatest(into_open - fee - i, 0) ELSE p END FROM instalment
)
SELECT *, upto - due AS since FROM (
	SELECT *, sum(due) OVER (PARTITION BY loan_id ORDER BY k, component)::BIGINT AS upto FROM item);

-- stage: allocate
CREATE OR REPLACE TEMP TABLE walk AS
WITH met AS (
	SELECT m.loan_id, m.repayment_id, d.component, least(m.upto, d.upto) - greatest(m.since, d.since) AS met
	FROM walk_money m JOIN walk_due d ON m.loan_id = d.loan_id AND m.since < d.upto AND d.since < m.upto
), split AS (
	SELECT loan_id, repayment_id, coalesce(sum(met) FILTER (component = 'fee'), 0)::BIGINT AS f,
		coalesce(sum(met) FILTER (component = 'interest'), 0)::BIGINT AS j,
		coalesce(sum(met) FILTER (component = 'principal'), 0)::BIGINT AS q
	FROM met GROUP BY ALL
)
SELECT m.*, coalesce(f, 0) AS to_fee, coalesce(j, 0) AS to_interest, coalesce(q, 0) AS to_principal,
	amount - coalesce(f, 0) - coalesce(j, 0) - coalesce(q, 0) AS to_credit
FROM walk_money m LEFT JOIN split USING (loan_id, repayment_id);

-- stage: allocate
-- What the days of those loans came to: a step each time that money came, from the state before; credit counts for it.
CREATE OR REPLACE TEMP TABLE told AS
WITH closing AS (
	SELECT m.loan_id, m.repayment_id, m.value_date, m.upto,
		count(*) FILTER (d.component = 'principal' AND d.upto <= m.upto) AS closed
	FROM walk_money m LEFT JOIN walk_due d ON m.loan_id = d.loan_id GROUP BY ALL
), step AS (
	SELECT loan_id, NULL::DATE AS since, 0 AS upto, 0 AS closed FROM closing GROUP BY loan_id HAVING bool_and(repayment_id <> '')
	UNION ALL SELECT loan_id, CASE WHEN repayment_id <> '' THEN value_date END, upto, closed FROM closing
), stood AS (
	SELECT s.*, t.number, t.booked_on, l.late_since, l.late_30_since,
		CASE WHEN t.paid_count + closed < t.due_count THEN due_date(t.first_due_on, t.paid_count + closed + 1) END AS oldest,
		lead(since) OVER (PARTITION BY s.loan_id ORDER BY s.upto) AS until
	FROM step s JOIN {touched} t ON s.loan_id = t.loan_id LEFT JOIN lives l ON t.number = l.number
), days AS (
	SELECT *, until - 1 - oldest AS days, oldest IS NOT NULL AND greatest(since, oldest + 1) < until AS late,
		oldest IS NOT NULL AND greatest(since, oldest + 30) < until AS late_30
	FROM stood
), life AS (
	SELECT number, max(since) AS last_on, arg_max(oldest, upto) FILTER (until IS NULL) AS oldest,
		max(days) FILTER (late) AS worst, max(until - 1) FILTER (late) AS last_late_on, max(until - 1) FILTER (late_30) AS last_30_on,
		max(CASE WHEN since IS NULL THEN coalesce(late_since, oldest + 1) ELSE oldest + 1 END) FILTER (late AND (since IS NULL OR oldest + 1 >= since)) AS run,
		max(CASE WHEN since IS NULL THEN coalesce(late_30_since, oldest + 30) ELSE oldest + 30 END)
			FILTER (late_30 AND (since IS NULL OR oldest + 30 >= since)) AS run_30,
		coalesce(bool_or(was_late({closes}, oldest, until, booked_on)), false) AS month_late
	FROM days GROUP BY number
)
SELECT number, worst::INTEGER AS worst, last_late_on,
	CASE WHEN last_late_on = last_on - 1 AND oldest < last_on THEN run END AS late_since,
	CASE WHEN last_30_on = last_on - 1 AND last_on - oldest >= 30 THEN run_30 END AS late_30_since, month_late
FROM life WHERE last_late_on IS NOT NULL;

-- stage: allocate
UPDATE {touched} t SET
	paid_count = t.paid_count + w.closed,
	into_open = CASE WHEN w.closed > 0 THEN w.met - w.closed_due ELSE t.into_open + w.met END,
	interest_paid = t.interest_paid + w.interest,
	credit = w.credit,
	payments = w.payments,
	last_paid_on = CASE WHEN w.payments > 0 THEN w.last_on ELSE t.last_paid_on END,
	last_paid_amount = CASE WHEN w.payments > 0 THEN w.last_amount ELSE t.last_paid_amount END
FROM (
	SELECT m.loan_id, met, interest, credit, payments, last_on, last_amount,
		coalesce(closed, 0) AS closed, coalesce(closed_due, 0) AS closed_due
	FROM (
		SELECT loan_id, sum(to_fee + to_interest + to_principal)::BIGINT AS met, sum(to_interest)::BIGINT AS interest,
			sum(to_credit)::BIGINT AS credit, count(*) FILTER (repayment_id <> '') AS payments,
			max(value_date) AS last_on, arg_max(amount, upto) AS last_amount
		FROM walk GROUP BY loan_id
	) m LEFT JOIN (
		SELECT d.loan_id, count(*) FILTER (component = 'principal' AND d.upto <= money) AS closed,
			max(d.upto) FILTER (component = 'principal' AND d.upto <= money) AS closed_due
		FROM walk_due d JOIN (SELECT loan_id, max(upto) AS money FROM walk GROUP BY loan_id) USING (loan_id)
		GROUP BY d.loan_id
	) USING (loan_id)
) w WHERE t.loan_id = w.loan_id;

-- stage: allocate
-- What the days of the others came to that were past due on the day before they paid.
INSERT INTO told
SELECT p.number, days, value_date - 1, CASE WHEN oldest_after < value_date THEN coalesce(late_since, oldest + 1) END,
	CASE WHEN days >= 30 AND value_date - oldest_after >= 30 THEN coalesce(late_30_since, oldest + 30) END,
	was_late({closes}, oldest, value_date, booked_on)
FROM (
	SELECT number, booked_on, value_date, was_oldest_on AS oldest, (value_date - 1 - was_oldest_on)::INTEGER AS days,
		CASE WHEN paid_count < due_count THEN due_date(first_due_on, paid_count + 1) END AS oldest_after
	FROM {touched} WHERE payments > 0 AND NOT complex AND was_oldest_on < value_date - 1
) p LEFT JOIN lives USING (number);

-- stage: allocate
-- Cures: past due at the last close and not at this one.
CREATE OR REPLACE TEMP TABLE cured AS
SELECT number, bucket_of(DATE '{previous}' - was_oldest_on) AS bucket FROM {touched}
WHERE booked_on < DATE '{date}' AND was_oldest_on < DATE '{previous}' AND paid_count < installments
	AND (paid_count >= due_count OR due_date(first_due_on, paid_count + 1) >= DATE '{date}');
CREATE OR REPLACE TEMP TABLE life AS
SELECT number, worse(coalesce(l.worst, 0), coalesce(t.worst, 0)) AS worst, coalesce(t.last_late_on, l.last_late_on) AS last_late_on,
	CASE WHEN t.number IS NULL THEN l.late_since ELSE t.late_since END AS late_since,
	CASE WHEN t.number IS NULL THEN l.late_30_since ELSE t.late_30_since END AS late_30_since,
	coalesce(l.month_late, false) OR coalesce(t.month_late, false) AS month_late,
	coalesce(l.cures, 0) + (c.number IS NOT NULL)::INTEGER AS cures,
	CASE WHEN c.number IS NULL THEN l.cured_on ELSE DATE '{date}' END AS cured_on, coalesce(c.bucket, l.cured_bucket) AS cured_bucket
FROM (SELECT number FROM told UNION SELECT number FROM cured) n LEFT JOIN told t USING (number) LEFT JOIN cured c USING (number)
	LEFT JOIN lives l USING (number);
DELETE FROM lives WHERE number IN (SELECT number FROM life);
INSERT INTO lives SELECT * FROM life;

-- stage: ids
INSERT INTO applied
SELECT source_id FROM {touched} WHERE payments > 0 AND NOT complex AND booked_on IS NOT NULL
UNION ALL SELECT repayment_id FROM walk WHERE repayment_id <> '';

-- stage: journal
{journal}

-- stage: update
{store}
INSERT INTO nights
SELECT DATE '{date}', sum(earned(DATE '{date}', due_interest, next_interest, previous_due_on, next_due_on)),
	sum(fee) FILTER (previous_due_on = DATE '{date}' AND due_count > 0) FROM loans;
INSERT INTO journal
WITH itemised AS (
	SELECT coalesce(sum(debit) FILTER (account = '1302'), 0) AS interest, coalesce(sum(debit) FILTER (account = '1303'), 0) AS fees
	FROM journal WHERE business_date = DATE '{date}' AND kind = 'accrual'
), rest AS (
	SELECT money(n.earned - coalesce(p.earned, 0)) - interest AS interest, money(coalesce(n.fees, 0)) - itemised.fees AS fees
	FROM nights n CROSS JOIN itemised LEFT JOIN nights p ON p.business_date = DATE '{previous}' AND p.business_date < DATE '{date}'
	WHERE n.business_date = DATE '{date}'
)
SELECT 9000000000000, DATE '{date}', DATE '{date}', 'accrual_totals', NULL, NULL, account, 'CNY', debit, credit FROM (
	SELECT unnest(['1302', '6001', '1303', '6002']) AS account, unnest([interest, 0, fees, 0]) AS debit,
		unnest([0, interest, 0, fees]) AS credit FROM rest) WHERE debit <> credit;
COMMIT;
CHECKPOINT;
