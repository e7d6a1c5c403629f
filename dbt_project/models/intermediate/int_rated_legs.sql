-- Legs with their cost, of every hour that was read: calls need the costs of all their legs. Numbers only; text stays
-- in stg_legs and comes back in rated_legs.
with

leg_links as (
    select * from {{ ref('int_leg_links') }}
),

sell_heads as (
    select * from {{ ref('int_head_rates') }}
    where direction = 'sell'
),

buy_heads as (
    select * from {{ ref('int_head_rates') }}
    where direction = 'buy'
),

buy_rates as (
    select * from {{ ref('int_matched_rates') }}
),

fx_pairs as (
    select * from {{ ref('int_fx_pairs') }}
),

legs as (
    select
        leg_links.*,
        sell_heads.rate_key as sell_rate_key,
        coalesce(sell_heads.destination_number, 0) as sell_destination_number,
        buy_heads.rate_key as buy_rate_key,
        coalesce(buy_heads.destination_number, 0) as buy_destination_number,
        {{ rate_columns('buy_rates') }},
        case when leg_links.is_answered and not leg_links.is_over_maximum then leg_links.answered_ms else 0 end
            as talk_ms,
        {{ unrated_reason(
            'leg_links.is_answered', 'unknown_carrier', 'leg_links.carrier_key is not null', 'leg_links.has_buy_card',
            'leg_links.buy_revision_key', 'buy_rates', 'leg_links.is_over_maximum',
        ) }} as unrated_reason_code
    from leg_links
    left join sell_heads
        on
            leg_links.sell_revision_key = sell_heads.revision_key
            and leg_links.sell_number_head = sell_heads.number_head
    left join buy_heads
        on leg_links.buy_revision_key = buy_heads.revision_key and leg_links.buy_number_head = buy_heads.number_head
    left join buy_rates on buy_heads.rate_key = buy_rates.rate_key
),

{{ rating_ctes('legs') }},

final as (
    select
        legs_rated.leg_key,
        legs_rated.call_key,
        legs_rated.is_only_row,
        legs_rated.is_further_answered,
        legs_rated.disagreeing_keys,
        legs_rated.is_duration_disagreeing,
        legs_rated.hour_start_at,
        legs_rated.setup_at,
        legs_rated.ringing_at,
        legs_rated.ended_at,
        legs_rated.answered_ms,
        legs_rated.maximum_ms,
        legs_rated.is_answered,
        legs_rated.is_over_maximum,
        legs_rated.carrier_key,
        legs_rated.carrier_number,
        legs_rated.buy_rate_key,
        legs_rated.buy_destination_number,
        legs_rated.customer_key,
        legs_rated.customer_number,
        legs_rated.customer_key_type,
        legs_rated.has_sell_card,
        legs_rated.sell_revision_key,
        legs_rated.sell_rate_key,
        legs_rated.sell_destination_number,
        legs_rated.talk_ms,
        legs_rated.chargeable_seconds,
        legs_rated.billed_seconds,
        legs_rated.amount_micros as cost_micros,
        cast(case
            when not legs_rated.is_answered then 0
            when legs_rated.cost_currency_code = legs_rated.customer_currency_code then legs_rated.amount_micros
            else {{ round_half_up(
                'cast(legs_rated.amount_micros as ' ~ type_huge_integer() ~ ') * fx_pairs.from_rate_e10',
                'cast(fx_pairs.to_rate_e10 as ' ~ type_huge_integer() ~ ')',
            ) }}
        end as bigint) as customer_cost_micros,
        legs_rated.unrated_reason_code,
        {{ is_network_effective(
            'legs_rated.is_answered', 'legs_rated.sip_status_code', 'legs_rated.q850_cause_code',
            'legs_rated.ringing_at is not null',
        ) }} as is_ner,
        legs_rated.pdd_ms,
        legs_rated.dtmf_digit_count,
        legs_rated.sip_status_code,
        legs_rated.q850_cause_code,
        legs_rated.release_reason,
        {{ channel_from_second('legs_rated.setup_at') }} as channel_from_second,
        {{ channel_to_second('legs_rated.setup_at', 'legs_rated.ended_at', 'legs_rated.maximum_ms') }}
            as channel_to_second
    from legs_rated
    left join fx_pairs
        on
            cast(legs_rated.hour_start_at as date) = fx_pairs.day_date
            and legs_rated.cost_currency_code = fx_pairs.from_currency_code
            and legs_rated.customer_currency_code = fx_pairs.to_currency_code
)

select * from final
