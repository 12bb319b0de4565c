-- Entries and currencies whose debits are not their credits.
select j.business_date, j.entry_id, j.currency, sum(j.debit) as debits, sum(j.credit) as credits
from {{ source('daybook', 'journal') }} j
inner join {{ source('daybook', 'nights') }} n on n.business_date = j.business_date
where j.business_date >= {{ daybook_from() }}
group by j.business_date, j.entry_id, j.currency
having sum(j.debit) <> sum(j.credit)
