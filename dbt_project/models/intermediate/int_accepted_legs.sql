-- A view, and no text but keys and numbers: what is carried through the joins that follow is what they cost.
{{ config(materialized='view') }}

with

legs as (
    select * from {{ ref('stg_legs') }}
),

leg_places as (
    select * from {{ ref('int_leg_places') }}
),

feeds as (
    select * from {{ source('reference', 'feeds') }}
),

placed as (
    select
        legs.leg_key,
        legs.hour_start_at,
        legs.feed_id,
        legs.setup_at,
        legs.ringing_at,
        legs.answered_at,
        legs.ended_at,
        legs.is_answered,
        legs.answered_ms,
        legs.pdd_ms,
        legs.dtmf_digit_count,
        legs.sip_status_code,
        legs.q850_cause_code,
        legs.release_reason,
        legs.carrier_key,
        legs.b_number,
        leg_places.leg_key is null as is_only_row,
        coalesce(leg_places.call_key, legs.leg_key) as call_key,
        coalesce(leg_places.call_setup_at, legs.setup_at) as call_setup_at,
        coalesce(leg_places.is_further_answered, false) as is_further_answered,
        case when leg_places.leg_key is null then legs.b_number else leg_places.first_b_number end as first_b_number,
        {%- for key_type in customer_key_types() %}
        case when leg_places.leg_key is null then legs.{{ key_type }} else leg_places.first_{{ key_type }} end
            as first_{{ key_type }},
        {%- endfor %}
        -- rows of a feed that the configuration no longer knows keep the default bound of 24 hours
        coalesce(feeds.talk_time_over_maximum_ms, 86400000) as maximum_ms
    from legs
    left join leg_places on legs.leg_key = leg_places.leg_key
    left join feeds on legs.feed_id = feeds.feed_id
    where leg_places.leg_key is null or leg_places.call_key is not null
),

final as (
    select
        placed.*,
        is_answered and answered_ms > maximum_ms as is_over_maximum,
        is_answered and abs(answered_ms * 1000 - {{ micros_between('answered_at', 'ended_at') }}) > 1000000
            as is_duration_disagreeing
    from placed
)

select * from final
