-- Who a key stands for, and when: the feed's own keys cover those of every feed (`*`), so one lookup is enough.
with

customer_keys as (
    select * from {{ source('reference', 'customer_keys') }}
),

carrier_keys as (
    select * from {{ source('reference', 'carrier_keys') }}
),

legs as (
    select * from {{ ref('stg_legs') }}
),

feeds as (
    select distinct feed_id from legs
),

keys as (
    select
        key_type,
        feed_id,
        key_value,
        customer_id as holder_id,
        {{ window_start('effective_from') }} as effective_from,
        {{ window_end('effective_to') }} as effective_to
    from customer_keys
    union all
    select
        'carrier_key' as key_type,
        feed_id,
        key_value,
        carrier_id as holder_id,
        {{ window_start('effective_from') }} as effective_from,
        {{ window_end('effective_to') }} as effective_to
    from carrier_keys
),

keys_of_feeds as (
    select
        keys.key_type,
        feeds.feed_id,
        keys.key_value,
        keys.holder_id,
        keys.effective_from,
        keys.effective_to,
        case when keys.feed_id = '*' then 2 else 1 end as preference
    from keys
    inner join feeds on keys.feed_id = feeds.feed_id or keys.feed_id = '*'
),

edges as (
    select key_type, feed_id, key_value, effective_from as edge_at from keys_of_feeds
    union
    select key_type, feed_id, key_value, effective_to as edge_at from keys_of_feeds
),

windows as (
    select
        edges.*,
        lead(edge_at) over (partition by key_type, feed_id, key_value order by edge_at) as next_edge_at
    from edges
),

final as (
    select
        windows.key_type,
        windows.feed_id,
        windows.key_value,
        windows.edge_at as effective_from,
        windows.next_edge_at as effective_to,
        keys_of_feeds.holder_id
    from windows
    inner join keys_of_feeds
        on
            windows.key_type = keys_of_feeds.key_type
            and windows.feed_id = keys_of_feeds.feed_id
            and windows.key_value = keys_of_feeds.key_value
            and windows.edge_at >= keys_of_feeds.effective_from
            and windows.edge_at < keys_of_feeds.effective_to
    qualify
        row_number() over (
            partition by windows.key_type, windows.feed_id, windows.key_value, windows.edge_at
            order by keys_of_feeds.preference, keys_of_feeds.holder_id
        ) = 1
)

select * from final
