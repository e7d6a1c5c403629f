"""A tollbook.toml that cannot be read at all, is named by the environment, or declares formats of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from assets.configuration import config_path, load_settings
from pipelines.settings import Problem, Settings

SMALLEST = """\
data = "data"
[feeds.lon1]
format = "tollbook_csv"
files = "lon1/cdr-%Y%m%d%H*.csv"
"""

RESELLER = """\
[formats.reseller]
kind = "csv"
delimiter = ";"
[formats.reseller.columns]
call_id = "Call Ref"
setup_at = { from = ["Call Date", "Call Time"], format = "%d/%m/%Y %H:%M:%S" }
answered_ms = { from = "Duration", unit = "s" }
is_answered = { from = "Class", map = { N = true, V = true, D = false } }
b_number = { from = "Non-Charged Party" }
account_code = { from = "Customer Identifier" }
"""


def settings_of(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "tollbook.toml"
    path.write_text(text, encoding="utf-8")
    settings = load_settings(path)
    assert isinstance(settings, Settings), settings
    return settings


def problems_of(tmp_path: Path, text: str | bytes) -> list[Problem]:
    path = tmp_path / "tollbook.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    problems = load_settings(path)
    assert isinstance(problems, list), "no problem was found"
    assert {problem.file_path for problem in problems} == {str(path)}
    return problems


def the_problem(tmp_path: Path, text: str | bytes) -> Problem:
    problems = problems_of(tmp_path, text)
    assert len(problems) == 1, problems
    return problems[0]


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "advice"),
    [
        (b'data = "x"\nlanding = y\n', 2, "column 11", "Invalid value", "quotes"),
        (b'data = "x"\ndata = "y"\n', 2, "column 11", "Cannot overwrite", "keep one"),
        (b'data = "x\n', 1, "column 10", "Illegal character", "close the text"),
        (b"data\n", 1, "column 5", "Expected '='", "key = value"),
        (b"[a]\n[a]\n", 2, "column 3", "Cannot declare", "below one header"),
        (b'data = "\\x"\n', 1, "column 11", "Unescaped", "single quotes"),
        (b"data = 'x", 1, "", "Expected", "close the text"),
        (b"data = 044\n", 1, "column 9", "Expected newline", "so does 044"),
        (b"a = [1\n\n", 1, "", "Unclosed array", "close it with ]"),
        (b"a = {b = 1,\nc = 2}\n", 1, "column 12", "for a key", "one line"),
        (b"just text\n", 1, "column 6", "Expected '='", "key = value"),
        (b"= 1\n", 1, "column 1", "Invalid statement", "key = value"),
        (b"# ok\ndata =", 2, "", "Invalid value", "quotes"),
        (b'# \xc3\xa9\ndata = "caf\xe9"\n', 2, "", "not UTF-8", "save the file as UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_line_and_column(
    tmp_path: Path, text: bytes, line: int, column: str, message: str, advice: str
) -> None:
    problem = the_problem(tmp_path, text)

    assert (problem.line_number, problem.column) == (line, column)
    assert message in problem.message
    assert advice in problem.advice


def test_a_missing_file_is_told_what_to_set(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"

    (problem,) = load_settings(path)  # type: ignore[misc]

    assert (problem.file_path, problem.message) == (str(path), "there is no such file")
    assert "TOLLBOOK_CONFIG" in problem.advice


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (problem,) = load_settings(tmp_path)  # type: ignore[misc]

    assert problem.message == "this is a folder"
    assert "TOLLBOOK_CONFIG" in problem.advice


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, "/p/tollbook.toml"),
        ({"TOLLBOOK_CONFIG": " "}, "/p/tollbook.toml"),
        ({"TOLLBOOK_CONFIG": "/x.toml"}, "/x.toml"),
    ],
)
def test_the_environment_names_the_file_before_the_default(environ: dict[str, str], expected: str) -> None:
    assert config_path(environ, Path("/p/tollbook.toml")) == Path(expected)


def test_reading_the_configuration_loads_nothing_slow(project: Path) -> None:
    slow = ("dagster", "dbt", "duckdb", "polars", "pyarrow", "boto3")
    program = f"import sys, assets.configuration; print([m for m in {slow!r} if m in sys.modules])"

    done = subprocess.run([sys.executable, "-c", program], cwd=project, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_a_feed_may_use_a_format_that_the_file_declares(tmp_path: Path) -> None:
    text = SMALLEST.replace('"tollbook_csv"', '"reseller"') + RESELLER

    feed = settings_of(tmp_path, text).feeds["lon1"]

    assert (feed.format.name, feed.format.delimiter) == ("reseller", ";")


@pytest.mark.parametrize(
    ("find", "replace", "column", "line"),
    [
        ('delimiter = ";"', 'delimiter = ";;"', "formats.reseller.delimiter", 7),
        ('unit = "s"', 'unit = "h"', "formats.reseller.columns.answered_ms.unit", 11),
        ("b_number", "dialled", "formats.reseller.columns.dialled", 13),
        ("D = false", 'D = "no"', "formats.reseller.columns.is_answered.map", 12),
        ('call_id = "Call Ref"\n', "", "formats.reseller.columns", 8),
    ],
)
def test_a_fault_of_a_declared_format_is_told_on_its_line(
    tmp_path: Path, find: str, replace: str, column: str, line: int
) -> None:
    text = SMALLEST.replace('"tollbook_csv"', '"reseller"') + RESELLER.replace(find, replace, 1)

    problems = problems_of(tmp_path, text)

    assert [(one.line_number, bool(one.advice)) for one in problems] == [(line, True)], problems
    assert problems[0].column.startswith(column)
