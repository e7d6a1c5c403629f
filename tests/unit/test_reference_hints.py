"""What is probably forgotten in reference data: a warning, which stops nothing.

Belongs here: one business case for each warning.
Does not belong here: errors (test_reference_mistakes.py).
"""

from __future__ import annotations

import pytest

from pipelines.problems import Problem
from tests.unit.test_reference_good_set import GOOD, read_set

C, K, P = "customers.csv", "customer_keys.csv", "payments.csv"
GOLD = "rates/gold/2026-01-01T0000Z.csv"


def in_place(path: str, old: str, new: str) -> str:
    assert old in GOOD[path], (path, old)
    return GOOD[path].replace(old, new, 1)


def customer(old: str, new: str) -> str:
    return in_place(C, old, new)


def keys(line: str) -> str:
    return f"{GOOD[K]}{line}\n"


def warned(changes: dict[str, str | bytes | None]) -> list[Problem]:
    read = read_set(changes)
    assert read.tables is not None, read.problems
    return read.problems


@pytest.mark.parametrize(
    ("changes", "place", "line", "message"),
    [
        ({C: customer("GBP,silver,0", "GBP,silver,")}, C, 3, "customer 'bolt' has no tax rate at all"),
        ({C: customer("gold,0.20", "gold,")}, C, 2, "customer 'acme' has no tax rate before 2026-07-01"),
        ({K: in_place(K, "bolt", "acme")}, C, 3, "no key leads to customer 'bolt'"),
        ({"carrier_keys.csv": None}, "carriers.csv", 2, "no key leads to carrier 'tel'"),
        ({"carriers.csv": in_place("carriers.csv", "cost", "")}, "carriers.csv", 2, "carrier 'tel' has no rate card"),
        ({"customer_cards.csv": None}, "rate_cards.csv", 3, "nobody uses rate card 'gold2'"),
        (
            {"rates/silver/2026-01-01T0000Z.csv": None, "rates/silver/2026-02-02T0000Z.csv": GOOD[GOLD]},
            C,
            3,
            "rate card 'silver' is used from 2026-02-01T00:00Z, its first revision begins 2026-02-02T00:00Z",
        ),
        (
            {"rates/gold2/2026-01-01T0000Z.csv": None, "rates/gold2/2026-06-01T0001Z.csv": GOOD[GOLD]},
            "customer_cards.csv",
            2,
            "rate card 'gold2' is used from 2026-06-01T00:00Z",
        ),
        ({K: keys("*,a_number,+4420,acme,,")}, K, 5, "'+4420' is not a number of 1 to 20 digits"),
        ({K: keys("*,source_ip,10.0.0.256,acme,,")}, K, 5, "'10.0.0.256' is not an IP address"),
        ({K: keys("*,account_code,A-2 ,acme,,")}, K, 5, "'A-2 ' has a space"),
        ({K: keys("*,account_code,4.4E+10,acme,,")}, K, 5, "'4.4E+10' looks like a number a spreadsheet shortened"),
        ({P: in_place(P, "EUR", "USD")}, P, 2, "customer 'acme' is charged in EUR, this payment is in USD"),
        ({"notes.txt": "call Bob"}, "notes.txt", None, "is not read"),
    ],
)
def test_what_is_probably_forgotten_is_a_warning_and_stops_nothing(
    changes: dict[str, str | bytes | None], place: str, line: int | None, message: str
) -> None:
    told = [
        problem
        for problem in warned(changes)
        if (problem.file_path, problem.line_number) == (f"reference/{place}", line) and message in problem.message
    ]
    assert [problem.severity for problem in told] == ["warning"], warned(changes)


def test_a_card_that_begins_just_when_it_is_first_used_is_right() -> None:
    read = read_set({"rates/gold2/2026-01-01T0000Z.csv": None, "rates/gold2/2026-06-01T0000Z.csv": GOOD[GOLD]})
    assert read.problems == []


def test_what_an_error_may_have_hidden_is_not_called_forgotten() -> None:
    read = read_set({K: keys("*,trunk,t,acme"), "carrier_keys.csv": None})
    assert [problem.severity for problem in read.problems] == ["error"]
