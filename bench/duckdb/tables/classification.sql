-- Section 4: the first pack in the policy's order that fills classification gives the table. Section 8: allowance of the row total
-- is the GL credit balance of the account, empty while nothing was ever posted there; a class's is the sum of P_provision of the posted
-- pack, empty without one (docs/packs.md, reading 8); coverage = allowance / non-performing, provision_ratio = allowance / balance.
WITH of_class AS (
	SELECT business_date, currency, currency_n, unit, k.n, k.class AS tier, count(s.loan_id) AS loans, coalesce(sum(s.total), 0) AS balance,
		CASE WHEN k.non_performing THEN balance ELSE 0 END AS non_performing, CASE WHEN posts.pack IS NOT NULL THEN coalesce(sum(posted.provision), 0) END AS allowance
	FROM book_currencies JOIN packs p USING (business_date) JOIN pack_classes k USING (pack)
	LEFT JOIN (FROM standings WHERE on_book) s USING (business_date, currency, currency_n, unit, pack, class)
	LEFT JOIN (FROM packs WHERE post) posts USING (business_date)
	LEFT JOIN standings posted ON posted.business_date = s.business_date AND posted.loan_id = s.loan_id AND posted.pack = posts.pack
	WHERE p.gives = 'classification'
	GROUP BY business_date, currency, currency_n, unit, k.n, tier, k.non_performing, posts.pack),
totals AS (
	SELECT business_date, currency, currency_n, unit, 1000 AS n, 'total' AS tier, sum(loans) AS loans, sum(c.balance) AS balance,
		sum(non_performing) AS non_performing, a.balance AS allowance
	FROM of_class c LEFT JOIN allowance a USING (business_date, currency) GROUP BY business_date, currency, currency_n, unit, a.balance)
SELECT business_date, currency, tier, loans, money(balance, unit) AS balance,
	rate(balance, sum(balance) FILTER (tier = 'total') OVER (PARTITION BY business_date, currency)) AS share, money(non_performing, unit) AS non_performing,
	money(allowance, unit) AS allowance, CASE tier WHEN 'total' THEN rate(non_performing, balance) END AS npl_ratio,
	CASE tier WHEN 'total' THEN rate(allowance, non_performing) END AS coverage, CASE tier WHEN 'total' THEN rate(allowance, balance) END AS provision_ratio
FROM (FROM of_class UNION ALL BY NAME FROM totals)
ORDER BY business_date, currency_n, n
