{# What a call takes from its first leg and from the leg that gives its status. #}
{% macro call_columns(first_leg, status_leg) -%}
    {%- for name in [
        'feed_id', 'call_id', 'a_number', 'b_number', 'customer_id', 'customer_key_type', 'customer_currency_code',
        'sell_rate_card_id', 'sell_revision_key', 'sell_revision_id', 'sell_prefix', 'sell_destination_name',
    ] %}
        {{ first_leg }}.{{ name }},
    {%- endfor %}
    {%- for name in [
        'is_answered', 'talk_ms', 'sip_status_code', 'q850_cause_code', 'release_reason', 'dtmf_digit_count',
        'is_over_maximum', 'maximum_ms', 'file_id', 'line_number',
    ] %}
        {{ status_leg }}.{{ name }},
    {%- endfor %}
        {{ status_leg }}.ringing_at is not null as has_status_leg_rung
{%- endmacro %}
