-- Nights whose tables do not have the rows that the night says; nights with fewer tables than an older one has; nights without a chart of accounts; and nights whose night
-- before is not there though an older one is. A night counts entries without postings too (a pause, a restructuring): journal may have fewer.
with tape as (
    select business_date, count(*) as loans
    from {{ source('daybook', 'loans') }}
    group by business_date
),

postings as (
    select business_date, count(*) as postings, count(distinct entry_id) as entries
    from {{ source('daybook', 'journal') }}
    group by business_date
),

chart as (
    select business_date, count(*) as accounts
    from {{ source('daybook', 'accounts') }}
    group by business_date
),

history as (
    select
        business_date, previous_business_date, loans, postings, entries, tables,
        max(tables) over (order by business_date) as tables_before,
        min(business_date) over () as oldest
    from {{ source('daybook', 'nights') }}
)

select
    h.business_date,
    h.loans, coalesce(tape.loans, 0) as loans_found,
    h.postings, coalesce(postings.postings, 0) as postings_found,
    h.entries, coalesce(postings.entries, 0) as entries_found,
    h.tables, h.tables_before,
    coalesce(chart.accounts, 0) as accounts_found,
    case when before_it.business_date is null then h.previous_business_date end as night_missing
from history h
left join tape on tape.business_date = h.business_date
left join postings on postings.business_date = h.business_date
left join chart on chart.business_date = h.business_date
left join {{ source('daybook', 'nights') }} before_it on before_it.business_date = h.previous_business_date
where
    h.business_date >= {{ daybook_from() }}
    and (
        h.loans <> coalesce(tape.loans, 0)
        or h.postings <> coalesce(postings.postings, 0)
        or h.entries < coalesce(postings.entries, 0)
        or h.tables < h.tables_before
        or coalesce(chart.accounts, 0) = 0
        or (before_it.business_date is null and h.previous_business_date > h.oldest)
    )
