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

{# Customer keys in the order they are tried. #}
{% macro customer_key_types() -%}
    {{ return(['account_code', 'tech_prefix', 'trunk', 'source_ip', 'a_number']) }}
{%- endmacro %}
