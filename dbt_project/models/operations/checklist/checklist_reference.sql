-- Why a newer version of the reference data is not in force.
with

problems as (
    select * from {{ source('build', 'reference_problems') }}
),

located as (
    select
        file_path
        || coalesce(':' || cast(line_number as {{ type_text() }}), '')
        || coalesce(' ' || nullif(column_name, ''), '') as place,
        problem,
        advice
    from problems
),

grouped as (
    select
        place,
        problem,
        min(coalesce(advice, '')) as advice,
        count(*) as problem_count
    from located
    group by place, problem
),

final as (
    select
        {{ checklist_item(
            'reference_problem', 'error', 'Reference data not accepted',
            subject="concat(place, ': ', problem)", item_count='problem_count',
            message="concat(place, ': ', problem, coalesce('; ' || nullif(advice, ''), ''), "
                "'. The last good version stays in force.')",
        ) }}
    from grouped
)

select * from final
