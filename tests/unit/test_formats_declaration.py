"""What a [formats.<name>] table may say, and that everything wrong with it is told at once.

Belongs here: keys, their checks, what is offered instead.
Does not belong here: what a good declaration reads (test_formats_values.py).
"""

from __future__ import annotations

import re
import tomllib
from datetime import datetime
from pathlib import Path

import pytest

from pipelines.formats import FormatDeclaration, parse_declaration
from pipelines.problems import Problem
from tests.samples.formats.reading import FOLDER, declared, feed, read

COLUMNS = """
call_id = "id"
b_number = "b"
setup_at = "t"
answered_ms = "d"
is_answered = { from = "x", map = { Y = true, N = false } }
account_code = "a"
"""


def problems(toml: str) -> dict[str, Problem]:
    outcome = parse_declaration("mine", tomllib.loads(toml))
    assert isinstance(outcome, list), "the declaration was accepted"
    assert all(problem.message and problem.advice for problem in outcome)
    return {problem.column.removeprefix("formats.mine").removeprefix("."): problem for problem in outcome}


def with_column(line: str, top: str = "") -> str:
    name = line.split(" ", maxsplit=1)[0]
    kept = [one for one in COLUMNS.strip().splitlines() if one.split(" ")[0] != name]
    return "\n".join(['kind = "csv"', top, "[columns]", *kept, line])


def test_the_smallest_declaration_has_the_usual_defaults() -> None:
    mine = declared(f'kind = "csv"\n[columns]\n{COLUMNS}')
    assert (mine.name, mine.delimiter, mine.quote, mine.has_header, mine.comments) == ("mine", ",", '"', True, ())
    assert mine.source_columns == {"id", "b", "t", "d", "x", "a"}
    assert hash(mine) == hash(declared(f'kind = "csv"\n[columns]\n{COLUMNS}'))


def test_everything_wrong_is_told_at_once() -> None:
    told = problems(
        'kind = "csv"\ndelimitr = ";"\nquote = "ab"\nheader = "no"\ncomment = 3\n'
        "[columns]\ncall_id = 7\nb_nummer = 'b'\n"
        "setup_at = { from = 't', format = '%Q', zone = 'Mars/Base' }\n"
        "answered_ms = { from = 'd', unit = 'h' }\nis_answered = { from = 'x', map = { Y = 'yes' } }\n"
        "trunk = { from = 'a', constant = 'b', colour = 1 }\n"
    )
    assert set(told) == {
        "delimitr", "quote", "header", "comment", "columns.call_id", "columns.b_nummer", "columns.setup_at.format",
        "columns.setup_at.zone", "columns.answered_ms.unit", "columns.is_answered.map.Y", "columns.trunk",
        "columns.trunk.colour",
    }  # fmt: skip
    assert "did you mean 'delimiter'?" in told["delimitr"].advice
    assert "did you mean 'b_number'?" in told["columns.b_nummer"].advice
    assert told["columns.setup_at.format"].message == '"%Q" holds %Q, which is not known'


def test_a_kind_nobody_plans_and_none_at_all() -> None:
    assert problems('kind = "xml"')["kind"].message == "'xml' is no kind of format"
    assert problems(f"[columns]\n{COLUMNS}")["kind"].message == "kind is missing"


@pytest.mark.parametrize(
    ("left_out", "told"),
    [
        ("call_id", "call_id is missing"),
        ("b_number", "b_number is missing"),
        ("setup_at", "setup_at is missing"),
        ("answered_ms", "one of ended_at, answered_ms is missing"),
        ("is_answered", "one of answered_at, is_answered is missing"),
        ("account_code", "one of account_code, tech_prefix, trunk, source_ip, a_number is missing"),
    ],
)
def test_what_every_call_needs_must_come_from_somewhere(left_out: str, told: str) -> None:
    kept = [line for line in COLUMNS.strip().splitlines() if not line.startswith(left_out)]
    assert problems('kind = "csv"\n[columns]\n' + "\n".join(kept))["columns"].message == told


def test_no_columns_at_all() -> None:
    assert problems('kind = "csv"')["columns"].message == "the columns are missing"


@pytest.mark.parametrize(
    ("line", "key", "told"),
    [
        ("setup_at = { from = 't', format = '%d.%m.%Y' }", "setup_at.format", "has no hour"),
        ("setup_at = { from = 't', format = '%H:%M %d.%m' }", "setup_at.format", "has no year"),
        ("setup_at = { from = 't', format = '%d.%m.%Y %I:%M' }", "setup_at.format", "needs %I and %p together"),
        ("setup_at = { from = 't', format = '%d.%m.%Y %d %H' }", "setup_at.format", "has the day twice"),
        ("setup_at = { from = 't', unit = 's' }", "setup_at.unit", "unit means nothing for setup_at"),
        ("setup_at = { from = 't', map = { a = 'b' } }", "setup_at.map", "map means nothing for setup_at"),
        (
            "answered_ms = { from = 'd', format = 'epoch_s' }",
            "answered_ms.format",
            "format means nothing for answered_ms",
        ),
        ("trunk = { from = 'x', zone = 'UTC' }", "trunk.zone", "zone means nothing for trunk"),
        ("trunk = { from = [] }", "trunk.from", "from must be a list of column names"),
        ("trunk = { first_of = 'a' }", "trunk.first_of", "first_of must be a list"),
        ("trunk = {}", "trunk", "it is not said where the column comes from"),
        ("trunk = ''", "trunk", "trunk must name its column"),
        ("trunk = { from = 'x', extract = '(a)(b)' }", "trunk.extract", "the expression has 2 groups"),
        ("trunk = { from = 'x', extract = '(?=a)' }", "trunk.extract", "cannot be used"),
        ("trunk = { from = 'x', others = 'keep' }", "trunk.others", "others means nothing without a map"),
        (
            "is_answered = { from = 'x', map = { Y = true }, others = 'keep' }",
            "is_answered.others",
            "cannot keep a text",
        ),
        ("q850_cause_code = { from = 'x', map = { A = true } }", "q850_cause_code.map.A", "True is no value"),
    ],
)
def test_keys_of_a_column_that_cannot_be(line: str, key: str, told: str) -> None:
    found = problems(with_column(line))
    assert told in found[f"columns.{key}"].message


