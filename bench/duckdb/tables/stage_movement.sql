-- Section 8, stage_movement, and the table of its flows in docs/formats.md. With class c0, gross g0 and provision a0 at the base and
-- c1, g1, a1 now; gross is what is carried. A pack or class that is new since the base has new_pack as c0, and a0 is then 0.
WITH both_ends AS (
	SELECT m.business_date, p.pack, p.n AS pack_n, m.currency, m.currency_n, m.unit, m.since AS base_date, m.loan_id, m.status, m.on_book, was_known, was_on_book,
		coalesce(o.class, 'new_pack') AS c0, old_carrying AS g0, coalesce(o.provision, 0) AS a0, s.class AS c1, m.carrying AS g1,
		coalesce(s.provision, 0) AS a1, paid_since AS paid
	FROM moves m JOIN packs p USING (business_date)
	JOIN standings s ON s.business_date = m.business_date AND s.pack = p.pack AND s.loan_id = m.loan_id
	LEFT JOIN (FROM standings JOIN pack_classes USING (pack, class)) o ON o.business_date = m.since AND o.pack = p.pack AND o.loan_id = m.loan_id
	WHERE span = 'month'),
flows AS (
	SELECT *, 1 AS flow_n, 'opening' AS flow, c0 AS class, NULL AS other_class, g0 AS gross, a0 AS allowance FROM both_ends WHERE was_on_book
	UNION ALL SELECT *, 2, 'new', c1, NULL, g1, a1 FROM both_ends WHERE on_book AND NOT was_known
	UNION ALL SELECT *, 3, 'returned', c1, NULL, g1, a1 FROM both_ends WHERE on_book AND was_known AND NOT was_on_book
	UNION ALL SELECT *, 4, 'transfer_in', c1, c0, g0, a0 FROM both_ends WHERE on_book AND was_on_book AND c0 <> c1
	UNION ALL SELECT *, 5, 'transfer_out', c0, c1, -g0, -a0 FROM both_ends WHERE on_book AND was_on_book AND c0 <> c1
	UNION ALL SELECT *, 6, 'repaid', c1, NULL, -paid, 0 FROM both_ends WHERE on_book AND was_on_book
	UNION ALL SELECT *, 7, 'other', c1, NULL, g1 - g0 + paid, 0 FROM both_ends WHERE on_book AND was_on_book
	UNION ALL SELECT *, 8, 'remeasured', c1, NULL, 0, a1 - a0 FROM both_ends WHERE on_book AND was_on_book
	UNION ALL SELECT *, 9, 'settled', c0, NULL, -g0, -a0 FROM both_ends WHERE was_on_book AND status IN ('settled', 'overpaid')
	UNION ALL SELECT *, 10, 'charged_off', c0, NULL, -g0, -a0 FROM both_ends WHERE was_on_book AND status IN ('charged_off', 'written_off')
	UNION ALL SELECT *, 11, 'closing', c1, NULL, g1, a1 FROM both_ends WHERE on_book),
-- Opening and closing stand for each class, other flows where there are loans.
ends AS (
	SELECT b.business_date, p.pack, p.n AS pack_n, b.currency, b.currency_n, b.unit, base_date, k.class, flow_n, flow
	FROM book_currencies b JOIN closes USING (business_date) JOIN packs p USING (business_date) JOIN pack_classes k USING (pack)
	CROSS JOIN (VALUES (1, 'opening'), (11, 'closing')) f (flow_n, flow)
	WHERE base_date IS NOT NULL),
all_flows AS (
	SELECT business_date, pack, pack_n, currency, currency_n, unit, base_date, class, flow_n, flow, other_class, 1 AS loans, gross, allowance FROM flows
	UNION ALL SELECT business_date, pack, pack_n, currency, currency_n, unit, base_date, class, flow_n, flow, NULL, 0, 0, 0 FROM ends
	UNION ALL SELECT DISTINCT business_date, pack, pack_n, currency, currency_n, unit, base_date, 'new_pack', 11, 'closing', NULL, 0, 0, 0
	FROM flows WHERE class = 'new_pack')
SELECT business_date, pack, currency, base_date, a.class, flow, other_class, sum(loans) AS loans, money(sum(gross), unit) AS gross,
	money(sum(allowance), unit) AS allowance
FROM all_flows a LEFT JOIN pack_classes k USING (pack, class) LEFT JOIN pack_classes o ON o.pack = a.pack AND o.class = other_class
GROUP BY business_date, a.pack, pack, pack_n, currency, currency_n, unit, base_date, a.class, k.n, flow, flow_n, other_class, o.n
ORDER BY business_date, pack_n, currency_n, k.n NULLS LAST, flow_n, o.n NULLS LAST
