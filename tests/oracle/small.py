"""A small, ordinary landing for hand-calculated cases: one customer, one carrier, one deck each, all replaceable.

Belongs here: shorthand for tests that write their rows out by hand.
Does not belong here: random data (tests/landings).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from tests.oracle.model import FeedSettings, OracleInput, SourceFile

HEADER = "call_id,leg_id,leg_number,account_code,carrier_key,b_number,setup_at,answered_at,answered_ms,ended_at"
HEADER += ",is_answered,ringing_at,pdd_ms,sip_status_code,q850_cause_code,dtmf_digit_count"
DROP_HOUR = datetime(2026, 3, 10, 12)
REFERENCE = {
    "customers.csv": "customer_id,customer_name,currency_code,rate_card_id\nacme,Acme,EUR,sell\nbolt,Bolt,GBP,pound\n",
    "customer_keys.csv": "feed_id,key_type,key_value,customer_id,effective_from,effective_to\n"
    "*,account_code,A,acme,,\n*,account_code,B,bolt,,\n",
    "carriers.csv": "carrier_id,carrier_name,currency_code,rate_card_id\ntelco,Telco,USD,buy\n",
    "carrier_keys.csv": "feed_id,key_value,carrier_id,effective_from,effective_to\n*,gw,telco,,\n",
    "rate_cards.csv": "rate_card_id,direction,currency_code,charge_decimals,charge_rounding,talk_rounding\n"
    "sell,sell,EUR,4,half_up,up\npound,sell,GBP,2,up,up\nbuy,buy,USD,6,half_up,up\n",
    "rates/sell/2026-01-01T0000Z.csv": "prefix,destination_name,rate_per_minute,minimum_seconds,increment_seconds\n"
    "44,UK,0.06,30,6\n4420,London,0.12,30,7\n",
    "rates/pound/2026-01-01T0000Z.csv": "prefix,destination_name,rate_per_minute\n44,UK,0.05\n",
    "rates/buy/2026-01-01T0000Z.csv": "prefix,destination_name,rate_per_minute\n44,UK,0.03\n",
    "fx_rates.csv": "date,currency_code,rate_to_base\n2026-03-10,USD,0.9\n2026-03-10,GBP,1.2\n",
}


def row(call_id: object = "c1", setup_at: object = "2026-03-10T12:00:00", **fields: object) -> str:
    """Return one line below HEADER; by default an answered call of 60 s of customer A over carrier gw to 447700."""
    values: dict[str, object] = {
        "call_id": call_id, "account_code": "A", "carrier_key": "gw", "b_number": "447700900123",
        "setup_at": setup_at, "is_answered": "true", "answered_ms": 60_000, **fields,
    }  # fmt: skip
    return ",".join(str(values.get(name, "")) for name in HEADER.split(","))


def given(
    *rows: str,
    reference: Mapping[str, str] | None = None,
    feed: FeedSettings | None = None,
    files: Mapping[str, tuple[datetime, list[str]]] | None = None,
    call_spread: timedelta = timedelta(hours=1),
    as_of: datetime = datetime(2026, 3, 11),
) -> OracleInput:
    """Build the input: `rows` in one file of DROP_HOUR, or `files` as {path: (drop hour, rows)}."""
    feed = feed or FeedSettings("f")
    lines = files or {"f/1.csv": (DROP_HOUR, list(rows))}
    return OracleInput(
        files=[
            SourceFile(path, hour, "\n".join([HEADER, *some, ""]).encode(), feed)
            for path, (hour, some) in lines.items()
        ],
        reference={path: text.encode() for path, text in {**REFERENCE, **(reference or {})}.items()},
        as_of=as_of,
        call_spread=call_spread,
    )
