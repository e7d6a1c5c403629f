"""One file of gigabytes, or ten thousand small ones, read into the lake: seconds, rows a second, peak memory.

Belongs here: the ingest of one drop hour alone, in a process of its own.
Does not belong here: the whole way (whole_way.py), right or wrong (tests/).

    python bench/large_file.py [--gigabytes 1] [--small-files 0]
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

ROWS_OF_A_SMALL_FILE = 20


def main() -> None:
    """Make landing, ingest it in another process, print the figures, remove it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0, help="size of the one file")
    parser.add_argument("--small-files", type=int, default=0, help="so many files of a few rows instead")
    parser.add_argument("--folder", type=Path, help="where to make them; default: the machine's temporary folder")
    parser.add_argument("--ingest", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ingest:
        _ingest(options.ingest)
        return
    root = Path(tempfile.mkdtemp(prefix="tollbook-bench-", dir=options.folder))
    try:
        _generate(root / "landing" / "a", options.gigabytes, options.small_files)
        subprocess.run([sys.executable, __file__, "--ingest", str(root)], check=True)
    finally:
        shutil.rmtree(root)


def _generate(folder: Path, gigabytes: float, small_files: int) -> None:
    from tests.support.large_files import ROW_BYTES, large_rows, write_large_file

    folder.mkdir(parents=True)
    if not small_files:
        write_large_file(folder / "2026030210.csv", int(gigabytes * 1e9 / ROW_BYTES))
        return
    total = small_files * ROWS_OF_A_SMALL_FILE
    header, *lines = large_rows(0, total, total).write_csv().splitlines(keepends=True)
    for number in range(small_files):
        rows = lines[number * ROWS_OF_A_SMALL_FILE : (number + 1) * ROWS_OF_A_SMALL_FILE]
        (folder / f"2026030210-{number:06}.csv").write_text(header + "".join(rows))


def _ingest(root: Path) -> None:
    from pipelines.formats import load_format
    from pipelines.ingest import HourToRead, ingest_hour
    from pipelines.settings import Feed
    from pipelines.storage import Store
    from tests.support.large_files import HOUR

    landing = Store(root / "landing")
    entries = [entry for entry in landing.list() if entry.is_file]
    size = sum(entry.size for entry in entries)
    feed = Feed("a", load_format("tollbook_csv", {}), "a/%Y%m%d%H*.csv")
    started, begun = time.monotonic(), _cpu_seconds()
    record = ingest_hour(landing, Store(root / "data"), HourToRead(feed, HOUR, HOUR, entries))
    seconds, busy = time.monotonic() - started, _cpu_seconds() - begun
    rows = sum(file.row_count for file in record.files)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"landing:   {len(entries):,} files, {size / 1e6:,.0f} MB, {rows:,} rows")
    print(
        f"ingest:    {seconds:.1f} s ({busy:.1f} s of processors), {rows / seconds:,.0f} rows/s, peak {peak:,.0f} MiB"
    )
    print(f"lake:      {sum(part.size_bytes for part in record.parts) / 1e6:,.0f} MB")


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
