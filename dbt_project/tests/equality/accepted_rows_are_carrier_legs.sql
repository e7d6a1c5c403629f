-- Every accepted row is one leg of one carrier's hour, known or not.
with

accepted as (
    select
        hour_start_at,
        sum(leg_count) as leg_count
    from {{ ref('file_hours') }}
    group by hour_start_at
    having sum(leg_count) > 0
),

legs as (
    select
        hour_start_at,
        sum(attempt_count) as leg_count
    from {{ ref('leg_summary_hourly') }}
    group by hour_start_at
),

differing as (
    {{ rows_that_differ('accepted', 'legs') }}
)

select * from differing
