with

legs as (
    select * from {{ ref('int_rated_legs') }}
),

carriers as (
    select * from {{ ref('int_names') }}
    where name_kind_code = 'carrier'
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

-- the first leg of a call is the one the call is named for
summed as (
    select
        hour_start_at,
        carrier_number,
        is_answered,
        sip_status_code,
        q850_cause_code,
        release_reason,
        count(*) as attempt_count,
        count(case when leg_key != call_key then 1 end) as failover_attempt_count,
        count(case when leg_key != call_key and is_answered then 1 end) as failover_answer_count
    from legs
    where hour_start_at in (select hours.hour_start_at from hours)
    group by hour_start_at, carrier_number, is_answered, sip_status_code, q850_cause_code, release_reason
),

final as (
    select
        summed.hour_start_at,
        carriers.name as carrier_id,
        summed.is_answered,
        summed.sip_status_code,
        summed.q850_cause_code,
        summed.release_reason,
        cast(summed.attempt_count as bigint) as attempt_count,
        cast(summed.failover_attempt_count as bigint) as failover_attempt_count,
        cast(summed.failover_answer_count as bigint) as failover_answer_count
    from summed
    left join carriers on summed.carrier_number = carriers.name_number
)

select * from final
