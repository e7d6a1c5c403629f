-- Days, weeks and months of a customer add up to the same.
with

daily as (
    select
        customer_id,
        currency_code,
        cast(sum(attempt_count) as bigint) as attempt_count,
        cast(sum(answer_count) as bigint) as answer_count,
        cast(sum(ner_count) as bigint) as ner_count,
        cast(sum(pdd_ms_sum) as bigint) as pdd_ms_sum,
        cast(sum(pdd_count) as bigint) as pdd_count,
        cast(sum(talk_seconds) as decimal(18, 3)) as talk_seconds,
        cast(sum(billed_seconds) as bigint) as billed_seconds,
        cast(sum(charge_amount) as decimal(18, 6)) as charge_amount,
        cast(sum(dtmf_observed_count) as bigint) as dtmf_observed_count,
        cast(sum(dtmf_call_count) as bigint) as dtmf_call_count,
        cast(sum(unrated_count) as bigint) as unrated_count
    from {{ ref('customer_summary_daily') }}
    group by customer_id, currency_code
),

weekly as (
    select
        customer_id,
        currency_code,
        cast(sum(attempt_count) as bigint) as attempt_count,
        cast(sum(answer_count) as bigint) as answer_count,
        cast(sum(ner_count) as bigint) as ner_count,
        cast(sum(pdd_ms_sum) as bigint) as pdd_ms_sum,
        cast(sum(pdd_count) as bigint) as pdd_count,
        cast(sum(talk_seconds) as decimal(18, 3)) as talk_seconds,
        cast(sum(billed_seconds) as bigint) as billed_seconds,
        cast(sum(charge_amount) as decimal(18, 6)) as charge_amount,
        cast(sum(dtmf_observed_count) as bigint) as dtmf_observed_count,
        cast(sum(dtmf_call_count) as bigint) as dtmf_call_count,
        cast(sum(unrated_count) as bigint) as unrated_count
    from {{ ref('customer_summary_weekly') }}
    group by customer_id, currency_code
),

monthly as (
    select
        customer_id,
        currency_code,
        cast(sum(attempt_count) as bigint) as attempt_count,
        cast(sum(answer_count) as bigint) as answer_count,
        cast(sum(ner_count) as bigint) as ner_count,
        cast(sum(pdd_ms_sum) as bigint) as pdd_ms_sum,
        cast(sum(pdd_count) as bigint) as pdd_count,
        cast(sum(talk_seconds) as decimal(18, 3)) as talk_seconds,
        cast(sum(billed_seconds) as bigint) as billed_seconds,
        cast(sum(charge_amount) as decimal(18, 6)) as charge_amount,
        cast(sum(dtmf_observed_count) as bigint) as dtmf_observed_count,
        cast(sum(dtmf_call_count) as bigint) as dtmf_call_count,
        cast(sum(unrated_count) as bigint) as unrated_count
    from {{ ref('customer_summary_monthly') }}
    group by customer_id, currency_code
),

differing as (
    {{ rows_that_differ('daily', 'weekly') }}
    union all
    {{ rows_that_differ('daily', 'monthly') }}
)

select * from differing
