{{ config(alias='checklist') }}

with

checklist as (
    select * from {{ ref('checklist') }}
),

final as (
    select
        item_id,
        item_code,
        severity_code,
        customer_id,
        title,
        message,
        item_count,
        since_at
    from checklist
    where scope_code = 'customer' and customer_id is not null
)

select * from final
