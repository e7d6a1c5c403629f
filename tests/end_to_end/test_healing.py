"""What a second look at the whole found: states that must heal, and decisions that must not slip through."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assets.publish import publish
from pipelines.storage import Store
from tests.support.published import Site, differing
from tests.support.small_site import AS_OF, call, drop, file_of, run_in_process, settings_of, small_site

DEARER = b"prefix,destination_name,rate_per_minute\n44,UK,6.00\n"


def charges(site: Site) -> list[str]:
    return [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")]


def test_a_waiting_deck_still_waits_when_the_warehouse_was_thrown_away(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    drop(site, "reference/rates/gold/2026-03-01T0000Z.csv", DEARER)
    run_in_process(site)
    shutil.rmtree(site.root / "var")
    told = run_in_process(site)
    assert any("waits" in line for line in told)
    assert charges(site) == ["1.200000"]


def test_a_shorter_call_spread_that_would_charge_more_waits(tmp_path: Path) -> None:
    legs = [call("c", "2026-03-02T10:00:00Z"), call("c", "2026-03-02T10:40:00Z", leg="2")]
    site = small_site(tmp_path / "site", {"a/2026030210.csv": file_of(legs)})
    run_in_process(site)
    assert charges(site) == ["0.600000"]
    path = site.root / "tollbook.toml"
    path.write_text(path.read_text() + '[rules]\ncall_spread = "10m"\n')
    told = run_in_process(site)
    assert any("waits" in line for line in told)
    assert charges(site) == ["0.600000"]


def test_an_hour_that_lost_its_last_leg_while_rates_of_exchange_changed_is_emptied(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {"a/2026030210.csv": file_of([call("c", "2026-03-02T08:00:00Z")])})
    drop(site, "reference/fx_rates.csv", b"date,currency_code,rate_to_base\n2026-03-01,USD,0.9\n")
    run_in_process(site)
    drop(site, "a/2026030210.csv", file_of([call("c", "2026-03-02T10:00:00Z")]))
    drop(site, "reference/fx_rates.csv", b"date,currency_code,rate_to_base\n2026-03-01,USD,0.8\n")
    run_in_process(site)
    assert [row["hour_start_at"].hour for row in site.rows("call_summary_hourly")] == [10]


def test_a_landing_where_nothing_is_mounted_takes_no_payment_away(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    paid = (
        b"payment_id,customer_id,received_at,amount,currency_code,status\n"
        b"p1,acme,2026-03-01T00:00:00Z,100.00,EUR,completed\n"
    )
    drop(site, "reference/payments.csv", paid)
    run_in_process(site)
    before = [row["balance_amount"] for row in site.rows("account_balances")]
    landing = site.landing.rename(tmp_path / "unmounted")
    site.landing.mkdir()
    told = run_in_process(site, AS_OF + timedelta(hours=1))
    assert [row["balance_amount"] for row in site.rows("account_balances")] == before
    assert any("payments.csv: is gone" in line for line in told)
    assert [row["attempt_count"] for row in site.rows("customer_summary_daily")] == [2]
    site.landing.rmdir()
    landing.rename(site.landing)
    drop(site, "reference/payments.csv", paid.splitlines(keepends=True)[0])
    run_in_process(site, AS_OF + timedelta(hours=1))
    assert [row["balance_amount"] for row in site.rows("account_balances")] != before


def test_an_upload_in_progress_in_landing_is_never_removed(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    upload = site.landing / "a" / ".tmp-1-2026030211.csv"
    upload.write_text("half")
    run_in_process(site)
    assert upload.read_text() == "half"


def test_a_fault_whose_file_was_taken_away_leaves_the_checklist(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    before = site.checksums()
    drop(site, "a/2026030211.csv", b"")
    (site.landing / "a" / "2026030212.csv").mkdir()
    run_in_process(site)
    assert differing(before, site.checksums()) == ["marts.checklist", "marts.file_reconciliation"]
    (site.landing / "a" / "2026030211.csv").unlink()
    (site.landing / "a" / "2026030212.csv").rmdir()
    run_in_process(site)
    assert differing(before, site.checksums()) == []


def test_links_in_a_circle_pipes_and_odd_names_stop_nothing(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    folder = site.landing / "a"
    (folder / "2026030211-loop.csv").symlink_to("2026030211-loop.csv")
    (folder / "up").symlink_to(site.landing)
    os.mkfifo(folder / "2026030211-pipe.csv")
    Path(os.fsdecode(os.fsencode(folder) + b"/2026030211-\xff.csv")).write_bytes(b"x")
    run_in_process(site)
    found = {row["file_path"]: row["status_code"] for row in site.rows("file_reconciliation")}
    assert found == {
        "a/2026030210.csv": "loaded",
        "a/2026030211-loop.csv": "not_a_file",
        "a/2026030211-pipe.csv": "not_a_file",
        "a/2026030211-\\xff.csv": "unreadable",
    }
    assert charges(site) == ["1.200000"]


def test_a_feed_renamed_with_its_files_is_refused_and_bills_nothing_twice(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    path = site.root / "tollbook.toml"
    path.write_text(path.read_text().replace("[feeds.a]", "[feeds.lon]"))
    outcome = site.tollbook("run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}")
    assert outcome.returncode in (2, 3), outcome.stdout
    assert "feed 'a'" in outcome.stderr
    assert charges(site) == ["1.200000"]


def test_hours_before_the_first_file_are_wrong_usage_and_an_early_as_of_is_none(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    early = site.tollbook("run", "--as-of", "2020-01-01T00")
    assert early.returncode == 0, early.stdout + early.stderr
    outcome = site.tollbook("run", "--from", "2020-01-01T00", "--to", "2020-01-02T00")
    assert outcome.returncode == 2, outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_a_new_file_without_an_hour_in_its_name_belongs_to_the_hour_by_the_clock(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {})
    path = site.root / "tollbook.toml"
    path.write_text(path.read_text().replace("a/%Y%m%d%H*.csv*", "a/*.csv"))
    now = datetime.now(UTC).replace(microsecond=0)
    drop(site, "a/anything.csv", file_of([call("now", f"{now:%Y-%m-%dT%H:%M:%SZ}")]))
    run_in_process(site, AS_OF)
    assert [(row["accepted_count"], row["rejected_count"]) for row in site.rows("file_reconciliation")] == [(1, 0)]


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Tokyo"])
def test_snapshots_younger_than_two_hours_stay_whatever_the_machine_s_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    from assets.places import Places

    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        now = datetime.now(UTC).replace(tzinfo=None)
        for minutes in (30, 60, 100, 200, 300):
            copy = site.current.parent / f"tollbook-old-{minutes}.duckdb"
            shutil.copy(site.current.resolve(), copy)
            age = time.time() - minutes * 60
            os.utime(copy, (age, age))
        (site.current.parent / "tollbook-x.partial").write_bytes(b"left by a killed publish")
        publish(Places.of(settings_of(site)), AS_OF, now)
    finally:
        monkeypatch.undo()
        time.tzset()
    kept = {path.name for path in site.current.parent.iterdir()}
    assert {f"tollbook-old-{minutes}.duckdb" for minutes in (30, 60, 100)} <= kept
    assert not {"tollbook-old-200.duckdb", "tollbook-old-300.duckdb", "tollbook-x.partial"} & kept


def test_a_reader_of_a_file_that_is_being_replaced_sees_the_one_or_the_other(tmp_path: Path) -> None:
    import threading

    store = Store(tmp_path)
    versions = [bytes([number]) * 2_000_000 for number in range(2)]
    store.replace("part", versions[0])
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            store.replace("part", versions[number % 2])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        seen = {store.read("part") for _ in range(200)}
    finally:
        stop.set()
        writer.join()
    assert seen <= set(versions)
