-- Section 8: columns as today; docs/accounting.md: loans settled, charged off or written off are not on the book for ageing.
-- Domain 7: bucket, loans, borrowers, principal, interest, fees, penalties, total, share, past-due amount.
SELECT business_date, currency, bucket, count(loan_id) AS loans, count(DISTINCT borrower_id) AS borrowers,
	money(coalesce(sum(principal), 0), unit) AS principal, money(coalesce(sum(interest), 0), unit) AS interest,
	money(coalesce(sum(fees), 0), unit) AS fees, money(coalesce(sum(penalties), 0), unit) AS penalties,
	money(coalesce(sum(total), 0), unit) AS total,
	rate(coalesce(sum(total), 0), sum(sum(total)) OVER (PARTITION BY business_date, currency)) AS share,
	money(coalesce(sum(past_due), 0), unit) AS past_due_amount
FROM book_currencies CROSS JOIN buckets b
LEFT JOIN (FROM loans WHERE on_book) l USING (business_date, currency, currency_n, unit, bucket)
GROUP BY business_date, currency, currency_n, unit, bucket, b.n
ORDER BY business_date, currency_n, b.n
