"""What is broken in the demo: rows a reader must reject, each for one known reason, and files it cannot read.

Belongs here: broken text and bytes, with what must be said of them.
Does not belong here: odd but valid calls (scripted.py).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from pipelines.demo.clocks import WallClock
from pipelines.demo.legs import TOLLBOOK_COLUMNS, Renderer, Row
from pipelines.demo.plan import FRA1, HOUR, LON1, MINUTE, NYC1, SECOND, DemoFeed, DemoPlan, iso_instant, moment
from pipelines.demo.scripted import Placed, nyc_leg, plain_leg


@dataclass(frozen=True, slots=True)
class FaultyFile:
    """A file below landing that gives no rows, and the status it must get."""

    path: str
    content: bytes
    status: str


def _broken_tollbook(renderer: Renderer, hour: int) -> Iterator[tuple[str, str]]:
    """Yield (line, reason) of nyc1 rows with one fault each, set up in the hour that starts at *hour*."""
    count = 0

    def with_fields(talk_ms: int | None = 30_000, **fields: str) -> str:
        nonlocal count
        count += 1
        setup = hour + 20 * MINUTE + count * SECOND
        line = renderer.line(nyc_leg(f"bad-{count:02d}", setup - setup % 16, talk_ms, "13125550170", trunk="tg-delmar"))
        values = dict(zip(TOLLBOOK_COLUMNS, line.split(","), strict=True))
        values.update(fields)
        return ",".join(values.values())

    whole = with_fields()
    yield whole.rsplit(",", 9)[0], "unreadable_row"
    yield with_fields() + ",and,more", "unreadable_row"
    yield with_fields(release_reason='"NORMAL_CLEARING'), "unreadable_row"
    yield with_fields(call_id=""), "missing_call_id"
    yield with_fields(b_number=""), "missing_b_number"
    yield with_fields(setup_at=""), "missing_setup_at"
    yield with_fields(ended_at="", answered_ms=""), "missing_answered_ms"
    yield with_fields(setup_at=iso_instant(hour)[:8] + "41T10:00:00Z"), "unparsable_setup_at"
    yield with_fields(answered_at="just now"), "unparsable_answered_at"
    yield with_fields(ringing_at="12"), "unparsable_ringing_at"
    yield with_fields(ended_at="later"), "unparsable_ended_at"
    yield with_fields(answered_ms="half a minute"), "unparsable_answered_ms"
    yield with_fields(leg_number="first"), "unparsable_leg_number"
    yield with_fields(pdd_ms="1.2s"), "unparsable_pdd_ms"
    yield with_fields(sip_status_code="OK"), "unparsable_sip_status_code"
    yield with_fields(q850_cause_code="normal"), "unparsable_q850_cause_code"
    yield with_fields(dtmf_digit_count="#"), "unparsable_dtmf_digit_count"
    yield with_fields(is_answered="perhaps"), "unknown_value_is_answered"
    yield with_fields(answered_ms="-5000"), "negative_duration"
    yield with_fields(answered_at=iso_instant(hour - HOUR), ringing_at=""), "answered_before_setup"
    yield with_fields(None, ended_at=iso_instant(hour - HOUR)), "ended_before_setup"
    yield with_fields(answered_at=iso_instant(hour + 59 * MINUTE)), "answered_after_end"
    far = [iso_instant(hour + 26 * HOUR + seconds * SECOND) for seconds in (0, 2, 4, 34)]
    yield (
        with_fields(setup_at=far[0], ringing_at=far[1], answered_at=far[2], ended_at=far[3]),
        "setup_in_future",
    )


def _broken_freeswitch(renderer: Renderer, hour: int) -> Iterator[tuple[str, str]]:
    def line(number: int) -> str:
        setup = hour + 30 * MINUTE
        return renderer.line(plain_leg(LON1, f"bad-{number}", setup, 25_000, number="447700900125", account="CAM-1003"))

    # Five hours off: an hour that the clocks repeat must not make the row right again.
    start = WallClock(LON1.zone).text(hour + 30 * MINUTE)
    yield line(1).replace(start, "yesterday"), "unparsable_setup_at"
    yield line(2).replace('"25"', '"-25"'), "negative_duration"
    yield line(3).replace('"+447700900125"', '""'), "missing_b_number"
    yield line(4).removesuffix(',"","CAM-1003","PCMA","PCMA"'), "unreadable_row"
    yield line(5).replace(start, WallClock(LON1.zone).text(hour + 5 * HOUR)), "answered_before_setup"


def _broken_asterisk(renderer: Renderer, hour: int) -> Iterator[tuple[str, str]]:
    def line(number: int) -> str:
        who = {"number": "496912345678", "account": "20001", "sequence": f"80000{number}"}
        return renderer.line(plain_leg(FRA1, f"2.{number}", hour + 30 * MINUTE, 25_000, **who))

    clock = WallClock(FRA1.zone)
    yield line(1).replace('"ANSWERED"', '"SOMETIMES"'), "unknown_value_is_answered"
    yield line(2).replace(",30,25,", ",30,many,"), "unparsable_answered_ms"
    yield line(3).replace('"Dial"', '"Dial'), "unreadable_row"
    ended, before = (clock.text(hour + 30 * MINUTE + 30 * SECOND), clock.text(hour - 5 * HOUR))
    yield line(4).replace(ended, before), "ended_before_setup"


_BROKEN: tuple[tuple[DemoFeed, Callable[[Renderer, int], Iterator[tuple[str, str]]]], ...] = (
    (NYC1, _broken_tollbook),
    (LON1, _broken_freeswitch),
    (FRA1, _broken_asterisk),
)


def broken_rows(plan: DemoPlan, renderers: dict[str, Renderer]) -> Iterator[Placed]:
    """Yield rows to be rejected: each reason once in one hour, and a few in the last hours too."""
    for feed, make in _BROKEN:
        for index, some in ((plan.part(60), 99), (plan.hour_count - 2, 2)):
            hour = plan.hour_at(index)
            for number, (text, reason) in enumerate(make(renderers[feed.feed_id], hour)):
                if number < some:
                    yield Placed(feed.feed_id, index, Row(text, hour + 30 * MINUTE + number, None, reason))


def file_path(feed: DemoFeed, hour: int, suffix: str = "", ending: str = ".csv") -> str:
    """Return the path below landing of a feed's file of the hour that starts at *hour*."""
    return moment(hour).strftime(f"{feed.feed_id}/%Y/%m/%d/cdr-%Y%m%d%H{suffix}{ending}")


