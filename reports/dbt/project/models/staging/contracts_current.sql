-- The latest row of each loan: rows are of the nights that booked the loan or changed its terms.
select
    loan_id, borrower_id, product, currency, region, booked_on, disbursed_on, first_due_on, installments, annual_rate, method, day_count,
    principal, business_date as valid_from
from (
    select c.*, row_number() over (partition by c.loan_id order by c.business_date desc) as newest
    from {{ source('daybook', 'contracts') }} c
    inner join {{ source('daybook', 'nights') }} n on n.business_date = c.business_date
) as ranked
where newest = 1
