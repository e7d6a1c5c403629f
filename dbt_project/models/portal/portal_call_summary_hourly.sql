{{ config(alias='call_summary_hourly') }}

with

hours as (
    select * from {{ ref('call_summary_hourly') }}
),

final as (
    select
        hour_start_at,
        customer_id,
        sell_destination_name as destination_name,
        currency_code,
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
    from hours
    where customer_id is not null
)

select * from final
