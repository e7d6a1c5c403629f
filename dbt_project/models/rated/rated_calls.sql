with

int_calls as (
    select * from {{ ref('int_calls') }}
),

call_accounts as (
    select * from {{ ref('int_call_accounts') }}
),

call_costs as (
    select * from {{ ref('int_call_costs') }}
),

prefix_matches as (
    select * from {{ ref('int_prefix_matches') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

calls as (
    select
        int_calls.*,
        {{ hour_start('int_calls.setup_at') }} as hour_start_at,
        call_accounts.customer_id,
        call_accounts.customer_key_type,
        call_accounts.currency_code,
        call_accounts.rate_card_id,
        call_accounts.revision_id,
        sell_matches.destination_name as sell_destination_name,
        {{ rate_columns('sell_matches') }},
        coalesce(call_costs.cost_amount, 0) as cost_amount,
        coalesce(call_costs.cost_unknown_count, 0) as cost_unknown_count,
        case when int_calls.is_answered and not int_calls.is_over_maximum then int_calls.answered_ms else 0 end as talk_ms,
        {{ unrated_reason(
            'int_calls.is_answered', 'unknown_customer', 'call_accounts.customer_id', 'call_accounts.rate_card_id',
            'call_accounts.revision_id', 'sell_matches', 'int_calls.is_over_maximum',
        ) }} as unrated_reason_code
    from int_calls
    inner join call_accounts on int_calls.call_key = call_accounts.call_key
    left join call_costs on int_calls.call_key = call_costs.call_key
    left join prefix_matches as sell_matches
        on
            call_accounts.revision_id = sell_matches.revision_id
            and call_accounts.number_head = sell_matches.number_head
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
        currency_code,
        rate_card_id,
        revision_id,
        prefix,
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
        {{ is_network_effective('is_answered', 'sip_status_code', 'q850_cause_code', 'has_status_leg_rung') }} as is_ner,
        cast({{ idiv(micros_between('setup_at', 'first_ringing_at'), 1000) }} as bigint) as pdd_ms,
        dtmf_digit_count,
        is_answered and dtmf_digit_count is not null as is_dtmf_observed,
        sip_status_code,
        q850_cause_code,
        release_reason,
        cast(cost_amount as decimal(18, 6)) as cost_amount,
        cost_unknown_count,
        file_id,
        line_number,
        {{ time_bucket_start('second', 'setup_at') }} as channel_from_at,
        {{ channel_end('setup_at', 'ended_at', 'maximum_ms') }} as channel_to_at
    from calls_rated
)

select * from final
