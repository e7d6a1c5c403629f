with

settings as (
    select * from {{ source('build', 'settings') }}
),

feed_hours as (
    select * from {{ source('build', 'feed_hours') }}
),

feeds as (
    select * from {{ source('reference', 'feeds') }}
),

newest as (
    select
        feed_id,
        max(drop_hour_at) as newest_drop_hour_at
    from feed_hours
    group by feed_id
),

final as (
    select
        feeds.feed_id,
        feeds.expected_code,
        settings.as_of_at,
        newest.newest_drop_hour_at,
        cast(
            {{ idiv(micros_between('newest.newest_drop_hour_at', 'settings.as_of_at'), 3600000000) }} as bigint
        ) as hours_behind_count
    from feeds
    cross join settings
    left join newest on feeds.feed_id = newest.feed_id
)

select * from final
