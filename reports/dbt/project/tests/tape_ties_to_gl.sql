-- Nights and currencies where what the loans add up to is not what the general ledger has. Loans that are paid or lost owe nothing that the ledger carries;
-- credit is owed to borrowers of any loan.
with tape as (
    select
        l.business_date, l.currency,
        sum(case when l.status in ('active', 'quarantined') then l.principal_outstanding else 0 end) as principal,
        sum(case when l.status in ('active', 'quarantined') then l.interest_outstanding - l.interest_suspended else 0 end) as interest,
        sum(case when l.status in ('active', 'quarantined') then l.fees_outstanding else 0 end) as fees,
        sum(case when l.status in ('active', 'quarantined') then l.penalties_outstanding else 0 end) as penalties,
        sum(l.credit_balance) as credit
    from {{ source('daybook', 'loans') }} l
    where l.business_date >= {{ daybook_from() }}
    group by l.business_date, l.currency
),

ledger as (
    select
        t.business_date, t.currency,
        sum(case when a.role = 'loan_principal' then t.closing else 0 end) as principal,
        sum(case when a.role = 'interest_receivable' then t.closing else 0 end) as interest,
        sum(case when a.role = 'fee_receivable' then t.closing else 0 end) as fees,
        sum(case when a.role = 'penalty_receivable' then t.closing else 0 end) as penalties,
        sum(case when a.role = 'borrower_credit' then -t.closing else 0 end) as credit
    from {{ source('daybook', 'trial_balance') }} t
    left join {{ source('daybook', 'accounts') }} a on a.business_date = t.business_date and a.account = t.account
    where t.business_date >= {{ daybook_from() }}
    group by t.business_date, t.currency
),

compared as (
    select
        coalesce(tape.business_date, ledger.business_date) as business_date,
        coalesce(tape.currency, ledger.currency) as currency,
        coalesce(tape.principal, 0) as principal, coalesce(ledger.principal, 0) as gl_principal,
        coalesce(tape.interest, 0) as interest, coalesce(ledger.interest, 0) as gl_interest,
        coalesce(tape.fees, 0) as fees, coalesce(ledger.fees, 0) as gl_fees,
        coalesce(tape.penalties, 0) as penalties, coalesce(ledger.penalties, 0) as gl_penalties,
        coalesce(tape.credit, 0) as credit, coalesce(ledger.credit, 0) as gl_credit
    from tape
    full outer join ledger on ledger.business_date = tape.business_date and ledger.currency = tape.currency
)

select c.*
from compared c
inner join {{ source('daybook', 'nights') }} n on n.business_date = c.business_date
where
    c.principal <> c.gl_principal or c.interest <> c.gl_interest or c.fees <> c.gl_fees
    or c.penalties <> c.gl_penalties or c.credit <> c.gl_credit
