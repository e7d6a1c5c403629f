-- A view: the numbers of int_rated_legs with their text, written once, to derived/; without the hours that were read
-- only to complete calls.
{{ config(materialized='view') }}

with

rated_legs as (
    select * from {{ ref('int_rated_legs') }}
),

legs as (
    select * from {{ ref('stg_legs') }}
),

first_setups as (
    select * from {{ ref('int_leg_places') }}
),

customers as (
    select * from {{ ref('int_party_windows') }}
),

carriers as (
    select * from {{ ref('int_party_windows') }}
),

sell_rates as (
    select * from {{ ref('int_matched_rates') }}
),

buy_rates as (
    select * from {{ ref('int_matched_rates') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

final as (
    select
        rated_legs.hour_start_at,
        legs.feed_id,
        legs.call_id,
        coalesce(first_setups.call_setup_at, rated_legs.setup_at) as call_setup_at,
        legs.leg_id,
        legs.leg_number,
        rated_legs.setup_at,
        rated_legs.ended_at,
        carriers.party_id as carrier_id,
        carriers.currency_code as cost_currency_code,
        carriers.rate_card_id,
        carriers.revision_id,
        buy_rates.prefix,
        buy_rates.destination_name as buy_destination_name,
        sell_rates.destination_name as sell_destination_name,
        customers.party_id as customer_id,
        rated_legs.is_answered,
        {{ ms_to_seconds('rated_legs.talk_ms') }} as talk_seconds,
        rated_legs.chargeable_seconds,
        rated_legs.billed_seconds,
        {{ micros_to_amount('rated_legs.cost_micros') }} as cost_amount,
        rated_legs.unrated_reason_code,
        {{ micros_to_amount('rated_legs.customer_cost_micros') }} as cost_in_customer_currency_amount,
        rated_legs.is_ner,
        rated_legs.pdd_ms,
        rated_legs.dtmf_digit_count,
        rated_legs.is_answered and rated_legs.dtmf_digit_count is not null as is_dtmf_observed,
        rated_legs.sip_status_code,
        rated_legs.q850_cause_code,
        rated_legs.release_reason,
        legs.file_id,
        legs.line_number,
        cast({{ second_to_instant('rated_legs.channel_from_second') }} as timestamp) as channel_from_at,
        cast({{ second_to_instant('rated_legs.channel_to_second') }} as timestamp) as channel_to_at
    from rated_legs
    inner join legs on rated_legs.leg_key = legs.leg_key
    left join first_setups on rated_legs.leg_key = first_setups.leg_key
    left join customers on rated_legs.customer_key = customers.party_key
    left join carriers on rated_legs.carrier_key = carriers.party_key
    left join sell_rates on rated_legs.sell_rate_key = sell_rates.rate_key
    left join buy_rates on rated_legs.buy_rate_key = buy_rates.rate_key
    where rated_legs.hour_start_at in (select hours.hour_start_at from hours)
)

select * from final
