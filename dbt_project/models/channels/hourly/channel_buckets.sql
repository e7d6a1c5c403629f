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
    select * from {{ ref('int_names') }}
),

customers as (
    select * from names where name_kind_code = 'customer'
),

destinations as (
    select * from names where name_kind_code = 'destination'
),

carriers as (
    select * from names where name_kind_code = 'carrier'
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

-- equality alone: a join on which scope it is as well would compare every row with every name
numbered as (
    select
        buckets.*,
        case when scope_number in (2, 4) then holder_number else 0 end as customer_number,
        case when scope_number = 3 then holder_number else 0 end as carrier_number
    from buckets
),

final as (
    select
        cast({{ second_to_instant('numbered.bucket_second') }} as timestamp) as bucket_start_at,
        numbered.grain_code,
        case numbered.scope_number
            when 1 then 'total'
            when 2 then 'customer'
            when 3 then 'carrier'
            else 'customer_destination'
        end as scope_code,
        customers.name as customer_id,
        carriers.name as carrier_id,
        destinations.name as destination_name,
        cast(numbered.peak_channels as bigint) as peak_channels,
        numbered.channel_seconds
    from numbered
    left join customers on numbered.customer_number = customers.name_number
    left join carriers on numbered.carrier_number = carriers.name_number
    left join destinations on numbered.destination_number = destinations.name_number
)

select * from final
