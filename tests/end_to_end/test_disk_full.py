"""A disk that is full stops the run with words, leaves nothing half done, and the next run with room makes it good."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.published import Site, differing
from tests.support.small_site import AS_OF, call, drop, file_of, run_in_process, small_site

RUN = ("run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}")
LARGE = file_of(
    call(hashlib.sha256(b"%d" % number).hexdigest(), f"2026-03-02T10:{number % 60:02}:00Z") for number in range(50_000)
)
"""A file that no compression makes smaller than the disk."""


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder that holds one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.geteuid() != 0 or not _mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)):
        pytest.skip("NOT RUN: a small disk needs a user who may mount one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _site(root: Path, data: Path) -> Site:
    site = small_site(root)
    path = site.root / "tollbook.toml"
    places = f'data = "{data}"\nlanding = "data/landing"\npublished = "data/published"'
    path.write_text(path.read_text().replace('data = "data"', places))
    return site


@pytest.mark.slow
def test_a_full_disk_stops_the_run_and_room_makes_it_good(tmp_path: Path, small_disk: Path) -> None:
    site = _site(tmp_path / "site", small_disk)
    run_in_process(site)
    before = site.checksums()
    lake = {path: path.read_bytes() for path in sorted((small_disk / "lake").rglob("*")) if path.is_file()}
    drop(site, "a/2026030211.csv", LARGE)
    outcome = site.tollbook(*RUN)
    assert outcome.returncode == 3, outcome.stdout + outcome.stderr
    assert "No space left on device" in outcome.stderr
    assert "former snapshot is still current" in outcome.stderr
    assert "Traceback" not in outcome.stderr
    assert site.checksums() == before
    assert lake == {path: path.read_bytes() for path in sorted((small_disk / "lake").rglob("*")) if path.is_file()}
    assert _mount("-o", "remount,size=200m", str(small_disk))
    again = site.tollbook(*RUN)
    assert again.returncode == 0, again.stdout + again.stderr
    roomy = _site(tmp_path / "roomy", tmp_path / "roomy-data")
    drop(roomy, "a/2026030211.csv", LARGE)
    run_in_process(roomy)
    assert differing(roomy.checksums(), site.checksums()) == []
