with

rated_legs as (
    select * from {{ ref('int_rated_legs') }}
),

legs as (
    select * from {{ ref('stg_legs') }}
),

multi_calls as (
    select * from {{ ref('int_multi_calls') }}
),

hours as (
    select * from {{ source('inputs', 'hours') }}
),

odd_keys as (
    select * from rated_legs
    where
        hour_start_at in (select hours.hour_start_at from hours)
        and (
            not is_only_row
            or is_over_maximum
            or is_duration_disagreeing
            or disagreeing_keys is not null
            or (is_answered and answered_ms = 0)
            or (not is_answered and answered_ms > 0)
        )
),

odd_legs as (
    select
        odd_keys.*,
        legs.feed_id,
        legs.file_id,
        legs.line_number,
        legs.call_id,
        legs.leg_id,
        {{ idiv(micros_between('legs.answered_at', 'legs.ended_at'), 1000) }} as measured_ms
    from odd_keys
    inner join legs on odd_keys.leg_key = legs.leg_key
),

-- a call's own anomalies stand on the line of its first leg
found as (
    select
        odd_legs.*,
        'call_id_reused' as anomaly_code,
        'begins more than the call spread after the leg before it' as detail
    from odd_legs
    inner join multi_calls on odd_legs.leg_key = multi_calls.call_key
    where multi_calls.is_call_id_reused
    union all
    select
        *,
        'customer_keys_disagree' as anomaly_code,
        disagreeing_keys as detail
    from odd_legs
    where disagreeing_keys is not null and leg_key = call_key
    union all
    select
        *,
        'answered_without_talk_time' as anomaly_code,
        'answered, answered_ms is 0' as detail
    from odd_legs
    where is_answered and answered_ms = 0
    union all
    select
        *,
        'talk_time_without_answer' as anomaly_code,
        concat('unanswered, answered_ms is ', cast(answered_ms as {{ type_text() }})) as detail
    from odd_legs
    where not is_answered and answered_ms > 0
    union all
    select
        *,
        'talk_time_over_maximum' as anomaly_code,
        concat(
            'answered_ms is ', cast(answered_ms as {{ type_text() }}),
            ', at most ', cast(maximum_ms as {{ type_text() }})
        ) as detail
    from odd_legs
    where is_over_maximum
    union all
    select
        *,
        'durations_disagree' as anomaly_code,
        concat(
            'answered_ms is ', cast(answered_ms as {{ type_text() }}),
            ', ended_at less answered_at is ', cast(measured_ms as {{ type_text() }}), ' ms'
        ) as detail
    from odd_legs
    where is_duration_disagreeing
    union all
    select
        *,
        'several_answered_legs' as anomaly_code,
        'another leg of the call was answered, earlier in leg order' as detail
    from odd_legs
    where is_further_answered
),

final as (
    select
        hour_start_at,
        feed_id,
        file_id,
        line_number,
        call_id,
        leg_id,
        anomaly_code,
        detail
    from found
)

select * from final
