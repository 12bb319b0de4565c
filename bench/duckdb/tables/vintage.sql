-- Section 8, vintage: B alone; prepare.sql has what is counted.
SELECT as_of AS business_date, currency, booked_month, months_on_book, loans, originated, past_due_30, past_due_60, past_due_90, charged_off, recovered,
	cumulative_loss_rate
FROM vintages
ORDER BY business_date, currency_n, booked_month
