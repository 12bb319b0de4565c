-- Section 8, past_due, and docs/formats.md: loans on the book, non-accrual first. By the first pack that has a rule: two_payments, of
-- loans whose due dates are whole months apart, column A needs installments_missed >= 2 and dpd < 90, B dpd >= 90; others by days.
SELECT business_date, currency, product, count(*) AS loans, money(sum(total), unit) AS balance,
	count(*) FILTER (place = 'a') AS loans_30_89, money(coalesce(sum(total) FILTER (place = 'a'), 0), unit) AS past_due_30_89,
	count(*) FILTER (place = 'b') AS loans_90, money(coalesce(sum(total) FILTER (place = 'b'), 0), unit) AS past_due_90,
	count(*) FILTER (place = 'n') AS loans_non_accrual, money(coalesce(sum(total) FILTER (place = 'n'), 0), unit) AS non_accrual
FROM (
	SELECT l.*, CASE WHEN accrual = 'non_accrual' THEN 'n' WHEN days_past_due >= 90 THEN 'b'
		WHEN by_payments AND f.frequency LIKE '%M' THEN CASE WHEN installments_missed >= 2 THEN 'a' END
		WHEN days_past_due >= 30 THEN 'a' END AS place
	FROM loans l JOIN frequencies f USING (loan_id)
	JOIN (SELECT business_date, coalesce(arg_min(past_due_rule, n) FILTER (past_due_rule IS NOT NULL), '30_days') = 'two_payments' AS by_payments
		FROM packs GROUP BY business_date) USING (business_date)
	WHERE on_book)
GROUP BY business_date, currency, currency_n, unit, product
ORDER BY business_date, currency_n, product
