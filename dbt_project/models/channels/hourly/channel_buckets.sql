{{ config(
    schema='facts',
    database=target.database,
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ delete_channel_hours() }}',
) }}

with

spans as (
    select * from {{ ref('channel_spans') }}
),

minutes as (
    select * from {{ ref('channel_minutes') }}
),

destination_hours as (
    select * from {{ ref('channel_destination_hours') }}
),

names as (
    select * from {{ ref('channel_names') }}
),

buckets as (
    select
        'hour' as grain_code,
        scope_number,
        holder_number,
        cast(0 as integer) as destination_number,
        cast(hour_number as bigint) * 3600 as bucket_second,
        max(channel_count) as peak_channels,
        cast(sum(cast(channel_count as bigint) * (to_second - from_second)) as bigint) as channel_seconds
    from spans
    group by scope_number, holder_number, hour_number
    union all
    select
        'minute' as grain_code,
        scope_number,
        holder_number,
        cast(0 as integer) as destination_number,
        cast(hour_number as bigint) * 3600 + minute_of_hour * 60 as bucket_second,
        peak_channels,
        channel_seconds
    from minutes
    union all
    select
        'hour' as grain_code,
        cast(4 as tinyint) as scope_number,
        customer_number as holder_number,
        destination_number,
        cast(hour_number as bigint) * 3600 as bucket_second,
        peak_channels,
        channel_seconds
    from destination_hours
),

final as (
    select
        cast({{ second_to_instant('buckets.bucket_second') }} as timestamp) as bucket_start_at,
        buckets.grain_code,
        case buckets.scope_number
            when 1 then 'total'
            when 2 then 'customer'
            when 3 then 'carrier'
            else 'customer_destination'
        end as scope_code,
        customers.name as customer_id,
        carriers.name as carrier_id,
        destinations.name as destination_name,
        cast(buckets.peak_channels as bigint) as peak_channels,
        buckets.channel_seconds
    from buckets
    left join names as customers
        on
            buckets.holder_number = customers.name_number
            and customers.name_kind_code = 'customer'
            and buckets.scope_number in (2, 4)
    left join names as carriers
        on
            buckets.holder_number = carriers.name_number
            and carriers.name_kind_code = 'carrier'
            and buckets.scope_number = 3
    left join names as destinations
        on
            buckets.destination_number = destinations.name_number
            and destinations.name_kind_code = 'destination'
            and buckets.scope_number = 4
)

select * from final
