-- Section 8, finrep_f18, of the pack eu, and docs/formats.md. Gross is what is carried. Of the hold forborne the tape has what eu_class
-- says of performing loans; a non-performing loan stays forborne from its measure, as the hold asks for 24 months after the measure, or
-- after the return to performing: exact for lives of at most 24 months since the first measure.
WITH bands AS (SELECT * FROM (VALUES (1, 'performing', '0_30'), (2, 'performing', '31_90'), (3, 'non_performing', 'unlikely_to_pay'),
	(4, 'non_performing', '91_180'), (5, 'non_performing', '181d_1y'), (6, 'non_performing', '1_2y'), (7, 'non_performing', '2_5y'),
	(8, 'non_performing', '5_7y'), (9, 'non_performing', 'over_7y')) b (n, status, band)),
placed AS (
	SELECT s.*, CASE WHEN s.class <> 'non_performing' THEN CASE WHEN s.days_past_due <= 30 THEN '0_30' ELSE '31_90' END
			WHEN s.days_past_due <= 90 THEN 'unlikely_to_pay' WHEN s.days_past_due <= 180 THEN '91_180'
			WHEN s.business_date <= add_months(s.oldest_unpaid_due_on, 12) THEN '181d_1y' WHEN s.business_date <= add_months(s.oldest_unpaid_due_on, 24) THEN '1_2y'
			WHEN s.business_date <= add_months(s.oldest_unpaid_due_on, 60) THEN '2_5y' WHEN s.business_date <= add_months(s.oldest_unpaid_due_on, 84) THEN '5_7y'
			ELSE 'over_7y' END AS band,
		s.class = 'performing_forborne' OR s.class = 'non_performing' AND s.measures > 0 AS forborne, coalesce(o.provision, CASE WHEN b.pack IS NOT NULL THEN 0 END) AS allowance
	FROM standings s LEFT JOIN (FROM packs WHERE bears_eu) b USING (business_date)
	LEFT JOIN standings o ON o.business_date = s.business_date AND o.loan_id = s.loan_id AND o.pack = b.pack
	WHERE s.pack = 'eu' AND s.on_book)
SELECT business_date, currency, b.status, b.band, count(loan_id) AS loans, money(coalesce(sum(carrying), 0), unit) AS gross,
	money(coalesce(sum(carrying) FILTER (forborne), 0), unit) AS of_which_forborne,
	CASE WHEN eu.allows THEN money(coalesce(sum(allowance), 0), unit) END AS allowance
FROM book_currencies JOIN (SELECT business_date, bool_or(bears_eu) AS allows FROM packs GROUP BY business_date HAVING bool_or(pack = 'eu')) eu USING (business_date)
CROSS JOIN bands b
LEFT JOIN placed p USING (business_date, currency, currency_n, unit, band)
GROUP BY business_date, currency, currency_n, unit, b.status, b.band, b.n, eu.allows
ORDER BY business_date, currency_n, b.n
