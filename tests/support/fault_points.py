"""Where a process may be killed: before every single thing it does that lasts.

Belongs here: counting those points, noting what each is and whether the disk differs from the one before, kill -9 at
one of them.
Does not belong here: which points a test tries, what must hold afterwards.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import duckdb

_LASTING = re.compile(r"(insert|update|delete|commit|create|alter|drop|checkpoint)\b", re.IGNORECASE)
_NOTHING_NEW = re.compile(r"create (schema if not exists|or replace temp)", re.IGNORECASE)
_COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)

# What no later run reads: a chunk's own database, a candidate's folder, dbt's logs.
_DISPOSABLE = re.compile(r"var/(work\.duckdb|candidate/|dbt/|writer\.lock)")

Point = tuple[str, bool]
"""What comes next, and whether anything that lasts differs from the point before."""

_points: list[Point] = []
_deadly: list[int | str] = []
_seen: list[tuple[Path, object]] = []


def arm(root: Path, kill_at: int | str | None) -> list[Point]:
    """Wrap what lasts; kill this process at point *kill_at*. Returns the list to which each point is noted.

    kill_at: a number, counted from 1, or how the name of the first such point begins. Only what happens below *root*
    counts.
    """
    _points.clear()
    _deadly[:] = [] if kill_at is None else [kill_at]
    _seen[:] = [(root, None)] if kill_at is None else []
    for name in ("replace", "rename", "link", "symlink", "unlink", "remove", "rmdir"):
        setattr(os, name, _before(name, getattr(os, name), root))
    shutil.copyfile = _copyfile(shutil.copyfile, root)  # type: ignore[assignment]
    connect = duckdb.connect

    def connect_wrapped(*arguments: Any, **named: Any) -> Any:
        pass_point(f"open {Path(str(arguments[0])).name if arguments else ''}")
        return _Connection(connect(*arguments, **named))

    duckdb.connect = connect_wrapped  # type: ignore[assignment]
    return _points


def pass_point(name: str) -> None:
    """Note one point, and die there if it is the one."""
    _points.append((name, _is_changed() or name.startswith("copyfile")))
    if _is_deadly(len(_points), name):
        os.kill(os.getpid(), signal.SIGKILL)


def _is_deadly(number: int, name: str) -> bool:
    return any(name.startswith(point) if isinstance(point, str) else number == point for point in _deadly)


def _is_changed() -> bool:
    if not _seen:
        return True
    root, before = _seen[0]
    now = {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for path in root.rglob("*")
        if (path.is_symlink() or path.is_file()) and not _DISPOSABLE.match(str(path.relative_to(root)))
    }
    _seen[0] = (root, now)
    return now != before


def _before(name: str, function: Callable[..., Any], root: Path) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **named: Any) -> Any:
        # The last path is where something appears; of unlink and rmdir there is only one.
        target = os.fsdecode(arguments[1 if name in {"replace", "rename", "link", "symlink"} else 0])
        is_our_own = name == "unlink" and Path(target).name.startswith(".tmp-")  # renamed a moment ago
        if target.startswith(str(root)) and not is_our_own:
            pass_point(f"{name} {os.path.relpath(target, root)}")
        return function(*arguments, **named)

    return wrapped


def _copyfile(function: Callable[..., Any], root: Path) -> Callable[..., Any]:
    def wrapped(source: Any, target: Any, **named: Any) -> Any:
        if str(target).startswith(str(root)):
            name = f"copyfile {Path(target).name}"
            if _is_deadly(len(_points) + 1, name):  # dead in the middle of the copy
                content = Path(source).read_bytes()
                Path(target).write_bytes(content[: len(content) // 2])
            pass_point(name)
        return function(source, target, **named)

    return wrapped


class _Connection:
    """A DuckDB connection (or cursor of one) whose lasting statements are points."""

    def __init__(self, real: Any, *, is_cursor: bool = False) -> None:
        self._real = real
        self._is_cursor = is_cursor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def execute(self, query: Any, *arguments: Any, **named: Any) -> Any:
        self._pass(query)
        self._real.execute(query, *arguments, **named)
        return self

    def executemany(self, query: Any, *arguments: Any, **named: Any) -> Any:
        self._pass(query)
        self._real.executemany(query, *arguments, **named)
        return self

    def cursor(self) -> _Connection:
        return _Connection(self._real.cursor(), is_cursor=True)

    def close(self) -> None:
        if not self._is_cursor:
            pass_point("close")  # closing writes the log back into the file
        self._real.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def _pass(self, query: Any) -> None:
        text = _COMMENTS.sub("", str(query)).strip()
        if _LASTING.match(text) and not _NOTHING_NEW.match(text):
            pass_point(" ".join(text.split()[:6]))
