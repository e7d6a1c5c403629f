-- What is outstanding in the accounts themselves, whoever calls.
with

customers as (
    select * from {{ ref('customers') }}
),

carriers as (
    select * from {{ source('reference', 'carriers') }}
),

account_balances as (
    select * from {{ ref('account_balances') }}
),

customer_counts as (
    select count(*) as customer_count from customers
),

carrier_counts as (
    select count(*) as carrier_count from carriers
),

final as (
    select
        {{ checklist_item(
            'verify_email', 'warning', 'Verify your e-mail address', scope='customer',
            customer_id='customer_id', subject='customer_id',
            message="coalesce('Confirm ' || billing_email, 'Give an e-mail address and confirm it')"
                " || ': invoices and alerts go there.'",
        ) }}
    from customers
    where email_verified_at is null
    union all
    select
        {{ checklist_item(
            'verify_mobile', 'info', 'Verify your mobile number', scope='customer',
            customer_id='customer_id', subject='customer_id',
            message="'Confirm a mobile number, so that you can be reached when calls fail.'",
        ) }}
    from customers
    where mobile_verified_at is null
    union all
    select
        {{ checklist_item(
            'balance_used_up', 'warning', 'Make a payment', scope='customer',
            customer_id='customer_id', subject="concat(customer_id, ':', currency_code)",
            message="concat('Balance and credit are used up: ', cast(available_amount as decimal(18, 2)), ' ', "
                "currency_code, ' available. Make a payment.')",
        ) }}
    from account_balances
    where available_amount < 0
    union all
    select
        {{ checklist_item(
            'no_tax_rate', 'warning', 'Customer without a tax rate',
            customer_id='customer_id', subject='customer_id',
            message="concat('Give ', customer_id, ' a tax_rate in customers.csv or customer_taxes.csv (0 is one): "
                "it cannot be invoiced without.')",
        ) }}
    from customers
    where tax_rate is null
    union all
    select
        {{ checklist_item(
            'no_customers', 'error', 'No customers yet',
            message="'Add customers to customers.csv and keys to customer_keys.csv: until then nobody is billed.'",
        ) }}
    from customer_counts
    where customer_count = 0
    union all
    select
        {{ checklist_item(
            'no_carriers', 'warning', 'No carriers yet',
            message="'Add carriers to carriers.csv and keys to carrier_keys.csv: until then costs are not known.'",
        ) }}
    from carrier_counts
    where carrier_count = 0
)

select * from final
