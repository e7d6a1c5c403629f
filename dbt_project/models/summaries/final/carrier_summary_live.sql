-- The 24 hour buckets whose last is [as_of, as_of + 1 h).
{{ config(materialized='table') }}

with

hours as (
    select * from {{ ref('leg_summary_hourly') }}
),

live_window as (
    select
        as_of_at - interval '23' hour as live_from_at,
        as_of_at as live_to_at
    from {{ source('build', 'settings') }}
),

live_hours as (
    select hours.*
    from hours
    inner join live_window
        on
            hours.hour_start_at >= live_window.live_from_at
            and hours.hour_start_at <= live_window.live_to_at
),

summed as (
    select
        carrier_id,
        cost_currency_code as currency_code,
        hour_start_at as period_start_at,
        cast(hour_start_at + interval '1' hour as timestamp) as period_end_at,
        {{ sum_measures('carrier') }}
    from live_hours
    group by carrier_id, cost_currency_code, hour_start_at
),

{{ carrier_summary() }}
