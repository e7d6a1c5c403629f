-- Only feeds that say `expected = "hourly"`; hours before a feed's first file do not count.
{{ config(schema='facts') }}

with

feeds as (
    select * from {{ source('reference', 'feeds') }}
),

feed_hours as (
    select * from {{ source('build', 'feed_hours') }}
),

settings as (
    select * from {{ source('build', 'settings') }}
),

next_hours as (
    select
        feed_hours.feed_id,
        cast(feed_hours.drop_hour_at + interval '1' hour as timestamp) as gap_from_at,
        lead(feed_hours.drop_hour_at) over (
            partition by feed_hours.feed_id
            order by feed_hours.drop_hour_at
        ) as next_drop_hour_at
    from feed_hours
    inner join feeds on feed_hours.feed_id = feeds.feed_id
    where feeds.expected_code = 'hourly'
),

-- after the last file the gap reaches to as_of: the running hour is not missing yet
final as (
    select
        next_hours.feed_id,
        next_hours.gap_from_at,
        coalesce(next_hours.next_drop_hour_at, settings.as_of_at) as gap_to_at
    from next_hours
    cross join settings
    where coalesce(next_hours.next_drop_hour_at, settings.as_of_at) > next_hours.gap_from_at
)

select * from final
