-- Until there are invoices, all charges are open: the balance is what was paid less what was called for, net of tax.
{{ config(materialized='table') }}

with

customers as (
    select * from {{ ref('customers') }}
),

customer_day as (
    select * from {{ ref('customer_day') }}
),

payments as (
    select * from {{ source('reference', 'payments') }}
),

currencies as (
    select * from {{ source('reference', 'currencies') }}
),

channels_in_use as (
    select * from {{ ref('channels_in_use') }}
    where scope_code = 'customer'
),

settings as (
    select * from {{ source('build', 'settings') }}
),

-- the whole hour of as_of counts
received as (
    select payments.*
    from payments
    cross join settings
    where payments.received_at < settings.as_of_at + interval '1' hour
),

movements as (
    select
        customer_id,
        currency_code,
        0 as charge_amount,
        case when status_code = 'completed' then amount_micros else 0 end as paid_micros,
        case when status_code = 'pending' then amount_micros else 0 end as pending_micros
    from received
    union all
    select
        customer_id,
        currency_code,
        charge_amount,
        0 as paid_micros,
        0 as pending_micros
    from customer_day
    where customer_id is not null
    union all
    select
        customer_id,
        currency_code,
        0 as charge_amount,
        0 as paid_micros,
        0 as pending_micros
    from customers
),

summed as (
    select
        customer_id,
        currency_code,
        cast(sum(charge_amount) as decimal(18, 6)) as charge_amount,
        {{ micros_to_amount('sum(paid_micros)') }} as paid_amount,
        {{ micros_to_amount('sum(pending_micros)') }} as pending_amount
    from movements
    group by customer_id, currency_code
),

rounded as (
    select
        summed.customer_id,
        summed.currency_code,
        summed.paid_amount,
        summed.pending_amount,
        {{ round_to_minor_unit('summed.charge_amount', 'coalesce(currencies.minor_unit_decimals, 2)') }} as open_amount
    from summed
    left join currencies on summed.currency_code = currencies.currency_code
),

-- the limit is one in the customer's own currency
final as (
    select
        rounded.customer_id,
        coalesce(names.customer_name, rounded.customer_id) as customer_name,
        rounded.currency_code,
        cast(rounded.paid_amount - rounded.open_amount as decimal(18, 6)) as balance_amount,
        rounded.paid_amount,
        rounded.pending_amount,
        rounded.open_amount,
        customers.credit_limit_amount,
        cast(
            rounded.paid_amount - rounded.open_amount + coalesce(customers.credit_limit_amount, 0)
            as decimal(18, 6)
        ) as available_amount,
        channels_in_use.channels_in_use,
        channels_in_use.measured_at as channels_measured_at,
        channels_in_use.channel_limit
    from rounded
    left join customers
        on
            rounded.customer_id = customers.customer_id
            and rounded.currency_code = customers.currency_code
    left join customers as names on rounded.customer_id = names.customer_id
    left join channels_in_use on rounded.customer_id = channels_in_use.customer_id
)

select * from final
