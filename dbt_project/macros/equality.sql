{# Rows of one relation that the other lacks, both ways; null equals null. #}
{% macro rows_that_differ(expected, found) -%}
    select * from (
        select * from {{ expected }}
        except
        select * from {{ found }}
    ) as missing
    union all
    select * from (
        select * from {{ found }}
        except
        select * from {{ expected }}
    ) as surplus
{%- endmacro %}

{# The equalities of a run look at the hours replaced since they last held and at the periods that hold them; without a
   grain: those hours themselves. `tollbook verify` looks at all. #}
{% macro unchecked_periods(grain=none) -%}
    select distinct {{ time_bucket_start(grain, 'hour_start_at') if grain else 'hour_start_at' }} as period_start_at
    from {{ source('build', 'unchecked_hours') }}
{%- endmacro %}
