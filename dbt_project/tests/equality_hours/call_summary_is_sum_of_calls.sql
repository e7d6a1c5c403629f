-- call_summary_hourly holds each rated call of this chunk once, to the last 0.000001.
with

calls as (
    select
        hour_start_at,
        customer_id,
        currency_code,
        count(*) as attempt_count,
        count(case when is_answered then 1 end) as answer_count,
        count(unrated_reason_code) as unrated_count,
        sum(talk_seconds) as talk_seconds,
        sum(billed_seconds) as billed_seconds,
        coalesce(sum(charge_amount), 0) as charge_amount,
        sum(cost_amount) as cost_amount,
        sum(cost_unknown_count) as cost_unknown_count
    from {{ ref('rated_calls') }}
    group by hour_start_at, customer_id, currency_code
),

summary as (
    select
        summary.hour_start_at,
        summary.customer_id,
        summary.currency_code,
        sum(summary.attempt_count) as attempt_count,
        sum(summary.answer_count) as answer_count,
        sum(summary.unrated_count) as unrated_count,
        sum(summary.talk_seconds) as talk_seconds,
        sum(summary.billed_seconds) as billed_seconds,
        sum(summary.charge_amount) as charge_amount,
        sum(summary.cost_amount) as cost_amount,
        sum(summary.cost_unknown_count) as cost_unknown_count
    from {{ ref('call_summary_hourly') }} as summary
    inner join {{ source('inputs', 'hours') }} as hours on summary.hour_start_at = hours.hour_start_at
    group by summary.hour_start_at, summary.customer_id, summary.currency_code
)

(
    select * from calls
    except
    select * from summary
)
union all
(
    select * from summary
    except
    select * from calls
)
