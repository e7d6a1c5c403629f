-- Events +1 and -1 summed per second (an end in a second frees its channel before a start takes one), then added up.
-- Every piece ends within its hour, so each hour begins with none and its last event leaves none.
with

pieces as (
    select * from {{ ref('channel_pieces') }}
),

events as (
    select
        pieces.*,
        from_second as second_of_hour,
        cast(1 as integer) as channel_change
    from pieces
    union all
    select
        pieces.*,
        to_second as second_of_hour,
        cast(-1 as integer) as channel_change
    from pieces
),

total_changes as (
    select
        cast(1 as tinyint) as scope_number,
        cast(0 as integer) as holder_number,
        hour_number,
        second_of_hour,
        cast(sum(channel_change) as integer) as channel_change
    from events
    where is_call
    group by hour_number, second_of_hour
),

customer_changes as (
    select
        cast(2 as tinyint) as scope_number,
        customer_number as holder_number,
        hour_number,
        second_of_hour,
        cast(sum(channel_change) as integer) as channel_change
    from events
    where is_call
    group by customer_number, hour_number, second_of_hour
),

carrier_changes as (
    select
        cast(3 as tinyint) as scope_number,
        carrier_number as holder_number,
        hour_number,
        second_of_hour,
        cast(sum(channel_change) as integer) as channel_change
    from events
    where not is_call
    group by carrier_number, hour_number, second_of_hour
),

changes as (
    select * from total_changes
    union all
    select * from customer_changes
    union all
    select * from carrier_changes
),

states as (
    select
        scope_number,
        holder_number,
        hour_number,
        second_of_hour as from_second,
        lead(second_of_hour) over (
            partition by scope_number, holder_number, hour_number
            order by second_of_hour
        ) as to_second,
        cast(sum(channel_change) over (
            partition by scope_number, holder_number, hour_number
            order by second_of_hour
            rows between unbounded preceding and current row
        ) as integer) as channel_count
    from changes
),

final as (
    select * from states
    where channel_count > 0
)

select * from final
