-- Minutes of the hours young enough for them; a span that covers whole minutes without an event gives each its row.
with

spans as (
    select * from {{ ref('channel_spans') }}
),

settings as (
    select cast({{ idiv(epoch_second('minute_grain_from_at'), 3600) }} as integer) as minute_grain_from_hour
    from {{ source('build', 'settings') }}
),

spans_in_minutes as (
    select
        spans.*,
        cast({{ idiv('spans.from_second', 60) }} as integer) as first_minute,
        cast({{ idiv('(spans.to_second - 1)', 60) }} as integer) as last_minute
    from spans
    cross join settings
    where spans.hour_number >= settings.minute_grain_from_hour
),

by_minute as (
    select
        spans_in_minutes.*,
        first_minute as minute_of_hour
    from spans_in_minutes
    where first_minute = last_minute
    union all
    select
        spans_in_minutes.*,
        cast({{ explode_numbers('first_minute', 'last_minute') }} as integer) as minute_of_hour
    from spans_in_minutes
    where first_minute < last_minute
),

final as (
    select
        scope_number,
        holder_number,
        hour_number,
        minute_of_hour,
        max(channel_count) as peak_channels,
        cast(sum(
            cast(channel_count as bigint)
            * (least(to_second, minute_of_hour * 60 + 60) - greatest(from_second, minute_of_hour * 60))
        ) as bigint) as channel_seconds
    from by_minute
    group by scope_number, holder_number, hour_number, minute_of_hour
)

select * from final
