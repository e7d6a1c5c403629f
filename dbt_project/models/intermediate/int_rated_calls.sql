-- Calls with their charge, of the hours to replace. Numbers only; text stays in stg_legs and comes back in rated_calls.
with

int_calls as (
    select * from {{ ref('int_calls') }}
),

sell_rates as (
    select * from {{ ref('int_matched_rates') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

calls as (
    select
        int_calls.*,
        {{ hour_start('int_calls.setup_at') }} as hour_start_at,
        {{ rate_columns('sell_rates') }},
        {{ unrated_reason(
            'int_calls.is_answered', 'unknown_customer', 'int_calls.customer_key is not null',
            'int_calls.has_sell_card', 'int_calls.sell_revision_key', 'sell_rates', 'int_calls.is_over_maximum',
        ) }} as unrated_reason_code
    from int_calls
    left join sell_rates on int_calls.sell_rate_key = sell_rates.rate_key
    where {{ hour_start('int_calls.setup_at') }} in (select hours.hour_start_at from hours)
),

{{ rating_ctes('calls') }},

final as (
    select
        call_key,
        status_leg_key,
        hour_start_at,
        setup_at,
        ended_at,
        customer_key,
        customer_number,
        customer_key_type,
        sell_rate_key,
        sell_destination_number,
        is_answered,
        talk_ms,
        chargeable_seconds,
        billed_seconds,
        amount_micros as charge_micros,
        unrated_reason_code,
        leg_count,
        answered_leg_count,
        {{ is_network_effective('is_answered', 'sip_status_code', 'q850_cause_code', 'has_status_leg_rung') }}
            as is_ner,
        cast({{ idiv(micros_between('setup_at', 'first_ringing_at'), 1000) }} as bigint) as pdd_ms,
        dtmf_digit_count,
        sip_status_code,
        q850_cause_code,
        release_reason,
        cost_micros,
        cost_unknown_count,
        {{ channel_from_second('setup_at') }} as channel_from_second,
        {{ channel_to_second('setup_at', 'ended_at', 'maximum_ms') }} as channel_to_second
    from calls_rated
)

select * from final
