-- A view: the numbers of int_rated_calls with their text, written once, to derived/.
{{ config(materialized='view') }}

with

calls as (
    select * from {{ ref('int_rated_calls') }}
),

first_legs as (
    select * from {{ ref('stg_legs') }}
),

status_legs as (
    select * from {{ ref('stg_legs') }}
),

customers as (
    select * from {{ ref('int_party_windows') }}
),

sell_rates as (
    select * from {{ ref('int_matched_rates') }}
),

final as (
    select
        calls.hour_start_at,
        first_legs.feed_id,
        first_legs.call_id,
        calls.setup_at,
        calls.ended_at,
        customers.party_id as customer_id,
        calls.customer_key_type,
        customers.currency_code,
        customers.rate_card_id,
        customers.revision_id,
        sell_rates.prefix,
        sell_rates.destination_name as sell_destination_name,
        first_legs.a_number,
        first_legs.b_number,
        calls.is_answered,
        {{ ms_to_seconds('calls.talk_ms') }} as talk_seconds,
        calls.chargeable_seconds,
        calls.billed_seconds,
        {{ micros_to_amount('calls.charge_micros') }} as charge_amount,
        calls.unrated_reason_code,
        calls.leg_count,
        calls.answered_leg_count,
        calls.is_ner,
        calls.pdd_ms,
        calls.dtmf_digit_count,
        calls.is_answered and calls.dtmf_digit_count is not null as is_dtmf_observed,
        calls.sip_status_code,
        calls.q850_cause_code,
        calls.release_reason,
        {{ micros_to_amount('calls.cost_micros') }} as cost_amount,
        calls.cost_unknown_count,
        status_legs.file_id,
        status_legs.line_number,
        cast({{ second_to_instant('calls.channel_from_second') }} as timestamp) as channel_from_at,
        cast({{ second_to_instant('calls.channel_to_second') }} as timestamp) as channel_to_at
    from calls
    inner join first_legs on calls.call_key = first_legs.leg_key
    inner join status_legs on calls.status_leg_key = status_legs.leg_key
    left join customers on calls.customer_key = customers.party_key
    left join sell_rates on calls.sell_rate_key = sell_rates.rate_key
)

select * from final
