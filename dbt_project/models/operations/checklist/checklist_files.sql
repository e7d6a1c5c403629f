-- Files and rows that did not come through, and hours without a file.
with

files as (
    select * from {{ source('build', 'files') }}
),

rejects as (
    select * from {{ source('build', 'rejects') }}
),

reconciliation as (
    select * from {{ ref('file_reconciliation') }}
),

feeds as (
    select * from {{ source('reference', 'feeds') }}
),

feed_hours as (
    select * from {{ source('build', 'feed_hours') }}
),

feed_gaps as (
    select * from {{ ref('feed_gaps') }}
),

-- an hour's file may take as long as a call's record may
due_gaps as (
    select
        feed_gaps.feed_id,
        feed_gaps.gap_from_at,
        least(
            feed_gaps.gap_to_at,
            {{ time_bucket_start('hour', add_seconds('settings.as_of_at', '-settings.channels_lag_seconds')) }}
        ) as gap_to_at
    from feed_gaps
    cross join {{ source('build', 'settings') }} as settings
),

missing_hours as (
    select
        feed_id,
        sum({{ idiv(micros_between('gap_from_at', 'gap_to_at'), 3600000000) }}) as hour_count,
        min(gap_from_at) as since_at
    from due_gaps
    where gap_to_at > gap_from_at
    group by feed_id
),

silent_feeds as (
    select feed_id
    from feeds
    where expected_code = 'hourly' and feed_id not in (select feed_hours.feed_id from feed_hours)
),

rejected_rows as (
    select
        feed_id,
        reject_reason_code,
        count(*) as row_count,
        min(drop_hour_at) as since_at
    from rejects
    group by feed_id, reject_reason_code
),

conflicting_rows as (
    select
        feed_id,
        sum(conflict_count) as row_count,
        min(drop_hour_at) as since_at
    from reconciliation
    where conflict_count > 0
    group by feed_id
),

copied_files as (
    select
        feed_id,
        count(*) as file_count,
        min(drop_hour_at) as since_at
    from files
    where status_code = 'copy_of'
    group by feed_id
),

-- one item per file, whatever number of records it has
unread_files as (
    select
        file_path,
        status_code,
        min(status_reason) as status_reason,
        min(drop_hour_at) as since_at
    from files
    where status_code not in ('loaded', 'copy_of', 'kept_without_source', 'replaced', 'excluded')
    group by file_path, status_code
),

final as (
    select
        {{ checklist_item(
            'file_needs_attention', 'error', 'File needs attention',
            subject="concat(file_path, ':', status_code)", since_at='since_at',
            message="concat(file_path, ' is ', status_code, ': ', "
                "coalesce(nullif(status_reason, ''), 'no reason given'), '.')",
        ) }}
    from unread_files
    union all
    select
        {{ checklist_item(
            'copied_files', 'info', 'Files sent twice',
            subject='feed_id', item_count='file_count', since_at='since_at',
            message="concat(cast(file_count as bigint), ' files of feed ', feed_id, ' hold the same bytes as another: "
                "their rows are duplicates and billed once.')",
        ) }}
    from copied_files
    union all
    select
        {{ checklist_item(
            'rejected_rows', 'error', 'Rejected rows',
            subject="concat(feed_id, ':', reject_reason_code)", item_count='row_count', since_at='since_at',
            message="concat(cast(row_count as bigint), ' rows of feed ', feed_id, ' were rejected as ', "
                "reject_reason_code, ': see rejects for line and text, have the switch send them again.')",
        ) }}
    from rejected_rows
    union all
    select
        {{ checklist_item(
            'conflicting_rows', 'error', 'Rows that contradict each other',
            subject='feed_id', item_count='row_count', since_at='since_at',
            message="concat(cast(row_count as bigint), ' rows of feed ', feed_id, ' have the key of another row and "
                "other contents: see conflicting_duplicates, they are billed to nobody.')",
        ) }}
    from conflicting_rows
    union all
    select
        {{ checklist_item(
            'hours_without_file', 'error', 'Hours without a file',
            subject='feed_id', item_count='hour_count', since_at='since_at',
            message="concat('Feed ', feed_id, ' is expected hourly and lacks ', cast(hour_count as bigint), ' hours: "
                "have them sent, periods stay incomplete until then.')",
        ) }}
    from missing_hours
    union all
    select
        {{ checklist_item(
            'feed_without_files', 'warning', 'Feed without any file', subject='feed_id',
            message="concat('Feed ', feed_id, ' is expected hourly and has never had a file: check its pattern in "
                "tollbook.toml and the switch.')",
        ) }}
    from silent_feeds
)

select * from final
