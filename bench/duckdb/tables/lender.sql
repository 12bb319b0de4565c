-- The generator's loans of the nights since the last close, in four currencies
-- and four products. Some come one close late, so that money for them waits in
-- suspense; of those that the lender begins with some are years old and were
-- never paid since.
CREATE OR REPLACE TEMP TABLE new_loans AS
SELECT loan_id, borrower_id, lender_product(loan_id) AS product, lender_currency(loan_id) AS currency,
	CASE WHEN currency = 'JPY' THEN ceil(principal) ELSE principal END::DECIMAL(18, 3) AS principal,
	(disbursed_on - to_years(lender_age(loan_id, night)))::DATE AS disbursed_on,
	(first_due_on - to_years(lender_age(loan_id, night)))::DATE AS first_due_on,
	installments, annual_rate, method, day_count, frequency, CASE WHEN currency = 'JPY' THEN 0 ELSE fee_per_installment END AS fee_per_installment,
	region, opening_score
FROM (SELECT * REPLACE (lender_currency(loan_id) AS currency), night + lender_delay(loan_id, night) AS delivered FROM all_loans)
WHERE delivered > {previous} AND delivered <= {date};

-- The generator's repayments, of which one in eight comes late. One loan in eight
-- stops paying for good on a day of its own, and one in ten is not paid
-- for four months and goes on then.
CREATE OR REPLACE TEMP TABLE new_repayments AS
SELECT repayment_id, loan_id, value_date, CASE WHEN lender_currency(loan_id) = 'JPY' THEN ceil(amount) ELSE amount END::DECIMAL(18, 3) AS amount,
	lender_currency(loan_id) AS currency, channel
