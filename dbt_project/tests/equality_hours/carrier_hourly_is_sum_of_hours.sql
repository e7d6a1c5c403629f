-- carrier_hourly is leg_summary_hourly without customers and destinations.
with

fact as (
    select
        summary.hour_start_at,
        summary.carrier_id,
        summary.cost_currency_code,
        sum(summary.attempt_count) as attempt_count,
        sum(summary.answer_count) as answer_count,
        sum(summary.talk_seconds) as talk_seconds,
        sum(summary.billed_seconds) as billed_seconds,
        sum(summary.cost_amount) as cost_amount,
        sum(summary.unrated_count) as unrated_count
    from {{ ref('leg_summary_hourly') }} as summary
    inner join {{ source('inputs', 'hours') }} as hours on summary.hour_start_at = hours.hour_start_at
    group by summary.hour_start_at, summary.carrier_id, summary.cost_currency_code
),

added as (
    select
        summary.hour_start_at,
        summary.carrier_id,
        summary.cost_currency_code,
        sum(summary.attempt_count) as attempt_count,
        sum(summary.answer_count) as answer_count,
        sum(summary.talk_seconds) as talk_seconds,
        sum(summary.billed_seconds) as billed_seconds,
        sum(summary.cost_amount) as cost_amount,
        sum(summary.unrated_count) as unrated_count
    from {{ ref('carrier_hourly') }} as summary
    inner join {{ source('inputs', 'hours') }} as hours on summary.hour_start_at = hours.hour_start_at
    group by summary.hour_start_at, summary.carrier_id, summary.cost_currency_code
),

differing as (
    {{ rows_that_differ('fact', 'added') }}
)

select * from differing
