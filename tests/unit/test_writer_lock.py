"""One writer: a second waits and is told who holds the lock; a killed one holds nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from assets.writer_lock import writer_lock

HOLDER = """
import sys, time
from pathlib import Path
from assets.writer_lock import writer_lock
with writer_lock(Path(sys.argv[1]), "the first run", print):
    print("held", flush=True)
    time.sleep(60)
"""


def _holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLDER, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_waiter_is_told_who_holds_the_lock_and_goes_on_when_the_holder_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "writer.lock"
    holder = _holder(path)
    told: list[str] = []
    taken = threading.Event()

    def wait() -> None:
        with writer_lock(path, "the second run", told.append):
            taken.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    deadline = time.monotonic() + 20
    while not told and time.monotonic() < deadline:
        time.sleep(0.02)
    assert told == [f"waiting for process {holder.pid}, the first run (lock {path})"]
    assert not taken.is_set()
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    assert holder.stdout is not None
    holder.stdout.close()
    waiter.join(20)
    assert taken.is_set()


def test_the_holder_may_take_it_again(tmp_path: Path) -> None:
    path = tmp_path / "writer.lock"
    told: list[str] = []
    with writer_lock(path, "a run", told.append), writer_lock(path, "its step", told.append):
        pass
    with writer_lock(path, "the next", told.append):
        pass
    assert told == []
