"""A leg as a reader must find it, and the line each switch writes for it.

Belongs here: one renderer per feed.
Does not belong here: why there is such a leg (traffic.py, scripted.py) or what it costs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from pipelines.demo.clocks import WallClock
from pipelines.demo.plan import FRA1, HOUR, LON1, NYC1, SECOND, DemoFeed, moment


@dataclass(slots=True)
class Leg:
    """One leg. Instants and spans in ms; "" is null. Equal legs are equal in all canonical columns."""

    feed_id: str
    call_id: str
    leg_id: str
    leg_number: int
    setup: int
    ringing: int | None
    answered: int | None
    ended: int
    is_answered: bool
    answered_ms: int
    pdd_ms: int | None
    a_number: str | None
    a_raw: str
    b_number: str | None
    b_raw: str
    account_code: str = ""
    tech_prefix: str = ""
    trunk: str = ""
    source_ip: str = ""
    carrier_key: str = ""
    sip: int | None = None
    q850: int | None = None
    reason: str = ""
    dtmf: int | None = None


@dataclass(slots=True)
class Row:
    """One line of a file to come: either the leg it holds or the reason it must be rejected for.

    released: when the switch wrote it, for the order in the file. settle_index: hour by which no other row of the
    call is to come.
    """

    text: str
    released: int
    leg: Leg | None
    reason: str = ""
    settle_index: int = 0


class Renderer(Protocol):
    """Writes one feed's lines."""

    header: str
    """First line of every file; empty for none."""

    def line(self, leg: Leg) -> str:
        """Return the leg's line and make *leg* what a reader finds in it (a switch may cut times to seconds)."""


TOLLBOOK_COLUMNS = (
    "call_id", "leg_number", "setup_at", "ringing_at", "answered_at", "ended_at", "is_answered", "answered_ms",
    "pdd_ms", "a_number", "b_number", "account_code", "tech_prefix", "trunk", "source_ip", "carrier_key",
    "sip_status_code", "q850_cause_code", "release_reason", "dtmf_digit_count",
)  # fmt: skip


class TollbookLines:
    """nyc1: a header, ISO 8601 times in UTC with milliseconds, carriers, SIP and DTMF."""

    header = ",".join(TOLLBOOK_COLUMNS)

    def __init__(self) -> None:
        """Start with no hour known."""
        self._hours: dict[int, str] = {}

    def _at(self, instant: int | None) -> str:
        if instant is None:
            return ""
        hour, rest = divmod(instant, HOUR)
        prefix = self._hours.get(hour)
        if prefix is None:
            if len(self._hours) > 1000:
                self._hours.clear()
            prefix = self._hours[hour] = moment(hour * HOUR).strftime("%Y-%m-%dT%H:")
        return f"{prefix}{rest // 60000:02d}:{rest % 60000 // 1000:02d}.{rest % 1000:03d}Z"

    def line(self, leg: Leg) -> str:
        """Return the line; now and then it leaves out a field that the others give anyway."""
        style = leg.setup % 16
        ended, answered_ms = self._at(leg.ended), str(leg.answered_ms)
        pdd = ""
        if leg.answered is not None and leg.answered_ms == leg.ended - leg.answered:
            if style == 3:
                ended = ""
            elif style == 7:
                answered_ms = ""
        if leg.ringing is not None and style in (5, 9):
            pdd = str(leg.ringing - leg.setup)
        ringing = "" if style == 5 else self._at(leg.ringing)
        answer = "" if style == 11 and leg.answered is None else "true" if leg.is_answered else "false"
        sip = "" if leg.sip is None else leg.sip
        q850 = "" if leg.q850 is None else leg.q850
        dtmf = "" if leg.dtmf is None else leg.dtmf
        return (
            f"{leg.call_id},{leg.leg_number},{self._at(leg.setup)},{ringing},{self._at(leg.answered)},{ended},"
            f"{answer},{answered_ms},{pdd},{leg.a_raw},{leg.b_raw},{leg.account_code},{leg.tech_prefix},{leg.trunk},"
            f"{leg.source_ip},{leg.carrier_key},{sip},{q850},{leg.reason},{dtmf}"
        )


def _cut_to_seconds(leg: Leg, clock: WallClock) -> tuple[str, str, str]:
    """Make the leg's instants what its local times are read as; return those times' text."""
    texts = (
        clock.text(leg.setup),
        "" if leg.answered is None else clock.text(leg.answered),
        clock.text(leg.ended),
    )
    leg.setup = clock.reading(leg.setup, None)
    before = leg.setup
    if leg.answered is not None:
        before = leg.answered = clock.reading(leg.answered, before)
    leg.ended = clock.reading(leg.ended, before)
    return texts


class FreeswitchLines:
    """lon1: mod_cdr_csv's default template, all fields quoted, local times to the second, one leg a call."""

    header = ""

    def __init__(self) -> None:
        """Set the switch's clock."""
        self._clock = WallClock(LON1.zone)

    def line(self, leg: Leg) -> str:
        """Return the line; talk time is the difference of the whole seconds, as the switch reckons it."""
        seconds = leg.ended // SECOND - leg.setup // SECOND
        if leg.answered is not None and leg.answered_ms == leg.ended - leg.answered:
            leg.answered_ms = (leg.ended // SECOND - leg.answered // SECOND) * SECOND
        start, answer, end = _cut_to_seconds(leg, self._clock)
        return (
            f'"{leg.a_raw}","{leg.a_raw}","{leg.b_raw}","from-customers","{start}","{answer}","{end}","{seconds}",'
            f'"{leg.answered_ms // SECOND}","{leg.reason}","{leg.call_id}","","{leg.account_code}","PCMA","PCMA"'
        )


class AsteriskLines:
    """fra1: cdr_csv with uniqueid, userfield, peeraccount, linkedid and sequence; legs share their linkedid."""

    header = ""

    def __init__(self) -> None:
        """Set the switch's clock."""
        self._clock = WallClock(FRA1.zone)

    def line(self, leg: Leg) -> str:
        """Return the line; the talk time is exact milliseconds cut to seconds, so it may differ from the stamps'."""
        seconds = (leg.ended - leg.setup) // SECOND
        leg.answered_ms -= leg.answered_ms % SECOND
        start, answer, end = _cut_to_seconds(leg, self._clock)
        number = int(leg.leg_id)
        gateway = "gateway-b" if number % 3 == 0 else "gateway-a"
        account, caller, called = leg.account_code, leg.a_raw, leg.b_raw
        return (
            f'"{account}","{caller}","{called}","from-customers","""{caller}"" <{caller}>",'
            f'"PJSIP/{account}-{number:08x}","PJSIP/{gateway}-{number:08x}","Dial","PJSIP/{called}@{gateway},60",'
            f'"{start}","{answer}","{end}",{seconds},{leg.answered_ms // SECOND},"{leg.reason}","DOCUMENTATION",'
            f'"{leg.call_id}","","","{leg.call_id}",{number}'
        )


def renderers() -> dict[str, Renderer]:
    """Return a fresh renderer for each feed."""
    return {LON1.feed_id: FreeswitchLines(), FRA1.feed_id: AsteriskLines(), NYC1.feed_id: TollbookLines()}


def dialled(feed: DemoFeed, number: str, *, national: bool) -> str:
    """Return how a customer of this feed dials an international number (digits)."""
    if national and feed.country_code and number.startswith(feed.country_code):
        short = feed.national_prefix + number[len(feed.country_code) :]
        if not short.startswith(feed.international_prefix):  # 0 and a number from 0 on would read as 00
            return short
    return (feed.international_prefix or "+") + number if feed is not NYC1 else number
