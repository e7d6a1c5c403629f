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
    case {{ reason }} when 'unknown_carrier' then 'Add the key to carrier_keys.csv.' when 'no_rate_card' then 'Give it a rate_card_id.' when 'no_revision_in_force' then 'Add a revision to rates/ that is in force then.' when 'no_matching_prefix' then 'Add the prefix to the rate card.' when 'blocked_prefix' then 'The prefix is blocked on the card: block it on the switch, or unblock it.' when 'held_over_maximum' then 'Longer than talk_time_over_maximum of the feed: check them, then raise the bound.' else 'See the reason.' end
{%- endmacro %}
