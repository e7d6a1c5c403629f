-- Graphs of months draw these rows and not the many more of the fact.
with

summary as (
    select * from {{ ref('leg_summary_hourly') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

final as (
    select
        hour_start_at,
        carrier_id,
        cost_currency_code,
        {{ sum_measures('carrier') }}
    from summary
    where hour_start_at in (select hours.hour_start_at from hours)
    group by hour_start_at, carrier_id, cost_currency_code
)

select * from final
