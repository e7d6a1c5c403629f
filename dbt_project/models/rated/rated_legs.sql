-- A view: the rows are in int_rated_legs, also those of hours that were read only to complete calls.
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
        buy_rate_card_id as rate_card_id,
        buy_revision_id as revision_id,
        buy_prefix as prefix,
        buy_destination_name,
        sell_destination_name,
        customer_id,
        is_answered,
        {{ ms_to_seconds('talk_ms') }} as talk_seconds,
        chargeable_seconds,
        billed_seconds,
        {{ micros_to_amount('cost_micros') }} as cost_amount,
        unrated_reason_code,
        {{ micros_to_amount('customer_cost_micros') }} as cost_in_customer_currency_amount,
        {{ is_network_effective('is_answered', 'sip_status_code', 'q850_cause_code', 'ringing_at is not null') }}
            as is_ner,
        pdd_ms,
        dtmf_digit_count,
        is_answered and dtmf_digit_count is not null as is_dtmf_observed,
        sip_status_code,
        q850_cause_code,
        release_reason,
        file_id,
        line_number,
        {{ time_bucket_start('second', 'setup_at') }} as channel_from_at,
        {{ channel_end('setup_at', 'ended_at', 'maximum_ms') }} as channel_to_at
    from legs
    where hour_start_at in (select hours.hour_start_at from hours)
)

select * from final
