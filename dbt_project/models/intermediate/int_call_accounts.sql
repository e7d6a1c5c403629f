-- Whose call it is, and which revision and number rate it.
with

calls as (
    select * from {{ ref('int_calls') }}
),

key_windows as (
    select * from {{ ref('int_key_windows') }}
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

revision_windows as (
    select * from {{ ref('int_revision_windows') }}
),

{% for key_type in customer_key_types() -%}
{{ key_type }}_keys as (
    select * from key_windows
    where key_type = '{{ key_type }}'
),

{% endfor -%}

found as (
    select
        calls.call_key,
        calls.setup_at,
        calls.b_number,
        {%- for key_type in customer_key_types() %}
        {{ key_type }}_keys.holder_id as {{ key_type }}_customer_id,
        {%- endfor %}
        coalesce(
            {%- for key_type in customer_key_types() %}
            {{ key_type }}_keys.holder_id{{ "," if not loop.last }}
            {%- endfor %}
        ) as customer_id
    from calls
    {%- for key_type in customer_key_types() %}
    left join {{ key_type }}_keys
        on
            calls.feed_id = {{ key_type }}_keys.feed_id
            and calls.{{ key_type }} = {{ key_type }}_keys.key_value
            and {{ in_window('calls.setup_at', key_type ~ '_keys') }}
    {%- endfor %}
),

final as (
    select
        found.call_key,
        found.customer_id,
        case
            {%- for key_type in customer_key_types() %}
            when found.{{ key_type }}_customer_id is not null then '{{ key_type }}'
            {%- endfor %}
        end as customer_key_type,
        {% for key_type in customer_key_types() -%}
        coalesce(found.{{ key_type }}_customer_id != found.customer_id, false)
        {% if not loop.last %}or {% endif %}
        {%- endfor %} as is_disagreeing,
        customers.currency_code,
        customer_cards.rate_card_id,
        revision_windows.revision_id,
        substr(found.b_number, 1, revision_windows.longest_prefix_length) as number_head
    from found
    left join customers on found.customer_id = customers.customer_id
    left join customer_cards
        on found.customer_id = customer_cards.customer_id and {{ in_window('found.setup_at', 'customer_cards') }}
    left join revision_windows
        on
            customer_cards.rate_card_id = revision_windows.rate_card_id
            and {{ in_window('found.setup_at', 'revision_windows') }}
)

select * from final
