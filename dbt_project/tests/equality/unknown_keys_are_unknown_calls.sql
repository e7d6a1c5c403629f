-- Calls under keys that map to nobody are the calls of the unknown customer, in every replaced hour.
with

touched_hours as (
    {{ unchecked_periods() }}
),

by_key as (
    select
        hour_start_at,
        sum(attempt_count) as attempt_count,
        sum(answer_count) as answer_count
    from {{ ref('unknown_keys_hourly') }}
    where hour_start_at in (select touched_hours.period_start_at from touched_hours)
    group by hour_start_at
),

by_customer as (
    select
        hour_start_at,
        sum(attempt_count) as attempt_count,
        sum(answer_count) as answer_count
    from {{ ref('call_summary_hourly') }}
    where
        customer_id is null
        and hour_start_at in (select touched_hours.period_start_at from touched_hours)
    group by hour_start_at
),

differing as (
    {{ rows_that_differ('by_key', 'by_customer') }}
)

select * from differing
