-- From a number head to its rate in one lookup.
with

prefix_matches as (
    select * from {{ ref('int_prefix_matches') }}
),

matched_rates as (
    select * from {{ ref('int_matched_rates') }}
),

final as (
    select
        prefix_matches.revision_key,
        prefix_matches.number_head,
        matched_rates.direction,
        matched_rates.rate_key,
        matched_rates.destination_number
    from prefix_matches
    inner join matched_rates
        on prefix_matches.revision_key = matched_rates.revision_key and prefix_matches.prefix = matched_rates.prefix
)

select * from final
