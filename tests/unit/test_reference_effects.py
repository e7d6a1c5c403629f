"""From when on a change of reference data could change rated rows: one business case each.

Belongs here: named changes and the instant they reach back to.
Does not belong here: the law for any change (tests/property/test_reference_effects_law.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from pipelines.reference.effects import Effect, effects_from
from pipelines.reference.reading import read_reference
from tests.unit.test_reference_good_set import GOOD, feeds, raw_set, read_set

Changes = dict[str, str | bytes | None]
DECK = "prefix,destination_name,rate_per_minute\n44,United Kingdom,0.01\n"


def effect(changes: Changes) -> Effect:
    old, new = read_set().tables, read_set(changes)
    assert old is not None
    assert new.tables is not None, new.problems
    forth, back = effects_from(old, new.tables), effects_from(new.tables, old)
    assert forth == back, "a change and its undoing reach equally far"
    return forth


def replaced(path: str, old: str, new: str) -> Changes:
    assert old in GOOD[path]
    return {path: GOOD[path].replace(old, new)}


def added(path: str, line: str) -> Changes:
    return {path: GOOD[path] + line + "\n"}


CASES: list[tuple[str, Changes, Effect]] = [
    ("nothing", {}, None),
    ("a customer is renamed", replaced("customers.csv", "Bolt", "Bolt Ltd"), None),
    ("a tax rate changes", replaced("customers.csv", "0.20", "0.19"), None),
    ("a credit limit changes", replaced("customers.csv", "1000.5", "7"), None),
    ("a carrier's channel limit changes", replaced("carriers.csv", ",30", ",60"), None),
    ("a customer without key is added", added("customers.csv", "new,New,EUR,gold,,,,"), None),
    ("a card nobody uses is added", {**added("rate_cards.csv", "x,sell,EUR,,,"),
     "rates/x/2026-01-01T0000Z.csv": DECK}, None),
    ("payments change", {"payments.csv": None}, None),
    ("columns change their order", {"carrier_keys.csv": "carrier_id,key_value,feed_id\ntel,gw-tel,*\n"}, None),
    ("a future revision is added", {"rates/gold2/2027-01-01T0000Z.csv": DECK}, datetime(2027, 1, 1)),
    ("a revision is added between two", {"rates/gold/2026-03-01T0600Z.csv": DECK}, datetime(2026, 3, 1, 6)),
    ("a rate changes", replaced("rates/gold/2026-05-01T1230Z.csv", "0.01", "0.02"), datetime(2026, 5, 1, 12, 30)),
    ("a destination is renamed", replaced("rates/gold/2026-05-01T1230Z.csv", "United Kingdom", "UK"), datetime(2026,
     5, 1, 12, 30)),
    ("a card in use only later changes", replaced("rates/gold2/2026-01-01T0000Z.csv", ",0\n", ",0.5\n"),
     datetime(2026, 6, 1)),
    ("a card of a customer reached only later", replaced("rates/silver/2026-01-01T0000Z.csv", ".000001", "1"),
     datetime(2026, 2, 1)),
    ("rounding of a card in use", replaced("rate_cards.csv", "half_even", "up"), "always"),
    ("rounding of a card in use only later", replaced("rate_cards.csv", "gold2,sell,EUR,", "gold2,sell,EUR,2"),
     datetime(2026, 6, 1)),
    ("a key since ever is added", added("customer_keys.csv", "*,trunk,t1,bolt,,"), "always"),
    ("a key from a day on is added", added("customer_keys.csv", "*,trunk,t1,bolt,2026-09-01,"), datetime(2026, 9, 1)),
    ("a key ends", replaced("customer_keys.csv", "lon1,tech_prefix,777,acme,2026-03-01T01:00:00+01:00,",
                            "lon1,tech_prefix,777,acme,2026-03-01,2026-08-01"), datetime(2026, 8, 1)),
    ("a key is cut in two without a gap", {"customer_keys.csv": GOOD["customer_keys.csv"].replace(
        "acme,,\n", "acme,,2026-05-01\n*,account_code,A-1,acme,2026-05-01,\n")}, None),
    ("a carrier key changes hands", {**added("carriers.csv", "tel2,Tel 2,USD,cost,"),
                                     "carrier_keys.csv": "feed_id,key_value,carrier_id\n*,gw-tel,tel2\n"}, "always"),
    ("a customer changes card later", added("customer_cards.csv", "acme,gold,2026-10-01"), datetime(2026, 10, 1)),
    ("a carrier loses its card", replaced("carriers.csv", "USD,cost", "USD,"), "always"),
    ("a revision is taken away", {"rates/gold/2026-05-01T1230Z.csv": None}, datetime(2026, 5, 1, 12, 30)),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_change_reaches_back_no_further_than_it_can(changes: Changes, expected: Effect) -> None:
    assert effect(changes) == expected


def test_another_base_currency_or_call_spread_changes_everything() -> None:
    old = read_set().tables
    other = read_reference(raw_set({"fx_rates.csv": None}), feeds(), "USD").tables
    spread = read_reference(raw_set(), feeds(), "EUR", timedelta(hours=2)).tables
    assert old is not None
    assert other is not None
    assert spread is not None
    assert effects_from(old, other) == effects_from(old, spread) == "always"


@pytest.mark.parametrize(
    ("feed", "hours", "expected"), [("new1", 24, None), ("new1", 48, "always"), ("lon1", 25, "always")]
)
def test_a_feed_with_the_usual_bound_changes_nothing_another_bound_everything(
    feed: str, hours: int, expected: Effect
) -> None:
    old = read_set().tables
    new = read_reference(raw_set(), feeds(**{feed: timedelta(hours=hours)}), "EUR").tables
    assert old is not None
    assert new is not None
    assert effects_from(old, new) == expected
