"""The demo's published figures against its truth, which was computed with exact fractions and not by the SQL."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.support.published import Row, Site

_DECIMALS = ("talk_seconds", "charge_amount", "cost_amount")


def _truth(site: Site, name: str) -> Iterator[dict[str, str]]:
    with (site.root / "data" / "truth" / name).open(newline="") as file:
        yield from csv.DictReader(file)


def _expected(row: dict[str, str]) -> Row:
    values: Row = {}
    for name, text in row.items():
        if name.endswith("_count") or name in ("billed_seconds", "pdd_ms_sum"):
            values[name] = int(text)
        elif name in _DECIMALS:
            values[name] = Decimal(text) if text else None
        else:
            values[name] = text or None
    return values


@pytest.mark.parametrize(("truth", "table", "party"), [
    ("customer_day.csv", "customer_summary_daily", "customer_id"),
    ("carrier_day.csv", "carrier_summary_daily", "carrier_id"),
])  # fmt: skip
def test_daily_summaries_equal_the_truth_in_every_count_and_every_millionth(
    demo_site: Site, truth: str, table: str, party: str
) -> None:
    expected = {(row["day"], row[party] or None): _expected(row) for row in _truth(demo_site, truth)}
    actual = {(f"{row['period_start_at']:%Y-%m-%d}", row[party]): row for row in demo_site.rows(table)}
    assert actual.keys() == expected.keys()
    assert len(expected) > 25
    for key, row in expected.items():
        shared = {name: value for name, value in row.items() if name in actual[key]}
        assert len(shared) >= 11
        assert {name: actual[key][name] for name in shared} == shared, key


def test_every_file_is_reconciled_as_it_was_written(demo_site: Site) -> None:
    counts = ("row_count", "accepted_count", "rejected_count", "duplicate_count", "conflict_count")
    expected = {
        row["path"]: (row["status_code"], *(int(row[name]) for name in counts))
        for row in _truth(demo_site, "files.csv")
    }
    actual = {
        row["file_path"]: (row["status_code"], *(row[name] for name in counts))
        for row in demo_site.rows("file_reconciliation")
    }
    assert actual == expected


def test_every_broken_row_is_a_reject_with_its_line_and_reason(demo_site: Site) -> None:
    paths = {row["file_id"]: row["file_path"] for row in demo_site.rows("file_reconciliation")}
    actual = Counter(
        (paths[row["file_id"]], row["line_number"], row["reject_reason_code"]) for row in demo_site.rows("rejects")
    )
    expected = Counter(
        (row["path"], int(row["line_number"]), row["reject_reason_code"]) for row in _truth(demo_site, "rejects.csv")
    )
    assert actual == expected


def test_the_run_ends_with_a_summary_that_names_every_faulty_file(demo_site: Site) -> None:
    printed = (demo_site.root / "output.txt").read_text()
    for row in _truth(demo_site, "files.csv"):
        if row["status_code"] not in ("loaded", "copy_of"):
            assert f"{row['status_code']:<20} {row['path']}" in printed
    for currency in ("EUR", "GBP", "USD"):
        assert f"{currency} " in printed
    assert "next      tollbook status" in printed


def test_status_tells_a_program_what_needs_attention(demo_site: Site) -> None:
    outcome = demo_site.tollbook("status", "--json")
    status = json.loads(outcome.stdout)
    assert outcome.returncode == 1
    assert status["needs_attention"] is True
    assert status["unclaimed_files"] == ["nyc1/NOTES.txt"]
    assert status["files"]["loaded"] > 200
    assert {file["status_code"] for file in status["faulty_files"]} == {
        "empty", "truncated", "binary", "wrong_encoding", "wrong_header", "wrong_format",
    }  # fmt: skip
    assert status["checklist"]


def test_a_monitor_is_told_when_the_last_publish_is_too_old(demo_site: Site) -> None:
    assert "older" not in demo_site.tollbook("status", "--max-age", "1d").stderr
    assert "older than 1s" in demo_site.tollbook("status", "--max-age", "1s").stderr
    assert demo_site.tollbook("status", "--max-age", "soon").returncode == 2


def test_figures_a_customer_may_see_hold_no_cost_and_no_carrier(demo_site: Site) -> None:
    import duckdb

    with duckdb.connect(str(demo_site.current.resolve()), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns where table_schema = 'portal'"
        ).fetchall()
    assert columns
    assert [pair for pair in columns if any(word in pair[1] for word in ("cost", "margin", "carrier"))] == []
