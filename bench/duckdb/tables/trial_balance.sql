-- Section 8: columns as today. Domain 7: account, currency, opening, debits, credits, closing, out of all journals up to B. Accounts
-- with a balance or a posting of the night.
-- Published with currencies in the order of their bytes, not of the policy as section 8 has it for all tables.
SELECT business_date, account, name, type, currency, money(closing - debits + credits, unit) AS opening, money(debits, unit) AS debits,
	money(credits, unit) AS credits, money(closing, unit) AS closing
FROM balances JOIN accounts USING (account)
WHERE closing <> 0 OR debits <> 0 OR credits <> 0
ORDER BY business_date, currency, account
