{# What engines spell differently: one macro each, DuckDB by default, Spark beside it. #}

{# Whole quotient of two integers of which neither is negative. #}
{% macro idiv(dividend, divisor) -%}
    {{ return(adapter.dispatch('idiv', 'tollbook')(dividend, divisor)) }}
{%- endmacro %}
{% macro default__idiv(dividend, divisor) -%}
    (({{ dividend }}) // ({{ divisor }}))
{%- endmacro %}
{% macro spark__idiv(dividend, divisor) -%}
    (({{ dividend }}) div ({{ divisor }}))
{%- endmacro %}

{# The widest integer: products of money and rates of exchange. #}
{% macro type_huge_integer() -%}
    {{ return(adapter.dispatch('type_huge_integer', 'tollbook')()) }}
{%- endmacro %}
{% macro default__type_huge_integer() -%}
    hugeint
{%- endmacro %}
{% macro spark__type_huge_integer() -%}
    decimal(38, 0)
{%- endmacro %}

{# Text type: `string` is understood by both engines. #}
{% macro type_text() -%}
    {{ return(adapter.dispatch('type_text', 'tollbook')()) }}
{%- endmacro %}
{% macro default__type_text() -%}
    string
{%- endmacro %}

{# Start of the minute, hour, day … an instant lies in, as a timestamp. grain: minute | hour | day | month | second #}
{% macro time_bucket_start(grain, instant) -%}
    {{ return(adapter.dispatch('time_bucket_start', 'tollbook')(grain, instant)) }}
{%- endmacro %}
{% macro default__time_bucket_start(grain, instant) -%}
    cast(date_trunc('{{ grain }}', {{ instant }}) as timestamp)
{%- endmacro %}

{% macro hour_start(instant) -%}
    {{ time_bucket_start('hour', instant) }}
{%- endmacro %}

{# Microseconds from one instant to another, bigint. #}
{% macro micros_between(from_at, to_at) -%}
    {{ return(adapter.dispatch('micros_between', 'tollbook')(from_at, to_at)) }}
{%- endmacro %}
{% macro default__micros_between(from_at, to_at) -%}
    (epoch_us({{ to_at }}) - epoch_us({{ from_at }}))
{%- endmacro %}
{% macro spark__micros_between(from_at, to_at) -%}
    (unix_micros({{ to_at }}) - unix_micros({{ from_at }}))
{%- endmacro %}

{# An instant plus a whole number of seconds. #}
{% macro add_seconds(instant, seconds) -%}
    {{ return(adapter.dispatch('add_seconds', 'tollbook')(instant, seconds)) }}
{%- endmacro %}
{% macro default__add_seconds(instant, seconds) -%}
    ({{ instant }} + to_seconds({{ seconds }}))
{%- endmacro %}
{% macro spark__add_seconds(instant, seconds) -%}
    timestampadd(second, {{ seconds }}, {{ instant }})
{%- endmacro %}

{# A date minus a whole number of days. #}
{% macro subtract_days(date, days) -%}
    {{ return(adapter.dispatch('subtract_days', 'tollbook')(date, days)) }}
{%- endmacro %}
{% macro default__subtract_days(date, days) -%}
    cast({{ date }} - to_days({{ days }}) as date)
{%- endmacro %}
{% macro spark__subtract_days(date, days) -%}
    date_sub({{ date }}, {{ days }})
{%- endmacro %}

{# Which parts of the lake to read: an explicit list (listing a year of files is slow, a missing file must be an
   error). A variable of DuckDB belongs to the connection: set it in the pre-hook of the model that reads. #}
{% macro set_leg_parts() -%}
    {{ return(adapter.dispatch('set_leg_parts', 'tollbook')()) }}
{%- endmacro %}
{% macro default__set_leg_parts() -%}
    set variable leg_parts = (select list(parts.uri order by parts.uri) from {{ source('inputs', 'parts') }} as parts)
{%- endmacro %}

{% macro leg_parts() -%}
    {{ return(adapter.dispatch('leg_parts', 'tollbook')()) }}
{%- endmacro %}
{% macro default__leg_parts() -%}
    read_parquet(getvariable('leg_parts'), hive_partitioning = false)
{%- endmacro %}

{# Keeps a CTE from being planned into the query around it, where the engine can be told so. #}
{% macro materialized() -%}
    {{ return(adapter.dispatch('materialized', 'tollbook')()) }}
{%- endmacro %}
{% macro default__materialized() -%}
    materialized
{%- endmacro %}
{% macro spark__materialized() -%}
{%- endmacro %}
