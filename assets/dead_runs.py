"""Runs whose process is gone: Dagster would show them as started for ever, and keep their place in a pool.

Belongs here: telling which process does a run, whether it is still there, and marking runs of dead ones as failed.
Does not belong here: the writer lock (the kernel frees it), what a run leaves half done (the next run heals it).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

PROCESS_TAG = "tollbook/process"
UNNAMED_FOR = timedelta(minutes=10)
"""A run names its process in its first step; one that has not after this long never will."""

_IN_PROGRESS = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
_START_TIME_FIELD = 22 - 3  # of /proc/<pid>/stat, counted from what follows the name: names may hold blanks


@dataclass(frozen=True, slots=True)
class Process:
    """A process, told apart from a later one of the same number by boot, namespace of numbers and start."""

    boot: str
    namespace: str
    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Process | None:
        """Return the process *pid* of now, None where there is none."""
        try:
            state, *fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        if state == "Z":  # dead, and nobody has asked how it ended
            return None
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return cls(boot, str(Path("/proc/self/ns/pid").readlink()), pid, fields[_START_TIME_FIELD - 1])

    def tag(self, run_id: str) -> str:
        """Return the tag's value; with the run, since a run that is started again inherits tags."""
        return " ".join((run_id, self.boot, self.namespace, str(self.pid), self.started))

    @classmethod
    def from_tag(cls, run_id: str, tag: str) -> Process | None:
        """Return what tag() wrote, None where another run's tag was inherited."""
        named, boot, namespace, pid, started = tag.split(" ")
        return cls(boot, namespace, int(pid), started) if named == run_id else None


def name_process(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    """Note in the tags of *run* that this process does it."""
    own = Process.of(os.getpid())
    if own is not None and run.tags.get(PROCESS_TAG) != own.tag(run.run_id):
        instance.add_run_tags(run.run_id, {PROCESS_TAG: own.tag(run.run_id)})


def fail_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark every run in progress whose process is gone as failed, free its place in pools, and return their ids."""
    dead = []
    for record in instance.get_run_records(dg.RunsFilter(statuses=_IN_PROGRESS)):
        run = record.dagster_run
        tag = run.tags.get(PROCESS_TAG)
        process = None if tag is None else Process.from_tag(run.run_id, tag)
        if process is not None:
            is_dead = Process.of(process.pid) != process
        else:
            is_dead = datetime.now(UTC) - record.update_timestamp.astimezone(UTC) > UNNAMED_FOR
        if is_dead:
            whose = "its process" if process is None else f"its process {process.pid}"
            message = f"{whose} is gone (killed, or the machine went down): the next run begins where it stopped"
            instance.report_run_failed(run, message)
            if instance.event_log_storage.supports_global_concurrency_limits:
                instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
            dead.append(run.run_id)
    return dead
