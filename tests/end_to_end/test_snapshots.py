"""Which snapshots stay beside the current one."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

from tests.support.small_site import run_in_process, small_site


def test_snapshots_of_the_last_hours_are_kept_and_older_ones_go(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    run_in_process(site)
    folder = site.current.parent
    for number in range(5):
        copy = folder / f"tollbook-20250101T00000{number}Z.duckdb"
        shutil.copy(site.current.resolve(), copy)
        old = datetime(2025, 1, 1, 0, 0, number).timestamp()
        os.utime(copy, (old, old))
    run_in_process(site)
    kept = sorted(path.name for path in folder.glob("tollbook-*.duckdb"))
    assert len(kept) == 3
    assert site.current.resolve().name in kept
    assert "tollbook-20250101T000003Z.duckdb" not in kept
