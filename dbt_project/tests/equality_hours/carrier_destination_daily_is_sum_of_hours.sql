-- carrier_destination_daily is leg_summary_hourly by day, without customers.
with

touched_days as (
    select distinct {{ time_bucket_start('day', 'hour_start_at') }} as day_start_at
    from {{ source('inputs', 'hours') }}
),

touched_hours as (
    {{ hours_of_days('touched_days') }}
),

hours as (
    select
        *,
        {{ time_bucket_start('day', 'hour_start_at') }} as day_start_at
    from {{ ref('leg_summary_hourly') }}
    where hour_start_at in (select touched_hours.hour_start_at from touched_hours)
),

fact as (
    select
        day_start_at,
        carrier_id,
        buy_destination_name,
        cost_currency_code,
        sum(attempt_count) as attempt_count,
        sum(answer_count) as answer_count,
        sum(talk_seconds) as talk_seconds,
        sum(billed_seconds) as billed_seconds,
        sum(cost_amount) as cost_amount,
        sum(unrated_count) as unrated_count
    from hours
    group by day_start_at, carrier_id, buy_destination_name, cost_currency_code
),

added as (
    select
        day_start_at,
        carrier_id,
        buy_destination_name,
        cost_currency_code,
        sum(attempt_count) as attempt_count,
        sum(answer_count) as answer_count,
        sum(talk_seconds) as talk_seconds,
        sum(billed_seconds) as billed_seconds,
        sum(cost_amount) as cost_amount,
        sum(unrated_count) as unrated_count
    from {{ ref('carrier_destination_daily') }}
    where day_start_at in (select touched_days.day_start_at from touched_days)
    group by day_start_at, carrier_id, buy_destination_name, cost_currency_code
),

differing as (
    {{ rows_that_differ('fact', 'added') }}
)

select * from differing
