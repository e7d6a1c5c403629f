{# Exact quotients, rounded half away from zero, in integers: `decimal / int` is a DOUBLE in DuckDB.

   numerator: whole number, or a decimal with numerator_scale decimals; denominator: whole number, null result where
   it is 0; scale: decimals of the result; precision: its digits in all. #}
{% macro ratio(numerator, denominator, scale=6, numerator_scale=0, precision=none) -%}
    {{ return(adapter.dispatch('ratio', 'tollbook')(numerator, denominator, scale, numerator_scale, precision)) }}
{%- endmacro %}

{% macro default__ratio(numerator, denominator, scale, numerator_scale, precision) -%}
    {%- set digits = precision or (9 if scale == 6 else 18) -%}
    {%- set whole = numerator if numerator_scale == 0
        else whole_units(numerator, numerator_scale) -%}
    {%- set twice = 2 * 10 ** (scale - numerator_scale) -%}
    cast(
        cast(
            {{ idiv(twice ~ ' * abs(' ~ whole ~ ') + nullif(' ~ denominator ~ ', 0)',
                    '2 * nullif(' ~ denominator ~ ', 0)') }}
            * case when {{ numerator }} < 0 then -1 else 1 end
            as decimal(18, 0)
        ) * cast({{ '0.' ~ '0' * (scale - 1) ~ '1' }} as decimal({{ scale + 1 }}, {{ scale }}))
        as decimal({{ digits }}, {{ scale }})
    )
{%- endmacro %}

{# An amount to the minor unit of its currency, half away from zero. decimals: 0 to 4, a column. #}
{% macro round_to_minor_unit(amount, decimals) -%}
    {%- set micros = whole_units(amount, 6) -%}
    {%- set unit = '(' ~ charge_unit(decimals) ~ ')' -%}
    cast(
        cast(
            {{ round_half_up('abs(' ~ micros ~ ')', unit) }} * {{ unit }}
            * case when {{ amount }} < 0 then -1 else 1 end
            as decimal(18, 0)
        ) * cast(0.000001 as decimal(7, 6))
        as decimal(18, 6)
    )
{%- endmacro %}

{# A decimal as a whole number of its last decimal. Wide types: DuckDB keeps decimal(18) * integer in 18 digits. #}
{% macro whole_units(value, decimals) -%}
    cast(
        cast({{ value }} as decimal(28, {{ decimals }})) * cast({{ 10 ** decimals }} as decimal({{ decimals + 1 }}, 0))
        as bigint
    )
{%- endmacro %}
