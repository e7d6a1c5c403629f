{# Names of the time zones that the engine itself can convert to: a column zone_name. #}
{% macro zone_names() -%}
    {{ return(adapter.dispatch('zone_names', 'tollbook')()) }}
{%- endmacro %}
{% macro default__zone_names() -%}
    select cast(names.name as {{ type_text() }}) as zone_name
    from pg_timezone_names() as names
{%- endmacro %}
