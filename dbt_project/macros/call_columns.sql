{# What a call takes from its first leg and from the leg that gives its status. #}
{% macro call_columns(first_leg, status_leg) -%}
    {%- for name in [
        'customer_key', 'customer_number', 'customer_key_type', 'has_sell_card', 'sell_revision_key', 'sell_rate_key',
        'sell_destination_number',
    ] %}
        {{ first_leg }}.{{ name }},
    {%- endfor %}
    {%- for name in [
        'is_answered', 'talk_ms', 'sip_status_code', 'q850_cause_code', 'release_reason', 'dtmf_digit_count',
        'is_over_maximum', 'maximum_ms',
    ] %}
        {{ status_leg }}.{{ name }},
    {%- endfor %}
        {{ status_leg }}.ringing_at is not null as has_status_leg_rung
{%- endmacro %}
