with

legs as (
    select * from {{ ref('int_accepted_legs') }}
),

calls as (
    select * from {{ ref('int_calls') }}
),

call_accounts as (
    select * from {{ ref('int_call_accounts') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

-- a call's own anomalies stand on the line of its first leg
call_anomalies as (
    select
        calls.call_key as leg_key,
        'call_id_reused' as anomaly_code,
        'begins more than the call spread after the leg before' as detail
    from calls
    where calls.is_call_id_reused
    union all
    select
        call_accounts.call_key as leg_key,
        'customer_keys_disagree' as anomaly_code,
        concat('taken: ', call_accounts.customer_id, ' by ', call_accounts.customer_key_type) as detail
    from call_accounts
    where call_accounts.is_disagreeing
),

leg_anomalies as (
    select
        leg_key,
        'answered_without_talk_time' as anomaly_code,
        'answered, answered_ms is 0' as detail
    from legs
    where is_answered and answered_ms = 0
    union all
    select
        leg_key,
        'talk_time_without_answer' as anomaly_code,
        concat('unanswered, answered_ms is ', cast(answered_ms as {{ type_text() }})) as detail
    from legs
    where not is_answered and answered_ms > 0
    union all
    select
        leg_key,
        'talk_time_over_maximum' as anomaly_code,
        concat('answered_ms is ', cast(answered_ms as {{ type_text() }})) as detail
    from legs
    where is_over_maximum
    union all
    select
        leg_key,
        'durations_disagree' as anomaly_code,
        concat(
            'answered_ms is ', cast(answered_ms as {{ type_text() }}), ', ended_at less answered_at is ',
            cast({{ idiv(micros_between('answered_at', 'ended_at'), 1000) }} as {{ type_text() }}), ' ms'
        ) as detail
    from legs
    where
        is_answered
        and abs(answered_ms * 1000 - {{ micros_between('answered_at', 'ended_at') }}) > 1000000
    union all
    select
        leg_key,
        'several_answered_legs' as anomaly_code,
        'another leg of the call was answered before it in leg order' as detail
    from legs
    where is_further_answered
),

found as (
    select * from call_anomalies
    union all
    select * from leg_anomalies
),

final as (
    select
        legs.hour_start_at,
        legs.feed_id,
        legs.file_id,
        legs.line_number,
        legs.call_id,
        legs.leg_id,
        found.anomaly_code,
        found.detail
    from found
    inner join legs on found.leg_key = legs.leg_key
    where legs.hour_start_at in (select hours.hour_start_at from hours)
)

select * from final
