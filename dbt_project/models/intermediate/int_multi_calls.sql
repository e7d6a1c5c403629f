with

multi_legs as (
    select * from {{ ref('int_multi_legs') }}
),

calls as (
    select
        call_key,
        min(setup_at) as setup_at,
        max(ended_at) as ended_at,
        min(ringing_at) as first_ringing_at,
        cast(count(*) as bigint) as leg_count,
        cast(count(case when is_answered then 1 end) as bigint) as answered_leg_count,
        cast(max(piece_number) > 0 as boolean) as is_call_id_reused,
        -- the first answered leg, else the last
        coalesce(min(case when is_answered then leg_place end), max(leg_place)) as status_leg_place
    from multi_legs
    group by call_key
),

final as (
    select
        calls.*,
        multi_legs.leg_key as status_leg_key
    from calls
    inner join multi_legs
        on calls.call_key = multi_legs.call_key and calls.status_leg_place = multi_legs.leg_place
)

select * from final
