-- Accounts and nights whose postings are not the debits or the credits of the trial balance, or whose closing is not what they make of the opening.
with postings as (
    select j.business_date, j.account, j.currency, sum(j.debit) as debits, sum(j.credit) as credits
    from {{ source('daybook', 'journal') }} j
    where j.business_date >= {{ daybook_from() }}
    group by j.business_date, j.account, j.currency
),

balances as (
    select t.business_date, t.account, t.currency, sum(t.opening) as opening, sum(t.debits) as debits, sum(t.credits) as credits, sum(t.closing) as closing
    from {{ source('daybook', 'trial_balance') }} t
    where t.business_date >= {{ daybook_from() }}
    group by t.business_date, t.account, t.currency
),

compared as (
    select
        coalesce(p.business_date, b.business_date) as business_date,
        coalesce(p.account, b.account) as account,
        coalesce(p.currency, b.currency) as currency,
        coalesce(p.debits, 0) as posted_debits, coalesce(b.debits, 0) as debits,
        coalesce(p.credits, 0) as posted_credits, coalesce(b.credits, 0) as credits,
        coalesce(b.opening, 0) as opening, coalesce(b.closing, 0) as closing
    from postings p
    full outer join balances b on b.business_date = p.business_date and b.account = p.account and b.currency = p.currency
)

select c.*
from compared c
inner join {{ source('daybook', 'nights') }} n on n.business_date = c.business_date
where c.posted_debits <> c.debits or c.posted_credits <> c.credits or c.opening + c.debits - c.credits <> c.closing
