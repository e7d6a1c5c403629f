with

calls as (
    select * from {{ ref('int_rated_calls') }}
    where unrated_reason_code is not null
),

legs as (
    select * from {{ ref('int_rated_legs') }}
    where unrated_reason_code is not null
),

customers as (
    select * from {{ ref('int_party_windows') }}
),

carriers as (
    select * from {{ ref('int_party_windows') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

final as (
    select
        calls.hour_start_at,
        'sell' as side_code,
        customers.party_id as customer_id,
        cast(null as {{ type_text() }}) as carrier_id,
        customers.rate_card_id,
        calls.unrated_reason_code,
        cast(count(*) as bigint) as unrated_count,
        {{ ms_to_seconds('sum(calls.talk_ms)') }} as talk_seconds
    from calls
    left join customers on calls.customer_key = customers.party_key
    group by calls.hour_start_at, customers.party_id, customers.rate_card_id, calls.unrated_reason_code
    union all
    select
        legs.hour_start_at,
        'buy' as side_code,
        cast(null as {{ type_text() }}) as customer_id,
        carriers.party_id as carrier_id,
        carriers.rate_card_id,
        legs.unrated_reason_code,
        cast(count(*) as bigint) as unrated_count,
        {{ ms_to_seconds('sum(legs.talk_ms)') }} as talk_seconds
    from legs
    left join carriers on legs.carrier_key = carriers.party_key
    where legs.hour_start_at in (select hours.hour_start_at from hours)
    group by legs.hour_start_at, carriers.party_id, carriers.rate_card_id, legs.unrated_reason_code
)

select * from final
