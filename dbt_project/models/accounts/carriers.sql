with

carriers as (
    select * from {{ source('reference', 'carriers') }}
),

final as (
    select
        carrier_id,
        carrier_name,
        currency_code,
        rate_card_id,
        channel_limit
    from carriers
)

select * from final
