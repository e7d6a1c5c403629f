{# Whole numbers, instants and text that engines spell differently, for summaries and channels. #}

{# Whole seconds since 1970 of an instant, floored. #}
{% macro epoch_second(instant) -%}
    {{ idiv(micros_between("cast('1970-01-01' as timestamp)", instant), 1000000) }}
{%- endmacro %}

{% macro second_to_instant(second_number) -%}
    {{ add_seconds("cast('1970-01-01' as timestamp)", second_number) }}
{%- endmacro %}

{# In a select list: repeats the row once for each whole number from the first to the last, both included. #}
{% macro explode_numbers(first_number, last_number) -%}
    {{ return(adapter.dispatch('explode_numbers', 'tollbook')(first_number, last_number)) }}
{%- endmacro %}
{% macro default__explode_numbers(first_number, last_number) -%}
    unnest(range({{ first_number }}, {{ last_number }} + 1))
{%- endmacro %}
{% macro spark__explode_numbers(first_number, last_number) -%}
    explode(sequence({{ first_number }}, {{ last_number }}))
{%- endmacro %}

{# Pre-hook of the channels' fact: hours that are replaced, and minutes that have become too old. #}
{% macro delete_channel_hours() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            {{ time_bucket_start('hour', 'bucket_start_at') }} in (
                select hour_start_at from {{ source('inputs', 'channel_hours') }}
            )
            or (
                grain_code = 'minute'
                and bucket_start_at < (select minute_grain_from_at from {{ source('build', 'settings') }})
            )
    {%- endif -%}
{%- endmacro %}

{# Text made safe for a part of an address. #}
{% macro url_encoded(value) -%}
    url_encode({{ value }})
{%- endmacro %}
