{{ config(alias='customer_summary_weekly') }}

with

summaries as (
    select * from {{ ref('customer_summary_weekly') }}
),

{{ portal_customer_summary() }}
