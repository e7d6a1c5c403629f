-- The longest prefix of each number head, with everything that rates it.
with

candidates as (
    select * from {{ ref('int_prefix_candidates') }}
),

rates as (
    select * from {{ source('reference', 'rates') }}
),

revision_windows as (
    select * from {{ ref('int_revision_windows') }}
),

-- all candidates begin the same number, so the greatest as text is the longest
longest as (
    select
        candidates.revision_id,
        candidates.number_head,
        max(candidates.prefix) as prefix
    from candidates
    inner join rates on candidates.revision_id = rates.revision_id and candidates.prefix = rates.prefix
    group by candidates.revision_id, candidates.number_head
),

final as (
    select
        longest.revision_id,
        longest.number_head,
        longest.prefix,
        rates.destination_name,
        rates.rate_micros,
        rates.setup_fee_micros,
        rates.minimum_seconds,
        rates.increment_seconds,
        rates.grace_seconds,
        rates.is_blocked,
        revision_windows.talk_rounding,
        revision_windows.charge_rounding,
        revision_windows.charge_unit_micros
    from longest
    inner join rates on longest.revision_id = rates.revision_id and longest.prefix = rates.prefix
    inner join revision_windows on longest.revision_id = revision_windows.revision_id
)

select * from final
