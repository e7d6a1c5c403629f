-- An answered call has a charge or a reason, never both, never neither;
-- calls and their legs agree on what was answered.
with

calls as (
    select * from {{ ref('rated_calls') }}
),

legs as (
    select
        feed_id,
        call_id,
        call_setup_at,
        count(*) as leg_count,
        count(case when is_answered then 1 end) as answered_leg_count,
        coalesce(sum(cost_in_customer_currency_amount), 0) as cost_amount
    from {{ ref('rated_legs') }}
    group by feed_id, call_id, call_setup_at
)

select
    calls.feed_id,
    calls.call_id,
    calls.setup_at
from calls
left join legs
    on calls.feed_id = legs.feed_id and calls.call_id = legs.call_id and calls.setup_at = legs.call_setup_at
where
    (calls.charge_amount is null) != (calls.unrated_reason_code is not null)
    or (not calls.is_answered and (calls.charge_amount != 0 or calls.billed_seconds != 0 or calls.talk_seconds != 0))
    or calls.is_answered != (calls.answered_leg_count > 0)
    -- legs of an hour that is not replaced in this chunk are not among the rated legs
    or legs.leg_count > calls.leg_count
    or (
        legs.leg_count = calls.leg_count
        and (legs.answered_leg_count != calls.answered_leg_count or legs.cost_amount != calls.cost_amount)
    )
