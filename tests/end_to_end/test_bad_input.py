"""Bad input is data: it is recorded, told and never stops what is good. A bad configuration touches nothing."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import duckdb
import pytest

from tests.support.published import Site, differing
from tests.support.small_site import AS_OF, HEADER, call, drop, file_of, run_in_process, small_site

_GOOD = file_of([call("one", "2026-03-02T10:00:00Z"), call("two", "2026-03-02T10:30:00Z")])
_FREESWITCH = (
    b'"x","1","2","d","2026-03-02 10:00:00","","2026-03-02 10:00:09","9","0","USER_BUSY","u1","","acme","",""\n'
)

FAULTY = {
    "a/2026030210-empty.csv": (b"", "empty"),
    "a/2026030210-cut.csv.gz": (gzip.compress(_GOOD * 500, mtime=0)[:200], "truncated"),
    "a/2026030210-core.csv": (bytes(range(256)) * 40, "binary"),
    "a/2026030210-header.csv": (b"who,when\nme,now\n", "wrong_header"),
    "a/2026030210-utf16.csv": (_GOOD.decode().encode("utf-16"), "wrong_encoding"),
    "a/2026030210-other.csv": (_FREESWITCH, "wrong_header"),
    "b/2026030210-other.csv": (_GOOD, "wrong_format"),
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    files = {"a/2026030210-good.csv": _GOOD, **{path: content for path, (content, _) in FAULTY.items()}}
    made = small_site(tmp_path_factory.mktemp("faulty") / "site", files)
    (made.landing / "a" / "2026030211.csv").mkdir()
    return made


@pytest.fixture(scope="module")
def output(site: Site) -> tuple[int, str]:
    outcome = site.tollbook("run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}")
    return outcome.returncode, outcome.stdout + outcome.stderr


def test_each_faulty_file_has_its_status_and_the_good_one_is_published(site: Site, output: tuple[int, str]) -> None:
    code, printed = output
    assert code == 1, printed
    found = {row["file_path"]: row["status_code"] for row in site.rows("file_reconciliation")}
    assert found == {
        "a/2026030210-good.csv": "loaded",
        "a/2026030211.csv": "not_a_file",
        **{path: status for path, (_, status) in FAULTY.items()},
    }
    assert [(row["attempt_count"], str(row["charge_amount"])) for row in site.rows("customer_summary_daily")] == [
        (2, "1.200000")
    ]


def test_each_faulty_file_is_on_the_checklist_and_in_the_printed_summary(site: Site, output: tuple[int, str]) -> None:
    listed = " ".join(str(row) for row in site.rows("checklist"))
    for path, (_, status) in FAULTY.items():
        assert path in listed
        assert f"{status:<20} {path}" in output[1]


def test_the_second_run_does_nothing_and_still_says_that_something_needs_attention(
    site: Site, output: tuple[int, str]
) -> None:
    assert output[0] == 1
    again = site.tollbook("run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}")
    assert (again.returncode, "nothing to do" in again.stdout) == (1, True)


def test_a_file_sent_again_whole_cures_its_hour(site: Site, output: tuple[int, str]) -> None:
    assert output[0] == 1
    drop(site, "a/2026030210-cut.csv.gz", gzip.compress(file_of([call("three", "2026-03-02T10:40:00Z")])))
    run_in_process(site)
    found = {row["file_path"]: row["status_code"] for row in site.rows("file_reconciliation")}
    assert found["a/2026030210-cut.csv.gz"] == "loaded"
    assert [row["attempt_count"] for row in site.rows("customer_summary_daily")] == [3]


def test_a_file_still_being_written_waits_for_the_next_run(tmp_path: Path) -> None:
    import threading
    import time

    site = small_site(tmp_path / "site")
    growing = site.landing / "a" / "2026030211.csv"
    growing.write_text(HEADER + "\n")
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with growing.open("a") as file:
                file.write(call(f"grow-{number}", "2026-03-02T11:00:00Z") + "\n")
            number += 1
            time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        run_in_process(site)
    finally:
        stop.set()
        writer.join()
    assert {row["status_code"] for row in site.rows("file_reconciliation")} == {"loaded", "still_being_written"}
    assert [row["attempt_count"] for row in site.rows("customer_summary_daily")] == [2]
    os.utime(growing, (1, 1))
    run_in_process(site)
    assert {row["status_code"] for row in site.rows("file_reconciliation")} == {"loaded"}
    rows = len(growing.read_text().splitlines()) - 1
    assert [row["attempt_count"] for row in site.rows("customer_summary_daily")] == [2 + rows]


def test_new_bytes_that_cannot_be_read_leave_the_former_rows_in_place(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    before = site.checksums()
    drop(site, "a/2026030210.csv", b"\x00\x01 not a file any more")
    run_in_process(site)
    assert {row["status_code"] for row in site.rows("file_reconciliation")} == {"binary", "kept_without_source"}
    assert differing(before, site.checksums()) == ["marts.checklist", "marts.file_reconciliation"]


def test_rows_of_a_file_that_landing_no_longer_holds_stay(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    (site.landing / "a" / "2026030210.csv").unlink()
    drop(site, "a/2026030210-more.csv", file_of([call("three", "2026-03-02T10:40:00Z")]))
    run_in_process(site)
    assert [row["attempt_count"] for row in site.rows("customer_summary_daily")] == [3]


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        (("timezone", 'timezone = "Europe/Londn"'), "Europe/London"),
        (("format", 'fromat = "x"'), "fromat"),
        (("base_currency", 'base_currency = "EURO"'), "base_currency"),
    ],
)
def test_a_wrong_configuration_is_refused_whole_with_nothing_touched(
    tmp_path: Path, broken: tuple[str, str], told: str
) -> None:
    site = small_site(tmp_path / "site")
    text = (site.root / "tollbook.toml").read_text()
    text = text.replace('base_currency = "EUR"', broken[1]) if broken[0] == "base_currency" else text + broken[1] + "\n"
    (site.root / "tollbook.toml").write_text(text)
    outcome = site.tollbook("run")
    assert outcome.returncode == 2
    assert told in outcome.stderr
    assert sorted(path.name for path in site.root.iterdir()) == ["data", "tollbook.toml"]
    assert sorted(path.name for path in (site.root / "data").iterdir()) == ["landing"]


def test_without_sound_reference_data_nothing_is_built(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    drop(
        site, "reference/customers.csv", b"customer_id,customer_name,currency_code,rate_card_id\nacme,Acme,EUR,silver\n"
    )
    outcome = site.tollbook("run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}")
    assert outcome.returncode == 2
    assert "silver" in outcome.stderr
    assert not (site.root / "data" / "lake").exists()
    assert not site.current.exists()


def test_hours_that_make_no_sense_are_wrong_usage(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    for arguments in (
        ("--from", "2026-03-02T10"),
        ("--from", "2026-03-02T10", "--to", "2026-03-02T09"),
        ("--as-of", "2199-01-01T00"),
    ):
        assert site.tollbook("run", *arguments).returncode == 2
    assert not (site.root / "var" / "warehouse.duckdb").exists()


def test_an_equality_that_breaks_blocks_publishing(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    before = site.current.resolve()
    with duckdb.connect(str(site.root / "var" / "warehouse.duckdb")) as warehouse:
        warehouse.execute("update build.file_records set row_count = row_count + 1, parsed_count = parsed_count + 1")
    outcome = site.tollbook("run", "--as-of", "2026-03-02T13")
    assert outcome.returncode == 3, outcome.stdout + outcome.stderr
    assert "summaries failed" in outcome.stderr
    assert site.current.resolve() == before


def test_a_full_disk_leaves_the_former_snapshot_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    from assets.publish import PublishError

    site = small_site(tmp_path / "site")
    run_in_process(site)
    before = site.current.resolve()
    # The one thing no test can have for real without a file system of its own is a disk that is full.
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1000))
    with pytest.raises(PublishError, match="make room"):
        run_in_process(site)
    assert site.current.resolve() == before


def test_two_feeds_that_claim_one_file_are_refused_before_anything_is_touched(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    text = (site.root / "tollbook.toml").read_text()
    (site.root / "tollbook.toml").write_text(text.replace('"b/%Y%m%d%H*.csv*"', '"a/%Y%m%d%H.csv"'))
    outcome = site.tollbook("run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}")
    assert outcome.returncode == 2
    assert "a/2026030210.csv" in outcome.stderr
    assert not (site.root / "data" / "lake").exists()


def test_interrupting_a_run_ends_as_such_and_loses_nothing(tmp_path: Path) -> None:
    import signal
    import subprocess
    import sys
    import time

    site = small_site(tmp_path / "site")
    environment = {**os.environ, "TOLLBOOK_CONFIG": str(site.root / "tollbook.toml")}
    command = [str(Path(sys.executable).parent / "tollbook"), "run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    part = site.root / "data" / "lake" / "cdr"
    deadline = time.monotonic() + 120
    while not part.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.7)  # in the build
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 130, told
    assert "nothing is lost" in told
    assert "Traceback" not in told
    run_in_process(site)
    assert [row["attempt_count"] for row in site.rows("customer_summary_daily")] == [2]
