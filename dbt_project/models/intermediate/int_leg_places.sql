-- What a leg of a chain with several rows takes from its call. Duplicates and conflicts have no call.
with

multi_row_legs as (
    select * from {{ ref('int_multi_row_legs') }}
),

multi_legs as (
    select * from {{ ref('int_multi_legs') }}
),

multi_calls as (
    select * from {{ ref('int_multi_calls') }}
),

final as (
    select
        multi_row_legs.leg_key,
        multi_legs.call_key,
        multi_calls.setup_at as call_setup_at,
        multi_legs.is_answered and multi_legs.leg_key != multi_calls.status_leg_key as is_further_answered,
        multi_calls.first_b_number,
        {{ key_columns('multi_calls', 'first_', 'first_') }}
    from multi_row_legs
    left join multi_legs on multi_row_legs.leg_key = multi_legs.leg_key
    left join multi_calls on multi_legs.call_key = multi_calls.call_key
)

select * from final
