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
