"""Fixed-width lines, and a trailer that must agree with the rows before it.

Belongs here: the kind fixed_width, its table of places, trailers.
Does not belong here: what a value means (test_formats_values.py).
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.formats import FileFault, parse_declaration
from pipelines.ingest import HourToRead, ingest_hour
from pipelines.storage import Store
from tests.samples.formats.reading import FOLDER, declared, feed, read

TOML = (FOLDER / "fixed.toml").read_text()
FIXED = feed(declared(TOML))
GOOD = (FOLDER / "fixed_good.cdr").read_text()
ROW = "CDR000000120260310120000442079460100        000217acme      \n"


def fault(content: str, toml: str = TOML, size: int = 1 << 20) -> tuple[str, str]:
    with pytest.raises(FileFault) as raised:
        read(content, feed(declared(toml)), name="x.cdr", chunk_bytes=size)
    return raised.value.status_code, raised.value.reason


@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_good_file(size: int) -> None:
    first, second, third = read(GOOD, FIXED, name="x.cdr", chunk_bytes=size).legs
    assert (first["line_number"], first["call_id"]) == (2, "0000001/20260310120000")
    assert (first["setup_at"], first["answered_ms"]) == (datetime(2026, 3, 10, 12), 137_000)
    assert (first["b_number_raw"], first["account_code"], first["is_answered"]) == ("442079460100", "acme", True)
    assert (second["account_code"], second["answered_ms"], second["is_answered"]) == (None, 0, False)
    assert (third["account_code"], third["answered_ms"]) == ("Käse", 3_600_000)


def test_bad_rows_cost_themselves_where_the_trailer_agrees() -> None:
    outcome = read((FOLDER / "fixed_broken.cdr").read_bytes(), FIXED)
    assert [leg["line_number"] for leg in outcome.legs] == [2]
    assert outcome.reasons == {
        3: "unparsable_setup_at",
        4: "unreadable_row",
        5: "unreadable_row",
        6: "unparsable_answered_ms",
    }
    details = [row["detail"] for row in outcome.rejects]
    assert details[1] == "the row has 22 characters where at least 60 are right"
    assert details[2] == "the row begins with 'XXX' where 'CDR' is right"
    assert "like 0:02:17 or 000217" in details[3]
    assert outcome.rejects[1]["raw_text"] == "CDR0000003202603101202"


@pytest.mark.parametrize("size", [1, 1 << 20])
@pytest.mark.parametrize(
    ("content", "status", "told"),
    [
        (GOOD.replace("TRL0000003", "TRL0000004"), "wrong_trailer", "the trailer states 4 rows, the file holds 3"),
        (GOOD.replace("3737", "3738"), "wrong_trailer", "the trailer states 3738 seconds, the file holds 3737"),
        (GOOD.replace("3737", "37 7"), "wrong_trailer", "states '00000037 7' seconds, which is no number"),
        (GOOD.replace("0003737", ""), "wrong_trailer", "states '000' seconds, which is no number"),
        (GOOD.replace("TRL", "TRX"), "truncated", "no line begins with 'TRL'"),
        (GOOD.rsplit("TRL")[0], "truncated", "no line begins with 'TRL'"),
        (GOOD + ROW, "wrong_trailer", "rows follow the trailer in line 5"),
        (GOOD + GOOD, "wrong_trailer", "there are 2 trailers, in lines 5, 10"),
        (ROW.replace("CDR", "ABC") * 2, "wrong_format", "no row begins and is as long as those of mine"),
    ],
)
def test_a_trailer_that_does_not_agree_refuses_the_file(content: str, status: str, told: str, size: int) -> None:
    found, reason = fault(content, size=size)
    assert found == status
    assert told in reason


def test_a_row_lost_or_cut_is_seen() -> None:
    lines = GOOD.splitlines(keepends=True)
    assert fault("".join(lines[:2] + lines[3:]))[0] == "wrong_trailer"
    assert fault("".join([*lines[:3], lines[3][:30] + "\n", lines[4]]))[0] == "wrong_trailer"


def test_a_quiet_file_and_one_without_any_trailer() -> None:
    assert read("HDR\nTRL00000000000000000\n", FIXED).legs == []
    without = TOML.replace('[trailer]\nbegins = "TRL"\n', "").replace("row_count = { start = 4, length = 7 }\n", "")
    without = without.replace("total_seconds = { start = 11, length = 10 }\n", "")
    assert len(read(GOOD.rsplit("TRL")[0], feed(declared(without))).legs) == 3


def test_a_total_may_count_hours() -> None:
    hms = TOML.replace("length = 10 }\n\n[columns]", 'length = 10, unit = "hms" }\n\n[columns]')
    assert hms != TOML
    assert len(read(GOOD.replace("0000003737", "0000010217"), feed(declared(hms))).legs) == 3
    assert fault(GOOD.replace("0000003737", "0000010218"), hms)[0] == "wrong_trailer"
    assert "no number" in fault(GOOD.replace("0000003737", "0000010277"), hms)[1]


def test_places_are_characters_and_broken_bytes_are_one_each() -> None:
    outcome = read(GOOD.encode("latin-1"), FIXED)
    assert outcome.reasons == {4: "unparsable_account_code"}
    assert [leg["line_number"] for leg in outcome.legs] == [2, 3]


def test_a_row_may_be_longer_than_its_fields_and_hold_no_nul() -> None:
    head, row, *rest = GOOD.splitlines(keepends=True)
    assert len(read(head + row.replace("\n", "more\n") + "".join(rest), FIXED).legs) == 3
    nul = head + "#" * 70_000 + "\n" + row.replace("acme", "ac\0e") + "".join(rest)
    status, reason = fault(nul)
    assert (status, "4 rows" in reason or "3 rows" in reason) == ("wrong_trailer", True)


def test_a_refused_file_leaves_the_others_of_its_hour_alone(tmp_path: Path) -> None:
    landing, hour = Store(tmp_path / "landing"), datetime(2026, 3, 10, 12)
    landing.replace("x/good.cdr", GOOD.encode())
    landing.replace("x/lost.cdr", GOOD.replace(ROW, "").encode())
    to_read = HourToRead(FIXED, hour, hour, [entry for entry in landing.list("x") if entry.is_file])
    record = ingest_hour(landing, Store(tmp_path / "data"), to_read)
    assert [(file.file_path, file.status_code, file.row_count) for file in record.files] == [
        ("x/good.cdr", "loaded", 3),
        ("x/lost.cdr", "wrong_trailer", 0),
    ]
    assert "states 3 rows, the file holds 2" in record.files[1].status_reason


def problems(toml: str) -> dict[str, str]:
    outcome = parse_declaration("mine", tomllib.loads(toml))
    assert isinstance(outcome, list), "the declaration was accepted"
    return {one.column.removeprefix("formats.mine").removeprefix("."): one.message for one in outcome}


@pytest.mark.parametrize(
    ("find", "replace", "key", "told"),
    [
        ("number = { start = 4, length = 7 }", "number = 7", "fields.number", "number must be a place"),
        ("start = 4, length = 7 }\nstart", "start = 0, length = 7 }\nstart", "fields.number.start", "from 1"),
        ("start = 4, length = 7 }\nstart", "start = 4 }\nstart", "fields.number.length", "whole number from 1"),
        ("length = 20 }", "length = 20, width = 3 }", "fields.dialled.width", "there is no key 'width'"),
        ('"dialled"', '"dialed"', "columns.b_number", '"dialed" is not among the 5 columns of fields'),
        ('begins = "TRL"', 'begins = " "', "trailer.begins", "it is not said how the trailer begins"),
        ('begins = "TRL"', 'begins = "C"', "row_begins", "a row and the trailer begin alike: 'CDR' and 'C'"),
        ('comment = "HDR"', 'comment = "CDR0"', "row_begins", "a row and the comment begin alike: 'CDR' and 'CDR0'"),
        ("row_count =", "rowcount =", "trailer.rowcount", "there is no key 'rowcount'"),
        ('row_begins = "CDR"', 'header = true\nrow_begins = "CDR"', "header", 'means nothing for kind "fixed_width"'),
        (
            'answered_ms = { from = "talk", unit = "hms" }',
            'ended_at = "start"',
            "trailer.total_seconds",
            "no answered_ms",
        ),
    ],
)
def test_what_a_declaration_cannot_say(find: str, replace: str, key: str, told: str) -> None:
    assert find in TOML
    assert told in problems(TOML.replace(find, replace, 1))[key]


def test_a_fixed_width_format_needs_a_table_of_fields() -> None:
    assert problems('kind = "fixed_width"\nfields = ["a"]\n')["fields"] == "fields must be a table of places"
    assert problems('kind = "fixed_width"\n')["fields"] == "a fixed-width format needs fields"
    assert problems("trailer = 3\n" + TOML.replace("[trailer]", "[other]"))["trailer"] == "trailer must be a table"
