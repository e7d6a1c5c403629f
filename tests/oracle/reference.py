"""The reference files of a landing, read into plain look-ups.

Belongs here: customers, keys, cards, decks, carriers, exchange rates, and "which holds at this instant".
Does not belong here: checking them (an oracle's landing is valid), rating.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction

from tests.oracle.clocks import parse_time
from tests.oracle.model import Rate, RateCard


@dataclass(frozen=True)
class Key:
    """One key of a customer or carrier; the window is half open, None is open-ended."""

    feed_id: str
    key_type: str
    key_value: str
    owner_id: str
    effective_from: datetime | None
    effective_to: datetime | None

    def holds_at(self, instant: datetime) -> bool:
        """Whether the window holds the instant."""
        return (self.effective_from is None or self.effective_from <= instant) and (
            self.effective_to is None or instant < self.effective_to
        )


@dataclass
class Reference:
    """All reference data. `fx` is keyed by currency: (date, units of base currency for one unit)."""

    customers: dict[str, dict[str, str]] = field(default_factory=dict)
    customer_keys: list[Key] = field(default_factory=list)
    customer_cards: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    carriers: dict[str, dict[str, str]] = field(default_factory=dict)
    carrier_keys: list[Key] = field(default_factory=list)
    cards: dict[str, RateCard] = field(default_factory=dict)
    fx: dict[str, list[tuple[date, Fraction]]] = field(default_factory=dict)

    def customer_card(self, customer_id: str, instant: datetime) -> str:
        """Return the rate card in force for a customer."""
        card = self.customers[customer_id]["rate_card_id"]
        for effective_from, rate_card_id in self.customer_cards.get(customer_id, []):
            if effective_from <= instant:
                card = rate_card_id
        return card


def instant_of(text: str) -> datetime | None:
    """Return a reference time: UTC unless it says otherwise, a bare date is 00:00, empty is None."""
    if text == "":
        return None
    readings = parse_time(f"{text}T00:00:00" if len(text) == 10 else text, "UTC")
    if readings is None:
        raise ValueError(f"not a time: {text!r}")
    return readings[0]


def needed(text: str) -> datetime:
    """Return a reference time which must be there."""
    instant = instant_of(text)
    if instant is None:
        raise ValueError("a time is missing")
    return instant


def table(content: bytes | None) -> list[dict[str, str]]:
    """Rows of a CSV with header; an absent file has none."""
    if content is None:
        return []
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))


def read_keys(content: bytes | None, owner: str) -> list[Key]:
    """Rows of customer_keys.csv or carrier_keys.csv."""
    return [
        Key(
            row["feed_id"], row.get("key_type", "carrier_key"), row["key_value"], row[owner],
            instant_of(row.get("effective_from") or ""), instant_of(row.get("effective_to") or ""),
        )
        for row in table(content)
    ]  # fmt: skip


def read_rate(row: dict[str, str]) -> Rate:
    """One line of a deck, with the defaults of absent or empty columns."""
    return Rate(
        prefix=row["prefix"], destination_name=row["destination_name"],
        rate_per_minute=Fraction(row["rate_per_minute"]), setup_fee=Fraction(row.get("setup_fee") or "0"),
        minimum_seconds=int(row.get("minimum_seconds") or "0"),
        increment_seconds=int(row.get("increment_seconds") or "1"),
        grace_seconds=int(row.get("grace_seconds") or "0"), is_blocked=(row.get("is_blocked") or "false") == "true",
    )  # fmt: skip


def read_reference(files: dict[str, bytes]) -> Reference:
    """Read {path below reference/: bytes}."""
    found = Reference()
    found.customers = {row["customer_id"]: row for row in table(files["customers.csv"])}
    found.customer_keys = read_keys(files["customer_keys.csv"], "customer_id")
    for row in table(files.get("customer_cards.csv")):
        found.customer_cards.setdefault(row["customer_id"], []).append(
            (needed(row["effective_from"]), row["rate_card_id"])
        )
    for changes in found.customer_cards.values():
        changes.sort()
    found.carriers = {row["carrier_id"]: row for row in table(files.get("carriers.csv"))}
    found.carrier_keys = read_keys(files.get("carrier_keys.csv"), "carrier_id")
    for row in table(files["rate_cards.csv"]):
        card_id = row["rate_card_id"]
        revisions = []
        for path, content in files.items():
            folder, _, name = path.rpartition("/")
            if folder == f"rates/{card_id}":
                effective_from = datetime.strptime(name, "%Y-%m-%dT%H%MZ.csv")
                revisions.append((effective_from, {line["prefix"]: read_rate(line) for line in table(content)}))
        found.cards[card_id] = RateCard(
            rate_card_id=card_id, currency_code=row["currency_code"],
            charge_decimals=int(row.get("charge_decimals") or "6"),
            charge_rounding=row.get("charge_rounding") or "half_up", talk_rounding=row.get("talk_rounding") or "up",
            revisions=sorted(revisions, key=lambda revision: revision[0]),
        )  # fmt: skip
    for row in table(files.get("fx_rates.csv")):
        found.fx.setdefault(row["currency_code"], []).append(
            (date.fromisoformat(row["date"]), Fraction(row["rate_to_base"]))
        )
    return found
