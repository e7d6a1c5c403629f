"""Runs rival.sql over generated traffic: `python bench/rival.py TRAFFIC_FOLDER RESULT_FOLDER [THREADS]`.

Belongs here: its phases in order, each with its seconds, in one process of its own.
Does not belong here: the work (rival.sql), memory and CPU (measure.py), comparing (totals.py).
"""

from __future__ import annotations

import re
import shutil
import sys
import time
from pathlib import Path

import duckdb

SQL = Path(__file__).with_suffix(".sql")
PHASE = re.compile(r"^-- phase: (\w+)$", re.MULTILINE)


def main(landing: Path, folder: Path, threads: int) -> None:
    """Run every phase and print a line for each."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = sorted(str(path) for path in (landing / "sw").glob("*.csv"))
    text = SQL.read_text()
    for name, value in (
        ("files", str(files)), ("reference", str(landing / "reference")), ("legs", str(folder / "legs.parquet"))
    ):  # fmt: skip
        text = text.replace("{" + name + "}", value)
    _, *phases = PHASE.split(text)
    with duckdb.connect(config={"threads": threads}) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(f"attach '{folder / 'result.duckdb'}' as result")
        for name, statements in zip(phases[::2], phases[1::2], strict=True):
            started = time.perf_counter()
            connection.execute(statements)
            print(f"{name}: {time.perf_counter() - started:.1f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 2)
