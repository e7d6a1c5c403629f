"""However the files come, in whatever order, grouping and number of runs: the same published rows."""

from __future__ import annotations

import random
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from tests.landings import Landing, random_landing
from tests.support.published import Site, differing
from tests.support.small_site import AS_OF, drop, run_in_process, small_site


def _site(root: Path, landing: Landing, paths: list[str]) -> Site:
    site = Site(root)
    root.mkdir(parents=True, exist_ok=True)
    (root / "tollbook.toml").write_text(landing.toml)
    for path in paths:
        drop(site, path, landing.files[path])
    return site


@pytest.mark.parametrize("seed", [11, 12])
def test_files_that_come_in_any_order_over_several_runs_end_in_the_same_rows(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    landing = random_landing(rng, size=150)
    reference = [path for path in landing.files if path.startswith("reference/")]
    traffic = [path for path in landing.files if not path.startswith("reference/")]
    at_once = _site(tmp_path / "at_once", landing, [*reference, *traffic])
    run_in_process(at_once, landing.as_of)

    rng.shuffle(traffic)
    several = _site(tmp_path / "several", landing, reference)
    cuts = sorted(rng.sample(range(1, len(traffic)), min(2, len(traffic) - 1)))
    for start, end in zip([0, *cuts], [*cuts, len(traffic)], strict=True):
        for path in traffic[start:end]:
            drop(several, path, landing.files[path])
        run_in_process(several, landing.as_of)
    assert differing(at_once.checksums(), several.checksums()) == []


def test_a_killed_run_is_gone_on_with(tmp_path: Path) -> None:
    import os
    import signal
    import subprocess
    import sys
    import time

    site = small_site(tmp_path / "site")
    expected = small_site(tmp_path / "expected")
    run_in_process(expected)
    environment = {**os.environ, "TOLLBOOK_CONFIG": str(site.root / "tollbook.toml")}
    command = [str(Path(sys.executable).parent / "tollbook"), "run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = site.root / "data" / "lake" / "cdr"
    deadline = time.monotonic() + 120
    while not part.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(1.0)  # in the middle of the build
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not site.current.exists()
    run_in_process(site)
    assert differing(expected.checksums(), site.checksums()) == []


def test_snapshots_of_the_last_hours_are_kept_and_older_ones_go(tmp_path: Path) -> None:
    import os

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
