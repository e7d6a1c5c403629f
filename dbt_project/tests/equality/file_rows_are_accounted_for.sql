-- Each row of each file is in exactly one of accepted, rejected, duplicate, conflict; the reader counted the same.
with

reconciliation as (
    select * from {{ ref('file_reconciliation') }}
),

records as (
    select
        file_id,
        max(parsed_count) as parsed_count,
        max(rejected_count) as rejected_count
    from {{ source('build', 'files') }}
    where status_code in ('loaded', 'copy_of', 'kept_without_source')
    group by file_id
),

final as (
    select
        reconciliation.*,
        records.parsed_count as read_count,
        records.rejected_count as read_rejected_count
    from reconciliation
    left join records on reconciliation.file_id = records.file_id
)

select * from final
where
    row_count != accepted_count + rejected_count + duplicate_count + conflict_count
    or accepted_count + duplicate_count + conflict_count != coalesce(read_count, 0)
    or rejected_count != coalesce(read_rejected_count, 0)
