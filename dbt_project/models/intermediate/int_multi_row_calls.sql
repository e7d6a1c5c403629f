-- Most calls have one row. Finding the others first keeps every window function below off the many.
with

legs as (
    select * from {{ ref('stg_legs') }}
),

final as (
    select
        feed_id,
        call_id,
        min(leg_key) as chain_key,
        cast(count(*) as bigint) as row_count
    from legs
    group by feed_id, call_id
    having count(*) > 1
)

select * from final
