{{ config(materialized='table') }}

with

items as (
    select * from {{ ref('checklist_accounts') }}
    union all
    select * from {{ ref('checklist_calls') }}
    union all
    select * from {{ ref('checklist_files') }}
    union all
    select * from {{ ref('checklist_reference') }}
),

final as (
    select
        concat(item_code, ':', subject) as item_id,
        item_code,
        severity_code,
        scope_code,
        customer_id,
        title,
        message,
        item_count,
        since_at
    from items
)

select * from final
