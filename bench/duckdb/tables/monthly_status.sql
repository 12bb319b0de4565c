-- Section 8, monthly_status, and docs/formats.md: all loans of the tape by loan_id, on nights with a month's end after the last close and up
-- to B, and on the book's first. The table has no currency: its amounts are published with the most digits that one of the policy's currencies
-- has. Where no page says which state goes first, a settled loan with `B` is settled.
SELECT l.business_date, loan_id, borrower_id, strftime(l.business_date, '%Y-%m') AS month, history_24m[1] AS status, history_24m AS history, days_past_due,
	money(past_due * (most // unit), most) AS past_due_amount, money(total * (most // unit), most) AS total_outstanding,
	CASE WHEN l.status IN ('settled', 'overpaid') THEN 3 WHEN l.status IN ('charged_off', 'written_off') OR history_24m[1] = 'B' THEN 4
		WHEN days_past_due > 0 THEN 2 ELSE 1 END AS account_state,
	coalesce(list_position(['pass', 'special_mention', 'substandard', 'doubtful', 'loss'], classification), 9) AS class
FROM loans l JOIN closes c USING (business_date) CROSS JOIN (SELECT max(unit) AS most FROM currencies)
WHERE previous IS NULL OR last_day(previous + 1) <= l.business_date
ORDER BY l.business_date, loan_id
