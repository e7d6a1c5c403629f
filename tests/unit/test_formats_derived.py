"""Instants told from durations, hours with minutes and seconds, flags with a rest, several beginnings of comments.

Belongs here: what a declaration of any kind can say of columns, beside the plain values of test_formats_values.py.
Does not belong here: the switches that need it.
"""

from __future__ import annotations

import tomllib
from datetime import datetime

import pytest

from pipelines.formats import parse_declaration
from tests.samples.formats.reading import Outcome, declared, feed, read

TOML = """
kind = "csv"
comment = ["#", "type,"]
[columns]
call_id = "id"
b_number = "b"
setup_at = "at"
ringing_at = { from = "pdd", after = "setup_at", unit = "ms" }
answered_at = { from = "ring", after = "ringing_at", unit = "s" }
ended_at = { from = "whole", after = "setup_at", unit = "us", optional = true }
answered_ms = { from = "talk", unit = "hms" }
is_answered = { from = "state", map = { up = true }, others = "false" }
trunk = "trunk"
"""
HEADER = "id,b,at,pdd,ring,whole,talk,state,trunk\n"
START = datetime(2026, 3, 10, 12)


def one(pdd: str = "", ring: str = "", whole: str = "", talk: str = "0:00:00", state: str = "up") -> Outcome:
    return read(f"{HEADER}c1,49,2026-03-10T12:00:00Z,{pdd},{ring},{whole},{talk},{state},t", feed(declared(TOML)))


def seconds(leg: dict[str, object], name: str) -> float | None:
    value = leg[name]
    return (value - START).total_seconds() if isinstance(value, datetime) else None


@pytest.mark.parametrize(
    ("pdd", "ring", "whole", "state", "told"),
    [
        ("250", "1.5", "", "up", (0.25, 1.75, 1.75)),
        ("", "1.5", "", "up", (None, 1.5, 1.5)),  # it never rang: told from the setup
        ("250", "", "", "up", (0.25, None, 0.25)),
        ("250", "1.5", "", "down", (0.25, None, 0.25)),  # how long it rang is no answer
        ("250", "1.5", "", "", (0.25, None, 0.25)),
        ("250.5", "0.0000019", "2000001", "up", (0.2505, 0.250501, 2.000001)),
        ("0", "0", "", "up", (0, 0, 0)),
    ],
)
def test_instants_told_from_durations(
    pdd: str, ring: str, whole: str, state: str, told: tuple[float | None, ...]
) -> None:
    leg = one(pdd, ring, whole, state=state).leg
    assert tuple(seconds(leg, name) for name in ("ringing_at", "answered_at", "ended_at")) == told
    assert leg["is_answered"] == (state == "up")
    assert leg["pdd_ms"] == (int(float(pdd)) if pdd else None)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"pdd": "x"}, "unparsable_ringing_at"),
        ({"ring": "1s"}, "unparsable_answered_at"),
        ({"ring": str(10**13)}, "unparsable_answered_at"),
        ({"pdd": "-1"}, "negative_duration"),
        ({"pdd": "900", "ring": "-0.5"}, "negative_duration"),
        ({"whole": "-1"}, "negative_duration"),
        ({"ring": "2", "whole": "1000000"}, "answered_after_end"),
    ],
)
def test_durations_that_cannot_be(row: dict[str, str], reason: str) -> None:
    assert one(**row).reasons == {2: reason}


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("0:02:17", 137_000),
        ("000217", 137_000),
        ("10000", 3_600_000),
        ("26:00:00.5", 93_600_500),
        ("00:59:59.9999", 3_599_999),
    ],
)
def test_hours_minutes_and_seconds(text: str, ms: int) -> None:
    assert one(talk=text).leg["answered_ms"] == ms


@pytest.mark.parametrize(
    "text", ["2:17", "0217", "000260", "006000", "0:60:00", "1:2:3", "12:3456", "x", "-00:00:01", "1"]
)
def test_what_is_no_hours_minutes_and_seconds(text: str) -> None:
    outcome = one(talk=text)
    assert outcome.reasons == {2: "unparsable_answered_ms"}
    assert "hours, minutes and seconds, like 0:02:17 or 000217" in outcome.rejects[0]["detail"]


