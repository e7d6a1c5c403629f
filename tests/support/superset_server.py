"""One Superset for all tests of a session, over small demo data, and clients that log in to it.

Belongs here: making the site, starting the server as `make up` does, logins, requests.
Does not belong here: expectations.

The workers of pytest-xdist share one server: the first that asks makes it, below the session's temporary folder; the
session's end stops it (tests/conftest.py).
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
import requests

from pipelines.demo import demo_configuration
from tests.support.ports import free_ports
from tests.support.published import PROJECT, Site

FOLDER = "superset-site"
CUSTOMER_A, CUSTOMER_B = "adler-logistik", "harbour-tel"
LOGINS = {
    "a": ["Customer", f"Customer: {CUSTOMER_A}"],
    "b": ["Customer", f"Customer: {CUSTOMER_B}"],
    "unsynced": ["Customer"],
    "operator": ["Operator"],
    "billing": ["Billing"],
}
"""Logins that every session has, and their roles. `unsynced` is a customer without a role of his own."""


def shared_folder(temporary: Path, *, worker: bool) -> Path:
    """Return the folder of the session's server; *temporary*: pytest's base folder of this process."""
    return (temporary.parent if worker else temporary) / FOLDER


@dataclass(frozen=True)
class SupersetServer(Site):
    """A site whose Superset runs."""

    @property
    def port(self) -> int:
        return int(json.loads((self.root / "ports.json").read_text())[0])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def password(self, login: str) -> str:
        """Return the password of ``admin`` or of one of LOGINS."""
        if login == "admin":
            return (self.root / "var" / "bi" / "admin-password").read_text().strip()
        return str(json.loads((self.root / "logins.json").read_text())[login])

    def client(self, login: str) -> Client:
        """Return a client that is logged in."""
        return Client(self.url, user_name(login), self.password(login))

    def environment(self) -> dict[str, str]:
        """Return what its commands run with."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TOLLBOOK", "DAGSTER"))}
        return {
            **kept,
            "TOLLBOOK_CONFIG": str(self.root / "tollbook.toml"),
            "TOLLBOOK_DEMO": "--days 1 --calls-per-day 500 --seed 1",
        }

    def tollbook_bi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run tollbook-bi as a user does."""
        return subprocess.run(
            [str(PROJECT / ".venv-bi" / "bin" / "tollbook-bi"), *arguments],
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )


def user_name(login: str) -> str:
    """Return the name that *login* logs in with."""
    return login if login == "admin" else f"{login}@example.com"


class Client:
    """A logged-in session of Superset's HTTP API, as a browser has one."""

    def __init__(self, url: str, name: str, password: str) -> None:
        self.url, self.session = url, requests.Session()
        page = self.session.get(f"{url}/login/", timeout=60).text
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        form = {"username": name, "password": password, "csrf_token": token[1] if token else ""}
        answer = self.session.post(f"{url}/login/", data=form, headers={"Referer": f"{url}/login/"}, timeout=60)
        assert "/login" not in answer.url, f"{name} cannot log in: {answer.url}"
        token = self.get("/api/v1/security/csrf_token/").json()["result"]
        self.session.headers.update({"X-CSRFToken": str(token), "Referer": f"{url}/"})

    def get(self, path: str) -> requests.Response:
        return self.session.get(self.url + path, timeout=120)

    def post(self, path: str, body: object) -> requests.Response:
        return self.session.post(self.url + path, json=body, timeout=120)

    def put(self, path: str, body: object) -> requests.Response:
        return self.session.put(self.url + path, json=body, timeout=120)

    @cached_property
    def datasets(self) -> dict[str, dict[str, Any]]:
        """Return the datasets this login may list, by name."""
        answer = self.get("/api/v1/dataset/?q=(page_size:500)")
        assert answer.ok, answer.text
        return {row["table_name"]: row for row in answer.json()["result"]}

    def chart_data(self, dataset_id: int, query: dict[str, Any], **context: Any) -> requests.Response:
        """Ask a dataset for *query* as a chart does."""
        body = {
            "datasource": {"id": dataset_id, "type": "table"},
            "queries": [{"row_limit": 10_000, **query}],
            "result_format": "json",
            "result_type": "full",
            **context,
        }
        return self.post("/api/v1/chart/data", body)


def shared_server(folder: Path) -> SupersetServer:
    """Return the session's server in *folder*, made and started by whoever comes first."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = SupersetServer(folder)
    with folder.with_name(f"{FOLDER}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "ready").exists():
            if folder.exists():
                pytest.fail(f"Superset did not start before, and is not tried again: see {folder}/var/servers")
            _make(server)
            (folder / "ready").touch()
    return server


def _make(server: SupersetServer) -> None:
    superset_port, dagster_port = free_ports(2)
    server.landing.mkdir(parents=True)
    (server.root / "ports.json").write_text(json.dumps([superset_port, dagster_port]))
    (server.root / "tollbook.toml").write_text(
        demo_configuration() + f"\n[bi]\nsuperset_port = {superset_port}\ndagster_port = {dagster_port}\n"
    )
    made = server.tollbook("demo", "--days", "2", "--calls-per-day", "1500", "--seed", "1")
    assert made.returncode == 0, made.stdout + made.stderr
    outcome = server.tollbook("run")
    assert outcome.returncode in (0, 1), outcome.stdout + outcome.stderr
    started = services(server, "serve", "superset")
    assert started.returncode == 0, started.stdout + started.stderr
    (server.root / "output.txt").write_text(started.stdout)
    _make_logins(server)


def services(server: SupersetServer, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the commands behind `make up` and `make down`."""
    return subprocess.run(
        [sys.executable, "-m", "tools.services", *arguments],
        cwd=PROJECT,
        env=server.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )


def _make_logins(server: SupersetServer) -> None:
    admin = server.client("admin")
    roles = {
        role["name"]: role["id"] for role in admin.get("/api/v1/security/roles/?q=(page_size:200)").json()["result"]
    }
    passwords = {}
    for login, names in LOGINS.items():
        passwords[login] = secrets.token_urlsafe(12)
        body = {
            "username": user_name(login),
            "email": user_name(login),
            "first_name": login,
            "last_name": "Test",
            "active": True,
            "password": passwords[login],
            "roles": [roles[name] for name in names],
        }
        answer = admin.post("/api/v1/security/users/", body)
        assert answer.ok, answer.text
    (server.root / "logins.json").write_text(json.dumps(passwords))


def stop_shared(folder: Path) -> None:
    """Stop the session's server, where one was started; its logs and screenshots stay with pytest's folder."""
    if (folder / "ports.json").exists():
        services(SupersetServer(folder), "down")
        shutil.rmtree(folder / "data", ignore_errors=True)
