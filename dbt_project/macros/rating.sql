{# Rating of one side, shared by calls (sell) and legs (buy). #}

{# Why an answered call or leg cannot be rated: the first link that is missing, in the order in which rating looks for
   them; a hung call only where everything else is known, because it is cured by the feed's bound alone. #}
{% macro unrated_reason(is_answered, unknown_code, has_holder, has_card, revision_key, rate, is_over_maximum) -%}
    case
        when not {{ is_answered }} then cast(null as {{ type_text() }})
        when not ({{ has_holder }}) then '{{ unknown_code }}'
        when not {{ has_card }} then 'no_rate_card'
        when {{ revision_key }} is null then 'no_revision_in_force'
        when {{ rate }}.prefix is null then 'no_matching_prefix'
        when {{ rate }}.is_blocked then 'blocked_prefix'
        when {{ is_over_maximum }} then 'held_over_maximum'
    end
{%- endmacro %}

{# CTEs that turn `<input>` into `<input>_rated`: adds chargeable_seconds, billed_seconds, amount_micros.
   The input has is_answered, unrated_reason_code, talk_ms and the columns of rate_columns(). #}
{% macro rating_ctes(input) -%}
{{ input }}_chargeable as (
    select
        *,
        is_answered and unrated_reason_code is null as is_rated,
        cast(
            case when talk_ms > 0 then {{ chargeable_seconds("talk_ms", "talk_rounding") }} else 0 end as bigint
        ) as chargeable_seconds
    from {{ input }}
),

{{ input }}_billed as (
    select
        *,
        cast(
            case
                when is_rated
                    then {{ billed_seconds('chargeable_seconds', 'minimum_seconds', 'increment_seconds', 'grace_seconds') }}
                else 0
            end as bigint
        ) as billed_seconds,
        is_rated and not {{ is_within_grace('chargeable_seconds', 'grace_seconds') }} as is_charged
    from {{ input }}_chargeable
),

{{ input }}_sixtieths as (
    select
        *,
        {{ charge_sixtieths('rate_micros', 'setup_fee_micros', 'billed_seconds') }} as charge_sixtieths
    from {{ input }}_billed
),

{{ input }}_rated as (
    select
        *,
        cast(
            case
                when is_charged then {{ charge_micros('charge_sixtieths', 'charge_unit_micros', 'charge_rounding') }}
                when is_rated or not is_answered then 0
            end as bigint
        ) as amount_micros
    from {{ input }}_sixtieths
)
{%- endmacro %}

{# What rating_ctes needs of the rate that matched. #}
{% macro rate_columns(rate) -%}
    {%- for name in [
        'prefix', 'rate_micros', 'setup_fee_micros', 'minimum_seconds', 'increment_seconds', 'grace_seconds',
        'talk_rounding', 'charge_rounding', 'charge_unit_micros',
    ] %}
        {{ rate }}.{{ name }}{{ "," if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# Whole seconds since 1970 between which a call or leg holds a channel: both ends floored, at most the feed's maximum. #}
{% macro channel_from_second(setup_at) -%}
    cast({{ epoch_second(setup_at) }} as bigint)
{%- endmacro %}

{% macro channel_to_second(setup_at, ended_at, maximum_ms) -%}
    cast(
        least({{ epoch_second(ended_at) }}, {{ epoch_second(setup_at) }} + {{ idiv(maximum_ms, 1000) }}) as bigint
    )
{%- endmacro %}
