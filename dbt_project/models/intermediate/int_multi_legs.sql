-- Legs of calls with more than one row, in the order that counts, without duplicates and conflicts.
with

multi_row_legs as (
    select * from {{ ref('int_multi_row_legs') }}
),

repeated_legs as (
    select * from {{ ref('int_repeated_legs') }}
),

settings as (
    select * from {{ source('build', 'settings') }}
),

accepted as (
    select
        multi_row_legs.*,
        lag(multi_row_legs.setup_at) over (
            partition by multi_row_legs.chain_key
            order by multi_row_legs.setup_at, multi_row_legs.leg_key
        ) as previous_setup_at
    from multi_row_legs
    left join repeated_legs on multi_row_legs.leg_key = repeated_legs.leg_key
    where coalesce(repeated_legs.row_kind_code, 'kept') = 'kept'
),

-- a leg that starts long after the one before begins another call
cut as (
    select
        accepted.*,
        sum(
            case
                when
                    {{ micros_between('accepted.previous_setup_at', 'accepted.setup_at') }}
                    > settings.call_spread_seconds * 1000000
                    then 1
                else 0
            end
        ) over (
            partition by accepted.chain_key
            order by accepted.setup_at, accepted.leg_key
            rows between unbounded preceding and current row
        ) as piece_number,
        -- the spread of an earlier use counts only for a day: an hour must not depend on all of history
        {{ micros_between('accepted.previous_setup_at', 'accepted.setup_at') }}
        > settings.call_spread_seconds * 1000000
        and {{ micros_between('accepted.previous_setup_at', 'accepted.setup_at') }}
        <= cast({{ call_id_memory_seconds() }} as bigint) * 1000000 as begins_reuse
    from accepted
    cross join settings
),

placed as (
    select
        cut.*,
        row_number() over (
            partition by chain_key, piece_number
            order by leg_number, setup_at, leg_id, leg_key
        ) as leg_place,
        first_value(leg_key) over (
            partition by chain_key, piece_number
            order by leg_number, setup_at, leg_id, leg_key
            rows between unbounded preceding and current row
        ) as call_key
    from cut
),

final as (
    select
        leg_key,
        call_key,
        cast(leg_place as bigint) as leg_place,
        coalesce(begins_reuse, false) as begins_reuse,
        setup_at,
        ringing_at,
        ended_at,
        is_answered
    from placed
)

select * from final
