-- What rating needs of a revision in one row: its window, its card's rules, and how long its prefixes get.
with

rate_revisions as (
    select * from {{ source('reference', 'rate_revisions') }}
),

rate_cards as (
    select * from {{ source('reference', 'rate_cards') }}
),

rates as (
    select * from {{ source('reference', 'rates') }}
),

prefix_lengths as (
    select
        revision_id,
        cast(max(length(prefix)) as integer) as longest_prefix_length
    from rates
    group by revision_id
),

final as (
    select
        cast(row_number() over (order by rate_revisions.revision_id) as integer) as revision_key,
        rate_revisions.revision_id,
        rate_revisions.rate_card_id,
        rate_cards.direction,
        {{ window_start('rate_revisions.effective_from') }} as effective_from,
        {{ window_end('rate_revisions.effective_to') }} as effective_to,
        rate_cards.talk_rounding,
        rate_cards.charge_rounding,
        cast({{ charge_unit('rate_cards.charge_decimals') }} as bigint) as charge_unit_micros,
        prefix_lengths.longest_prefix_length
    from rate_revisions
    inner join rate_cards on rate_revisions.rate_card_id = rate_cards.rate_card_id
    left join prefix_lengths on rate_revisions.revision_id = prefix_lengths.revision_id
)

select * from final
