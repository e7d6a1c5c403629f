{{ config(alias='customer_summary_daily') }}

with

summaries as (
    select * from {{ ref('customer_summary_daily') }}
),

{{ portal_customer_summary() }}
