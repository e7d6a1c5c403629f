"""However the files come, in whatever order, grouping and number of runs: the same published rows."""

from __future__ import annotations

import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.landings import Landing, random_landing
from tests.support.published import Site, differing
from tests.support.small_site import AS_OF, call, drop, file_of, run_in_process, small_site


def _site(root: Path, landing: Landing, paths: list[str]) -> Site:
    site = Site(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / "tollbook.toml").write_text(landing.toml)
    for path in paths:
        drop(site, path, landing.files[path])
    return site


@pytest.mark.parametrize("seed", [11, 12])
def test_files_that_come_in_any_order_over_several_runs_end_in_the_same_rows(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    landing = random_landing(rng, size=150)
    reference = [path for path in landing.files if path.startswith("reference/")]
    traffic = [path for path in landing.files if not path.startswith("reference/")]
    at_once = _site(tmp_path / "at_once", landing, [*reference, *traffic])
    run_in_process(at_once, landing.as_of)

    rng.shuffle(traffic)
    several = _site(tmp_path / "several", landing, reference)
    cuts = sorted(rng.sample(range(1, len(traffic)), min(2, len(traffic) - 1)))
    for start, end in zip([0, *cuts], [*cuts, len(traffic)], strict=True):
        for path in traffic[start:end]:
            drop(several, path, landing.files[path])
        run_in_process(several, landing.as_of)
    assert differing(at_once.checksums(), several.checksums()) == []


def test_a_late_leg_joins_its_call_in_the_hour_before(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {"a/2026030211.csv": file_of([call("c", "2026-03-02T10:50:00Z", seconds=30)])})
    run_in_process(site)
    assert [(row["hour_start_at"].hour, row["attempt_count"]) for row in site.rows("call_summary_hourly")] == [(10, 1)]
    drop(site, "a/2026030212.csv", file_of([call("c", "2026-03-02T11:10:00Z", leg="2")]))
    run_in_process(site)
    assert [(row["hour_start_at"].hour, row["attempt_count"]) for row in site.rows("call_summary_hourly")] == [(10, 1)]
    assert sorted((row["hour_start_at"].hour, row["attempt_count"]) for row in site.rows("leg_summary_hourly")) == [
        (10, 1),
        (11, 1),
    ]
    assert {row["anomaly_code"] for row in site.rows("anomalies")} == {"several_answered_legs"}


def test_channels_of_a_long_call_reach_into_hours_built_before_and_leave_them_with_it(tmp_path: Path) -> None:
    short = file_of([call("short", "2026-03-02T08:10:00Z", seconds=600)])
    site = small_site(tmp_path / "site", {"a/2026030208.csv": short})
    run_in_process(site)

    def peaks() -> dict[int, int]:
        rows = site.rows("live_channels")
        return {
            row["bucket_start_at"].hour: row["peak_channels"]
            for row in rows
            if row["grain_code"] == "hour" and row["scope_code"] == "total"
        }

    assert peaks() == {8: 1}
    long_call = file_of([call("long", "2026-03-02T06:30:00Z", seconds=3 * 3600)])
    drop(site, "a/2026030209.csv", long_call)
    run_in_process(site)
    assert peaks() == {6: 1, 7: 1, 8: 2, 9: 1}
    drop(site, "a/2026030209.csv", file_of([call("long", "2026-03-02T06:30:00Z", seconds=60)]))
    run_in_process(site)
    assert peaks() == {6: 1, 8: 1}


def test_a_later_run_moves_the_live_view_and_nothing_else(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site, AS_OF)
    before = site.checksums()
    run_in_process(site, AS_OF + timedelta(hours=30))
    after = site.checksums()
    assert site.rows("customer_summary_live") == []
    changed = differing(before, after)
    assert "marts.customer_summary_live" in changed
    assert "marts.call_summary_hourly" not in changed
    assert "marts.leg_summary_hourly" not in changed


def test_an_earlier_as_of_than_the_last_gives_what_that_hour_would_have_seen(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site, AS_OF)
    before = site.checksums()
    run_in_process(site, AS_OF + timedelta(days=30))
    assert differing(before, site.checksums())
    run_in_process(site, AS_OF)
    assert differing(before, site.checksums()) == []


def test_an_empty_landing_publishes_tables_without_rows(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {})
    run_in_process(site)
    assert site.rows("customer_summary_daily") == []
    assert site.rows("file_reconciliation") == []
    drop(site, "a/2026030210.csv", file_of([call("one", "2026-03-02T10:00:00Z")]))
    run_in_process(site)
    assert [row["attempt_count"] for row in site.rows("customer_summary_daily")] == [1]


def test_a_killed_run_is_gone_on_with(tmp_path: Path) -> None:
    import os
    import signal
    import subprocess
    import sys
    import time

    site = small_site(tmp_path / "site")
    expected = small_site(tmp_path / "expected")
    run_in_process(expected)
    environment = {**os.environ, "TOLLBOOK_CONFIG": str(site.root / "tollbook.toml")}
    command = [str(Path(sys.executable).parent / "tollbook"), "run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = site.root / "data" / "lake" / "cdr"
    deadline = time.monotonic() + 120
    while not part.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(1.0)  # in the middle of the build
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not site.current.exists()
    run_in_process(site)
    assert differing(expected.checksums(), site.checksums()) == []


def test_reference_data_gone_bad_leaves_the_last_good_version_in_force(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    drop(site, "reference/rates/gold/2026-03-01T0000Z.csv", b"prefix,destination_name,rate_per_minute\n44,UK,\n")
    drop(site, "a/2026030211.csv", file_of([call("three", "2026-03-02T11:00:00Z")]))
    outcome = site.tollbook("run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}")
    assert outcome.returncode == 1, outcome.stdout + outcome.stderr
    assert "rates/gold/2026-03-01T0000Z.csv:2" in outcome.stdout
    assert "stays in force" in outcome.stdout
    assert [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")] == ["1.800000"]


def test_a_deck_that_would_change_rated_calls_waits_until_it_is_accepted(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    drop(site, "reference/rates/gold/2026-03-01T0000Z.csv", b"prefix,destination_name,rate_per_minute\n44,UK,6.00\n")
    told = run_in_process(site)
    assert any("waits" in line for line in told)
    assert [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")] == ["1.200000"]
    shown = site.tollbook("rerate")
    assert shown.returncode == 0
    assert "1.200000" in shown.stdout
    assert "12.000000" in shown.stdout
    assert site.tollbook("rerate", "--apply").returncode == 0
    run_in_process(site)
    assert [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")] == ["12.000000"]


def test_a_key_that_cures_unrated_calls_is_accepted_by_the_next_run(tmp_path: Path) -> None:
    rows = [call("one", "2026-03-02T10:00:00Z"), call("two", "2026-03-02T10:30:00Z", account="newcomer")]
    site = small_site(tmp_path / "site", {"a/2026030210.csv": file_of(rows)})
    run_in_process(site)
    assert {row["customer_id"]: row["unrated_count"] for row in site.rows("customer_summary_daily")} == {
        "acme": 0,
        None: 1,
    }
    keys = (site.landing / "reference" / "customer_keys.csv").read_bytes() + b"*,account_code,newcomer,acme\n"
    drop(site, "reference/customer_keys.csv", keys)
    run_in_process(site)
    daily = site.rows("customer_summary_daily")
    assert [(row["customer_id"], row["attempt_count"], str(row["charge_amount"])) for row in daily] == [
        ("acme", 2, "1.200000")
    ]


def test_snapshots_of_the_last_hours_are_kept_and_older_ones_go(tmp_path: Path) -> None:
    import os

    site = small_site(tmp_path / "site")
    run_in_process(site)
    folder = site.current.parent
    for number in range(5):
        copy = folder / f"tollbook-20250101T00000{number}Z.duckdb"
        shutil.copy(site.current.resolve(), copy)
        old = datetime(2025, 1, 1, 0, 0, number).timestamp()
        os.utime(copy, (old, old))
    run_in_process(site)
    kept = sorted(path.name for path in folder.glob("tollbook-*.duckdb"))
    assert len(kept) == 3
    assert site.current.resolve().name in kept
    assert "tollbook-20250101T000003Z.duckdb" not in kept
