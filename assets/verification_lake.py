"""The lake against its own records: parts, hashes, schemas, counts, what nothing names, reference versions.

Belongs here: what can be said of the lake without the warehouse.
Does not belong here: figures (verification_figures.py), mending anything.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from assets.verification_findings import RESTORE, Finding
from pipelines import lake
from pipelines.columns import LEG_COLUMNS, REJECT_COLUMNS, Column, arrow_schema
from pipelines.lake import HourRecord, PartRecord
from pipelines.reference import versions
from pipelines.reference.versions import BadReferenceError, DamagedVersionError
from pipelines.storage import Store

_CHUNK_BYTES = 1 << 20
_PART = re.compile(r"lake/(?:cdr|rejects)/(drop_date=[0-9-]+/.+-[0-9-]+T[0-9]{2})\.[0-9a-f]{16}\.parquet")
_BROKEN_JSON = (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the whole lake gave.

    suspects: keys of records that seem wrong, or whose parts do. unnamed: keys of parts that no record names.
    """

    suspects: tuple[str, ...]
    unnamed: tuple[str, ...]
    record_count: int


def look_at_lake(store: Store, tell: Callable[[str], None]) -> Look:
    """Look at every record and its parts, month by month; without the lock, so a run may just be changing some."""
    keys = [entry.key for entry in store.list(lake.FILES) if entry.is_file and entry.key.endswith(".json")]
    suspects: list[str] = []
    named: set[str] = set()
    for month, group in itertools.groupby(keys, key=lambda key: key.split("drop_date=")[-1][:7]):
        of_month = list(group)
        with ThreadPoolExecutor(max_workers=2) as pool:
            for key, (found, parts) in zip(of_month, pool.map(partial(_look_at, store), of_month), strict=True):
                named.update(parts)
                suspects += [key] if found else []
        tell(f"lake {month}: {len(of_month):,} records and their parts")
    present = (entry for table in ("cdr", "rejects") for entry in store.list(f"lake/{table}"))
    unnamed = tuple(entry.key for entry in present if entry.is_file and entry.key not in named)
    return Look(tuple(suspects), unnamed, len(keys))


def findings_of(store: Store, record_keys: Sequence[str]) -> Iterator[Finding]:
    """Return what is wrong with these records and their parts now; under the writer lock, so it is no run's doing."""
    for key in record_keys:
        if store.exists(key):
            yield from _look_at(store, key)[0]


def _look_at(store: Store, key: str) -> tuple[list[Finding], list[str]]:
    """Return what is wrong with a record and its parts, and the keys of its parts."""
    try:
        record = lake.read_record(store, key)
    except FileNotFoundError:  # listed, then gone
        return [], []
    except lake.RecordVersionError:
        raise
    except _BROKEN_JSON as error:
        advice = "restore it from the backup; its parts beside it name no other"
        return [Finding("damaged_record", f"the record cannot be read ({error!r})", key, advice)], []
    advice = RESTORE.format(lake.hour_text(record.drop_hour))
    findings = [Finding("wrong_record", problem, key, advice) for problem in _problems_of_record(record, key)]
    held = [file for file in record.files if file.status_code != "excluded"]
    undone = [file for file in record.files if file.status_code == "excluded"]
    for part, columns, counts in (
        (record.part, LEG_COLUMNS, {file.file_id: file.parsed_count for file in held}),
        (record.rejects, REJECT_COLUMNS, {file.file_id: file.rejected_count for file in held}),
        (record.aside, LEG_COLUMNS, {file.file_id: file.parsed_count for file in undone}),
        (record.aside_rejects, REJECT_COLUMNS, {file.file_id: file.rejected_count for file in undone}),
    ):
        if part is None:
            if any(counts.values()):
                findings.append(Finding("wrong_record", "it counts rows and names no part", key, advice))
            continue
        code, problem = _problem_of_part(store, part, columns, {name: count for name, count in counts.items() if count})
        if problem:
            findings.append(Finding(code, problem, part.key, advice))
    return findings, [part.key for part in record.parts]


