-- Calls from legs: who and where from the first leg, charge and status from the first answered leg, else the last.
with

accepted_legs as (
    select * from {{ ref('int_accepted_legs') }}
),

multi_calls as (
    select * from {{ ref('int_multi_calls') }}
),

multi_row_legs as (
    select * from {{ ref('int_multi_row_legs') }}
),

single_leg_calls as (
    select
        accepted_legs.call_key,
        accepted_legs.setup_at,
        accepted_legs.ended_at,
        accepted_legs.ringing_at as first_ringing_at,
        cast(1 as bigint) as leg_count,
        cast(case when accepted_legs.is_answered then 1 else 0 end as bigint) as answered_leg_count,
        false as is_call_id_reused,
        {{ call_columns('accepted_legs', 'accepted_legs') }}
    from accepted_legs
    left join multi_row_legs on accepted_legs.leg_key = multi_row_legs.leg_key
    where multi_row_legs.leg_key is null
),

several_leg_calls as (
    select
        multi_calls.call_key,
        multi_calls.setup_at,
        multi_calls.ended_at,
        multi_calls.first_ringing_at,
        multi_calls.leg_count,
        multi_calls.answered_leg_count,
        multi_calls.is_call_id_reused,
        {{ call_columns('first_legs', 'status_legs') }}
    from multi_calls
    inner join accepted_legs as first_legs on multi_calls.call_key = first_legs.leg_key
    inner join accepted_legs as status_legs on multi_calls.status_leg_key = status_legs.leg_key
),

final as (
    select * from single_leg_calls
    union all
    select * from several_leg_calls
)

select * from final
