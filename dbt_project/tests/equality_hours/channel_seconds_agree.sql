-- Per hour just computed: the seconds held are those of the intervals, whichever way they are grouped.
with

channel_hours as (
    select * from {{ source('inputs', 'channel_hours') }}
),

buckets as (
    select * from {{ ref('channel_buckets') }}
    where {{ in_channel_hours('bucket_start_at', 'channel_hours') }}
),

pieces as (
    select
        cast({{ second_to_instant('cast(hour_number as bigint) * 3600') }} as timestamp) as hour_start_at,
        sum(case when is_call then cast(to_second as bigint) - from_second else 0 end) as call_seconds,
        sum(case when is_call then 0 else cast(to_second as bigint) - from_second end) as leg_seconds
    from {{ ref('channel_pieces') }}
    group by hour_number
),

by_hour as (
    select
        {{ time_bucket_start('hour', 'bucket_start_at') }} as hour_start_at,
        sum(case when scope_code = 'total' and grain_code = 'hour' then channel_seconds else 0 end) as total_seconds,
        sum(case when scope_code = 'total' and grain_code = 'minute' then channel_seconds end) as total_minute_seconds,
        sum(case when scope_code = 'customer' and grain_code = 'hour' then channel_seconds else 0 end)
            as customer_seconds,
        sum(case when scope_code = 'customer' and grain_code = 'minute' then channel_seconds end)
            as customer_minute_seconds,
        sum(case when scope_code = 'customer_destination' then channel_seconds else 0 end) as destination_seconds,
        sum(case when scope_code = 'carrier' and grain_code = 'hour' then channel_seconds else 0 end)
            as carrier_seconds,
        sum(case when scope_code = 'carrier' and grain_code = 'minute' then channel_seconds end)
            as carrier_minute_seconds
    from buckets
    group by {{ time_bucket_start('hour', 'bucket_start_at') }}
),

final as (
    select
        coalesce(pieces.hour_start_at, by_hour.hour_start_at) as hour_start_at,
        coalesce(pieces.call_seconds, 0) as call_seconds,
        coalesce(pieces.leg_seconds, 0) as leg_seconds,
        by_hour.total_seconds,
        by_hour.total_minute_seconds,
        by_hour.customer_seconds,
        by_hour.customer_minute_seconds,
        by_hour.destination_seconds,
        by_hour.carrier_seconds,
        by_hour.carrier_minute_seconds
    from pieces
    full join by_hour on pieces.hour_start_at = by_hour.hour_start_at
)

select * from final
where
    coalesce(total_seconds, 0) != call_seconds
    or coalesce(customer_seconds, 0) != call_seconds
    or coalesce(destination_seconds, 0) != call_seconds
    or coalesce(carrier_seconds, 0) != leg_seconds
    or coalesce(total_minute_seconds, call_seconds) != call_seconds
    or coalesce(customer_minute_seconds, call_seconds) != call_seconds
    or coalesce(carrier_minute_seconds, leg_seconds) != leg_seconds
