-- Days of a carrier add up to the weeks and months they lie in, where an hour of these was replaced.
with

touched_weeks as (
    {{ unchecked_periods('week') }}
),

touched_months as (
    {{ unchecked_periods('month') }}
),

days as (
    select
        daily.*,
        {{ time_bucket_start('week', 'daily.period_start_at') }} as week_start_at,
        {{ time_bucket_start('month', 'daily.period_start_at') }} as month_start_at
    from {{ ref('carrier_summary_daily') }} as daily
),

days_of_weeks as (
    select
        carrier_id,
        currency_code,
        week_start_at as period_start_at,
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
    from days
    where week_start_at in (select touched_weeks.period_start_at from touched_weeks)
    group by carrier_id, currency_code, week_start_at
),

weekly as (
    select
        carrier_id,
        currency_code,
        period_start_at,
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
    from {{ ref('carrier_summary_weekly') }}
    where period_start_at in (select touched_weeks.period_start_at from touched_weeks)
),

days_of_months as (
    select
        carrier_id,
        currency_code,
        month_start_at as period_start_at,
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
    from days
    where month_start_at in (select touched_months.period_start_at from touched_months)
    group by carrier_id, currency_code, month_start_at
),

monthly as (
    select
        carrier_id,
        currency_code,
        period_start_at,
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
    from {{ ref('carrier_summary_monthly') }}
    where period_start_at in (select touched_months.period_start_at from touched_months)
),

differing as (
    {{ rows_that_differ('days_of_weeks', 'weekly') }}
    union all
    {{ rows_that_differ('days_of_months', 'monthly') }}
)

select * from differing
