{# What a call takes from its first leg and from the leg that gives its status, so that calls of one leg need no join. #}
{% macro call_columns(first_leg, status_leg) -%}
    {{ first_leg }}.feed_id,
        {{ first_leg }}.call_id,
        {%- for name in ['a_number', 'b_number', 'account_code', 'tech_prefix', 'trunk', 'source_ip'] %}
        {{ first_leg }}.{{ name }},
        {%- endfor %}
        {%- for name in [
            'is_answered', 'answered_ms', 'sip_status_code', 'q850_cause_code', 'release_reason', 'dtmf_digit_count',
            'is_over_maximum', 'maximum_ms', 'file_id', 'line_number',
        ] %}
        {{ status_leg }}.{{ name }},
        {%- endfor %}
        {{ status_leg }}.ringing_at is not null as has_status_leg_rung
{%- endmacro %}
