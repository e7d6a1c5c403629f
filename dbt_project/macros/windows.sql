{# Half-open windows of reference data: an absent start is the beginning of time, an absent end its end. #}
{% macro window_start(column) -%}
    coalesce(cast({{ column }} as timestamp), cast('0001-01-01 00:00:00' as timestamp))
{%- endmacro %}

{% macro window_end(column) -%}
    coalesce(cast({{ column }} as timestamp), cast('9999-12-31 00:00:00' as timestamp))
{%- endmacro %}

{# Condition of a join: the instant lies in the window of the relation. #}
{% macro in_window(instant, relation) -%}
    {{ instant }} >= {{ relation }}.effective_from and {{ instant }} < {{ relation }}.effective_to
{%- endmacro %}

{# Customer keys, under other names. #}
{% macro key_columns(relation, prefix, new_prefix) -%}
    {%- for key_type in customer_key_types() -%}
        {{ relation }}.{{ prefix }}{{ key_type }} as {{ new_prefix }}{{ key_type }}{{ ", " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# Whether some key of the relation maps to another customer than the one taken. #}
{% macro keys_disagree(relation) -%}
    {%- for key_type in customer_key_types()[1:] -%}
        {{ "or " if not loop.first }}{{ relation }}.{{ key_type }}_customer_id != {{ relation }}.customer_id{{ " " }}
    {%- endfor -%}
{%- endmacro %}

{% macro keys_in_words(relation) -%}
    concat_ws(
        ', '
        {%- for key_type in customer_key_types() -%}
            , '{{ key_type }}: ' || {{ relation }}.{{ key_type }}_customer_id
        {%- endfor -%}
    )
{%- endmacro %}

{# Customer keys in the order they are tried. #}
{% macro customer_key_types() -%}
    {{ return(['account_code', 'tech_prefix', 'trunk', 'source_ip', 'a_number']) }}
{%- endmacro %}

{# How long after its last leg a call's id counts as reused when another call has it (assets/call_links.py reads as far).
   A bound, or an hour would depend on all of history. #}
{% macro call_id_memory_seconds() -%}
    86400
{%- endmacro %}
