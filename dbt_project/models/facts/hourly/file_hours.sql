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
        legs.file_id,
        legs.hour_start_at,
        cast(count(case when coalesce(repeated_legs.row_kind_code, 'kept') = 'kept' then 1 end) as bigint) as leg_count,
        cast(count(case when repeated_legs.row_kind_code = 'duplicate' then 1 end) as bigint) as duplicate_count,
        cast(count(case when repeated_legs.row_kind_code = 'conflict' then 1 end) as bigint) as conflict_count
    from legs
    left join repeated_legs on legs.leg_key = repeated_legs.leg_key
    where legs.hour_start_at in (select hours.hour_start_at from hours)
    group by legs.file_id, legs.hour_start_at
)

select * from final
