-- What a call's answered legs cost, in the customer's currency.
with

legs as (
    select * from {{ ref('int_rated_legs') }}
),

final as (
    select
        call_key,
        cast(sum(cost_in_customer_currency_amount) as decimal(18, 6)) as cost_amount,
        cast(count(*) - count(cost_in_customer_currency_amount) as bigint) as cost_unknown_count
    from legs
    where is_answered
    group by call_key
)

select * from final
