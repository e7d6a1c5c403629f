with

calls as (
    select * from {{ ref('int_rated_calls') }}
),

customers as (
    select * from {{ ref('int_names') }}
    where name_kind_code = 'customer'
),

summed as (
    select
        hour_start_at,
        customer_number,
        is_answered,
        sip_status_code,
        q850_cause_code,
        release_reason,
        count(*) as attempt_count,
        sum(leg_count) as leg_count,
        count(case when leg_count > 1 then 1 end) as failover_attempt_count,
        count(case when leg_count > 1 and is_answered then 1 end) as failover_answer_count
    from calls
    group by hour_start_at, customer_number, is_answered, sip_status_code, q850_cause_code, release_reason
),

final as (
    select
        summed.hour_start_at,
        customers.name as customer_id,
        summed.is_answered,
        summed.sip_status_code,
        summed.q850_cause_code,
        summed.release_reason,
        cast(summed.attempt_count as bigint) as attempt_count,
        cast(summed.leg_count as bigint) as leg_count,
        cast(summed.failover_attempt_count as bigint) as failover_attempt_count,
        cast(summed.failover_answer_count as bigint) as failover_answer_count
    from summed
    left join customers on summed.customer_number = customers.name_number
)

select * from final
