{# Where relations live and how they are named in SQL. #}

{# The schema of a model is the one its folder names, without a prefix. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ return((custom_schema_name or target.schema) | trim) }}
{%- endmacro %}

{# In models of the default database its relations render without it: published files carry other names, and a stored
   view that names its catalog would break when the file is renamed. Views in `work` must name it: unqualified names
   there mean `work` itself. #}
{% macro without_default_database(relation) -%}
    {%- set is_stored_elsewhere = model is defined and model.get('database') not in (none, target.database) -%}
    {%- if relation.database == target.database and not is_stored_elsewhere -%}
        {{ return(relation.include(database=false)) }}
    {%- endif -%}
    {{ return(relation) }}
{%- endmacro %}

{% macro ref() -%}
    {{ return(without_default_database(builtins.ref(*varargs, **kwargs))) }}
{%- endmacro %}

{% macro source() -%}
    {{ return(without_default_database(builtins.source(*varargs, **kwargs))) }}
{%- endmacro %}

{# Pre-hook of every model that is replaced by hour: runs in the transaction of the insert, so an hour that became
   empty loses its rows and a crash loses none. #}
{% macro delete_hours() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where hour_start_at in (select hour_start_at from {{ source('inputs', 'hours') }})
    {%- endif -%}
{%- endmacro %}
