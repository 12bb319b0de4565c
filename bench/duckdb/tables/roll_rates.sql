-- Section 8, roll_rates: all buckets with the loans that were in them at the base. Rolled: now in a later bucket, charged off or
-- written off. flow_to_loss of bucket k = the product of rolled_balance over the product of balance of k and all behind it, exact,
-- rounded once; empty if any divisor is 0.
WITH rolled AS (
	SELECT business_date, base_date, currency, currency_n, unit, b.n, b.bucket, count(loan_id) AS loans, coalesce(sum(old_total), 0) AS balance,
		count(loan_id) FILTER (rolls) AS rolled_loans, coalesce(sum(old_total) FILTER (rolls), 0) AS rolled_balance
	FROM book_currencies JOIN closes USING (business_date) CROSS JOIN buckets b
	LEFT JOIN (
		SELECT m.business_date, m.currency, m.loan_id, m.old_total, m.old_bucket AS bucket,
			CASE WHEN m.on_book THEN t.n > f.n ELSE m.status IN ('charged_off', 'written_off') END AS rolls
		FROM moves m JOIN buckets f ON f.bucket = m.old_bucket LEFT JOIN buckets t ON t.bucket = m.bucket
		WHERE span = 'month' AND was_on_book) USING (business_date, currency, bucket)
	WHERE base_date IS NOT NULL
	GROUP BY ALL),
products AS (
	SELECT *, long_product(list(rolled_balance) OVER behind) AS over, long_product(list(balance) OVER behind) AS under,
		min(balance) OVER behind AS least
	FROM rolled WINDOW behind AS (PARTITION BY business_date, currency ORDER BY n DESC))
SELECT business_date, currency, base_date, bucket, loans, money(balance, unit) AS balance, rolled_loans, money(rolled_balance, unit) AS rolled_balance,
	rate(rolled_loans, loans) AS roll_rate_by_count, rate(rolled_balance, balance) AS roll_rate_by_balance,
	CASE WHEN least > 0 THEN money(long_rate(over, under), 1000000) END AS flow_to_loss
FROM products
ORDER BY business_date, currency_n, n
