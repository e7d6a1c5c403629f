with

calls as (
    select * from {{ ref('rated_calls') }}
),

final as (
    select
        hour_start_at,
        customer_id,
        sell_destination_name,
        currency_code,
        cast(count(*) as bigint) as attempt_count,
        cast(count(case when is_answered then 1 end) as bigint) as answer_count,
        cast(count(case when is_ner then 1 end) as bigint) as ner_count,
        cast(coalesce(sum(pdd_ms), 0) as bigint) as pdd_ms_sum,
        cast(count(pdd_ms) as bigint) as pdd_count,
        cast(sum(talk_seconds) as decimal(18, 3)) as talk_seconds,
        cast(sum(billed_seconds) as bigint) as billed_seconds,
        cast(coalesce(sum(charge_amount), 0) as decimal(18, 6)) as charge_amount,
        cast(sum(cost_amount) as decimal(18, 6)) as cost_amount,
        cast(sum(cost_unknown_count) as bigint) as cost_unknown_count,
        cast(count(case when is_dtmf_observed then 1 end) as bigint) as dtmf_observed_count,
        cast(count(case when is_dtmf_observed and dtmf_digit_count > 0 then 1 end) as bigint) as dtmf_call_count,
        cast(count(unrated_reason_code) as bigint) as unrated_count
    from calls
    group by hour_start_at, customer_id, sell_destination_name, currency_code
)

select * from final
