-- Legs with their cost, of every hour that was read: calls need the costs of all their legs.
with

leg_links as (
    select * from {{ ref('int_leg_links') }}
),

sell_matches as (
    select * from {{ ref('int_prefix_matches') }}
),

buy_matches as (
    select * from {{ ref('int_prefix_matches') }}
),

sell_rates as (
    select * from {{ ref('int_matched_rates') }}
),

buy_rates as (
    select * from {{ ref('int_matched_rates') }}
),

cost_fx_rates as (
    select * from {{ ref('int_fx_rates') }}
),

customer_fx_rates as (
    select * from {{ ref('int_fx_rates') }}
),

legs as (
    select
        leg_links.*,
        sell_matches.prefix as sell_prefix,
        sell_rates.destination_name as sell_destination_name,
        buy_rates.destination_name as buy_destination_name,
        {{ rate_columns('buy_rates') }},
        case when leg_links.is_answered and not leg_links.is_over_maximum then leg_links.answered_ms else 0 end
            as talk_ms,
        {{ unrated_reason(
            'leg_links.is_answered', 'unknown_carrier', 'leg_links.carrier_id', 'leg_links.buy_rate_card_id',
            'leg_links.buy_revision_key', 'buy_rates', 'leg_links.is_over_maximum',
        ) }} as unrated_reason_code
    from leg_links
    left join sell_matches
        on
            leg_links.sell_revision_key = sell_matches.revision_key
            and leg_links.sell_number_head = sell_matches.number_head
    left join sell_rates
        on sell_matches.revision_key = sell_rates.revision_key and sell_matches.prefix = sell_rates.prefix
    left join buy_matches
        on leg_links.buy_revision_key = buy_matches.revision_key and leg_links.buy_number_head = buy_matches.number_head
    left join buy_rates on buy_matches.revision_key = buy_rates.revision_key and buy_matches.prefix = buy_rates.prefix
),

{{ rating_ctes('legs') }},

converted as (
    select
        legs_rated.*,
        case
            when not legs_rated.is_answered then 0
            when legs_rated.cost_currency_code = legs_rated.customer_currency_code then legs_rated.amount_micros
            else cast({{ round_half_up(
                'cast(legs_rated.amount_micros as ' ~ type_huge_integer() ~ ') * cost_fx_rates.rate_to_base_e10',
                'cast(customer_fx_rates.rate_to_base_e10 as ' ~ type_huge_integer() ~ ')',
            ) }} as bigint)
        end as customer_micros
    from legs_rated
    left join cost_fx_rates
        on
            cast(legs_rated.hour_start_at as date) = cost_fx_rates.day_date
            and legs_rated.cost_currency_code = cost_fx_rates.currency_code
    left join customer_fx_rates
        on
            cast(legs_rated.hour_start_at as date) = customer_fx_rates.day_date
            and legs_rated.customer_currency_code = customer_fx_rates.currency_code
),

final as (
    select
        leg_key,
        call_key,
        is_only_row,
        is_further_answered,
        disagreeing_keys,
        hour_start_at,
        feed_id,
        call_id,
        call_setup_at,
        leg_id,
        leg_number,
        setup_at,
        ringing_at,
        answered_at,
        ended_at,
        answered_ms,
        a_number,
        b_number,
        carrier_id,
        cost_currency_code,
        buy_rate_card_id,
        buy_revision_id,
        prefix as buy_prefix,
        buy_destination_name,
        customer_id,
        customer_key_type,
        customer_currency_code,
        sell_rate_card_id,
        sell_revision_key,
        sell_revision_id,
        sell_prefix,
        sell_destination_name,
        is_answered,
        is_over_maximum,
        talk_ms,
        chargeable_seconds,
        billed_seconds,
        amount_micros as cost_micros,
        customer_micros as customer_cost_micros,
        unrated_reason_code,
        pdd_ms,
        dtmf_digit_count,
        sip_status_code,
        q850_cause_code,
        release_reason,
        file_id,
        line_number,
        maximum_ms
    from converted
)

select * from final