def _problems_of_record(record: HourRecord, key: str) -> Iterator[str]:
    if lake.record_key(record.feed_id, record.drop_hour) != key:
        yield f"it says it is of {record.feed_id} {lake.hour_text(record.drop_hour)}"
    for file in (*record.files, *record.replaced):
        if file.file_id != lake.file_id(record.feed_id, file.file_path, file.sha256, file.segment):
            yield f"the id of '{file.file_path}' does not follow from its path and sha256"
        if file.row_count != file.parsed_count + file.rejected_count:
            counted = f"{file.parsed_count} read and {file.rejected_count} rejected"
            yield f"'{file.file_path}' has {file.row_count} rows, but {counted}"
    if record.part is not None and sum(record.part.hours.values()) != record.part.row_count:
        yield f"its part has {record.part.row_count} rows, its hours {sum(record.part.hours.values())}"


def _problem_of_part(
    store: Store, part: PartRecord, columns: tuple[Column, ...], counts: dict[str, int]
) -> tuple[str, str]:
    """Return the code and text of what is wrong with *part*, empty where nothing is."""
    if not store.exists(part.key):
        return "missing_part", "a record names this part, and it is not there"
    digest = hashlib.sha256()
    with store.open(part.key) as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    if digest.hexdigest() != part.sha256 or part.sha256[:16] not in part.key:
        return "damaged_part", f"its sha256 is {digest.hexdigest()[:16]}…, its record says {part.sha256[:16]}…"
    uri = store.uri(part.key)
    found, wanted = pq.read_schema(uri), arrow_schema(columns, "")
    if _shape(found) != _shape(wanted):
        return "wrong_schema", f"its columns are {found.names}, those of the lake {wanted.names}"
    rows = pl.scan_parquet(uri).group_by("file_id").len().collect()
    by_file = dict(rows.iter_rows())
    if by_file != counts or sum(by_file.values()) != part.row_count:
        return "wrong_counts", f"it has {by_file} rows by file, its record says {counts}, {part.row_count} in all"
    return "", _problem_of_hours(uri, part) if part.hours else ""


def _shape(schema: pa.Schema) -> list[tuple[str, str]]:
    return [(field.name, str(field.type).removeprefix("large_")) for field in schema]


def _problem_of_hours(uri: str, part: PartRecord) -> str:
    legs = pl.scan_parquet(uri)
    hours = legs.group_by(pl.col("setup_at").dt.truncate("1h").dt.strftime("%Y-%m-%dT%H").alias("hour")).len().collect()
    span = legs.select(pl.col("setup_at").min(), pl.col("ended_at").max()).collect().row(0)
    if dict(hours.iter_rows()) != dict(part.hours):
        return "its rows by hour of setup are not those of its record"
    return (
        "" if span == (part.first_setup_at, part.last_ended_at) else "its first setup or last end is not its record's"
    )


def orphans_of(store: Store, keys: Sequence[str]) -> Iterator[Finding]:
    """Return a finding for each of *keys* that no record names; under the writer lock."""
    for key in keys:
        if store.exists(key) and _is_orphan(store, key):
            advice = "nothing reads it: remove it (a run that was killed may have left it)"
            yield Finding("orphan", "no record names it", key, advice)


def _is_orphan(store: Store, key: str) -> bool:
    match = _PART.fullmatch(key)
    record_key = "" if match is None else f"{lake.FILES}/{match[1]}.json"
    if not record_key or not store.exists(record_key):
        return True
    try:
        record = lake.read_record(store, record_key)
    except _BROKEN_JSON:
        return False  # told as a damaged record
    return key not in {part.key for part in (record.part, record.rejects) if part is not None}


def reference_findings(store: Store) -> Iterator[Finding]:
    """Return what is wrong with the kept versions of the reference data and with what says which is accepted."""
    restore = "restore lake/reference from the backup"
    try:
        for version in versions.version_ids(store):
            for key in versions.damaged_files(store, version):
                yield Finding("damaged_reference", "it is missing or not what was written", key, restore)
        acceptances = versions.acceptances(store)
        for number, acceptance in enumerate(acceptances, start=1):
            where = f"{versions.ROOT}/accepted/{acceptance.number:06d}.json"
            if acceptance.number != number:
                yield Finding("acceptance_gap", f"acceptance {number} is missing before it", where, restore)
                break
            if not versions.version_exists(store, acceptance.version_id):
                what = f"it accepts version {acceptance.version_id}, which is not kept"
                yield Finding("acceptance_without_version", what, where, restore)
        versions.load_fx_rates(store)
        versions.load_payments(store)
    except (DamagedVersionError, BadReferenceError, FileNotFoundError, pa.ArrowInvalid, *_BROKEN_JSON) as error:
        yield Finding("damaged_reference", f"it cannot be read ({error})", versions.ROOT, restore)
