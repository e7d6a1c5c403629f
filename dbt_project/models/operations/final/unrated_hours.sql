with

unrated as (
    select * from {{ ref('unrated_hourly') }}
),

customers as (
    select * from {{ source('reference', 'customers') }}
),

carriers as (
    select * from {{ source('reference', 'carriers') }}
),

final as (
    select
        unrated.hour_start_at,
        unrated.side_code,
        unrated.customer_id,
        unrated.carrier_id,
        case unrated.side_code
            when 'sell' then {{ party_name('unrated', 'customer') }}
            else {{ party_name('unrated', 'carrier') }}
        end as party_name,
        unrated.rate_card_id,
        unrated.unrated_reason_code,
        unrated.unrated_count,
        unrated.talk_seconds
    from unrated
    left join customers on unrated.customer_id = customers.customer_id
    left join carriers on unrated.carrier_id = carriers.carrier_id
)

select * from final
