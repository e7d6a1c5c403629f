-- Each conflict counted in file_hours stands in conflicting_duplicates.
with

counted as (
    select
        file_hours.file_id,
        file_hours.hour_start_at,
        file_hours.conflict_count
    from {{ ref('file_hours') }} as file_hours
    inner join {{ source('inputs', 'hours') }} as hours on file_hours.hour_start_at = hours.hour_start_at
),

kept as (
    select
        conflicts.file_id,
        conflicts.hour_start_at,
        count(*) as row_count
    from {{ ref('conflicting_duplicates') }} as conflicts
    inner join {{ source('inputs', 'hours') }} as hours on conflicts.hour_start_at = hours.hour_start_at
    group by conflicts.file_id, conflicts.hour_start_at
)

select
    coalesce(counted.file_id, kept.file_id) as file_id,
    coalesce(counted.hour_start_at, kept.hour_start_at) as hour_start_at,
    counted.conflict_count,
    kept.row_count
from counted
full outer join kept on counted.file_id = kept.file_id and counted.hour_start_at = kept.hour_start_at
where coalesce(counted.conflict_count, 0) != coalesce(kept.row_count, 0)
