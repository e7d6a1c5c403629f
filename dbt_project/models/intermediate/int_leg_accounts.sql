-- Whose cost a leg is, and which revision and number rate it.
with

legs as (
    select * from {{ ref('int_accepted_legs') }}
),

carrier_keys as (
    select * from {{ ref('int_key_windows') }}
    where key_type = 'carrier_key'
),

carriers as (
    select * from {{ source('reference', 'carriers') }}
),

revision_windows as (
    select * from {{ ref('int_revision_windows') }}
),

final as (
    select
        legs.leg_key,
        legs.call_key,
        carriers.carrier_id,
        carriers.currency_code,
        carriers.rate_card_id,
        revision_windows.revision_id,
        substr(legs.b_number, 1, revision_windows.longest_prefix_length) as number_head
    from legs
    left join carrier_keys
        on
            legs.feed_id = carrier_keys.feed_id
            and legs.carrier_key = carrier_keys.key_value
            and {{ in_window('legs.setup_at', 'carrier_keys') }}
    left join carriers on carrier_keys.holder_id = carriers.carrier_id
    left join revision_windows
        on carriers.rate_card_id = revision_windows.rate_card_id and {{ in_window('legs.setup_at', 'revision_windows') }}
)

select * from final
