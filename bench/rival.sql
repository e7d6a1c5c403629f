-- The same work by hand: what one would write in an afternoon for exactly these files, and tune for another. It knows
-- what Tollbook has to find out (one format, one revision a card, six decimals half up, no changes of keys, call ids
-- used once) and keeps no account of files and lines; it skips none of the figures.
-- {files}, {reference}, {legs} are filled in by rival.py; `result` is the database it leaves behind.

-- phase: ingest
copy (
    select
        call_id, leg_number, setup_at, pdd_ms, answered_at, ended_at, answered_ms, a_number, b_number, account_code,
        trunk, carrier_key, sip_status_code, q850_cause_code, release_reason, dtmf_digit_count
    from read_csv(
        {files}, header = true, auto_detect = false, delim = ',', quote = '"', columns = {
            'call_id': 'varchar', 'leg_number': 'utinyint', 'setup_at': 'timestamp', 'pdd_ms': 'integer',
            'answered_at': 'timestamp', 'ended_at': 'timestamp', 'answered_ms': 'integer', 'a_number': 'varchar',
            'b_number': 'varchar', 'account_code': 'varchar', 'trunk': 'varchar', 'carrier_key': 'varchar',
            'sip_status_code': 'smallint', 'q850_cause_code': 'smallint', 'release_reason': 'varchar',
            'dtmf_digit_count': 'smallint'
        }
    )
) to '{legs}' (format parquet, compression zstd, compression_level 1);
create view rows as
select *, answered_at is not null as is_answered from read_parquet('{legs}', file_row_number = true)
where ended_at >= setup_at;

-- phase: reference
create table customers as
select
    cast(row_number() over (order by customer_id) as smallint) as customer, customer_id, customer_name, currency_code,
    rate_card_id
from read_csv('{reference}/customers.csv', all_varchar = true);
create table customer_keys as
select key_type, key_value, customer, currency_code, rate_card_id
from read_csv('{reference}/customer_keys.csv', all_varchar = true) inner join customers using (customer_id);
create table carriers as
select
    cast(row_number() over (order by carrier_id) as smallint) as carrier, carrier_id, carrier_name, currency_code,
    rate_card_id, key_value
from read_csv('{reference}/carriers.csv', all_varchar = true)
inner join (select carrier_id, key_value from read_csv('{reference}/carrier_keys.csv', all_varchar = true))
    using (carrier_id);
create table rates as
select
    cast(row_number() over () as integer) as rate, parse_path(filename)[-2] as rate_card_id, prefix, destination_name,
    cast(dense_rank() over (order by destination_name) as smallint) as destination,
    cast(rate_per_minute * 1000000 as bigint) as rate_micros, cast(setup_fee * 1000000 as bigint) as fee_micros,
    minimum_seconds, increment_seconds
from read_csv(
    '{reference}/rates/*/*.csv', header = true, filename = true, columns = {
        'prefix': 'varchar', 'destination_name': 'varchar', 'rate_per_minute': 'decimal(12, 6)',
        'setup_fee': 'decimal(12, 6)', 'minimum_seconds': 'integer', 'increment_seconds': 'integer'
    }
);
create table destinations as select distinct destination, destination_name from rates;
create table fx as
select
    cast(date as date) as day, currency_code,
    cast(cast(rate_to_base as decimal(18, 10)) * 10000000000 as bigint) as e10
from read_csv('{reference}/fx_rates.csv', all_varchar = true)
union all
select distinct cast(date as date), 'EUR', 10000000000 from read_csv('{reference}/fx_rates.csv', all_varchar = true);

-- phase: deduplicate
create table several as select call_id from rows group by call_id having count(*) > 1;
create table several_rows as
select
    *,
    row_number() over first_row as place,
    first_value(file_row_number) over first_row as kept_row_number
