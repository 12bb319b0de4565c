-- Section 8, cures: a cure (the tape's last_cured_on on its own close) counts in its month and last_cured_bucket; the first close after
-- it with dpd >= 31, whatever the status, counts in n months if it is on or before addMonths(cure, n). A later cure is an entry of
-- its own, and from then on only it can relapse. Rows of B's month and the 24 before it.
WITH cured AS (
	SELECT loan_id, business_date AS cured_on, last_cured_bucket AS bucket,
		lead(business_date) OVER (PARTITION BY loan_id ORDER BY business_date) AS next_cure
	FROM loans WHERE last_cured_on = business_date),
relapsed AS (
	SELECT c.loan_id, c.cured_on, c.bucket, min(l.business_date) AS relapsed_on
	FROM cured c LEFT JOIN loans l ON l.loan_id = c.loan_id AND l.business_date > cured_on AND l.days_past_due >= 31
		AND (next_cure IS NULL OR l.business_date < next_cure)
	GROUP BY ALL)
SELECT b.business_date, currency, strftime(cured_on, '%Y-%m') AS cured_month, r.bucket, count(*) AS cured,
	count(*) FILTER (relapsed_on <= least(b.business_date, add_months(cured_on, 3))) AS redefaulted_3m,
	count(*) FILTER (relapsed_on <= least(b.business_date, add_months(cured_on, 6))) AS redefaulted_6m,
	count(*) FILTER (relapsed_on <= least(b.business_date, add_months(cured_on, 12))) AS redefaulted_12m
FROM closes b JOIN relapsed r ON cured_on <= b.business_date AND months_between(cured_on, b.business_date) <= 24
JOIN loans l ON l.loan_id = r.loan_id AND l.business_date = cured_on JOIN buckets k ON k.bucket = r.bucket
GROUP BY b.business_date, currency, currency_n, cured_month, r.bucket, k.n
ORDER BY b.business_date, currency_n, cured_month, k.n
