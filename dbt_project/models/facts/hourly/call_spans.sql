-- Calls and legs that hold a channel beyond the end of their own hour: what a later chunk must know of hours it
-- leaves alone.
with

calls as (
    select * from {{ ref('int_rated_calls') }}
),

legs as (
    select * from {{ ref('int_rated_legs') }}
),

rows_read as (
    select * from {{ ref('stg_legs') }}
),

names as (
    select * from {{ ref('int_names') }}
),

customers as (
    select * from names where name_kind_code = 'customer'
),

carriers as (
    select * from names where name_kind_code = 'carrier'
),

destinations as (
    select * from names where name_kind_code = 'destination'
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

spans as (
    select
        hour_start_at,
        'call' as interval_kind_code,
        call_key as leg_key,
        customer_number,
        0 as carrier_number,
        sell_destination_number as destination_number,
        channel_from_second,
        channel_to_second,
        setup_at
    from calls
    union all
    select
        hour_start_at,
        'leg' as interval_kind_code,
        leg_key,
        customer_number,
        carrier_number,
        sell_destination_number as destination_number,
        channel_from_second,
        channel_to_second,
        setup_at
    from legs
    where hour_start_at in (select hours.hour_start_at from hours)
),

long_spans as (
    select * from spans
    where channel_to_second > {{ epoch_second('hour_start_at') }} + 3600
),

final as (
    select
        long_spans.hour_start_at,
        long_spans.interval_kind_code,
        rows_read.feed_id,
        rows_read.call_id,
        case when long_spans.interval_kind_code = 'leg' then rows_read.leg_id end as leg_id,
        customers.name as customer_id,
        carriers.name as carrier_id,
        destinations.name as destination_name,
        cast({{ second_to_instant('long_spans.channel_from_second') }} as timestamp) as from_at,
        cast({{ second_to_instant('long_spans.channel_to_second') }} as timestamp) as to_at,
        long_spans.setup_at
    from long_spans
    inner join rows_read on long_spans.leg_key = rows_read.leg_key
    left join customers on long_spans.customer_number = customers.name_number
    left join carriers on long_spans.carrier_number = carriers.name_number
    left join destinations on long_spans.destination_number = destinations.name_number
)

select * from final
