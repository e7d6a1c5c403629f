-- What this chunk made itself, and what neighbouring hours reach in with; nothing where both ends fall in one second.
{{ config(materialized='view') }}

with

calls as (
    select * from {{ ref('rated_calls') }}
),

legs as (
    select * from {{ ref('rated_legs') }}
),

neighbour_intervals as (
    select * from {{ source('inputs', 'neighbour_intervals') }}
),

intervals as (
    select
        'call' as interval_kind_code,
        customer_id,
        cast(null as {{ type_text() }}) as carrier_id,
        sell_destination_name as destination_name,
        channel_from_at as from_at,
        channel_to_at as to_at
    from calls
    union all
    select
        'leg' as interval_kind_code,
        cast(null as {{ type_text() }}) as customer_id,
        carrier_id,
        cast(null as {{ type_text() }}) as destination_name,
        channel_from_at as from_at,
        channel_to_at as to_at
    from legs
    union all
    select
        interval_kind_code,
        customer_id,
        carrier_id,
        destination_name,
        from_at,
        to_at
    from neighbour_intervals
),

in_seconds as (
    select
        interval_kind_code,
        customer_id,
        carrier_id,
        destination_name,
        cast({{ epoch_second('from_at') }} as bigint) as from_second,
        cast({{ epoch_second('to_at') }} as bigint) as to_second
    from intervals
),

final as (
    select * from in_seconds
    where from_second < to_second
)

select * from final
