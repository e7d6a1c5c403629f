"""From landing to published: a site of its own with demo traffic, run by the command line, and what each step took.

Belongs here: rows, seconds by step, rows a second, peak memory and disk use of one whole run and of the run after it.
Does not belong here: right or wrong (tests/), comparisons of two versions.

    python bench/whole_way.py [--calls 200000]
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
DAYS = 3


def main() -> None:
    """Make the site, run it, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000, help="calls in all, over three days")
    calls: int = parser.parse_args().calls
    root = Path(tempfile.mkdtemp(prefix="tollbook-bench-"))
    try:
        shutil.copy(PROJECT / "tollbook.toml", root)
        (root / "data" / "landing").mkdir(parents=True)
        _tollbook(root, "demo", "--days", str(DAYS), "--calls-per-day", str(calls // DAYS), "--seed", "1")
        landing = _size(root / "data" / "landing")
        print(f"landing: {calls:,} calls, {landing / 1e6:,.0f} MB")
        seconds, printed = _tollbook(root, "run")
        print(printed)
        rows = next(line.split()[1].rstrip(":") for line in printed.splitlines() if line.startswith("rows "))
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        speed = int(rows.replace(",", "")) / seconds
        print(f"whole run:  {seconds:6.1f} s, {speed:,.0f} rows/s, peak {peak / 1024:,.0f} MiB")
        again, _ = _tollbook(root, "run")
        print(f"run after:  {again:6.1f} s (nothing to do)")
        for name in ("lake", "derived", "published"):
            print(f"disk {name:<10} {_size(root / 'data' / name) / 1e6:8,.1f} MB")
    finally:
        shutil.rmtree(root)


def _tollbook(root: Path, *arguments: str) -> tuple[float, str]:
    environment = {**os.environ, "TOLLBOOK_CONFIG": str(root / "tollbook.toml"), "TOLLBOOK_STATE": str(root / "var")}
    started = time.monotonic()
    done = subprocess.run(
        [str(Path(sys.executable).parent / "tollbook"), *arguments],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in (0, 1):
        sys.exit(f"tollbook {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return time.monotonic() - started, done.stdout


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


if __name__ == "__main__":
    main()
