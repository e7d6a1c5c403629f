-- The days touched by the hours of this chunk, added up whole from their hours.
{{ config(schema='marts') }}

with

hours as (
    select * from {{ ref('leg_summary_hourly') }}
),

touched_days as (
    select distinct {{ time_bucket_start('day', 'hour_start_at') }} as day_start_at
    from {{ source('inputs', 'hours') }}
),

touched_hours as (
    {{ hours_of_days('touched_days') }}
),

hours_of_days as (
    select
        hours.*,
        {{ time_bucket_start('day', 'hours.hour_start_at') }} as day_start_at
    from hours
    where hours.hour_start_at in (select touched_hours.hour_start_at from touched_hours)
),

final as (
    select
        day_start_at,
        carrier_id,
        buy_destination_name,
        cost_currency_code,
        {{ sum_measures('carrier') }}
    from hours_of_days
    group by day_start_at, carrier_id, buy_destination_name, cost_currency_code
)

select * from final
