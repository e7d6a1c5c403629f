-- The distinct things to find a prefix for: few, because numbers are cut to the revision's longest prefix.
with

leg_links as (
    select * from {{ ref('int_leg_links') }}
),

final as (
    select
        sell_revision_key as revision_key,
        sell_number_head as number_head
    from leg_links
    where sell_number_head is not null
    union
    select
        buy_revision_key as revision_key,
        buy_number_head as number_head
    from leg_links
    where buy_number_head is not null
)

select * from final
