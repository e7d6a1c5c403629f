with

days as (
    select * from {{ ref('customer_day') }}
),

summed as (
    select
        days.*,
        days.day_start_at as period_start_at,
        cast(days.day_start_at + interval '1' day as timestamp) as period_end_at
    from days
),

{{ customer_summary() }}
