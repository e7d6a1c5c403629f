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
        'sell' as side_code,
        customer_id,
        cast(null as {{ type_text() }}) as carrier_id,
        rate_card_id,
        unrated_reason_code,
        cast(count(*) as bigint) as unrated_count,
        cast(sum(talk_seconds) as decimal(18, 3)) as talk_seconds
    from calls
    where unrated_reason_code is not null
    group by hour_start_at, customer_id, rate_card_id, unrated_reason_code
    union all
    select
        hour_start_at,
        'buy' as side_code,
        cast(null as {{ type_text() }}) as customer_id,
        carrier_id,
        rate_card_id,
        unrated_reason_code,
        cast(count(*) as bigint) as unrated_count,
        cast(sum(talk_seconds) as decimal(18, 3)) as talk_seconds
    from legs
    where unrated_reason_code is not null
    group by hour_start_at, carrier_id, rate_card_id, unrated_reason_code
)

select * from final
