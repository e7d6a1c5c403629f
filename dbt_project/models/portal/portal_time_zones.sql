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
        or zone_name like 'Africa/%'
        or zone_name like 'America/%'
        or zone_name like 'Antarctica/%'
        or zone_name like 'Arctic/%'
        or zone_name like 'Asia/%'
        or zone_name like 'Atlantic/%'
        or zone_name like 'Australia/%'
        or zone_name like 'Europe/%'
        or zone_name like 'Indian/%'
        or zone_name like 'Pacific/%'
)

select * from final
