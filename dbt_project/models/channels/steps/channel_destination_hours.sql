-- Customer and destination by hour only: most of them hold one call an hour, and by the minute there would be more rows
-- than calls. A lone call's peak is 1; only the others need their events in order.
with

pieces as (
    select * from {{ ref('channel_pieces') }}
    where is_call
),

held as (
    select
        customer_number,
        destination_number,
        hour_number,
        cast(count(*) as bigint) as piece_count,
        cast(sum(cast(to_second as bigint) - from_second) as bigint) as channel_seconds
    from pieces
    group by customer_number, destination_number, hour_number
),

shared_pieces as (
    select pieces.*
    from pieces
    inner join held
        on
            pieces.customer_number = held.customer_number
            and pieces.destination_number = held.destination_number
            and pieces.hour_number = held.hour_number
    where held.piece_count > 1
),

events as (
    select
        customer_number,
        destination_number,
        hour_number,
        from_second as second_of_hour,
        1 as channel_change
    from shared_pieces
    union all
    select
        customer_number,
        destination_number,
        hour_number,
        to_second as second_of_hour,
        -1 as channel_change
    from shared_pieces
),

-- the frame holds all events of a second: what ends in it frees its channel for what starts in it
states as (
    select
        customer_number,
        destination_number,
        hour_number,
        cast(sum(channel_change) over (
            partition by customer_number, destination_number, hour_number
            order by second_of_hour
            range between unbounded preceding and current row
        ) as integer) as channel_count
    from events
),

peaks as (
    select
        customer_number,
        destination_number,
        hour_number,
        max(channel_count) as peak_channels
    from states
    group by customer_number, destination_number, hour_number
),

final as (
    select
        held.customer_number,
        held.destination_number,
        held.hour_number,
        coalesce(peaks.peak_channels, 1) as peak_channels,
        held.channel_seconds
    from held
    left join peaks
        on
            held.customer_number = peaks.customer_number
            and held.destination_number = peaks.destination_number
            and held.hour_number = peaks.hour_number
)

select * from final
