-- The portal's hours are those of every known customer, and no others, where they were replaced.
with

unchecked_hours as (
    select * from {{ source('build', 'unchecked_hours') }}
),

staff as (
    select
        hour_start_at,
        customer_id,
        currency_code,
        sum(attempt_count) as attempt_count,
        sum(answer_count) as answer_count,
        sum(talk_seconds) as talk_seconds,
        sum(charge_amount) as charge_amount
    from {{ ref('call_summary_hourly') }}
    where
        customer_id is not null
        and hour_start_at in (select unchecked_hours.hour_start_at from unchecked_hours)
    group by hour_start_at, customer_id, currency_code
),

portal as (
    select
        hour_start_at,
        customer_id,
        currency_code,
        sum(attempt_count) as attempt_count,
        sum(answer_count) as answer_count,
        sum(talk_seconds) as talk_seconds,
        sum(charge_amount) as charge_amount
    from {{ ref('portal_call_summary_hourly') }}
    where hour_start_at in (select unchecked_hours.hour_start_at from unchecked_hours)
    group by hour_start_at, customer_id, currency_code
),

differing as (
    {{ rows_that_differ('staff', 'portal') }}
)

select * from differing
