-- Every row read in the hours of this chunk is in file_hours once, and its legs are the rated legs.
with

rows_read as (
    select
        legs.file_id,
        legs.hour_start_at,
        count(*) as row_count
    from {{ ref('stg_legs') }} as legs
    inner join {{ source('inputs', 'hours') }} as hours on legs.hour_start_at = hours.hour_start_at
    group by legs.file_id, legs.hour_start_at
),

legs_rated as (
    select
        file_id,
        hour_start_at,
        count(*) as leg_count
    from {{ ref('rated_legs') }}
    group by file_id, hour_start_at
),

told as (
    select file_hours.*
    from {{ ref('file_hours') }} as file_hours
    inner join {{ source('inputs', 'hours') }} as hours on file_hours.hour_start_at = hours.hour_start_at
)

select
    coalesce(rows_read.file_id, told.file_id) as file_id,
    coalesce(rows_read.hour_start_at, told.hour_start_at) as hour_start_at,
    rows_read.row_count,
    told.leg_count,
    told.duplicate_count,
    told.conflict_count,
    legs_rated.leg_count as rated_leg_count
from rows_read
full outer join told on rows_read.file_id = told.file_id and rows_read.hour_start_at = told.hour_start_at
left join legs_rated on told.file_id = legs_rated.file_id and told.hour_start_at = legs_rated.hour_start_at
where
    rows_read.row_count is distinct from told.leg_count + told.duplicate_count + told.conflict_count
    or told.leg_count is distinct from coalesce(legs_rated.leg_count, 0)
