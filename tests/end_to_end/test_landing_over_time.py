"""Landing grows, is tidied and gets late files over days; the figures are those of one run over all of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from assets import run as steps
from tests.support.published import Site, differing
from tests.support.small_site import AS_OF, HEADER, call, drop, file_of, run_in_process, settings_of, small_site

FILES_ALONE = ["marts.file_reconciliation"]
"""What may differ between two histories of the same files: their statuses."""


def _read(site: Site, now: datetime) -> None:
    steps.read_landing(steps.Run(settings_of(site), AS_OF, lambda _: None, lambda: now))


def _hour_file(hour: int, number: int) -> bytes:
    rows = [call(f"{hour}-{number}-{row}", f"2026-03-02T{hour:02}:{10 * number + row:02}:00Z") for row in range(5)]
    twice = call(f"{hour}-0-0", f"2026-03-02T{hour:02}:00:00Z")
    return file_of([*rows, twice, "not,a,row"])


def test_half_of_landing_deleted_and_a_late_file_in_each_hour(tmp_path: Path) -> None:
    early = {f"a/20260302{hour:02}-{number}.csv": _hour_file(hour, number) for hour in range(4, 8) for number in (0, 1)}
    late = {f"a/20260302{hour:02}-2.csv": _hour_file(hour, 2) for hour in range(4, 8)}
    whole = small_site(tmp_path / "whole", early | late)
    run_in_process(whole)
    site = small_site(tmp_path / "site", early)
    run_in_process(site)
    for path in list(early)[::2]:
        (site.landing / path).unlink()
    for path, content in late.items():
        drop(site, path, content)
    run_in_process(site)
    assert differing(whole.checksums(), site.checksums()) == FILES_ALONE
    found = {row["file_path"]: row["status_code"] for row in site.rows("file_reconciliation")}
    gone = set(list(early)[::2])
    assert found == {path: "kept_without_source" if path in gone else "loaded" for path in (*early, *late)}
    assert sum(row["row_count"] for row in site.rows("file_reconciliation")) == 12 * 7


def _growing_site(root: Path) -> Site:
    site = small_site(root, {})
    path = site.root / "tollbook.toml"
    path.write_text(path.read_text().replace('"a/%Y%m%d%H*.csv*"', '"a/Master.csv"\nappend = true'))
    return site


def test_a_growing_file_over_several_runs_equals_one_run_over_the_whole(tmp_path: Path) -> None:
    now = datetime(2026, 3, 2, 11, 5)
    rows = [call(f"c{number}", f"2026-03-02T10:{number:02}:00Z", seconds=45 + number) for number in range(40)]
    rows[7] = "not,a,row"
    rows[20] = rows[3]  # a duplicate in another stretch
    rows[30] = call("c5", "2026-03-02T10:05:00Z", seconds=1)  # a conflict
    text = "\n".join([HEADER, *rows]) + "\n"
    rotated = (
        "\n".join([HEADER, *(call(f"d{number}", f"2026-03-02T11:{number:02}:00Z") for number in range(60))]) + "\n"
    )
    whole = _growing_site(tmp_path / "whole")
    drop(whole, "a/Master.csv", text.encode())
    _read(whole, now)
    drop(whole, "a/Master.csv", rotated.encode())
    run_in_process(whole, now=now)

    site = _growing_site(tmp_path / "site")
    for step, end in enumerate((30, 700, 1500, 1501, len(text))):  # most of them in the middle of a line
        drop(site, "a/Master.csv", text[:end].encode())
        _read(site, now + timedelta(hours=step // 2))
    drop(site, "a/Master.csv", rotated[:500].encode())
    _read(site, now + timedelta(hours=3))
    drop(site, "a/Master.csv", rotated.encode())
    run_in_process(site, now=now + timedelta(hours=4))

    # What names files, or the hour of the newest one.
    names_of_files = {
        "file_reconciliation",
        "rejects",
        "anomalies",
        "conflicting_duplicates",
        "checklist",
        "data_state",
    }
    assert {*differing(whole.checksums(), site.checksums())} <= {f"marts.{table}" for table in names_of_files}
    counts = ("row_count", "accepted_count", "rejected_count", "duplicate_count", "conflict_count")
    totals = [
        tuple(sum(row[name] for row in one.rows("file_reconciliation")) for name in counts) for one in (whole, site)
    ]
    assert totals[0] == totals[1] == (100, 97, 1, 1, 1)
    lines = [sorted((row["line_number"], row["raw_text"]) for row in one.rows("rejects")) for one in (whole, site)]
    assert lines[0] == lines[1] == [(9, "not,a,row")]
    (conflict,) = site.rows("conflicting_duplicates")
    assert (conflict["line_number"], conflict["kept_line_number"]) == (32, 7)
