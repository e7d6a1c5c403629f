-- What this chunk made itself, and what neighbouring hours reach in with; nothing where both ends fall in one second.
{{ config(materialized='view') }}

with

calls as (
    select * from {{ ref('int_rated_calls') }}
),

legs as (
    select * from {{ ref('int_rated_legs') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

neighbour_intervals as (
    select * from {{ source('inputs', 'neighbour_intervals') }}
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

intervals as (
    select
        true as is_call,
        customer_number,
        sell_destination_number as destination_number,
        0 as carrier_number,
        channel_from_second as from_second,
        channel_to_second as to_second
    from calls
    union all
    select
        false as is_call,
        0 as customer_number,
        0 as destination_number,
        carrier_number,
        channel_from_second as from_second,
        channel_to_second as to_second
    from legs
    where hour_start_at in (select hours.hour_start_at from hours)
    union all
    select
        neighbour_intervals.interval_kind_code = 'call' as is_call,
        coalesce(customers.name_number, 0) as customer_number,
        coalesce(destinations.name_number, 0) as destination_number,
        coalesce(carriers.name_number, 0) as carrier_number,
        cast({{ epoch_second('neighbour_intervals.from_at') }} as bigint) as from_second,
        cast({{ epoch_second('neighbour_intervals.to_at') }} as bigint) as to_second
    from neighbour_intervals
    left join customers on neighbour_intervals.customer_id = customers.name
    left join destinations on neighbour_intervals.destination_name = destinations.name
    left join carriers on neighbour_intervals.carrier_id = carriers.name
),

final as (
    select * from intervals
    where from_second < to_second
)

select * from final
