-- Section 8: columns as today: the night's journal by account, currency and kind of entry.
-- Published with currencies in the order of their bytes, not of the policy as section 8 has it for all tables.
SELECT business_date, account, name, currency, kind, count(DISTINCT entry_id) AS entries, money(sum(debit), unit) AS debits, money(sum(credit), unit) AS credits
FROM journal JOIN accounts USING (account)
GROUP BY business_date, account, name, currency, unit, kind
ORDER BY business_date, currency, account, kind
