"""The law: what must not depend on order, grouping, number and interruption of runs.

Belongs here: running a site by forks, what of the published rows and of the folders is compared, and how.
Does not belong here: histories (tests/property), stories (tests/scenarios), points of death (fault_points.py).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from tests.support.fork_server import ForkServer, Outcome
from tests.support.published import SCHEMAS, Site

_GONE = ("kept_without_source", "replaced")
# What the law leaves open: whether a file that gave its rows is still in landing, and what stood there before it.
_OPEN = f"""
select * replace (case when status_code in {_GONE} then 'loaded' else status_code end as status_code)
from marts.file_reconciliation where status_code <> 'replaced'
"""
_CHECKSUM = "select count(*), coalesce(md5(string_agg(t::varchar, '|' order by t::varchar)), '') from ({}) as t"


@dataclass(frozen=True)
class Runs:
    """Runs of sites, each a process of its own."""

    server: ForkServer

    def run(self, site: Site, as_of: datetime, **options: Any) -> Outcome:
        """Run once by one_run.run_once; only a kill that was asked for may end it otherwise than well."""
        now = options.pop("now", as_of + timedelta(minutes=30))
        outcome = self.server.call(
            "tests.support.one_run:run_once",
            configuration=str(site.root / "tollbook.toml"),
            as_of=as_of.isoformat(),
            now=now.isoformat(),
            **options,
        )
        assert not outcome.error, outcome.error
        assert outcome.killed_by == 0 or options.get("kill_at"), outcome
        return outcome

    def rerate(self, site: Site, *, apply: bool = False) -> str:
        """Do `tollbook rerate` and return what it printed."""
        outcome = self.server.call(
            "tests.support.one_run:rerate_once", configuration=str(site.root / "tollbook.toml"), apply=apply
        )
        assert not outcome.error, outcome.error
        assert outcome.answer["code"] == 0, outcome.answer["printed"]
        return str(outcome.answer["printed"])


def published(site: Site) -> dict[str, tuple[int, str]]:
    """Return the checksum of every published table, of what the law holds for."""
    with duckdb.connect(str(site.current.resolve()), read_only=True) as connection:
        names = connection.execute(
            """
            select table_schema || '.' || table_name from information_schema.tables
            where table_schema in (select unnest($1)) order by 1
            """,
            [list(SCHEMAS)],
        ).fetchall()
        queries = {name: f"select * from {name}" for (name,) in names} | {"marts.file_reconciliation": _OPEN}
        return {name: connection.execute(_CHECKSUM.format(query)).fetchone() for name, query in queries.items()}


def derived(site: Site) -> dict[str, tuple[int, str]]:
    """Return the checksum of every file of rated rows: readers may take the folder as it is."""
    folder = site.root / "data" / "derived"
    with duckdb.connect() as connection:
        return {
            str(path.relative_to(folder)): connection.execute(
                _CHECKSUM.format("select * from read_parquet($path, hive_partitioning = false)"), {"path": str(path)}
            ).fetchone()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }


def legs(site: Site) -> dict[str, str]:
    """Return the sha256 of every part that a record names, by feed and drop hour; each must be there."""
    found: dict[str, str] = {}
    for path in sorted((site.root / "data" / "lake" / "files").rglob("*.json")):
        part = json.loads(path.read_text())["part"]
        if part is not None:
            assert (site.root / "data" / part["key"]).exists(), part
            found[path.stem] = part["sha256"]
    return found


@dataclass(frozen=True)
class State:
    """All that must be equal: published rows, rated rows, parts that count."""

    published: dict[str, tuple[int, str]] = field(default_factory=dict)
    derived: dict[str, tuple[int, str]] = field(default_factory=dict)
    legs: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, site: Site) -> State:
        """Return a site's state."""
        return cls(published(site), derived(site), legs(site))

    def difference(self, other: State) -> list[str]:
        """Return what differs, by name."""
        return [
            f"{kind} {name}: {one.get(name)} and {two.get(name)}"
            for kind, one, two in (
                ("table", self.published, other.published),
                ("rated rows", self.derived, other.derived),
                ("part", self.legs, other.legs),
            )
            for name in sorted({*one, *two})
            if one.get(name) != two.get(name)
        ]


def left_behind(site: Site) -> list[str]:
    """Return what a killed process may leave and the next run must have cleared, below lake, derived and published."""
    data = site.root / "data"
    found = [
        path for folder in ("lake", "derived", "published") for path in (data / folder).rglob("*") if path.is_file()
    ]
    return sorted(
        str(path.relative_to(data))
        for path in found
        if path.name.startswith((".tmp-", ".current")) or ".partial" in path.name or path.suffix == ".wal"
    )


def new_site(root: Path, toml: str, files: Mapping[str, bytes], paths: Iterable[str] | None = None) -> Site:
    """Make a site with the files named (all where none are), in place of what is there."""
    shutil.rmtree(root, ignore_errors=True)
    site = Site(root)
    site.landing.mkdir(parents=True)
    (root / "tollbook.toml").write_text(toml, encoding="utf-8")
    put(site, files, files if paths is None else paths)
    return site


def put(site: Site, files: Mapping[str, bytes], paths: Iterable[str]) -> None:
    """Write some of the files into landing."""
    for path in paths:
        target = site.landing / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[path])


def delete_warehouse(site: Site) -> None:
    """Throw away dbt's database, as anybody may."""
    for path in (site.root / "var").glob("*.duckdb*"):
        path.unlink()


def delete_derived(site: Site) -> None:
    """Throw away everything that can be built again: rated rows, and what knows them to be built."""
    delete_warehouse(site)
    delete_rated_rows(site)


def delete_rated_rows(site: Site) -> None:
    """Throw away the rated rows alone."""
    shutil.rmtree(site.root / "data" / "derived", ignore_errors=True)
