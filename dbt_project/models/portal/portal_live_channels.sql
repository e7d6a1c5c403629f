{{ config(alias='live_channels') }}

with

live_channels as (
    select * from {{ ref('live_channels') }}
),

final as (
    select
        bucket_start_at,
        grain_code,
        scope_code,
        customer_id,
        destination_name,
        peak_channels,
        mean_channels
    from live_channels
    where scope_code in ('customer', 'customer_destination') and customer_id is not null
)

select * from final
