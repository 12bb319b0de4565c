-- stage: queue
-- The collection queue: a task for each borrower who is past due, in the order in
-- which they are to be worked, from the tape just written. A million tasks and
-- more: one sort, ranks counted as its rows stream by, and the table keeps that
-- order, as everything written from it must. (A window for the ranks cost 15 % of
-- processor time more; an ordered first() for the worst loan as much as arg_min.)
SET preserve_insertion_order = true;
CREATE OR REPLACE TEMP TABLE tasks AS
WITH task AS (
	SELECT borrower_id, count(*)::INTEGER AS loans, max(days_past_due) AS dpd,
		arg_min(loan_id, {'days': -days_past_due, 'amount': -past_due_amount, 'id': loan_id}) AS worst_loan_id,
		sum(past_due_amount)::DECIMAL(18, 2) AS past_due_amount, sum(total_outstanding)::DECIMAL(18, 2) AS total_outstanding
	FROM read_parquet('{out}/loans/*.parquet') WHERE days_past_due > 0 AND status = 'active'
	GROUP BY borrower_id
), ranked AS (
	SELECT *, (row_number() OVER ())::INTEGER AS rank FROM (SELECT * FROM task ORDER BY past_due_amount DESC, dpd DESC, borrower_id)
)
SELECT DATE '{date}' AS business_date, rank, left(sha256(concat(left(sha256('bench {date}'), 32), borrower_id)), 20) AS task_key,
	borrower_id, 'CNY'::currency_name AS currency, loans, worst_loan_id, dpd AS days_past_due, bucket_of(dpd) AS bucket,
	past_due_amount, total_outstanding, NULL::VARCHAR AS other_past_due,
	CASE WHEN dpd <= 3 THEN 'push'::channel_name WHEN dpd <= 7 THEN 'sms'::channel_name WHEN dpd <= 30 THEN 'call'::channel_name
		WHEN dpd <= 60 THEN 'letter'::channel_name WHEN dpd <= 90 THEN 'call'::channel_name ELSE 'agency'::channel_name END AS channel,
	CASE WHEN dpd <= 7 THEN 'informative'::tone_name WHEN dpd <= 60 THEN 'helpful'::tone_name ELSE 'firm'::tone_name END AS tone,
	CASE WHEN dpd <= 3 THEN 'gentle_reminder'::template_name WHEN dpd <= 7 THEN 'reminder'::template_name
		WHEN dpd <= 30 THEN 'find_a_way'::template_name WHEN dpd <= 60 THEN 'offer'::template_name
		WHEN dpd <= 90 THEN 'specialist'::template_name ELSE 'handover'::template_name END AS template
FROM ranked;
COPY tasks TO '{out}/queue/tasks.parquet' ({parquet});

-- stage: queue
-- A file for each channel that has a task. PARTITION_BY on one thread took 0.5 to 0.7 of the
-- processor time, but does not keep the order (it buffers small parts of a channel and
-- writes large ones at once); a table by channel and rank to copy from took 1.5 times.
{channels}
SET preserve_insertion_order = false;
