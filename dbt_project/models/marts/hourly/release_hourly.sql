with

calls as (
    select * from {{ ref('rated_calls') }}
),

final as (
    select
        hour_start_at,
        customer_id,
        is_answered,
        sip_status_code,
        q850_cause_code,
        release_reason,
        cast(count(*) as bigint) as attempt_count,
        cast(sum(leg_count) as bigint) as leg_count,
        cast(count(case when leg_count > 1 then 1 end) as bigint) as failover_attempt_count,
        cast(count(case when leg_count > 1 and is_answered then 1 end) as bigint) as failover_answer_count
    from calls
    group by hour_start_at, customer_id, is_answered, sip_status_code, q850_cause_code, release_reason
)

select * from final
