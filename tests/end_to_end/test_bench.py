"""The bench on a small scale: its generator, its script by hand and its year are of use only while they fit the code.

Belongs here: that a whole bench ends well, that both ways agree in every row, that a difference is told.
Does not belong here: how long anything takes.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

PROJECT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_both_ways_agree_and_a_run_takes_the_copied_hours_for_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"CALLS": "4000", "HOUR_CALLS": "200", "YEAR_HOURS": "240", "YEAR_CALLS": "40", "KEEP": "1"}
    done = subprocess.run(
        [sys.executable, str(PROJECT / "bench" / "bench.py")],
        env={**os.environ, "BENCH_FOLDER": str(tmp_path), **{f"BENCH_{name}": value for name, value in sizes.items()}},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "DIFFERENT" not in done.stdout
    assert "with 240 hours behind" in done.stdout

    with duckdb.connect(str(tmp_path / "hour-year" / "var" / "warehouse.duckdb")) as connection:
        found = connection.execute(
            """
            select
                (select count(*) from build.built_hours where inputs_digest <> 'stale'),
                (select count(distinct hour_start_at) from marts.call_summary_hourly),
                (select count(*) from build.files where status_code = 'loaded'),
                (select count(distinct period_start_at) from marts.customer_summary_daily)
            """
        ).fetchone()
    assert found == (241, 241, 241, 11)

    monkeypatch.syspath_prepend(str(PROJECT / "bench"))
    totals = importlib.import_module("totals")
    published, by_hand = tmp_path / "site/data/published/current.duckdb", tmp_path / "by-hand/result.duckdb"
    assert totals.compare(published, by_hand).differences == ()
    with duckdb.connect(str(by_hand)) as connection:
        connection.execute(
            "update carrier_summary_daily set cost_amount = cost_amount + 0.000001 where carrier_id = 'carrier-3'"
        )
        connection.execute("delete from repeated_rows where kind = 'conflict'")
        connection.execute("insert into repeated_rows values ('conflict', 77)")
    assert [text.split(":")[0] for text in totals.compare(published, by_hand).differences] == [
        "carrier_summary_daily",
        "duplicates, conflicts",
    ]
