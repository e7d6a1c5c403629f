"""`tollbook verify` finds each kind of damage made by hand, and nothing on a site that is sound."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest

from assets.verification import Verification, verify
from tests.support.published import Site
from tests.support.small_site import call, drop, file_of, run_in_process, settings_of, small_site


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """Return a published site of two months with rejects, a duplicate, a conflict and a late file, as run in parts."""
    site = small_site(tmp_path_factory.mktemp("verify") / "site")
    run_in_process(site)
    rows = [call("three", "2026-02-27T11:00:00Z"), "broken,row", call("three", "2026-02-27T11:00:00Z")]
    drop(site, "a/2026022711.csv", file_of([*rows, call("three", "2026-02-27T11:00:00Z", seconds=61)]))
    drop(site, "a/2026030211.csv", file_of([call("four", "2026-03-02T10:59:00Z", seconds=7200, account="nobody")]))
    run_in_process(site)
    return site


@pytest.fixture
def site(sound: Site, tmp_path: Path) -> Site:
    """Return a copy of the sound site, to damage."""
    shutil.copytree(sound.root, tmp_path / "site", symlinks=True)
    return Site(tmp_path / "site")


def _verify(site: Site) -> Verification:
    return verify(settings_of(site), lambda _: None)


def _only(site: Site, pattern: str) -> Path:
    return min((site.root / "data").glob(pattern))


def test_a_sound_site_is_found_sound_and_nothing_is_written(site: Site) -> None:
    def state() -> dict[str, tuple[int, int]]:
        files = (path for path in site.root.rglob("*") if path.is_file() and path.name != "writer.lock")
        return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}

    before = state()
    found = _verify(site)
    assert (found.findings, found.not_compared) == ((), ())
    assert found.looked_at == {"records": 3, "hours": 2}
    assert state() == before


def _flip_a_byte(site: Site) -> None:
    path = _only(site, "lake/cdr/*/*.parquet")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _delete_a_part(site: Site) -> None:
    _only(site, "lake/cdr/*/*.parquet").unlink()


def _flip_a_reject(site: Site) -> None:
    path = _only(site, "lake/rejects/*/*.parquet")
    path.write_bytes(path.read_bytes()[:-9] + b"X" + path.read_bytes()[-8:])


def _leave_an_orphan(site: Site) -> None:
    path = _only(site, "lake/cdr/*/*.parquet")
    shutil.copy(path, path.with_name(path.name.replace(path.suffixes[0], ".0123456789abcdef")))


def _delete_a_record(site: Site) -> None:
    _only(site, "lake/files/*/*.json").unlink()


def _cut_a_record(site: Site) -> None:
    path = _only(site, "lake/files/*/*.json")
    path.write_bytes(path.read_bytes()[:100])


def _tamper(site: Site, change: Callable[[dict[str, object]], None]) -> None:
    path = _only(site, "lake/files/*/*.json")
    document = json.loads(path.read_text())
    change(document["files"][0])
    path.write_text(json.dumps(document))


def _warehouse(site: Site, statement: str) -> None:
    with duckdb.connect(str(site.root / "var/warehouse.duckdb")) as connection:
        connection.execute(statement)


def _edit_derived(site: Site) -> None:
    path = _only(site, "derived/rated_calls/*/*.parquet")
    pl.read_parquet(path).with_columns(billed_seconds=pl.col("billed_seconds") + 1).write_parquet(path)


def _edit_reference(site: Site) -> None:
    path = _only(site, "lake/reference/versions/*/customers.parquet")
    path.write_bytes(path.read_bytes() + b"x")


def _accept_what_is_not_kept(site: Site) -> None:
    path = _only(site, "lake/reference/accepted/*.json")
    path.write_text(path.read_text().replace(json.loads(path.read_text())["version_id"], "0" * 16))


def _edit_snapshot(site: Site) -> None:
    with duckdb.connect(str(site.current.resolve())) as connection:
        connection.execute("update facts.customer_day set charge_amount = charge_amount + 1")


DAMAGES: list[tuple[str, Callable[[Site], None], set[str]]] = [
    ("a byte of a part", _flip_a_byte, {"damaged_part"}),
    ("a part", _delete_a_part, {"missing_part"}),
    ("a byte of the rejects", _flip_a_reject, {"damaged_part"}),
    ("a part too many", _leave_an_orphan, {"orphan"}),
    ("a record", _delete_a_record, {"orphan", "record_gone"}),
    ("a record cut short", _cut_a_record, {"damaged_record"}),
    ("a count of a record", lambda site: _tamper(site, lambda file: file.update(row_count=9)), {"wrong_record"}),
    ("a path of a record", lambda site: _tamper(site, lambda file: file.update(file_path="a/x")), {"wrong_record"}),
    ("a status of a record", lambda site: _tamper(site, lambda f: f.update(status_reason="x")), {"record_differs"}),
    (
        "a fact of calls",
        lambda site: _warehouse(site, "update marts.call_summary_hourly set charge_amount = charge_amount + 0.000001"),
        {"broken_equality", "different_snapshot"},
    ),
    (
        "a fact of legs",
        lambda site: _warehouse(site, "update marts.leg_summary_hourly set attempt_count = attempt_count + 1"),
        {"broken_equality", "different_snapshot"},
    ),
    (
        "rows of a file",
        lambda site: _warehouse(site, "update facts.file_hours set duplicate_count = 0, leg_count = leg_count + 1"),
        {"broken_equality", "different_snapshot"},
    ),
    (
        "channels",
        lambda site: _warehouse(site, "update facts.channel_buckets set channel_seconds = channel_seconds + 1"),
        {"broken_equality", "different_snapshot"},
    ),
    ("the mirror", lambda site: _warehouse(site, "delete from build.part_hours"), {"record_differs"}),
    ("a derived file edited", _edit_derived, {"broken_equality"}),
    (
        "a derived file",
        lambda site: _only(site, "derived/rated_legs/*/*.parquet").unlink(),
        {"missing_derived"},
    ),
    (
        "a derived file too many",
        lambda site: shutil.copy(
            _only(site, "derived/rated_legs/*/*.parquet"), site.root / "data/derived/rated_legs/2026-01-01T00.parquet"
        ),
        {"orphan_derived"},
    ),
    ("a file of a reference version", _edit_reference, {"damaged_reference"}),
    ("what is accepted", _accept_what_is_not_kept, {"acceptance_without_version"}),
    ("the snapshot", _edit_snapshot, {"different_snapshot"}),
]


@pytest.mark.parametrize(("damage", "codes"), [row[1:] for row in DAMAGES], ids=[row[0] for row in DAMAGES])
def test_damage_is_found_and_says_where(site: Site, damage: Callable[[Site], None], codes: set[str]) -> None:
    damage(site)
    found = _verify(site)
    told = [str(finding) for finding in found.findings]
    assert codes == {finding.code for finding in found.findings}, told
    assert all(finding.where and finding.what and finding.advice for finding in found.findings)


def test_what_an_interrupted_run_left_pending_is_no_finding(site: Site) -> None:
    from assets import run as steps
    from tests.support.small_site import AS_OF

    drop(site, "a/2026030209.csv", file_of([call("five", "2026-03-02T09:00:00Z")]))
    drop(site, "a/2026030210.csv", file_of([call("one", "2026-03-02T10:10:00Z")]))
    run = steps.Run(settings_of(site), AS_OF, lambda _: None, lambda: AS_OF)
    steps.take_reference(run)
    steps.read_landing(run)
    found = _verify(site)
    assert found.findings == ()
    assert len(found.not_compared) == 2


def test_the_command_tells_progress_findings_and_ends_with_its_code(site: Site) -> None:
    sound = site.tollbook("verify")
    assert sound.returncode == 0, sound.stdout + sound.stderr
    assert "figures 2026-03" in sound.stdout
    assert sound.stdout.splitlines()[-1] == "verified 3 records, 2 hours: all sound"
    _flip_a_byte(site)
    told = site.tollbook("verify", "--json")
    assert told.returncode == 1
    document = json.loads(told.stdout)
    assert document["is_sound"] is False
    assert [finding["code"] for finding in document["findings"]] == ["damaged_part"]
    assert "lake/cdr/" in document["findings"][0]["where"]
