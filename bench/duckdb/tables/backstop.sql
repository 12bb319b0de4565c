-- Section 8, backstop, of the pack eu: loans on the book disbursed from 2019-04-26 that are in its hold non_performing, each in the last row
-- that it has reached: "> 2" is B > addMonths(since, 24). required = round(carrying * factor), shortfall = max(0, required - allowance), by loan, then summed.
WITH steps AS (SELECT * FROM (VALUES (1, '> 2', 24, 35), (2, '> 3', 36, 100)) s (n, years, months, percent)),
reached AS (
	SELECT s.business_date, s.currency, s.loan_id, s.carrying, coalesce(o.provision, 0) AS allowance,
		CASE WHEN s.business_date > add_months(s.since, 36) THEN 2 WHEN s.business_date > add_months(s.since, 24) THEN 1 END AS n
	FROM standings s LEFT JOIN (FROM packs WHERE bears_eu) b USING (business_date)
	LEFT JOIN standings o ON o.business_date = s.business_date AND o.loan_id = s.loan_id AND o.pack = b.pack
	WHERE s.pack = 'eu' AND s.on_book AND s.since IS NOT NULL AND s.disbursed_on >= DATE '2019-04-26')
SELECT business_date, currency, years, count(loan_id) AS loans, money(coalesce(sum(carrying), 0), unit) AS gross, money(percent * 10000, 1000000) AS factor,
	money(coalesce(sum(half_even(carrying * percent, 100)), 0), unit) AS required,
	CASE WHEN eu.allows THEN money(coalesce(sum(allowance), 0), unit) END AS allowance,
	money(coalesce(sum(greatest(0, half_even(carrying * percent, 100) - allowance)), 0), unit) AS shortfall
FROM book_currencies JOIN (SELECT business_date, bool_or(bears_eu) AS allows FROM packs GROUP BY business_date HAVING bool_or(pack = 'eu')) eu USING (business_date)
CROSS JOIN steps LEFT JOIN reached USING (business_date, currency, n)
GROUP BY business_date, currency, currency_n, unit, n, years, percent, eu.allows
ORDER BY business_date, currency_n, n
