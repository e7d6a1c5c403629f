-- Which account codes, prefixes, trunks or addresses call without being anybody's. Calling numbers are left out: there
-- are as many of them as callers.
with

calls as (
    select * from {{ ref('int_rated_calls') }}
),

first_legs as (
    select * from {{ ref('stg_legs') }}
),

unknown_calls as (
    select
        calls.hour_start_at,
        first_legs.feed_id,
        case
            when first_legs.account_code is not null then 'account_code'
            when first_legs.tech_prefix is not null then 'tech_prefix'
            when first_legs.trunk is not null then 'trunk'
            when first_legs.source_ip is not null then 'source_ip'
        end as key_type,
        coalesce(first_legs.account_code, first_legs.tech_prefix, first_legs.trunk, first_legs.source_ip) as key_value,
        calls.is_answered
    from calls
    inner join first_legs on calls.call_key = first_legs.leg_key
    where calls.customer_number = 0
),

final as (
    select
        hour_start_at,
        feed_id,
        key_type,
        key_value,
        cast(count(*) as bigint) as attempt_count,
        cast(count(case when is_answered then 1 end) as bigint) as answer_count
    from unknown_calls
    group by hour_start_at, feed_id, key_type, key_value
)

select * from final
