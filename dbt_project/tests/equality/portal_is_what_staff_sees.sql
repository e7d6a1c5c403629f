-- The portal's days are those of every known customer, and no others, where an hour of them was replaced.
with

touched_days as (
    {{ unchecked_periods('day') }}
),

staff as (
    select
        customer_id,
        period_start_at,
        attempt_count,
        charge_amount,
        uninvoiced_amount
    from {{ ref('customer_summary_daily') }}
    where
        customer_id is not null
        and period_start_at in (select touched_days.period_start_at from touched_days)
),

portal as (
    select
        customer_id,
        period_start_at,
        attempt_count,
        charge_amount,
        uninvoiced_amount
    from {{ ref('portal_customer_summary_daily') }}
    where period_start_at in (select touched_days.period_start_at from touched_days)
),

differing as (
    {{ rows_that_differ('staff', 'portal') }}
)

select * from differing
