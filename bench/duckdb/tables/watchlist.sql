-- Section 8, watchlist: loans on the book with dpd 0 whose score fell tonight; by currency, score_delta ascending, loan_id.
-- bucket_moves_6m: of the newest six characters of history_24m, those that differ from the next older month's.
SELECT business_date, currency, loan_id, borrower_id, product, score - score_delta AS old_score, score, score_delta, reason_1, reason_2, reason_3, reason_4,
	next_due_on, next_due_on - business_date AS days_to_due, money(total, unit) AS total_outstanding,
	len(list_filter(range(1, 7), lambda i : history_24m[i] <> history_24m[i + 1])) AS bucket_moves_6m
FROM loans WHERE on_book AND days_past_due = 0 AND score_delta < 0
ORDER BY business_date, currency_n, score_delta, loan_id
