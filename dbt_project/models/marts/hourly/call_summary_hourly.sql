with

calls as (
    select * from {{ ref('int_rated_calls') }}
),

names as (
    select * from {{ ref('int_names') }}
),

destinations as (
    select * from names where name_kind_code = 'destination'
),

-- a customer has one currency, whatever the window
customers as (
    select distinct
        party_number,
        party_id,
        currency_code
    from {{ ref('int_party_windows') }}
    where party_kind_code = 'customer'
),

summed as (
    select
        hour_start_at,
        customer_number,
        sell_destination_number,
        count(*) as attempt_count,
        count(case when is_answered then 1 end) as answer_count,
        count(case when is_ner then 1 end) as ner_count,
        coalesce(sum(pdd_ms), 0) as pdd_ms_sum,
        count(pdd_ms) as pdd_count,
        sum(talk_ms) as talk_ms,
        sum(billed_seconds) as billed_seconds,
        coalesce(sum(charge_micros), 0) as charge_micros,
        sum(cost_micros) as cost_micros,
        sum(cost_unknown_count) as cost_unknown_count,
        count(case when is_answered then dtmf_digit_count end) as dtmf_observed_count,
        count(case when is_answered and dtmf_digit_count > 0 then 1 end) as dtmf_call_count,
        count(unrated_reason_code) as unrated_count
    from calls
    group by hour_start_at, customer_number, sell_destination_number
),

final as (
    select
        summed.hour_start_at,
        customers.party_id as customer_id,
        destinations.name as sell_destination_name,
        customers.currency_code,
        cast(summed.attempt_count as bigint) as attempt_count,
        cast(summed.answer_count as bigint) as answer_count,
        cast(summed.ner_count as bigint) as ner_count,
        cast(summed.pdd_ms_sum as bigint) as pdd_ms_sum,
        cast(summed.pdd_count as bigint) as pdd_count,
        {{ ms_to_seconds('summed.talk_ms') }} as talk_seconds,
        cast(summed.billed_seconds as bigint) as billed_seconds,
        {{ micros_to_amount('summed.charge_micros') }} as charge_amount,
        {{ micros_to_amount('summed.cost_micros') }} as cost_amount,
        cast(summed.cost_unknown_count as bigint) as cost_unknown_count,
        cast(summed.dtmf_observed_count as bigint) as dtmf_observed_count,
        cast(summed.dtmf_call_count as bigint) as dtmf_call_count,
        cast(summed.unrated_count as bigint) as unrated_count
    from summed
    left join customers on summed.customer_number = customers.party_number
    left join destinations on summed.sell_destination_number = destinations.name_number
)

select * from final
