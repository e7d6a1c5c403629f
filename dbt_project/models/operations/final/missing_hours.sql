with

gaps as (
    select * from {{ ref('feed_gaps') }}
),

final as (
    select
        feed_id,
        gap_from_at,
        gap_to_at,
        cast({{ idiv(micros_between('gap_from_at', 'gap_to_at'), 3600000000) }} as bigint) as missing_hour_count
    from gaps
)

select * from final
