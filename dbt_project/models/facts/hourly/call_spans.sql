-- Calls and legs that hold a channel beyond the end of their own hour: what a later chunk must know of hours it
-- leaves alone.
with

calls as (
    select * from {{ ref('rated_calls') }}
),

legs as (
    select * from {{ ref('rated_legs') }}
),

final as (
    select
        hour_start_at,
        'call' as interval_kind_code,
        feed_id,
        call_id,
        cast(null as {{ type_text() }}) as leg_id,
        customer_id,
        cast(null as {{ type_text() }}) as carrier_id,
        sell_destination_name as destination_name,
        channel_from_at as from_at,
        channel_to_at as to_at,
        setup_at
    from calls
    where channel_to_at > {{ add_seconds('hour_start_at', 3600) }}
    union all
    select
        hour_start_at,
        'leg' as interval_kind_code,
        feed_id,
        call_id,
        leg_id,
        customer_id,
        carrier_id,
        sell_destination_name as destination_name,
        channel_from_at as from_at,
        channel_to_at as to_at,
        setup_at
    from legs
    where channel_to_at > {{ add_seconds('hour_start_at', 3600) }}
)

select * from final
