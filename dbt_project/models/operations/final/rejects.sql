with

rejects as (
    select * from {{ source('build', 'rejects') }}
),

final as (
    select
        file_id,
        line_number,
        reject_reason_code,
        detail,
        raw_text
    from rejects
)

select * from final
