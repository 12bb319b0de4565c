-- Accounts whose opening is not the closing of the night before. Accounts are compared by role: a lender may give one another code. The book's first night opens with
-- nothing; a night whose night before is not published is not looked at here, but by nights_complete.
with balances as (
    select t.business_date, a.role, t.currency, sum(t.opening) as opening, sum(t.closing) as closing
    from {{ source('daybook', 'trial_balance') }} t
    left join {{ source('daybook', 'accounts') }} a on a.business_date = t.business_date and a.account = t.account
    group by t.business_date, a.role, t.currency
),

nights as (
    select n.business_date, n.previous_business_date
    from {{ source('daybook', 'nights') }} n
    left join {{ source('daybook', 'nights') }} p on p.business_date = n.previous_business_date
    where n.business_date >= {{ daybook_from() }} and (n.previous_business_date is null or p.business_date is not null)
),

both_nights as (
    select n.business_date, b.role, b.currency, b.opening, 0 as closing_before
    from nights n
    inner join balances b on b.business_date = n.business_date
    union all
    select n.business_date, b.role, b.currency, 0 as opening, b.closing as closing_before
    from nights n
    inner join balances b on b.business_date = n.previous_business_date
)

select business_date, role, currency, sum(opening) as opening, sum(closing_before) as closing_before
from both_nights
group by business_date, role, currency
having sum(opening) <> sum(closing_before)
