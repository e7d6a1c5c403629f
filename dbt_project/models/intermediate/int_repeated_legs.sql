-- Duplicates and conflicts. Only rows whose (feed_id, call_id, leg_id) is there more than once are looked at.
with

legs as (
    select * from {{ ref('stg_legs') }}
),

first_rows as (
    select * from {{ ref('stg_legs') }}
),

multi_row_legs as (
    select * from {{ ref('int_multi_row_legs') }}
),

files as (
    select * from {{ ref('stg_files') }}
),

settings as (
    select * from {{ source('build', 'settings') }}
),

repeated_keys as (
    select
        chain_key,
        leg_id
    from multi_row_legs
    group by chain_key, leg_id
    having count(*) > 1
),

repeated_rows as (
    select
        legs.*,
        multi_row_legs.chain_key,
        files.drop_hour_at,
        files.file_path,
        lag(legs.setup_at) over (
            partition by multi_row_legs.chain_key, multi_row_legs.leg_id
            order by legs.setup_at, legs.leg_key
        ) as previous_setup_at
    from multi_row_legs
    inner join repeated_keys
        on multi_row_legs.chain_key = repeated_keys.chain_key and multi_row_legs.leg_id = repeated_keys.leg_id
    inner join legs on multi_row_legs.leg_key = legs.leg_key
    inner join files on legs.file_id = files.file_id
),

grouped as (
    select
        repeated_rows.*,
        sum(
            case
                when
                    {{ micros_between('repeated_rows.previous_setup_at', 'repeated_rows.setup_at') }}
                    <= settings.call_spread_seconds * 1000000
                    then 0
                else 1
            end
        ) over (
            partition by repeated_rows.chain_key, repeated_rows.leg_id
            order by repeated_rows.setup_at, repeated_rows.leg_key
            rows between unbounded preceding and current row
        ) as group_number
    from repeated_rows
    cross join settings
),

-- text compares byte by byte here: no collation is ever set
kept as (
    select
        grouped.*,
        first_value(leg_key) over (
            partition by chain_key, leg_id, group_number
            order by drop_hour_at, file_path, line_number, leg_key
            rows between unbounded preceding and current row
        ) as kept_leg_key
    from grouped
),

compared as (
    select
        kept.leg_key,
        kept.kept_leg_key,
        concat_ws(
            ', ',
            {%- for name, _ in leg_columns() if name not in ('file_id', 'line_number') %}
            case when kept.{{ name }} is distinct from first_rows.{{ name }} then '{{ name }}' end
            {{- "," if not loop.last }}
            {%- endfor %}
        ) as differing_columns
    from kept
    inner join first_rows on kept.kept_leg_key = first_rows.leg_key
),

final as (
    select
        leg_key,
        kept_leg_key,
        differing_columns,
        case
            when leg_key = kept_leg_key then 'kept'
            when differing_columns = '' then 'duplicate'
            else 'conflict'
        end as row_kind_code
    from compared
)

select * from final
