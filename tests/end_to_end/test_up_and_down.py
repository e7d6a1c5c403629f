"""`make up` on an empty site, again, and `make down`: data, three servers, nothing left behind.

Belongs here: the whole of tools/services.py with the real servers.
Does not belong here: one service's process (test_processes.py), what Superset shows.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
import requests

from pipelines.demo import demo_configuration
from tests.support.ports import free_ports
from tests.support.superset_server import SupersetServer, services
from tools.processes import session_of

pytestmark = pytest.mark.slow

NAMES = ("superset", "dagster-webserver", "dagster-daemon")


def test_an_empty_site_comes_up_again_stays_up_and_goes_down_whole(tmp_path: Path) -> None:
    server = SupersetServer(tmp_path / "site")
    superset_port, dagster_port = free_ports(2)
    server.root.mkdir()
    (server.root / "ports.json").write_text(json.dumps([superset_port, dagster_port]))
    (server.root / "tollbook.toml").write_text(
        demo_configuration() + f"\n[bi]\nsuperset_port = {superset_port}\ndagster_port = {dagster_port}\n"
    )
    try:
        first = services(server, "up")
        assert first.returncode == 0, first.stdout + first.stderr
        assert f"http://127.0.0.1:{superset_port}/" in first.stdout
        assert f"http://127.0.0.1:{dagster_port}/" in first.stdout
        pids = {name: json.loads(_record(server, name).read_text())["pid"] for name in NAMES}
        assert requests.get(f"http://127.0.0.1:{dagster_port}/server_info", timeout=60).ok
        slugs = {row["slug"] for row in server.client("admin").get("/api/v1/dashboard/").json()["result"]}
        assert {"customer-portal", "carrier-quality", "billing-and-margin", "pipeline-health"} <= slugs
        began = time.monotonic()
        again = services(server, "up")
        assert again.returncode == 0, again.stdout + again.stderr
        assert [line for line in again.stdout.splitlines() if line.startswith("up: ")] == [
            f"up: {name} runs (pid {pids[name]})" for name in NAMES
        ]
        assert time.monotonic() - began < 60
    finally:
        down = services(server, "down")
    assert down.returncode == 0, down.stderr
    assert {pid: session_of(pid) for pid in pids.values()} == {pid: [] for pid in pids.values()}
    assert not list((server.root / "var" / "servers").glob("*.json"))


def _record(server: SupersetServer, name: str) -> Path:
    return server.root / "var" / "servers" / f"{name}.json"
