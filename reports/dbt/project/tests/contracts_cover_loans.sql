-- Loans of a night without a contract at or before it.
select l.business_date, l.loan_id, c.first_on
from {{ source('daybook', 'loans') }} l
inner join {{ source('daybook', 'nights') }} n on n.business_date = l.business_date
left join (
    select loan_id, min(business_date) as first_on
    from {{ source('daybook', 'contracts') }}
    group by loan_id
) as c on c.loan_id = l.loan_id
where l.business_date >= {{ daybook_from() }} and (c.first_on is null or c.first_on > l.business_date)