def test_files_without_a_header_list_their_columns() -> None:
    top = "header = false\n"
    assert problems(with_column("trunk = 'x'", top))["fields"].message == "a file without a header needs fields"
    twice = problems(with_column("trunk = 'x'", top + "fields = ['a', 'a']"))
    assert twice["fields"].message == '"a" is listed twice'
    same = problems(with_column("trunk = 'x'", top + "fields = [['a', 'b'], ['c', 'd']]"))
    assert same["fields"].message == "two lists have 2 columns, so a row cannot be told"
    lacking = problems(with_column("trunk = 'y'", top + "fields = ['id', 'b', 't', 'd', 'x', 'a']"))
    assert lacking["columns.trunk"].message == '"y" is not among the 6 columns of fields'
    with_header = problems(with_column("trunk = 'y'", "fields = ['id']"))
    assert with_header["fields"].message == "the file's own header names its columns"


def test_an_optional_column_may_be_in_some_lists_only() -> None:
    lists = "header = false\nfields = [['id','b','t','d','x','a'], ['id','b','t','d','x','a','y']]"
    mine = declared(with_column("trunk = { from = 'y', optional = true }", lists))
    assert [len(names) for names in mine.column_lists] == [6, 7]


def test_the_delimiter_is_one_character_and_not_the_quote() -> None:
    assert "delimiter" in problems(with_column("trunk = 'x'", 'delimiter = "||"'))
    assert "quote" in problems(with_column("trunk = 'x'", "quote = ','"))


def test_a_format_may_start_from_a_built_in_one() -> None:
    mine = parse_declaration("mine", {"extends": "freeswitch_csv", "columns": {"trunk": "context"}})
    assert isinstance(mine, FormatDeclaration)
    assert {rule.name for rule in mine.columns} >= {"trunk", "call_id", "q850_cause_code"}
    assert problems("extends = 'freeswitch'")["extends"].message == '"freeswitch" is no built-in format'
    assert problems("extends = 'freeswitch_csv'\ndelimiter = 5")["delimiter"].message == "delimiter must be a text"


def test_the_reseller_of_the_manual_is_accepted() -> None:
    assert declared((FOLDER / "reseller.toml").read_text()).delimiter == ";"


def manual(project: Path) -> tuple[dict[str, FormatDeclaration], list[str]]:
    """Return the formats that docs/formats.md declares, and its blocks of text that are no TOML."""
    text = (project / "docs" / "formats.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(toml)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    formats = {}
    for kind, block in blocks:
        for name, table in tomllib.loads(block if kind else "").get("formats", {}).items():
            outcome = parse_declaration(name, table)
            assert isinstance(outcome, FormatDeclaration), outcome
            formats[name] = outcome
    return formats, [block for kind, block in blocks if not kind]


def test_every_example_of_the_manual_is_accepted_and_reads_what_stands_below_it(project: Path) -> None:
    formats, texts = manual(project)
    assert set(formats) == {"reseller", "gateways", "sbc", "softswitch", "exchange"}
    reseller, sbc, softswitch, exchange = texts[:4]
    told = {"drop_hour": datetime(2026, 11, 1, 10)}
    outcome = read(reseller, feed(formats["reseller"], timezone="Europe/Paris"), **told)
    assert (outcome.legs[0]["setup_at"], outcome.reasons) == (
        datetime(2026, 11, 1, 9, 0, 5),
        {3: "unknown_value_is_answered"},
    )
    outcome = read(sbc, feed(formats["sbc"], dtmf="digits"), **told)
    assert [(leg["leg_id"], leg["answered_ms"], leg["dtmf_digit_count"]) for leg in outcome.legs] == [
        ("s1/gw-1", 60_500, 3),
        ("s2/gw-2", 0, None),
    ]
    leg = read(softswitch, feed(formats["softswitch"]), **told).leg
    assert (leg["call_id"], leg["answered_ms"], leg["b_number"]) == ("j1", 60_500, "44207123")
    assert (leg["account_code"], leg["is_answered"]) == ("acme", True)
    leg = read(exchange, feed(formats["exchange"]), **told).leg
    assert (leg["answered_ms"], leg["account_code"]) == (137_000, "acme")
