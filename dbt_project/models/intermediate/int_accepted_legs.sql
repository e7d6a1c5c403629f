{{ config(materialized='view') }}

with

legs as (
    select * from {{ ref('stg_legs') }}
),

multi_row_legs as (
    select * from {{ ref('int_multi_row_legs') }}
),

multi_legs as (
    select * from {{ ref('int_multi_legs') }}
),

multi_calls as (
    select * from {{ ref('int_multi_calls') }}
),

feeds as (
    select * from {{ source('reference', 'feeds') }}
),

-- every row of a call with several rows: with its place, or without where it is a duplicate or a conflict
places as (
    select
        multi_row_legs.leg_key,
        multi_legs.call_key,
        multi_legs.leg_place,
        multi_calls.setup_at as call_setup_at,
        coalesce(multi_legs.is_answered and multi_legs.leg_key != multi_calls.status_leg_key, false)
            as is_further_answered
    from multi_row_legs
    left join multi_legs on multi_row_legs.leg_key = multi_legs.leg_key
    left join multi_calls on multi_legs.call_key = multi_calls.call_key
),

final as (
    select
        legs.*,
        coalesce(places.call_key, legs.leg_key) as call_key,
        coalesce(places.leg_place, 1) as leg_place,
        coalesce(places.call_setup_at, legs.setup_at) as call_setup_at,
        coalesce(places.is_further_answered, false) as is_further_answered,
        -- rows of a feed that the configuration no longer knows keep the default bound of 24 hours
        coalesce(feeds.talk_time_over_maximum_ms, 86400000) as maximum_ms,
        legs.is_answered
        and legs.answered_ms > coalesce(feeds.talk_time_over_maximum_ms, 86400000) as is_over_maximum
    from legs
    left join places on legs.leg_key = places.leg_key
    left join feeds on legs.feed_id = feeds.feed_id
    where places.leg_key is null or places.call_key is not null
)

select * from final
