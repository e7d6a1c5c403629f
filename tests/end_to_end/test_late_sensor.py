"""The sensor asks for one run for all late and changed files, and for none where nothing differs or a run is active."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assets.late_files import LateFiles, find_late_files
from tests.support.published import PROJECT, Site
from tests.support.small_site import AS_OF, call, drop, file_of, run_in_process, settings_of, small_site

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def _drop(site: Site, hour: datetime, call_id: str, changed_at: datetime) -> None:
    """Drop a file of feed a for *hour*, last changed at *changed_at* (UTC)."""
    path = f"a/{hour:%Y%m%d%H}.csv"
    drop(site, path, file_of([call(call_id, f"{hour:%Y-%m-%dT%H}:00:00Z")]))
    seconds = changed_at.replace(tzinfo=UTC).timestamp()
    os.utime(site.landing / path, (seconds, seconds))


def _find(site: Site, now: datetime) -> LateFiles:
    found = find_late_files(settings_of(site), now)
    assert found is not None
    return found


def test_late_and_changed_files_of_the_window_are_found_once_they_are_settled(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {})
    for hours in (1, 2, 3):
        _drop(site, AS_OF - hours * HOUR, f"call {hours}", AS_OF)
    now = AS_OF + 30 * MINUTE
    assert find_late_files(settings_of(site), now) is None
    run_in_process(site)
    assert _find(site, now).hours == ()
    _drop(site, AS_OF - 5 * HOUR, "late", now)
    _drop(site, AS_OF - 3 * HOUR, "changed", now)
    _drop(site, AS_OF, "of the running hour", AS_OF)
    _drop(site, AS_OF - 90 * HOUR, "older than the window", AS_OF)
    assert _find(site, now + MINUTE / 2).hours == (), "they may be written to still"
    found = _find(site, now + 2 * MINUTE)
    assert found.hours == (AS_OF - 5 * HOUR, AS_OF - 3 * HOUR)
    assert _find(site, now + 7 * MINUTE).digest == found.digest
    _drop(site, AS_OF - 5 * HOUR, "late, and changed again", now)
    assert _find(site, now + 7 * MINUTE).digest != found.digest
    run_in_process(site)
    assert _find(site, now + 7 * MINUTE).hours == ()


def test_the_hour_before_is_left_to_the_hourly_run_until_that_has_begun(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {})
    run_in_process(site)
    _drop(site, AS_OF - HOUR, "in time", AS_OF - 30 * MINUTE)
    assert _find(site, AS_OF + 5 * MINUTE).hours == ()
    assert _find(site, AS_OF + 10 * MINUTE).hours == (AS_OF - HOUR,)


SENSOR = """
import json
import dagster as dg
from assets.definitions import late_files, tollbook_run
from tests.support.small_site import call

with dg.DagsterInstance.ephemeral() as instance:
    def ask():
        outcome = late_files(dg.build_sensor_context(instance=instance))
        return {"skipped": outcome.skip_message} if isinstance(outcome, dg.SkipReason) else {
            "key": outcome.run_key, "tags": outcome.tags, "partition": outcome.partition_key,
            "config": outcome.run_config["ops"]["lake__cdr"]["config"],
        }
    answers = [ask(), ask()]
    @dg.job
    def other(): pass
    instance.create_run_for_job(other, status=dg.DagsterRunStatus.STARTED)
    print(json.dumps([*answers, ask()]))
"""


def test_one_run_is_asked_for_with_the_list_of_hours_and_none_beside_an_unfinished_one(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {})
    running = datetime.now(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0)
    run_in_process(site, running)
    for hours in (4, 6):
        _drop(site, running - hours * HOUR, f"call {hours}", running - 2 * HOUR)
    environment = os.environ | {
        "TOLLBOOK_CONFIG": str(site.root / "tollbook.toml"),
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SENSOR],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, second, beside = json.loads(done.stdout.splitlines()[-1])
    hours = [(running - hours * HOUR).isoformat(timespec="minutes") for hours in (6, 4)]
    assert first["config"]["hours"] == hours
    assert first["config"]["reread"] is False
    assert first["tags"]["tollbook/late_hours"] == ", ".join(hours)
    assert second["key"] == first["key"]
    assert "not finished" in beside["skipped"]
