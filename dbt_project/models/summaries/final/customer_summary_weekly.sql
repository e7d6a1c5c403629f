with

days as (
    select * from {{ ref('customer_day') }}
),

days_in_periods as (
    select
        days.*,
        {{ time_bucket_start('week', 'days.day_start_at') }} as period_start_at
    from days
),

summed as (
    select
        customer_id,
        currency_code,
        period_start_at,
        cast(period_start_at + interval '7' day as timestamp) as period_end_at,
        {{ sum_measures('customer') }}
    from days_in_periods
    group by customer_id, currency_code, period_start_at
),

{{ customer_summary() }}
