-- stage: journal
-- As Daybook posts: a touched loan has one entry of what accrued since the night
-- before (interest, and the fee that falls due tonight) and one of each payment;
-- the other loans accrue in one summary. Postings of nothing are not written.
-- Each branch scans only the columns that it needs. Constants have the types of
-- their columns, or the union would be cast to ENUMs row by row.
INSERT INTO journal
WITH payer AS (
	SELECT rowid * 4 AS e, loan_id, currency, source_id, value_date, to_fee, to_interest, to_principal, to_credit, complex,
		earned(DATE '{date}', due_interest, next_interest, previous_due_on, next_due_on) - earned_before AS accrual,
		CASE WHEN previous_due_on = DATE '{date}' AND due_count > 0 THEN fee ELSE 0 END AS fee, 0::DECIMAL(18, 2) AS zero
	FROM {touched} WHERE (payments > 0 OR complex) AND booked_on IS NOT NULL
), simple AS (SELECT * FROM payer WHERE NOT complex)
SELECT e, DATE '{date}', DATE '{date}', 'accrual'::entry_kind, NULL, loan_id, '1302'::account_code, currency, money(accrual), zero FROM payer WHERE accrual <> 0
UNION ALL SELECT e, DATE '{date}', DATE '{date}', 'accrual'::entry_kind, NULL, loan_id, '6001'::account_code, currency, zero, money(accrual) FROM payer WHERE accrual <> 0
UNION ALL SELECT e, DATE '{date}', DATE '{date}', 'accrual'::entry_kind, NULL, loan_id, '1303'::account_code, currency, money(fee), zero FROM payer WHERE fee > 0
UNION ALL SELECT e, DATE '{date}', DATE '{date}', 'accrual'::entry_kind, NULL, loan_id, '6002'::account_code, currency, zero, money(fee) FROM payer WHERE fee > 0
UNION ALL SELECT e + 1, DATE '{date}', value_date, 'repayment'::entry_kind, source_id, loan_id, '1001'::account_code, currency,
	money(to_fee + to_interest + to_principal + to_credit), zero FROM simple
UNION ALL SELECT e + 1, DATE '{date}', value_date, 'repayment'::entry_kind, source_id, loan_id, '1303'::account_code, currency, zero, money(to_fee) FROM simple WHERE to_fee > 0
UNION ALL SELECT e + 1, DATE '{date}', value_date, 'repayment'::entry_kind, source_id, loan_id, '1302'::account_code, currency, zero, money(to_interest) FROM simple WHERE to_interest > 0
UNION ALL SELECT e + 1, DATE '{date}', value_date, 'repayment'::entry_kind, source_id, loan_id, '1301'::account_code, currency, zero, money(to_principal) FROM simple WHERE to_principal > 0
UNION ALL SELECT e + 1, DATE '{date}', value_date, 'repayment'::entry_kind, source_id, loan_id, '2201'::account_code, currency, zero, money(to_credit) FROM simple WHERE to_credit > 0;

-- stage: journal
INSERT INTO journal
WITH leg AS (
	SELECT rowid AS r, *, CASE WHEN repayment_id = '' THEN 'credit_applied' ELSE 'repayment' END AS kind,
		unnest([CASE WHEN repayment_id = '' THEN '2201' ELSE '1001' END, '1303', '1302', '1301', '2201']) AS account,
		unnest([-(CASE WHEN repayment_id = '' THEN amount - to_credit ELSE amount END), to_fee, to_interest, to_principal,
			CASE WHEN repayment_id = '' THEN 0 ELSE to_credit END]) AS side
	FROM walk
)
SELECT 4000000000000 + r, DATE '{date}', coalesce(value_date, DATE '{date}'), kind, nullif(repayment_id, ''), loan_id, account, 'CNY',
	money(greatest(-side, 0)), money(greatest(side, 0)) FROM leg WHERE side <> 0
UNION ALL SELECT 8000000000000, DATE '{date}', DATE '{date}', 'hold', repayment_id, loan_id, unnest(['1001', '2202']), 'CNY',
	unnest([money(amount), 0]), unnest([0, money(amount)]) FROM held WHERE business_date = DATE '{date}';
