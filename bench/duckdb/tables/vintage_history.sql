-- Section 8, vintage_history: the same columns and as_of, of the last close of each month up to B's, tonight's for its own month.
SELECT business_date, currency, booked_month, months_on_book, loans, originated, past_due_30, past_due_60, past_due_90, charged_off, recovered,
	cumulative_loss_rate, as_of
FROM closes JOIN vintages ON as_of = business_date
	OR as_of < date_trunc('month', business_date) AND as_of IN (SELECT business_date FROM last_of_month)
ORDER BY business_date, currency_n, booked_month, as_of
