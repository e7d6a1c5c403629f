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
            'int_calls.is_answered', 'unknown_customer', 'int_calls.customer_id', 'int_calls.sell_rate_card_id',
            'int_calls.sell_revision_key', 'sell_rates', 'int_calls.is_over_maximum',
        ) }} as unrated_reason_code
    from int_calls
    left join sell_rates
        on int_calls.sell_revision_key = sell_rates.revision_key and int_calls.sell_prefix = sell_rates.prefix
    where {{ hour_start('int_calls.setup_at') }} in (select hours.hour_start_at from hours)
),

{{ rating_ctes('calls') }},

final as (
    select
        hour_start_at,
        feed_id,
        call_id,
        setup_at,
        ended_at,
        customer_id,
        customer_key_type,
        customer_currency_code as currency_code,
        sell_rate_card_id as rate_card_id,
        sell_revision_id as revision_id,
        sell_prefix as prefix,
        sell_destination_name,
        a_number,
        b_number,
        is_answered,
        {{ ms_to_seconds('talk_ms') }} as talk_seconds,
        chargeable_seconds,
        billed_seconds,
        {{ micros_to_amount('amount_micros') }} as charge_amount,
        unrated_reason_code,
        leg_count,
        answered_leg_count,
        {{ is_network_effective('is_answered', 'sip_status_code', 'q850_cause_code', 'has_status_leg_rung') }}
            as is_ner,
        cast({{ idiv(micros_between('setup_at', 'first_ringing_at'), 1000) }} as bigint) as pdd_ms,
        dtmf_digit_count,
        is_answered and dtmf_digit_count is not null as is_dtmf_observed,
        sip_status_code,
        q850_cause_code,
        release_reason,
        {{ micros_to_amount('cost_micros') }} as cost_amount,
        cost_unknown_count,
        file_id,
        line_number,
        {{ time_bucket_start('second', 'setup_at') }} as channel_from_at,
        {{ channel_end('setup_at', 'ended_at', 'maximum_ms') }} as channel_to_at
    from calls_rated
)

select * from final
