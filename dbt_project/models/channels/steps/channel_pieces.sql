-- Intervals cut at the edges of hours: hours then need nothing from each other, and a second of one is a small integer.
with

intervals as (
    select * from {{ ref('channel_intervals') }}
),

hour_numbers as (
    select cast({{ idiv(epoch_second('hour_start_at'), 3600) }} as integer) as hour_number
    from {{ source('inputs', 'channel_hours') }}
),

numbered as (
    select
        intervals.*,
        cast({{ idiv('from_second', 3600) }} as integer) as first_hour_number,
        cast({{ idiv('(to_second - 1)', 3600) }} as integer) as last_hour_number
    from intervals
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
