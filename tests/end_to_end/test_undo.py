"""A file undone leaves every figure, stays out under whatever name it comes again, and returns whole."""

from __future__ import annotations

import json
from pathlib import Path

from tests.support.published import Row, Site, differing
from tests.support.small_site import call, drop, file_of, run_in_process, small_site

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
