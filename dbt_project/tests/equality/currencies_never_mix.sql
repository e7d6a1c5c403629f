-- A customer, and a carrier, has one currency; only those who are unknown have none.
with

pairs as (
    select distinct
        'customer' as party,
        customer_id as party_id,
        currency_code
    from {{ ref('customer_day') }}
    union all
    select distinct
        'carrier' as party,
        carrier_id as party_id,
        currency_code
    from {{ ref('carrier_day') }}
),

final as (
    select
        party,
        party_id,
        count(*) as currency_count,
        count(currency_code) as known_count
    from pairs
    group by party, party_id
)

select * from final
where currency_count > 1 or (party_id is null) != (known_count = 0)
