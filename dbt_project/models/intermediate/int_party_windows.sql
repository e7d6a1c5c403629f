-- What is in force for a customer or carrier, and when, over the hours that are read: one lookup then finds currency,
-- card and revision. Windows without a card or without a revision are there too, so that each instant has one.
with

read_hours as (
    select * from {{ source('inputs', 'read_hours') }}
),

customers as (
    select * from {{ source('reference', 'customers') }}
),

customer_cards as (
    select * from {{ source('reference', 'customer_cards') }}
),

carriers as (
    select * from {{ source('reference', 'carriers') }}
),

revisions as (
    select * from {{ ref('int_revision_windows') }}
),

names as (
    select * from {{ ref('int_names') }}
),

span as (
    select
        min(hour_start_at) as from_at,
        {{ add_seconds('max(hour_start_at)', 3600) }} as to_at
    from read_hours
),

parties as (
    select
        'customer' as party_kind_code,
        customer_id as party_id,
        currency_code
    from customers
    union all
    select
        'carrier' as party_kind_code,
        carrier_id as party_id,
        currency_code
    from carriers
),

cards as (
    select
        'customer' as party_kind_code,
        customer_id as party_id,
        rate_card_id,
        {{ window_start('effective_from') }} as effective_from,
        {{ window_end('effective_to') }} as effective_to
    from customer_cards
    union all
    select
        'carrier' as party_kind_code,
        carrier_id as party_id,
        rate_card_id,
        {{ window_start('null') }} as effective_from,
        {{ window_end('null') }} as effective_to
    from carriers
    where rate_card_id is not null
),

all_edges as (
    select
        party_kind_code,
        party_id,
        effective_from as edge_at
    from cards
    union
    select
        party_kind_code,
        party_id,
        effective_to as edge_at
    from cards
    union
    select
        cards.party_kind_code,
        cards.party_id,
        revisions.effective_from as edge_at
    from cards
    inner join revisions on cards.rate_card_id = revisions.rate_card_id
    union
    select
        cards.party_kind_code,
        cards.party_id,
        revisions.effective_to as edge_at
    from cards
    inner join revisions on cards.rate_card_id = revisions.rate_card_id
),

edges as (
    select
        parties.party_kind_code,
        parties.party_id,
        span.from_at as edge_at
    from parties
    cross join span
    where span.from_at is not null
    union
    select all_edges.*
    from all_edges
    cross join span
    where all_edges.edge_at > span.from_at and all_edges.edge_at < span.to_at
),

windows as (
    select
        edges.party_kind_code,
        edges.party_id,
        edges.edge_at as effective_from,
        coalesce(
            lead(edges.edge_at) over (partition by edges.party_kind_code, edges.party_id order by edges.edge_at),
            span.to_at
        ) as effective_to
    from edges
    cross join span
),

final as (
    select
        cast(row_number() over (
            order by windows.party_kind_code, windows.party_id, windows.effective_from
        ) as integer) as party_key,
        windows.party_kind_code,
        windows.party_id,
        names.name_number as party_number,
        windows.effective_from,
        windows.effective_to,
        parties.currency_code,
        cards.rate_card_id,
        revisions.revision_key,
        revisions.revision_id,
        revisions.longest_prefix_length
    from windows
    inner join parties
        on windows.party_kind_code = parties.party_kind_code and windows.party_id = parties.party_id
    inner join names
        on windows.party_kind_code = names.name_kind_code and windows.party_id = names.name
    left join cards
        on
            windows.party_kind_code = cards.party_kind_code
            and windows.party_id = cards.party_id
            and {{ in_window('windows.effective_from', 'cards') }}
    left join revisions
        on cards.rate_card_id = revisions.rate_card_id and {{ in_window('windows.effective_from', 'revisions') }}
)

select * from final
