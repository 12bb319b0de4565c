-- The trial balance of each night, with the roles of the accounts.
select
    t.business_date, t.account, a.name as account_name, a.type as account_type, a.role as account_role, t.currency, t.opening, t.debits, t.credits,
    t.closing
from {{ source('daybook', 'trial_balance') }} t
inner join {{ source('daybook', 'nights') }} n on n.business_date = t.business_date
left join {{ source('daybook', 'accounts') }} a on a.business_date = t.business_date and a.account = t.account
