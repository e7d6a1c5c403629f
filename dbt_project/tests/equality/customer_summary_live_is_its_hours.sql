-- The live summary is the last 24 hours of the hourly fact.
with

expected as (
    select
        hours.customer_id,
        hours.currency_code,
        hours.hour_start_at as period_start_at,
        cast(sum(hours.attempt_count) as bigint) as attempt_count,
        cast(sum(hours.answer_count) as bigint) as answer_count,
        cast(sum(hours.ner_count) as bigint) as ner_count,
        cast(sum(hours.pdd_ms_sum) as bigint) as pdd_ms_sum,
        cast(sum(hours.pdd_count) as bigint) as pdd_count,
        cast(sum(hours.talk_seconds) as decimal(18, 3)) as talk_seconds,
        cast(sum(hours.billed_seconds) as bigint) as billed_seconds,
        cast(sum(hours.charge_amount) as decimal(18, 6)) as charge_amount,
        cast(sum(hours.dtmf_observed_count) as bigint) as dtmf_observed_count,
        cast(sum(hours.dtmf_call_count) as bigint) as dtmf_call_count,
        cast(sum(hours.unrated_count) as bigint) as unrated_count
    from {{ ref('call_summary_hourly') }} as hours
    cross join {{ source('build', 'settings') }} as settings
    where
        hours.hour_start_at > settings.as_of_at - interval '24' hour
        and hours.hour_start_at <= settings.as_of_at
    group by hours.customer_id, hours.currency_code, hours.hour_start_at
),

found as (
    select
        customer_id,
        currency_code,
        period_start_at,
        attempt_count,
        answer_count,
        ner_count,
        pdd_ms_sum,
        pdd_count,
        talk_seconds,
        billed_seconds,
        charge_amount,
        dtmf_observed_count,
        dtmf_call_count,
        unrated_count
    from {{ ref('customer_summary_live') }}
),

differing as (
    {{ rows_that_differ('expected', 'found') }}
)

select * from differing
