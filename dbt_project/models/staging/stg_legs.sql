{{ config(pre_hook="{{ set_leg_parts() }}") }}

with

parts as (
    select * from {{ leg_parts() }}
),

files as (
    select * from {{ ref('stg_files') }}
),

read_hours as (
    select * from {{ source('inputs', 'read_hours') }}
),

final as (
    select
        -- ten thousand million lines a file: file and line in one integer, which joins several times faster than text
        cast(files.file_number * 10000000000 + parts.line_number as bigint) as leg_key,
        {{ hour_start('parts.setup_at') }} as hour_start_at,
        {%- for name, type in leg_columns() %}
        cast(parts.{{ name }} as {{ type }}) as {{ name }}{{ "," }}
        {%- endfor %}
    from parts
    left join files on parts.file_id = files.file_id
    where {{ hour_start('parts.setup_at') }} in (select read_hours.hour_start_at from read_hours)
)

select * from final
