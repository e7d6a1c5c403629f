"""Charges that other billing systems publish in their own tests and manuals, against the SQL of this one.

Belongs here: reading golden/expected_costs.jsonl of TOLLBOOK_SAMPLES into cases of our rule, and the list of those
which our rule does not cover, each with the reason.
Does not belong here: the rule itself (dbt_project/macros/money.sql).
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.money_sql import Rate, charges_in_sql

Case = dict[str, Any]

TIERS = "a rate that changes during the call: our rule has one rate a call"
WINDOWS = "rates by time of day: our rule has one rate a call"
NOT_COVERED = {
    "cgr-03": TIERS,
    "or2-1": TIERS,
    "or2-61": TIERS,
    "or2-999999": TIERS,
    "rom-01": TIERS,
    "rom-x60": TIERS,
    "rom-x90": TIERS,
    "cgr-13": WINDOWS,
    "cgr-15": WINDOWS,
    "cgr-17": "the engine adds up increments it rounded one by one; the exact value is 0.3, which is what we charge",
    "cgr-09": "no price but an error: here such a call is unrated as no_matching_prefix (test_dbt_core_rating.py)",
    "cgr-21": "no price but a sentinel: here such a call is unrated, its charge null (test_dbt_core_rating.py)",
    "sippy-cost-1.0123": "a price with more than 6 decimals, which is an error of the deck here",
    "sippy-cost-1.0173": "a price with more than 6 decimals, which is an error of the deck here",
    "yeti-06": "a summary of several calls, not a price",
    "cx-acd": "a definition of ratios, not a price",
    "lago-tax": "tax of an invoice, not a price of a call",
}


@pytest.fixture(scope="module")
def golden(samples: Path) -> dict[str, Case]:
    lines = (samples / "golden" / "expected_costs.jsonl").read_text(encoding="utf-8").splitlines()
    cases = [json.loads(line) for line in lines if line.strip()]
    return {case["id"]: case for case in cases}


def micros(text: str | int) -> int:
    value = Decimal(text) * 10**6
    assert value == value.to_integral_value(), text
    return int(value)


def rate_of(case: Case) -> Rate:
    """Return our rate for a case of one price per call, rounded as the case says."""
    milliseconds = int(Decimal(str(case["usage_s"])) * 1000)
    rounding, decimals = case.get("rounding", "half_up 6").split()
    base: dict[str, Any] = {"charge_rounding": rounding, "charge_decimals": int(decimals)}
    if "first_interval" in case:
        base |= {"minimum_seconds": case["first_interval"], "increment_seconds": case["sub_interval"]}
        return Rate(milliseconds, micros(case.get("rate_per_min", 0)), **base)
    if "rate_per_s" in case:
        return Rate(milliseconds, micros(case["rate_per_s"]) * 60, **base)
    base["setup_fee_micros"] = micros(case["connect"])
    steps = case["steps"]
    if not steps:
        return Rate(milliseconds, 0, **base)
    per_minute = {micros(step["rate"]) * 60 // step["per_s"] for step in steps}
    assert len(per_minute) == 1, TIERS
    if len(steps) == 2:
        first, second = steps
        assert first["increment_s"] == second["from_s"], "the first step is not one block"
        base["minimum_seconds"] = second["from_s"]
    return Rate(milliseconds, per_minute.pop(), increment_seconds=steps[-1]["increment_s"], **base)


def expectations(case: Case) -> list[tuple[Rate, int, int]]:
    """Return (our rate, index into the outcome, value it must have) for everything a case says."""
    kind = case.get("kind")
    if kind == "duration_rounding":
        milliseconds = int(Decimal(case["usage_s"]) * 1000)
        ours = {"full_down": "down", "full_up": "up", "half_up": "half_up"}  # half_down is none of our roundings
        return [(Rate(milliseconds, 0, talk_rounding=ours[name]), 0, case[name]) for name in ours if name in case]
    if kind == "cost_rounding":
        names = [name for name in ("up", "down", "half_up") if name in case]  # half_down is none of our roundings
        return [
            (
                Rate(0, 0, micros(case["value"]), charge_decimals=case["decimals"], charge_rounding=name),
                2,
                micros(case[name]),
            )
            for name in names
        ]
    found = []
    billed = case.get("billed_s", case.get("yeti_astpp"))
    if billed is not None:
        found.append((rate_of(case), 1, billed))
    if "expected" in case:
        net = case.get("expected_no_vat", case["expected"])
        found.append((rate_of(case), 2, micros(net)))
    return found


def test_every_case_of_our_rule_comes_out_exact(golden: dict[str, Case]) -> None:
    covered = {name: expectations(case) for name, case in golden.items() if name not in NOT_COVERED}
    assert [name for name, expected in covered.items() if not expected] == []
    flat = [(name, *expected) for name, many in covered.items() for expected in many]
    outcomes = charges_in_sql([rate for _, rate, _, _ in flat])
    wrong = [
        (name, rate, outcome[index], value)
        for (name, rate, index, value), outcome in zip(flat, outcomes, strict=True)
        if outcome[index] != value
    ]
    assert wrong == []


def test_the_cases_left_out_are_those_listed(golden: dict[str, Case]) -> None:
    assert set(NOT_COVERED) <= set(golden)
    assert len(golden) - len(NOT_COVERED) >= 33
    for name, reason in NOT_COVERED.items():
        case = golden[name]
        if reason is TIERS and "steps" in case:
            assert len({Decimal(step["rate"]) / step["per_s"] for step in case["steps"]}) > 1, name
