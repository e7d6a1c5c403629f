"""`tollbook check`: what it prints and how it exits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from assets.command_line.check import check

CONFIGURATION = """\
data = "data"
[feeds.lon1]
format = "tollbook_csv"
files = "lon1/cdr-%Y%m%d%H*.csv"
[feeds.pbx]
format = "asterisk_csv"
files = "pbx/*.csv"
"""

REFERENCE = {
    "customers.csv": "customer_id,customer_name,currency_code,rate_card_id,tax_rate\nacme,Acme,EUR,retail,0.20\n",
    "customer_keys.csv": "feed_id,key_type,key_value,customer_id\n*,account_code,A1,acme\n",
    "rate_cards.csv": "rate_card_id,direction,currency_code\nretail,sell,EUR\n",
    "rates/retail/2020-01-01T0000Z.csv": "prefix,destination_name,rate_per_minute\n44,UK,0.01\n49,Germany,0.02\n",
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """Return the path of a configuration that is fine, with landing and reference data beside it."""
    path = tmp_path / "tollbook.toml"
    path.write_text(CONFIGURATION)
    for name, text in REFERENCE.items():
        write(tmp_path, f"reference/{name}", text)
    write(tmp_path, "lon1/cdr-2026112310.csv", "")
    write(tmp_path, "lon1/cdr-2026112311.csv", "")
    write(tmp_path, "pbx/Master.csv", "")
    return path


def write(folder: Path, below_landing: str, text: str) -> None:
    path = folder / "data" / "landing" / below_landing
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def json_of(path: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    check(path, as_json=True)
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_what_is_fine_is_told_with_what_was_read(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(place) == 0

    told = capsys.readouterr().out
    assert "2 feeds" in told
    assert "lon1  tollbook_csv, lon1/cdr-%Y%m%d%H*.csv: 2 files in landing" in told
    assert "pbx   asterisk_csv, pbx/*.csv: 1 file in landing" in told
    assert "1 customer, 1 customer key, 0 carriers, 1 rate card, 1 revision, 2 prefixes" in told
    assert "no feed claims" not in told


def test_nothing_is_written(place: Path) -> None:
    before = sorted(place.parent.rglob("*"))

    check(place)

    assert sorted(place.parent.rglob("*")) == before


def test_every_problem_of_the_configuration_is_printed_with_its_line(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write_text(CONFIGURATION.replace("tollbook_csv", "tolbook_csv").replace("pbx/*", "/pbx/*"))

    assert check(place) == 2

    told = capsys.readouterr().out
    assert str(place) in told
    assert "line 3, feeds.lon1.format" in told
    assert "did you mean 'tollbook_csv'?" in told
    assert "line 7, feeds.pbx.files" in told
    assert "2 errors" in told
    assert "fine" not in told


def test_an_error_of_reference_data_is_printed_with_file_line_and_column(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        place.parent, "reference/rates/retail/2020-01-01T0000Z.csv", "prefix,destination_name,rate_per_minute\n44,UK,\n"
    )

    assert check(place) == 1

    told = capsys.readouterr().out
    assert "reference/rates/retail/2020-01-01T0000Z.csv" in told
    assert "line 2, rate_per_minute" in told
    assert "fine" not in told


def test_files_that_two_feeds_claim_are_a_problem_of_the_configuration(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write_text(CONFIGURATION.replace("pbx/*", "*/*"))

    assert check(place) == 2

    (problem,) = json_of(place, capsys)["problems"]
    assert (problem["file_path"], problem["line_number"], problem["column"]) == (str(place), 7, "feeds.pbx.files")
    assert "feeds.lon1" in problem["message"]
    assert "lon1/cdr-2026112310.csv" in problem["message"]


def test_a_pattern_that_matches_nothing_is_a_warning_that_shows_a_file_to_compare_with(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place.write_text(CONFIGURATION.replace("pbx/*.csv", "pbx/*.txt"))

    assert check(place) == 0

    found = json_of(place, capsys)
    (problem,) = found["problems"]
    assert (problem["severity"], problem["line_number"], problem["column"]) == ("warning", 7, "feeds.pbx.files")
    assert "matches no file" in problem["message"]
    assert "'pbx/Master.csv'" in problem["advice"]
    assert found["unclaimed"] == ["pbx/Master.csv"]


def test_a_landing_that_is_not_there_is_told_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "tollbook.toml"
    path.write_text('landing = "drop"\n' + CONFIGURATION)

    assert check(path) == 2

    (problem,) = json_of(path, capsys)["problems"]
    assert (problem["line_number"], problem["column"]) == (1, "landing")
    assert str(tmp_path / "drop") in problem["message"]
    assert "create it" in problem["advice"]


def test_a_missing_configuration_is_told_what_to_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tmp_path / "tollbook.toml") == 2

    assert "TOLLBOOK_CONFIG" in capsys.readouterr().out


def test_a_program_reads_what_was_found_as_json(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json_of(place, capsys)

    assert (found["exit_code"], found["problems"], found["unclaimed"]) == (0, [], [])
    assert [(feed["feed_id"], feed["format"], feed["file_count"]) for feed in found["feeds"]] == [
        ("lon1", "tollbook_csv", 2),
        ("pbx", "asterisk_csv", 1),
    ]
    assert found["counts"]["rates"] == 2
