-- Days of the hours just computed: what carrier_day holds is what its hours add up to.
with

touched_days as (
    select distinct {{ time_bucket_start('day', 'hour_start_at') }} as day_start_at
    from {{ source('inputs', 'hours') }}
),

touched_hours as (
    {{ hours_of_days('touched_days') }}
),

expected as (
    select
        carrier_id,
        cost_currency_code as currency_code,
        {{ time_bucket_start('day', 'hour_start_at') }} as day_start_at,
        cast(sum(attempt_count) as bigint) as attempt_count,
        cast(sum(answer_count) as bigint) as answer_count,
        cast(sum(ner_count) as bigint) as ner_count,
        cast(sum(pdd_ms_sum) as bigint) as pdd_ms_sum,
        cast(sum(pdd_count) as bigint) as pdd_count,
        cast(sum(talk_seconds) as decimal(18, 3)) as talk_seconds,
        cast(sum(billed_seconds) as bigint) as billed_seconds,
        cast(sum(dtmf_observed_count) as bigint) as dtmf_observed_count,
        cast(sum(dtmf_call_count) as bigint) as dtmf_call_count,
        cast(sum(unrated_count) as bigint) as unrated_count,
        cast(sum(cost_amount) as decimal(18, 6)) as cost_amount
    from {{ ref('leg_summary_hourly') }}
    where hour_start_at in (select touched_hours.hour_start_at from touched_hours)
    group by carrier_id, cost_currency_code, {{ time_bucket_start('day', 'hour_start_at') }}
),

found as (
    select
        carrier_id,
        currency_code,
        day_start_at,
        attempt_count,
        answer_count,
        ner_count,
        pdd_ms_sum,
        pdd_count,
        talk_seconds,
        billed_seconds,
        dtmf_observed_count,
        dtmf_call_count,
        unrated_count,
        cost_amount
    from {{ ref('carrier_day') }}
    where day_start_at in (select touched_days.day_start_at from touched_days)
),

differing as (
    {{ rows_that_differ('expected', 'found') }}
)

select * from differing
