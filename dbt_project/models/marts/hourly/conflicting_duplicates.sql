with

legs as (
    select * from {{ ref('stg_legs') }}
),

kept_legs as (
    select * from {{ ref('stg_legs') }}
),

conflicts as (
    select * from {{ ref('int_repeated_legs') }}
    where row_kind_code = 'conflict'
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
        conflicts.differing_columns
    from conflicts
    inner join legs on conflicts.leg_key = legs.leg_key
    inner join kept_legs on conflicts.kept_leg_key = kept_legs.leg_key
    where legs.hour_start_at in (select hours.hour_start_at from hours)
)

select * from final
