"""The same job from the command line and from Dagster, and what both leave behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.published import PROJECT, Site
from tests.support.small_site import AS_OF, call, drop, file_of, small_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a site with files in two drop hours, run once for its news and once to read a range again."""
    made = small_site(tmp_path_factory.mktemp("dagster") / "site")
    drop(made, "a/2026030211.csv", file_of([call("three", "2026-03-02T11:00:00Z"), "broken,row"]))
    for arguments in ((), ("--from", "2026-03-02T10", "--to", "2026-03-02T11")):
        outcome = made.tollbook("run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}", *arguments)
        assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    return made


def _environment(site: Site) -> dict[str, str]:
    return {
        **os.environ,
        "DAGSTER_HOME": str(PROJECT),
        "TOLLBOOK_STATE": str(site.root / "var"),
        "TOLLBOOK_CONFIG": str(site.root / "tollbook.toml"),
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }


def _ask(site: Site, code: str) -> Any:
    """Run *code* in a process that sees the site's Dagster instance, and return what it prints as JSON."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=PROJECT,
        env=_environment(site),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


RUNS = """
import json, dagster as dg
with dg.DagsterInstance.get() as instance:
    print(json.dumps([[run.job_name, run.status.value, run.tags] for run in instance.get_runs()]))
"""


def test_each_run_of_the_command_line_leaves_a_run_record(site: Site) -> None:
    runs = _ask(site, RUNS)
    assert [(name, status) for name, status, _ in runs] == [("tollbook_run", "SUCCESS")] * 2
    assert all(tags["tollbook/launched_by"] == "command line" for _, _, tags in runs)


EVENTS = """
import json, dagster as dg
with dg.DagsterInstance.get() as instance:
    wanted = dg.AssetRecordsFilter(asset_key=dg.AssetKey(["lake", "cdr"]))
    events = instance.fetch_materializations(wanted, limit=20, ascending=True).records
    found = [
        [event.run_id, event.partition_key, {k: v.value for k, v in event.asset_materialization.metadata.items()}]
        for event in events
    ]
    keys = {"/".join(key.path) for key in instance.all_asset_keys()}
    check = dg.AssetCheckKey(dg.AssetKey(["marts", "file_reconciliation"]), "equalities")
    summary = instance.event_log_storage.get_asset_check_execution_history(check, limit=5)
    print(json.dumps([found, sorted(keys), [record.status.value for record in summary]]))
"""


def test_partitions_carry_rows_rejects_bytes_and_a_preview_of_rejects(site: Site) -> None:
    events, _, _ = _ask(site, EVENTS)
    first_run = [event for event in events if event[0] == events[0][0]]
    by_hour = {partition: metadata for _, partition, metadata in first_run}
    assert by_hour["2026-03-02-10:00"]["rows"] == 2
    assert by_hour["2026-03-02-11:00"]["rows"] == 2
    assert by_hour["2026-03-02-11:00"]["rejected rows"] == 1
    assert by_hour["2026-03-02-11:00"]["bytes in landing"] > 100
    assert "unreadable_row" in by_hour[f"{AS_OF:%Y-%m-%d-%H:%M}"]["rejects"]


def test_a_range_is_read_again_in_one_run(site: Site) -> None:
    events, _, _ = _ask(site, EVENTS)
    last_run = [partition for run, partition, _ in events if run == events[-1][0]]
    assert sorted(last_run) == ["2026-03-02-10:00", "2026-03-02-11:00"]


def test_the_equalities_are_asset_checks_that_passed(site: Site) -> None:
    _, keys, checks = _ask(site, EVENTS)
    assert checks == ["SUCCEEDED", "SUCCEEDED"]
    assert {"lake/cdr", "lake/reference", "marts/call_summary_hourly", "published/snapshot"} <= set(keys)


DEFINITIONS = """
import json, dagster as dg
from assets.definitions import defs, drop_hours, hourly
graph = defs.resolve_asset_graph()
def ancestors(key):
    found, todo = set(), [key]
    while todo:
        for parent in graph.get(todo.pop()).parent_keys:
            if parent not in found:
                found.add(parent); todo.append(parent)
    return found
lineage = ["/".join(key.path) for key in ancestors(dg.AssetKey(["published", "snapshot"]))]
first, last = drop_hours.get_first_partition_key(), drop_hours.get_last_partition_key()
print(json.dumps([hourly.cron_schedule, first, last, lineage]))
"""


def test_partitions_begin_with_the_first_file_and_hold_the_running_hour(site: Site) -> None:
    schedule, first, last, lineage = _ask(site, DEFINITIONS)
    assert schedule == "7 * * * *"
    assert first == "2026-03-02-00:00"
    assert last in {time.strftime("%Y-%m-%d-%H:00", time.gmtime(time.time() - seconds)) for seconds in (0, 60)}
    assert {"landing", "lake/cdr", "marts/call_summary_hourly", "marts/customer_summary_daily"} <= set(lineage)


@contextmanager
def _servers(site: Site, port: int) -> Iterator[None]:
    """Run Dagster's webserver and daemon for *site*, as an operator does; stopped at the end."""
    bin_folder = Path(sys.executable).parent
    log = (site.root / "dagster.log").open("w")
    commands = (["dagster-webserver", "-h", "127.0.0.1", "-p", str(port)], ["dagster-daemon", "run"])
    processes = [
        subprocess.Popen(
            [str(bin_folder / name), *arguments], cwd=PROJECT, env=_environment(site), stdout=log, stderr=log
        )
        for name, *arguments in commands
    ]
    try:
        yield
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(60)
        log.close()


def _query(port: int, query: str, variables: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/graphql",
        json.dumps({"query": query, "variables": variables}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)["data"]


LAUNCH = """
mutation($p: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $p) { __typename ... on PythonError { message } }
}
"""


@pytest.mark.slow
def test_a_backfill_from_the_pages_reads_the_range_and_publishes(tmp_path: Path) -> None:
    port = 31877
    site = small_site(tmp_path / "site")
    with _servers(site, port):
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            try:
                keys = _query(port, "{ assetNodes { assetKey { path } } }", {})["assetNodes"]
                break
            except OSError:
                time.sleep(1)
        chosen = [node["assetKey"] for node in keys if node["assetKey"]["path"] != ["landing"]]
        hours = ["2026-03-02-10:00", "2026-03-02-11:00"]
        launched = _query(port, LAUNCH, {"p": {"assetSelection": chosen, "partitionNames": hours}})
        assert launched["launchPartitionBackfill"]["__typename"] == "LaunchBackfillSuccess", launched
        while not site.current.exists() and time.monotonic() < deadline:
            time.sleep(2)
    assert site.current.exists(), (site.root / "dagster.log").read_text()[-3000:]
    assert [row["attempt_count"] for row in site.rows("customer_summary_daily")] == [2]
