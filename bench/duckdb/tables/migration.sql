-- Section 8, migration: a loan counts if it was on the book at the base or is now; on again after
-- being off, from returned; balance is the base's total, balance_now
-- tonight's (of a loan that was charged off, what is owed still), rates within a `from`.
SELECT business_date, currency, "from", "to", count(*) AS loans, money(sum(old_total), unit) AS balance,
	money(sum(total), unit) AS balance_now,
	rate(count(*), sum(count(*)) OVER of_from) AS rate_by_count, rate(sum(old_total), sum(sum(old_total)) OVER of_from) AS rate_by_balance
FROM (
	SELECT business_date, since, currency, currency_n, unit, on_book, total, CASE WHEN was_on_book THEN old_total ELSE 0 END AS old_total,
		CASE WHEN was_on_book THEN old_bucket WHEN was_known THEN 'returned' ELSE 'new' END AS "from", CASE WHEN on_book THEN bucket ELSE status END AS "to"
	FROM moves WHERE span = 'night' AND (was_on_book OR on_book))
LEFT JOIN buckets f ON f.bucket = "from" LEFT JOIN buckets t ON t.bucket = "to" LEFT JOIN statuses s ON s.status = "to"
GROUP BY business_date, since, currency, currency_n, unit, "from", "to", f.n, t.n, s.n
WINDOW of_from AS (PARTITION BY business_date, currency, "from")
ORDER BY business_date, currency_n, f.n NULLS LAST, "from", t.n NULLS LAST, s.n
