with

legs as (
    select * from {{ ref('int_rated_legs') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

-- the first leg of a call is the one the call is named for
final as (
    select
        hour_start_at,
        carrier_id,
        is_answered,
        sip_status_code,
        q850_cause_code,
        release_reason,
        cast(count(*) as bigint) as attempt_count,
        cast(count(case when leg_key != call_key then 1 end) as bigint) as failover_attempt_count,
        cast(count(case when leg_key != call_key and is_answered then 1 end) as bigint) as failover_answer_count
    from legs
    where hour_start_at in (select hours.hour_start_at from hours)
    group by hour_start_at, carrier_id, is_answered, sip_status_code, q850_cause_code, release_reason
)

select * from final
