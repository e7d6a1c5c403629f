-- The longest prefix of each number head. The candidates are materialised before they meet the rates: without that the
-- planner has chosen a nested loop that never ends.
with

number_heads as (
    select * from {{ ref('int_number_heads') }}
),

revision_windows as (
    select * from {{ ref('int_revision_windows') }}
),

rates as (
    select
        revision_windows.revision_key,
        rates.prefix
    from {{ source('reference', 'rates') }} as rates
    inner join revision_windows on rates.revision_id = revision_windows.revision_id
),

prefix_lengths as (
    select distinct
        revision_key,
        cast(length(prefix) as integer) as prefix_length
    from rates
),

candidates as {{ materialized() }} (
    select
        number_heads.revision_key,
        number_heads.number_head,
        substr(number_heads.number_head, 1, prefix_lengths.prefix_length) as prefix
    from number_heads
    inner join prefix_lengths
        on
            number_heads.revision_key = prefix_lengths.revision_key
            and length(number_heads.number_head) >= prefix_lengths.prefix_length
),

-- all candidates begin the same number, so the greatest as text is the longest
final as (
    select
        candidates.revision_key,
        candidates.number_head,
        max(candidates.prefix) as prefix
    from candidates
    inner join rates on candidates.revision_key = rates.revision_key and candidates.prefix = rates.prefix
    group by candidates.revision_key, candidates.number_head
)

select * from final
