-- What ties tables to each other, to the tape, to the GL and to the manifest's control totals: a row for each figure that has two
-- sources, with both. The tables are read as published.
WITH aging AS (
	SELECT business_date, currency, sum(minor(principal::DECIMAL(30, 3), unit)) AS principal, sum(minor(interest::DECIMAL(30, 3), unit)) AS interest,
		sum(minor(fees::DECIMAL(30, 3), unit)) AS fees, sum(minor(penalties::DECIMAL(30, 3), unit)) AS penalties, sum(minor(total::DECIMAL(30, 3), unit)) AS total,
		sum(loans::INTEGER) AS loans
	FROM read_csv('{published}/*/regulatory/aging.csv', all_varchar = true, union_by_name = true)
	JOIN currencies USING (currency) GROUP BY ALL),
book AS (
	SELECT business_date, currency, unit, sum(principal) AS principal, sum(interest) AS interest, sum(suspended) AS suspended, sum(fees) AS fees,
		sum(penalties) AS penalties, sum(total) AS total, sum(carrying) AS carrying, count(*) AS loans
	FROM loans WHERE on_book GROUP BY ALL),
every AS (SELECT business_date, currency, sum(credit) AS credit, sum(suspended) AS suspended, count(*) AS loans FROM loans GROUP BY ALL),
gl AS (
	SELECT business_date::DATE AS business_date, currency, account, minor(opening::DECIMAL(30, 3), unit) AS opening, minor(debits::DECIMAL(30, 3), unit) AS debits,
		minor(credits::DECIMAL(30, 3), unit) AS credits, minor(closing::DECIMAL(30, 3), unit) AS closing
	FROM read_csv('{published}/*/regulatory/trial_balance.csv', all_varchar = true, union_by_name = true) JOIN currencies USING (currency)),
control AS (
	SELECT business_date, c.currency, unit, c.loans, unnest(['principal', 'interest', 'fees', 'penalties', 'credit', 'suspense', 'allowance', 'debits', 'credits']) AS name,
		minor(unnest([c.principal.amount, c.interest.amount, c.fees.amount, c.penalties.amount, c.credit.amount, c.suspense.amount, c.allowance.amount,
			c.debits.amount, c.credits.amount])::DECIMAL(30, 3), unit) AS amount,
		minor(unnest([c.principal.gl, c.interest.gl, c.fees.gl, c.penalties.gl, c.credit.gl, c.suspense.gl, c.allowance.gl, c.debits.gl, c.credits.gl])::DECIMAL(30, 3), unit) AS gl
	FROM (SELECT business_date::DATE AS business_date, unnest(control_totals.currencies) AS c
		FROM read_json('{out}/*/manifest.json', maximum_object_size = 100000000, union_by_name = true)) JOIN currencies ON currency = c.currency),
balance AS (
	SELECT business_date, currency, account, coalesce(closing, 0) AS closing
	FROM (SELECT DISTINCT business_date, currency FROM loans) CROSS JOIN accounts LEFT JOIN gl USING (business_date, currency, account)),
movement AS (
	SELECT business_date::DATE AS business_date, pack, currency, class, flow, minor(gross::DECIMAL(30, 3), unit) AS gross, minor(allowance::DECIMAL(30, 3), unit) AS allowance
	FROM read_csv('{published}/*/regulatory/stage_movement.csv', all_varchar = true, union_by_name = true) JOIN currencies USING (currency)),
npa AS (
	SELECT business_date, currency, COLUMNS(lambda c : c IN ('opening', 'additions', 'upgraded', 'recovered', 'written_off', 'closing'))::DECIMAL(30, 3)
	FROM read_csv('{published}/*/regulatory/npa_movement.csv', all_varchar = true, union_by_name = true)),
posted AS (SELECT business_date, currency, sum(provision) AS provision FROM standings JOIN packs USING (business_date, pack) WHERE post AND on_book GROUP BY ALL)
SELECT 'ageing is the tape: ' || x.name AS tie, business_date, currency, x.of_aging::HUGEINT AS one, x.of_book::HUGEINT AS other
FROM (SELECT business_date::DATE AS business_date, currency, unnest([{'name': 'principal', 'of_aging': a.principal, 'of_book': b.principal},
		{'name': 'interest', 'of_aging': a.interest, 'of_book': b.interest}, {'name': 'fees', 'of_aging': a.fees, 'of_book': b.fees},
		{'name': 'penalties', 'of_aging': a.penalties, 'of_book': b.penalties}, {'name': 'total', 'of_aging': a.total, 'of_book': b.total},
		{'name': 'loans', 'of_aging': a.loans::HUGEINT, 'of_book': b.loans::HUGEINT}]) AS x
	FROM (SELECT * REPLACE (business_date::DATE AS business_date) FROM aging) a FULL JOIN book b USING (business_date, currency))
UNION ALL
SELECT 'the tape is the GL: ' || a.name, business_date, currency,
	CASE account WHEN '1301' THEN coalesce(b.principal, 0) WHEN '1302' THEN coalesce(b.interest - b.suspended, 0) WHEN '1303' THEN coalesce(b.fees, 0)
		WHEN '1304' THEN coalesce(b.penalties, 0) WHEN '2201' THEN -e.credit WHEN '9001' THEN e.suspended END, closing
