"""`make up` and `make down`: data, pipeline, Dagster and Superset, from whatever state the machine is in.

Belongs here: which services there are, what makes one due for a restart, the order, what is printed.
Does not belong here: how a process is kept (processes.py), what the services do.

Run as `python -m tools.services up|down|status|serve NAME...` with the project as working folder, in .venv.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from assets.configuration import config_path, load_settings
from assets.places import PROJECT, Places
from pipelines.settings import Settings
from tools.processes import Keeper, Record, Service, ServiceError, memory_bytes

NEEDED_BYTES = 500 << 20
START_SECONDS = 240
STOPPED_IN_ORDER = ("reports-clock", "reports-worker", "superset", "dagster-daemon", "dagster-webserver")
_DATA_AGREES = (0, 1)  # published; 1: and something needs a person, as with the demo's faulty files


class Site:
    """One tollbook.toml: where its servers' records lie and what they are started with."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.places = settings, Places.of(settings)
        self.keeper = Keeper(self.places.state / "servers")
        self.environment = {
            **os.environ,
            "TOLLBOOK_CONFIG": settings.config_path,
            "TOLLBOOK_STATE": str(self.places.state),
            "DAGSTER_HOME": str(PROJECT),
            "DAGSTER_DISABLE_TELEMETRY": "true",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
            "TZ": "UTC",
            "PYTHONUNBUFFERED": "1",
        }

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep another `make up` or `make down` of this site out; the kernel frees it when its holder dies."""
        with (self.keeper.folder / "lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ServiceError("another `make up` or `make down` is at work here: wait for its end") from None
            yield

    def services(self) -> list[Service]:
        """Return what is to run, in the order of starting."""
        bi = self.settings.bi
        code = _fingerprint(PROJECT, ("assets", "pipelines", "dbt_project/models", "dbt_project/macros"), self)
        look = _fingerprint(PROJECT, ("superset/tollbook_bi", "superset/superset_config.py"), self)
        dagster = f"http://127.0.0.1:{bi.dagster_port}"
        superset = f"http://127.0.0.1:{bi.superset_port}"
        found = [
            self._service(
                "superset",
                [_bi("gunicorn"), "--config", "python:tollbook_bi.server", "tollbook_bi.server:application()"],
                look,
                lambda: _answers(f"{superset}/health"),
                (bi.superset_port, "superset_port"),
            ),
            self._service(
                "dagster-webserver",
                [_own("dagster-webserver"), "-h", "127.0.0.1", "-p", str(bi.dagster_port)],
                code,
                lambda: _answers(f"{dagster}/server_info"),
                (bi.dagster_port, "dagster_port"),
            ),
            self._service("dagster-daemon", [_own("dagster-daemon"), "run"], code, lambda: _daemon_lives(dagster)),
        ]
        if bi.mail is not None:
            celery = [_bi("celery"), "--app", "superset.tasks.celery_app:app"]
            folder = str(self.keeper.folder)
            worker = [*celery, "worker", "--pool=prefork", "--concurrency=1", "--queues=tollbook", "--loglevel=WARNING"]
            clock = [*celery, "beat", f"--schedule={folder}/clock", f"--pidfile={folder}/clock.pid"]
            found += [
                self._service("reports-worker", worker, look, lambda: True),
                self._service("reports-clock", clock, look, lambda: True),
            ]
        return found

    def _service(
        self,
        name: str,
        command: list[str],
        fingerprint: str,
        healthy: Callable[[], object],
        port: tuple[int, str] | None = None,
    ) -> Service:
        environment = {**self.environment, "SUPERSET_CONFIG_PATH": str(PROJECT / "superset" / "superset_config.py")}
        return Service(
            name, command, environment, PROJECT, fingerprint, healthy, port and port[0], port[1] if port else ""
        )


def up(site: Site) -> None:
    """Bring everything up, or up to date. Raises ServiceError with one sentence."""
    began = time.monotonic()
    _bring_data(site)
    serve(site, began=began)


def serve(site: Site, names: Collection[str] = (), began: float | None = None) -> None:
    """Start the services named (all where none is), or start anew what changed. began: since when time counts."""
    began = time.monotonic() if began is None else began
    free = shutil.disk_usage(site.keeper.folder).free
    if free < NEEDED_BYTES:
        raise ServiceError(
            f"{free >> 20} MiB are free on the disk of {site.places.state}: make room for {NEEDED_BYTES >> 20} MiB"
        )
    started = {}
    services = [service for service in site.services() if not names or service.name in names]
    for service in services:
        record = site.keeper.record(service.name)
        if record is not None and record.fingerprint == service.fingerprint:
            print(f"up: {service.name} runs (pid {record.pid})", flush=True)
            continue
        if record is not None:
            print(f"up: {service.name} is stopped: its code or configuration changed", flush=True)
            site.keeper.stop(service.name)
        started[service.name] = time.monotonic()
        record = site.keeper.start(service)
        print(f"up: {service.name} starts (pid {record.pid}, log {site.keeper.log_path(service.name)})", flush=True)
    for service in services:
        record = site.keeper.record(service.name)
        if record is None:
            raise ServiceError(f"{service.name} ended while starting: {site.keeper.last_words(service.name)}")
        site.keeper.wait(service, record, START_SECONDS)
        if service.name in started:
            print(f"up: {service.name} answers after {time.monotonic() - started[service.name]:.0f} s", flush=True)
    _bring_assets(site, fresh="superset" in started)
    _tell(site, time.monotonic() - began)


def _bring_data(site: Site) -> None:
    """Write demo data where landing is empty, then run the pipeline."""
    landing = site.places.landing
    if not any(path.is_file() for path in landing.rglob("*")):
        print(f"up: {landing} is empty: demo data goes into it", flush=True)
        amount = os.environ.get("TOLLBOOK_DEMO", "--days 3 --calls-per-day 20000 --seed 1").split()
        _run(site, [_own("tollbook"), "demo", *amount], (0,))
    _run(site, [_own("tollbook"), "run"], _DATA_AGREES)


def _bring_assets(site: Site, *, fresh: bool) -> None:
    """Import dashboards whose files changed under a Superset that went on running; a fresh one has done it."""
    record = site.keeper.record("superset")
    if record is None:
        return
    present = _fingerprint(PROJECT, ("superset/assets",), site)
    if not fresh and record.marks.get("assets") != present:
        print("up: superset/assets changed: they are imported", flush=True)
        _run(site, [_bi("tollbook-bi"), "sync"], (0,))
    site.keeper.write(replace(record, marks={"assets": present}))


def _run(site: Site, command: list[str], agreed: Iterable[int]) -> None:
    status = subprocess.run(command, cwd=PROJECT, env=site.environment, check=False).returncode
    if status not in agreed:
        raise ServiceError(f"`{Path(command[0]).name} {command[1]}` ended with exit {status}; nothing more was started")


def _tell(site: Site, seconds: float) -> None:
    """Print addresses, logins, memory and time."""
    bi, bi_state = site.settings.bi, site.places.state / "bi"
    lines = [
        ("dashboards", f"http://127.0.0.1:{bi.superset_port}/"),
        ("  login", f"admin, password in {bi_state / 'admin-password'}"),
        ("  more", "tollbook-bi user add EMAIL --customer ID|--role operator|billing"),
        ("pipeline", f"http://127.0.0.1:{bi.dagster_port}/ (no login: this machine alone)"),
    ]
    for service in site.services():
        record = site.keeper.record(service.name)
        if record is not None:
            lines.append(("memory", f"{service.name} {memory_bytes(record.pid) >> 20} MiB"))
    lines.append(("ready", f"after {seconds:.0f} s; `make down` stops it"))
    print("\n".join(f"{name:<11} {value}" for name, value in lines), flush=True)


def down(site: Site) -> None:
    """Stop what `make up` started; what it did not start is left alone."""
    names = site.keeper.names()
    for name in [*(one for one in STOPPED_IN_ORDER if one in names), *(set(names) - set(STOPPED_IN_ORDER))]:
        if site.keeper.stop(name):
            print(f"down: {name} stopped", flush=True)
    if not names:
        print("down: nothing of this site runs", flush=True)


def status(site: Site) -> None:
    """Print what runs and answers."""
    for service in site.services():
        record: Record | None = site.keeper.record(service.name)
        state = "is down" if record is None else f"pid {record.pid}, " + ("answers" if service.healthy() else "silent")
        print(f"{service.name:<18} {state}")


def _own(name: str) -> str:
    return str(PROJECT / ".venv" / "bin" / name)


def _bi(name: str) -> str:
    return str(PROJECT / ".venv-bi" / "bin" / name)


def _fingerprint(root: Path, parts: Iterable[str], site: Site) -> str:
    """Return what changes when the code below *parts*, the pinned libraries or the configuration do."""
    digest = hashlib.sha256(repr(site.settings).encode())
    digest.update((root / "uv.lock").read_bytes())
    for part in parts:
        base = root / part
        files = [base] if base.is_file() else sorted(path for path in base.rglob("*") if path.is_file())
        for path in files:
            if "__pycache__" not in path.parts:
                digest.update(str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _answers(url: str, data: bytes | None = None) -> bytes | None:
    """Return what *url* answers with 200, else None."""
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.read() or b" "
    except (urllib.error.URLError, OSError, ValueError):
        return None


def _daemon_lives(dagster: str) -> bool:
    """Say whether every daemon that Dagster needs has given a sign of life."""
    query = {"query": "{instance{daemonHealth{allDaemonStatuses{required healthy}}}}"}
    answer = _answers(f"{dagster}/graphql", json.dumps(query).encode())
    if answer is None:
        return False
    statuses = json.loads(answer)["data"]["instance"]["daemonHealth"]["allDaemonStatuses"]
    return all(one["healthy"] for one in statuses if one["required"])


_COMMANDS = {
    "up": up,
    "down": down,
    "status": status,
}


def main(arguments: list[str]) -> int:
    """Run a command; 0 done, 1 with one sentence on standard error."""
    names = arguments[1:] if arguments[:1] == ["serve"] else []
    if not (names or (len(arguments) == 1 and arguments[0] in _COMMANDS)):
        print("usage: python -m tools.services up|down|status|serve NAME...", file=sys.stderr)
        return 2
    settings = load_settings(config_path(os.environ, PROJECT / "tollbook.toml"))
    if isinstance(settings, list):
        for problem in settings:
            place = f"{problem.file_path}:{problem.line_number or ''} {problem.column}"
            print(f"{place}: {problem.message}; {problem.advice}", file=sys.stderr)
        return 2
    try:
        site = Site(settings)
        with site.held():
            if names:
                serve(site, names)
            else:
                _COMMANDS[arguments[0]](site)
    except ServiceError as fault:
        print(f"{arguments[0]}: {fault}", file=sys.stderr)
        return 1
    except OSError as fault:
        print(f"{arguments[0]}: {fault.strerror or fault} ({fault.filename or 'no file named'})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{arguments[0]}: interrupted; `make down` stops what runs", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
