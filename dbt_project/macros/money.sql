{# The one place where seconds and money are computed: integers only, multiply first, divide once.
   Arguments are SQL expressions; amounts are micros (10^-6 currency units), never negative. #}

{# talk_rounding: up | half_up | down #}
{% macro chargeable_seconds(answered_ms, talk_rounding) -%}
    case {{ talk_rounding }}
        when 'up' then {{ idiv(answered_ms ~ ' + 999', 1000) }}
        when 'half_up' then {{ idiv(answered_ms ~ ' + 500', 1000) }}
        when 'down' then {{ idiv(answered_ms, 1000) }}
    end
{%- endmacro %}

{# Seconds that are within the grace period (0 seconds of grace: none) cost nothing. #}
{% macro is_within_grace(chargeable, grace_seconds) -%}
    ({{ grace_seconds }} > 0 and {{ chargeable }} <= {{ grace_seconds }})
{%- endmacro %}

{# minimum + whole increments for what goes beyond it; 0 within the grace. #}
{% macro billed_seconds(chargeable, minimum_seconds, increment_seconds, grace_seconds) -%}
    case
        when {{ is_within_grace(chargeable, grace_seconds) }} then 0
        when {{ chargeable }} <= {{ minimum_seconds }} then cast({{ minimum_seconds }} as bigint)
        else
            {{ minimum_seconds }}
            + {{ idiv(chargeable ~ ' - ' ~ minimum_seconds ~ ' + ' ~ increment_seconds ~ ' - 1', increment_seconds) }}
            * {{ increment_seconds }}
    end
{%- endmacro %}

{# 10^(6 - decimals): the micros of one unit of the card's last decimal. #}
{% macro charge_unit(charge_decimals) -%}
    case {{ charge_decimals }}
        {%- for decimals in range(7) %}
        when {{ decimals }} then {{ 10 ** (6 - decimals) }}
        {%- endfor %}
    end
{%- endmacro %}

{# Quotient of two integers rounded to an integer. rounding: half_up | up | down | half_even #}
{% macro rounded_quotient(dividend, divisor, rounding) -%}
    case {{ rounding }}
        when 'half_up' then {{ round_half_up(dividend, divisor) }}
        when 'up' then {{ idiv(dividend ~ ' + ' ~ divisor ~ ' - 1', divisor) }}
        when 'down' then {{ idiv(dividend, divisor) }}
        when 'half_even'
            then
                {{ round_half_up(dividend, divisor) }}
                - case
                    when
                        2 * ({{ dividend }} - {{ idiv(dividend, divisor) }} * ({{ divisor }})) = {{ divisor }}
                        then 1 - {{ idiv(dividend, divisor) }} % 2
                    else 0
                end
    end
{%- endmacro %}

{% macro round_half_up(dividend, divisor) -%}
    {{ idiv('2 * (' ~ dividend ~ ') + ' ~ divisor, '2 * (' ~ divisor ~ ')') }}
{%- endmacro %}

{# What a card charges for billed seconds, before rounding, in 1/60 micros: an integer. #}
{% macro charge_sixtieths(rate_micros, setup_fee_micros, billed_seconds) -%}
    (
        cast({{ setup_fee_micros }} as {{ type_huge_integer() }}) * 60
        + cast({{ rate_micros }} as {{ type_huge_integer() }}) * {{ billed_seconds }}
    )
{%- endmacro %}

{# Micros, rounded to the card's decimals. sixtieths, unit: columns made by the two macros above. #}
{% macro charge_micros(sixtieths, unit, charge_rounding) -%}
    {{ rounded_quotient(sixtieths, '60 * ' ~ unit, charge_rounding) }} * {{ unit }}
{%- endmacro %}

{% macro micros_to_amount(micros) -%}
    cast(cast({{ micros }} as decimal(18, 0)) * cast(0.000001 as decimal(7, 6)) as decimal(18, 6))
{%- endmacro %}

{% macro ms_to_seconds(ms) -%}
    cast(cast({{ ms }} as decimal(15, 0)) * cast(0.001 as decimal(4, 3)) as decimal(18, 3))
{%- endmacro %}

{# Network effectiveness: the network did its part. ringing: whether the leg that gives the status rang. #}
{% macro is_network_effective(is_answered, sip_status_code, q850_cause_code, has_rung) -%}
    case
        when {{ is_answered }} then true
        when {{ sip_status_code }} is not null
            then {{ sip_status_code }} in (486, 600, 480, 603) or ({{ sip_status_code }} = 487 and {{ has_rung }})
        else coalesce({{ q850_cause_code }} in (16, 17, 18, 19, 21), false)
    end
{%- endmacro %}