from rows semi join several using (call_id)
window first_row as (partition by call_id, leg_number order by file_row_number);
create table result.repeated_rows as
select
    case when row(
        r.setup_at, r.pdd_ms, r.answered_at, r.ended_at, r.answered_ms, r.a_number, r.b_number, r.account_code, r.trunk,
        r.carrier_key, r.sip_status_code, r.q850_cause_code, r.release_reason, r.dtmf_digit_count
    ) is not distinct from row(
        k.setup_at, k.pdd_ms, k.answered_at, k.ended_at, k.answered_ms, k.a_number, k.b_number, k.account_code, k.trunk,
        k.carrier_key, k.sip_status_code, k.q850_cause_code, k.release_reason, k.dtmf_digit_count
    ) then 'duplicate' else 'conflict' end as kind, count(*) as row_count
from several_rows as r inner join several_rows as k on r.kept_row_number = k.file_row_number
where r.place > 1
group by all;
-- A leg belongs to the customer of its call's first leg and is sold by that leg's number. The call of a leg is told only
-- where it has more than one.
create table legs as
with kept as (
    select
        null as shared_call_id, rows.* exclude (call_id, file_row_number), b_number as first_number,
        account_code as first_account, trunk as first_trunk
    from rows anti join several using (call_id)
    union all by name
    select
        call_id as shared_call_id, * exclude (call_id, file_row_number, place, kept_row_number),
        first_value(b_number) over legs_of_call as first_number,
        first_value(account_code) over legs_of_call as first_account,
        first_value(trunk) over legs_of_call as first_trunk
    from several_rows where place = 1
    window legs_of_call as (partition by call_id order by leg_number)
)
select
    shared_call_id, leg_number, setup_at, pdd_ms, ended_at, is_answered,
    case when is_answered then answered_ms else 0 end as talk_ms,
    sip_status_code, q850_cause_code, dtmf_digit_count,
    coalesce(a.customer, t.customer) as customer, coalesce(a.currency_code, t.currency_code) as currency_code,
    coalesce(a.rate_card_id, t.rate_card_id) as sell_card, left(first_number, 9) as sell_head,
    carriers.carrier, carriers.currency_code as cost_currency_code, carriers.rate_card_id as buy_card,
    left(b_number, 9) as buy_head
from kept
left join (from customer_keys where key_type = 'account_code') as a on first_account = a.key_value
left join (from customer_keys where key_type = 'trunk') as t on first_trunk = t.key_value
left join carriers on carrier_key = carriers.key_value;
drop table several_rows;

-- phase: rate
create table heads as
select sell_card as rate_card_id, sell_head as head from legs where sell_card is not null
union
select buy_card, buy_head from legs where buy_card is not null;
create table candidates as
select heads.rate_card_id, head, left(head, prefix_length) as prefix, prefix_length
from heads
inner join (select distinct rate_card_id, length(prefix) as prefix_length from rates) as lengths
    on heads.rate_card_id = lengths.rate_card_id and length(head) >= prefix_length;
