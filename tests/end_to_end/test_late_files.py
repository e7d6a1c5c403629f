"""Files that come late, calls that reach over hours, and the hour a run looks from."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from assets.command_line.summary import read_summary
from tests.support.published import differing
from tests.support.small_site import AS_OF, call, drop, file_of, run_in_process, settings_of, small_site


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


def test_status_names_what_came_late_and_when_all_of_landing_was_looked_at(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {"a/2026030211.csv": file_of([call("c", "2026-03-02T11:00:00Z")])})
    run_in_process(site, AS_OF, now=AS_OF + timedelta(minutes=7))
    assert read_summary(settings_of(site)).late_files == []
    drop(site, "a/2026030209.csv", file_of([call("late", "2026-03-02T09:00:00Z")]))
    run_in_process(site, AS_OF + timedelta(hours=1), now=AS_OF + timedelta(hours=1, minutes=7))
    summary = read_summary(settings_of(site))
    expected = {"feed_id": "a", "drop_hour_at": "2026-03-02T09:00Z", "file_path": "a/2026030209.csv"}
    assert summary.late_files == [{**expected, "first_seen_at": "2026-03-02T13:00Z"}]
    assert summary.swept_at == "2026-03-02T13:07Z"
    told = site.tollbook("status").stdout
    assert "a 2026-03-02T09:00Z seen 2026-03-02T13:00Z: a/2026030209.csv" in told
    assert "sweep     2026-03-02T13:07Z" in told
