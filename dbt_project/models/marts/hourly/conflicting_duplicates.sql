with

legs as (
    select * from {{ ref('stg_legs') }}
),

repeated_legs as (
    select * from {{ ref('int_repeated_legs') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

final as (
    select
        legs.hour_start_at,
        {%- for name, _ in leg_columns() %}
        legs.{{ name }},
        {%- endfor %}
        kept_legs.file_id as kept_file_id,
        kept_legs.line_number as kept_line_number,
        repeated_legs.differing_columns
    from repeated_legs
    inner join legs on repeated_legs.leg_key = legs.leg_key
    inner join legs as kept_legs on repeated_legs.kept_leg_key = kept_legs.leg_key
    where
        repeated_legs.row_kind_code = 'conflict'
        and legs.hour_start_at in (select hours.hour_start_at from hours)
)

select * from final