create table matches as
select rate_card_id, head, arg_max(rate, prefix_length) as rate
from candidates inner join rates using (rate_card_id, prefix)
group by rate_card_id, head;
create table rated_legs as
with matched as (
    select
        legs.* exclude (sell_card, sell_head, buy_card, buy_head), sell.rate as sell_rate, buy.rate as buy_rate,
        rates.destination as buy_destination, rates.rate_micros, rates.fee_micros, rates.minimum_seconds,
        rates.increment_seconds, (talk_ms + 999) // 1000 as talked
    from legs
    left join matches as sell on sell_card = sell.rate_card_id and sell_head = sell.head
    left join matches as buy on buy_card = buy.rate_card_id and buy_head = buy.head
    left join rates on buy.rate = rates.rate
),
billed as (
    select
        *,
        case when not is_answered or buy_rate is null then 0
            else minimum_seconds + (greatest(talked - minimum_seconds, 0) + increment_seconds - 1) // increment_seconds
                * increment_seconds
        end as billed_seconds
    from matched
),
costed as (
    select
        *,
        case when not is_answered then 0 else (2 * (fee_micros * 60 + rate_micros * billed_seconds) + 60) // 120 end
            as cost_micros
    from billed
)
select
    costed.* exclude (rate_micros, fee_micros, minimum_seconds, increment_seconds, talked),
    case when not is_answered then 0 when cost_currency_code = costed.currency_code then cost_micros
        else cast((2 * cast(cost_micros as hugeint) * paid.e10 + earned.e10) // (2 * earned.e10) as bigint)
    end as customer_cost_micros,
    is_answered or sip_status_code in (486, 600, 480, 603) or (sip_status_code = 487 and pdd_ms is not null) as is_ner
from costed
left join fx as paid on cast(setup_at as date) = paid.day and cost_currency_code = paid.currency_code
left join fx as earned on cast(setup_at as date) = earned.day and costed.currency_code = earned.currency_code;
drop table legs;
create table rated_calls as
with calls as (
    select
        setup_at, ended_at, pdd_ms, customer, currency_code, sell_rate, is_answered, talk_ms, is_ner, dtmf_digit_count,
        coalesce(customer_cost_micros, 0) as cost_micros, (customer_cost_micros is null)::integer as cost_unknown_count
    from rated_legs where shared_call_id is null
    union all
    select
        min(setup_at), max(ended_at),
        (epoch_us(min(setup_at + to_milliseconds(pdd_ms))) - epoch_us(min(setup_at))) // 1000,
        arg_min_null(customer, leg_number), arg_min_null(currency_code, leg_number), arg_min_null(sell_rate, leg_number),
        arg_min(is_answered, status_order), arg_min(talk_ms, status_order), arg_min(is_ner, status_order),
        arg_min_null(dtmf_digit_count, status_order), coalesce(sum(customer_cost_micros), 0),
        count(*) - count(customer_cost_micros)
    from (
        -- the first answered leg, else the last
        select *, case when is_answered then leg_number else 1000 - leg_number end as status_order
        from rated_legs where shared_call_id is not null
    )
    group by shared_call_id
),
billed as (
    select
        calls.*, rates.destination, rate_micros, fee_micros,
        case when not is_answered or rates.rate is null then 0
            else minimum_seconds
                + (greatest((talk_ms + 999) // 1000 - minimum_seconds, 0) + increment_seconds - 1) // increment_seconds
                * increment_seconds
        end as billed_seconds
    from calls left join rates on calls.sell_rate = rates.rate
)
select
    * exclude (rate_micros, fee_micros, sell_rate),
    case when not is_answered then 0 else (2 * (fee_micros * 60 + rate_micros * billed_seconds) + 60) // 120 end
        as charge_micros
from billed;

-- phase: hourly
create table calls_hourly as
select
    date_trunc('hour', setup_at) as hour_start_at, customer, destination, currency_code, count(*) as attempt_count,
    count_if(is_answered) as answer_count, count_if(is_ner) as ner_count, coalesce(sum(pdd_ms), 0) as pdd_ms_sum,
    count(pdd_ms) as pdd_count, sum(talk_ms) as talk_ms, sum(billed_seconds) as billed_seconds,
    coalesce(sum(charge_micros), 0) as charge_micros, sum(cost_micros) as cost_micros,
    sum(cost_unknown_count) as cost_unknown_count,
    count_if(is_answered and dtmf_digit_count is not null) as dtmf_observed_count,
    count_if(is_answered and coalesce(dtmf_digit_count, 0) > 0) as dtmf_call_count, count_if(charge_micros is null) as unrated_count
from rated_calls
group by all;
create table result.call_summary_hourly as
select
    cast(hour_start_at as timestamp) as hour_start_at, customer_id, destination_name as sell_destination_name,
    h.currency_code, attempt_count, answer_count, ner_count, cast(pdd_ms_sum as bigint) as pdd_ms_sum, pdd_count,
    cast(talk_ms * 0.001::decimal(4, 3) as decimal(18, 3)) as talk_seconds,
    cast(billed_seconds as bigint) as billed_seconds,
    cast(charge_micros * 0.000001::decimal(7, 6) as decimal(18, 6)) as charge_amount,
    cast(cost_micros * 0.000001::decimal(7, 6) as decimal(18, 6)) as cost_amount,
    cast(cost_unknown_count as bigint) as cost_unknown_count, dtmf_observed_count, dtmf_call_count, unrated_count
from calls_hourly as h left join customers using (customer) left join destinations using (destination);
create table legs_hourly as
select
    date_trunc('hour', setup_at) as hour_start_at, carrier, customer, sell.destination as sell_destination,
    buy_destination, cost_currency_code, count(*) as attempt_count, count_if(is_answered) as answer_count,
    count_if(is_ner) as ner_count, coalesce(sum(pdd_ms), 0) as pdd_ms_sum, count(pdd_ms) as pdd_count,
    sum(talk_ms) as talk_ms, sum(billed_seconds) as billed_seconds, coalesce(sum(cost_micros), 0) as cost_micros,
    count_if(is_answered and dtmf_digit_count is not null) as dtmf_observed_count,
    count_if(is_answered and coalesce(dtmf_digit_count, 0) > 0) as dtmf_call_count, count_if(cost_micros is null) as unrated_count
from rated_legs left join rates as sell on sell_rate = sell.rate
group by all;
create table result.leg_summary_hourly as
select
    cast(hour_start_at as timestamp) as hour_start_at, carrier_id, customer_id,
    sold.destination_name as sell_destination_name, bought.destination_name as buy_destination_name,
    cost_currency_code, attempt_count, answer_count, ner_count, cast(pdd_ms_sum as bigint) as pdd_ms_sum, pdd_count,
    cast(talk_ms * 0.001::decimal(4, 3) as decimal(18, 3)) as talk_seconds,
    cast(billed_seconds as bigint) as billed_seconds,
    cast(cost_micros * 0.000001::decimal(7, 6) as decimal(18, 6)) as cost_amount,
    dtmf_observed_count, dtmf_call_count, unrated_count
from legs_hourly
left join carriers using (carrier)
left join customers using (customer)
left join destinations as sold on sell_destination = sold.destination
left join destinations as bought on buy_destination = bought.destination;

-- phase: daily
create table result.customer_summary_daily as
select
    customer_id, currency_code, cast(date_trunc('day', hour_start_at) as timestamp) as period_start_at,
    cast(sum(attempt_count) as bigint) as attempt_count, cast(sum(answer_count) as bigint) as answer_count,
    cast(sum(ner_count) as bigint) as ner_count, cast(sum(pdd_ms_sum) as bigint) as pdd_ms_sum,
    cast(sum(pdd_count) as bigint) as pdd_count, cast(sum(talk_seconds) as decimal(18, 3)) as talk_seconds,
    cast(sum(billed_seconds) as bigint) as billed_seconds,
    cast(sum(charge_amount) as decimal(18, 6)) as charge_amount,
    case when sum(cost_unknown_count) = 0 then cast(sum(cost_amount) as decimal(18, 6)) end as cost_amount,
    cast(sum(dtmf_observed_count) as bigint) as dtmf_observed_count,
    cast(sum(dtmf_call_count) as bigint) as dtmf_call_count, cast(sum(unrated_count) as bigint) as unrated_count
from result.call_summary_hourly
group by all;
create table result.carrier_summary_daily as
select
    carrier_id, cost_currency_code as currency_code, cast(date_trunc('day', hour_start_at) as timestamp)
        as period_start_at,
    cast(sum(attempt_count) as bigint) as attempt_count, cast(sum(answer_count) as bigint) as answer_count,
    cast(sum(ner_count) as bigint) as ner_count, cast(sum(pdd_ms_sum) as bigint) as pdd_ms_sum,
    cast(sum(pdd_count) as bigint) as pdd_count, cast(sum(talk_seconds) as decimal(18, 3)) as talk_seconds,
    cast(sum(billed_seconds) as bigint) as billed_seconds, cast(sum(cost_amount) as decimal(18, 6)) as cost_amount,
    cast(sum(dtmf_observed_count) as bigint) as dtmf_observed_count,
    cast(sum(dtmf_call_count) as bigint) as dtmf_call_count, cast(sum(unrated_count) as bigint) as unrated_count
from result.leg_summary_hourly
group by all;

-- phase: channels
-- Cut at the edges of hours: an hour then begins with none, and a second of it is a small number.
create table pieces as
with intervals as (
    select true as is_call, customer, destination, null::smallint as carrier, epoch_us(setup_at) // 1000000 as from_s,
        epoch_us(ended_at) // 1000000 as to_s
    from rated_calls
    union all
    select false, null, null, carrier, epoch_us(setup_at) // 1000000, epoch_us(ended_at) // 1000000 from rated_legs
),
by_hour as (
    select *, from_s // 3600 as hour from intervals where from_s < to_s and from_s // 3600 = (to_s - 1) // 3600
    union all
    select *, unnest(range(from_s // 3600, (to_s - 1) // 3600 + 1)) from intervals
    where from_s < to_s and from_s // 3600 < (to_s - 1) // 3600
)
select
    is_call, coalesce(customer, 0)::smallint as customer, coalesce(destination, 0)::smallint as destination,
    coalesce(carrier, 0)::smallint as carrier, hour::integer as hour,
    greatest(from_s - hour * 3600, 0)::smallint as from_s, least(to_s - hour * 3600, 3600)::smallint as to_s
from by_hour;
create table states as
with events as (
    select *, from_s as second, 1 as change from pieces
    union all
    select *, to_s as second, -1 as change from pieces
),
changes as (
    select 'total' as scope, 0::smallint as holder, hour, second, sum(change)::integer as change
    from events where is_call group by all
    union all
    select 'customer', customer, hour, second, sum(change)::integer from events where is_call group by all
    union all
    select 'carrier', carrier, hour, second, sum(change)::integer from events where not is_call group by all
)
select
    scope, holder, hour, second as from_s,
    lead(second) over (partition by scope, holder, hour order by second) as to_s,
    (sum(change) over (partition by scope, holder, hour order by second))::integer as channels
from changes
qualify channels > 0;
create table minutes as
with by_minute as (
    select *, from_s // 60 as minute from states where from_s // 60 = (to_s - 1) // 60
    union all
    select *, unnest(range(from_s // 60, (to_s - 1) // 60 + 1)) from states where from_s // 60 < (to_s - 1) // 60
)
select
    scope, holder, hour, minute, max(channels) as peak,
    sum(channels * (least(to_s, minute * 60 + 60) - greatest(from_s, minute * 60))) as seconds
from by_minute
group by all;
-- Most customers have one call an hour to a destination, and its peak is 1.
create table destination_hours as
with held as (
    select customer, destination, hour, count(*) as piece_count, sum(to_s - from_s) as seconds
    from pieces where is_call group by all
),
shared as (
    select pieces.* from pieces semi join (from held where piece_count > 1) as held using (customer, destination, hour)
    where is_call
),
events as (
    select customer, destination, hour, from_s as second, 1 as change from shared
    union all
    select customer, destination, hour, to_s, -1 from shared
),
running as (
    select
        customer, destination, hour,
        sum(change) over (
            partition by customer, destination, hour order by second
            range between unbounded preceding and current row
        ) as channels
    from events
),
peaks as (select customer, destination, hour, max(channels) as peak from running group by all)
select held.customer, held.destination, held.hour, coalesce(peak, 1) as peak, seconds
from held left join peaks using (customer, destination, hour);
create table result.live_channels as
with buckets as (
    select hour::bigint * 3600 as second, 'hour' as grain_code, scope, holder, 0::smallint as destination,
        max(channels) as peak, sum(channels * (to_s - from_s)) as seconds
    from states group by all
    union all
    select hour::bigint * 3600 + minute * 60, 'minute', scope, holder, 0, peak, seconds from minutes
    union all
    select hour::bigint * 3600, 'hour', 'customer_destination', customer, destination, peak, seconds
    from destination_hours
)
select
    make_timestamp(second * 1000000) as bucket_start_at, grain_code, scope as scope_code, customer_id, carrier_id,
    destination_name, peak::bigint as peak_channels,
    cast(
        (2000000 * seconds + length) // (2 * length) * 0.000001::decimal(7, 6) as decimal(18, 6)
    ) as mean_channels
from (
    select
        *, case grain_code when 'hour' then 3600 else 60 end as length,
        case when scope <> 'carrier' then holder end as customer, case scope when 'carrier' then holder end as carrier
    from buckets
)
left join customers using (customer) left join carriers using (carrier) left join destinations using (destination);
checkpoint result;
