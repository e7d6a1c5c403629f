"""Services that outlive their starter: found again, measured, ended whole, and every refusal one clear sentence.

Belongs here: tools/processes.py and the commands of tools/services.py with small real processes.
Does not belong here: Superset and Dagster themselves.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.ports import free_ports
from tools.processes import Keeper, Service, ServiceError, memory_bytes, session_of

# The processes are meant to outlive the objects that started them.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")

SERVER = (
    "import http.server, subprocess, sys\n"
    "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "http.server.test(http.server.SimpleHTTPRequestHandler, port=int(sys.argv[1]), bind='127.0.0.1')\n"
)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def service(folder: Path, program: str = SERVER, port: int | None = None) -> Service:
    """Return a service of one Python program; a server where it has a port."""
    command = [sys.executable, "-c", program, *([str(port)] if port else [])]
    return Service(
        "thing", command, dict(os.environ), folder, "1", lambda: port is None or listens(port), port, "thing_port"
    )


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(tmp_path / "servers")


def test_a_service_is_found_again_by_another_process_and_ends_with_all_its_children(
    keeper: Keeper, tmp_path: Path
) -> None:
    (port,) = free_ports(1)
    thing = service(tmp_path, port=port)
    record = keeper.start(thing)
    keeper.wait(thing, record, 30)
    assert Keeper(keeper.folder).record("thing") == record
    assert len(session_of(record.pid)) == 2
    assert memory_bytes(record.pid) > 5 << 20
    assert Keeper(keeper.folder).stop("thing")
    assert session_of(record.pid) == []
    assert not listens(port)
    assert keeper.names() == []
    assert not keeper.stop("thing")


def test_children_that_a_killed_service_left_are_ended_when_it_is_looked_for(keeper: Keeper, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    thing = service(tmp_path, port=port)
    record = keeper.start(thing)
    keeper.wait(thing, record, 30)
    os.kill(record.pid, signal.SIGKILL)
    os.waitpid(record.pid, 0)
    assert len(session_of(record.pid)) == 1
    assert keeper.record("thing") is None
    assert session_of(record.pid) == []


@pytest.mark.parametrize("changed", [{"boot": "another"}, {"began": 1}, {"pid": 2**22 + 1}])
def test_a_record_of_before_a_reboot_or_of_a_pid_given_to_another_program_is_old(
    keeper: Keeper, tmp_path: Path, changed: dict[str, object]
) -> None:
    thing = service(tmp_path, "import time; time.sleep(600)")
    record = keeper.start(thing)
    path = keeper.folder / "thing.json"
    whole = path.read_text()
    path.write_text(json.dumps({**json.loads(whole), **changed}))
    assert keeper.record("thing") is None
    assert session_of(record.pid) == [record.pid], "a program that is not ours was ended"
    assert not path.exists()
    path.write_text(whole)
    assert keeper.stop("thing")


def test_a_half_written_record_is_thrown_away(keeper: Keeper) -> None:
    (keeper.folder / "thing.json").write_text('{"pid": 1')
    assert keeper.record("thing") is None
    assert keeper.names() == []


def test_a_taken_port_is_told_with_the_setting_that_changes_it(keeper: Keeper, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ServiceError, match=rf"port {port} is taken by another program: .*thing_port in \[bi\]"):
            keeper.start(service(tmp_path, port=port))
    assert keeper.names() == []


def test_a_service_that_ends_while_starting_says_its_last_error_and_where_the_rest_is(
    keeper: Keeper, tmp_path: Path
) -> None:
    thing = service(tmp_path, "import sys; print('RuntimeError: database or disk is full'); print('bye'); sys.exit(3)")
    silent = Service(**{**{name: getattr(thing, name) for name in Service.__slots__}, "healthy": lambda: False})
    # "at once" where it is gone before its start could be noted
    told = r"thing ended (while starting|at once with exit 3): RuntimeError: database or disk is full .*log"
    with pytest.raises(ServiceError, match=told):
        keeper.wait(silent, keeper.start(silent), 30)
    assert keeper.names() == []


def test_a_service_that_stays_silent_is_stopped(keeper: Keeper, tmp_path: Path) -> None:
    thing = service(tmp_path, "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_DFL); time.sleep(600)")
    silent = Service(**{**{name: getattr(thing, name) for name in Service.__slots__}, "healthy": lambda: False})
    record = keeper.start(silent)
    with pytest.raises(ServiceError, match="did not answer within 1 s and was stopped"):
        keeper.wait(silent, record, 1)
    assert session_of(record.pid) == []


def services(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tools.services", *arguments],
        cwd=Path(__file__).resolve().parents[2],
        env={**os.environ, "TOLLBOOK_CONFIG": str(root / "tollbook.toml")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


CONFIGURATION = 'data = "data"\n[feeds.a]\nformat = "tollbook_csv"\nfiles = "a/%Y%m%d%H*.csv"\n'


def test_wrong_configuration_stops_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "tollbook.toml").write_text(CONFIGURATION + "[bi]\nsuperset_port = 80\n")
    outcome = services(tmp_path, "serve", "superset")
    assert outcome.returncode == 2
    assert "bi.superset_port: 80 is no port to use; give a number from 1024 to 65535" in outcome.stderr
    assert not (tmp_path / "var").exists()


def test_down_without_anything_up_says_so(tmp_path: Path) -> None:
    (tmp_path / "tollbook.toml").write_text(CONFIGURATION)
    outcome = services(tmp_path, "down")
    assert (outcome.returncode, outcome.stdout) == (0, "down: nothing of this site runs\n")


def test_a_taken_port_of_superset_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "tollbook.toml").write_text(CONFIGURATION + f"[bi]\nsuperset_port = {port}\n")
        outcome = services(tmp_path, "serve", "superset")
    assert outcome.returncode == 1
    assert outcome.stderr.count("\n") == 1, outcome.stderr
    assert f"port {port} is taken by another program" in outcome.stderr


def test_a_full_disk_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assets.configuration import load_settings
    from pipelines.settings import Settings
    from tools import services as commands

    (tmp_path / "tollbook.toml").write_text(CONFIGURATION)
    settings = load_settings(tmp_path / "tollbook.toml")
    assert isinstance(settings, Settings)
    monkeypatch.setattr(commands, "NEEDED_BYTES", 1 << 62)
    with pytest.raises(ServiceError, match=r"MiB are free on the disk of .*: make room"):
        commands.serve(commands.Site(settings))


def test_two_at_once_are_kept_apart(tmp_path: Path) -> None:
    import fcntl

    (tmp_path / "tollbook.toml").write_text(CONFIGURATION)
    folder = tmp_path / "var" / "servers"
    folder.mkdir(parents=True)
    with (folder / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        began = time.monotonic()
        outcome = services(tmp_path, "down")
    assert outcome.returncode == 1
    assert "another `make up` or `make down` is at work here" in outcome.stderr
    assert time.monotonic() - began < 30
