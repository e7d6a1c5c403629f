"""The oracle's reading, case by case: what a line is, why it is rejected, what its times mean.

Belongs here: strict CSV, reject reasons, defaults, clock changes, numbers, anomalies of one row.
Does not belong here: duplicates and calls (test_oracle_calls.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.oracle.clocks import parse_time
from tests.oracle.model import FeedSettings, Leg, Reject, SourceFile
from tests.oracle.reading import normalise_number, read_file, split_line
from tests.oracle.small import DROP_HOUR, HEADER, row

LONDON = FeedSettings("f", timezone="Europe/London")


def read(*lines: str, feed: FeedSettings | None = None, header: str = HEADER) -> tuple[list[Leg], list[Reject]]:
    content = "\n".join([header, *lines, ""]).encode()
    _, legs, rejects = read_file(SourceFile("f/1.csv", DROP_HOUR, content, feed or FeedSettings("f")))
    return legs, rejects


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ('a,"b, c",d', ["a", "b, c", "d"]),
        ('"say ""yes""",', ['say "yes"', ""]),
        ("", [""]),
        ('a,"b', None),
        ('"a"b,c', None),
        ('a"b,c', None),
    ],
)
def test_a_line_is_split_strictly(line: str, fields: list[str] | None) -> None:
    assert split_line(line) == fields


def test_an_unclosed_quote_rejects_its_row_and_not_the_next() -> None:
    legs, rejects = read(row("c1"), '"' + row("c2"), row("c3"))
    assert [leg.call_id for leg in legs] == ["c1", "c3"]
    assert rejects == [Reject("f/1.csv", 3, "unreadable_row")]


def test_comments_and_blank_lines_are_no_rows_but_count_as_lines() -> None:
    legs, rejects = read("# a comment", "", row())
    assert ([leg.line for leg in legs], rejects) == ([4], [])


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"call_id": ""}, "missing_call_id"),
        ({"b_number": "", "setup_at": "never"}, "missing_b_number"),
        ({"answered_ms": ""}, "missing_answered_ms"),
        ({"setup_at": "2026-02-30T00:00:00"}, "unparsable_setup_at"),
        ({"answered_ms": "60s"}, "unparsable_answered_ms"),
        ({"is_answered": "perhaps"}, "unknown_value_is_answered"),
        ({"answered_ms": -1, "ended_at": "2026-03-10T11:00:00"}, "negative_duration"),
        ({"answered_at": "2026-03-10T11:59:59"}, "answered_before_setup"),
        ({"ended_at": "2026-03-10T11:59:59"}, "ended_before_setup"),
        ({"answered_at": "2026-03-10T12:00:09", "ended_at": "2026-03-10T12:00:08"}, "answered_after_end"),
        ({"setup_at": "2026-03-11T13:00:00.001"}, "setup_in_future"),
    ],
)
def test_a_row_is_rejected_for_its_first_fault(fields: dict[str, object], reason: str) -> None:
    line = row(**{"call_id": "c1", **fields})
    assert [reject.reason for reject in read(line)[1]] == [reason]


def test_a_setup_at_the_very_end_of_the_allowed_future_is_accepted() -> None:
    assert len(read(row(setup_at="2026-03-11T13:00:00"))[0]) == 1


