"""The store of reference versions, over a real folder: kept for ever, accepted by number, current files by pointer.

Belongs here: what is written where, in which order, and what becomes of it when something is torn or damaged.
Does not belong here: what the tables hold (test_reference_good_set.py).
"""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.reference import versions
from pipelines.reference.tables import TABLES
from pipelines.storage import Store
from tests.unit.test_reference_good_set import GOOD, raw_set, read_set

NOON = datetime(2026, 11, 1, 12)
ROOT = "lake/reference"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def keep(store: Store, changes: dict[str, str | bytes | None] | None = None) -> str:
    read = read_set(changes)
    versions.save_version(store, read, raw_set(changes))
    return read.version_id


def keys(store: Store) -> dict[str, bytes]:
    return {entry.key: store.read(entry.key) for entry in store.list() if entry.is_file}


def test_a_version_comes_back_as_it_was_read_types_and_descriptions_included(store: Store) -> None:
    read = read_set()
    version = keep(store)
    loaded = versions.load_version(store, version)
    assert read.tables is not None
    assert list(loaded) == list(read.tables)
    for name, table in loaded.items():
        assert table.equals(read.tables[name]), name
        assert table.schema.equals(TABLES[name].schema(), check_metadata=True), name


def test_a_version_keeps_the_users_bytes_and_not_those_of_payments(store: Store) -> None:
    folder = f"{ROOT}/versions/{keep(store)}/raw/"
    kept = {key.removeprefix(folder): data for key, data in keys(store).items() if key.startswith(folder)}
    assert kept == {path: data for path, data in raw_set().items() if path not in ("payments.csv", "fx_rates.csv")}


def test_parquet_is_zstd_with_units_in_its_fields(store: Store) -> None:
    data = store.read(f"{ROOT}/versions/{keep(store)}/rates.parquet")
    file = pq.ParquetFile(io.BytesIO(data))
    assert file.metadata.row_group(0).column(0).compression == "ZSTD"
    assert file.schema_arrow.field("rate_micros").metadata[b"unit"] == b"10^-6 of the card's currency per minute"


def test_keeping_a_version_again_changes_not_a_byte(store: Store) -> None:
    keep(store)
    before = keys(store)
    assert versions.save_version(store, read_set(), raw_set()) is False
    assert keys(store) == before


def test_a_kept_version_is_never_written_to_again(store: Store) -> None:
    key = f"{ROOT}/versions/{keep(store)}/rates.parquet"
    store.replace(key, b"as an older library wrote it")
    keep(store)
    assert store.read(key) == b"as an older library wrote it"


def test_a_version_without_manifest_is_none_and_is_kept_whole_the_next_time(store: Store) -> None:
    version = keep(store)
    whole = keys(store)
    store.delete(f"{ROOT}/versions/{version}/manifest.json")
    store.delete(f"{ROOT}/versions/{version}/rates.parquet")
    assert not versions.version_exists(store, version)
    assert versions.version_ids(store) == []
    with pytest.raises(versions.BadReferenceError, match=version):
        versions.accept(store, version, NOON, "anna", "")
    keep(store)
    assert keys(store) == whole


def test_bad_reference_data_is_never_kept(store: Store) -> None:
    bad = {"customers.csv": "nothing\n"}
    with pytest.raises(versions.BadReferenceError):
        keep(store, bad)
    assert keys(store) == {}


def test_every_version_stays(store: Store) -> None:
    first, second = keep(store), keep(store, {"customer_taxes.csv": None})
    assert versions.version_ids(store) == sorted((first, second))
    assert versions.load_version(store, first)["customer_taxes"].num_rows == 1
    assert versions.load_version(store, second)["customer_taxes"].num_rows == 0


def test_the_warnings_of_a_version_are_kept_with_it(store: Store) -> None:
    changes: dict[str, str | bytes | None] = {"carrier_keys.csv": None}
    assert versions.load_warnings(store, keep(store, changes)) == read_set(changes).problems != []


def test_the_manifest_names_settings_rows_and_the_sha256_of_every_file(store: Store) -> None:
    version = keep(store)
    manifest = json.loads(store.read(f"{ROOT}/versions/{version}/manifest.json"))
    assert manifest["settings"]["base_currency"] == "EUR"
    assert manifest["settings"]["talk_time_over_maximum_ms"]["lon1"] == 24 * 3600 * 1000
    assert manifest["row_counts"]["rates"] == 6
    stored = {key.removeprefix(f"{ROOT}/versions/{version}/") for key in keys(store)} - {"manifest.json"}
    assert set(manifest["files"]) == stored
    assert versions.damaged_files(store, version) == []


