{# One item of the checklist, its parts SQL expressions; subject tells items of one code apart. #}
{% macro checklist_item(
    code, severity, title, message, scope='staff', customer_id=none, subject="''", item_count='1', since_at=none
) -%}
    {%- set text = type_text() -%}
        '{{ code }}' as item_code,
        '{{ severity }}' as severity_code,
        '{{ scope }}' as scope_code,
        cast({{ customer_id or 'null' }} as {{ text }}) as customer_id,
        cast({{ subject }} as {{ text }}) as subject,
        cast('{{ title }}' as {{ text }}) as title,
        cast({{ message }} as {{ text }}) as message,
        cast({{ item_count }} as bigint) as item_count,
        cast({{ since_at or 'null' }} as timestamp) as since_at
{%- endmacro %}

{# What to do about an unrated_reason_code. #}
{% macro unrated_advice(reason) -%}
    {%- set advice = {
        'unknown_carrier': 'Add the key to carrier_keys.csv.',
        'no_rate_card': 'Give it a rate_card_id.',
        'no_revision_in_force': 'Add a revision to rates/ that is in force then.',
        'no_matching_prefix': 'Add the prefix to the rate card.',
        'blocked_prefix': 'The card blocks the prefix: block it on the switch, or unblock it.',
        'held_over_maximum': 'Longer than talk_time_over_maximum of the feed: check them, then raise the bound.',
    } -%}
    case {{ reason }}{% for code, text in advice.items() %} when '{{ code }}' then '{{ text }}'{% endfor %} end
{%- endmacro %}
