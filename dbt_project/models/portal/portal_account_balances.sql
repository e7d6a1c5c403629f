-- The link asks for what brings the balance back to zero, written with the currency's own decimals.
{{ config(alias='account_balances') }}

with

account_balances as (
    select * from {{ ref('account_balances') }}
),

currencies as (
    select * from {{ source('reference', 'currencies') }}
),

settings as (
    select * from {{ source('build', 'settings') }}
),

owed as (
    select
        account_balances.*,
        case when balance_amount < 0 then -balance_amount else cast(0 as decimal(18, 6)) end as owed_amount
    from account_balances
),

written as (
    select
        owed.*,
        settings.payment_url as payment_url_template,
        case coalesce(currencies.minor_unit_decimals, 2)
            when 0 then cast(cast(owed.owed_amount as decimal(18, 0)) as {{ type_text() }})
            when 2 then cast(cast(owed.owed_amount as decimal(18, 2)) as {{ type_text() }})
            when 3 then cast(cast(owed.owed_amount as decimal(18, 3)) as {{ type_text() }})
            else cast(cast(owed.owed_amount as decimal(18, 4)) as {{ type_text() }})
        end as owed_text
    from owed
    cross join settings
    left join currencies on owed.currency_code = currencies.currency_code
),

-- the customer's id goes in last and cannot bring a placeholder of its own: its braces are encoded
final as (
    select
        customer_id,
        customer_name,
        currency_code,
        balance_amount,
        paid_amount,
        pending_amount,
        open_amount,
        credit_limit_amount,
        available_amount,
        channels_in_use,
        channels_measured_at,
        channel_limit,
        replace(
            replace(
                replace(payment_url_template, '{amount}', owed_text),
                '{currency_code}', currency_code
            ),
            '{customer_id}', {{ url_encoded('customer_id') }}
        ) as payment_url
    from written
)

select * from final
