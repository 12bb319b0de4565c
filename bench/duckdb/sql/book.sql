-- The book of the peer: what persists from night to night.
--
-- One wide table of loans: the contract and the state together, so that a night
-- needs one join and the tape none. Money is BIGINT minor units: integer
-- arithmetic, and exact half-even rounding. Names of few values are ENUMs, one
-- byte a row, and written to Parquet without looking for a dictionary (product and
-- region as texts cost a tenth of the tape's processor time). There are no indexes and no keys: DuckDB's ART index costs more at
-- every insert than the joins of a whole night save.

CREATE TYPE method_name AS ENUM ('annuity', 'equal_principal', 'interest_only', 'lump_sum', 'flat', 'zero');
CREATE TYPE day_count_name AS ENUM ('30/360', 'ACT/365F', 'ACT/360', 'ACT/ACT');
CREATE TYPE currency_name AS ENUM ('CNY');
CREATE TYPE entry_kind AS ENUM ('accrual', 'credit_applied', 'repayment', 'hold', 'accrual_totals');
CREATE TYPE account_code AS ENUM ('1001', '1301', '1302', '1303', '2201', '2202', '6001', '6002');
CREATE TYPE bucket_name AS ENUM ('C', 'M1', 'M2', 'M3', 'M4', 'M5', 'M6', 'M7');
CREATE TYPE status_name AS ENUM ('active', 'settled', 'overpaid');
CREATE TYPE accrual_name AS ENUM ('accruing', 'non_accrual');
CREATE TYPE tier_name AS ENUM ('pass', 'special_mention');
CREATE TYPE stage_name AS ENUM ('stage_1', 'stage_2');
CREATE TYPE product_name AS ENUM ('default');
-- GB/T 2260.
CREATE TYPE region_name AS ENUM ('110000', '120000', '130000', '140000', '150000', '210000', '220000', '230000', '310000', '320000', '330000',
	'340000', '350000', '360000', '370000', '410000', '420000', '430000', '440000', '450000', '460000', '500000', '510000', '520000', '530000',
	'540000', '610000', '620000', '630000', '640000', '650000', '710000', '810000', '820000');
CREATE TYPE channel_name AS ENUM ('push', 'sms', 'call', 'letter', 'agency');
CREATE TYPE tone_name AS ENUM ('informative', 'helpful', 'firm');
CREATE TYPE template_name AS ENUM ('gentle_reminder', 'reminder', 'find_a_way', 'offer', 'specialist', 'handover');
CREATE TYPE reason_name AS ENUM ('past_due_1', 'past_due_31', 'past_due_61', 'paid_on_time');

CREATE TABLE loans (
	loan_id VARCHAR, borrower_id VARCHAR, product product_name, region region_name, currency currency_name,
	booked_on DATE, disbursed_on DATE, first_due_on DATE, installments INTEGER, annual_rate DECIMAL(18, 9),
	method method_name, day_count day_count_name, opening_score INTEGER,
	principal BIGINT, fee BIGINT,
	part BIGINT,              -- principal of each instalment but the last: round(P / n)
	rate BIGINT,              -- ten-thousandths a year
	number BIGINT,            -- of the loan in the book
	-- Of the months before this one: their codes, newest first, and what they come to. (Filling short codes up at the
	-- tape, and smaller integers, took more time than they saved.)
	past_codes VARCHAR, past_worst_3m INTEGER, past_worst_6m INTEGER, past_worst_12m INTEGER, past_worst_24m INTEGER,
	past_times_30 INTEGER, past_times_60 INTEGER, past_times_90 INTEGER,
	due_count INTEGER,        -- instalments due on or before the last night
	previous_due_on DATE,     -- due date of the last of them; the disbursement where there is none
	next_due_on DATE,         -- of the one after them; null where there is none
	due_interest BIGINT,      -- interest of all of them
	next_interest BIGINT,     -- interest of the one after them
	paid_count INTEGER,       -- instalments wholly paid: payments are met oldest first
	into_open BIGINT,         -- paid into the first that is not wholly paid
	interest_paid BIGINT,     -- over all instalments
	credit BIGINT,
	last_paid_on DATE, last_paid_amount BIGINT,
	touched_on DATE,          -- the night that changed the state last
	was_oldest_on DATE,       -- oldest unpaid due date before that night
	payments BIGINT,          -- of that night: how many, and where the only one went
	source_id VARCHAR, value_date DATE,
	to_fee BIGINT, to_interest BIGINT, to_principal BIGINT, to_credit BIGINT,
	complex BOOLEAN,          -- the night needed more than one allocation for it
	earned_before BIGINT      -- interest earned to the night before that one
);

-- What the days of a loan came to, of one that was ever past due on the day before a payment, or cured. From that
-- payment's value date on its oldest unpaid due date tells the rest; one that comes later than its value date so
-- tells days anew. In columns of loans an UPDATE of one row in a hundred made a night of 10 M loans ten seconds longer.
CREATE TABLE lives (
	number BIGINT,
	worst INTEGER,            -- most days past due
	last_late_on DATE,        -- last day past due
	late_since DATE,          -- of a run of such days that went on with the next due date: its first day; else null
	late_30_since DATE,       -- likewise of days with 30 and more
	month_late BOOLEAN,       -- whether a close of this month was past due
	cures INTEGER, cured_on DATE, cured_bucket bucket_name
);

CREATE TABLE applied (repayment_id VARCHAR);

CREATE TABLE journal (
	entry_id BIGINT, business_date DATE, value_date DATE, kind entry_kind, source_id VARCHAR, loan_id VARCHAR,
	account account_code, currency currency_name, debit DECIMAL(18, 2), credit DECIMAL(18, 2)
);

CREATE TABLE held (business_date DATE, repayment_id VARCHAR, loan_id VARCHAR, amount BIGINT);

-- Interest of all loans earned to that date, and their fees that fell due on it.
CREATE TABLE nights (business_date DATE, earned BIGINT, fees BIGINT);

-- Half-even in integers, of numbers that are not negative: exact for any amount.
-- Half up, and one less where that met a tie at an odd number: the rare case is
-- looked at for its own rows alone.
CREATE MACRO half_even(num, den) AS
	(2 * num + den) // (2 * den) - ((2 * num + den) % (2 * den) = 0 AND (2 * num + den) // (2 * den) % 2 = 1)::BIGINT;

-- Interest and principal of instalment k: monthly, 30/360, so r = rate / 12.
CREATE MACRO interest_of(k, method, principal, part, rate) AS
	CASE method WHEN 'flat' THEN half_even(principal * rate, 120000)
		WHEN 'equal_principal' THEN half_even((principal - (k - 1) * part) * rate, 120000) ELSE 0 END;
CREATE MACRO principal_of(k, installments, principal, part) AS
	CASE WHEN k < installments THEN part ELSE principal - (installments - 1) * part END;

-- Minor units as DECIMAL(18,2), by one 64-bit multiplication.
CREATE MACRO money(cents) AS cents::DECIMAL(15, 0) * 0.01::DECIMAL(3, 2);
-- And back.
CREATE MACRO cents(amount) AS (amount * 100)::BIGINT;

CREATE MACRO due_date(first_due_on, k) AS (first_due_on + to_months((k - 1)::INTEGER))::DATE;

-- Interest earned at the close of a day, evenly over the days of the period.
CREATE MACRO earned(day, due_interest, next_interest, previous_due_on, next_due_on) AS
	due_interest + CASE WHEN next_due_on IS NULL OR next_interest = 0 THEN 0
		ELSE half_even(next_interest * (day - previous_due_on), next_due_on - previous_due_on) END;

CREATE MACRO bucket_of(days) AS CASE WHEN days <= 0 THEN 'C'::bucket_name WHEN days <= 30 THEN 'M1'::bucket_name
	WHEN days <= 60 THEN 'M2'::bucket_name WHEN days <= 90 THEN 'M3'::bucket_name WHEN days <= 120 THEN 'M4'::bucket_name
	WHEN days <= 150 THEN 'M5'::bucket_name WHEN days <= 180 THEN 'M6'::bucket_name ELSE 'M7'::bucket_name END;

-- Whole months from a day to another: the most that can be added to the first without
-- coming behind the second.
CREATE MACRO whole_months(since, day) AS
	datediff('month', since, day) - (since + to_months(datediff('month', since, day)::INTEGER) > day)::BIGINT;

-- The code of a month by the days past due at its close: 1 to 7, and 0 for none.
CREATE MACRO month_code(days) AS (CASE WHEN days <= 0 THEN 0 WHEN days > 180 THEN 7 ELSE (days + 29) // 30 END)::INTEGER;

-- As greatest of two that are not null, which takes 3 % more of the tape.
CREATE MACRO worse(a, b) AS CASE WHEN a > b THEN a ELSE b END;

-- Whether a close of the month that a loan was booked for was behind a due date and before a day.
CREATE MACRO was_late(closes, oldest, day, booked_on) AS
	coalesce(list_max(list_filter(closes, lambda c: c < day AND c >= booked_on)) > oldest, false);

-- The middle of an id hidden.
CREATE MACRO masked(id) AS CASE WHEN length(id) < 5 THEN '****' WHEN length(id) < 8 THEN concat(left(id, 1), '****', right(id, 1))
	ELSE concat(left(id, 3), '****', right(id, 2)) END;
