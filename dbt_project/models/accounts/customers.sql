-- Card and tax rate are those in force at as_of.
with

customers as (
    select * from {{ source('reference', 'customers') }}
),

customer_cards as (
    select * from {{ source('reference', 'customer_cards') }}
),

customer_taxes as (
    select * from {{ source('reference', 'customer_taxes') }}
),

settings as (
    select * from {{ source('build', 'settings') }}
),

cards_in_force as (
    select
        customer_cards.customer_id,
        customer_cards.rate_card_id
    from customer_cards
    cross join settings
    where
        (customer_cards.effective_from is null or customer_cards.effective_from <= settings.as_of_at)
        and (customer_cards.effective_to is null or customer_cards.effective_to > settings.as_of_at)
),

ranked_taxes as (
    select
        customer_taxes.customer_id,
        customer_taxes.tax_rate,
        row_number() over (
            partition by customer_taxes.customer_id
            order by customer_taxes.effective_from desc
        ) as recency
    from customer_taxes
    cross join settings
    where customer_taxes.effective_from <= settings.as_of_at
),

final as (
    select
        customers.customer_id,
        customers.customer_name,
        customers.currency_code,
        coalesce(cards_in_force.rate_card_id, customers.rate_card_id) as rate_card_id,
        cast(coalesce(ranked_taxes.tax_rate, customers.tax_rate) as decimal(9, 6)) as tax_rate,
        customers.channel_limit,
        {{ micros_to_amount('customers.credit_limit_micros') }} as credit_limit_amount,
        customers.invoice_period,
        customers.invoice_grouping,
        customers.payment_terms_days,
        customers.billing_email,
        customers.email_verified_at,
        customers.mobile_verified_at,
        customers.street,
        customers.postcode,
        customers.city,
        customers.country_code,
        customers.vat_id
    from customers
    left join cards_in_force on customers.customer_id = cards_in_force.customer_id
    left join ranked_taxes
        on
            customers.customer_id = ranked_taxes.customer_id
            and ranked_taxes.recency = 1
)

select * from final
