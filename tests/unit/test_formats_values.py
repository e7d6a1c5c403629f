"""What a field's text becomes: times and zones, durations, numbers, maps, joined and missing columns.

Belongs here: one rule of docs/domain.md or of a declaration's keys per test.
Does not belong here: whole files, the order of reject reasons (test_formats_reasons.py).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.samples.formats.reading import Outcome, declared, feed, read

DEFAULTS = {
    "call_id": "c1", "setup_at": "2026-03-10T12:00:00Z", "ended_at": "", "is_answered": "false", "answered_ms": "",
    "b_number": "4930123456", "account_code": "acme",
}  # fmt: skip


def one(drop_hour: datetime = datetime(2027, 1, 1), of: dict[str, Any] | None = None, **fields: object) -> Outcome:
    """Read a tollbook_csv file of one row."""
    values = DEFAULTS | {name: str(value) for name, value in fields.items()}
    return read(f"{','.join(values)}\n{','.join(values.values())}\n", feed(**(of or {})), drop_hour=drop_hour)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-10T12:00:00", datetime(2026, 3, 10, 12)),
        ("2026-03-10 12:00:00Z", datetime(2026, 3, 10, 12)),
        ("2026-03-10T12:00", datetime(2026, 3, 10, 12)),
        ("2026-03-10T12:00:00.5", datetime(2026, 3, 10, 12, 0, 0, 500_000)),
        ("2026-03-10T12:00:00,123Z", datetime(2026, 3, 10, 12, 0, 0, 123_000)),
        ("2026-03-10T12:00:00.123456789Z", datetime(2026, 3, 10, 12, 0, 0, 123_456)),
        ("2026-03-10T12:00:00.123456", datetime(2026, 3, 10, 12, 0, 0, 123_456)),
        ("2026-03-10T12:00:00+05:30", datetime(2026, 3, 10, 6, 30)),
        ("2026-03-10T12:00:00-0330", datetime(2026, 3, 10, 15, 30)),
        ("2026-03-10T12:00:00+01", datetime(2026, 3, 10, 11)),
        ("2024-02-29T23:59:59.999Z", datetime(2024, 2, 29, 23, 59, 59, 999_000)),
    ],
)
def test_iso_times(text: str, instant: datetime) -> None:
    assert one(setup_at=f'"{text}"').leg["setup_at"] == instant


@pytest.mark.parametrize(
    "text",
    [
        "yesterday", "2026-02-30T12:00:00", "2026-03-10T24:00:00", "2026-03-10T12:60:00", "2026-03-10T12:00:60",
        "2026-03-10", "2026-3-10T12:00:00", "2026-03-10T12:00:00z", "2026-03-10T12:00:00.",
        "2026-03-10T12:00:00.1234567891",
        " 2026-03-10T12:00:00", "2026-03-10T12:00:00+24:00", "2026-03-10T12:00:00+01:60", "0000-01-01T00:00:00Z",
        "2026-03-10T12:00:00Z ", "٢٠٢٦-03-10T12:00:00",
    ],
)  # fmt: skip
def test_what_is_no_iso_time_is_rejected_and_shown(text: str) -> None:
    outcome = one(setup_at=text)
    assert outcome.reasons == {2: "unparsable_setup_at"}
    assert f"'{text}'" in outcome.rejects[0]["detail"]


def test_an_offset_wins_over_the_feeds_zone() -> None:
    of = {"timezone": "America/New_York"}
    assert one(of=of, setup_at="2026-07-01T12:00:00Z").leg["setup_at"] == datetime(2026, 7, 1, 12)
    assert one(of=of, setup_at="2026-07-01T12:00:00").leg["setup_at"] == datetime(2026, 7, 1, 16)
    assert one(of=of, setup_at="2026-01-01T12:00:00").leg["setup_at"] == datetime(2026, 1, 1, 17)


@pytest.mark.parametrize(
    ("repeated", "setup", "ended"),
    [("earlier", "00:50", "01:10"), ("later", "01:50", "02:10")],
)
def test_a_call_over_the_end_of_summer_time_ends_after_it_began(repeated: str, setup: str, ended: str) -> None:
    last = "2026-10-25T01:10:00" if repeated == "earlier" else "2026-10-25T02:10:00"
    of = {"timezone": "Europe/London", "repeated_time": repeated}
    leg = one(of=of, setup_at="2026-10-25T01:50:00", ended_at=last).leg
    assert (leg["setup_at"].strftime("%H:%M"), leg["ended_at"].strftime("%H:%M")) == (setup, ended)


def test_each_later_instant_takes_its_earliest_reading_not_before_the_one_preceding_it() -> None:
    leg = one(
        of={"timezone": "Europe/London"},
        setup_at="2026-10-25T01:30:00",
        ringing_at="2026-10-25T01:20:00",  # only the second 01:20 is after the first 01:30
        answered_at="2026-10-25T01:25:00",
        ended_at="2026-10-25T01:40:00",
        is_answered="true",
    ).leg
    assert [leg[name].strftime("%H:%M") for name in ("setup_at", "ringing_at", "answered_at", "ended_at")] == [
        "00:30", "01:20", "01:25", "01:40",
    ]  # fmt: skip


def test_an_instant_that_is_not_given_precedes_nothing() -> None:
    leg = one(
        of={"timezone": "Europe/London"},
        setup_at="2026-10-25T01:30:00",
        ringing_at="",
        answered_at="2026-10-25T01:10:00",
        ended_at="2026-10-25T01:40:00",
    ).leg
    assert (leg["answered_at"].hour, leg["answered_at"].minute, leg["ended_at"].hour) == (1, 10, 1)


def test_a_skipped_local_time_is_read_with_the_offset_before_the_change() -> None:
    assert one(of={"timezone": "Europe/London"}, setup_at="2026-03-29T01:30:00").leg["setup_at"].hour == 1
    assert one(of={"timezone": "America/New_York"}, setup_at="2026-03-08T02:30:00").leg["setup_at"].hour == 7
    leg = one(of={"timezone": "Australia/Lord_Howe"}, setup_at="2026-10-04T02:15:00.000001").leg
    assert leg["setup_at"] == datetime(2026, 10, 3, 15, 45, 0, 1)


MINE = """
kind = "csv"
[columns]
call_id = "id"
b_number = "b"
account_code = "a"
is_answered = { from = "x", map = { Y = true, N = false } }
answered_ms = { from = "d", unit = "s" }
"""


def mine(setup: str, text: str, zone: str = "UTC", duration: str = "0", answered: str = "N") -> Outcome:
    """Read a file of one row in a declared format whose setup_at is declared as *setup*."""
    of = feed(declared(MINE + f"setup_at = {setup}\n"), timezone=zone)
    return read(
        f'id,b,a,x,d,t,u\nc1,49,acme,{answered},{duration},"{text}",09:05\n', of, drop_hour=datetime(2027, 1, 1)
    )


@pytest.mark.parametrize(
    ("pattern", "text", "instant"),
    [
        ("%d/%m/%Y %H:%M:%S", "01/02/2026 03:04:05", datetime(2026, 2, 1, 3, 4, 5)),
        ("%d/%m/%Y %H:%M:%S", "1/2/2026 3:4:5", datetime(2026, 2, 1, 3, 4, 5)),
        ("%Y%m%d%H%M%S", "20260201030405", datetime(2026, 2, 1, 3, 4, 5)),
        ("%m/%d/%y %I:%M %p", "02/01/26 12:30 am", datetime(2026, 2, 1, 0, 30)),
        ("%m/%d/%y %I:%M %p", "02/01/99 12:30 PM", datetime(1999, 2, 1, 12, 30)),
        ("%a %b %d %H:%M:%S.%f %Y", "Sun Feb 01 03:04:05.25 2026", datetime(2026, 2, 1, 3, 4, 5, 250_000)),
        ("%d. %B %Y, %H:%M", "1. february 2026, 3:04", datetime(2026, 2, 1, 3, 4)),
        ("%FT%T%z", "2026-02-01T03:04:05-0100", datetime(2026, 2, 1, 4, 4, 5)),
        ("epoch_s", "1769915045", datetime(2026, 2, 1, 3, 4, 5)),
        ("epoch_s", "1769915045.1234567", datetime(2026, 2, 1, 3, 4, 5, 123_456)),
        ("epoch_ms", "1769915045007", datetime(2026, 2, 1, 3, 4, 5, 7000)),
        ("epoch_us", "1769915045000007", datetime(2026, 2, 1, 3, 4, 5, 7)),
    ],
)
def test_declared_ways_to_write_a_time(pattern: str, text: str, instant: datetime) -> None:
    assert mine(f'{{ from = "t", format = "{pattern}" }}', text).leg["setup_at"] == instant


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("%d/%m/%Y %H:%M:%S", "31/02/2026 03:04:05"),
        ("%d/%m/%Y %H:%M:%S", "01/02/2026 03:04:05 "),
        ("%d/%m/%Y %H:%M:%S", "01/02/26 03:04:05"),
        ("%m/%d/%y %I:%M %p", "02/01/26 13:30 am"),
        ("%Y%m%d%H%M%S", "2026020103045"),
        ("%d.%m.%Y %H:%M", "01x02x2026 03:04"),
        ("epoch_s", "-1"),
        ("epoch_s", "1e9"),
        ("epoch_ms", "99999999999999999"),
    ],
)
def test_a_time_that_does_not_fit_its_pattern_is_rejected(pattern: str, text: str) -> None:
    assert mine(f'{{ from = "t", format = "{pattern}" }}', text).reasons == {2: "unparsable_setup_at"}


def test_times_are_joined_tried_in_turn_and_have_their_own_zone() -> None:
    joined = '{ from = ["t", "u"], joiner = "T", zone = "Asia/Kolkata", format = ["epoch_s", "iso"] }'
    assert mine(joined, "2026-02-01", zone="Europe/London").leg["setup_at"] == datetime(2026, 2, 1, 3, 35)


def test_texts_that_mean_empty_are_declared() -> None:
    never = '{ from = "t", format = "epoch_s", null_values = ["0"] }'
    assert mine(never, "0").reasons == {2: "missing_setup_at"}
    assert mine(never, "").reasons == {2: "missing_setup_at"}


@pytest.mark.parametrize(
    ("text", "ms"),
    [("61", 61_000), ("61.5", 61_500), ("0.0019", 1), ("00061.0", 61_000), ("999999999999", None), ("61.", None)],
)
def test_seconds_become_exact_milliseconds(text: str, ms: int | None) -> None:
    outcome = mine('"t"', "2026-02-01T00:00:00Z", duration=text)
    if ms is None:
        assert outcome.reasons == {2: "unparsable_answered_ms"}
    else:
        assert outcome.leg["answered_ms"] == ms


@pytest.mark.parametrize(("unit", "text", "ms"), [("ms", "1500.9", 1500), ("us", "1500999", 1500), ("us", "1999.9", 1)])
def test_other_units_are_cut_to_milliseconds(unit: str, text: str, ms: int) -> None:
    of = declared(MINE.replace('unit = "s"', f'unit = "{unit}"') + 'setup_at = "t"\n')
    content = f"id,b,a,x,d,t\nc1,49,acme,N,{text},2026-02-01T00:00:00Z\n"
    assert read(content, feed(of)).leg["answered_ms"] == ms


def test_a_map_keeps_or_empties_what_it_does_not_know() -> None:
    for others, expected in (("empty", None), ("keep", "strange")):
        of = declared(
            MINE + f'setup_at = "t"\nrelease_reason = {{ from = "u", map = {{ z = "end" }}, others = "{others}" }}'
        )
        assert (
            read("id,b,a,x,d,t,u\nc1,49,acme,N,0,2026-02-01T00:00:00Z,strange\n", feed(of)).leg["release_reason"]
            == expected
        )
    of = declared(MINE + 'setup_at = "t"\nq850_cause_code = { from = "u", map = { NORMAL = 16 }, others = "keep" }')
    rows = "id,b,a,x,d,t,u\nc1,49,acme,N,0,2026-02-01T00:00:00Z,NORMAL\nc2,49,acme,N,0,2026-02-01T00:00:00Z,odd\n"
    outcome = read(rows, feed(of))
    assert ([leg["q850_cause_code"] for leg in outcome.legs], outcome.reasons) == (
        [16],
        {3: "unparsable_q850_cause_code"},
    )


def test_a_constant_an_extract_and_the_first_column_that_is_filled_in() -> None:
    extra = (
        'setup_at = "t"\ntrunk = { constant = "tg-9" }\na_number = { from = "u", extract = "sip:([^@]+)@" }\n'
        'carrier_key = { first_of = ["v", ["a", "x"]], joiner = "-" }\n'
        'source_ip = { from = "u", extract = "[0-9.]+$" }\n'
    )
    rows = "id,b,a,x,d,t,u,v\nc1,49,acme,N,0,2026-02-01T00:00:00Z,sip:+442079460100@192.0.2.1,\n"
    leg = read(rows + rows.splitlines()[1].replace("sip:", "tel:") + "gw\n", feed(declared(MINE + extra))).legs
    assert [(one["trunk"], one["a_number"], one["carrier_key"], one["source_ip"]) for one in leg] == [
        ("tg-9", "442079460100", "acme-N", "192.0.2.1"),
        ("tg-9", None, "gw", "192.0.2.1"),
    ]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+44 (20) 7946-0123", "442079460123"),
        ("0044.20/79460123", "442079460123"),
        ("020 7946 0123", "442079460123"),
        ("2079460123", "2079460123"),
        ("+0044", "0044"),
        ("12345678901234567890", "12345678901234567890"),
        ("123456789012345678901", None),
        ("anonymous", None),
        ("*43", None),
        ("+", None),
        ("٤٤", None),
        ("++44", None),
    ],
)
def test_a_number_is_written_in_one_way(text: str, number: str | None) -> None:
    leg = one(of={"country_code": "44", "national_prefix": "0", "international_prefix": "00"}, b_number=text).leg
    assert (leg["b_number"], leg["b_number_raw"]) == (number, text)


def test_prefixes_are_off_unless_a_feed_names_them() -> None:
    assert one(b_number="00442079460123").leg["b_number"] == "00442079460123"


def test_dtmf_is_a_count_or_the_digits_themselves() -> None:
    assert one(dtmf_digit_count="12").leg["dtmf_digit_count"] == 12
    assert one(dtmf_digit_count="").leg["dtmf_digit_count"] is None
    digits = {"dtmf": "digits"}
    assert one(of=digits, dtmf_digit_count="12#*A").leg["dtmf_digit_count"] == 5
    assert one(of=digits, dtmf_digit_count="").leg["dtmf_digit_count"] is None
    assert one(dtmf_digit_count="#").reasons == {2: "unparsable_dtmf_digit_count"}


def test_absent_times_are_made_of_those_that_are_there() -> None:
    setup = datetime(2026, 3, 10, 12)
    second = timedelta(seconds=1)
    assert one(answered_ms=60_000, is_answered="true", pdd_ms=2000).leg["ended_at"] == setup + 62 * second
    answered = one(answered_ms=60_000, answered_at="2026-03-10T12:00:10Z", pdd_ms=2000).leg
    assert (answered["ended_at"], answered["ringing_at"]) == (setup + 70 * second, setup + 2 * second)
    spent = one(answered_at="2026-03-10T12:00:10Z", ended_at="2026-03-10T12:00:12.5009Z", is_answered="").leg
    assert (spent["answered_ms"], spent["is_answered"]) == (2500, True)
    assert one().leg["answered_ms"] == 0
    assert one(ringing_at="2026-03-10T12:00:01.2345Z").leg["pdd_ms"] == 1234


def test_given_talk_time_is_kept_as_it_stands() -> None:
    leg = one(
        answered_ms=5000, answered_at="2026-03-10T12:00:10Z", ended_at="2026-03-10T12:05:00Z", is_answered="true"
    ).leg
    assert leg["answered_ms"] == 5000
    unanswered = one(answered_ms=5000, ended_at="2026-03-10T12:05:00Z").leg
    assert (unanswered["answered_ms"], unanswered["is_answered"]) == (5000, False)
