"""The law of effects_from: before the instant it names, two versions rate every leg and call alike.

Belongs here: generated pairs of versions, rated by a plain search through the tables.
Does not belong here: named changes and how tight the answer is (tests/unit/test_reference_effects.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.reference.effects import effects_from
from pipelines.reference.reading import read_reference
from tests.unit.test_reference_good_set import feeds

DAYS = [datetime(2026, 1, day) for day in range(1, 8)]
CUSTOMERS, CARRIERS = ("a", "b"), ("t", "u")
SELLS, BUYS = ("s1", "s2"), ("b1", "b2")
KEYS = [(feed, value) for feed in ("*", "lon1") for value in ("k1", "k2")]
NUMBERS = ("441", "49", "1")
Tables = dict[str, pa.Table]


@st.composite
def versions(draw: st.DrawFn) -> dict[str, str]:
    """Make the files of a small right set out of few values, so that two of them often differ in one thing."""

    def windows() -> list[tuple[str, str]]:
        edges = sorted(draw(st.sets(st.integers(0, 6), max_size=4)))
        open_edges = ["", *(f"{DAYS[edge]:%Y-%m-%d}" for edge in edges), ""]
        pairs = list(pairwise(open_edges))
        return [pair for pair in pairs if draw(st.booleans())]

    def deck() -> str:
        rates = draw(st.dictionaries(st.sampled_from(["4", "44", "49"]), st.sampled_from(["0.1", "0.2"]), min_size=1))
        lines = "".join(f"{prefix},D{prefix[-1]},{rate}\n" for prefix, rate in sorted(rates.items()))
        return f"prefix,destination_name,rate_per_minute\n{lines}"

    def keys(owners: tuple[str, ...], middle: str) -> str:
        return "".join(
            f"{feed},{middle}{value},{draw(st.sampled_from(owners))},{start},{end}\n"
            for feed, value in KEYS
            for start, end in windows()
        )

    cards = [(card, "sell") for card in SELLS] + [(card, "buy") for card in BUYS]
    rounding = st.sampled_from(["up", "down"])
    changes = [
        f"{name},{draw(st.sampled_from(SELLS))},{DAYS[day]:%Y-%m-%d}\n"
        for name in CUSTOMERS
        for day in sorted(draw(st.sets(st.integers(0, 6), max_size=2)))
    ]
    name = draw(st.sampled_from(["X", "Y"]))
    made = {
        "customers.csv": "customer_id,customer_name,currency_code,rate_card_id\n"
        + "".join(f"{customer},{name},EUR,{draw(st.sampled_from(SELLS))}\n" for customer in CUSTOMERS),
        "customer_cards.csv": "customer_id,rate_card_id,effective_from\n" + "".join(changes),
        "carriers.csv": "carrier_id,carrier_name,currency_code,rate_card_id\n"
        + "".join(f"{carrier},{name},EUR,{draw(st.sampled_from(['', *BUYS]))}\n" for carrier in CARRIERS),
        "customer_keys.csv": "feed_id,key_type,key_value,customer_id,effective_from,effective_to\n"
        + keys(CUSTOMERS, "trunk,"),
        "carrier_keys.csv": "feed_id,key_value,carrier_id,effective_from,effective_to\n" + keys(CARRIERS, ""),
        "rate_cards.csv": "rate_card_id,direction,currency_code,charge_rounding\n"
        + "".join(f"{card},{direction},EUR,{draw(rounding)}\n" for card, direction in cards),
    }
    for card, _ in cards:
        for day in draw(st.sets(st.integers(0, 6), min_size=1, max_size=2)):
            made[f"rates/{card}/{DAYS[day]:%Y-%m-%dT%H%M}Z.csv"] = deck()
    return made


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Tables, Tables]:
    """Make two versions that differ in a few files."""
    old, other = draw(versions()), draw(versions())
    taken = draw(st.sets(st.sampled_from(sorted({*old, *other})), max_size=3))
    new = {path: (other if path in taken else old).get(path) for path in {*old, *other}}
    made = []
    for files in (old, new):
        kept = {path: text.encode() for path, text in files.items() if text is not None}
        tables = read_reference(kept, feeds(), "EUR").tables
        if tables is None:  # the last revision of a card was taken away
            tables = read_reference({path: text.encode() for path, text in old.items()}, feeds(), "EUR").tables
        assert tables is not None
        made.append(tables)
    return made[0], made[1]


def in_force(row: dict[str, Any], moment: datetime) -> bool:
    start, end = row["effective_from"], row["effective_to"]
    return (start is None or start <= moment) and (end is None or moment < end)


def one(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    assert len(rows) <= 1
    return rows[0] if rows else None


def rated(tables: dict[str, list[dict[str, Any]]], moment: datetime) -> list[object]:
    """Rate one call and one leg of every key and number at *moment*, by plain search."""
    found: list[object] = []
    for kind, owner_id in (("customer", "customer_id"), ("carrier", "carrier_id")):
        for value in ("k1", "k2"):
            valid = [row for row in tables[f"{kind}_keys"] if row["key_value"] == value and in_force(row, moment)]
            own = one([row for row in valid if row["feed_id"] == "lon1"]) or one(
                [row for row in valid if row["feed_id"] == "*"]
            )
            if own is None:
                found.append((kind, value, None))
                continue
            owner = one([row for row in tables[f"{kind}s"] if row[owner_id] == own[owner_id]])
            assert owner is not None
            card_id = owner["rate_card_id"]
            if kind == "customer":
                held = [row for row in tables["customer_cards"] if row["customer_id"] == own["customer_id"]]
                current = one([row for row in held if in_force(row, moment)])
                assert current is not None
                card_id = current["rate_card_id"]
            card = one([row for row in tables["rate_cards"] if row["rate_card_id"] == card_id])
            revisions = [row for row in tables["rate_revisions"] if row["rate_card_id"] == card_id]
            revision = one([row for row in revisions if in_force(row, moment)])
            for number in NUMBERS:
                rates = [
                    row
                    for row in tables["rates"]
                    if revision and row["revision_id"] == revision["revision_id"] and number.startswith(row["prefix"])
                ]
                best = max(rates, key=lambda row: len(row["prefix"]), default=None)
                found.append(
                    (
                        kind,
                        value,
                        own[owner_id],
                        owner["currency_code"],
                        card,
                        revision and revision["revision_id"],
                        best,
                    )
                )
    return found


@given(pairs())
@settings(max_examples=60, deadline=None)
def test_before_the_named_instant_everything_is_rated_alike(pair: tuple[Tables, Tables]) -> None:
    effect = effects_from(*pair)
    assert effect == effects_from(pair[1], pair[0])
    old, new = ({name: table.to_pylist() for name, table in tables.items()} for tables in pair)
    moments = [
        DAYS[0] - timedelta(days=400),
        *DAYS,
        *(day - timedelta(microseconds=1) for day in DAYS),
        DAYS[6] + timedelta(400),
    ]
    differing = [moment for moment in moments if rated(old, moment) != rated(new, moment)]
    if effect is None:
        assert differing == []
    elif effect != "always":
        assert [moment for moment in differing if moment < effect] == []


@given(versions())
@settings(max_examples=20, deadline=None)
def test_a_version_has_no_effect_over_itself(files: dict[str, str]) -> None:
    tables = [
        read_reference({path: text.encode() for path, text in files.items()}, feeds(), "EUR").tables for _ in "ab"
    ]
    assert tables[0] is not None
    assert tables[1] is not None
    assert effects_from(tables[0], tables[1]) is None
