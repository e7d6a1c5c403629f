-- Intervals cut at the edges of hours: hours then need nothing from each other, and a second of one is a small integer.
with

intervals as (
    select * from {{ ref('channel_intervals') }}
),

names as (
    select * from {{ ref('channel_names') }}
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

hour_numbers as (
    select cast({{ idiv(epoch_second('hour_start_at'), 3600) }} as integer) as hour_number
    from {{ source('inputs', 'channel_hours') }}
),

numbered as (
    select
        intervals.interval_kind_code = 'call' as is_call,
        coalesce(customers.name_number, 0) as customer_number,
        coalesce(destinations.name_number, 0) as destination_number,
        coalesce(carriers.name_number, 0) as carrier_number,
        intervals.from_second,
        intervals.to_second,
        cast({{ idiv('intervals.from_second', 3600) }} as integer) as first_hour_number,
        cast({{ idiv('(intervals.to_second - 1)', 3600) }} as integer) as last_hour_number
    from intervals
    left join customers on intervals.customer_id = customers.name
    left join destinations on intervals.destination_name = destinations.name
    left join carriers on intervals.carrier_id = carriers.name
),

by_hour as (
    select
        numbered.*,
        first_hour_number as hour_number
    from numbered
    where first_hour_number = last_hour_number
    union all
    select
        numbered.*,
        cast({{ explode_numbers('first_hour_number', 'last_hour_number') }} as integer) as hour_number
    from numbered
    where first_hour_number < last_hour_number
),

final as (
    select
        is_call,
        customer_number,
        destination_number,
        carrier_number,
        hour_number,
        cast(greatest(from_second - cast(hour_number as bigint) * 3600, 0) as smallint) as from_second,
        cast(least(to_second - cast(hour_number as bigint) * 3600, 3600) as smallint) as to_second
    from by_hour
    where hour_number in (select hour_numbers.hour_number from hour_numbers)
)

select * from final
