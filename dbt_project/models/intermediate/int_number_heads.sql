-- The distinct things to find a prefix for: few, because numbers are cut to the revision's longest prefix. Both sides
-- in one pass: looking into int_leg_links is the dear part.
with

leg_links as (
    select * from {{ ref('int_leg_links') }}
),

sides as (
    select 'sell' as side_code
    union all
    select 'buy' as side_code
),

heads as (
    select
        case
            when sides.side_code = 'sell' then leg_links.sell_revision_key
            else leg_links.buy_revision_key
        end as revision_key,
        case
            when sides.side_code = 'sell' then leg_links.sell_number_head
            else leg_links.buy_number_head
        end as number_head
    from leg_links
    cross join sides
),

final as (
    select distinct
        revision_key,
        number_head
    from heads
    where number_head is not null
)

select * from final
