-- Section 8 and docs/formats.md: loans on the book by class under each pack, in the policy's order, all classes of each currency with a
-- loan on the book, and a row total that alone has the ratios; allowance is what P_provision adds up to, empty where the pack reckons none.
WITH of_class AS (
	SELECT business_date, pack, p.n AS pack_n, p.provides, p.illustrative, currency, currency_n, unit, k.n, class, count(loan_id) AS loans,
		coalesce(sum(total), 0) AS balance, CASE WHEN k.non_performing THEN balance ELSE 0 END AS non_performing,
		CASE WHEN p.provides THEN coalesce(sum(provision), 0) END AS allowance
	FROM book_currencies JOIN packs p USING (business_date) JOIN pack_classes k USING (pack)
	LEFT JOIN (FROM standings WHERE on_book) USING (business_date, currency, currency_n, unit, pack, class)
	GROUP BY business_date, pack, p.n, p.provides, p.illustrative, currency, currency_n, unit, k.n, class, k.non_performing),
totals AS (
	SELECT business_date, pack, pack_n, illustrative, currency, currency_n, unit, 1000 AS n, 'total' AS class, sum(loans) AS loans,
		sum(balance) AS balance, sum(non_performing) AS non_performing, sum(allowance) AS allowance
	FROM of_class GROUP BY business_date, pack, pack_n, illustrative, currency, currency_n, unit)
SELECT business_date, pack, currency, class, loans, money(balance, unit) AS balance,
	rate(balance, sum(balance) FILTER (class = 'total') OVER (PARTITION BY business_date, pack, currency)) AS share,
	money(non_performing, unit) AS non_performing, money(allowance, unit) AS allowance,
	CASE class WHEN 'total' THEN rate(non_performing, balance) END AS npl_ratio, CASE class WHEN 'total' THEN rate(allowance, non_performing) END AS coverage,
	CASE class WHEN 'total' THEN rate(allowance, balance) END AS provision_ratio, illustrative
FROM (FROM of_class UNION ALL BY NAME FROM totals)
ORDER BY business_date, pack_n, currency_n, n
