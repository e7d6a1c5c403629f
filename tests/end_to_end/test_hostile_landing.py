"""A landing written by somebody else, against an exact calculation that shares no code with the pipeline."""

from __future__ import annotations

import pytest

from tests.landings import Landing
from tests.oracle import Expected, calculate, compare, compare_channels, compare_tables, oracle_input, with_paths
from tests.support.published import Site, differing


@pytest.fixture(scope="module")
def expected(hostile: Landing) -> Expected:
    return calculate(oracle_input(hostile.toml, hostile.files, hostile.as_of))


def test_every_summary_equals_the_exact_calculation_in_every_count_and_millionth(
    hostile_site: Site, expected: Expected
) -> None:
    assert sum(len(rows) for name, rows in expected.tables.items() if "summary" in name) > 500
    assert compare_tables(expected, hostile_site.rows) == []


@pytest.mark.parametrize("table", ["rejects", "anomalies", "conflicting_duplicates"])
def test_every_row_that_is_not_plainly_accepted_is_where_it_belongs(
    hostile_site: Site, expected: Expected, table: str
) -> None:
    assert expected.tables[table]
    actual = with_paths(hostile_site.rows(table), hostile_site.rows("file_reconciliation"))
    assert compare(table, expected.tables[table], actual) == []


def test_every_row_of_every_file_is_in_exactly_one_of_four(hostile_site: Site) -> None:
    files = hostile_site.rows("file_reconciliation")
    for file in files:
        parts = ("accepted_count", "rejected_count", "duplicate_count", "conflict_count")
        assert file["row_count"] == sum(file[part] for part in parts), file
    assert min(sum(file[part] for file in files) for part in parts) > 0


def test_channels_equal_a_count_second_by_second(hostile_site: Site, expected: Expected) -> None:
    kept = [
        row
        for row in expected.tables["live_channels"]
        # One customer's channels by destination are kept by the hour only (docs/decisions).
        if not (row["scope_code"] == "customer_destination" and row["grain_code"] == "minute")
    ]
    assert len(kept) > 1000
    assert compare_channels(kept, hostile_site.rows("live_channels"), decimals=6) == []


def test_a_second_run_does_nothing_and_says_so(hostile_site: Site, hostile: Landing) -> None:
    before = hostile_site.current.resolve()
    outcome = hostile_site.tollbook("run", "--as-of", f"{hostile.as_of:%Y-%m-%dT%H}")
    assert outcome.returncode == 0
    assert "nothing to do" in outcome.stdout
    assert hostile_site.current.resolve() == before


def test_reading_everything_again_gives_the_same_rows_in_every_published_table(
    hostile_copy: Site, hostile: Landing
) -> None:
    before = hostile_copy.checksums()
    hours = sorted(row["drop_hour_at"] for row in hostile_copy.rows("file_reconciliation"))
    span = ("--from", f"{hours[0]:%Y-%m-%dT%H}", "--to", f"{hours[-1]:%Y-%m-%dT%H}")
    outcome = hostile_copy.tollbook("run", *span, "--as-of", f"{hostile.as_of:%Y-%m-%dT%H}")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert differing(before, hostile_copy.checksums()) == []


def test_a_warehouse_that_was_thrown_away_is_rebuilt_to_the_same_rows(hostile_copy: Site, hostile: Landing) -> None:
    before = hostile_copy.checksums()
    for path in (hostile_copy.root / "var").glob("*.duckdb*"):
        path.unlink()
    outcome = hostile_copy.tollbook("run", "--as-of", f"{hostile.as_of:%Y-%m-%dT%H}")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert differing(before, hostile_copy.checksums()) == []
