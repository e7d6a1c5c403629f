{# One shape for the summaries of every period. Counts are added, ratios derived from the added counts. #}

{% macro summary_measures() -%}
    {{ return([
        ['attempt_count', 'bigint'],
        ['answer_count', 'bigint'],
        ['ner_count', 'bigint'],
        ['pdd_ms_sum', 'bigint'],
        ['pdd_count', 'bigint'],
        ['talk_seconds', 'decimal(18, 3)'],
        ['billed_seconds', 'bigint'],
        ['charge_amount', 'decimal(18, 6)'],
        ['cost_amount', 'decimal(18, 6)'],
        ['cost_unknown_count', 'bigint'],
        ['dtmf_observed_count', 'bigint'],
        ['dtmf_call_count', 'bigint'],
        ['unrated_count', 'bigint'],
    ]) }}
{%- endmacro %}

{# side: customer | carrier; a carrier has no charge, and its unrated legs are its unknown cost. #}
{% macro sum_measures(side) -%}
    {%- set customers_only = ['charge_amount', 'cost_unknown_count'] -%}
    {%- for name, type in summary_measures() if side == 'customer' or name not in customers_only %}
    cast(sum({{ name }}) as {{ type }}) as {{ name }}{{ '' if loop.last else ',' }}
    {%- endfor %}
{%- endmacro %}

{# CTEs after `summed` (one row per customer or carrier, currency and period): which periods are complete.
   A period is complete when it ended at least `settle` before as_of and no feed expected hourly lacks an hour of it. #}
{% macro complete_periods() -%}
    settings as (
        select * from {{ source('build', 'settings') }}
    ),

    feed_gaps as (
        select * from {{ ref('feed_gaps') }}
    ),

    periods as (
        select distinct
            summed.period_start_at,
            summed.period_end_at
        from summed
    ),

    periods_with_gaps as (
        select distinct periods.period_start_at
        from periods
        inner join feed_gaps
            on
                periods.period_end_at > feed_gaps.gap_from_at
                and periods.period_start_at < feed_gaps.gap_to_at
    ),

    complete_periods as (
        select periods.period_start_at
        from periods
        cross join settings
        left join periods_with_gaps on periods.period_start_at = periods_with_gaps.period_start_at
        where
            periods_with_gaps.period_start_at is null
            and {{ add_seconds('periods.period_end_at', 'settings.settle_seconds') }} <= settings.as_of_at
    )
{%- endmacro %}

{% macro _signalling_columns() -%}
    summed.attempt_count,
        summed.answer_count,
        {{ ratio('summed.answer_count', 'summed.attempt_count') }} as asr_ratio,
        {{ ratio('summed.talk_seconds', 'summed.answer_count', scale=3, numerator_scale=3) }} as acd_seconds,
        summed.ner_count,
        {{ ratio('summed.ner_count', 'summed.attempt_count') }} as ner_ratio,
        summed.pdd_ms_sum,
        summed.pdd_count,
        {{ ratio('summed.pdd_ms_sum', 'summed.pdd_count', scale=3) }} as pdd_ms,
        summed.talk_seconds,
        summed.billed_seconds
{%- endmacro %}

{% macro _dtmf_columns() -%}
    summed.dtmf_observed_count,
        summed.dtmf_call_count,
        {{ ratio('summed.dtmf_call_count', 'summed.dtmf_observed_count') }} as dtmf_ratio,
        summed.unrated_count,
        complete_periods.period_start_at is not null as is_complete
{%- endmacro %}

{# The CTEs and the final select over `summed`. #}
{% macro customer_summary() -%}
    customers as (
        select * from {{ source('reference', 'customers') }}
    ),

    {{ complete_periods() }},

    final as (
        select
            summed.customer_id,
            {{ party_name('summed', 'customer') }} as customer_name,
            summed.currency_code,
            summed.period_start_at,
            summed.period_end_at,
            {{ _signalling_columns() }},
            summed.charge_amount,
            case when summed.cost_unknown_count = 0 then summed.cost_amount end as cost_amount,
            cast(
                case when summed.cost_unknown_count = 0 then summed.charge_amount - summed.cost_amount end
                as decimal(18, 6)
            ) as margin_amount,
            {{ _dtmf_columns() }},
            cast(null as {{ type_text() }}) as invoice_number,
            summed.charge_amount as uninvoiced_amount
        from summed
        left join customers on summed.customer_id = customers.customer_id
        left join complete_periods on summed.period_start_at = complete_periods.period_start_at
    )

    select * from final
{%- endmacro %}

{% macro carrier_summary() -%}
    carriers as (
        select * from {{ source('reference', 'carriers') }}
    ),

    {{ complete_periods() }},

    final as (
        select
            summed.carrier_id,
            {{ party_name('summed', 'carrier') }} as carrier_name,
            summed.currency_code,
            summed.period_start_at,
            summed.period_end_at,
            {{ _signalling_columns() }},
            summed.cost_amount,
            {{ _dtmf_columns() }}
        from summed
        left join carriers on summed.carrier_id = carriers.carrier_id
        left join complete_periods on summed.period_start_at = complete_periods.period_start_at
    )

    select * from final
{%- endmacro %}

{# Name at query time, so that a rename changes no fact. party: customer | carrier; joined as customers | carriers. #}
{% macro party_name(relation, party) -%}
    case
            when {{ relation }}.{{ party }}_id is null then '(unknown {{ party }})'
            else coalesce({{ party }}s.{{ party }}_name, {{ relation }}.{{ party }}_id)
        end
{%- endmacro %}

{# Every hour of the days of a relation with day_start_at. Facts lie by hour: an engine that is asked for hours skips what
   it holds of others, one that is asked for days computed from them reads a year for one day. #}
{% macro hours_of_days(days) -%}
    select cast({{ add_seconds('numbered.day_start_at', 'numbered.hour_number * 3600') }} as timestamp) as hour_start_at
    from (
        select
            {{ days }}.day_start_at,
            {{ explode_numbers(0, 23) }} as hour_number
        from {{ days }}
    ) as numbered
{%- endmacro %}

{# Pre-hook of the facts by day: days of the hours that are replaced. #}
{% macro delete_days() -%}
    {%- if is_incremental() -%}
        delete from {{ this }}
        where day_start_at in (
            select {{ time_bucket_start('day', 'hour_start_at') }} from {{ source('inputs', 'hours') }}
        )
    {%- endif -%}
{%- endmacro %}

{# A customer's summary as the customer may see it: no cost, no margin, and nobody without a name. #}
{% macro portal_customer_summary() -%}
    final as (
        select
            {%- for name in [
                'customer_id', 'customer_name', 'currency_code', 'period_start_at', 'period_end_at', 'attempt_count',
                'answer_count', 'asr_ratio', 'acd_seconds', 'ner_count', 'ner_ratio', 'pdd_ms_sum', 'pdd_count',
                'pdd_ms', 'talk_seconds', 'billed_seconds', 'charge_amount', 'dtmf_observed_count', 'dtmf_call_count',
                'dtmf_ratio', 'unrated_count', 'is_complete', 'invoice_number', 'uninvoiced_amount',
            ] %}
            {{ name }}{{ '' if loop.last else ',' }}
            {%- endfor %}
        from summaries
        where customer_id is not null
    )

    select * from final
{%- endmacro %}
