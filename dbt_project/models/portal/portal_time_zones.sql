-- What a viewer may choose: zones of a place and UTC. Fixed offsets and the old three-letter names are left out: they
-- know no clock change, or not the one the viewer means.
{{ config(alias='time_zones', materialized='table') }}

with

zones as (
    {{ zone_names() }}
),

final as (
    select zone_name as time_zone
    from zones
    where
        zone_name = 'UTC'
        or (
            zone_name like '%/%'
            and zone_name not like 'Etc/%'
            and zone_name not like 'SystemV/%'
            and zone_name not like 'US/%'
            and zone_name not like 'posix/%'
            and zone_name not like 'right/%'
        )
)

select * from final
