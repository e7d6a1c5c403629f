-- Rows as the record of the file counts them against what became of them; what was rejected and rated is counted apart.
with

files as (
    select * from {{ source('build', 'files') }}
),

rejects as (
    select * from {{ source('build', 'rejects') }}
),

file_hours as (
    select * from {{ ref('file_hours') }}
),

-- bytes that were replaced and came back have two records: the one whose rows count goes first
ranked_files as (
    select
        files.*,
        status_code in ('loaded', 'copy_of', 'kept_without_source') as is_read,
        row_number() over (
            partition by file_id
            order by
                case when status_code in ('loaded', 'copy_of', 'kept_without_source') then 0 else 1 end,
                drop_hour_at,
                status_code
        ) as record_rank
    from files
),

rejected as (
    select
        file_id,
        count(*) as rejected_count
    from rejects
    group by file_id
),

sorted_out as (
    select
        file_id,
        sum(leg_count) as accepted_count,
        sum(duplicate_count) as duplicate_count,
        sum(conflict_count) as conflict_count
    from file_hours
    group by file_id
),

-- rows of a file that was replaced are no longer there: it counts none
final as (
    select
        ranked_files.feed_id,
        ranked_files.file_path,
        ranked_files.file_id,
        ranked_files.drop_hour_at,
        ranked_files.status_code,
        cast(coalesce(case when ranked_files.is_read then ranked_files.row_count end, 0) as bigint) as row_count,
        cast(coalesce(sorted_out.accepted_count, 0) as bigint) as accepted_count,
        cast(coalesce(rejected.rejected_count, 0) as bigint) as rejected_count,
        cast(coalesce(sorted_out.duplicate_count, 0) as bigint) as duplicate_count,
        cast(coalesce(sorted_out.conflict_count, 0) as bigint) as conflict_count
    from ranked_files
    left join sorted_out on ranked_files.file_id = sorted_out.file_id
    left join rejected on ranked_files.file_id = rejected.file_id
    where ranked_files.record_rank = 1
)

select * from final
