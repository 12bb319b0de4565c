-- The tape of the last whole night.
select l.*
from {{ source('daybook', 'loans') }} l
where l.business_date = (select max(n.business_date) from {{ source('daybook', 'nights') }} n)
