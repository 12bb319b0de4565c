-- stage: tape
-- The loan tape, every column of the contract, one file a thread. ENUMs are
-- written as the dictionaries that they are.
COPY (
WITH open AS (
	SELECT *, due_count - (previous_due_on = DATE '{date}' AND due_count > 0)::INTEGER AS due_before,
		CASE WHEN paid_count < due_count THEN due_date(first_due_on, paid_count + 1) END AS oldest,
		earned(DATE '{date}', due_interest, next_interest, previous_due_on, next_due_on) AS interest_earned
	FROM loans LEFT JOIN lives USING (number) WHERE booked_on IS NOT NULL
), figure AS (
	SELECT *, coalesce(DATE '{date}' - oldest, 0) AS dpd,
		CASE WHEN touched_on = DATE '{date}' THEN coalesce(DATE '{previous}' - was_oldest_on, 0)
			ELSE coalesce(DATE '{previous}' - oldest, 0) END AS dpd_before,
		fee * paid_count + least(into_open, fee) AS fees_paid,
		CASE WHEN paid_count = installments THEN principal WHEN into_open <= fee THEN part * paid_count
			ELSE part * paid_count + greatest(into_open - fee - interest_of(paid_count + 1, method, principal, part, rate), 0) END AS principal_paid,
		fee * due_before + due_interest - CASE WHEN due_before < due_count THEN interest_of(due_count, method, principal, part, rate) ELSE 0 END
			+ CASE WHEN due_before = installments THEN principal ELSE part * due_before END AS due_then
	FROM open
), whole AS (
	SELECT *, principal - principal_paid AS p_out, interest_earned - interest_paid AS i_out, fee * due_count - fees_paid AS f_out,
		CASE WHEN dpd = 0 THEN 0 WHEN dpd <= 30 THEN -8 WHEN dpd <= 60 THEN -20 ELSE -35 END AS delta, month_code(dpd) AS code
	FROM figure
)
SELECT DATE '{date}' AS business_date, loan_id, borrower_id, product, currency, region, booked_on, disbursed_on, first_due_on, installments, annual_rate, method,
	day_count, money(principal) AS principal, money(p_out) AS principal_outstanding, money(i_out) AS interest_outstanding,
	0::DECIMAL(18, 2) AS interest_suspended, money(f_out) AS fees_outstanding, 0::DECIMAL(18, 2) AS penalties_outstanding,
	money(p_out + i_out + f_out) AS total_outstanding,
	money(greatest(due_then - fees_paid - interest_paid - principal_paid, 0)) AS past_due_amount,
	money(credit) AS credit_balance, money(principal_paid) AS principal_paid, money(interest_paid) AS interest_paid,
	money(fees_paid) AS fees_paid, 0::DECIMAL(18, 2) AS penalties_paid, 0::DECIMAL(18, 2) AS charged_off,
	0::DECIMAL(18, 2) AS recovered, oldest AS oldest_unpaid_due_on, dpd::INTEGER AS days_past_due, dpd::INTEGER AS delinquent_days,
	greatest(due_before - paid_count, 0)::INTEGER AS installments_missed, bucket_of(dpd) AS bucket,
	CASE WHEN booked_on < DATE '{date}' THEN bucket_of(dpd_before) END AS previous_bucket, next_due_on,
	CASE WHEN next_due_on IS NULL THEN 0::DECIMAL(18, 2)
		ELSE money(next_interest + fee + principal_of(due_count + 1, installments, principal, part)) END AS next_due_amount,
	last_paid_on, money(last_paid_amount) AS last_paid_amount,
	CASE WHEN paid_count < installments THEN 'active'::status_name WHEN credit > 0 THEN 'overpaid'::status_name ELSE 'settled'::status_name END AS status,
	'accruing'::accrual_name AS accrual, CASE WHEN dpd = 0 THEN 'pass'::tier_name ELSE 'special_mention'::tier_name END AS classification,
	CASE WHEN dpd <= 30 THEN 'stage_1'::stage_name ELSE 'stage_2'::stage_name END AS stage,
	CASE WHEN dpd = 0 THEN 'pass'::tier_name ELSE 'special_mention'::tier_name END AS borrower_classification,
	opening_score + delta AS score, delta::INTEGER AS score_delta,
	CASE WHEN dpd > 60 THEN 'past_due_61'::reason_name WHEN dpd > 30 THEN 'past_due_31'::reason_name WHEN dpd > 0 THEN 'past_due_1'::reason_name END AS reason_1,
	CASE WHEN paid_count > 0 THEN 'paid_on_time'::reason_name END AS reason_2, NULL::reason_name AS reason_3, NULL::reason_name AS reason_4,
	CASE WHEN paid_count = installments THEN 'C' WHEN dpd > 0 THEN code::VARCHAR WHEN month_late THEN 'M'
		WHEN first_due_on > DATE '{date}' THEN '*' ELSE 'N' END || past_codes AS history_24m,
	0::INTEGER AS regulatory_pause_days,
	CASE WHEN dpd > 0 THEN DATE '{date}' - coalesce(late_since, oldest + 1) + 1 ELSE 0 END::INTEGER AS material_days,
	worse(coalesce(worst, 0), dpd)::INTEGER AS worst_days_past_due,
	CASE WHEN dpd > 0 THEN NULL ELSE coalesce(last_late_on + 1, disbursed_on) END AS clean_since,
	CASE WHEN dpd >= 30 THEN coalesce(late_30_since, oldest + 30) END AS first_delinquency_on,
	CASE WHEN dpd > 0 THEN 0 ELSE whole_months(last_late_on, DATE '{date}') END AS months_since_last_late,
	worse(past_worst_3m, code) AS worst_3m, worse(past_worst_6m, code) AS worst_6m,
	worse(past_worst_12m, code) AS worst_12m, worse(past_worst_24m, code) AS worst_24m,
	past_times_30 + (dpd > 30)::INTEGER AS times_30, past_times_60 + (dpd > 60)::INTEGER AS times_60,
	past_times_90 + (dpd > 90)::INTEGER AS times_90,
	coalesce(cures, 0)::INTEGER AS cures, cured_on AS last_cured_on, cured_bucket AS last_cured_bucket, NULL::DATE AS measure_on, 0::INTEGER AS measures
FROM whole
) TO '{out}/loans' ({parquet}, PER_THREAD_OUTPUT, OVERWRITE);

