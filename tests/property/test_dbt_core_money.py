"""The SQL of billed seconds and charge against exact fractions, over every rounding.

Belongs here: generated rates and calls, many in one query; the worked figures of the domain page.
Does not belong here: which rate a call gets (tests/unit/test_dbt_core_rating.py).
"""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.money_sql import Rate, charge_in_fractions, charges_in_sql, conversions_in_sql

ROUNDINGS = list(product(range(7), ("half_up", "up", "down", "half_even"), ("up", "half_up", "down")))

# Around whole and half seconds, minimum, increment and grace, where a wrong comparison shows; and far from them.
MILLISECONDS = st.one_of(
    st.integers(0, 86_400_000),
    st.builds(lambda seconds, off: max(0, seconds * 500 + off), st.integers(0, 400), st.integers(-1, 1)),
)
# Rates whose charges end in many digits, in exact halves of the last decimal, and beyond what 64 bits multiply.
MICROS = st.one_of(
    st.integers(0, 3_000_000),
    st.builds(lambda number, power: number * 10**power, st.integers(0, 60), st.integers(0, 6)),
    st.integers(0, 10**13),
)
RATES = st.builds(
    Rate,
    talk_ms=MILLISECONDS,
    rate_micros=MICROS,
    setup_fee_micros=MICROS,
    minimum_seconds=st.sampled_from([0, 0, 1, 30, 60]),
    increment_seconds=st.sampled_from([1, 6, 7, 30, 60]),
    grace_seconds=st.sampled_from([0, 0, 1, 3, 100]),
)


@settings(max_examples=6)
@given(st.lists(RATES, min_size=10, max_size=40))
def test_billed_seconds_and_charge_are_exact_in_every_rounding(rates: list[Rate]) -> None:
    cases = [
        Rate(
            rate.talk_ms, rate.rate_micros, rate.setup_fee_micros, rate.minimum_seconds, rate.increment_seconds,
            rate.grace_seconds, *rounding,
        )
        for rate in rates
        for rounding in ROUNDINGS
    ]  # fmt: skip
    wrong = [
        (case, found, right)
        for case, found in zip(cases, charges_in_sql(cases), strict=True)
        if found != (right := charge_in_fractions(case))
    ]
    assert wrong[:3] == []


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.integers(0, 10**13), st.integers(1, 10**13), st.integers(1, 10**13)).filter(
            lambda case: case[0] * case[1] // case[2] < 10**18
        ),
        min_size=20,
        max_size=300,
    )
)
def test_costs_are_converted_exactly(cases: list[tuple[int, int, int]]) -> None:
    expected = [floor(Fraction(cost * rc, rb) + Fraction(1, 2)) for cost, rc, rb in cases]
    assert conversions_in_sql(cases) == expected


@pytest.mark.parametrize(
    ("minimum", "increment", "seconds", "billed"),
    [(30, 6, 1, 30), (30, 6, 31, 36), (30, 6, 36, 36), (30, 6, 37, 42), (30, 7, 32, 37), (30, 6, 0, 30), (0, 6, 0, 0)],
)
def test_worked_figures(minimum: int, increment: int, seconds: int, billed: int) -> None:
    rate = Rate(seconds * 1000, 60_000, minimum_seconds=minimum, increment_seconds=increment)
    assert charges_in_sql([rate]) == [(seconds, billed, billed * 1000)]


def test_an_exact_half_rounds_as_the_card_says() -> None:
    # 30 s at 0.05 and at 0.15 a minute: 0.025 and 0.075, to two decimals
    roundings = ("half_up", "up", "down", "half_even")
    cases = [
        Rate(30_000, micros, charge_decimals=2, charge_rounding=name)
        for name in roundings
        for micros in (50_000, 150_000)
    ]
    assert [micros for _, _, micros in charges_in_sql(cases)] == [
        30_000, 80_000, 30_000, 80_000, 20_000, 70_000, 20_000, 80_000,
    ]  # fmt: skip


def test_the_setup_fee_is_for_answered_calls_beyond_the_grace() -> None:
    cases = [
        Rate(3_000, 60_000, 500_000, grace_seconds=3),
        Rate(3_001, 60_000, 500_000, grace_seconds=3),
        Rate(0, 60_000, 500_000),
    ]
    assert charges_in_sql(cases) == [(3, 0, 0), (4, 4, 504_000), (0, 0, 500_000)]
