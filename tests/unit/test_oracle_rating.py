"""The oracle's money, case by case with the figures worked out by hand.

Belongs here: billed seconds, charges, roundings, revisions, cost and exchange of single calls.
Does not belong here: which rows are calls (test_oracle_calls.py), sums (test_oracle_summaries.py).
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from tests.oracle import RatedCall, calculate
from tests.oracle.model import Rate
from tests.oracle.rating import billed_seconds, round_to
from tests.oracle.small import REFERENCE, given, row

SELL = "rates/sell/2026-01-01T0000Z.csv"


def rate(minimum: int, increment: int, grace: int = 0) -> Rate:
    return Rate("44", "UK", Fraction(6, 100), Fraction(0), minimum, increment, grace, is_blocked=False)


def only_call(*rows: str, reference: dict[str, str] | None = None) -> RatedCall:
    calls = calculate(given(*rows, reference=reference)).calls
    assert len(calls) == 1
    return calls[0]


@pytest.mark.parametrize(
    ("minimum", "increment", "grace", "talked", "billed"),
    [
        (30, 6, 0, 1, 30),
        (30, 6, 0, 30, 30),
        (30, 6, 0, 31, 36),
        (30, 6, 0, 36, 36),
        (30, 6, 0, 37, 42),
        (30, 7, 0, 32, 37),
        (30, 7, 0, 38, 44),
        (60, 60, 0, 61, 120),
        (0, 1, 0, 17, 17),
        (0, 6, 0, 0, 0),
        (30, 6, 0, 0, 30),
        (30, 6, 5, 5, 0),
        (30, 6, 5, 6, 30),
        (0, 1, 5, 0, 0),
    ],
)
def test_minimum_increment_and_grace(minimum: int, increment: int, grace: int, talked: int, billed: int) -> None:
    assert billed_seconds(rate(minimum, increment, grace), talked) == billed


@pytest.mark.parametrize(
    ("value", "decimals", "mode", "rounded"),
    [
        ("0.25", 1, "half_up", "0.3"),
        ("0.25", 1, "half_even", "0.2"),
        ("0.35", 1, "half_even", "0.4"),
        ("0.21", 1, "up", "0.3"),
        ("0.29", 1, "down", "0.2"),
        ("0.0000005", 6, "half_up", "0.000001"),
        ("0.0000005", 6, "half_even", "0"),
        ("2.5", 0, "half_even", "2"),
        ("-2.5", 0, "half_up", "-3"),
        ("0.3", 1, "up", "0.3"),
    ],
)
def test_a_half_goes_where_the_mode_says(value: str, decimals: int, mode: str, rounded: str) -> None:
    assert round_to(Fraction(value), decimals, mode) == Fraction(rounded)


def test_one_second_over_the_minimum_bills_one_increment_more() -> None:
    call = only_call(row(answered_ms=31_000))
    assert call.rating.billed_seconds == 36
    assert call.rating.amount == Fraction("0.0360")  # 0.06 * 36 / 60


def test_a_charge_is_rounded_to_the_cards_decimals() -> None:
    call = only_call(row(answered_ms=32_000, b_number="442079460123"))
    assert call.rating.billed_seconds == 37
    assert call.rating.amount == Fraction("0.0740")  # 0.12 * 37 / 60


def test_a_third_of_a_cent_is_rounded_half_up_once() -> None:
    deck = {SELL: "prefix,destination_name,rate_per_minute,setup_fee\n44,UK,0.01,0.00005\n"}
    # 0.00005 + 0.01 * 20 / 60 = 0.003383..
    assert only_call(row(answered_ms=20_000), reference=deck).rating.amount == Fraction("0.0034")


@pytest.mark.parametrize(("mode", "seconds"), [("up", 31), ("half_up", 31), ("down", 30)])
def test_half_a_second_of_talk(mode: str, seconds: int) -> None:
    cards = REFERENCE["rate_cards.csv"].replace("sell,EUR,4,half_up,up", f"sell,EUR,4,half_up,{mode}")
    assert only_call(row(answered_ms=30_500), reference={"rate_cards.csv": cards}).rating.chargeable_seconds == seconds


def test_an_answered_call_of_no_length_pays_minimum_and_setup_fee() -> None:
    deck = {SELL: "prefix,destination_name,rate_per_minute,setup_fee,minimum_seconds\n44,UK,0.06,0.5,30\n"}
    assert only_call(row(answered_ms=0), reference=deck).rating.amount == Fraction("0.53")


def test_a_call_within_the_grace_pays_no_setup_fee_either() -> None:
    deck = {SELL: "prefix,destination_name,rate_per_minute,setup_fee,grace_seconds\n44,UK,0.06,0.5,3\n"}
    assert only_call(row(answered_ms=3_000), reference=deck).rating.amount == 0
    assert only_call(row(answered_ms=3_001), reference=deck).rating.amount == Fraction("0.504")


def test_the_longest_prefix_wins() -> None:
    assert only_call(row(b_number="442079460123")).rating.destination_name == "London"
    assert only_call(row(b_number="441179460123")).rating.destination_name == "UK"


@pytest.mark.parametrize(
    ("setup_at", "amount"), [("2026-03-10T11:59:59.999Z", "0.06"), ("2026-03-10T12:00:00Z", "0.6")]
)
def test_a_revision_holds_from_its_exact_instant(setup_at: str, amount: str) -> None:
    newer = {"rates/sell/2026-03-10T1200Z.csv": "prefix,destination_name,rate_per_minute\n44,UK,0.6\n"}
    assert only_call(row(setup_at=setup_at), reference=newer).rating.amount == Fraction(amount)


def test_a_customer_changes_card_at_an_instant() -> None:
    other = {
        "rate_cards.csv": REFERENCE["rate_cards.csv"] + "new,sell,EUR,,,\n",
        "rates/new/2026-01-01T0000Z.csv": "prefix,destination_name,rate_per_minute\n44,UK,1\n",
        "customer_cards.csv": "customer_id,rate_card_id,effective_from\nacme,new,2026-03-10T12:00:00Z\n",
    }
    assert only_call(row(setup_at="2026-03-10T11:59:59"), reference=other).rating.rate_card_id == "sell"
    assert only_call(row(), reference=other).rating.amount == 1


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"account_code": "nobody"}, "unknown_customer"),
        ({"account_code": ""}, "unknown_customer"),
        ({"account_code": "a"}, "unknown_customer"),  # exact text: A is not a
        ({"setup_at": "2025-12-31T23:59:59"}, "no_revision_in_force"),
        ({"b_number": "33123456789"}, "no_matching_prefix"),
        ({"b_number": "anonymous"}, "no_matching_prefix"),
        ({"b_number": "447001"}, "blocked_prefix"),
        ({"answered_ms": 86_400_001}, "held_over_maximum"),
    ],
)
def test_an_answered_call_that_cannot_be_rated_says_why(fields: dict[str, object], reason: str) -> None:
    blocked = {SELL: "prefix,destination_name,rate_per_minute,is_blocked\n44,UK,0.06,\n447001,Scam,9,true\n"}
    call = only_call(row(**fields), reference=blocked)
    assert (call.rating.unrated_reason, call.rating.amount, call.rating.billed_seconds) == (reason, None, 0)


def test_an_unanswered_call_of_an_unknown_customer_is_not_unrated() -> None:
    call = only_call(row(account_code="nobody", is_answered="false", answered_ms=""))
    assert call.rating.unrated_reason is None
    assert call.rating.amount == 0


def test_a_call_of_exactly_the_maximum_is_rated() -> None:
    assert only_call(row(answered_ms=86_400_000)).rating.amount == Fraction("86.4")


def test_cost_is_converted_over_the_base_currency() -> None:
    # 0.03 USD -> 0.027 EUR; for a customer in GBP 0.027 / 1.2 = 0.0225
    assert only_call(row()).cost_amount == Fraction("0.027")
    assert only_call(row(account_code="B")).cost_amount == Fraction("0.0225")


def test_a_converted_cost_is_rounded_half_up_at_six_decimals() -> None:
    rates = {"fx_rates.csv": "date,currency_code,rate_to_base\n2026-03-10,USD,0.33335\n"}
    assert only_call(row(), reference=rates).cost_amount == Fraction("0.010001")  # 0.0100005


@pytest.mark.parametrize(("day", "unknown"), [("2026-03-03", 0), ("2026-03-02", 1), ("2026-03-11", 1)])
def test_an_exchange_rate_is_at_most_seven_days_old_and_not_of_tomorrow(day: str, unknown: int) -> None:
    rates = {"fx_rates.csv": f"date,currency_code,rate_to_base\n{day},USD,0.9\n"}
    assert only_call(row(), reference=rates).cost_unknown_count == unknown


def test_the_latest_exchange_rate_counts_even_where_an_older_one_stands_below() -> None:
    rates = {"fx_rates.csv": "date,currency_code,rate_to_base\n2026-03-09,USD,2\n2026-03-04,USD,1\n"}
    assert only_call(row(), reference=rates).cost_amount == Fraction("0.06")


def test_no_exchange_rate_is_needed_within_one_currency() -> None:
    carriers = REFERENCE["carriers.csv"].replace("USD", "GBP")
    cards = REFERENCE["rate_cards.csv"].replace("buy,USD", "buy,GBP")
    own = {"carriers.csv": carriers, "rate_cards.csv": cards, "fx_rates.csv": "date,currency_code,rate_to_base\n"}
    assert only_call(row(account_code="B"), reference=own).cost_amount == Fraction("0.03")


@pytest.mark.parametrize(
    ("carrier_key", "reason"), [("gw", None), ("", "unknown_carrier"), ("other", "unknown_carrier")]
)
def test_a_leg_of_an_unknown_carrier_has_no_cost(carrier_key: str, reason: str | None) -> None:
    call = only_call(row(carrier_key=carrier_key))
    assert call.legs[0].rating.unrated_reason == reason
    assert call.cost_unknown_count == (1 if reason else 0)


def test_a_carrier_without_a_card() -> None:
    carriers = REFERENCE["carriers.csv"].replace("USD,buy", "USD,")
    assert only_call(row(), reference={"carriers.csv": carriers}).legs[0].rating.unrated_reason == "no_rate_card"
