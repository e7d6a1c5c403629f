"""Who a call and a leg belong to, what rates them, why some are not rated, and what cost is in the customer's currency.

Belongs here: keys and windows, cards and revisions, longest prefix, unrated reasons, exchange; one run of the models
serves every test, each looking at its own call_id.
Does not belong here: the arithmetic of a charge (tests/property/test_dbt_core_money.py, test_golden_costs.py).
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.support.dbt_harness import CORE, DbtWarehouse, Row, leg


def talk(**values: object) -> Row:
    """Return an answered leg of one minute."""
    return leg(**{"is_answered": True, "answered_ms": 60_000, "account_code": None, **values})


def key(customer_id: str, key_type: str, key_value: str, feed_id: str = "*", **window: object) -> Row:
    return {"customer_id": customer_id, "key_type": key_type, "key_value": key_value, "feed_id": feed_id, **window}


CUSTOMERS = {"acme": "EUR", "other": "EUR", "yank": "USD", "brit": "GBP", "bare": "EUR", "early": "EUR"}
NOON = "2026-11-02 12:00:00"
LEGS = [
    # order of keys, and the feed's own before *
    talk(call_id="account-first", account_code="k-acme", tech_prefix="k-other"),
    talk(call_id="prefix-next", account_code="nobody", tech_prefix="k-other", trunk="k-acme"),
    talk(call_id="trunk-next", trunk="k-acme", source_ip="10.0.0.1"),
    talk(call_id="ip-next", source_ip="10.0.0.1", a_number="4411"),
    talk(call_id="number-last", a_number="4411"),
    talk(call_id="exact-text", account_code="K-ACME"),
    talk(call_id="own-feed", account_code="shared"),
    talk(call_id="any-feed", account_code="shared", feed_id="sw2"),
    talk(call_id="own-window", account_code="shared", setup_at="2026-11-02 14:00:00"),
    # windows are half open, at the call's setup
    talk(call_id="before-noon", account_code="moves", setup_at="2026-11-02 11:59:59.999999"),
    talk(call_id="at-noon", account_code="moves", setup_at=NOON),
    leg(call_id="key-of-call", account_code="moves", setup_at="2026-11-02 12:00:30"),
    talk(call_id="key-of-call", leg_number=2, setup_at="2026-11-02 11:59:30"),
    talk(call_id="no-key"),
    # cards and revisions at the call's setup
    talk(call_id="card-before", account_code="k-acme", b_number="33", setup_at="2026-11-02 11:59:59.999999"),
    talk(call_id="card-after", account_code="k-acme", b_number="33", setup_at=NOON),
    talk(call_id="revision-before", account_code="k-other", b_number="49", setup_at="2026-11-02 11:59:59.999999"),
    talk(call_id="revision-after", account_code="k-other", b_number="49", setup_at=NOON),
    # the first leg begins after noon, the call before it
    leg(call_id="revision-of-call", account_code="k-other", b_number="49", setup_at="2026-11-02 12:00:30"),
    talk(call_id="revision-of-call", b_number="49", leg_number=2, setup_at="2026-11-02 11:59:30"),
    # longest prefix
    talk(call_id="short", account_code="k-acme", b_number="441"),
    talk(call_id="longer", account_code="k-acme", b_number="4477"),
    talk(call_id="exact", account_code="k-acme", b_number="447"),
    talk(call_id="between", account_code="k-acme", b_number="44780000"),
    talk(call_id="longest", account_code="k-acme", b_number="447812345678"),
    # reasons, each with everything after it wrong too where that is possible
    talk(call_id="unknown-customer", account_code="nobody", b_number=None, answered_ms=90_000_000),
    talk(call_id="no-card", account_code="k-bare", b_number=None, answered_ms=90_000_000),
    talk(call_id="no-revision", account_code="k-early", b_number=None, answered_ms=90_000_000),
    talk(call_id="no-prefix", account_code="k-acme", b_number="999", answered_ms=90_000_000),
    talk(call_id="no-number", account_code="k-acme", b_number=None),
    talk(call_id="blocked", account_code="k-acme", b_number="4490", answered_ms=90_000_000),
    talk(call_id="held", account_code="k-acme", b_number="441", answered_ms=90_000_000),
    leg(call_id="unanswered", account_code="nobody", b_number="999"),
    leg(call_id="unanswered-blocked", account_code="k-acme", b_number="4490"),
    # carriers and their cost
    talk(call_id="cost-same", account_code="k-acme", b_number="441", carrier_key="gw-eur"),
    talk(call_id="cost-fx", account_code="k-yank", b_number="441", carrier_key="gw-eur"),
    talk(call_id="cost-fx-cross", account_code="k-yank", b_number="441", carrier_key="gw-gbp"),
    talk(call_id="cost-no-carrier", account_code="k-acme", b_number="441", carrier_key="gw-none"),
    talk(call_id="cost-no-card", account_code="k-acme", b_number="441", carrier_key="gw-bare"),
    talk(call_id="cost-no-customer", account_code="nobody", b_number="441", carrier_key="gw-eur"),
    talk(call_id="cost-old-fx", account_code="k-acme", b_number="441", carrier_key="gw-chf"),
    talk(call_id="cost-no-fx", account_code="k-acme", b_number="441", carrier_key="gw-jpy"),
    talk(call_id="cost-same-no-fx", account_code="k-brit", b_number="441", carrier_key="gw-gbp",
         setup_at="2026-12-02 10:00:00"),
    talk(call_id="cost-own-setup", account_code="k-acme", b_number="441", leg_number=1, carrier_key="gw-moves",
         setup_at="2026-11-02 11:59:00"),
    talk(call_id="cost-own-setup", account_code="k-acme", b_number="441", leg_number=2, carrier_key="gw-moves",
         setup_at=NOON),
    talk(call_id="cost-own-setup", account_code="k-acme", b_number="441", leg_number=3, carrier_key="gw-eur",
         setup_at=NOON),
    leg(call_id="cost-unanswered", account_code="k-yank", b_number="441", carrier_key="gw-jpy"),
]  # fmt: skip


def rate(revision_id: str, prefix: str, name: str, rate_micros: int, **values: object) -> Row:
    return {
        "revision_id": revision_id,
        "prefix": prefix,
        "destination_name": name,
        "rate_micros": rate_micros,
        **values,
    }


CARRIERS = {
    "eur": ("EUR", "buy"), "gbp": ("GBP", "buy-gbp"), "bare": ("EUR", None), "chf": ("CHF", "buy-chf"),
    "jpy": ("JPY", "buy-jpy"), "late": ("EUR", "buy-late"),
}  # fmt: skip


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> DbtWarehouse:
    made = DbtWarehouse(tmp_path_factory.mktemp("rating"))
    always = "2026-01-01 00:00:00"
    made.reference(
        feeds=[{"feed_id": "sw"}, {"feed_id": "sw2"}],
        customers=[
            {"customer_id": name, "customer_name": name, "currency_code": currency, "rate_card_id": f"sell-{currency}"}
            for name, currency in CUSTOMERS.items()
        ],
        customer_keys=[
            *(key(name, "account_code", f"k-{name}") for name in CUSTOMERS),
            key("other", "tech_prefix", "k-other"),
            key("acme", "trunk", "k-acme"),
            key("other", "source_ip", "10.0.0.1"),
            key("acme", "a_number", "4411"),
            key("other", "account_code", "shared"),
            key("acme", "account_code", "shared", "sw", effective_to="2026-11-02 14:00:00"),
            key("acme", "account_code", "moves", effective_to=NOON),
            key("other", "account_code", "moves", effective_from=NOON),
        ],
        customer_cards=[
            {"customer_id": "acme", "rate_card_id": "sell-EUR", "effective_to": NOON},
            {"customer_id": "acme", "rate_card_id": "sell-new", "effective_from": NOON},
            {"customer_id": "other", "rate_card_id": "sell-EUR"},
            {"customer_id": "yank", "rate_card_id": "sell-USD"},
            {"customer_id": "brit", "rate_card_id": "sell-GBP"},
            {"customer_id": "early", "rate_card_id": "sell-late"},
        ],
        carriers=[
            {"carrier_id": name, "carrier_name": name, "currency_code": currency, "rate_card_id": card}
            for name, (currency, card) in CARRIERS.items()
        ],
        carrier_keys=[
            *({"feed_id": "*", "key_value": f"gw-{name}", "carrier_id": name} for name in CARRIERS),
            {"feed_id": "*", "key_value": "gw-moves", "carrier_id": "eur", "effective_to": NOON},
            {"feed_id": "*", "key_value": "gw-moves", "carrier_id": "late", "effective_from": NOON},
        ],
        rate_cards=[
            {"rate_card_id": card, "direction": "sell" if card.startswith("sell") else "buy", "currency_code": "EUR"}
            for card in (
                "sell-EUR",
                "sell-new",
                "sell-USD",
                "sell-GBP",
                "sell-late",
                "buy",
                "buy-gbp",
                "buy-chf",
                "buy-jpy",
                "buy-late",
            )
        ],
        rate_revisions=[
            {"revision_id": "sell-EUR@1", "rate_card_id": "sell-EUR", "effective_from": always, "effective_to": NOON},
            {"revision_id": "sell-EUR@2", "rate_card_id": "sell-EUR", "effective_from": NOON},
            {"revision_id": "buy@1", "rate_card_id": "buy", "effective_from": always, "effective_to": NOON},
            {"revision_id": "buy@2", "rate_card_id": "buy", "effective_from": NOON},
            {"revision_id": "sell-late@1", "rate_card_id": "sell-late", "effective_from": "2026-12-01 00:00:00"},
            *(
                {"revision_id": f"{card}@1", "rate_card_id": card, "effective_from": always}
                for card in ("sell-new", "sell-USD", "sell-GBP", "buy-gbp", "buy-chf", "buy-jpy", "buy-late")
            ),
        ],
        rates=[
            rate("sell-EUR@1", "44", "UK", 60_000),
            rate("sell-EUR@1", "447", "UK mobile", 120_000),
            rate("sell-EUR@1", "44781234", "UK mobile special", 180_000),
            rate("sell-EUR@1", "4490", "UK premium", 900_000, is_blocked=True),
            rate("sell-EUR@1", "33", "France", 10_000),
            rate("sell-EUR@1", "49", "Germany", 20_000),
            rate("sell-EUR@2", "49", "Germany", 21_000),
            rate("sell-EUR@2", "44", "UK", 60_000),
            rate("sell-new@1", "33", "France", 11_000),
            rate("sell-new@1", "44", "UK", 60_000),
            rate("sell-USD@1", "44", "UK", 70_000),
            rate("sell-GBP@1", "44", "UK", 50_000),
            rate("buy@1", "44", "United Kingdom", 30_001),
            rate("buy@2", "44", "United Kingdom", 40_000),
            rate("buy-gbp@1", "44", "United Kingdom", 20_003),
            rate("buy-chf@1", "44", "United Kingdom", 20_000),
            rate("buy-jpy@1", "44", "United Kingdom", 20_000),
            rate("buy-late@1", "44", "United Kingdom", 50_000),
        ],
        fx_rates=[
            {"rate_date": day, "currency_code": currency, "rate_to_base_e10": value}
            for day, currency, value in [
                (date(2026, 10, 26), "USD", 1),
                (date(2026, 10, 27), "USD", 9_100_000_000),
                (date(2026, 11, 3), "USD", 2),
                (date(2026, 11, 2), "GBP", 11_700_000_001),
                (date(2026, 10, 25), "CHF", 10_000_000_000),  # eight days old
                (date(2026, 11, 2), "EUR", 5),  # the base currency's own is 1 whatever is written
            ]
        ],
    )
    made.legs([{"file_id": "f2" if row["feed_id"] == "sw2" else "f1", **row} for row in LEGS])
    made.run_hours(select=CORE)
    return made


def call(warehouse: DbtWarehouse, call_id: str) -> Row:
    (row,) = warehouse.query(f"select * from work.derived.rated_calls where call_id = '{call_id}'")
    return row


def legs(warehouse: DbtWarehouse, call_id: str) -> list[Row]:
    return warehouse.query(f"select * from work.derived.rated_legs where call_id = '{call_id}' order by leg_number")


@pytest.mark.parametrize(
    ("call_id", "customer_id", "key_type"),
    [
        ("account-first", "acme", "account_code"),
        ("prefix-next", "other", "tech_prefix"),
        ("trunk-next", "acme", "trunk"),
        ("ip-next", "other", "source_ip"),
        ("number-last", "acme", "a_number"),
        ("exact-text", None, None),
        ("own-feed", "acme", "account_code"),
        ("any-feed", "other", "account_code"),
        ("own-window", "other", "account_code"),
        ("before-noon", "acme", "account_code"),
        ("at-noon", "other", "account_code"),
        ("key-of-call", "acme", "account_code"),
        ("no-key", None, None),
    ],
)
def test_the_first_key_that_maps_wins(
    warehouse: DbtWarehouse, call_id: str, customer_id: str | None, key_type: str | None
) -> None:
    row = call(warehouse, call_id)
    assert (row["customer_id"], row["customer_key_type"]) == (customer_id, key_type)


@pytest.mark.parametrize(
    ("call_id", "charge"),
    [
        ("card-before", "0.01"),
        ("card-after", "0.011"),
        ("revision-before", "0.02"),
        ("revision-after", "0.021"),
        ("revision-of-call", "0.02"),
        ("short", "0.06"),
        ("longer", "0.12"),
        ("exact", "0.12"),
        ("between", "0.12"),
        ("longest", "0.18"),
    ],
)
def test_card_revision_and_longest_prefix(warehouse: DbtWarehouse, call_id: str, charge: str) -> None:
    row = call(warehouse, call_id)
    assert (row["charge_amount"], row["unrated_reason_code"]) == (Decimal(charge), None)


@pytest.mark.parametrize(
    ("call_id", "reason", "destination"),
    [
        ("unknown-customer", "unknown_customer", None),
        ("no-card", "no_rate_card", None),
        ("no-revision", "no_revision_in_force", None),
        ("no-prefix", "no_matching_prefix", None),
        ("no-number", "no_matching_prefix", None),
        ("blocked", "blocked_prefix", "UK premium"),
        ("held", "held_over_maximum", "UK"),
    ],
)
def test_an_answered_call_without_a_rate_says_the_first_reason(
    warehouse: DbtWarehouse, call_id: str, reason: str, destination: str | None
) -> None:
    row = call(warehouse, call_id)
    assert (row["unrated_reason_code"], row["sell_destination_name"]) == (reason, destination)
    assert (row["charge_amount"], row["billed_seconds"]) == (None, 0)


@pytest.mark.parametrize(("call_id", "destination"), [("unanswered", None), ("unanswered-blocked", "UK premium")])
def test_an_unanswered_call_is_worth_nothing_and_lacks_nothing(
    warehouse: DbtWarehouse, call_id: str, destination: str | None
) -> None:
    row = call(warehouse, call_id)
    assert (row["unrated_reason_code"], row["sell_destination_name"]) == (None, destination)
    assert (row["charge_amount"], row["billed_seconds"], row["talk_seconds"]) == (Decimal(0), 0, Decimal(0))


@pytest.mark.parametrize(
    ("call_id", "reason", "cost", "in_customer_currency"),
    [
        ("cost-same", None, "0.030001", "0.030001"),
        # 0.030001 EUR / 0.91, the USD rate of six days before; and 0.020003 GBP * 1.1700000001 / 0.91
        ("cost-fx", None, "0.030001", "0.032968"),
        ("cost-fx-cross", None, "0.020003", "0.025718"),
        ("cost-no-carrier", "unknown_carrier", None, None),
        ("cost-no-card", "no_rate_card", None, None),
        ("cost-no-customer", None, "0.030001", None),
        ("cost-old-fx", None, "0.020000", None),
        ("cost-no-fx", None, "0.020000", None),
        ("cost-same-no-fx", None, "0.020003", "0.020003"),
    ],
)
def test_a_leg_costs_its_carrier_s_rate_and_is_converted(
    warehouse: DbtWarehouse, call_id: str, reason: str | None, cost: str | None, in_customer_currency: str | None
) -> None:
    (row,) = legs(warehouse, call_id)
    assert row["unrated_reason_code"] == reason
    assert row["cost_amount"] == (None if cost is None else Decimal(cost))
    known = None if in_customer_currency is None else Decimal(in_customer_currency)
    assert row["cost_in_customer_currency_amount"] == known
    of_call = call(warehouse, call_id)
    assert of_call["cost_amount"] == (known or 0)
    assert of_call["cost_unknown_count"] == (1 if known is None else 0)


def test_carrier_and_card_of_a_leg_are_those_at_its_own_setup(warehouse: DbtWarehouse) -> None:
    assert [(row["carrier_id"], row["cost_amount"]) for row in legs(warehouse, "cost-own-setup")] == [
        ("eur", Decimal("0.030001")), ("late", Decimal("0.05")), ("eur", Decimal("0.04")),
    ]  # fmt: skip
    assert call(warehouse, "cost-own-setup")["cost_amount"] == Decimal("0.120001")


def test_an_unanswered_leg_costs_nothing_and_is_not_unknown(warehouse: DbtWarehouse) -> None:
    row = call(warehouse, "cost-unanswered")
    assert (row["cost_amount"], row["cost_unknown_count"]) == (Decimal(0), 0)


def test_the_facts_add_up_to_the_calls_and_legs(warehouse: DbtWarehouse) -> None:
    (calls,) = warehouse.query(
        "select count(*) as n, count(unrated_reason_code) as unrated, sum(charge_amount) as charge, "
        "sum(cost_amount) as cost, sum(cost_unknown_count) as unknown from work.derived.rated_calls"
    )
    (summary,) = warehouse.query(
        "select sum(attempt_count) as n, sum(unrated_count) as unrated, sum(charge_amount) as charge, "
        "sum(cost_amount) as cost, sum(cost_unknown_count) as unknown from marts.call_summary_hourly"
    )
    assert summary == calls
    assert calls["n"] == len(LEGS) - 4
    assert calls["unrated"] == 10
    reasons = warehouse.query("select side_code, sum(unrated_count) as n from facts.unrated_hourly group by all")
    assert {row["side_code"]: row["n"] for row in reasons}["sell"] == calls["unrated"]
