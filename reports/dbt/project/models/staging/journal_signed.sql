-- Postings with one signed amount, and what their accounts were called on the night.
select
    j.business_date, j.entry_id, j.line, j.value_date, j.kind, j.source_id, j.loan_id, j.account, a.name as account_name, a.type as account_type,
    a.role as account_role, j.currency, j.debit, j.credit, j.debit - j.credit as amount, j.channel, j.reference
from {{ source('daybook', 'journal') }} j
inner join {{ source('daybook', 'nights') }} n on n.business_date = j.business_date
left join {{ source('daybook', 'accounts') }} a on a.business_date = j.business_date and a.account = j.account
