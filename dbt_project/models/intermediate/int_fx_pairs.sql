-- What turns an amount of one currency into another on a day, by way of the base currency.
with

fx_rates as (
    select * from {{ ref('int_fx_rates') }}
),

fx_rates_to as (
    select * from {{ ref('int_fx_rates') }}
),

final as (
    select
        fx_rates.day_date,
        fx_rates.currency_code as from_currency_code,
        fx_rates_to.currency_code as to_currency_code,
        fx_rates.rate_to_base_e10 as from_rate_e10,
        fx_rates_to.rate_to_base_e10 as to_rate_e10
    from fx_rates
    inner join fx_rates_to on fx_rates.day_date = fx_rates_to.day_date
    where fx_rates.currency_code != fx_rates_to.currency_code
)

select * from final
