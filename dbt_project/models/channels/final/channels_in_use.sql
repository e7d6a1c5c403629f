-- CDRs exist only of ended calls, so "in use" is the mean of the last whole minute before as_of - channels_lag.
with

live_channels as (
    select * from {{ ref('live_channels') }}
    where grain_code = 'minute'
),

customers as (
    select * from {{ source('reference', 'customers') }}
),

carriers as (
    select * from {{ source('reference', 'carriers') }}
),

measured as (
    select
        cast(
            {{ time_bucket_start('minute', add_seconds('as_of_at', '-channels_lag_seconds')) }} - interval '1' minute
            as timestamp
        ) as measured_at
    from {{ source('build', 'settings') }}
),

-- one customer without a limit makes the sum unlimited
configured as (
    select
        'customer' as scope_code,
        customer_id,
        cast(null as {{ type_text() }}) as carrier_id,
        cast(channel_limit as bigint) as channel_limit
    from customers
    union all
    select
        'carrier' as scope_code,
        cast(null as {{ type_text() }}) as customer_id,
        carrier_id,
        cast(channel_limit as bigint) as channel_limit
    from carriers
    union all
    select
        'total' as scope_code,
        cast(null as {{ type_text() }}) as customer_id,
        cast(null as {{ type_text() }}) as carrier_id,
        case when count(channel_limit) = count(*) then cast(sum(channel_limit) as bigint) end as channel_limit
    from customers
),

final as (
    select
        configured.scope_code,
        configured.customer_id,
        configured.carrier_id,
        measured.measured_at,
        coalesce(live_channels.mean_channels, 0) as channels_in_use,
        configured.channel_limit
    from configured
    cross join measured
    left join live_channels
        on
            configured.scope_code = live_channels.scope_code
            and measured.measured_at = live_channels.bucket_start_at
            and coalesce(configured.customer_id, '') = coalesce(live_channels.customer_id, '')
            and coalesce(configured.carrier_id, '') = coalesce(live_channels.carrier_id, '')
)

select * from final
