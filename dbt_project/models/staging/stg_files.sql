with

files as (
    select * from {{ source('build', 'files') }}
),

-- a file that was replaced and came back has two records
final as (
    select
        file_id,
        min(drop_hour_at) as drop_hour_at,
        min(file_path) as file_path,
        row_number() over (order by min(drop_hour_at), min(file_path), file_id) as file_number
    from files
    group by file_id
)

select * from final
