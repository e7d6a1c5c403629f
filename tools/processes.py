"""Processes that outlive the command that started them: started, found again, measured, ended, none forgotten.

Belongs here: one service's process, its record in var/servers/, its session in /proc.
Does not belong here: which services there are and in what order (services.py).

A record holds the pid and the moment the kernel says that process began: a pid that another program got since is not
taken for ours, and a record that a crash or a reboot left is seen to be old.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

ENDING_SECONDS = 20
LOOK_EVERY_SECONDS = 0.25
KEPT_LOG_BYTES = 5 << 20


class ServiceError(Exception):
    """A service cannot be started or does not answer; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Service:
    """What to start, and how to know that it works. fingerprint: changes when it must be started anew."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    fingerprint: str
    healthy: Callable[[], object]
    port: int | None = None
    port_setting: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A service that was started. began: clock ticks since boot, from the kernel."""

    name: str
    pid: int
    began: int
    fingerprint: str
    boot: str
    marks: dict[str, str] = field(default_factory=dict)


def boot_id() -> str:
    """Return what names this boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _stat(pid: int) -> list[str] | None:
    """Return the fields of /proc/<pid>/stat after the name, or None where there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields


def session_of(pid: int) -> list[int]:
    """Return the living processes of the session that *pid* leads or led."""
    pids = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    return [one for one in pids if (fields := _stat(one)) is not None and int(fields[3]) == pid]


def memory_bytes(pid: int) -> int:
    """Return the memory of a session; what its processes share counts once."""
    total = 0
    for one in session_of(pid):
        try:
            lines = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    return total


class Keeper:
    """The services of one site: their records and logs in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)

    def log_path(self, name: str) -> Path:
        """Return where a service's output goes."""
        return self.folder / f"{name}.log"

    def record(self, name: str) -> Record | None:
        """Return the record of a service that runs; an old record is removed and None returned."""
        path = self.folder / f"{name}.json"
        try:
            record = Record(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):
            path.unlink()  # half written when the machine went down
            return None
        fields = _stat(record.pid)
        if record.boot == boot_id() and fields is not None and int(fields[19]) == record.began:
            return record
        if record.boot == boot_id() and fields is None:
            # Its leader died and may have left children: while one lives, the kernel gives the number to nobody else.
            self._end_session(record.pid)
        path.unlink(missing_ok=True)
        return None

    def names(self) -> list[str]:
        """Return the services that have a record."""
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def start(self, service: Service) -> Record:
        """Start *service*; it goes on when this process ends. Raises ServiceError where its port is taken."""
        if service.port is not None:
            _require_port(service.port, service.port_setting)
        log = self.log_path(service.name)
        if log.exists() and log.stat().st_size > KEPT_LOG_BYTES:
            log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            process = subprocess.Popen(
                list(service.command),
                cwd=service.folder,
                env=dict(service.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        fields = _stat(process.pid)
        if fields is None:
            raise ServiceError(self._ended(service.name, process))
        record = Record(service.name, process.pid, int(fields[19]), service.fingerprint, boot_id())
        self.write(record)
        return record

    def write(self, record: Record) -> None:
        """Keep a record; a reader sees the old one or the new one."""
        path = self.folder / f"{record.name}.json"
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(record)))
        partial.replace(path)

    def wait(self, service: Service, record: Record, seconds: float) -> None:
        """Return once *service* answers. Raises ServiceError where it ended or stays silent; it is ended then."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if service.healthy():
                return
            if _stat(record.pid) is None:
                self.stop(service.name)
                raise ServiceError(f"{service.name} ended while starting: {self.last_words(service.name)}")
            time.sleep(LOOK_EVERY_SECONDS)
        self.stop(service.name)
        raise ServiceError(
            f"{service.name} did not answer within {seconds:.0f} s and was stopped: {self.last_words(service.name)}"
        )

    def last_words(self, name: str) -> str:
        """Return the line of a service's log that says most about its end, and where the rest is."""
        path = self.log_path(name)
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - 20_000))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
        telling = [line for line in lines if line.startswith("tollbook-bi:") or "Error" in line or "rror:" in line]
        return f"{(telling or lines or ['it said nothing'])[-1][:400]} (all of it: {path})"

    def stop(self, name: str) -> bool:
        """End a service and every process of its session; say whether it ran."""
        path = self.folder / f"{name}.json"
        record = self.record(name)
        if record is not None:
            self._end_session(record.pid)
        path.unlink(missing_ok=True)
        return record is not None

    @staticmethod
    def _end_session(leader: int) -> None:
        until = time.monotonic() + ENDING_SECONDS
        if _stat(leader) is not None:
            _signal(leader, signal.SIGTERM)  # servers end their own workers in order
        while time.monotonic() < until and _stat(leader) is not None:
            _reap(leader)
            time.sleep(LOOK_EVERY_SECONDS)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in session_of(leader):
                _signal(pid, number)
            until = time.monotonic() + 3
            while time.monotonic() < until and session_of(leader):
                _reap(leader)
                time.sleep(LOOK_EVERY_SECONDS)

    def _ended(self, name: str, process: subprocess.Popen[bytes]) -> str:
        return f"{name} ended at once with exit {process.wait()}: {self.last_words(name)}"


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _reap(pid: int) -> None:
    """Take note of the end of a child of this very process; another's child is its parent's to note."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)


def _require_port(port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise ServiceError(
                f"port {port} is taken by another program: end that, or set {setting} in [bi] of tollbook.toml"
            ) from None
