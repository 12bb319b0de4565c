{{ config(enabled=var('daybook_reconciliation', false)) }}
-- Currencies and dates whose bank and book do not tie, by the figures and not only by what the row says of itself.
with identity as (
    select
        business_date, currency, tied, difference, gl_balance - gl_before as moved,
        bank_balance - bank_opening - statement_gaps - statement_differences - unmatched_bank + outstanding_ledger + fees + differences as explained
    from {{ source('daybook_reconciliation', 'reconciliation_summary') }}
    where business_date >= {{ daybook_from() }}
)

select business_date, currency, tied, moved, explained, difference
from identity
where not tied or difference <> 0 or moved <> explained
