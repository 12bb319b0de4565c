-- Section 8, npa_movement, of the pack in; docs/formats.md: what is carried of loans in non-performing classes. additions: g1 of those
-- that were in none at the base, and of those that were what came to be owed. recovered: what was paid of loans NPA at both, and g0 of those
-- settled. upgraded, written_off: g0 of those on the book in another class, and off it.
WITH ends AS (
	SELECT m.business_date, m.currency, m.since AS base, m.on_book, m.status, old_carrying AS g0, m.carrying AS g1, paid_since AS paid,
		was_on_book AND coalesce(k0.non_performing, false) AS was_npa, m.on_book AND k1.non_performing AS is_npa
	FROM moves m JOIN standings s ON s.business_date = m.business_date AND s.loan_id = m.loan_id AND s.pack = 'in'
	JOIN pack_classes k1 ON k1.pack = 'in' AND k1.class = s.class
	LEFT JOIN standings o ON o.business_date = m.since AND o.loan_id = m.loan_id AND o.pack = 'in'
	LEFT JOIN pack_classes k0 ON k0.pack = 'in' AND k0.class = o.class
	WHERE span = 'month'),
flows AS (
	SELECT business_date, currency, base,
		sum(CASE WHEN was_npa THEN g0 ELSE 0 END) AS opening,
		sum(CASE WHEN is_npa AND was_npa THEN g1 - g0 + paid WHEN is_npa THEN g1 ELSE 0 END) AS additions,
		sum(CASE WHEN was_npa AND on_book AND NOT is_npa THEN g0 ELSE 0 END) AS upgraded,
		sum(CASE WHEN is_npa AND was_npa THEN paid WHEN was_npa AND status IN ('settled', 'overpaid') THEN g0 ELSE 0 END) AS recovered,
		sum(CASE WHEN was_npa AND status IN ('charged_off', 'written_off') THEN g0 ELSE 0 END) AS written_off,
		sum(CASE WHEN is_npa THEN g1 ELSE 0 END) AS closing
	FROM ends GROUP BY ALL)
SELECT business_date, currency, base AS base_date, money(opening, unit) AS opening, money(additions, unit) AS additions, money(upgraded, unit) AS upgraded,
	money(recovered, unit) AS recovered, money(written_off, unit) AS written_off, money(closing, unit) AS closing
FROM book_currencies JOIN flows USING (business_date, currency)
ORDER BY business_date, currency_n
