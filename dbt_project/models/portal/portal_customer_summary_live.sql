{{ config(alias='customer_summary_live') }}

with

summaries as (
    select * from {{ ref('customer_summary_live') }}
),

{{ portal_customer_summary() }}
