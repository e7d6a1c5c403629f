-- Materialised on purpose: joined to the rates in the same query, the planner has chosen a nested loop that never ends.
with

number_heads as (
    select * from {{ ref('int_number_heads') }}
),

rates as (
    select * from {{ source('reference', 'rates') }}
),

prefix_lengths as (
    select distinct
        revision_id,
        length(prefix) as prefix_length
    from rates
),

final as (
    select
        number_heads.revision_id,
        number_heads.number_head,
        substr(number_heads.number_head, 1, cast(prefix_lengths.prefix_length as integer)) as prefix
    from number_heads
    inner join prefix_lengths
        on
            number_heads.revision_id = prefix_lengths.revision_id
            and length(number_heads.number_head) >= prefix_lengths.prefix_length
)

select * from final
