"""Readers over 20 publishes: one that keeps its connection, four that connect anew; no error, no mixed state."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assets.places import Places
from assets.publish import publish
from tests.support.published import PROJECT

PUBLISHES = 20
TABLES = ("marts.customer_summary_daily", "marts.call_summary_hourly", "portal.checklist", "facts.customer_day")

READER = """
import json, sys, time
from pathlib import Path
import duckdb

current, stop, keeps = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "keeps"
tables = sys.argv[4].split(",")
def connect():
    return duckdb.connect(str(current.resolve()), read_only=True)
connection, seen, read_count = connect(), [], 0
print("reading", flush=True)
while True:
    is_last = stop.exists()
    if not keeps:
        connection.close()
        connection = connect()
    found = set()
    for table in tables:
        low, high, rows = connection.execute(f"select min(version), max(version), count(*) from {table}").fetchone()
        found |= {low, high}
        assert rows == 1000, (table, rows)
    assert len(found) == 1, found
    read_count += 1
    if not seen or seen[-1] != found:
        seen.append(found)
    if is_last:
        break
    time.sleep(0.005)
print(json.dumps({"versions": [next(iter(found)) for found in seen], "read_count": read_count}))
"""


def _write(warehouse: Path, version: int) -> None:
    """Write a warehouse whose every row says its version."""
    with duckdb.connect(str(warehouse)) as connection:
        for table in TABLES:
            connection.execute(f"create schema if not exists {table.split('.')[0]}")
            column = "now()::timestamp as hour_start_at, " if table == "marts.call_summary_hourly" else ""
            connection.execute(
                f"create or replace table {table} as select {column}{version} as version from range(1000)"
            )


def test_readers_see_one_version_at_a_time_and_never_an_error(tmp_path: Path) -> None:
    published = tmp_path / "published"
    places = Places(tmp_path / "var", tmp_path, tmp_path / "landing", published, tmp_path / "derived")
    places.state.mkdir()
    now = datetime.now(UTC).replace(tzinfo=None)
    hour = now.replace(minute=0, second=0, microsecond=0)
    _write(places.warehouse, 0)
    publish(places, hour, now)
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(places.current), str(stop), kind, ",".join(TABLES)],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for kind in ("keeps", *["reconnects"] * 4)
    ]
    for reader in readers:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reading\n"
    for version in range(1, PUBLISHES + 1):
        _write(places.warehouse, version)
        publish(places, hour, now)
    stop.touch()
    results = []
    for reader in readers:
        told, wrong = reader.communicate(timeout=60)
        assert (reader.returncode, wrong) == (0, "")
        results.append(json.loads(told))
    kept, *reconnected = results
    assert kept["versions"] == [0], "who keeps the connection keeps the version it opened"
    for result in reconnected:
        assert result["versions"] == sorted(result["versions"]), "nobody goes back to a former version"
        assert result["versions"][-1] == PUBLISHES
        assert len(result["versions"]) > 3, result
