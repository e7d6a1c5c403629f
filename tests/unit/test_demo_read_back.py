"""The demo's files as the real readers find them: every leg, every rejected line, every fault."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from pipelines.demo import DemoPlan, generate_demo
from pipelines.demo.legs import Leg, Row
from pipelines.demo.plan import FEEDS, moment
from pipelines.demo.truth import Truth
from pipelines.formats import FileFault
from pipelines.formats.built_in import load_format
from pipelines.formats.reading import read_legs
from pipelines.settings import Feed


@dataclass
class Told:
    """Bytes by path, and what truth was told of each file."""

    landing: dict[str, bytes] = field(default_factory=dict)
    rows: dict[str, dict[int, Row]] = field(default_factory=dict)
    hours: dict[str, int] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def demo_feeds() -> dict[str, Feed]:
    found = {}
    for feed in FEEDS:
        declaration = load_format(feed.format, {})
        found[feed.feed_id] = Feed(
            feed.feed_id,
            declaration,
            "",
            timezone=feed.zone,
            country_code=feed.country_code or None,
            national_prefix=feed.national_prefix or None,
            international_prefix=feed.international_prefix or None,
            talk_time_over_maximum=timedelta(milliseconds=feed.talk_time_over_maximum),
        )
    return found


# An ordinary day, the day Berlin's and London's clocks go back (broken rows and all), the day they go forward.
ENDS = [datetime(2026, 11, 23, 20), datetime(2026, 10, 25, 9), datetime(2026, 10, 25, 23), datetime(2026, 3, 29, 9)]


@pytest.fixture(scope="module", params=ENDS)
def told(request: pytest.FixtureRequest) -> Told:
    found = Told()

    class Spy(Truth):
        def fault(self, path: str, status: str) -> None:
            found.faults[path] = status
            super().fault(path, status)

        def file(self, path: str, drop_hour: int, lines: Iterable[tuple[int, Row]], status: str = "loaded") -> None:
            found.rows[path] = dict(lines)
            found.hours[path] = drop_hour
            super().file(path, drop_hour, found.rows[path].items(), status)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipelines.demo.generate.Truth", Spy)
        generate_demo(DemoPlan(1, 6000, 3, request.param), found.landing.__setitem__, lambda *_: None)
    return found


def expected(leg: Leg) -> dict[str, object]:
    def at(instant: int | None) -> datetime | None:
        return None if instant is None else moment(instant)

    return {
        "feed_id": leg.feed_id,
        "call_id": leg.call_id,
        "leg_id": leg.leg_id,
        "leg_number": leg.leg_number,
        "setup_at": at(leg.setup),
        "ringing_at": at(leg.ringing),
        "answered_at": at(leg.answered),
        "ended_at": at(leg.ended),
        "is_answered": leg.is_answered,
        "answered_ms": leg.answered_ms,
        "pdd_ms": leg.pdd_ms,
        "a_number": leg.a_number,
        "a_number_raw": leg.a_raw or None,
        "b_number": leg.b_number,
        "b_number_raw": leg.b_raw,
        "account_code": leg.account_code or None,
        "tech_prefix": leg.tech_prefix or None,
        "trunk": leg.trunk or None,
        "source_ip": leg.source_ip or None,
        "carrier_key": leg.carrier_key or None,
        "sip_status_code": leg.sip,
        "q850_cause_code": leg.q850,
        "release_reason": leg.reason or None,
        "dtmf_digit_count": leg.dtmf,
    }


def test_readers_find_every_leg_and_reject_every_broken_row(told: Told) -> None:
    feeds = demo_feeds()
    for path, rows in told.rows.items():
        legs: dict[int, dict[str, object]] = {}
        rejects: dict[int, str] = {}
        for batch in read_legs(
            io.BytesIO(told.landing[path]),
            file_id="f",
            file_name=path,
            feed=feeds[path.split("/")[0]],
            drop_hour=moment(told.hours[path]),
        ):
            legs.update((row["line_number"], row) for row in batch.legs.iter_rows(named=True))
            rejects.update(
                (row["line_number"], row["reject_reason_code"]) for row in batch.rejects.iter_rows(named=True)
            )
        assert rejects == {line: row.reason for line, row in rows.items() if row.leg is None}, path
        wanted = {line: row.leg for line, row in rows.items() if row.leg is not None}
        assert legs.keys() == wanted.keys(), path
        for line, leg in wanted.items():
            found = legs[line]
            assert {name: found[name] for name in expected(leg)} == expected(leg), f"{path}:{line}"


def test_readers_refuse_every_faulty_file_for_what_is_wrong_with_it(told: Told) -> None:
    feeds = demo_feeds()
    found = {}
    for path in told.faults:
        with pytest.raises(FileFault) as caught:
            for _ in read_legs(
                io.BytesIO(told.landing[path]),
                file_id="f",
                file_name=path,
                feed=feeds[path.split("/")[0]],
                drop_hour=datetime(2026, 11, 23),
            ):
                pass
        found[path] = caught.value.status_code
    assert found == told.faults