def test_a_damaged_table_is_found_and_never_used(store: Store) -> None:
    version = keep(store)
    key = f"{ROOT}/versions/{version}/rates.parquet"
    store.replace(key, store.read(key)[:-1] + b"?")
    assert versions.damaged_files(store, version) == [key]
    with pytest.raises(versions.DamagedVersionError, match=r"rates\.parquet"):
        versions.load_version(store, version)


def test_nothing_is_accepted_before_the_first_acceptance(store: Store) -> None:
    assert versions.accepted_version(store) is None
    keep(store)
    assert versions.accepted_version(store) is None


def test_the_highest_number_holds_and_the_history_stays(store: Store) -> None:
    first, second = keep(store), keep(store, {"customer_taxes.csv": None})
    versions.accept(store, first, NOON, "first run", "nothing was accepted before")
    made = versions.accept(store, second, NOON + timedelta(hours=1), "anna", "new taxes")
    assert versions.accepted_version(store) == made
    assert (made.number, made.version_id, made.accepted_by, made.reason) == (2, second, "anna", "new taxes")
    back = versions.accept(store, first, NOON + timedelta(hours=2), "anna", "back")
    assert [(one.number, one.version_id) for one in versions.acceptances(store)] == [
        (1, first),
        (2, second),
        (3, first),
    ]
    assert versions.accepted_version(store) == back


def test_accepting_the_accepted_version_again_adds_nothing(store: Store) -> None:
    made = versions.accept(store, keep(store), NOON, "anna", "")
    assert versions.accept(store, made.version_id, NOON + timedelta(days=1), "bert", "again") == made
    assert len(versions.acceptances(store)) == 1


def test_accepted_at_is_utc_whatever_zone_the_caller_is_in(store: Store) -> None:
    local = datetime(2026, 11, 1, 13, tzinfo=timezone(timedelta(hours=1)))
    versions.accept(store, keep(store), local, "anna", "")
    accepted = versions.accepted_version(store)
    assert accepted is not None
    assert accepted.accepted_at == NOON
    record = json.loads(store.read(f"{ROOT}/accepted/000001.json"))
    assert datetime.fromisoformat(record["accepted_at"]) == NOON.replace(tzinfo=UTC)


class Overtaken(Store):
    """A store in which another writer takes the number just before us."""

    def create(self, key: str, data: bytes) -> bool:
        if key.endswith("accepted/000001.json") and not self.exists(key):
            record = json.loads(data) | {"version_id": "0" * 16, "accepted_by": "the other"}
            super().create(key, json.dumps(record).encode())
        return super().create(key, data)


def test_a_number_that_was_taken_meanwhile_is_never_overwritten(tmp_path: Path) -> None:
    store = Overtaken(tmp_path)
    made = versions.accept(store, keep(store), NOON, "anna", "")
    assert made.number == 2
    assert [one.accepted_by for one in versions.acceptances(store)] == ["the other", "anna"]


def test_payments_and_rates_of_exchange_are_current_at_once_and_their_former_files_stay(store: Store) -> None:
    assert versions.load_payments(store) is None
    assert versions.load_fx_rates(store) is None
    more = GOOD["payments.csv"] + "p2,bolt,2026-03-01,5,GBP,pending,\n"
    for text in (GOOD["payments.csv"], more):
        table = read_set({"payments.csv": text}).payments
        assert table is not None
        versions.save_payments(store, table, text.encode())
    fx = read_set().fx
    assert fx is not None
    name = versions.save_fx_rates(store, fx, raw_set()["fx_rates.csv"])
    payments = versions.load_payments(store)
    assert payments is not None
    assert payments["payment_id"].to_pylist() == ["p1", "p2"]
    loaded = versions.load_fx_rates(store)
    assert loaded is not None
    assert loaded.equals(fx)
    assert store.exists(f"{ROOT}/fx/{name}.parquet")
    tables = [key for key in keys(store) if key.startswith(f"{ROOT}/payments/") and key.endswith(".parquet")]
    assert len(tables) == 2
    assert more.encode() in keys(store).values()


def test_a_damaged_current_file_is_never_used(store: Store) -> None:
    table = read_set().payments
    assert table is not None
    name = versions.save_payments(store, table, None)
    store.replace(f"{ROOT}/payments/{name}.parquet", b"PAR1")
    with pytest.raises(versions.DamagedVersionError, match=name):
        versions.load_payments(store)
