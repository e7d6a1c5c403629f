-- The portal's days are those of every known customer, and no others.
with

staff as (
    select
        customer_id,
        period_start_at,
        attempt_count,
        charge_amount,
        uninvoiced_amount
    from {{ ref('customer_summary_daily') }}
    where customer_id is not null
),

portal as (
    select
        customer_id,
        period_start_at,
        attempt_count,
        charge_amount,
        uninvoiced_amount
    from {{ ref('portal_customer_summary_daily') }}
),

differing as (
    {{ rows_that_differ('staff', 'portal') }}
)

select * from differing
