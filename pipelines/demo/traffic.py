"""Ordinary traffic: how many calls an hour has, who calls where, which carriers try and what comes of it.

Belongs here: chance.
Does not belong here: the scripted calls and broken rows every demo must have (scripted.py).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

from pipelines.demo.destinations import BLOCKED_PREFIXES, DESTINATIONS, Destination
from pipelines.demo.legs import Leg, dialled
from pipelines.demo.plan import DAY, FEEDS, FRA1, HOUR, LON1, MINUTE, NYC1, SECOND, DemoFeed, DemoPlan
from pipelines.demo.world import UNKNOWN_ACCOUNT, Carrier, Customer, World

T = TypeVar("T")

_RHYTHM = {
    "lon1": (2, 1, 1, 1, 1, 2, 5, 20, 55, 90, 100, 95, 80, 88, 98, 96, 88, 70, 45, 32, 24, 16, 9, 4),
    "fra1": (1, 1, 1, 1, 2, 6, 22, 58, 92, 100, 96, 82, 88, 98, 97, 85, 66, 42, 30, 22, 14, 8, 4, 2),
    "nyc1": (22, 15, 10, 7, 5, 4, 6, 14, 30, 45, 52, 58, 62, 78, 92, 100, 98, 95, 92, 85, 70, 55, 40, 30),
}
_WEEK = {
    "lon1": (112, 118, 120, 118, 108, 42, 26),
    "fra1": (112, 118, 120, 118, 106, 36, 20),
    "nyc1": (108, 114, 116, 115, 112, 74, 60),
}
# How much more often a customer of a region calls each region, against the destinations' own weights.
_TASTES = {
    "gb": {"gb": 8, "eu": 2, "us": 1, "as": 2, "af": 2},
    "eu": {"gb": 2, "eu": 6, "us": 1, "as": 1, "af": 1},
    "us": {"gb": 1, "eu": 1, "us": 8, "as": 2, "af": 1},
}
_LONGEST_TALK = 210 * MINUTE


class Choice(Generic[T]):
    """A weighted draw."""

    def __init__(self, items: Sequence[T], weights: Sequence[int]) -> None:
        """Take items and their weights; a weight of 0 is never drawn."""
        self._items = items
        self._bounds = list(accumulate(weights))

    def draw(self, chance: float) -> T:
        """Return the item for a chance in [0, 1)."""
        return self._items[bisect_right(self._bounds, chance * self._bounds[-1])]


def calls_by_hour(plan: DemoPlan, feed: DemoFeed) -> list[int]:
    """Return the feed's number of calls of each hour; all feeds together make days * calls_per_day."""
    weights = []
    for index in range(plan.hour_count):
        instant = plan.hour_at(index)
        weights.append(_RHYTHM[feed.feed_id][instant % DAY // HOUR] * _WEEK[feed.feed_id][(instant // DAY + 3) % 7])
    everything = plan.days * plan.calls_per_day
    total = everything * feed.share // 100
    if feed is NYC1:
        total = everything - sum(everything * other.share // 100 for other in (LON1, FRA1))
    sums = [0, *accumulate(weights)]
    return [sums[n + 1] * total // sums[-1] - sums[n] * total // sums[-1] for n in range(plan.hour_count)]


@dataclass(slots=True)
class Outcome:
    """What became of one attempt, in ms from its setup. disposition: Asterisk's word; cause: FreeSWITCH's."""

    ringing: int | None
    answered: int | None
    ended: int
    sip: int
    q850: int
    reason: str
    disposition: str
    is_rerouted: bool = False


_ANSWER = (200, 16, "NORMAL_CLEARING", "ANSWERED")
_BUSY = (486, 17, "USER_BUSY", "BUSY")
_NO_ANSWER = (480, 19, "NO_ANSWER", "NO ANSWER")
_CANCELLED = (487, 16, "ORIGINATOR_CANCEL", "NO ANSWER")
_NO_NUMBER = (404, 1, "UNALLOCATED_NUMBER", "FAILED")
_DECLINED = (603, 21, "CALL_REJECTED", "BUSY")
_CONGESTED = (503, 34, "NORMAL_CIRCUIT_CONGESTION", "CONGESTION")
_BROKEN = (500, 41, "NORMAL_TEMPORARY_FAILURE", "FAILED")


def attempt(rng: Random, carrier: Carrier, setup: int, minutes: int) -> Outcome:
    """Return the outcome of an attempt at a carrier. minutes: talk time against the usual, in percent."""
    chance = rng.random
    asr, congestion = carrier.asr, carrier.congestion
    if carrier.fails_from <= setup < carrier.fails_to:
        asr, congestion = 4, 92
    pdd = int(carrier.pdd * (0.5 + chance()))
    if chance() * 100 < asr:
        answered = pdd + 800 + int(chance() * chance() * 22_000)
        talk = min(_LONGEST_TALK, 700 + int(-math.log(1.0 - chance()) * carrier.acd * 10 * minutes))
        snap = chance()
        if snap < 0.06:
            # Talk times on and right beside the steps of the tariffs, where rounding goes wrong first.
            talk = max(0, (talk // 6000 + 1) * 6000 + (-1, 0, 1, 500, -500)[int(snap * 5 / 0.06)])
        return Outcome(pdd, answered, answered + talk, *_ANSWER)
    if chance() * 100 < congestion:
        failed = _CONGESTED if chance() < 0.8 else _BROKEN
        return Outcome(None, None, 60 + int(chance() * 1500), *failed, is_rerouted=True)
    kind = chance()
    if kind < 0.36:
        return Outcome(None, None, pdd + 200, *_BUSY)
    if kind < 0.68:
        return Outcome(pdd, None, pdd + 15_000 + int(chance() * 45_000), *_NO_ANSWER)
    if kind < 0.84:
        rings = chance() < 0.8
        return Outcome(pdd if rings else None, None, pdd + 500 + int(chance() * 20_000), *_CANCELLED)
    return Outcome(None, None, pdd + 400, *(_NO_NUMBER if kind < 0.94 else _DECLINED))


class Traffic:
    """The three switches' ordinary calls, hour by hour, from one seed."""

    def __init__(self, plan: DemoPlan, world: World) -> None:
        """Prepare the draws; nothing is made yet."""
        self._rng = Random(plan.seed)  # noqa: S311 -- repeatable on purpose
        self._sequence = 0
        self._counts = {feed.feed_id: calls_by_hour(plan, feed) for feed in FEEDS}
        self._plan = plan
        self._customers = {
            feed.feed_id: _among([one for one in world.customers if feed.feed_id in one.feeds]) for feed in FEEDS
        }
        self._destinations = {
            (region, dialer): Choice(
                DESTINATIONS,
                [one.weight * (taste.get(one.region, 0) if not dialer or one.region == region else 0)
                 for one in DESTINATIONS],
            )
            for region, taste in _TASTES.items()
            for dialer in (False, True)
        }  # fmt: skip
        self._carriers = Choice(world.carriers, [one.weight for one in world.carriers])
        by_id = {one.carrier_id: one for one in world.carriers}
        # Neither of these two switches says which carrier it used; each has a route of its own.
        self._routes = {"lon1": (by_id["clearline"],), "fra1": (by_id["eurobridge"], by_id["hanse-net"])}

    def next_sequence(self) -> int:
        """Return the next number of fra1's rows; they count up for ever."""
        self._sequence += 1
        return self._sequence

    def calls(self, feed: DemoFeed, index: int) -> Iterator[list[Leg]]:
        """Yield the legs of each call of a feed that is set up in the hour with this index, in no order."""
        start = self._plan.hour_at(index)
        chance = self._rng.random
        for number in range(self._counts[feed.feed_id][index]):
            yield self._call(feed, start + int(chance() * HOUR), number)
        yield self._probe(feed, start)

    def _number(self, destination: Destination) -> str:
        missing = destination.digits - len(destination.prefix)
        while True:
            number = f"{destination.prefix}{int(self._rng.random() * 10**missing):0{missing}d}"
            # Blocked numbers are dialled by script only: a customer with an unrated call cannot be invoiced.
            if not number.startswith(BLOCKED_PREFIXES):
                return number

    def _call(self, feed: DemoFeed, setup: int, number: int) -> list[Leg]:
        chance = self._rng.random
        customer = self._customers[feed.feed_id].draw(chance())
        destination = self._destinations[customer.region, customer.minutes < 30].draw(chance())
        b_number = self._number(destination)
        is_known = feed is FRA1 or chance() >= 0.0025
        if feed is NYC1:
            return self._routed(customer, setup, f"n{setup // HOUR:x}{number:05x}", b_number, is_known=is_known)
        raw = dialled(feed, b_number, national=chance() < 0.6)
        account = customer.key_value if is_known else UNKNOWN_ACCOUNT
        call_id = self._call_id(feed, setup, number)
        legs: list[Leg] = []
        for carrier in self._routes[feed.feed_id]:
            outcome = attempt(self._rng, carrier, setup, customer.minutes)
            leg = self._leg(feed, call_id, setup, outcome, (customer.caller, b_number, raw))
            leg.account_code = account
            legs.append(leg)
            if not outcome.is_rerouted:
                break
            setup += outcome.ended
        return legs

    def _probe(self, feed: DemoFeed, start: int) -> list[Leg]:
        """Return a short busy call: it makes sure that every hour of every feed has a file with a row."""
        chance = self._rng.random
        customer = self._customers[feed.feed_id].draw(chance())
        setup = start + 5 * MINUTE + int(chance() * 45 * MINUTE)
        b_number = "442079460000" if feed is LON1 else "496990000000" if feed is FRA1 else "12125550100"
        outcome = Outcome(None, None, 2 * SECOND, *_BUSY)
        leg = self._leg(
            feed, self._call_id(feed, setup, 0xFFFFF), setup, outcome, (customer.caller, b_number, b_number)
        )
        if feed is not NYC1:
            leg.b_raw = dialled(feed, b_number, national=False)
        return [_with_key(leg, customer)]

    def _call_id(self, feed: DemoFeed, setup: int, number: int) -> str:
        if feed is LON1:
            noise = int(self._rng.random() * 2**32)
            middle = f"{number >> 16:04x}-4{number % 4096:03x}-8{number >> 12 & 0xFFF:03x}"
            return f"{noise:08x}-{middle}-{setup // HOUR:012x}"
        if feed is FRA1:
            return f"{setup // SECOND}.{self._sequence + 1}"
        return f"n{setup // HOUR:x}{number:05x}"

    def _leg(self, feed: DemoFeed, call_id: str, setup: int, outcome: Outcome, numbers: tuple[str, str, str]) -> Leg:
        """Return a leg as the feed's format can tell it, without customer key and carrier.

        numbers: caller, called, and the called number as it is dialled.
        """
        a_number, b_number, raw = numbers
        answered = None if outcome.answered is None else setup + outcome.answered
        ended = setup + outcome.ended
        is_rich = feed is NYC1
        return Leg(
            feed.feed_id,
            call_id,
            str(self.next_sequence()) if feed is FRA1 else f"{call_id}/1",
            1,
            setup,
            setup + outcome.ringing if is_rich and outcome.ringing is not None else None,
            answered,
            ended,
            answered is not None,
            0 if answered is None else ended - answered,
            outcome.ringing if is_rich else None,
            a_number,
            a_number,
            b_number,
            raw,
            q850=_cause(feed, outcome),
            reason=outcome.disposition if feed is FRA1 else outcome.reason,
        )

    def _routed(self, customer: Customer, setup: int, call_id: str, b_number: str, *, is_known: bool) -> list[Leg]:
        chance = self._rng.random
        legs: list[Leg] = []
        tried: set[str] = set()
        while len(legs) < 3:
            carrier = self._carriers.draw(chance())
            if carrier.carrier_id in tried:
                continue
            tried.add(carrier.carrier_id)
            outcome = attempt(self._rng, carrier, setup, customer.minutes)
            leg = self._leg(NYC1, call_id, setup, outcome, (customer.caller, b_number, b_number))
            leg.leg_number = len(legs) + 1
            leg.leg_id = f"{call_id}/{leg.leg_number}"
            _route(leg, carrier, outcome, chance())
            legs.append(_with_key(leg, customer) if is_known else leg)
            if not is_known:
                leg.account_code = UNKNOWN_ACCOUNT
            if not outcome.is_rerouted:
                break
            setup += outcome.ended + int(chance() * 120)
        return legs


def _among(customers: list[Customer]) -> Choice[Customer]:
    return Choice(customers, [one.weight for one in customers])


def _cause(feed: DemoFeed, outcome: Outcome) -> int | None:
    """Return the Q.850 cause a reader can find: Asterisk writes none, FreeSWITCH a name that may stand for none."""
    return None if feed is FRA1 or (feed is LON1 and outcome.reason == "ORIGINATOR_CANCEL") else outcome.q850


def _with_key(leg: Leg, customer: Customer) -> Leg:
    if customer.key_type == "account_code":
        leg.account_code = customer.key_value
    elif customer.key_type == "tech_prefix":
        leg.tech_prefix = customer.key_value
    elif customer.key_type == "trunk":
        leg.trunk = customer.key_value
    elif customer.key_type == "source_ip":
        leg.source_ip = customer.key_value
    return leg


def _route(leg: Leg, carrier: Carrier, outcome: Outcome, chance: float) -> None:
    leg.carrier_key = f"gw-{carrier.carrier_id}"
    leg.sip = outcome.sip if carrier.speaks_sip else None
    leg.q850 = outcome.q850
    if carrier.sees_dtmf:
        leg.dtmf = int((chance - 0.62) * 30) + 1 if leg.is_answered and chance > 0.62 else 0
