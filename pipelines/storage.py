"""The only place where files of landing, lake and derived data are listed, opened, created and replaced.

Belongs here: a store of files below one root, by key ('/'-separated, relative); what makes a write whole or absent.
Does not belong here: what the files mean, which keys exist (lake.py), retries of readers, a clock.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipelines.entries import Entry

_TEMPORARY = ".tmp-"
_OURS = re.compile(r"\.tmp-\d+-", re.ASCII)


class KeyOutsideStoreError(ValueError):
    """A key that is absolute or climbs out of its store."""


class Store:
    """A folder; every key lies below it.

    A file is visible whole or not at all: written beside its place under a temporary name, synced, then linked or
    renamed into place. Temporary files are never listed; those of a dead process go with remove_temporary_files.
    """

    def __init__(self, root: Path | str) -> None:
        """Take *root*; it is created when the first file is."""
        self.root = Path(root)

    def __repr__(self) -> str:
        """Return the root, for messages."""
        return f"Store({str(self.root)!r})"

    def _path(self, key: str) -> Path:
        if not key or key.startswith("/") or ".." in key.split("/"):
            raise KeyOutsideStoreError(key)
        return self.root / key

    def uri(self, key: str) -> str:
        """Return what DuckDB and polars read *key* by."""
        return str(self._path(key))

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Yield every file and folder below the folder *prefix*, in byte order of names, folders before their files."""
        top = self.root / prefix if prefix else self.root
        try:
            status = top.stat()
        except (FileNotFoundError, NotADirectoryError):
            return
        above = frozenset({(status.st_dev, status.st_ino)})
        yield from self._list(top, f"{prefix.rstrip('/')}/" if prefix else "", above)

    def _list(self, folder: Path, prefix: str, above: frozenset[tuple[int, int]]) -> Iterator[Entry]:
        try:
            with os.scandir(folder) as found:
                entries = sorted(found, key=lambda entry: os.fsencode(entry.name))
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            if entry.name.startswith(_TEMPORARY):
                continue
            key = prefix + os.fsencode(entry.name).decode("utf-8", "backslashreplace")
            try:
                status = entry.stat()
            except FileNotFoundError:  # gone between the listing and the look, or a dangling link
                continue
            except OSError:  # a link to itself
                yield Entry(key, 0, 0, is_file=False)
                continue
            yield Entry(key, status.st_size, status.st_mtime_ns, is_file=stat.S_ISREG(status.st_mode))
            place = (status.st_dev, status.st_ino)
            if stat.S_ISDIR(status.st_mode) and place not in above:  # a link to a folder above leads round for ever
                yield from self._list(folder / entry.name, key + "/", above | {place})

    def stat(self, key: str) -> Entry | None:
        """Return the entry of *key* as it is now, None where nothing is."""
        try:
            status = self._path(key).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return Entry(key, status.st_size, status.st_mtime_ns, is_file=stat.S_ISREG(status.st_mode))

    def exists(self, key: str) -> bool:
        """Say whether *key* is a file or folder."""
        return self.stat(key) is not None

    def open(self, key: str) -> BinaryIO:
        """Open *key* to read. Raises FileNotFoundError, PermissionError, IsADirectoryError."""
        return self._path(key).open("rb")

    def read(self, key: str) -> bytes:
        """Return the bytes of *key*."""
        return self._path(key).read_bytes()

    def sha256(self, key: str) -> str:
        """Return the hash of *key*, read a block at a time. Raises what open() does."""
        with self._path(key).open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()

    @contextmanager
    def scratch(self, key: str) -> Iterator[Path]:
        """Give a temporary path beside *key* to write to; pass it to adopt(). Removed if it is still there."""
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        path = target.parent / f"{_TEMPORARY}{os.getpid()}-{target.name}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def adopt(self, key: str, written: Path) -> None:
        """Make the finished file *written* (from scratch()) the file *key*, replacing a former one."""
        target = self._path(key)
        target.parent.mkdir(parents=True, exist_ok=True)
        sync(written)
        written.replace(target)
        sync(target.parent)

    def replace(self, key: str, data: bytes) -> None:
        """Write *key*, replacing a former file in one step."""
        with self.scratch(key) as path:
            path.write_bytes(data)
            self.adopt(key, path)

    def create(self, key: str, data: bytes) -> bool:
        """Write *key* if nothing has that name; return False, with nothing changed, where something has."""
        target = self._path(key)
        with self.scratch(key) as path:
            path.write_bytes(data)
            sync(path)
            try:
                os.link(path, target)  # a rename would overwrite; a link refuses
            except FileExistsError:
                return False
        sync(target.parent)
        return True

    def delete(self, key: str) -> None:
        """Remove the file *key*; nothing happens where it is not there."""
        self._path(key).unlink(missing_ok=True)

    def remove_temporary_files(self, prefix: str = "") -> int:
        """Remove what dead processes left half written below *prefix*; return how many.

        Only the holder of the writer lock may, and only where nobody else writes: never in landing.
        """
        removed = 0
        for path in (self.root / prefix).rglob(f"{_TEMPORARY}*"):
            if _OURS.match(path.name) and path.is_file():
                path.unlink(missing_ok=True)
                removed += 1
        return removed


def sync(path: Path) -> None:
    """Have the operating system write *path* (a file, or a folder's list of names) to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
