-- Minutes that have become too old leave with the settings, before the fact loses them.
with

buckets as (
    select * from {{ ref('channel_buckets') }}
),

settings as (
    select * from {{ source('build', 'settings') }}
),

final as (
    select
        buckets.bucket_start_at,
        buckets.grain_code,
        buckets.scope_code,
        buckets.customer_id,
        buckets.carrier_id,
        buckets.destination_name,
        buckets.peak_channels,
        case buckets.grain_code
            when 'hour' then {{ ratio('buckets.channel_seconds', '3600', precision=18) }}
            else {{ ratio('buckets.channel_seconds', '60', precision=18) }}
        end as mean_channels
    from buckets
    cross join settings
    where buckets.grain_code = 'hour' or buckets.bucket_start_at >= settings.minute_grain_from_at
)

select * from final
