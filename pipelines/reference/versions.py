"""Where reference data lives: every version for ever, which one is accepted, the latest rates of exchange and payments.

Belongs here: keys below lake/reference/, what is written in which order, what makes it count.
Does not belong here: whether a version may be accepted (that needs rated calls), a clock, the files of landing.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.problems import Problem
from pipelines.reference.files import FX_RATES, PAYMENTS
from pipelines.reference.reading import ReferenceRead
from pipelines.reference.tables import REFERENCE_SCHEMA_VERSION, VERSIONED_TABLES

ROOT = "lake/reference"
_ACCEPTED = f"{ROOT}/accepted"
_NUMBERED = re.compile(re.escape(_ACCEPTED) + r"/(\d{6})\.json", re.ASCII)


class StoredEntry(Protocol):
    """What a listing says of one file."""

    @property
    def key(self) -> str:
        """The file's key."""


class ReferenceStore(Protocol):
    """What is needed of a store; pipelines.storage.Store fits."""

    def read(self, key: str) -> bytes:
        """Return the bytes of *key*."""

    def create(self, key: str, data: bytes) -> bool:
        """Write *key* if nothing has that name, else return False."""

    def replace(self, key: str, data: bytes) -> None:
        """Write *key*, replacing a former file in one step."""

    def list(self, prefix: str) -> Iterator[StoredEntry]:
        """Yield what is below the folder *prefix*."""

    def exists(self, key: str) -> bool:
        """Say whether *key* is there."""


class BadReferenceError(ValueError):
    """An attempt to keep reference data that has errors, or to accept a version that is not kept."""


class DamagedVersionError(ValueError):
    """A kept file does not have the sha256 its manifest or pointer names."""


@dataclass(frozen=True, slots=True)
class Acceptance:
    """That a version was accepted: the highest number holds. accepted_at is naive UTC."""

    number: int
    version_id: str
    accepted_at: datetime
    accepted_by: str
    reason: str


def save_version(store: ReferenceStore, read: ReferenceRead, raw_files: Mapping[str, bytes]) -> bool:
    """Keep the version of *read* with the bytes it was made of; return False where it is kept.

    The manifest is written last: a version without one does not exist. Raises BadReferenceError where *read* has
    errors, KeyError where *raw_files* lacks one of its files.
    """
    if read.tables is None:
        raise BadReferenceError(f"version {read.version_id} has errors")
    folder = _folder(read.version_id)
    manifest_key = f"{folder}/manifest.json"
    if store.exists(manifest_key):
        return False
    files: dict[str, str] = {}
    for path in read.versioned_paths:
        store.replace(f"{folder}/raw/{path}", raw_files[path])
        files[f"raw/{path}"] = _sha256(raw_files[path])
    for name, table in read.tables.items():
        data = parquet_bytes(table)
        store.replace(f"{folder}/{name}.parquet", data)
        files[f"{name}.parquet"] = _sha256(data)
    manifest = {
        "schema_version": REFERENCE_SCHEMA_VERSION,
        "version_id": read.version_id,
        "settings": read.settings,
        "files": files,
        "row_counts": {name: table.num_rows for name, table in read.tables.items()},
        "warnings": [asdict(problem) for problem in read.version_problems()],
    }
    return store.create(manifest_key, _json(manifest))


def version_exists(store: ReferenceStore, version_id: str) -> bool:
    """Say whether *version_id* is kept, whole."""
    return store.exists(f"{_folder(version_id)}/manifest.json")


def load_version(store: ReferenceStore, version_id: str) -> dict[str, pa.Table]:
    """Return the tables of a kept version. Raises BadReferenceError, DamagedVersionError."""
    manifest = _manifest(store, version_id)
    loaded: dict[str, pa.Table] = {}
    for table in VERSIONED_TABLES:
        name = f"{table.name}.parquet"
        data = store.read(f"{_folder(version_id)}/{name}")
        if _sha256(data) != manifest["files"][name]:
            raise DamagedVersionError(f"{version_id}/{name}")
        loaded[table.name] = pq.read_table(io.BytesIO(data))
    return loaded


def load_warnings(store: ReferenceStore, version_id: str) -> list[Problem]:
    """Return the warnings that were kept with a version."""
    return [Problem(**warning) for warning in _manifest(store, version_id)["warnings"]]


def damaged_files(store: ReferenceStore, version_id: str) -> list[str]:
    """Return the keys of a kept version that are not there or not what was written."""
    folder = _folder(version_id)
    return [
        f"{folder}/{name}"
        for name, digest in sorted(_manifest(store, version_id)["files"].items())
        if not store.exists(f"{folder}/{name}") or _sha256(store.read(f"{folder}/{name}")) != digest
    ]


def version_ids(store: ReferenceStore) -> list[str]:
    """Return the ids of all kept versions, sorted."""
    pattern = re.compile(re.escape(f"{ROOT}/versions") + r"/([0-9a-f]{16})/manifest\.json")
    return sorted(match[1] for entry in store.list(f"{ROOT}/versions") if (match := pattern.fullmatch(entry.key)))


