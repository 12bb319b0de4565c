-- Section 8 and docs/packs.md, reading 7: loans on the book by the row that gave them their class (P_rule); rows stand only where there
-- are loans, in the order of the pack's file, contagion last.
SELECT business_date, pack, currency, rule, class, coalesce(r.cite, any_value(p.contagion_cite)) AS cite, count(*) AS loans, money(sum(total), unit) AS balance
FROM standings JOIN packs p USING (business_date, pack) JOIN pack_classes k USING (pack, class) LEFT JOIN pack_rules r USING (pack, rule)
WHERE on_book
GROUP BY business_date, pack, p.n, currency, currency_n, unit, rule, r.n, r.cite, class, k.n
ORDER BY business_date, p.n, currency_n, r.n NULLS LAST, k.n
