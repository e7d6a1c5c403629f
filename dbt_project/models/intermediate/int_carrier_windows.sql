-- The windows of a carrier's keys, cut where its card or revision changes.
with

key_windows as (
    select * from {{ ref('int_key_windows') }}
    where key_type = 'carrier_key'
),

carriers as (
    select * from {{ ref('int_party_windows') }}
    where party_kind_code = 'carrier'
),

final as (
    select
        key_windows.feed_id,
        key_windows.key_value,
        greatest(key_windows.effective_from, carriers.effective_from) as effective_from,
        least(key_windows.effective_to, carriers.effective_to) as effective_to,
        carriers.party_key,
        carriers.party_number,
        carriers.currency_code,
        carriers.rate_card_id,
        carriers.revision_key,
        carriers.longest_prefix_length
    from key_windows
    inner join carriers
        on
            key_windows.holder_id = carriers.party_id
            and key_windows.effective_from < carriers.effective_to
            and key_windows.effective_to > carriers.effective_from
)

select * from final
