"""A file of a gigabyte is read in the memory of a small one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.large_files import ROW_BYTES, write_large_file

PROJECT = Path(__file__).resolve().parents[2]
MEMORY_BYTES = 3 << 30
"""What the process may take of memory, measured; the rows of the file, held at once, would take more."""

_CODE = """
import resource, sys
from pathlib import Path
from pipelines.formats import load_format
from pipelines.ingest import HourToRead, ingest_hour
from pipelines.settings import Feed
from pipelines.storage import Store
from tests.support.large_files import HOUR
root = Path(sys.argv[1])
landing = Store(root / "landing")
feed = Feed("a", load_format("tollbook_csv", {}), "a/%Y%m%d%H*.csv")
entries = [entry for entry in landing.list() if entry.is_file]
record = ingest_hour(landing, Store(root / "data"), HourToRead(feed, HOUR, HOUR, entries))
print(record.part.row_count, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""


@pytest.mark.slow
def test_a_file_of_gigabytes_is_read_in_bounded_memory(tmp_path: Path) -> None:
    row_count = 2_000_000_000 // ROW_BYTES
    (tmp_path / "landing" / "a").mkdir(parents=True)
    write_large_file(tmp_path / "landing" / "a" / "2026030210.csv", row_count)
    outcome = subprocess.run(
        [sys.executable, "-c", _CODE, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    rows, peak = map(int, outcome.stdout.split())
    assert rows == row_count
    assert peak < MEMORY_BYTES
    assert list((tmp_path / "data").rglob(".tmp-*")) == []
