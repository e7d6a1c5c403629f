"""Calls every demo must have, whatever chance brings: one of each kind of oddity a switch delivers.

Belongs here: valid rows with a purpose, said beside each.
Does not belong here: rows and files that are broken (faults.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipelines.demo.cards import mid_period
from pipelines.demo.destinations import UNLISTED_PREFIX
from pipelines.demo.legs import Leg, Renderer, Row, dialled
from pipelines.demo.plan import DAY, FRA1, HOUR, LON1, MINUTE, NYC1, SECOND, SETTLE_HOURS, DemoFeed, DemoPlan
from pipelines.demo.world import MOVED_TRUNK, NO_CARD_CARRIER, NO_FX_CARRIER, UNKNOWN_ACCOUNT, UNKNOWN_CARRIER


@dataclass(slots=True)
class Placed:
    """A row and the hour of the file it goes to."""

    feed_id: str
    index: int
    row: Row


def nyc_leg(call_id: str, setup: int, talk_ms: int | None, number: str, **fields: object) -> Leg:
    """Return a nyc1 leg by carrier atlantic: answered after 4 s with this talk time, or (None) busy after 2 s."""
    answered = None if talk_ms is None else setup + 4 * SECOND
    leg = Leg(
        NYC1.feed_id, call_id, f"{call_id}/1", 1, setup,
        None if answered is None else setup + 1200, answered,
        setup + 2 * SECOND if answered is None else answered + (talk_ms or 0),
        answered is not None, talk_ms or 0, None if answered is None else 1200,
        "12125550177", "12125550177", number, number,
        carrier_key="gw-atlantic",
        sip=486 if answered is None else 200,
        q850=17 if answered is None else 16,
        reason="USER_BUSY" if answered is None else "NORMAL_CLEARING",
        dtmf=None,
    )  # fmt: skip
    for name, value in fields.items():
        setattr(leg, name, value)
    return leg


def second_leg(leg: Leg, number: int) -> Leg:
    """Make a leg the nth of its call."""
    leg.leg_number = number
    leg.leg_id = f"{leg.call_id}/{number}"
    return leg


def plain_leg(feed: DemoFeed, call_id: str, setup: int, talk_ms: int | None, **who: str) -> Leg:
    """Return a leg of lon1 or fra1, answered after 5 s with this talk time or (None) busy after 3 s.

    who: number (dialled), account, and for fra1 its sequence.
    """
    leg_id = who["sequence"] if feed is FRA1 else f"{call_id}/1"
    number, account = who["number"], who["account"]
    answered = None if talk_ms is None else setup + 5 * SECOND
    words = ("USER_BUSY", "NORMAL_CLEARING") if feed is LON1 else ("BUSY", "ANSWERED")
    return Leg(
        feed.feed_id, call_id, leg_id, 1, setup, None, answered,
        setup + 3 * SECOND if answered is None else answered + (talk_ms or 0),
        answered is not None, talk_ms or 0, None, "442079460999", "442079460999",
        number, dialled(feed, number, national=False),
        account_code=account, q850=(17 if answered is None else 16) if feed is LON1 else None,
        reason=words[answered is not None],
    )  # fmt: skip


class Script:
    """The scripted calls of one plan."""

    def __init__(self, plan: DemoPlan, renderers: dict[str, Renderer]) -> None:
        """Prepare; nothing is made yet."""
        self._plan = plan
        self._renderers = renderers

    def placed(self) -> Iterator[Placed]:
        """Yield every scripted row with its place; a row that would come after the last hour is left out."""
        for legs in (*self._nyc1(), *self._several_legs(), *self._others()):
            yield from self._place(legs)
        yield from self._repeated()

    def _place(self, legs: list[Leg]) -> Iterator[Placed]:
        last = max(self._plan.index_at(leg.ended) for leg in legs)
        for leg in legs:
            index, released = self._plan.index_at(leg.ended), leg.ended
            if 0 <= index < self._plan.hour_count:
                text = self._renderers[leg.feed_id].line(leg)
                yield Placed(leg.feed_id, index, Row(text, released, leg, settle_index=last + SETTLE_HOURS))

    def _at(self, percent: int, minute: int) -> int:
        return self._plan.hour_at(self._plan.part(percent)) + minute * MINUTE + 250

    def _nyc1(self) -> Iterator[list[Leg]]:
        at = self._at
        # A conference of five hours: in the file of the hour it ended in.
        yield [nyc_leg("x-five-hours", at(10, 7), 5 * HOUR + 1234, "4420 7946 0018", trunk="tg-alameda",
                       b_number="442079460018")]  # fmt: skip
        # A hung call: more than the ten hours nyc1 allows.
        yield [nyc_leg("x-hung", at(12, 9), 11 * HOUR + 7 * MINUTE, "13125550144", account_code="KODIAK")]
        yield [nyc_leg("x-no-talk", at(20, 11), 0, "13125550145", account_code="BAYOU")]
        silent = nyc_leg("x-talk-unanswered", at(21, 12), None, "13125550146", account_code="BAYOU", answered_ms=7000)
        silent.ended = silent.setup + 12 * SECOND
        yield [silent]
        longer = nyc_leg("x-durations", at(22, 13), 60_000, "13125550147", account_code="BAYOU")
        longer.ended += 15 * SECOND
        yield [longer]
        # Account code of one customer, trunk of another: the account code wins.
        yield [nyc_leg("x-two-keys", at(23, 14), 61_000, "13125550148", account_code="BAYOU", trunk="tg-alameda")]
        # An account code nobody has, a trunk somebody has: the trunk tells.
        yield [nyc_leg("x-stale-key", at(24, 15), 62_001, "13125550149", account_code="OLD-17", trunk="tg-alameda")]
        yield [nyc_leg("x-unknown", at(25, 16), 90_000, "13125550150", account_code=UNKNOWN_ACCOUNT)]
        yield [nyc_leg("x-no-key", at(26, 17), 91_000, "13125550151")]
        # Calls that have no price, or must have none.
        yield [nyc_leg("x-unlisted", at(27, 18), 45_500, UNLISTED_PREFIX + "212345678", trunk="tg-palma")]
        yield [nyc_leg("x-blocked", at(28, 19), 33_000, "19005550101", trunk="tg-delmar")]
        yield [nyc_leg("x-word", at(29, 20), 12_000, "sip:lobby", trunk="tg-palma", b_number=None)]
        early = self._plan.hour_at(1) + 21 * MINUTE
        yield [nyc_leg("x-before-card", early, 40_000, "496912345678", account_code="URSA")]
        yield [nyc_leg("x-with-card", at(40, 22), 40_000, "496912345678", account_code="URSA")]
        # Legs whose cost cannot be known, or not in the customer's currency.
        yield [nyc_leg("x-carrier-unknown", at(30, 23), 50_000, "13125550152", account_code="FOOT",
                       carrier_key=UNKNOWN_CARRIER)]  # fmt: skip
        yield [nyc_leg("x-carrier-no-card", at(31, 24), 51_000, "13125550153", account_code="FOOT",
                       carrier_key=NO_CARD_CARRIER)]  # fmt: skip
        yield [nyc_leg("x-carrier-no-fx", at(32, 25), 52_000, "417912345678", account_code="FOOT",
                       carrier_key=NO_FX_CARRIER)]  # fmt: skip
        yield [nyc_leg("x-carrier-no-prefix", at(33, 26), 53_000, "870773123456", account_code="FOOT",
                       carrier_key="gw-fastroute")]  # fmt: skip
        # A number as people write it.
        yield [nyc_leg("x-written", at(34, 27), 59_999, "+49 (30) 1234-5678", trunk="tg-oranje",
                       b_number="493012345678", a_raw="anonymous", a_number=None)]  # fmt: skip
        # A trunk that changes hands in the middle: the last call of one owner, the first of the other.
        moved = self._plan.start + self._plan.hour_count * HOUR // 2
        yield [nyc_leg("x-trunk-before", moved - 1, 30_000, "346001234567", trunk=MOVED_TRUNK)]
        yield [nyc_leg("x-trunk-after", moved, 30_000, "346001234567", trunk=MOVED_TRUNK)]
        # The last moment of the old prices and the first of the new, talking on across the change.
        changed = mid_period(self._plan)
        yield [nyc_leg("x-price-before", changed - 1, 180_001, "336123456789", tech_prefix="7101")]
        yield [nyc_leg("x-price-after", changed, 180_001, "336123456789", tech_prefix="7101")]

    def _several_legs(self) -> Iterator[list[Leg]]:
        plan, at = self._plan, self._at
        # The first carrier fails at the very end of an hour, the second answers in the next.
        edge = plan.hour_at(plan.part(35)) - 1100
        yield self._failover("x-hour-edge", edge, 75_300)
        # The same at midnight, if the range has one: one day's attempt, answered on the next.
        midnight = (plan.start // DAY + 1) * DAY
        if midnight < plan.end - 2 * HOUR:
            yield self._failover("x-day-edge", midnight - 700, 125_700)
            yield [nyc_leg("x-past-midnight", midnight - 10 * MINUTE, 50 * MINUTE, "12125550163", trunk="tg-alameda")]
        twice = [nyc_leg("x-forked", at(36, 30), 80_000, "12125550164", trunk="tg-georgian", dtmf=3)]
        twice.append(second_leg(nyc_leg("x-forked", at(36, 30) + 500, 20_000, "12125550164", trunk="tg-georgian",
                                        carrier_key="gw-hanse-net"), 2))  # fmt: skip
        yield twice
        # A call id the switch uses again ninety minutes later: two calls.
        reused = nyc_leg("x-reused", at(38, 5), 20_000, "12125550165", trunk="tg-georgian")
        yield [reused, nyc_leg("x-reused", at(38, 5) + 90 * MINUTE, 22_000, "12125550165", trunk="tg-georgian")]

    @staticmethod
    def _failover(call_id: str, setup: int, talk_ms: int) -> list[Leg]:
        first = nyc_leg(call_id, setup, None, "12125550162", trunk="tg-alameda", carrier_key="gw-deltavox",
                        sip=503, q850=34, reason="NORMAL_CIRCUIT_CONGESTION")  # fmt: skip
        first.ended = setup + 400
        other = nyc_leg(call_id, setup + 2000, talk_ms, "12125550162", trunk="tg-alameda", carrier_key="gw-clearline")
        return [first, second_leg(other, 2)]

    def _others(self) -> Iterator[list[Leg]]:
        at = self._at
        # Grace of gbp-retail is 3 s: free at 3, a minute at 4. London is free by the minute, but not to set up.
        yield [plain_leg(LON1, "x-grace-3", at(15, 31), 3000, number="447700900123", account="ALD-1001")]
        yield [plain_leg(LON1, "x-grace-4", at(15, 32), 4000, number="447700900123", account="ALD-1001")]
        yield [plain_leg(LON1, "x-rate-0", at(15, 33), 600_000, number="442079460018", account="ALD-1001")]
        yield [plain_leg(LON1, "x-premium", at(16, 34), 30_000, number="449098790123", account="FEN-1006")]
        yield [plain_leg(LON1, "x-ghost", at(17, 35), 66_000, number="447700900124", account=UNKNOWN_ACCOUNT)]
        # fra1: seconds counted by the switch though nobody answered.
        early = plain_leg(
            FRA1, "1.900001", at(18, 36), 12_000, number="496912345678", account="20003", sequence="900001"
        )
        early.is_answered, early.reason = False, "NO ANSWER"
        yield [early]

    def _repeated(self) -> Iterator[Placed]:
        """Yield rows that come twice: the same again, in the same file and in the next, and contradicting ones."""
        for number, (later, change) in enumerate(((0, 0), (1, 0), (0, 9_000), (2, 1_500))):
            leg = nyc_leg(f"x-twice-{number}", self._at(50 + number, 40), 70_000, "13125550160", tech_prefix="7201")
            again = replace(leg, ended=leg.ended + change, answered_ms=leg.answered_ms + change)
            (first,) = self._place([leg])
            index = min(first.index + later, self._plan.hour_count - 1)
            yield first
            text = self._renderers[NYC1.feed_id].line(again)
            released = first.row.released + later * HOUR + 1
            yield Placed(NYC1.feed_id, index, Row(text, released, again, settle_index=index + SETTLE_HOURS))
