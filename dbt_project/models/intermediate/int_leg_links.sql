-- Who a leg belongs to and what rates it: its call's customer, its own carrier, both revisions in force, and the heads
-- of both numbers. A view: every table it looks into is small, so looking twice costs less than writing it out.
{{ config(materialized='view') }}

with

legs as (
    select * from {{ ref('int_accepted_legs') }}
),

customers as (
    select * from {{ source('reference', 'customers') }}
),

customer_cards as (
    select
        customer_id,
        rate_card_id,
        {{ window_start('effective_from') }} as effective_from,
        {{ window_end('effective_to') }} as effective_to
    from {{ source('reference', 'customer_cards') }}
),

carriers as (
    select * from {{ source('reference', 'carriers') }}
),

sell_revisions as (
    select * from {{ ref('int_revision_windows') }}
),

buy_revisions as (
    select * from {{ ref('int_revision_windows') }}
),

{% for key_type in customer_key_types() + ['carrier_key'] -%}
{{ key_type }}_windows as (
    select * from {{ ref('int_key_windows') }}
    where key_type = '{{ key_type }}'
),

{% endfor -%}

found as (
    select
        legs.*,
        carrier_key_windows.holder_id as found_carrier_id,
        {%- for key_type in customer_key_types() %}
        {{ key_type }}_windows.holder_id as {{ key_type }}_customer_id,
        {%- endfor %}
        coalesce(
            {%- for key_type in customer_key_types() %}
            {{ key_type }}_windows.holder_id{{ "," if not loop.last }}
            {%- endfor %}
        ) as customer_id
    from legs
    left join carrier_key_windows
        on
            legs.feed_id = carrier_key_windows.feed_id
            and legs.carrier_key = carrier_key_windows.key_value
            and {{ in_window('legs.setup_at', 'carrier_key_windows') }}
    {%- for key_type in customer_key_types() %}
    left join {{ key_type }}_windows
        on
            legs.feed_id = {{ key_type }}_windows.feed_id
            and legs.first_{{ key_type }} = {{ key_type }}_windows.key_value
            and {{ in_window('legs.call_setup_at', key_type ~ '_windows') }}
    {%- endfor %}
),

final as (
    select
        found.*,
        case
            {%- for key_type in customer_key_types() %}
            when found.{{ key_type }}_customer_id is not null then '{{ key_type }}'
            {%- endfor %}
        end as customer_key_type,
        case
            when {{ keys_disagree('found') }} then {{ keys_in_words('found') }}
        end as disagreeing_keys,
        customers.currency_code as customer_currency_code,
        customer_cards.rate_card_id as sell_rate_card_id,
        sell_revisions.revision_key as sell_revision_key,
        sell_revisions.revision_id as sell_revision_id,
        substr(found.first_b_number, 1, sell_revisions.longest_prefix_length) as sell_number_head,
        carriers.carrier_id,
        carriers.currency_code as cost_currency_code,
        carriers.rate_card_id as buy_rate_card_id,
        buy_revisions.revision_key as buy_revision_key,
        buy_revisions.revision_id as buy_revision_id,
        substr(found.b_number, 1, buy_revisions.longest_prefix_length) as buy_number_head
    from found
    left join customers on found.customer_id = customers.customer_id
    left join customer_cards
        on found.customer_id = customer_cards.customer_id and {{ in_window('found.call_setup_at', 'customer_cards') }}
    left join sell_revisions
        on
            customer_cards.rate_card_id = sell_revisions.rate_card_id
            and {{ in_window('found.call_setup_at', 'sell_revisions') }}
    left join carriers on found.found_carrier_id = carriers.carrier_id
    left join buy_revisions
        on carriers.rate_card_id = buy_revisions.rate_card_id and {{ in_window('found.setup_at', 'buy_revisions') }}
)

select * from final
