-- Who a leg belongs to and what rates it: its call's customer, its own carrier, both revisions in force, and the heads
-- of both numbers.
with

legs as (
    select * from {{ ref('int_accepted_legs') }}
),

customers as (
    select * from {{ ref('int_party_windows') }}
    where party_kind_code = 'customer'
),

carriers as (
    select * from {{ ref('int_carrier_windows') }}
),

{% for key_type in customer_key_types() -%}
{{ key_type }}_windows as (
    select * from {{ ref('int_key_windows') }}
    where key_type = '{{ key_type }}'
),

{% endfor -%}

found as (
    select
        legs.*,
        carriers.party_key as carrier_party_key,
        carriers.party_number as carrier_party_number,
        carriers.currency_code as carrier_currency_code,
        carriers.rate_card_id as buy_rate_card_id,
        carriers.revision_key as buy_revision_key,
        substr(legs.b_number, 1, carriers.longest_prefix_length) as buy_number_head,
        {%- for key_type in customer_key_types() %}
        {{ key_type }}_windows.holder_id as {{ key_type }}_customer_id,
        {%- endfor %}
        coalesce(
            {%- for key_type in customer_key_types() %}
            {{ key_type }}_windows.holder_id{{ "," if not loop.last }}
            {%- endfor %}
        ) as customer_id
    from legs
    left join carriers
        on
            legs.feed_id = carriers.feed_id
            and legs.carrier_key = carriers.key_value
            and {{ in_window('legs.setup_at', 'carriers') }}
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
        found.leg_key,
        found.call_key,
        found.is_only_row,
        found.is_further_answered,
        found.hour_start_at,
        found.setup_at,
        found.ringing_at,
        found.ended_at,
        found.is_answered,
        found.answered_ms,
        found.maximum_ms,
        found.is_over_maximum,
        found.is_duration_disagreeing,
        found.pdd_ms,
        found.dtmf_digit_count,
        found.sip_status_code,
        found.q850_cause_code,
        found.release_reason,
        case
            {%- for key_type in customer_key_types() %}
            when found.{{ key_type }}_customer_id is not null then '{{ key_type }}'
            {%- endfor %}
        end as customer_key_type,
        case
            when {{ keys_disagree('found') }} then {{ keys_in_words('found') }}
        end as disagreeing_keys,
        customers.party_key as customer_key,
        coalesce(customers.party_number, 0) as customer_number,
        customers.currency_code as customer_currency_code,
        customers.rate_card_id is not null as has_sell_card,
        customers.revision_key as sell_revision_key,
        substr(found.first_b_number, 1, customers.longest_prefix_length) as sell_number_head,
        found.carrier_party_key as carrier_key,
        coalesce(found.carrier_party_number, 0) as carrier_number,
        found.carrier_currency_code as cost_currency_code,
        found.buy_rate_card_id is not null as has_buy_card,
        found.buy_revision_key,
        found.buy_number_head
    from found
    left join customers
        on found.customer_id = customers.party_id and {{ in_window('found.call_setup_at', 'customers') }}
)

select * from final
