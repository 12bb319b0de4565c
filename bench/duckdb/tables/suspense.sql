-- Section 8: columns as today. Domain 7: age band, items, amount, oldest. An item is money that is held: what was posted to unapplied
-- receipts for a payment and not taken out again; it is as old as the night that held it.
-- Published with currencies in the order of their bytes, not of the policy as section 8 has it for all tables; the bands stand on no page.
WITH items AS (
	SELECT b.business_date, currency, unit, source_id, loan_id, sum(credit - debit) AS amount, min(j.business_date) AS held_on
	FROM closes b JOIN journal j ON j.business_date <= b.business_date
	WHERE account = '2202'
	GROUP BY ALL HAVING sum(credit - debit) <> 0),
bands AS (SELECT * FROM (VALUES (1, '0-7', 0, 7), (2, '8-30', 8, 30), (3, '31-90', 31, 90), (4, 'over 90', 91, 1000000)) b (n, age_band, least, most))
SELECT business_date, currency, age_band, count(*) AS items, money(sum(amount), unit) AS amount, min(held_on) AS oldest
FROM items JOIN bands ON business_date - held_on BETWEEN least AND most
GROUP BY business_date, currency, unit, age_band, n
ORDER BY business_date, currency, n
