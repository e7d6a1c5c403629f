"""What a command costs: wall and CPU seconds by step, peak memory of all its processes, dbt's seconds by model.

Belongs here: starting one command, watching it from outside (Linux: /proc), and what it was seen to take.
Does not belong here: which commands (bench.py), whether their results are right (totals.py).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STEP = re.compile(r"([a-z_]+): ([0-9.]+) s")
"""How a step that ended says what it took, in a line of its own."""

_SAMPLE_SECONDS = 0.2
_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds by the clock, seconds of CPU of all processes, and their greatest memory together while it lasted."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


@dataclass(slots=True)
class Measured:
    """One command that ended: its cost whole, its cost by step, dbt's seconds by model, and what it printed."""

    whole: Cost
    steps: dict[str, Cost] = field(default_factory=dict)
    models: dict[str, float] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)


class CommandFailedError(RuntimeError):
    """A command that is measured ended otherwise than it should."""


class _Watcher(threading.Thread):
    """Sums memory and CPU of a process and its descendants, and keeps every run_results.json that dbt writes."""

    def __init__(self, process_id: int, dbt_target: Path | None) -> None:
        super().__init__(daemon=True)
        self.process_id = process_id
        self.results = dbt_target / "run_results.json" if dbt_target is not None else None
        self.peak_bytes = 0
        self.step_peak_bytes = 0
        self.cpu_seconds = 0.0
        self.models: dict[str, float] = {}
        self._seen: set[str] = set()
        self._read_ns = 0
        self._ended = threading.Event()

    def run(self) -> None:
        """Look until told to stop, and once more then."""
        while not self._ended.wait(_SAMPLE_SECONDS):
            self.look()
            self._read_results()
        self._read_results()

    def stop(self) -> None:
        """End the watch."""
        self._ended.set()
        self.join()

    def look(self) -> None:
        """Take one sample."""
        memory, ticks = 0, 0
        for fields in _tree(self.process_id):
            memory += int(fields[21]) * _PAGE
            ticks += sum(int(fields[place]) for place in (11, 12, 13, 14))  # its own, and of children that ended
        self.peak_bytes = max(self.peak_bytes, memory)
        self.step_peak_bytes = max(self.step_peak_bytes, memory)
        self.cpu_seconds = max(self.cpu_seconds, ticks / _TICK)

    def _read_results(self) -> None:
        if self.results is None or not self.results.exists() or self.results.stat().st_mtime_ns == self._read_ns:
            return
        changed_ns = self.results.stat().st_mtime_ns
        try:
            document = json.loads(self.results.read_text())
        except json.JSONDecodeError:  # dbt is writing it: the next look finds it whole
            return
        self._read_ns = changed_ns
        invocation = document["metadata"]["invocation_id"]
        if invocation not in self._seen:
            self._seen.add(invocation)
            for result in document["results"]:
                name = result["unique_id"].split(".")[2]
                self.models[name] = self.models.get(name, 0.0) + result["execution_time"]


def _tree(process_id: int) -> list[list[str]]:
    """Return the fields of /proc/<pid>/stat after the name, of a process and all that descend from it."""
    found: dict[int, list[str]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                found[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):  # ended since it was listed
                continue
    wanted = {process_id}
    while more := {child for child, fields in found.items() if int(fields[1]) in wanted} - wanted:
        wanted |= more
    return [found[process] for process in wanted if process in found]


def measure(
    command: Sequence[str | Path],
    *,
    environment: Mapping[str, str] | None = None,
    dbt_target: Path | None = None,
    allowed: Sequence[int] = (0,),
    show: bool = False,
) -> Measured:
    """Run *command* to its end and return what it cost. Raises CommandFailedError for an exit code not *allowed*."""
    if dbt_target is not None:
        (dbt_target / "run_results.json").unlink(missing_ok=True)
    started = time.monotonic()
    process = subprocess.Popen(
        [str(part) for part in command],
        env={**os.environ, **(environment or {})}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    watcher = _Watcher(process.pid, dbt_target)
    watcher.start()
    measured = Measured(Cost(0, 0, 0))
    cpu_before = 0.0
    for line in process.stdout or ():
        measured.lines.append(line.rstrip("\n"))
        if show:
            print(f"    {measured.lines[-1]}", flush=True)
        if found := STEP.fullmatch(measured.lines[-1]):
            watcher.look()
            cpu = watcher.cpu_seconds
            measured.steps[found[1]] = Cost(float(found[2]), cpu - cpu_before, watcher.step_peak_bytes)
            cpu_before, watcher.step_peak_bytes = cpu, 0
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    watcher.stop()
    measured.whole = Cost(seconds, usage.ru_utime + usage.ru_stime, watcher.peak_bytes)
    measured.models = watcher.models
    if process.returncode not in allowed:
        printed = "\n".join(measured.lines)
        raise CommandFailedError(f"{' '.join(map(str, command))} ended with {process.returncode}:\n{printed}")
    return measured
