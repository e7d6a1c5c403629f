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

{# Condition: the bucket lies in one of the relation's hours. The bounds say nothing new, but they are of the bucket
   itself: an engine skips what it holds of other times, which it cannot by the hour computed from it. #}
{% macro in_channel_hours(bucket, hours) -%}
    {{ bucket }} >= (select min(hour_start_at) from {{ hours }})
        and {{ bucket }} < (select max(hour_start_at) + interval '1' hour from {{ hours }})
        and {{ time_bucket_start('hour', bucket) }} in (select hour_start_at from {{ hours }})
{%- endmacro %}

{# Pre-hooks of the channels' fact: hours that are replaced, and minutes that have become too old. Two, not one with `or`:
   that would look at every row there is. #}
{% macro delete_channel_hours() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where {{ in_channel_hours('bucket_start_at', source('inputs', 'channel_hours')) }}
    {%- endif -%}
{%- endmacro %}

{% macro delete_old_minutes() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where
            grain_code = 'minute'
            and bucket_start_at < (select minute_grain_from_at from {{ source('build', 'settings') }})
    {%- endif -%}
{%- endmacro %}

{# Text made safe for a part of an address. #}
{% macro url_encoded(value) -%}
    url_encode({{ value }})
{%- endmacro %}
