-- The rate of exchange of a day: the latest on or before it, at most 7 days old.
with

read_hours as (
    select * from {{ source('inputs', 'read_hours') }}
),

fx_rates as (
    select * from {{ source('reference', 'fx_rates') }}
),

settings as (
    select * from {{ source('build', 'settings') }}
),

days as (
    select distinct cast(hour_start_at as date) as day_date from read_hours
),

known as (
    select
        days.day_date,
        fx_rates.currency_code,
        fx_rates.rate_to_base_e10
    from days
    inner join fx_rates
        on
            days.day_date >= fx_rates.rate_date
            and {{ subtract_days('days.day_date', 7) }} <= fx_rates.rate_date
    cross join settings
    where fx_rates.currency_code != settings.base_currency_code
    qualify
        row_number() over (
            partition by days.day_date, fx_rates.currency_code
            order by fx_rates.rate_date desc
        ) = 1
),

final as (
    select
        day_date,
        currency_code,
        rate_to_base_e10
    from known
    union all
    select
        days.day_date,
        settings.base_currency_code as currency_code,
        cast(10000000000 as bigint) as rate_to_base_e10
    from days
    cross join settings
)

select * from final
