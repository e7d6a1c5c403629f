{# Rendered from pipelines/columns.py by tools/render_leg_columns.py: do not edit.
   Name and type of every column of a part in lake/cdr, in order. #}
{% macro leg_columns() -%}
    {{ return([
        ['feed_id', 'string'],
        ['file_id', 'string'],
        ['line_number', 'bigint'],
        ['call_id', 'string'],
        ['leg_id', 'string'],
        ['leg_number', 'integer'],
        ['setup_at', 'timestamp'],
        ['ringing_at', 'timestamp'],
        ['answered_at', 'timestamp'],
        ['ended_at', 'timestamp'],
        ['is_answered', 'boolean'],
        ['answered_ms', 'bigint'],
        ['pdd_ms', 'bigint'],
        ['a_number', 'string'],
        ['a_number_raw', 'string'],
        ['b_number', 'string'],
        ['b_number_raw', 'string'],
        ['account_code', 'string'],
        ['tech_prefix', 'string'],
        ['trunk', 'string'],
        ['source_ip', 'string'],
        ['carrier_key', 'string'],
        ['sip_status_code', 'integer'],
        ['q850_cause_code', 'integer'],
        ['release_reason', 'string'],
        ['dtmf_digit_count', 'integer'],
    ]) }}
{%- endmacro %}
