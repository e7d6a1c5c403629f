-- An answered call has a charge or a reason, never both, never neither;
-- calls and their legs agree on what was answered and what it cost.
with

calls as (
    select * from {{ ref('int_rated_calls') }}
),

legs as (
    select
        call_key,
        count(*) as leg_count,
        count(case when is_answered then 1 end) as answered_leg_count,
        coalesce(sum(customer_cost_micros), 0) as cost_micros
    from {{ ref('int_rated_legs') }}
    group by call_key
)

select
    calls.call_key,
    calls.setup_at
from calls
left join legs on calls.call_key = legs.call_key
where
    (calls.charge_micros is null) != (calls.unrated_reason_code is not null)
    or (not calls.is_answered and (calls.charge_micros != 0 or calls.billed_seconds != 0 or calls.talk_ms != 0))
    or calls.is_answered != (calls.answered_leg_count > 0)
    or legs.leg_count is distinct from calls.leg_count
    or legs.answered_leg_count != calls.answered_leg_count
    or legs.cost_micros != calls.cost_micros
