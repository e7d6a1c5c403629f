"""`make bench`: Tollbook and a script by hand over the same files, then an hour with nothing and with a year behind it.

Belongs here: what is run in which order, the printed tables, the exit code (1: the figures of the two differ).
Does not belong here: making files (traffic.py, year.py), watching processes (measure.py), comparing (totals.py).

    BENCH_CALLS=5000000       call detail records, about so many, in 48 hourly files
    BENCH_HOUR_CALLS=20000    those of the hourly run
    BENCH_YEAR_HOURS=8760     hours behind it; 0 leaves this part out
    BENCH_YEAR_CALLS=10000    call detail records in an hour of that year, on average
    BENCH_THREADS=2           of the script by hand; Tollbook takes what DuckDB and polars take
    BENCH_KEEP=               anything: keep sites and results; generated files are always kept
    BENCH_PARTS=whole,hour    what is run
    BENCH_FOLDER=var/bench    where it happens
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
from measure import Cost, Measured, measure
from totals import compare
from traffic import START, Traffic, make_traffic, write_site
from year import SPAN, fill_year

PROJECT = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("BENCH_FOLDER") or PROJECT / "var" / "bench").resolve()
BIN = Path(sys.executable).parent

# Phases of the script by hand that do what a step of Tollbook does.
SAME_WORK = {
    "ingest": (("ingest",), ("ingest",)),
    "build": (("build", "summaries"), ("reference", "deduplicate", "rate", "hourly", "daily", "channels")),
    "publish": (("publish",), ()),
}


def main() -> int:
    """Run the parts that were asked for."""
    sys.stdout.reconfigure(line_buffering=True)  # a pipe shows each line as it comes
    parts = os.environ.get("BENCH_PARTS", "whole,hour").split(",")
    threads = _number("BENCH_THREADS", 2)
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {_memory_gb():.0f} GB of memory"
    )
    CACHE.mkdir(parents=True, exist_ok=True)
    same = _whole(_number("BENCH_CALLS", 5_000_000), threads) if "whole" in parts else True
    year_hours = _number("BENCH_YEAR_HOURS", 8760)
    if "hour" in parts and year_hours:
        _hour(_number("BENCH_HOUR_CALLS", 20_000), year_hours, _number("BENCH_YEAR_CALLS", 10_000), threads)
    return 0 if same else 1


def _number(name: str, default: int) -> int:
    return int(os.environ.get(name) or default)


def _memory_gb() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9


def _whole(calls: int, threads: int) -> bool:
    """Compare the whole way with the script by hand; return whether both have the same figures."""
    traffic = make_traffic(CACHE, calls=calls, threads=threads)
    print(
        f"\n== {traffic.row_count:,} call detail records, {traffic.size_bytes / 1e6:,.0f} MB of CSV in "
        f"{len(traffic.files)} hourly files"
    )
    result, site = CACHE / "by-hand", CACHE / "site"
    by_hand = measure([sys.executable, PROJECT / "bench" / "rival.py", traffic.landing, result, str(threads)])
    write_site(site, traffic.landing)
    tollbook = _tollbook_run(site, traffic.end)
    _print_steps(traffic, tollbook, by_hand)
    _print_disk(site, result)
    _print_models(tollbook)
    comparison = compare(site / "data" / "published" / "current.duckdb", result / "result.duckdb")
    print("\nboth came to: " + ", ".join(f"{name} {value:,}" for name, value in comparison.totals.items()))
    for difference in comparison.differences:
        print(f"DIFFERENT: {difference}")
    if not os.environ.get("BENCH_KEEP") and not comparison.differences:
        shutil.rmtree(site)
        shutil.rmtree(result)
    return not comparison.differences


def _tollbook_run(site: Path, as_of: datetime) -> Measured:
    """Measure one run of the command line; published with something on the checklist (1) is what it should be."""
    return measure(
        [BIN / "tollbook", "run", "--as-of", f"{as_of:%Y-%m-%dT%H}"],
        environment={
            "TOLLBOOK_CONFIG": str(site / "tollbook.toml"),
            "TOLLBOOK_STATE": str(site / "var"),
            "DAGSTER_HOME": str(PROJECT),
            "DAGSTER_DISABLE_TELEMETRY": "true",
        },
        dbt_target=site / "var" / "dbt",
        allowed=(0, 1),
    )


def _sum(costs: list[Cost]) -> Cost:
    return Cost(
        sum(cost.seconds for cost in costs),
        sum(cost.cpu_seconds for cost in costs),
        max((cost.peak_bytes for cost in costs), default=0),
    )


def _print_steps(traffic: Traffic, tollbook: Measured, by_hand: Measured) -> None:
    print(f"\n{'':20} {'Tollbook':37}  {'by hand':28}  Tollbook / by hand")
    figures = f"{'seconds':>9} {'CPU s':>8} {'peak MiB':>9}"
    print(f"{'':20}{figures} {'rows/s':>9}  {figures}  {'seconds':>8} {'CPU s':>8}")
    for name, (ours, theirs) in SAME_WORK.items():
        _print_row(
            name,
            traffic.row_count,
            _sum([tollbook.steps[step] for step in ours if step in tollbook.steps]),
            _sum([by_hand.steps[step] for step in theirs if step in by_hand.steps]),
        )
    told = _sum(list(tollbook.steps.values()))
    rest = Cost(tollbook.whole.seconds - told.seconds, tollbook.whole.cpu_seconds - told.cpu_seconds, 0)
    _print_row("start and reference", traffic.row_count, _sum([rest, tollbook.steps["reference"]]), None)
    _print_row("whole", traffic.row_count, tollbook.whole, by_hand.whole)
    print("by hand, seconds: " + ", ".join(f"{name} {cost.seconds:.1f}" for name, cost in by_hand.steps.items()))


def _print_row(name: str, rows: int, ours: Cost, theirs: Cost | None) -> None:
    line = f"{name:<20}" + _figures(ours) + (f" {rows / ours.seconds:9,.0f}" if ours.seconds else f"{'':10}")
    if theirs is not None and theirs.seconds:
        line += "  " + _figures(theirs)
        line += f"  {ours.seconds / theirs.seconds:8.2f} {ours.cpu_seconds / (theirs.cpu_seconds or 0.01):8.2f}"
    print(line)


def _figures(cost: Cost) -> str:
    return f"{cost.seconds:9.1f} {cost.cpu_seconds:8.1f} {cost.peak_bytes / 2**20:9,.0f}"


def _print_disk(site: Path, result: Path) -> None:
    sizes = {
        "lake": _size(site / "data" / "lake"),
        "derived": _size(site / "data" / "derived"),
        "published": _size(site / "data" / "published"),
        "warehouse": _size(site / "var", "warehouse.duckdb*"),
        "by hand: legs": _size(result, "*.parquet"),
        "result": _size(result, "*.duckdb"),
    }
    print("disk, MB: " + ", ".join(f"{name} {size / 1e6:,.0f}" for name, size in sizes.items()))


def _print_models(tollbook: Measured) -> None:
    if not tollbook.models:  # dbt writes no results of its own today
        return
    longest = sorted(tollbook.models.items(), key=lambda item: -item[1])[:20]
    print(
        f"dbt, seconds of {len(tollbook.models)} models and checks {sum(tollbook.models.values()):.1f}; the longest: "
        + ", ".join(f"{name} {seconds:.1f}" for name, seconds in longest)
    )


def _size(folder: Path, pattern: str = "*") -> int:
    return sum(path.stat().st_size for path in folder.rglob(pattern) if path.is_file() and not path.is_symlink())


def _hour(calls: int, year_hours: int, year_calls: int, threads: int) -> None:
    """Compare a run of one hour on an empty warehouse with the same run on one that has a year."""
    hours = SPAN // timedelta(hours=1)
    past = make_traffic(CACHE, calls=year_calls * hours, hours=hours, start=START - SPAN, threads=threads)
    hour = make_traffic(CACHE, calls=calls, hours=1, start=START, threads=threads)
    print(f"\n== one hour of {hour.row_count:,} call detail records")
    empty = _site("hour-empty", past)
    _drop(hour, empty)
    first = _tollbook_run(empty, hour.end)
    _print_hour("on an empty warehouse", first)
    site = _site("hour-year", past)
    for file in past.files:
        _drop_file(file, site)
    _tollbook_run(site, past.end)
    started = time.monotonic()
    filled = fill_year(site, year_hours)
    _print_year(site, filled, time.monotonic() - started)
    _drop(hour, site)
    second = _tollbook_run(site, hour.end)
    _print_hour(f"with {filled:,} hours behind", second)
    print(
        f"ratio: {second.whole.seconds / first.whole.seconds:.2f} by the clock, "
        f"{second.whole.cpu_seconds / first.whole.cpu_seconds:.2f} by CPU"
    )
    if not os.environ.get("BENCH_KEEP"):
        shutil.rmtree(empty)
        shutil.rmtree(site)


def _site(name: str, past: Traffic) -> Path:
    """Make a site with a landing of its own, in it the reference data alone."""
    site = CACHE / name
    write_site(site, site / "data" / "landing")
    shutil.copytree(past.landing / "reference", site / "data" / "landing" / "reference")
    return site


def _drop(traffic: Traffic, site: Path) -> None:
    for file in traffic.files:
        _drop_file(file, site)


def _drop_file(file: Path, site: Path) -> None:
    target = site / "data" / "landing" / "sw" / file.name
    target.parent.mkdir(parents=True, exist_ok=True)
    os.link(file, target)


def _print_hour(what: str, measured: Measured) -> None:
    steps = ", ".join(f"{name} {cost.seconds:.1f}" for name, cost in measured.steps.items())
    print(
        f"{what}: {measured.whole.seconds:.1f} s, {measured.whole.cpu_seconds:.1f} s of CPU, "
        f"peak {measured.whole.peak_bytes / 2**20:,.0f} MiB ({steps})"
    )
    longest = sorted(measured.models.items(), key=lambda item: -item[1])[:10]
    if longest:  # dbt writes them only where it is asked to
        print("    longest of dbt: " + ", ".join(f"{name} {seconds:.1f}" for name, seconds in longest))


def _print_year(site: Path, filled: int, seconds: float) -> None:
    with duckdb.connect(str(site / "var" / "warehouse.duckdb"), read_only=True) as connection:
        counts = connection.execute(
            "select schema_name || '.' || table_name, estimated_size from duckdb_tables() "
            "where schema_name in ('marts', 'facts') and database_name = current_database() "
            "order by estimated_size desc limit 5"
        ).fetchall()
    print(
        f"a year made in {seconds:.0f} s: {filled:,} hours; "
        + ", ".join(f"{name} {rows:,} rows ({rows // filled:,} an hour)" for name, rows in counts)
        + f"; warehouse {_size(site / 'var', 'warehouse.duckdb') / 1e6:,.0f} MB"
    )


if __name__ == "__main__":
    sys.exit(main())
