"""A `tollbook run` killed with -9 is healed and told by the next, whoever starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.end_to_end.test_dagster import RUNS, _ask, _query, _servers
from tests.support.published import Site
from tests.support.small_site import call, drop, file_of, small_site


def _start_and_kill(site: Site) -> None:
    """Start `tollbook run` and kill it -9 once its first step is done."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("TOLLBOOK", "DAGSTER"))}
    environment |= {"TOLLBOOK_CONFIG": str(site.root / "tollbook.toml"), "DAGSTER_DISABLE_TELEMETRY": "true"}
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "tollbook"), "run"],
        env=environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("reference: "):
            break
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


@pytest.mark.slow
def test_the_next_command_marks_a_killed_run_as_failed_and_publishes(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    _start_and_kill(site)
    assert [status for _, status, _ in _ask(site, RUNS)] == ["STARTED"]
    outcome = site.tollbook("run")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "died before its end" in outcome.stdout
    assert [status for _, status, _ in _ask(site, RUNS)] == ["SUCCESS", "FAILURE"]


START_SENSOR = """
mutation($s: SensorSelector!) { startSensor(sensorSelector: $s) { __typename ... on PythonError { message } } }
"""
REPOSITORIES = "{ repositoriesOrError { ... on RepositoryConnection { nodes { name location { name } } } } }"


@pytest.mark.slow
def test_the_sensor_marks_a_killed_run_as_failed_and_asks_for_the_late_file_it_did_not_read(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    assert site.tollbook("run").returncode == 0
    hour = datetime.now(UTC) - timedelta(hours=5)
    path = f"a/{hour:%Y%m%d%H}.csv"
    drop(site, path, file_of([call("late", f"{hour:%Y-%m-%dT%H}:00:00Z")]))
    os.utime(site.landing / path, (hour.timestamp(), hour.timestamp()))
    _start_and_kill(site)
    port = 31878
    deadline = time.monotonic() + 400
    with _servers(site, port):
        selector = {"sensorName": "late_files", **_repository(port, deadline)}
        started = _query(port, START_SENSOR, {"s": selector})
        assert started["startSensor"]["__typename"] == "Sensor", started
        while len(site.rows("customer_summary_daily")) < 2 and time.monotonic() < deadline:
            time.sleep(2)
    assert len(site.rows("customer_summary_daily")) == 2, (site.root / "dagster.log").read_text()[-3000:]
    runs = _ask(site, RUNS)
    assert [status for _, status, _ in runs][1:] == ["FAILURE", "SUCCESS"]
    assert runs[0][2]["tollbook/late_hours"] == f"{hour:%Y-%m-%dT%H}:00"


def _repository(port: int, deadline: float) -> dict[str, str]:
    """Return what names the project's definitions in queries, once the webserver answers."""
    while True:
        try:
            (found,) = _query(port, REPOSITORIES, {})["repositoriesOrError"]["nodes"]
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return {"repositoryName": found["name"], "repositoryLocationName": found["location"]["name"]}
