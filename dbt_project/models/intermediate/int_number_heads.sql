-- The distinct things to find a prefix for: few, because numbers are cut to the revision's longest prefix.
with

call_accounts as (
    select * from {{ ref('int_call_accounts') }}
),

leg_accounts as (
    select * from {{ ref('int_leg_accounts') }}
),

final as (
    select
        revision_id,
        number_head
    from call_accounts
    where number_head is not null
    union
    select
        revision_id,
        number_head
    from leg_accounts
    where number_head is not null
)

select * from final
