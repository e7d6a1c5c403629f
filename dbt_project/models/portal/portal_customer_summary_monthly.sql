{{ config(alias='customer_summary_monthly') }}

with

summaries as (
    select * from {{ ref('customer_summary_monthly') }}
),

{{ portal_customer_summary() }}
