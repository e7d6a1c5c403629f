"""Superset on real servers: PostgreSQL for metadata, Redis for cache and queue, a mail server; an alert arrives.

Belongs here: the configuration that is not the default.
Does not belong here: what dashboards show.

Slow, and run where PostgreSQL and Redis are installed (Debian: postgresql, redis-server).
"""

from __future__ import annotations

import getpass
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pipelines.demo import demo_configuration
from tests.support.mail_sink import MailSink
from tests.support.ports import free_ports
from tests.support.superset_server import SupersetServer, services

pytestmark = pytest.mark.slow

SECONDS_UNTIL_MAIL = 240


def _postgres_programs() -> Path | None:
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return folders[-1] if folders else None


def _as_postgres(*command: str) -> list[str]:
    """Return *command* for the user postgres where we are root, whom the server refuses."""
    return ["runuser", "-u", "postgres", "--", *command] if getpass.getuser() == "root" else list(command)


@contextmanager
def _postgres(folder: Path) -> Iterator[str]:
    """Run a PostgreSQL of our own; yield its address with a database."""
    programs = _postgres_programs()
    assert programs is not None
    (port,) = free_ports(1)
    folder.mkdir()
    if getpass.getuser() == "root":
        shutil.chown(folder, "postgres")
        for parent in folder.parents[:-2]:
            parent.chmod(parent.stat().st_mode | 0o011)
    data = str(folder / "data")
    _run(*_as_postgres(str(programs / "initdb"), "-D", data, "-A", "trust", "-U", "tollbook"))
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = str(programs / "pg_ctl")
    _run(*_as_postgres(control, "-D", data, "-o", options, "-l", str(folder / "log"), "-w", "start"))
    try:
        _run(str(programs / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "tollbook", "superset")
        yield f"postgresql://tollbook@127.0.0.1:{port}/superset"
    finally:
        _run(*_as_postgres(control, "-D", data, "-m", "immediate", "stop"))


def _run(*command: str) -> None:
    """Run *command* to its end. Its output goes nowhere: a server it leaves would hold a pipe open."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def _redis(folder: Path) -> Iterator[str]:
    """Run a Redis of our own; yield its address."""
    (port,) = free_ports(1)
    process = subprocess.Popen(
        ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def real_servers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[SupersetServer, MailSink]]:
    if _postgres_programs() is None or shutil.which("redis-server") is None:
        pytest.skip("PostgreSQL or Redis is not installed: apt install postgresql redis-server")
    server = SupersetServer(tmp_path / "site")
    superset_port, dagster_port = free_ports(2)
    with ExitStack() as stack:
        metadata = stack.enter_context(_postgres(tmp_path / "postgres"))
        redis = stack.enter_context(_redis(tmp_path))
        sink = stack.enter_context(MailSink())
        monkeypatch.setenv("BI_METADATA_OF_THIS_TEST", metadata)
        server.landing.mkdir(parents=True)
        (server.root / "ports.json").write_text(f"[{superset_port}, {dagster_port}]")
        (server.root / "tollbook.toml").write_text(
            demo_configuration()
            + f"""
[bi]
superset_port = {superset_port}
dagster_port = {dagster_port}
workers = 1
metadata = "$BI_METADATA_OF_THIS_TEST"
redis = "{redis}"
mail = "smtp://127.0.0.1:{sink.port}"
mail_from = "reports@example.com"
"""
        )
        for command in (["demo", "--days", "1", "--calls-per-day", "500"], ["run"]):
            outcome = server.tollbook(*command)
            assert outcome.returncode in (0, 1), outcome.stderr
        started = services(server, "serve", "superset", "reports-worker", "reports-clock")
        assert started.returncode == 0, started.stderr
        stack.callback(services, server, "down")
        yield server, sink


def test_an_alert_is_mailed_through_postgresql_redis_and_smtp(
    real_servers: tuple[SupersetServer, MailSink],
) -> None:
    server, sink = real_servers
    assert not (server.root / "var" / "bi" / "superset.db").exists()
    admin = server.client("admin")
    dataset = admin.datasets["customer_summary_daily"]["id"]
    query = {"columns": ["customer_id"], "metrics": []}
    assert admin.chart_data(dataset, query).json()["result"][0]["is_cached"] in (None, False)
    assert admin.chart_data(dataset, query).json()["result"][0]["is_cached"] is True
    dashboard = admin.get("/api/v1/dashboard/pipeline-health").json()["result"]["id"]
    answer = admin.post(
        "/api/v1/report/",
        {
            "type": "Alert",
            "name": "Customers there are",
            "active": True,
            "crontab": "* * * * *",
            "timezone": "UTC",
            "database": 1,
            "sql": "select count(*) from marts.customers",
            "validator_type": "operator",
            "validator_config_json": {"op": ">", "threshold": 1},
            "dashboard": dashboard,
            "grace_period": 3600,
            "working_timeout": 300,
            "report_format": "PNG",
            "creation_method": "alerts_reports",
            "recipients": [{"type": "Email", "recipient_config_json": {"target": "noc@example.com"}}],
        },
    )
    assert answer.status_code == 201, answer.text
    until = time.monotonic() + SECONDS_UNTIL_MAIL
    while not sink.mails and time.monotonic() < until:
        time.sleep(1)
    log = admin.get(f"/api/v1/report/{answer.json()['id']}/log/").text
    assert sink.mails, log
    mail = sink.mails[0]
    assert " ".join(str(mail["Subject"]).split()) == "[Tollbook] Customers there are: Pipeline health"
    assert mail["To"] == "noc@example.com"
    assert mail["From"] == "reports@example.com"
    text = "".join(
        part.get_payload(decode=True).decode() for part in mail.walk() if part.get_content_type() == "text/html"
    )
    assert f"127.0.0.1:{server.port}" in text
    if Path("/usr/bin/chromedriver").exists():
        pictures = [part.get_payload(decode=True) for part in mail.walk() if part.get_content_type() == "image/png"]
        assert [picture[:4] for picture in pictures] == [b"\x89PNG"]
        assert len(pictures[0]) > 20_000
