"""One writer at a time: the operating system's lock on var/writer.lock.

Belongs here: taking the lock, and telling a waiter who holds it. The kernel releases it when its holder dies, so a
process killed with -9 never blocks the next one.
Does not belong here: what is done under the lock.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_held_depth: dict[Path, int] = {}


@contextmanager
def writer_lock(path: Path, purpose: str, tell: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock while the block runs; wait for another holder, telling once who that is.

    A process that holds it already takes it again at once. purpose is what a waiter is told.
    """
    if _held_depth.get(path):
        _held_depth[path] += 1
        try:
            yield
        finally:
            _held_depth[path] -= 1
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 200, 0).decode("utf-8", "replace").strip() or "another process"
            tell(f"waiting for {holder} (lock {path})")
            fcntl.flock(handle, fcntl.LOCK_EX)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"process {os.getpid()}, {purpose}".encode(), 0)
        _held_depth[path] = 1
        try:
            yield
        finally:
            _held_depth[path] = 0
            os.ftruncate(handle, 0)
    finally:
        os.close(handle)