def accept(store: ReferenceStore, version_id: str, accepted_at: datetime, accepted_by: str, reason: str) -> Acceptance:
    """Make *version_id* the accepted version from now on; the one that is accepted already stays as it is.

    Raises BadReferenceError where the version is not kept.
    """
    if not version_exists(store, version_id):
        raise BadReferenceError(f"version {version_id} is not kept")
    if accepted_at.tzinfo is not None:
        accepted_at = accepted_at.astimezone(UTC).replace(tzinfo=None)
    while True:
        latest = accepted_version(store)
        if latest is not None and latest.version_id == version_id:
            return latest
        made = Acceptance(latest.number + 1 if latest else 1, version_id, accepted_at, accepted_by, reason)
        if store.create(f"{_ACCEPTED}/{made.number:06d}.json", _json(_acceptance_record(made))):
            return made


def acceptances(store: ReferenceStore) -> list[Acceptance]:
    """Return every acceptance, in the order they were made."""
    return [_read_acceptance(store, number) for number in _acceptance_numbers(store)]


def accepted_version(store: ReferenceStore) -> Acceptance | None:
    """Return the acceptance that holds, None where nothing was ever accepted."""
    numbers = _acceptance_numbers(store)
    return _read_acceptance(store, numbers[-1]) if numbers else None


def save_fx_rates(store: ReferenceStore, table: pa.Table, raw: bytes | None) -> str:
    """Make *table* the current rates of exchange; return the first 16 digits of its sha256."""
    return _save_current(store, "fx", FX_RATES.path, table, raw)


def save_payments(store: ReferenceStore, table: pa.Table, raw: bytes | None) -> str:
    """Make *table* the current payments; return the first 16 digits of its sha256."""
    return _save_current(store, "payments", PAYMENTS.path, table, raw)


def load_fx_rates(store: ReferenceStore) -> pa.Table | None:
    """Return the latest good rates of exchange, None where there never were any."""
    return _load_current(store, "fx")


def load_payments(store: ReferenceStore) -> pa.Table | None:
    """Return the latest good payments, None where there never were any."""
    return _load_current(store, "payments")


def parquet_bytes(table: pa.Table) -> bytes:
    """Return *table* as Parquet: zstd, unit and description of every column in its field's metadata."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _save_current(store: ReferenceStore, kind: str, path: str, table: pa.Table, raw: bytes | None) -> str:
    data = parquet_bytes(table)
    digest = _sha256(data)
    name = digest[:16]
    store.create(f"{ROOT}/{kind}/{name}.parquet", data)
    if raw is not None:
        store.create(f"{ROOT}/{kind}/raw/{_sha256(raw)[:16]}-{path}", raw)
    pointer = {
        "schema_version": REFERENCE_SCHEMA_VERSION,
        "file": f"{name}.parquet",
        "sha256": digest,
        "raw_sha256": None if raw is None else _sha256(raw),
        "row_count": table.num_rows,
    }
    written, key = _json(pointer), f"{ROOT}/{kind}/current.json"
    if not store.exists(key) or store.read(key) != written:
        store.replace(key, written)
    return name


def _load_current(store: ReferenceStore, kind: str) -> pa.Table | None:
    key = f"{ROOT}/{kind}/current.json"
    if not store.exists(key):
        return None
    pointer = json.loads(store.read(key))
    data = store.read(f"{ROOT}/{kind}/{pointer['file']}")
    if _sha256(data) != pointer["sha256"]:
        raise DamagedVersionError(f"{kind}/{pointer['file']}")
    return pq.read_table(io.BytesIO(data))


def _manifest(store: ReferenceStore, version_id: str) -> dict[str, Any]:
    if not version_exists(store, version_id):
        raise BadReferenceError(f"version {version_id} is not kept")
    loaded: dict[str, Any] = json.loads(store.read(f"{_folder(version_id)}/manifest.json"))
    return loaded


def _acceptance_numbers(store: ReferenceStore) -> list[int]:
    return sorted(int(match[1]) for entry in store.list(_ACCEPTED) if (match := _NUMBERED.fullmatch(entry.key)))


def _acceptance_record(made: Acceptance) -> dict[str, object]:
    return {
        **asdict(made),
        "accepted_at": f"{made.accepted_at.isoformat()}Z",
        "schema_version": REFERENCE_SCHEMA_VERSION,
    }


def _read_acceptance(store: ReferenceStore, number: int) -> Acceptance:
    record = json.loads(store.read(f"{_ACCEPTED}/{number:06d}.json"))
    return Acceptance(
        number=number,
        version_id=record["version_id"],
        accepted_at=datetime.fromisoformat(record["accepted_at"]).replace(tzinfo=None),
        accepted_by=record["accepted_by"],
        reason=record["reason"],
    )


def _folder(version_id: str) -> str:
    return f"{ROOT}/versions/{version_id}"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8")
