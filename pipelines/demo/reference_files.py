"""The demo's reference data as CSV files below landing/reference/.

Belongs here: turning the world into files.
Does not belong here: what exists (world.py) or costs (cards.py).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from pipelines.demo.cards import Revision
from pipelines.demo.plan import DAY, HOUR, DemoPlan, iso_date, iso_second, moment
from pipelines.demo.world import Customer, Key, World


def table_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a CSV file with a header, UTF-8, lines ended by LF."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


_CUSTOMER_COLUMNS = (
    "customer_id", "customer_name", "currency_code", "rate_card_id", "tax_rate", "channel_limit",
    "credit_limit_amount", "invoice_period", "invoice_grouping", "payment_terms_days", "billing_email",
    "email_verified_at", "mobile_verified_at", "street", "postcode", "city", "country_code", "vat_id",
)  # fmt: skip


def _customer_row(plan: DemoPlan, number: int, one: Customer) -> list[str]:
    told = one.reference
    unverified = told.get("unverified", "")
    verified_at = plan.start - (40 + number) * DAY + number * 7 * HOUR
    country = told["cc"]
    return [
        one.customer_id, one.name, one.currency_code, one.rate_card_id, told.get("tax", ""), told.get("channels", ""),
        told.get("credit", ""), told.get("period", ""), told.get("group", ""), told.get("terms", ""),
        f"billing@{one.customer_id}.example",
        "" if unverified in ("email", "both") else iso_second(verified_at),
        "" if unverified in ("mobile", "both") else iso_second(verified_at + HOUR),
        f"{number * 3 + 1} Exchange Street", f"{10000 + number * 131}", told["city"], country,
        "" if country in ("US", "CA") else f"{country}{100200300 + number * 1013}",
    ]  # fmt: skip


def _window(key: Key) -> tuple[str, str]:
    return (
        "" if key.effective_from is None else iso_second(key.effective_from),
        "" if key.effective_to is None else iso_second(key.effective_to),
    )


def _payments(plan: DemoPlan, world: World) -> Iterator[Sequence[object]]:
    """Yield about one payment per customer and week, spread over the range and the days before it."""
    number = 0
    first_week = -1
    last_week = max(1, plan.days // 7)
    for week in range(first_week, last_week):
        for place, one in enumerate(world.customers):
            received = plan.start + week * 7 * DAY + (place * 5 % 24) * HOUR + place * 61_000
            if place % 5 == 4 or received >= plan.end:
                continue
            number += 1
            status = {3: "pending", 7: "cancelled"}.get(number % 11, "completed")
            cents = (one.weight * 733 + place * 17) % 90_000 + 2_500
            yield (
                f"P{number:05d}", one.customer_id, iso_second(received), f"{cents // 100}.{cents % 100:02d}",
                one.currency_code, status, f"wire {one.customer_id}" if number % 3 else "",
            )  # fmt: skip


def _revision_rows(revision: Revision) -> Iterator[Sequence[object]]:
    for rate in revision.rates:
        yield (
            rate.prefix, rate.destination_name, rate.rate_per_minute, rate.setup_fee, rate.minimum_seconds,
            rate.increment_seconds, rate.grace_seconds, "true" if rate.is_blocked else "false",
        )  # fmt: skip


def reference_files(plan: DemoPlan, world: World) -> Iterator[tuple[str, bytes]]:
    """Yield (path below landing, bytes) of every reference file."""
    yield (
        "reference/customers.csv",
        table_bytes(_CUSTOMER_COLUMNS, (_customer_row(plan, n, one) for n, one in enumerate(world.customers))),
    )
    yield (
        "reference/customer_keys.csv",
        table_bytes(
            ("feed_id", "key_type", "key_value", "customer_id", "effective_from", "effective_to"),
            ((key.feed_id, key.key_type, key.key_value, key.owner_id, *_window(key)) for key in world.customer_keys),
        ),
    )
    yield (
        "reference/customer_cards.csv",
        table_bytes(
            ("customer_id", "rate_card_id", "effective_from"),
            ((one.customer_id, one.rate_card_id, iso_second(one.effective_from)) for one in world.card_changes),
        ),
    )
    # A change of tax law: the new rate holds from the middle day on.
    yield (
        "reference/customer_taxes.csv",
        table_bytes(
            ("customer_id", "effective_from", "tax_rate"),
            (("eiger-bau", iso_date(plan.start + plan.days // 2 * DAY), "0.081"),),
        ),
    )
    yield (
        "reference/carriers.csv",
        table_bytes(
            ("carrier_id", "carrier_name", "currency_code", "rate_card_id", "channel_limit"),
            ((c.carrier_id, c.name, c.currency_code, c.rate_card_id, c.channel_limit) for c in world.carriers),
        ),
    )
    yield (
        "reference/carrier_keys.csv",
        table_bytes(
            ("feed_id", "key_value", "carrier_id", "effective_from", "effective_to"),
            ((key.feed_id, key.key_value, key.owner_id, *_window(key)) for key in world.carrier_keys),
        ),
    )
    yield (
        "reference/rate_cards.csv",
        table_bytes(
            ("rate_card_id", "direction", "currency_code", "charge_decimals", "charge_rounding", "talk_rounding"),
            (
                (c.rate_card_id, c.direction, c.currency_code, c.charge_decimals, c.charge_rounding, c.talk_rounding)
                for c in world.cards
            ),
        ),
    )
    for card in world.cards:
        for revision in card.revisions:
            stamp = moment(revision.effective_from).strftime("%Y-%m-%dT%H%MZ")
            yield (
                f"reference/rates/{card.rate_card_id}/{stamp}.csv",
                table_bytes(
                    ("prefix", "destination_name", "rate_per_minute", "setup_fee", "minimum_seconds",
                     "increment_seconds", "grace_seconds", "is_blocked"),
                    _revision_rows(revision),
                ),
            )  # fmt: skip
    yield (
        "reference/fx_rates.csv",
        table_bytes(
            ("date", "currency_code", "rate_to_base"),
            ((iso_date(day * DAY), currency, rate) for (day, currency), rate in world.fx.items()),
        ),
    )
    yield (
        "reference/payments.csv",
        table_bytes(
            ("payment_id", "customer_id", "received_at", "amount", "currency_code", "status", "reference"),
            _payments(plan, world),
        ),
    )
