with

legs as (
    select * from {{ ref('stg_legs') }}
),

multi_row_calls as (
    select * from {{ ref('int_multi_row_calls') }}
),

final as (
    select
        legs.leg_key,
        multi_row_calls.chain_key,
        legs.leg_id,
        legs.leg_number,
        legs.setup_at,
        legs.ringing_at,
        legs.ended_at,
        legs.is_answered
    from legs
    inner join multi_row_calls
        on legs.feed_id = multi_row_calls.feed_id and legs.call_id = multi_row_calls.call_id
)

select * from final
