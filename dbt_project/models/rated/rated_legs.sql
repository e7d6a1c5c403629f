{{ config(materialized='view') }}

with

legs as (
    select * from {{ ref('int_rated_legs') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

final as (
    select
        hour_start_at,
        feed_id,
        call_id,
        call_setup_at,
        leg_id,
        leg_number,
        setup_at,
        ended_at,
        carrier_id,
        cost_currency_code,
        rate_card_id,
        revision_id,
        prefix,
        buy_destination_name,
        sell_destination_name,
        customer_id,
        is_answered,
        talk_seconds,
        chargeable_seconds,
        billed_seconds,
        cost_amount,
        unrated_reason_code,
        cost_in_customer_currency_amount,
        is_ner,
        pdd_ms,
        dtmf_digit_count,
        is_dtmf_observed,
        sip_status_code,
        q850_cause_code,
        release_reason,
        file_id,
        line_number,
        channel_from_at,
        channel_to_at
    from legs
    where hour_start_at in (select hours.hour_start_at from hours)
)

select * from final
