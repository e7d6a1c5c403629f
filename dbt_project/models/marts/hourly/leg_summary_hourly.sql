with

legs as (
    select * from {{ ref('int_rated_legs') }}
),

names as (
    select * from {{ ref('int_names') }}
),

customers as (
    select * from names where name_kind_code = 'customer'
),

sell_destinations as (
    select * from names where name_kind_code = 'destination'
),

buy_destinations as (
    select * from names where name_kind_code = 'destination'
),

-- a carrier has one currency, whatever the window
carriers as (
    select distinct
        party_number,
        party_id,
        currency_code
    from {{ ref('int_party_windows') }}
    where party_kind_code = 'carrier'
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

summed as (
    select
        hour_start_at,
        carrier_number,
        customer_number,
        sell_destination_number,
        buy_destination_number,
        count(*) as attempt_count,
        count(case when is_answered then 1 end) as answer_count,
        count(case when is_ner then 1 end) as ner_count,
        coalesce(sum(pdd_ms), 0) as pdd_ms_sum,
        count(pdd_ms) as pdd_count,
        sum(talk_ms) as talk_ms,
        sum(billed_seconds) as billed_seconds,
        coalesce(sum(cost_micros), 0) as cost_micros,
        count(case when is_answered then dtmf_digit_count end) as dtmf_observed_count,
        count(case when is_answered and dtmf_digit_count > 0 then 1 end) as dtmf_call_count,
        count(unrated_reason_code) as unrated_count
    from legs
    where hour_start_at in (select hours.hour_start_at from hours)
    group by hour_start_at, carrier_number, customer_number, sell_destination_number, buy_destination_number
),

final as (
    select
        summed.hour_start_at,
        carriers.party_id as carrier_id,
        customers.name as customer_id,
        sell_destinations.name as sell_destination_name,
        buy_destinations.name as buy_destination_name,
        carriers.currency_code as cost_currency_code,
        cast(summed.attempt_count as bigint) as attempt_count,
        cast(summed.answer_count as bigint) as answer_count,
        cast(summed.ner_count as bigint) as ner_count,
        cast(summed.pdd_ms_sum as bigint) as pdd_ms_sum,
        cast(summed.pdd_count as bigint) as pdd_count,
        {{ ms_to_seconds('summed.talk_ms') }} as talk_seconds,
        cast(summed.billed_seconds as bigint) as billed_seconds,
        {{ micros_to_amount('summed.cost_micros') }} as cost_amount,
        cast(summed.dtmf_observed_count as bigint) as dtmf_observed_count,
        cast(summed.dtmf_call_count as bigint) as dtmf_call_count,
        cast(summed.unrated_count as bigint) as unrated_count
    from summed
    left join carriers on summed.carrier_number = carriers.party_number
    left join customers on summed.customer_number = customers.name_number
    left join sell_destinations on summed.sell_destination_number = sell_destinations.name_number
    left join buy_destinations on summed.buy_destination_number = buy_destinations.name_number
)

select * from final