FROM all_repayments
WHERE delivered > {previous} AND delivered <= {date}
	AND NOT ((chance(loan_id, 'gone') < 80 OR hopeless(loan_id)) AND value_date > {first} + (chance(loan_id, 'when') * 4 // 10)::INTEGER)
	AND NOT (chance(loan_id, 'gap') < 100 AND value_date BETWEEN {first} + (chance(loan_id, 'when') * 3 // 10)::INTEGER
		AND {first} + (chance(loan_id, 'when') * 3 // 10)::INTEGER + 120);

-- Of loans past due, some pay all that is due at once: they are cured.
INSERT INTO new_repayments
SELECT 'catchup-' || loan_id || {date}, loan_id, {date} - (chance(loan_id, 'day' || {date}) % greatest({date} - {previous}, 1))::INTEGER,
	past_due_amount, currency, 'bank'
FROM last_tape WHERE status IN ('active', 'charged_off') AND past_due_amount > 0 AND NOT hopeless(loan_id) AND chance(loan_id, 'catchup' || {date}) < 80;

-- Others pay what they owe and more: they are settled, or overpaid.
INSERT INTO new_repayments
SELECT 'all-' || loan_id || {date}, loan_id, {date}, total_outstanding + 50, currency, 'card'
FROM last_tape WHERE status = 'active' AND total_outstanding > 0 AND NOT hopeless(loan_id) AND chance(loan_id, 'all' || {date}) < 8;

-- Some is for a loan that nobody booked, and is held.
INSERT INTO new_repayments
SELECT 'nobody-' || {date}, 'nobody', {date}, 17, lender_currency('nobody' || {date}), 'card' WHERE chance('nobody', {date}) < 300;

CREATE OR REPLACE TEMP TABLE new_adjustments AS
SELECT adjustment_id, loan_id, kind, value_date, CASE WHEN lender_currency(loan_id) = 'JPY' THEN ceil(amount) ELSE amount END::DECIMAL(18, 3) AS amount,
	NULL::VARCHAR AS component, target_id, NULL::DATE AS until, NULL::INTEGER AS installments, NULL::DATE AS first_due_on, NULL::VARCHAR AS choice, reason
FROM all_adjustments WHERE delivered > {previous} AND delivered <= {date};

-- What is long past due is charged off, some of it on an earlier day; some of it is
-- recovered or written off, and some was charged off in error.
INSERT INTO new_adjustments
SELECT 'off-' || loan_id || '-' || {date}, loan_id, 'charge_off', {date} - (chance(loan_id, 'late' || {date}) % 9)::INTEGER,
	NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM last_tape WHERE status = 'active' AND days_past_due > 100 AND chance(loan_id, 'off' || {date}) < CASE WHEN hopeless(loan_id) THEN 10 ELSE 70 END
UNION ALL
SELECT 'write-' || loan_id || '-' || {date}, loan_id, 'write_off', {date}, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM last_tape WHERE status = 'charged_off' AND chance(loan_id, 'write' || {date}) < 40
UNION ALL
SELECT 'recovery-' || loan_id || '-' || {date}, loan_id, 'recovery', {date}, CASE WHEN currency = 'JPY' THEN ceil(charged_off / 20) ELSE round(charged_off / 20, 2) END,
	NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM last_tape WHERE status = 'charged_off' AND charged_off > 1 AND chance(loan_id, 'recovery' || {date}) < 300
UNION ALL
SELECT 'back-' || target_id, loan_id, 'reversal', {date}, NULL, NULL, target_id, NULL, NULL, NULL, NULL, NULL
FROM (SELECT loan_id, max_by(adjustment_id, delivered) AS target_id FROM delivered_adjustments WHERE kind = 'charge_off' GROUP BY loan_id)
JOIN last_tape USING (loan_id) WHERE status = 'charged_off' AND chance(loan_id, 'back' || {date}) < 70;

-- New terms, for borrowers in difficulty or for others, relief, waivers, and charges.
INSERT INTO new_adjustments
SELECT 'terms-' || loan_id || '-' || {date}, loan_id, 'restructure', {date} - (chance(loan_id, 'late' || {date}) % 7)::INTEGER, NULL, NULL, NULL, NULL,
	6 + (chance(loan_id, 'terms' || {date}) % 19)::INTEGER, {date} + 5 + (chance(loan_id, 'due' || {date}) % 40)::INTEGER,
	['reage', 'reamortize', 'extend'][1 + (chance(loan_id, 'choice' || {date}) % 3)::INTEGER],
	CASE WHEN chance(loan_id, 'why' || {date}) < 300 THEN 'commercial' ELSE 'hardship' END
FROM last_tape WHERE status = 'active' AND days_past_due BETWEEN 5 AND 250 AND NOT hopeless(loan_id) AND chance(loan_id, 'restructure' || {date}) < 50
UNION ALL
SELECT 'again-' || loan_id || '-' || {date}, loan_id, 'restructure', {date}, NULL, NULL, NULL, NULL, 9, {date} + 21, 'reamortize', 'hardship'
FROM last_tape WHERE status = 'active' AND (measures > 0 OR product = 'card') AND chance(loan_id, 'again' || {date}) < 40
UNION ALL
SELECT 'waiver-' || loan_id || '-' || {date}, loan_id, 'waiver', {date},
	CASE WHEN currency = 'JPY' THEN floor(interest_outstanding / 2) ELSE round(interest_outstanding / 2, 2) END, 'interest', NULL, NULL, NULL, NULL, NULL, NULL
FROM last_tape WHERE status = 'active' AND interest_outstanding > 2 AND chance(loan_id, 'waiver' || {date}) < 20
UNION ALL
SELECT 'pause-' || loan_id || '-' || {date}, loan_id, 'pause', {date}, NULL, NULL, NULL, {date} + 45, NULL, NULL,
	[NULL, 'shift', 'regulatory'][1 + (chance(loan_id, 'choice' || {date}) % 3)::INTEGER], NULL
FROM last_tape WHERE status = 'active' AND chance(loan_id, 'pause' || {date}) < 10
UNION ALL
SELECT 'penalty-' || loan_id || '-' || {date}, loan_id, 'penalty', {date}, 20, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM last_tape WHERE status = 'active' AND days_past_due > 10 AND chance(loan_id, 'penalty' || {date}) < 60
UNION ALL
SELECT 'refund-' || loan_id || '-' || {date}, loan_id, 'refund', {date}, credit_balance, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM last_tape WHERE credit_balance > 0 AND chance(loan_id, 'refund' || {date}) < 100;

-- Payments that came with an earlier close go back: some never came, some are charged back.
INSERT INTO new_adjustments
SELECT 'undo-' || repayment_id, loan_id, CASE WHEN chance(repayment_id, 'kind') < 700 THEN 'reversal' ELSE 'chargeback' END, {date},
	CASE WHEN chance(repayment_id, 'kind') < 700 THEN NULL ELSE amount END, NULL, repayment_id, NULL, NULL, NULL, NULL, NULL
FROM delivered_repayments WHERE delivered = {previous} AND chance(repayment_id, 'undo') < 25;

-- Facts of loans and of borrowers that packs and the history read; some end.
CREATE OR REPLACE TEMP TABLE new_flags AS
SELECT NULL::VARCHAR AS borrower_id, loan_id, lender_flag(loan_id || {date}) AS flag, {date} - (chance(loan_id, 'since' || {date}) % 40)::INTEGER AS valid_from,
	CASE WHEN chance(loan_id, 'ends' || {date}) < 600 THEN {date} + 60 END AS valid_until
FROM last_tape WHERE chance(loan_id, 'flag' || {date}) < 12
UNION ALL
SELECT borrower_id, NULL, lender_flag(borrower_id || {date}), {date}, {date} + 100
FROM (SELECT DISTINCT borrower_id FROM last_tape) WHERE chance(borrower_id, 'flag' || {date}) < 4;