FROM balance JOIN accounts a USING (account) LEFT JOIN book b USING (business_date, currency) JOIN every e USING (business_date, currency)
WHERE account IN ('1301', '1302', '1303', '1304', '2201', '9001')
UNION ALL
SELECT 'control totals are the GL: ' || name, business_date, currency, amount,
	CASE WHEN name IN ('debits', 'credits') THEN gl ELSE (SELECT closing * CASE WHEN name IN ('credit', 'suspense', 'allowance') THEN -1 ELSE 1 END FROM balance b
		WHERE b.business_date = c.business_date AND b.currency = c.currency AND account =
			CASE name WHEN 'principal' THEN '1301' WHEN 'interest' THEN '1302' WHEN 'fees' THEN '1303' WHEN 'penalties' THEN '1304' WHEN 'credit' THEN '2201'
				WHEN 'suspense' THEN '2202' WHEN 'allowance' THEN '1309' END) END
FROM control c WHERE amount IS NOT NULL
UNION ALL
SELECT 'control totals count the tape', business_date, currency, c.loans, e.loans FROM control c JOIN every e USING (business_date, currency) WHERE name = 'principal'
UNION ALL
SELECT 'the allowance is what P_provision adds up to', business_date, currency, -closing, coalesce(provision, 0)
FROM balance LEFT JOIN posted USING (business_date, currency) WHERE account = '1309' AND business_date IN (
	SELECT business_date FROM packs JOIN closes USING (business_date) WHERE post AND (nightly OR previous IS NULL OR last_day(previous + 1) <= business_date))
UNION ALL
SELECT 'debits are credits', business_date, currency, sum(debits), sum(credits) FROM gl GROUP BY ALL
UNION ALL
SELECT 'accounts add up to nothing', business_date, currency, sum(closing), 0 FROM gl GROUP BY ALL
UNION ALL
SELECT 'the trial balance rolls: ' || account, c.business_date, currency, coalesce(g.opening, 0), coalesce(p.closing, 0)
FROM closes c CROSS JOIN currencies CROSS JOIN accounts LEFT JOIN gl g USING (business_date, currency, account)
LEFT JOIN gl p ON p.business_date = previous AND p.currency = currencies.currency AND p.account = accounts.account
UNION ALL
SELECT 'stage_movement closes, gross: ' || pack || ' ' || class, business_date, currency, sum(CASE flow WHEN 'closing' THEN -gross ELSE gross END), 0
FROM movement GROUP BY ALL
UNION ALL
SELECT 'stage_movement closes, allowance: ' || pack || ' ' || class, business_date, currency, sum(CASE flow WHEN 'closing' THEN -allowance ELSE allowance END), 0
FROM movement GROUP BY ALL
UNION ALL
SELECT 'stage_movement closes at what is carried: ' || pack, business_date, currency, sum(gross), any_value(carrying)
FROM movement JOIN book USING (business_date, currency) WHERE flow = 'closing' GROUP BY business_date, pack, currency
UNION ALL
SELECT 'stage_movement opens at what was carried: ' || pack, m.business_date, m.currency, sum(gross), any_value(carrying)
FROM movement m JOIN closes c USING (business_date) JOIN book b ON b.business_date = base_date AND b.currency = m.currency
WHERE flow = 'opening' GROUP BY m.business_date, pack, m.currency
UNION ALL
SELECT 'npa_movement closes', business_date::DATE, currency, ((opening + additions - upgraded - recovered - written_off) * 1000)::HUGEINT, (closing * 1000)::HUGEINT FROM npa
UNION ALL
SELECT 'classification_by_pack is the ageing: ' || pack, business_date::DATE, p.currency, minor(p.balance::DECIMAL(30, 3), unit), a.total
FROM read_csv('{published}/*/regulatory/classification_by_pack.csv', all_varchar = true, union_by_name = true) p
JOIN currencies USING (currency) JOIN aging a USING (business_date, currency) WHERE p.class = 'total'
UNION ALL
SELECT 'score_adjustments are the moves of the tape''s scores', business_date, coalesce(t.currency, ''), count(*), count(*) FILTER (
	a.borrower_id IS NOT DISTINCT FROM t.borrower_id AND a.old_score = t.score - t.score_delta AND a.new_score = t.score AND a.score_delta = t.score_delta
	AND (a.reason_1, a.reason_2, a.reason_3, a.reason_4) IS NOT DISTINCT FROM (t.reason_1, t.reason_2, t.reason_3, t.reason_4))
FROM read_parquet('{out}/*/score_adjustments/*.parquet', union_by_name = true) a
FULL JOIN (FROM loans WHERE score_delta <> 0) t USING (business_date, loan_id) GROUP BY ALL
UNION ALL
SELECT 'scores go on from the close before', n.business_date, n.currency, count(*), count(*) FILTER (n.score - n.score_delta = o.score)
FROM loans n JOIN closes c USING (business_date) JOIN loans o ON o.business_date = previous AND o.loan_id = n.loan_id GROUP BY ALL
