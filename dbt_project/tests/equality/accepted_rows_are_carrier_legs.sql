-- Every accepted row of a replaced hour is one leg of one carrier's hour, known or not.
with

touched_hours as (
    {{ unchecked_periods() }}
),

accepted as (
    select
        hour_start_at,
        sum(leg_count) as leg_count
    from {{ ref('file_hours') }}
    where hour_start_at in (select touched_hours.period_start_at from touched_hours)
    group by hour_start_at
    having sum(leg_count) > 0
),

legs as (
    select
        hour_start_at,
        sum(attempt_count) as leg_count
    from {{ ref('leg_summary_hourly') }}
    where hour_start_at in (select touched_hours.period_start_at from touched_hours)
    group by hour_start_at
),

differing as (
    {{ rows_that_differ('accepted', 'legs') }}
)

select * from differing
