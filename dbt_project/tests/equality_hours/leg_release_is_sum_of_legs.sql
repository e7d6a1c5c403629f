-- leg_release_hourly holds each rated leg of this chunk once.
with

legs as (
    select
        hour_start_at,
        carrier_id,
        is_answered,
        count(*) as attempt_count
    from {{ ref('rated_legs') }}
    group by hour_start_at, carrier_id, is_answered
),

releases as (
    select
        releases.hour_start_at,
        releases.carrier_id,
        releases.is_answered,
        sum(releases.attempt_count) as attempt_count
    from {{ ref('leg_release_hourly') }} as releases
    inner join {{ source('inputs', 'hours') }} as hours on releases.hour_start_at = hours.hour_start_at
    group by releases.hour_start_at, releases.carrier_id, releases.is_answered
),

differing as (
    {{ rows_that_differ('legs', 'releases') }}
)

select * from differing
