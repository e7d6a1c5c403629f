"""The demo's own rating and grouping, against figures worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from pipelines.demo.cards import Card, Rate, Revision
from pipelines.demo.clocks import WallClock
from pipelines.demo.legs import Leg, Row
from pipelines.demo.plan import DAY, HOUR, MINUTE, SECOND
from pipelines.demo.rating import billed_seconds, charge_micros, rounded
from pipelines.demo.scripted import nyc_leg, second_leg
from pipelines.demo.truth import Truth, counts_for_ner
from pipelines.demo.world import Carrier, Customer, Key, World

AT = 20_780 * DAY + 10 * HOUR  # 2026-11-23T10:00Z


def rate(price: str = "0.06", fee: str = "", steps: tuple[int, int, int] = (0, 1, 0), *, prefix: str = "49") -> Rate:
    return Rate(prefix, "Germany", price, fee, *steps, is_blocked=False)


def card(decimals: int = 6, charge_rounding: str = "half_up", talk_rounding: str = "up", *rates: Rate) -> Card:
    return Card("c", "sell", "EUR", decimals, charge_rounding, talk_rounding, (Revision(0, rates),))


@pytest.mark.parametrize(
    ("steps", "chargeable", "billed"),
    [
        ((30, 6, 0), 1, 30), ((30, 6, 0), 31, 36), ((30, 6, 0), 36, 36), ((30, 6, 0), 37, 42), ((30, 7, 0), 32, 37),
        ((60, 60, 0), 0, 60), ((60, 60, 0), 61, 120), ((60, 1, 3), 3, 0), ((60, 1, 3), 4, 60), ((60, 1, 3), 0, 0),
        ((1, 1, 0), 17, 17), ((0, 300, 0), 0, 0), ((0, 300, 0), 1, 300),
    ],
)  # fmt: skip
def test_minimum_increment_and_grace(steps: tuple[int, int, int], chargeable: int, billed: int) -> None:
    assert billed_seconds(rate(steps=steps), chargeable) == billed


@pytest.mark.parametrize(
    ("way", "halves", "expected"),
    [("half_up", 5, 3), ("half_even", 5, 2), ("half_even", 7, 4), ("up", 4, 2), ("up", 5, 3), ("down", 5, 2)],
)
def test_roundings(way: str, halves: int, expected: int) -> None:
    assert rounded(Fraction(halves, 2), way) == expected


def test_an_unknown_rounding_is_refused() -> None:
    with pytest.raises(ValueError, match="bankers"):
        rounded(Fraction(1, 2), "bankers")


@pytest.mark.parametrize(
    ("deck", "price", "talk_ms", "micros"),
    [
        # 0.01 + 0.06 * 61 / 60 = 0.071
        (card(6), rate("0.06", "0.01"), 60_001, 71_000),
        (card(6, "half_up", "down"), rate("0.06", "0.01"), 60_999, 70_000),
        (card(6, "half_up", "half_up"), rate("0.06"), 60_500, 61_000),
        # 0.005 * 30 / 60 = 0.0025: a tie at 3 decimals
        (card(3, "half_up"), rate("0.005"), 30_000, 3_000),
        (card(3, "half_even"), rate("0.005"), 30_000, 2_000),
        (card(3, "down"), rate("0.005"), 30_000, 2_000),
        (card(3, "up"), rate("0.005"), 30_001, 3_000),
        # a third of a millionth too much, rounded up to whole units
        (card(0, "up"), rate("0.000001"), 1_000, 1_000_000),
        # setup fee within the grace: nothing
        (card(6), rate("0.06", "0.5", (0, 1, 2)), 2_000, 0),
        (card(6), rate("0", "0.5"), 2_000, 500_000),
    ],
)
def test_charges_worked_out_by_hand(deck: Card, price: Rate, talk_ms: int, micros: int) -> None:
    assert charge_micros(deck, price, talk_ms)[0] == micros


def test_ner_looks_at_the_sip_status_first() -> None:
    def failed(sip: int | None, q850: int | None, ringing: int | None = None) -> Leg:
        return nyc_leg("a", AT, None, "49", sip=sip, q850=q850, ringing=ringing)

    assert [counts_for_ner(failed(status, 1)) for status in (486, 600, 480, 603, 487, 404)] == [True] * 4 + [False] * 2
    assert counts_for_ner(failed(487, 1, AT + 1))
    assert not counts_for_ner(failed(503, 16))
    assert [counts_for_ner(failed(None, cause)) for cause in (16, 17, 18, 19, 21, 20, None)] == [True] * 5 + [False] * 2


def small_world() -> World:
    """One EUR customer, one USD carrier at 0.04 a minute, half a euro to the dollar since the day before."""
    sell = Card("sell", "sell", "EUR", 4, "half_up", "up", (
        Revision(0, (rate("0.06", steps=(60, 60, 0)),)),
        Revision(AT + HOUR, (rate("0.12", steps=(60, 60, 0)), rate("0.30", prefix="4915"))),
    ))  # fmt: skip
    buy = Card("buy", "buy", "USD", 6, "half_up", "up", (Revision(0, (rate("0.04"), rate("0.10", prefix="4915"))),))
    customer = Customer("cust", "Cust", "EUR", "sell", "eu", 1, ("nyc1",), "trunk", "t", "49", 100, {})
    carrier = Carrier("carr", "Carr", "USD", "buy", "", 50, 100, 1000, 10, 1)
    keys = (Key("nyc1", "trunk", "t", "cust"), Key("*", "account_code", "a", "other"))
    return World(
        (customer,), keys, (), (carrier,), (Key("nyc1", "", "gw", "carr"),), (sell, buy),
        {(AT // DAY - 1, "USD"): "0.5"},
    )  # fmt: skip


def told(*legs: Leg) -> Truth:
    truth = Truth(small_world())
    truth.file("nyc1/f.csv", AT, [(n, Row("", 0, leg, settle_index=0)) for n, leg in enumerate(legs, start=2)])
    truth.settle_all()
    return truth


def leg(call_id: str, setup: int, talk_ms: int | None, **fields: object) -> Leg:
    return nyc_leg(call_id, setup, talk_ms, "4930123456", **({"trunk": "t", "carrier_key": "gw"} | fields))


def test_a_failover_is_one_attempt_of_the_customer_and_two_of_the_carrier() -> None:
    truth = told(leg("c", AT - 1000, None, sip=503), second_leg(leg("c", AT + 1000, 61_000, dtmf=2), 2))
    (customer,) = truth.customer_days.values()
    (carrier,) = truth.carrier_days.values()
    assert (customer.attempts, customer.answers, customer.ner) == (1, 1, 1)
    assert (carrier.attempts, carrier.answers, carrier.ner) == (2, 1, 1)
    # 120 s at 0.06; cost 61 s at 0.04 = 0.040667 USD, half of it in EUR, rounded half up
    assert (customer.billed_seconds, customer.charge) == (120, 120_000)
    assert (carrier.billed_seconds, carrier.cost) == (61, 40_667)
    assert (customer.cost, customer.cost_unknown) == (20_334, 0)
    assert (customer.talk_ms, customer.dtmf_observed, customer.dtmf_calls) == (61_000, 1, 1)
    # from the call's setup to the second leg's ringing; the leg's own is 1.2 s
    assert (customer.pdd_ms, customer.pdd_count) == (3200, 1)
    assert (carrier.pdd_ms, carrier.pdd_count) == (1200, 1)


def test_the_revision_at_setup_holds_and_the_longest_prefix_wins() -> None:
    truth = told(
        leg("a", AT + HOUR - 1, 60_000),
        leg("b", AT + HOUR, 60_000),
        leg("c", AT + HOUR, 60_000, b_number="4915123"),
    )
    (customer,) = truth.customer_days.values()
    assert customer.charge == 60_000 + 120_000 + 300_000


def test_repeated_rows_are_duplicates_or_conflicts_and_count_once() -> None:
    truth = told(leg("a", AT, 60_000), leg("a", AT, 60_000), leg("a", AT, 60_000, dtmf=1))
    (file,) = truth.files
    assert (file.rows, file.accepted, file.duplicates, file.conflicts) == (3, 1, 1, 1)
    assert [one.attempts for one in truth.customer_days.values()] == [1]


def test_of_repeated_rows_the_earlier_drop_hour_then_path_then_line_is_kept() -> None:
    truth = Truth(small_world())
    for path, hour, talk in (("nyc1/b.csv", AT, 120_000), ("nyc1/z.csv", AT - HOUR, 60_000), ("nyc1/a.csv", AT, 1000)):
        truth.file(path, hour, [(2, Row("", 0, leg("a", AT, talk), settle_index=5))])
    truth.settle_all()
    assert {one.path[5:6]: one.accepted for one in truth.files} == {"b": 0, "z": 1, "a": 0}
    assert [one.charge for one in truth.customer_days.values()] == [60_000]


@pytest.mark.parametrize(("apart", "calls"), [(HOUR, 1), (HOUR + 1, 2)])
def test_a_call_is_cut_where_legs_start_more_than_an_hour_apart(apart: int, calls: int) -> None:
    truth = told(leg("a", AT, 60_000), second_leg(leg("a", AT + apart, 60_000), 2))
    assert [one.attempts for one in truth.customer_days.values()] == [calls]
    codes = {code for _, _, code in truth.anomalies}
    assert codes == ({"several_answered_legs"} if calls == 1 else {"call_id_reused"})


def test_a_hung_call_is_an_answer_without_talk_or_price() -> None:
    truth = told(leg("a", AT - 11 * HOUR, 10 * HOUR + 1), leg("b", AT - 11 * HOUR, 10 * HOUR))
    totals = list(truth.customer_days.values())
    assert sum(one.answers for one in totals) == 2
    assert sum(one.talk_ms for one in totals) == 10 * HOUR
    assert (truth.unrated, truth.leg_unrated) == ({"held_over_maximum": 1}, {"held_over_maximum": 1})


def test_a_fixing_older_than_seven_days_converts_nothing() -> None:
    for days, unknown in ((6, 0), (7, 1)):
        truth = told(leg("a", AT + days * DAY, 60_000))
        assert [one.cost_unknown for one in truth.customer_days.values()] == [unknown]


def test_a_local_time_that_occurs_twice_is_read_as_the_earlier_that_fits() -> None:
    clock = WallClock("Europe/Berlin")
    change = 20_751 * DAY + HOUR  # 2026-10-25T01:00Z: 03:00 becomes 02:00
    assert clock.text(change - SECOND) == "2026-10-25 02:59:59"
    assert clock.text(change) == "2026-10-25 02:00:00"
    assert clock.reading(change + 250, None) == change - HOUR
    assert clock.reading(change + 10 * MINUTE, change - 5 * MINUTE) == change + 10 * MINUTE
    assert clock.reading(change + HOUR, None) == change + HOUR
    summer = [clock.text(at) for at in range(20_536 * DAY, 20_537 * DAY, HOUR)]  # 2026-03-24, no change
    assert all(before < after for before, after in pairwise(summer))