-- stage: journal as Parquet
COPY (SELECT business_date, * EXCLUDE (business_date) FROM journal WHERE business_date = DATE '{date}')
TO '{out}/journal' ({parquet}, PER_THREAD_OUTPUT, OVERWRITE);

-- stage: aggregates
-- One pass over the tape for both.
CREATE OR REPLACE TEMP TABLE buckets AS
SELECT previous_bucket, bucket, classification, currency, count(*) AS loans, sum(total_outstanding) AS total_outstanding,
	sum(past_due_amount) AS past_due_amount
FROM read_parquet('{out}/loans/*.parquet') GROUP BY ALL;
COPY (
	SELECT bucket, classification, currency, sum(loans) AS loans, sum(total_outstanding) AS total_outstanding,
		sum(past_due_amount) AS past_due_amount
	FROM buckets GROUP BY ALL ORDER BY ALL
) TO '{out}/aging.csv';
COPY (
	SELECT previous_bucket, bucket, currency, sum(loans) AS loans, sum(total_outstanding) AS total_outstanding
	FROM buckets GROUP BY ALL ORDER BY ALL
) TO '{out}/migration.csv';
COPY (
	SELECT account, kind, currency, sum(debit) AS debit, sum(credit) AS credit
	FROM journal WHERE business_date = DATE '{date}' GROUP BY ALL ORDER BY ALL
) TO '{out}/gl_activity.csv';
