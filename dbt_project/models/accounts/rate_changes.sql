-- Each revision is a whole deck: a prefix it no longer has is one that goes.
with

rate_cards as (
    select * from {{ source('reference', 'rate_cards') }}
),

rate_revisions as (
    select * from {{ source('reference', 'rate_revisions') }}
),

rates as (
    select * from {{ source('reference', 'rates') }}
),

ordered_revisions as (
    select
        rate_card_id,
        revision_id,
        effective_from,
        lag(revision_id) over (
            partition by rate_card_id
            order by effective_from
        ) as former_revision_id
    from rate_revisions
),

pairs as (
    select * from ordered_revisions
    where former_revision_id is not null
),

new_rates as (
    select
        pairs.rate_card_id,
        pairs.revision_id,
        pairs.effective_from,
        rates.prefix,
        rates.destination_name,
        rates.rate_micros
    from pairs
    inner join rates on pairs.revision_id = rates.revision_id
),

former_rates as (
    select
        pairs.rate_card_id,
        pairs.revision_id,
        pairs.effective_from,
        rates.prefix,
        rates.destination_name,
        rates.rate_micros
    from pairs
    inner join rates on pairs.former_revision_id = rates.revision_id
),

compared as (
    select
        coalesce(new_rates.rate_card_id, former_rates.rate_card_id) as rate_card_id,
        coalesce(new_rates.effective_from, former_rates.effective_from) as effective_from_at,
        coalesce(new_rates.prefix, former_rates.prefix) as prefix,
        coalesce(new_rates.destination_name, former_rates.destination_name) as destination_name,
        former_rates.rate_micros as former_rate_micros,
        new_rates.rate_micros
    from new_rates
    full join former_rates
        on new_rates.revision_id = former_rates.revision_id and new_rates.prefix = former_rates.prefix
),

final as (
    select
        compared.rate_card_id,
        rate_cards.direction as direction_code,
        rate_cards.currency_code,
        compared.effective_from_at,
        compared.prefix,
        compared.destination_name,
        case
            when compared.former_rate_micros is null then 'added'
            when compared.rate_micros is null then 'removed'
            when compared.rate_micros > compared.former_rate_micros then 'raised'
            else 'lowered'
        end as change_code,
        {{ micros_to_amount('compared.former_rate_micros') }} as former_rate_per_minute,
        {{ micros_to_amount('compared.rate_micros') }} as rate_per_minute,
        {{ ratio('(compared.rate_micros - compared.former_rate_micros)', 'compared.former_rate_micros', precision=18) }}
            as change_ratio
    from compared
    inner join rate_cards on compared.rate_card_id = rate_cards.rate_card_id
    where
        compared.former_rate_micros is null
        or compared.rate_micros is null
        or compared.former_rate_micros != compared.rate_micros
)

select * from final
