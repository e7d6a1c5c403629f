-- The rates in use, with everything that rates a call or leg.
with

prefix_matches as (
    select distinct
        revision_key,
        prefix
    from {{ ref('int_prefix_matches') }}
),

revision_windows as (
    select * from {{ ref('int_revision_windows') }}
),

rates as (
    select * from {{ source('reference', 'rates') }}
),

destinations as (
    select * from {{ ref('int_names') }}
    where name_kind_code = 'destination'
),

final as (
    select
        cast(row_number() over (order by prefix_matches.revision_key, prefix_matches.prefix) as integer) as rate_key,
        prefix_matches.revision_key,
        prefix_matches.prefix,
        revision_windows.direction,
        rates.destination_name,
        destinations.name_number as destination_number,
        rates.rate_micros,
        rates.setup_fee_micros,
        rates.minimum_seconds,
        rates.increment_seconds,
        rates.grace_seconds,
        rates.is_blocked,
        revision_windows.talk_rounding,
        revision_windows.charge_rounding,
        revision_windows.charge_unit_micros
    from prefix_matches
    inner join revision_windows on prefix_matches.revision_key = revision_windows.revision_key
    inner join rates on revision_windows.revision_id = rates.revision_id and prefix_matches.prefix = rates.prefix
    left join destinations on rates.destination_name = destinations.name
)

select * from final
