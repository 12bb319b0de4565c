-- Section 8, charge_offs_month: differences since the base, of all loans in the book; average = (base total + total) / 2 on the book,
-- half-even; rate = net * 365 / (average * (B - base_date)).
SELECT business_date, currency, since AS base_date, product, money(sum(charged_off_since), unit) AS charged_off,
	money(sum(recovered_since), unit) AS recovered, money(sum(charged_off_since) - sum(recovered_since), unit) AS net,
	money(half_even(sum(CASE WHEN was_on_book THEN old_total ELSE 0 END) + sum(CASE WHEN on_book THEN total ELSE 0 END), 2), unit) AS average_balance,
	rate((sum(charged_off_since) - sum(recovered_since)) * 365,
		half_even(sum(CASE WHEN was_on_book THEN old_total ELSE 0 END) + sum(CASE WHEN on_book THEN total ELSE 0 END), 2) * (business_date - since)) AS annualised_rate
FROM moves WHERE span = 'month'
GROUP BY business_date, currency, currency_n, unit, since, product
ORDER BY business_date, currency_n, product