@pytest.mark.parametrize(
    ("fields", "ended", "answered_ms"),
    [
        ({"pdd_ms": 2000}, "12:01:02", 60_000),  # no end: ringing + talk
        ({"answered_at": "2026-03-10T12:00:10"}, "12:01:10", 60_000),
        ({"answered_at": "2026-03-10T12:00:10", "answered_ms": "", "ended_at": "2026-03-10T12:00:12.500"}, None, 2_500),
    ],
)
def test_absent_times_are_derived(fields: dict[str, object], ended: str | None, answered_ms: int) -> None:
    (leg,), _ = read(row(**fields))
    assert leg.answered_ms == answered_ms
    if ended:
        assert leg.ended_at.isoformat() == f"2026-03-10T{ended}"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"answered_ms": 0}, "answered_without_talk_time"),
        ({"is_answered": "false", "answered_ms": 2500}, "talk_time_without_answer"),
        ({"answered_at": "2026-03-10T12:00:10", "ended_at": "2026-03-10T12:01:11.001"}, "durations_disagree"),
        ({"answered_ms": 86_400_001}, "talk_time_over_maximum"),
        ({"answered_at": "2026-03-10T12:00:10", "ended_at": "2026-03-10T12:01:11"}, None),
    ],
)
def test_an_odd_row_is_accepted_with_a_code(fields: dict[str, object], code: str | None) -> None:
    (leg,), _ = read(row(**fields))
    assert leg.anomalies == ((code,) if code else ())
    assert leg.talk_ms == (60_000 if code in (None, "durations_disagree") else 0)


def test_a_repeated_local_time_takes_the_earlier_reading() -> None:
    readings = parse_time("2026-10-25T01:30:00", "Europe/London")
    assert readings == [datetime(2026, 10, 25, 0, 30), datetime(2026, 10, 25, 1, 30)]


def test_a_skipped_local_time_is_read_with_the_offset_before_the_change() -> None:
    assert parse_time("2026-03-29T01:30:00", "Europe/London") == [datetime(2026, 3, 29, 1, 30)]
    assert parse_time("2026-03-08T02:30:00", "America/New_York") == [datetime(2026, 3, 8, 7, 30)]


@pytest.mark.parametrize(("repeated", "setup", "ended"), [("earlier", "00:50", "01:10"), ("later", "01:50", "02:10")])
def test_a_call_over_the_end_of_summer_time_ends_after_it_began(repeated: str, setup: str, ended: str) -> None:
    feed = FeedSettings("f", timezone="Europe/London", repeated_time=repeated)
    hour = datetime(2026, 10, 25, 2)
    last = "2026-10-25T01:10:00" if repeated == "earlier" else "2026-10-25T02:10:00"
    line = row(setup_at="2026-10-25T01:50:00", ended_at=last)
    _, (leg,), _ = read_file(SourceFile("f/1.csv", hour, f"{HEADER}\n{line}\n".encode(), feed))
    assert (leg.setup_at.strftime("%H:%M"), leg.ended_at.strftime("%H:%M")) == (setup, ended)


def test_a_time_with_its_own_offset_ignores_the_feeds_zone() -> None:
    assert parse_time("2026-07-01T12:00:00+05:30", "Europe/London") == [datetime(2026, 7, 1, 6, 30)]
    assert parse_time("2026-07-01T12:00:00Z", "Europe/London") == [datetime(2026, 7, 1, 12)]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+44 (20) 7946-0123", "442079460123"),
        ("0044.20/79460123", "442079460123"),
        ("020 7946 0123", "442079460123"),
        ("2079460123", "2079460123"),
        ("12345678901234567890", "12345678901234567890"),
        ("123456789012345678901", None),
        ("anonymous", None),
        ("*43", None),
    ],
)
def test_a_number_is_written_in_one_way(text: str, number: str | None) -> None:
    feed = FeedSettings("f", country_code="44", national_prefix="0", international_prefix="00")
    assert normalise_number(text, feed) == number


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", "empty"),
        (b"who,when\n1,2\n", "wrong_header"),
        (HEADER.encode() + b",surprise\n", "wrong_header"),
        (HEADER.encode() + b"\n\xff\n", "wrong_encoding"),
    ],
)
def test_a_file_that_cannot_be_read_gives_no_rows(content: bytes, status: str) -> None:
    count, legs, rejects = read_file(SourceFile("f/1.csv", DROP_HOUR, content, LONDON))
    assert (count.status, count.row_count, legs, rejects) == (status, 0, [], [])


def test_a_feed_may_ignore_columns_nobody_knows() -> None:
    feed = FeedSettings("f", extra_columns="ignore", talk_time_over_maximum=timedelta(hours=1))
    assert len(read(row() + ",x", feed=feed, header=HEADER + ",surprise")[0]) == 1