def _some_lines(feed: DemoFeed, renderer: Renderer, hour: int, count: int) -> str:
    lines = [renderer.header] if renderer.header else []
    for number in range(count):
        if feed is NYC1:
            leg = nyc_leg(f"lost-{number}", hour + number * SECOND, 20_000, "13125550171", trunk="tg-delmar")
        else:
            at = hour + number * SECOND
            who = {"number": "496912345678", "account": "20001", "sequence": f"{700000 + number}"}
            leg = plain_leg(feed, f"3.{number}", at, 20_000, **who)
        lines.append(renderer.line(leg))
    return "\n".join(lines) + "\n"


def faulty_files(plan: DemoPlan, renderers: dict[str, Renderer]) -> Iterator[FaultyFile]:
    """Yield one file of each fault; every one is an extra file of an hour that has a good one too."""
    hours = [plan.hour_at(plan.part(percent)) for percent in (65, 70, 75, 80, 85, 90)]
    yield FaultyFile(file_path(LON1, hours[0], "_b"), b"", "empty")
    # Lines enough that the cut lies inside the data and not in the first block.
    packed = gzip.compress(_some_lines(LON1, renderers["lon1"], hours[1], 400).encode(), mtime=0)
    yield FaultyFile(file_path(LON1, hours[1], "_b", ".csv.gz"), packed[: len(packed) * 2 // 3], "truncated")
    noise = Random(plan.seed + 1)  # noqa: S311 -- repeatable on purpose
    core = bytes(int(noise.random() * 256) for _ in range(4096))
    yield FaultyFile(file_path(FRA1, hours[2], "_core"), b"\x7fELF\x02\x01\x01" + bytes(9) + core, "binary")
    header = "call_id;started;finished;caller;called"
    yield FaultyFile(file_path(NYC1, hours[3], "_b"), f"{header}\n1;2;3;4;5\n".encode(), "wrong_header")
    foreign = _some_lines(FRA1, renderers["fra1"], hours[4], 20)
    yield FaultyFile(file_path(LON1, hours[4], "_b"), foreign.encode(), "wrong_format")
    wide = _some_lines(NYC1, renderers["nyc1"], hours[5], 5)
    yield FaultyFile(file_path(NYC1, hours[5], "_b"), wide.encode("utf-16"), "wrong_encoding")
