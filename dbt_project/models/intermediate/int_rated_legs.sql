-- Legs with their cost, of every hour that was read: calls need the costs of all their legs.
with

accepted_legs as (
    select * from {{ ref('int_accepted_legs') }}
),

leg_accounts as (
    select * from {{ ref('int_leg_accounts') }}
),

call_accounts as (
    select * from {{ ref('int_call_accounts') }}
),

prefix_matches as (
    select * from {{ ref('int_prefix_matches') }}
),

fx_rates as (
    select * from {{ ref('int_fx_rates') }}
),

legs as (
    select
        accepted_legs.*,
        leg_accounts.carrier_id,
        leg_accounts.currency_code as cost_currency_code,
        leg_accounts.rate_card_id,
        leg_accounts.revision_id,
        call_accounts.customer_id,
        call_accounts.currency_code as customer_currency_code,
        sell_matches.destination_name as sell_destination_name,
        buy_matches.destination_name as buy_destination_name,
        {{ rate_columns('buy_matches') }},
        case when accepted_legs.is_answered and not accepted_legs.is_over_maximum then accepted_legs.answered_ms else 0 end
            as talk_ms,
        {{ unrated_reason(
            'accepted_legs.is_answered', 'unknown_carrier', 'leg_accounts.carrier_id', 'leg_accounts.rate_card_id',
            'leg_accounts.revision_id', 'buy_matches', 'accepted_legs.is_over_maximum',
        ) }} as unrated_reason_code
    from accepted_legs
    inner join leg_accounts on accepted_legs.leg_key = leg_accounts.leg_key
    inner join call_accounts on accepted_legs.call_key = call_accounts.call_key
    left join prefix_matches as buy_matches
        on
            leg_accounts.revision_id = buy_matches.revision_id
            and leg_accounts.number_head = buy_matches.number_head
    left join prefix_matches as sell_matches
        on
            call_accounts.revision_id = sell_matches.revision_id
            and call_accounts.number_head = sell_matches.number_head
),

{{ rating_ctes('legs') }},

converted as (
    select
        legs_rated.*,
        case
            when not legs_rated.is_answered then 0
            when legs_rated.cost_currency_code = legs_rated.customer_currency_code then legs_rated.amount_micros
            else cast({{ round_half_up(
                'cast(legs_rated.amount_micros as ' ~ type_huge_integer() ~ ') * cost_rates.rate_to_base_e10',
                'cast(customer_rates.rate_to_base_e10 as ' ~ type_huge_integer() ~ ')',
            ) }} as bigint)
        end as customer_micros
    from legs_rated
    left join fx_rates as cost_rates
        on
            cast(legs_rated.hour_start_at as date) = cost_rates.day_date
            and legs_rated.cost_currency_code = cost_rates.currency_code
    left join fx_rates as customer_rates
        on
            cast(legs_rated.hour_start_at as date) = customer_rates.day_date
            and legs_rated.customer_currency_code = customer_rates.currency_code
),

final as (
    select
        leg_key,
        call_key,
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
        {{ ms_to_seconds('talk_ms') }} as talk_seconds,
        chargeable_seconds,
        billed_seconds,
        {{ micros_to_amount('amount_micros') }} as cost_amount,
        unrated_reason_code,
        {{ micros_to_amount('customer_micros') }} as cost_in_customer_currency_amount,
        {{ is_network_effective('is_answered', 'sip_status_code', 'q850_cause_code', 'ringing_at is not null') }} as is_ner,
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
    from converted
)

select * from final
