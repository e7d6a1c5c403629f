with

multi_legs as (
    select * from {{ ref('int_multi_legs') }}
),

status_legs as (
    select * from {{ ref('int_multi_legs') }}
),

first_legs as (
    select * from {{ ref('stg_legs') }}
),

calls as (
    select
        call_key,
        min(setup_at) as setup_at,
        max(ended_at) as ended_at,
        min(ringing_at) as first_ringing_at,
        cast(count(*) as bigint) as leg_count,
        cast(count(case when is_answered then 1 end) as bigint) as answered_leg_count,
        cast(count(case when begins_reuse then 1 end) > 0 as boolean) as is_call_id_reused,
        -- the first answered leg, else the last
        coalesce(min(case when is_answered then leg_place end), max(leg_place)) as status_leg_place
    from multi_legs
    group by call_key
),

final as (
    select
        calls.call_key,
        calls.setup_at,
        calls.ended_at,
        calls.first_ringing_at,
        calls.leg_count,
        calls.answered_leg_count,
        calls.is_call_id_reused,
        status_legs.leg_key as status_leg_key,
        first_legs.b_number as first_b_number,
        {{ key_columns('first_legs', '', 'first_') }}
    from calls
    inner join status_legs
        on calls.call_key = status_legs.call_key and calls.status_leg_place = status_legs.leg_place
    inner join first_legs on calls.call_key = first_legs.leg_key
)

select * from final
