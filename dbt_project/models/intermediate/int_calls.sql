-- Calls from legs: who and where from the first leg, charge and status from the first answered leg, else the last.
-- A view over two cases, so that the many calls of one leg need no join.
{{ config(materialized='view') }}

with

single_legs as (
    select * from {{ ref('int_rated_legs') }}
    where is_only_row
),

multi_calls as (
    select * from {{ ref('int_multi_calls') }}
),

first_legs as (
    select * from {{ ref('int_rated_legs') }}
    where not is_only_row
),

status_legs as (
    select * from {{ ref('int_rated_legs') }}
    where not is_only_row
),

call_costs as (
    select
        call_key,
        cast(coalesce(sum(customer_cost_micros), 0) as bigint) as cost_micros,
        cast(count(*) - count(customer_cost_micros) as bigint) as cost_unknown_count
    from {{ ref('int_rated_legs') }}
    where is_answered and not is_only_row
    group by call_key
),

final as (
    select
        single_legs.call_key,
        single_legs.leg_key as status_leg_key,
        single_legs.setup_at,
        single_legs.ended_at,
        single_legs.ringing_at as first_ringing_at,
        cast(1 as bigint) as leg_count,
        cast(case when single_legs.is_answered then 1 else 0 end as bigint) as answered_leg_count,
        coalesce(single_legs.customer_cost_micros, 0) as cost_micros,
        cast(case when single_legs.customer_cost_micros is null then 1 else 0 end as bigint) as cost_unknown_count,
        {{ call_columns('single_legs', 'single_legs') }}
    from single_legs
    union all
    select
        multi_calls.call_key,
        multi_calls.status_leg_key,
        multi_calls.setup_at,
        multi_calls.ended_at,
        multi_calls.first_ringing_at,
        multi_calls.leg_count,
        multi_calls.answered_leg_count,
        coalesce(call_costs.cost_micros, 0) as cost_micros,
        coalesce(call_costs.cost_unknown_count, 0) as cost_unknown_count,
        {{ call_columns('first_legs', 'status_legs') }}
    from multi_calls
    inner join first_legs on multi_calls.call_key = first_legs.leg_key
    inner join status_legs on multi_calls.status_leg_key = status_legs.leg_key
    left join call_costs on multi_calls.call_key = call_costs.call_key
)

select * from final
