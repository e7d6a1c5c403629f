"""Tables of a version from rows that are right: timelines, revisions, currencies, feeds.

Belongs here: checked rows to Arrow tables, and the tables nobody writes by hand.
Does not belong here: finding problems (checks.py), the store (versions.py).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl
import pyarrow as pa

from pipelines.reference import tables
from pipelines.reference.checks import Draft
from pipelines.reference.currencies import MINOR_UNIT_DECIMALS
from pipelines.reference.rates import FRAME_SCHEMA, Revision
from pipelines.reference.sheet import LINE
from pipelines.settings import Feed

DEFAULT_TALK_TIME_MAXIMUM_MS = 24 * 60 * 60 * 1000
"""What holds for a feed that an accepted version does not know: the default of tollbook.toml."""


def derive_tables(draft: Draft, base_currency: str, call_spread: timedelta) -> dict[str, pa.Table]:
    """Return every versioned table (tables.VERSIONED_TABLES) of *draft*, which must be without errors."""
    plain = {
        tables.CUSTOMERS: draft.customers,
        tables.CUSTOMER_KEYS: draft.customer_keys,
        tables.CUSTOMER_TAXES: draft.customer_taxes,
        tables.CARRIERS: draft.carriers,
        tables.CARRIER_KEYS: draft.carrier_keys,
        tables.RATE_CARDS: draft.rate_cards,
    }
    made = {table.name: table.from_rows(row.values for row in read.rows) for table, read in plain.items()}
    made[tables.CUSTOMER_CARDS.name] = _customer_cards(draft)
    made[tables.RATE_REVISIONS.name] = _rate_revisions(draft.revisions.revisions)
    made[tables.RATES.name] = _rates(draft.revisions.revisions)
    made[tables.CURRENCIES.name] = tables.CURRENCIES.from_rows(
        {"currency_code": code, "minor_unit_decimals": decimals} for code, decimals in MINOR_UNIT_DECIMALS.items()
    )
    made[tables.FEEDS.name] = feeds_table(draft.feeds)
    made[tables.RATING_SETTINGS.name] = tables.RATING_SETTINGS.from_rows(
        [{"base_currency_code": base_currency, "call_spread_seconds": call_spread // timedelta(seconds=1)}]
    )
    return {table.name: made[table.name] for table in tables.VERSIONED_TABLES}


def feeds_table(feeds: Mapping[str, Feed]) -> pa.Table:
    """Return the feeds of tollbook.toml as a table."""
    return tables.FEEDS.from_rows(
        {
            "feed_id": feed_id,
            "expected_code": feed.expected,
            "timezone": feed.timezone,
            "talk_time_over_maximum_ms": feed.talk_time_over_maximum // timedelta(milliseconds=1),
        }
        for feed_id, feed in feeds.items()
    )


def current_feeds(accepted: pa.Table, feeds: Mapping[str, Feed]) -> pa.Table:
    """Return the feeds as a build needs them: the bound that changes rows as accepted, the rest as configured now.

    A feed the accepted version does not know has the default bound of 24 h until a version with it is accepted; a feed
    that is no longer configured keeps its accepted row, its legs are still in the lake.
    """
    rows = {str(row["feed_id"]): row for row in accepted.to_pylist()}
    for row in feeds_table(feeds).to_pylist():
        known = rows.get(row["feed_id"])
        bound = known["talk_time_over_maximum_ms"] if known else DEFAULT_TALK_TIME_MAXIMUM_MS
        rows[row["feed_id"]] = {**row, "talk_time_over_maximum_ms": bound}
    return tables.FEEDS.from_rows(rows.values())


def _customer_cards(draft: Draft) -> pa.Table:
    """Make a complete timeline per customer: the card of customers.csv, then each row of customer_cards.csv."""
    changes: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for row in draft.customer_cards.rows:
        start = row.instant("effective_from")
        if start is not None:
            changes[str(row.values["customer_id"])].append((start, str(row.values["rate_card_id"])))
    rows: list[dict[str, object]] = []
    for row in draft.customers.rows:
        customer = str(row.values["customer_id"])
        card: object = row.values["rate_card_id"]
        since: datetime | None = None
        for start, next_card in sorted(changes[customer]):
            rows.append(_card_row(customer, card, since, start))
            card, since = next_card, start
        rows.append(_card_row(customer, card, since, None))
    return tables.CUSTOMER_CARDS.from_rows(rows)


def _card_row(customer: str, card: object, start: datetime | None, end: datetime | None) -> dict[str, object]:
    return {"customer_id": customer, "rate_card_id": card, "effective_from": start, "effective_to": end}


def _rate_revisions(revisions: list[Revision]) -> pa.Table:
    ordered = sorted(revisions, key=lambda revision: (revision.rate_card_id, revision.effective_from))
    rows: list[dict[str, object]] = []
    for position, revision in enumerate(ordered):
        following = ordered[position + 1] if position + 1 < len(ordered) else None
        ends = following.effective_from if following and following.rate_card_id == revision.rate_card_id else None
        rows.append(
            {
                "revision_id": revision.revision_id,
                "rate_card_id": revision.rate_card_id,
                "effective_from": revision.effective_from,
                "effective_to": ends,
            }
        )
    return tables.RATE_REVISIONS.from_rows(rows)


def _rates(revisions: list[Revision]) -> pa.Table:
    """Return all rates, sorted by revision and prefix: each revision is sorted by itself, then put in its place."""
    frames = [
        revision.frame.sort("prefix").with_columns(
            pl.lit(revision.revision_id).alias("revision_id"), pl.lit(revision.rate_card_id).alias("rate_card_id")
        )
        for revision in sorted(revisions, key=lambda revision: revision.revision_id)
    ]
    empty = pl.DataFrame(schema={**FRAME_SCHEMA, "revision_id": pl.String(), "rate_card_id": pl.String()})
    schema = tables.RATES.schema()
    frame = pl.concat([empty, *frames]).drop(LINE).select(schema.names)
    return frame.to_arrow().cast(schema)