def test_several_beginnings_are_no_rows() -> None:
    row = "c1,49,2026-03-10T12:00:00Z,,,,000001,up,t\n"
    outcome = read("# note\n" + HEADER + "type,of,each,column\n" + row + "#\n" + row, feed(declared(TOML)))
    assert [leg["line_number"] for leg in outcome.legs] == [4, 6]


def test_what_is_outside_a_flags_map_may_be_either() -> None:
    either = TOML.replace('map = { up = true }, others = "false"', 'map = { down = false }, others = "true"')
    content = HEADER + "".join(f"c,49,2026-03-10T12:00:00Z,,,,000001,{state},t\n" for state in ("down", "up", ""))
    assert [leg["is_answered"] for leg in read(content, feed(declared(either))).legs] == [False, True, False]


def problems(toml: str) -> dict[str, str]:
    outcome = parse_declaration("mine", tomllib.loads(toml))
    assert isinstance(outcome, list), "the declaration was accepted"
    return {one.column.removeprefix("formats.mine.columns."): one.message for one in outcome}


@pytest.mark.parametrize(
    ("find", "replace", "key", "told"),
    [
        ('after = "ringing_at"', 'after = "ended_at"', "answered_at.after", "cannot be told from 'ended_at'"),
        ('after = "ringing_at"', 'after = "answered_at"', "answered_at.after", "cannot be told from 'answered_at'"),
        ('after = "ringing_at"', 'after = "ringing_at", format = "iso"', "answered_at.format", "means nothing"),
        ('after = "ringing_at"', 'after = "ringing_at", zone = "UTC"', "answered_at.zone", "means nothing"),
        ('setup_at = "at"', 'setup_at = { from = "at", after = "ringing_at" }', "setup_at.after", "means nothing"),
        ('trunk = "trunk"', 'trunk = { from = "trunk", after = "setup_at" }', "trunk.after", "means nothing"),
        ('from = "ring",', "constant = 1,", "answered_at.after", "after and constant exclude each other"),
        ('trunk = "trunk"', 'trunk = { from = "trunk", coding = "base64" }', "trunk.coding", "cannot be 'base64'"),
        ('unit = "hms"', 'unit = "h"', "answered_ms.unit", "'h' is no unit"),
        (
            'ringing_at = { from = "pdd", after = "setup_at", unit = "ms" }',
            "",
            "answered_at.after",
            "there is no ringing_at to tell it from",
        ),
        (
            'is_answered = { from = "state", map = { up = true }, others = "false" }',
            "",
            "answered_at.after",
            "needs is_answered",
        ),
        (
            'trunk = "trunk"',
            'trunk = { from = "trunk", map = { a = "b" }, others = "false" }',
            "trunk.others",
            "trunk cannot be false",
        ),
    ],
)
def test_what_a_declaration_cannot_say(find: str, replace: str, key: str, told: str) -> None:
    assert find in TOML
    assert told in problems(TOML.replace(find, replace, 1))[key]


@pytest.mark.parametrize(
    ("toml", "key"),
    [
        ('kind = "json"\ncomment = "#"', "comment"),
        ('kind = "jsonl"\ndelimiter = ";"', "delimiter"),
        ('kind = "csv"\nrow_begins = "x"', "row_begins"),
        ('kind = "json"\nfields = ["a"]', "fields"),
    ],
)
def test_keys_of_another_kind(toml: str, key: str) -> None:
    told = problems(toml + TOML.split("]", 1)[1])
    assert f'{key} means nothing for kind "' in told[f"formats.mine.{key}"]


def test_a_path_has_no_empty_step() -> None:
    told = problems('kind = "json"' + TOML.split("]", 1)[1].replace('"trunk"', '"a..b"'))
    assert told == {"trunk": "'a..b' is no path"}
