"""A file undone leaves every figure, stays out under whatever name it comes again, and returns whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from assets.places import Places
from tests.support.published import Row, Site, differing
from tests.support.small_site import call, drop, file_of, run_in_process, settings_of, small_site

GOOD = file_of([call("one", "2026-03-02T10:00:00Z"), call("two", "2026-03-02T10:30:00Z")])
BAD = file_of([call("test", "2026-03-02T10:10:00Z", seconds=3000), call("three", "2026-03-02T11:10:00Z"), "not,a,row"])


def _site(root: Path) -> Site:
    site = small_site(root, {"a/2026030210.csv": GOOD, "a/2026030211.csv": BAD})
    run_in_process(site)
    return site


def _undo(site: Site, *arguments: str) -> dict[str, object]:
    outcome = site.tollbook("undo", *arguments, "--reason", "test calls", "--json")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    answer: dict[str, object] = json.loads(outcome.stdout)
    return answer


def _files(site: Site) -> dict[str, Row]:
    return {row["file_path"]: row for row in site.rows("file_reconciliation")}


def _charges(site: Site) -> list[str]:
    return [str(row["charge_amount"]) for row in site.rows("customer_summary_daily")]


def test_an_undone_file_leaves_every_figure_and_returns_to_the_same_cents(tmp_path: Path) -> None:
    alone = small_site(tmp_path / "alone", {"a/2026030210.csv": GOOD})
    run_in_process(alone)
    site = _site(tmp_path / "site")
    before = site.checksums()
    assert _undo(site, "a/2026030211.csv")["is_new"] is True
    assert _undo(site, "a/2026030211.csv")["is_new"] is False
    run_in_process(site)
    assert differing(alone.checksums(), site.checksums()) == ["marts.file_reconciliation"]
    undone = _files(site)["a/2026030211.csv"]
    assert (undone["status_code"], undone["row_count"], undone["accepted_count"]) == ("excluded", 0, 0)
    assert site.rows("rejects") == []
    status = json.loads(site.tollbook("status", "--json").stdout)
    assert status["needs_attention"] is False
    assert _undo(site, "a/2026030211.csv", "--revert")["is_new"] is True
    run_in_process(site)
    assert differing(before, site.checksums()) == []


def test_what_is_undone_stays_out_under_another_name_in_another_hour_and_after_a_rebuild(tmp_path: Path) -> None:
    site = _site(tmp_path / "site")
    run_in_process(site)
    _undo(site, "a/2026030211.csv")
    drop(site, "a/2026030212-again.csv", BAD)
    run_in_process(site)
    out = _charges(site)
    assert {path: row["status_code"] for path, row in _files(site).items()} == {
        "a/2026030210.csv": "loaded",
        "a/2026030211.csv": "excluded",
        "a/2026030212-again.csv": "excluded",
    }
    for place in ("var", "data/derived", "data/published"):
        shutil.rmtree(site.root / place)
    run_in_process(site)
    assert _charges(site) == out
    # Both names come back, the second one as a copy.
    file_id = _files(site)["a/2026030212-again.csv"]["file_id"]
    shutil.rmtree(site.root / "var")  # undo works without a warehouse
    answer = _undo(site, file_id, "--revert")
    assert [file["file_path"] for file in answer["files"]] == ["a/2026030212-again.csv", "a/2026030211.csv"]  # type: ignore[attr-defined]
    run_in_process(site)
    found = {path: (row["status_code"], row["accepted_count"]) for path, row in _files(site).items()}
    assert found["a/2026030211.csv"] == ("loaded", 2)
    assert found["a/2026030212-again.csv"] == ("copy_of", 0)


def test_rows_come_back_when_landing_no_longer_has_the_file(tmp_path: Path) -> None:
    site = _site(tmp_path / "site")
    before = site.checksums()
    for _ in range(2):  # and again: every decision is kept
        _undo(site, "a/2026030211.csv")
        run_in_process(site)
        assert _charges(site) == ["1.200000"]
        (site.landing / "a/2026030211.csv").unlink(missing_ok=True)
        run_in_process(site)
        _undo(site, "a/2026030211.csv", "--revert")
        run_in_process(site)
        assert differing(before, site.checksums()) == ["marts.file_reconciliation"]
        assert _files(site)["a/2026030211.csv"]["status_code"] == "kept_without_source"
        assert _files(site)["a/2026030211.csv"]["row_count"] == 3
    lake = Places.of(settings_of(site)).lake_store
    decisions = [json.loads(lake.read(entry.key)) for entry in lake.list("lake/exclusions") if entry.is_file]
    assert [decision["action"] for decision in decisions] == ["undo", "revert", "undo", "revert"]
    assert {decision["reason"] for decision in decisions} == {"test calls"}
    assert [entry.key for entry in lake.list("lake/aside") if entry.is_file] == []


def test_a_mended_file_under_the_name_of_an_undone_one_counts(tmp_path: Path) -> None:
    site = _site(tmp_path / "site")
    _undo(site, "a/2026030211.csv")
    run_in_process(site)
    drop(site, "a/2026030211.csv", file_of([call("three", "2026-03-02T11:10:00Z")]))
    run_in_process(site)
    assert _charges(site) == ["1.800000"]
    drop(site, "a/2026030211.csv", BAD)
    run_in_process(site)
    assert _charges(site) == ["1.200000"]


def test_a_faulty_file_can_be_dismissed(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {"a/2026030210.csv": GOOD, "a/2026030211.csv": b"\x1f\x8bnot unpacked"})
    run_in_process(site)
    assert site.tollbook("status").returncode == 1
    _undo(site, "a/2026030211.csv")
    run_in_process(site)
    assert _files(site)["a/2026030211.csv"]["status_code"] == "excluded"
    assert site.tollbook("status").returncode == 0
    _undo(site, "a/2026030211.csv", "--revert")
    run_in_process(site)
    assert _files(site)["a/2026030211.csv"]["status_code"] == "binary"


def test_a_name_nobody_knows_is_told_with_the_near_ones_and_touches_nothing(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site", {"a/2026030210.csv": GOOD})
    nothing = site.tollbook("undo", "a/2026030210.csv", "--reason", "x")
    assert (nothing.returncode, "tollbook run" in nothing.stderr) == (2, True)
    run_in_process(site)
    drop(site, "a/2026030212.csv", BAD)
    for arguments, words in (
        (("a/2026030211.csv", "--reason", "x"), "did you mean a/2026030210.csv"),
        (("a/2026030212.csv", "--reason", "x"), "was not read yet"),
        (("a/2026030210.csv", "--reason", " "), "say why"),
        (("a/2026030210.csv",), "--reason"),
        (("a/2026030210.csv", "--revert", "--reason", "x"), "nothing to revert"),
    ):
        outcome = site.tollbook("undo", *arguments)
        assert (outcome.returncode, words in outcome.stderr) == (2, True), outcome.stderr
    assert not (site.root / "data" / "lake" / "exclusions").exists()
