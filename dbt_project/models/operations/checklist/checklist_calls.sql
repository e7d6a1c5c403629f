-- Answered calls and legs without a price, and callers who are nobody's customer.
with

unknown_keys as (
    select * from {{ ref('unknown_keys_hourly') }}
),

unrated as (
    select * from {{ ref('unrated_hourly') }}
),

customer_day as (
    select * from {{ ref('customer_day') }}
),

unknown_accounts as (
    select
        feed_id,
        key_type,
        key_value,
        sum(attempt_count) as attempt_count,
        sum(answer_count) as answer_count,
        min(hour_start_at) as since_at
    from unknown_keys
    group by feed_id, key_type, key_value
),

ranked_accounts as (
    select
        unknown_accounts.*,
        row_number() over (
            partition by feed_id
            order by attempt_count desc, key_type, key_value
        ) as account_rank
    from unknown_accounts
),

-- the hundred busiest by name, the others together: a scan over codes must not fill the list
named_accounts as (
    select
        feed_id,
        case
            when account_rank > 100 then 'others'
            else coalesce(key_type || ' ' || key_value, 'calls without a key')
        end as account_text,
        sum(attempt_count) as attempt_count,
        sum(answer_count) as answer_count,
        min(since_at) as since_at
    from ranked_accounts
    group by
        feed_id,
        case
            when account_rank > 100 then 'others'
            else coalesce(key_type || ' ' || key_value, 'calls without a key')
        end
),

-- calls of unknown customers are listed by their keys
unrated_by_holder as (
    select
        side_code,
        customer_id,
        carrier_id,
        unrated_reason_code,
        sum(unrated_count) as unrated_count,
        min(hour_start_at) as since_at
    from unrated
    where unrated_reason_code != 'unknown_customer'
    group by side_code, customer_id, carrier_id, unrated_reason_code
),

unknown_costs as (
    select
        customer_id,
        sum(cost_unknown_count) as leg_count,
        min(day_start_at) as since_at
    from customer_day
    where customer_id is not null and cost_unknown_count > 0
    group by customer_id
),

final as (
    select
        {{ checklist_item(
            'unknown_account', 'error', 'Calls of an unknown account',
            subject="concat(feed_id, ':', account_text)", item_count='attempt_count', since_at='since_at',
            message="concat('Feed ', feed_id, ', ', account_text, ': ', cast(attempt_count as bigint), ' calls, ', "
                "cast(answer_count as bigint), ' answered, billed to nobody. Add the key to customer_keys.csv.')",
        ) }}
    from named_accounts
    union all
    select
        {{ checklist_item(
            'unrated_calls', 'error', 'Answered calls without a price',
            customer_id='customer_id', subject="concat(customer_id, ':', unrated_reason_code)",
            item_count='unrated_count', since_at='since_at',
            message="concat(cast(unrated_count as bigint), ' answered calls of ', customer_id, ' have no price: ', "
                "unrated_reason_code, '. ', " ~ unrated_advice('unrated_reason_code') ~ ")",
        ) }}
    from unrated_by_holder
    where side_code = 'sell'
    union all
    select
        {{ checklist_item(
            'unrated_legs', 'warning', 'Answered legs without a cost',
            subject="concat(coalesce(carrier_id, '(unknown carrier)'), ':', unrated_reason_code)",
            item_count='unrated_count', since_at='since_at',
            message="concat(cast(unrated_count as bigint), ' answered legs of ', "
                "coalesce(carrier_id, '(unknown carrier)'), ' have no cost: ', unrated_reason_code, '. ', "
                ~ unrated_advice('unrated_reason_code') ~ ")",
        ) }}
    from unrated_by_holder
    where side_code = 'buy'
    union all
    select
        {{ checklist_item(
            'cost_unknown', 'info', 'Margin not known',
            customer_id='customer_id', subject='customer_id', item_count='leg_count', since_at='since_at',
            message="concat(cast(leg_count as bigint), ' answered legs of ', customer_id, ' have no cost in its "
                "currency: cost and margin are not shown. Rate the legs, or add the rate to fx_rates.csv.')",
        ) }}
    from unknown_costs
)

select * from final
