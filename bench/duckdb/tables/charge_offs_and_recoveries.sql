-- Section 8: columns as today. Domain 7: product, gross charge-offs, recoveries, net, rate; over a loan's life, of all loans.
SELECT business_date, currency, product, count(*) AS loans, money(sum(originated), unit) AS originated, money(sum(charged_off), unit) AS charged_off,
	money(sum(recovered), unit) AS recovered, money(sum(charged_off) - sum(recovered), unit) AS net,
	rate(sum(charged_off) - sum(recovered), sum(originated)) AS net_rate
FROM loans
GROUP BY business_date, currency, currency_n, unit, product
ORDER BY business_date, currency_n, product
